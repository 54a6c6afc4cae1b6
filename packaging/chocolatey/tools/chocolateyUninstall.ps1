# Removes the product that this version of the package installed; 1605 and 1614 say that somebody already did. What
# --uninstall-arguments says is added.
$ErrorActionPreference = 'Stop'

$package = @{
    packageName    = $env:ChocolateyPackageName
    fileType       = 'msi'
    silentArgs     = '@PRODUCT_CODE@ /qn /norestart'
    validExitCodes = @(0, 1605, 1614, 1641, 3010)
}
Uninstall-ChocolateyPackage @package
