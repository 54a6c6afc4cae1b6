# WSUS Trust Agent, detection script of the remediation. One line: "Compliant", or why not; exit code 1 starts the remediation, no other code does.
try { $line = & "$env:ProgramW6432\WsusTrustAgent\wsus-trust-agent.exe" check --for intune 2>$null } catch { $line = $null }
if ($line) { $line } else { 'NonCompliant: the WSUS Trust Agent is not installed on this machine, or it may not be started. Assign its app.' }; exit [int](-not $line -or $LASTEXITCODE -ne 0)
