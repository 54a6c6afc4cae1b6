@echo off
rem Startup script for Group Policy: installs the MSI that lies beside it, when this machine has no agent or one of another version.
rem Runs as SYSTEM at each start of Windows. Its log: C:\Windows\Logs\wsus-trust-agent-install.log, where only administrators can write.
rem Exit code: 0 nothing to do or installed; 2 there is not exactly one MSI beside this file; otherwise that of msiexec.
rem Redirections stand first: behind a text that ends in a digit, cmd would take the digit for a handle.
setlocal EnableExtensions DisableDelayedExpansion
set "log=%SystemRoot%\Logs\wsus-trust-agent-install.log"
set "agent=%ProgramW6432%\WsusTrustAgent\wsus-trust-agent.exe"

set "msi="
set "count=0"
for /f "delims=" %%F in ('dir /b "%~dp0wsus-trust-agent-*.msi" 2^>nul') do (
    set "msi=%~dp0%%F"
    set "name=%%~nF"
    set /a count+=1
)
if not "%count%"=="1" (
    >>"%log%" echo %date% %time% %count% files wsus-trust-agent-*.msi beside %~f0: there must be one.
    exit /b 2
)

rem The version of the MSI stands in its name: wsus-trust-agent-VERSION-x64. The program prints: wsus-trust-agent VERSION (...
for /f "tokens=4 delims=-" %%V in ("%name%") do set "wanted=%%V"
set "installed=none"
if exist "%agent%" for /f "tokens=1,2" %%A in ('""%agent%" version"') do if "%%A"=="wsus-trust-agent" set "installed=%%B"
if "%installed%"=="%wanted%" exit /b 0

>>"%log%" echo %date% %time% installed: %installed%, wanted: %wanted%
"%SystemRoot%\System32\msiexec.exe" /i "%msi%" /qn /norestart
set "result=%errorlevel%"
>>"%log%" echo %date% %time% msiexec: exit code %result%
if "%result%"=="3010" exit /b 0
if "%result%"=="1641" exit /b 0
exit /b %result%
