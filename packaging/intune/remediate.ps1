# WSUS Trust Agent, remediation script. What it could not put right is said by the detection that Intune runs afterwards.
try { $null = & "$env:ProgramW6432\WsusTrustAgent\wsus-trust-agent.exe" repair --scheduled --quiet 2>$null } catch { 'The WSUS Trust Agent is not installed, or it may not be started.' }
exit 0
