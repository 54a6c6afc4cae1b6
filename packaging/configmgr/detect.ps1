# WSUS Trust Agent, detection script of the configuration item. One line: "Compliant", or why not. Exit code always 0, as ConfigMgr wants it.
try { $line = & "$env:ProgramW6432\WsusTrustAgent\wsus-trust-agent.exe" check --for configmgr 2>$null } catch { $line = $null }
if ($line) { $line } else { 'NonCompliant: the WSUS Trust Agent is not installed on this machine, or it may not be started. Deploy its application.' }; exit 0
