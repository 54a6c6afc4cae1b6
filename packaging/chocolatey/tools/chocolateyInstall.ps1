# Installs the MSI that is named here, when it is the one with this digest. What --install-arguments says is added.
$ErrorActionPreference = 'Stop'

$package = @{
    packageName    = $env:ChocolateyPackageName
    fileType       = 'msi'
    url64bit       = '@INSTALLER_URL@'
    checksum64     = '@INSTALLER_SHA256@'
    checksumType64 = 'sha256'
    silentArgs     = '/qn /norestart'
    validExitCodes = @(0, 1641, 3010)
}
Install-ChocolateyPackage @package
