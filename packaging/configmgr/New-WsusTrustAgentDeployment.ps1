<#
.SYNOPSIS
Creates what Configuration Manager needs to install the WSUS Trust Agent and to watch it: configuration item, baseline, application.

.DESCRIPTION
Untested: it has not run on a real Configuration Manager. Its syntax is checked by a parser, and its cmdlets, parameters and values against
Microsoft's reference of the module.

Creates, under the names that it prints:
- the configuration item "WSUS Trust Agent" with one script setting (detect.ps1, remediate.ps1, 64-bit) and the rule: equals Compliant;
- the baseline "WSUS Trust Agent" with that item;
- the application "<product name of the MSI> <version>": detection by product code, with install, uninstall and repair command.

What exists already under one of these names is left as it is. Nothing is deployed unless -Collection is given. -WhatIf creates nothing, and says
what would be created. Needs the Configuration Manager console, version 2107 or later, on this computer, and Windows PowerShell 5.1.

.PARAMETER SiteCode
The three characters of the site.

.PARAMETER SiteServer
The server with the SMS Provider. Only needed where the console has never connected to the site under this account.

.PARAMETER MsiPath
The MSI on a share that the site server can read. The folder becomes the content of the application: keep nothing else in it.

.PARAMETER Properties
Properties for the MSI, as on the command line of msiexec, for example: MODE=audit REPORT_URL=https://reports.example.com/wsus

.PARAMETER Collection
The name of a device collection: application (required) and baseline (with remediation) are deployed to it. It must exist.

.PARAMETER DistributionPointGroup
With -Collection: the group of distribution points that gets the content of the application.

.EXAMPLE
.\New-WsusTrustAgentDeployment.ps1 -SiteCode PS1 -MsiPath \\files\WsusTrustAgent\wsus-trust-agent-1.0.0-x64.msi -WhatIf

.EXAMPLE
.\New-WsusTrustAgentDeployment.ps1 -SiteCode PS1 -MsiPath \\files\WsusTrustAgent\wsus-trust-agent-1.0.0-x64.msi -Collection 'Trust pilot'
#>
#Requires -Version 5.1
[CmdletBinding(SupportsShouldProcess = $true)]
param(
    [Parameter(Mandatory = $true)]
    [ValidatePattern('^[A-Za-z0-9]{3}$')]
    [string] $SiteCode,

    [string] $SiteServer,

    [Parameter(Mandatory = $true)]
    [ValidatePattern('^\\\\[^\\]+\\.+\.msi$')]
    [string] $MsiPath,

    [string] $Properties = '',

    [string] $Collection,

    [string] $DistributionPointGroup
)

$ErrorActionPreference = 'Stop'
$itemName = 'WSUS Trust Agent'
$deploymentTypeName = 'WSUS Trust Agent, MSI, x64'

# A property of the MSI's own table. Windows Installer's automation interface has no type library for PowerShell to read: hence InvokeMember.
function Get-MsiProperty([string] $Name) {
    $installer = New-Object -ComObject WindowsInstaller.Installer
    $database = $installer.GetType().InvokeMember('OpenDatabase', 'InvokeMethod', $null, $installer, @($MsiPath, 0))
    $query = "SELECT ``Value`` FROM ``Property`` WHERE ``Property`` = '$Name'"
    $view = $database.GetType().InvokeMember('OpenView', 'InvokeMethod', $null, $database, @($query))
    $null = $view.GetType().InvokeMember('Execute', 'InvokeMethod', $null, $view, $null)
    $record = $view.GetType().InvokeMember('Fetch', 'InvokeMethod', $null, $view, $null)
    if ($null -eq $record) { throw "$MsiPath has no property $Name. Is it the MSI of the WSUS Trust Agent?" }
    $value = $record.GetType().InvokeMember('StringData', 'GetProperty', $null, $record, @(1))
    $null = $view.GetType().InvokeMember('Close', 'InvokeMethod', $null, $view, $null)
    $value
}

# Creates what does not exist. When its creation stops half way, what is there of it is removed: the next run would take it for complete.
function Add-Once([string] $What, [scriptblock] $Find, [scriptblock] $Create, [scriptblock] $Remove) {
    if (& $Find) {
        "exists, left as it is: $What"
        return
    }
    if (-not $PSCmdlet.ShouldProcess($What, 'create')) { return }
    try {
        $null = & $Create
    } catch {
        if (& $Find) { $null = & $Remove }
        throw
    }
    "created: $What"
}

# Files are read through .NET: to PowerShell's own commands a path on a share means something else while the current drive is that of a site.
$detection = [System.IO.File]::ReadAllText("$PSScriptRoot\detect.ps1")
$remediation = [System.IO.File]::ReadAllText("$PSScriptRoot\remediate.ps1")
if (-not [System.IO.File]::Exists($MsiPath)) { throw "There is no file $MsiPath, or this account may not read it." }
$productCode = Get-MsiProperty -Name 'ProductCode'
$version = Get-MsiProperty -Name 'ProductVersion'
$applicationName = '{0} {1}' -f (Get-MsiProperty -Name 'ProductName'), $version
$msiName = [System.IO.Path]::GetFileName($MsiPath)

if (-not $env:SMS_ADMIN_UI_PATH) { throw 'The Configuration Manager console is not installed on this computer (SMS_ADMIN_UI_PATH is not set).' }
Import-Module -Name (Join-Path -Path (Split-Path -Path $env:SMS_ADMIN_UI_PATH -Parent) -ChildPath 'ConfigurationManager.psd1')
if (-not (Get-PSDrive -Name $SiteCode -PSProvider CMSite -ErrorAction SilentlyContinue)) {
    if (-not $SiteServer) { throw "The console knows no site $SiteCode. Connect it once, or name the server with -SiteServer." }
    $null = New-PSDrive -Name $SiteCode -PSProvider CMSite -Root $SiteServer -WhatIf:$false
}

Push-Location -Path "${SiteCode}:"
try {
    if ($Collection -and -not (Get-CMCollection -Name $Collection -CollectionType Device)) {
        throw "There is no device collection '$Collection'."
    }

    $setting = @{
        Name                      = 'State of the agent'
        DataType                  = 'String'
        DiscoveryScriptLanguage   = 'PowerShell'
        DiscoveryScriptText       = $detection
        RemediationScriptLanguage = 'PowerShell'
        RemediationScriptText     = $remediation
        Is64Bit                   = $true
        ValueRule                 = $true
        RuleName                  = 'is Compliant'
        ExpressionOperator        = 'IsEquals'
        ExpectedValue             = 'Compliant'
        NoncomplianceSeverity     = 'Critical'
        ReportNoncompliance       = $true
        Remediate                 = $true
    }
    Add-Once -What "configuration item '$itemName'" -Find { Get-CMConfigurationItem -Name $itemName -Fast } -Create {
        $item = New-CMConfigurationItem -Name $itemName -CreationType WindowsOS -Description 'What the WSUS Trust Agent says of its machine.'
        Add-CMComplianceSettingScript -InputObject $item @setting
    } -Remove { Remove-CMConfigurationItem -Name $itemName -Force }

    Add-Once -What "baseline '$itemName'" -Find { Get-CMBaseline -Name $itemName -Fast } -Create {
        New-CMBaseline -Name $itemName -Description 'Every machine trusts the certificates that sign its updates, and no others.'
        $item = Get-CMConfigurationItem -Name $itemName -Fast
        Set-CMBaseline -Name $itemName -AddOSConfigurationItem $item.CI_ID
    } -Remove { Remove-CMBaseline -Name $itemName -Force }

    $deploymentType = @{
        ApplicationName          = $applicationName
        DeploymentTypeName       = $deploymentTypeName
        ContentLocation          = $MsiPath
        ProductCode              = $productCode
        InstallCommand           = "msiexec /i `"$msiName`" /qn /norestart $Properties".TrimEnd()
        UninstallCommand         = "msiexec /x $productCode /qn /norestart"
        RepairCommand            = "msiexec /famus $productCode /qn /norestart"
        InstallationBehaviorType = 'InstallForSystem'
        LogonRequirementType     = 'WhetherOrNotUserLoggedOn'
        UserInteractionMode      = 'Hidden'
        RebootBehavior           = 'BasedOnExitCode'
        EstimatedRuntimeMins     = 5
        MaximumRuntimeMins       = 15
        Force                    = $true
    }
    # What msiexec answers. Configuration Manager gives these to a new deployment type by itself; one that is missing is added.
    $returnCodes = [ordered] @{ 0 = 'Success'; 1707 = 'Success'; 3010 = 'SoftReboot'; 1641 = 'HardReboot'; 1618 = 'FastRetry' }
    Add-Once -What "application '$applicationName'" -Find { Get-CMApplication -Name $applicationName -Fast } -Create {
        New-CMApplication -Name $applicationName -SoftwareVersion $version -Description 'Keeps the trust in the certificates that sign updates.'
        Add-CMMsiDeploymentType @deploymentType
        $type = Get-CMDeploymentType -ApplicationName $applicationName -DeploymentTypeName $deploymentTypeName
        $known = @(Get-CMDeploymentTypeReturnCode -InputObject $type | ForEach-Object -Process { $_.Code } | Where-Object -FilterScript { $null -ne $_ })
        if ($known.Count -eq 0) { Write-Warning -Message 'The return codes could not be read: compare them with README.md, "How to see that it worked".' }
        foreach ($entry in $returnCodes.GetEnumerator()) {
            if ($known.Count -eq 0 -or $known -contains $entry.Key) { continue }
            Add-CMDeploymentTypeReturnCode -InputObject $type -ReturnCode $entry.Key -CodeType $entry.Value
        }
    } -Remove { Remove-CMApplication -Name $applicationName -Force }

    if (-not $Collection) {
        'Nothing is deployed. Deploy the application and the baseline in the console, or run this again with -Collection.'
        return
    }

    $content = @{}
    if ($DistributionPointGroup) { $content = @{ DistributeContent = $true; DistributionPointGroupName = $DistributionPointGroup } }
    Add-Once -What "deployment of '$applicationName' to '$Collection'" -Find {
        Get-CMApplicationDeployment -Name $applicationName -CollectionName $Collection
    } -Create {
        $how = @{ DeployAction = 'Install'; DeployPurpose = 'Required'; UserNotification = 'HideAll' }
        New-CMApplicationDeployment -Name $applicationName -CollectionName $Collection @how @content
    } -Remove { Remove-CMApplicationDeployment -Name $applicationName -CollectionName $Collection -Force }

    Add-Once -What "deployment of the baseline '$itemName' to '$Collection'" -Find {
        Get-CMBaselineDeployment -Name $itemName -CollectionName $Collection -Fast
    } -Create {
        $daily = New-CMSchedule -RecurInterval Days -RecurCount 1
        New-CMBaselineDeployment -Name $itemName -CollectionName $Collection -EnableEnforcement $true -Schedule $daily
    } -Remove { Remove-CMBaselineDeployment -Name $itemName -CollectionName $Collection -Force }
} finally {
    Pop-Location
}
