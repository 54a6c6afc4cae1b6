"""What wixl 0.101 cannot write, as statements that msibuild executes after it: columns that wixl leaves empty, tables that it does not
know, and the one custom action. Every row that stands here is looked at again by packaging/msi/check.

Where a rule comes from: the pages of Microsoft's Windows Installer reference that are named like the tables and actions.
"""

# Property of the command line -> the component that writes it, and the one that keeps what was written before.
SETTINGS = {
    "CERTIFICATES": ("CertificatesGiven", "CertificatesSaved"),
    "MODE": ("ModeGiven", "ModeSaved"),
    "INTERVAL": ("IntervalGiven", "IntervalSaved"),
    "REPORT_URL": ("ReportUrlGiven", "ReportUrlSaved"),
    "CONFIG": ("ConfigGiven", "ConfigSaved"),
}
PROGRAMS = {"program_as_service": "ProgramAsService", "program_alone": "ProgramAlone"}

SHARED_FILE = 8  # msidbComponentAttributesSharedDllRefCount
TRANSITIVE = 64
VITAL = 0x8000  # msidbServiceInstallErrorControlVital
INSTALL_AND_REINSTALL = 1 | 4
MIGRATE_FEATURES, ONLY_DETECT, MAXIMUM_INCLUDED = 1, 2, 0x200

# MsiServiceConfig.ConfigType: what ChangeServiceConfig2 calls them.
DELAYED_START, FAILURE_ACTIONS_FLAG, SERVICE_SID, PRIVILEGES, PRESHUTDOWN = 3, 4, 5, 6, 7
RESTART = 1  # SC_ACTION_RESTART
# The traits of agent_service_traits() in agent/platform/windows/service_setup.cpp, which check compares with these.
SERVICE_CONFIGURATION = {
    "delayed_start": (DELAYED_START, "1"),
    "failure_flag": (FAILURE_ACTIONS_FLAG, "1"),
    "service_sid": (SERVICE_SID, "1"),
    "privileges": (PRIVILEGES, "SeChangeNotifyPrivilege"),
    "preshutdown": (PRESHUTDOWN, "5000"),
}
RESTART_AFTER = (60_000, 300_000, 900_000)  # milliseconds
FORGET_AFTER = 86_400  # seconds

# That of agent/platform/windows/state_folder.cpp, owner included.
STATE_FOLDER = "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)"

# A program in a folder, with a command line: run by the installer's own account, later, in its turn. A failure is one of the removal:
# nobody is to believe that the trust is gone when it is not.
EXE_IN_FOLDER, IN_SCRIPT, NO_IMPERSONATE = 34, 0x400, 0x800
UNDO_CONDITION = 'REMOVE~="ALL" AND UNDO="1" AND NOT UPGRADINGPRODUCTCODE'

# What the installing service takes from the process that asks for the installation.
SECURE_PROPERTIES = ["OLDER_VERSION", "NEWER_VERSION", "WINDOWS_BUILD", "UNDO", *SETTINGS, *(f"SAVED_{name}" for name in SETTINGS)]


def insert(table, **row):
    columns = ", ".join(f"`{name}`" for name in row)
    values = ", ".join(str(value) if isinstance(value, int) else f"'{value}'" for value in row.values())
    return f"INSERT INTO `{table}` ({columns}) VALUES ({values})"


def update(table, key, name, **row):
    changes = ", ".join(f"`{column}` = {value}" if isinstance(value, int) else f"`{column}` = '{value}'" for column, value in row.items())
    return f"UPDATE `{table}` SET {changes} WHERE `{key}` = '{name}'"


def act(action, number, condition="", table="InstallExecuteSequence"):
    return insert(table, Action=action, Condition=condition, Sequence=number)


def statements(version, file_version, upgrade_code):
    """All of them, in their order. `version` has three parts, `file_version` four."""
    # Without a version the installer takes the file for one that users edit; with it, MsiFileHash must not name it.
    for file in PROGRAMS:
        yield update("File", "File", file, FileName="WSUSTR~1.EXE|wsus-trust-agent.exe", Version=file_version, Language="1033")
    yield "DROP TABLE `MsiFileHash`"
    for folder in ("ProgramFolder", "StateFolder"):
        yield update("Directory", "Directory", folder, DefaultDir="WSUSTR~1|WsusTrustAgent")

    # Both features bring the same file, each in a component of its own, because the program of a service must be the key file of its
    # component. The count of what shares a file keeps it when one of them is removed.
    for component in PROGRAMS.values():
        yield update("Component", "Component", component, Attributes=256 | SHARED_FILE)

    # The command line wins over what was given before, and without it that stays. No custom action is needed: of two components one
    # is installed. Transitive: at a repair the conditions are looked at again, so the value changes hands, first removed
    # (RemoveRegistryValues), then written (WriteRegistryValues), and never becomes empty. An upgrade removes the old product in
    # between: AppSearch has read the values by then. Microsoft warns of such conditions where shortcuts and the like make the
    # installer look at its components whenever they are used; there are none here.
    # A value that begins with # would be written as a number or as bytes (Registry table); no such value is valid for any of them,
    # and the agent then says so.
    for name, (given, saved) in SETTINGS.items():
        attributes = 256 | 4 | TRANSITIVE
        yield update("Component", "Component", given, Attributes=attributes, Condition=name)
        yield update("Component", "Component", saved, Attributes=attributes, Condition=f"NOT {name} AND SAVED_{name}")

    # The same version with other content is an upgrade as well: two products side by side would fight for one service.
    yield insert("Upgrade", UpgradeCode=upgrade_code, VersionMax=version, Attributes=MIGRATE_FEATURES | MAXIMUM_INCLUDED,
                 ActionProperty="OLDER_VERSION")
    yield insert("Upgrade", UpgradeCode=upgrade_code, VersionMin=version, Attributes=ONLY_DETECT, ActionProperty="NEWER_VERSION")
    for table in ("InstallExecuteSequence", "InstallUISequence"):
        yield act("FindRelatedProducts", 25, table=table)
        yield act("MigrateFeatureStates", 1200, table=table)
    # Early, and inside the transaction: what fails afterwards brings the old version back.
    yield act("RemoveExistingProducts", 1501)

    # No service, no installation: otherwise it would be "installed", and nothing would ever run.
    yield update("ServiceInstall", "ServiceInstall", "service", ErrorControl=VITAL | 1)
    yield ("CREATE TABLE `MsiServiceConfig` (`MsiServiceConfig` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL, `Event` LONG NOT NULL, "
           "`ConfigType` LONG NOT NULL, `Argument` CHAR(0), `Component_` CHAR(72) NOT NULL PRIMARY KEY `MsiServiceConfig`)")
    for name, (kind, argument) in SERVICE_CONFIGURATION.items():
        yield insert("MsiServiceConfig", MsiServiceConfig=name, Name="WsusTrustAgent", Event=INSTALL_AND_REINSTALL, ConfigType=kind,
                     Argument=argument, Component_="ProgramAsService")
    # Microsoft says of this table that it "is not working as expected". Where it does not, `wsus-trust-agent service install` sets it.
    yield ("CREATE TABLE `MsiServiceConfigFailureActions` (`MsiServiceConfigFailureActions` CHAR(72) NOT NULL, `Name` CHAR(255) NOT NULL, "
           "`Event` LONG NOT NULL, `ResetPeriod` LONG, `RebootMessage` CHAR(255) LOCALIZABLE, `Command` CHAR(255) LOCALIZABLE, "
           "`Actions` CHAR(0), `DelayActions` CHAR(0), `Component_` CHAR(72) NOT NULL PRIMARY KEY `MsiServiceConfigFailureActions`)")
    yield insert("MsiServiceConfigFailureActions", MsiServiceConfigFailureActions="restart", Name="WsusTrustAgent",
                 Event=INSTALL_AND_REINSTALL, ResetPeriod=FORGET_AFTER, Actions="[~]".join(str(RESTART) for _ in RESTART_AFTER),
                 DelayActions="[~]".join(map(str, RESTART_AFTER)), Component_="ProgramAsService")
    yield act("MsiConfigureServices", 5850)

    yield ("CREATE TABLE `MsiLockPermissionsEx` (`MsiLockPermissionsEx` CHAR(72) NOT NULL, `LockObject` CHAR(72) NOT NULL, "
           "`Table` CHAR(32) NOT NULL, `SDDLText` CHAR(0) NOT NULL, `Condition` CHAR(255) PRIMARY KEY `MsiLockPermissionsEx`)")
    yield insert("MsiLockPermissionsEx", MsiLockPermissionsEx="state_folder", LockObject="StateFolder", Table="CreateFolder",
                 SDDLText=STATE_FOLDER)

    # When the service has stopped, because it holds the lock that undo needs; while the program and its settings are still there.
    yield insert("CustomAction", Action="undo", Type=EXE_IN_FOLDER | IN_SCRIPT | NO_IMPERSONATE, Source="ProgramFolder",
                 Target='"[ProgramFolder]wsus-trust-agent.exe" undo')
    yield act("undo", 1950, UNDO_CONDITION)

    yield insert("Property", Property="SecureCustomProperties", Value=";".join(SECURE_PROPERTIES))


def summary(template_values):
    """An .idt file with the summary information; PIDs as in Microsoft's Summary Information Stream Property Set."""
    lines = ["PropertyId\tValue", "i2\tl255", "_SummaryInformation\tPropertyId"]
    return "\r\n".join([*lines, *(f"{number}\t{value}" for number, value in template_values.items())]) + "\r\n"
