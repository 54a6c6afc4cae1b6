"""The MSI as a file: the same bytes from the same program, its names, its signature; and that packaging/msi/check, which ends every
build, notices each way in which its tables can be wrong (threat 38 among them). Nothing is installed here."""

import os
import shutil
import struct
import subprocess

import pytest
from installer import FIXED_VERSION, PACKAGING, Database, build_msi, built_msi, with_version

pytestmark = pytest.mark.windows

CHECK = PACKAGING / "msi/check"
SEQUENCE = "InstallExecuteSequence"
# DllCharacteristics, which stands 70 bytes behind the optional header.
NX_COMPAT = 0x100


@pytest.fixture(scope="session")
def msi(program, tmp_path_factory):
    return built_msi(tmp_path_factory.mktemp("msi"), program.path)


def check(msi):
    done = subprocess.run([CHECK, msi], capture_output=True, text=True, env={"PATH": "/usr/bin:/bin"}, cwd=msi.parent)
    assert done.returncode == (1 if done.stderr else 0), done
    return done.stderr


def change(msi, *statements):
    words = [word for statement in statements for word in ("-q", statement)]
    subprocess.run(["msibuild", msi, *words], check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", "TZ": "UTC"})


def cell(table, key, column, value):
    """What sets one cell; `key` is the first column."""
    keys = {"FeatureComponents": "Component_", "Registry": "Registry", "LaunchCondition": "Condition", "Upgrade": "ActionProperty",
            "RegLocator": "Signature_", "AppSearch": "Property", "MsiServiceConfigFailureActions": "MsiServiceConfigFailureActions",
            SEQUENCE: "Action", "CustomAction": "Action", "CreateFolder": "Directory_", "Media": "DiskId"}
    shown = value if isinstance(value, int) else f"'{value}'"
    shown_key = key if isinstance(key, int) else f"'{key}'"
    return f"UPDATE `{table}` SET `{column}` = {shown} WHERE `{keys.get(table, table)}` = {shown_key}"


def gone(table, column, value):
    return f"DELETE FROM `{table}` WHERE `{column}` = '{value}'"


EVERY_WAY = {
    # keys_lead_somewhere
    "component in no folder": (cell("Component", "State", "Directory_", "Elsewhere"), "Component.Directory_: 'Elsewhere'"),
    "file of no component": (cell("File", "program_alone", "Component_", "Nothing"), "File.Component_: 'Nothing'"),
    "value of no component": (cell("Registry", "event_types", "Component_", "Nothing"), "Registry.Component_: 'Nothing'"),
    "service of no component": (cell("ServiceInstall", "service", "Component_", "Nothing"), "ServiceInstall.Component_: 'Nothing'"),
    "control of no component": (cell("ServiceControl", "stop", "Component_", "Nothing"), "ServiceControl.Component_: 'Nothing'"),
    "trait of no component": (cell("MsiServiceConfig", "privileges", "Component_", "Nothing"), "MsiServiceConfig.Component_: 'Nothing'"),
    "restart of no component": (
        cell("MsiServiceConfigFailureActions", "restart", "Component_", "Nothing"), "MsiServiceConfigFailureActions.Component_: 'Nothing'"),
    "access list of nothing": (cell("MsiLockPermissionsEx", "state_folder", "LockObject", "Nothing"), "MsiLockPermissionsEx.LockObject: 'Nothing'"),
    "search for nothing": ("UPDATE `RegLocator` SET `Key` = 'x' WHERE `Signature_` = 'saved_mode'", "where SAVED_MODE is looked for"),
    "search that is gone": (gone("RegLocator", "Signature_", "saved_mode"), "AppSearch.Signature_: 'saved_mode'"),
    "no such icon": (cell("Property", "ARPPRODUCTICON", "Value", "none.ico"), "there is no icon 'none.ico'"),
    # nothing_needed_is_missing
    "empty text": (cell("LaunchCondition", "Installed OR NOT NEWER_VERSION", "Description", ""), "LaunchCondition.Description is empty"),
    # components_are_whole
    "another GUID": (
        cell("Component", "State", "ComponentId", "{00000000-1111-2222-3333-444444444444}"), "the list of components and their GUIDs"),
    "a GUID twice": (
        cell("Component", "State", "ComponentId", "{E51B7E47-9D4B-49DF-A3FB-88B8D6CD768E}"), "two components have one GUID"),
    "small letters": (cell("Component", "State", "ComponentId", "{13369f69-d242-461c-a499-6d2acf09e054}"), "is no GUID in capitals"),
    "32 bits": (cell("Component", "EventSource", "Attributes", 4), "Component EventSource is not marked as 64-bit"),
    "no key path": (cell("Component", "ProgramAlone", "KeyPath", ""), "Component ProgramAlone has no key path"),
    "key path of another": (cell("Component", "ProgramAlone", "KeyPath", "program_as_service"), "its key path belongs to ProgramAsService"),
    "key path of another kind": (cell("Component", "EventSource", "Attributes", 256), "its attributes say of its key path what is not so"),
    # features_are_two
    "manual by default": (cell("Feature", "ManualOnly", "Level", 1), "Feature is"),
    "no event source": (gone("FeatureComponents", "Component_", "EventSource"), "what the feature ManualOnly brings"),
    # folders_stay_where_they_are
    "folder of users": (cell("Directory", "ProgramFolder", "Directory_Parent", "CommonAppDataFolder"), "the folder of the program"),
    "another state folder": (cell("Directory", "StateFolder", "DefaultDir", "OTHER|Other"), "the folder of the state"),
    "folder of the command line": (
        "INSERT INTO `Directory` (`Directory`, `Directory_Parent`, `DefaultDir`) VALUES ('ANYWHERE', 'TARGETDIR', 'A')",
        "Directory ANYWHERE is in capitals"),
    "a folder that nobody keeps": (gone("CreateFolder", "Component_", "EventSource"), "CreateFolder is"),
    "no short name": (cell("File", "program_alone", "FileName", "wsus-trust-agent.exe"), "has no short name"),
    # program_files_are_the_program
    "another version": (cell("File", "program_as_service", "Version", "9.9.9.9"), "File program_as_service: its version"),
    "no version": (cell("File", "program_as_service", "Version", ""), "File program_as_service: its version"),
    "another size": (cell("File", "program_as_service", "FileSize", 7), "File program_as_service: its size"),
    "another product version": (cell("Property", "ProductVersion", "Value", "9.9.9"), "the version of the product"),
    "a file that is not there": (gone("File", "File", "program_alone"), "the files of the cabinet"),
    "a cabinet outside": (cell("Media", 1, "Cabinet", "program.cab"), "the cabinet is not inside"),
    # service_is_what_the_program_asks_for
    "another account": (cell("ServiceInstall", "service", "StartName", r".\admin"), "ServiceInstall.StartName"),
    "a password": (cell("ServiceInstall", "service", "Password", "x"), "ServiceInstall.Password"),
    "started by hand": (cell("ServiceInstall", "service", "StartType", 3), "ServiceInstall.StartType"),
    "interactive": (cell("ServiceInstall", "service", "ServiceType", 272), "ServiceInstall.ServiceType"),
    "not vital": (cell("ServiceInstall", "service", "ErrorControl", 1), "ServiceInstall.ErrorControl"),
    "another argument": (cell("ServiceInstall", "service", "Arguments", "check"), "ServiceInstall.Arguments"),
    "another description": (cell("ServiceInstall", "service", "Description", "x"), "ServiceInstall.Description"),
    "waited for": (cell("ServiceControl", "start", "Wait", 1), "ServiceControl is"),
    "never stopped": (gone("ServiceControl", "ServiceControl", "stop"), "ServiceControl is"),
    "another service": (cell("ServiceControl", "stop", "Name", "Other"), "ServiceControl.Name"),
    # service_has_its_traits
    "not delayed": (gone("MsiServiceConfig", "MsiServiceConfig", "delayed_start"), "MsiServiceConfig is"),
    "more privileges": (cell("MsiServiceConfig", "privileges", "Argument", "SeDebugPrivilege"), "MsiServiceConfig is"),
    "longer shutdown": (cell("MsiServiceConfig", "preshutdown", "Argument", "180000"), "MsiServiceConfig is"),
    "not at repairs": (cell("MsiServiceConfig", "privileges", "Event", 1), "MsiServiceConfig: the service, when"),
    "restart at once": (cell("MsiServiceConfigFailureActions", "restart", "DelayActions", "0[~]0[~]0"), "MsiServiceConfigFailureActions is"),
    "no restart": (cell("MsiServiceConfigFailureActions", "restart", "Actions", "0[~]0[~]0"), "MsiServiceConfigFailureActions is"),
    # state_folder_is_protected
    "folder for everybody": (
        cell("MsiLockPermissionsEx", "state_folder", "SDDLText", "O:BAG:SYD:(A;OICI;FA;;;WD)"), "MsiLockPermissionsEx is"),
    "folder not locked": ("DELETE FROM `MsiLockPermissionsEx`", "MsiLockPermissionsEx is"),
    # registry_is_ours
    "a user's registry": (cell("Registry", "mode_given", "Root", 1), "Registry.Root of mode_given"),
    "another value": (cell("Registry", "mode_given", "Name", "Other"), "Registry SOFTWARE"),
    "another message file": (cell("Registry", "event_message_file", "Value", "#%C:x.dll"), "EventMessageFile"),
    "the other property": (cell("Registry", "mode_given", "Value", "[INTERVAL]"), "Registry SOFTWARE"),
    # settings_are_kept
    "searched in 32 bits": (cell("RegLocator", "saved_mode", "Type", 2), "where SAVED_MODE is looked for"),
    "kept whatever is given": (cell("Component", "ModeSaved", "Condition", "SAVED_MODE"), "the condition of ModeSaved"),
    "given always": (cell("Component", "ModeGiven", "Condition", ""), "the condition of ModeGiven"),
    "not transitive": (cell("Component", "ModeGiven", "Attributes", 260), "Component ModeGiven is not transitive"),
    "not counted": (cell("Component", "ProgramAlone", "Attributes", 256), "Component ProgramAlone does not count"),
    # properties_pass
    "a property stays outside": (
        cell("Property", "SecureCustomProperties", "Value", "UNDO;MODE"), "SecureCustomProperties is"),
    # actions_are_in_order
    "removed before the transaction": (cell(SEQUENCE, "RemoveExistingProducts", "Sequence", 1450), "what InstallExecuteSequence does"),
    "removed at the end": (cell(SEQUENCE, "RemoveExistingProducts", "Sequence", 6700), "what InstallExecuteSequence does"),
    "searched too late": (cell(SEQUENCE, "AppSearch", "Sequence", 150), "what InstallExecuteSequence does"),
    "undone before the service has stopped": (cell(SEQUENCE, "undo", "Sequence", 1850), "what InstallExecuteSequence does"),
    "undone without the program": (cell(SEQUENCE, "undo", "Sequence", 3550), "what InstallExecuteSequence does"),
    "no traits": (gone(SEQUENCE, "Action", "MsiConfigureServices"), "what InstallExecuteSequence does"),
    "two at once": (cell(SEQUENCE, "undo", "Sequence", 1900), "gives one number to two actions"),
    "undone by hand": (
        "INSERT INTO `InstallUISequence` (`Action`, `Condition`, `Sequence`) VALUES ('undo', '1', 1290)", "InstallUISequence runs undo"),
    # only_undo_is_run
    "another action": (
        "INSERT INTO `CustomAction` (`Action`, `Type`, `Source`, `Target`) VALUES ('x', 34, 'ProgramFolder', 'cmd')", "CustomAction is"),
    "another program": (cell("CustomAction", "undo", "Target", "cmd.exe /c undo"), "CustomAction is"),
    "without quotes": (cell("CustomAction", "undo", "Target", "[ProgramFolder]wsus-trust-agent.exe undo"), "CustomAction is"),
    "as the user": (cell("CustomAction", "undo", "Type", 1058), "CustomAction is"),
    "whatever becomes of it": (cell("CustomAction", "undo", "Type", 3170), "CustomAction is"),
    "at every removal": (cell(SEQUENCE, "undo", "Condition", 'REMOVE~="ALL"'), "when undo is run"),
    "at upgrades": (cell(SEQUENCE, "undo", "Condition", 'REMOVE~="ALL" AND UNDO="1"'), "when undo is run"),
    "files of others": (
        "INSERT INTO `RemoveFile` (`FileKey`, `Component_`, `FileName`, `DirProperty`, `InstallMode`) VALUES ('x', 'State', '*', 'StateFolder', 2)",
        "RemoveFile is not empty"),
    # older_ones_are_replaced
    "another family": (cell("Property", "UpgradeCode", "Value", "{00000000-1111-2222-3333-444444444444}"), "UpgradeCode is"),
    "another version of the program": (gone("Upgrade", "ActionProperty", "OLDER_VERSION"), "Upgrade is"),
    "side by side": (
        "UPDATE `Upgrade` SET `Remove` = 'Service' WHERE `ActionProperty` = 'OLDER_VERSION'", "Upgrade is"),
    "newer ones not looked for": (gone("Upgrade", "ActionProperty", "NEWER_VERSION"), "Upgrade is"),
    "good enough": (gone("Property", "Property", "REINSTALLMODE"), "REINSTALLMODE is"),
    "downgrade": (gone("LaunchCondition", "Condition", "Installed OR NOT NEWER_VERSION"), "the launch conditions"),
    "no reason": (cell("LaunchCondition", "Installed OR NOT NEWER_VERSION", "Description", "no"), "does not say in a sentence why"),
    # package_is_what_it_says
    "per user": (gone("Property", "Property", "ALLUSERS"), "ALLUSERS is"),
    "another language": (cell("Property", "ProductLanguage", "Value", "1031"), "ProductLanguage is"),
    "claims to be released": (cell("Property", "ProductName", "Value", "WSUS Trust Agent"), "ProductName is"),
    "another publisher": (cell("Property", "Manufacturer", "Value", "Somebody"), "the summary's Author"),
    "no product code": (
        cell("Property", "ProductCode", "Value", "{00000000-0000-0000-0000-000000000000}"), "are not three GUIDs"),
    "no help": (gone("Property", "Property", "ARPHELPLINK"), "ARPHELPLINK is missing"),
}


@pytest.fixture(scope="session")
def small_msi(program, tmp_path_factory):
    """With a program that does nothing: it is packed and unpacked a hundred times. A version is put behind its end."""
    folder = tmp_path_factory.mktemp("small")
    content = program.path.with_name("empty.exe").read_bytes()
    small = folder / program.path.name
    small.write_bytes(content + FIXED_VERSION + struct.pack("<II", 1 << 16, 0))
    return built_msi(folder / "out", small)


@pytest.mark.parametrize("way", EVERY_WAY)
def test_what_is_wrong_in_the_tables_is_noticed(small_msi, tmp_path, way):
    statement, complaint = EVERY_WAY[way]
    spoiled = tmp_path / "spoiled.msi"
    shutil.copy(small_msi, spoiled)
    change(spoiled, statement)
    assert complaint in check(spoiled)


def test_what_is_right_is_not_complained_about(msi, tmp_path):
    copy = tmp_path / "copy.msi"
    shutil.copy(msi, copy)
    change(copy, cell("Property", "ARPNOMODIFY", "Value", "1"))
    assert check(copy) == ""


@pytest.mark.parametrize("summary, complaint", [
    (["Another name"], "the summary's Subject"),
    (["WSUS Trust Agent UNSIGNED-TEST", "wsus-trust-agent", "Intel;1033"], "the summary's Template"),
])
def test_what_is_wrong_in_the_summary_is_noticed(small_msi, tmp_path, summary, complaint):
    spoiled = tmp_path / "spoiled.msi"
    shutil.copy(small_msi, spoiled)
    subprocess.run(["msibuild", spoiled, "-s", *summary], check=True, env={"PATH": "/usr/bin:/bin", "TZ": "UTC"})
    assert complaint in check(spoiled)


def test_another_program_in_the_cabinet_is_noticed(msi, program, tmp_path):
    """As by an exchange after the tables were made."""
    other = built_msi(tmp_path / "other", with_version(program.path, tmp_path / "program", 99, 0, 0, 0))
    cabinet = tmp_path / "program.cab"
    cabinet.write_bytes(Database(other).stream("program.cab"))
    spoiled = tmp_path / "spoiled.msi"
    shutil.copy(msi, spoiled)
    subprocess.run(["msibuild", spoiled, "-a", "program.cab", cabinet], check=True, env={"PATH": "/usr/bin:/bin", "TZ": "UTC"})
    assert "its version is" in check(spoiled)


def test_no_msi_is_no_success(tmp_path):
    file = tmp_path / "x.msi"
    file.write_text("nothing")
    assert "x.msi" in check(file)


def test_a_program_that_lost_a_mitigation_is_not_packed(program, tmp_path):
    """Threat 38."""
    content = bytearray(program.path.read_bytes())
    place = struct.unpack_from("<I", content, 0x3C)[0] + 24 + 70
    struct.pack_into("<H", content, place, struct.unpack_from("<H", content, place)[0] & ~NX_COMPAT)
    spoiled = tmp_path / program.path.name
    spoiled.write_bytes(content)
    done = build_msi(tmp_path / "out", spoiled)
    assert done.returncode == 1 and "is a program without NX_COMPAT" in done.stderr
    assert not (tmp_path / "out").exists(), "an MSI was left"


def test_a_program_that_imports_another_library_is_not_packed(program, tmp_path):
    content = program.path.read_bytes()
    spoiled = tmp_path / program.path.name
    spoiled.write_bytes(content.replace(b"WS2_32.dll\0", b"EV1_32.dll\0"))
    assert spoiled.read_bytes() != content
    done = build_msi(tmp_path / "out", spoiled)
    assert done.returncode == 1 and "imports what can be planted: ev1_32.dll" in done.stderr


@pytest.mark.parametrize("content", [b"", b"MZ", b"#!/bin/sh\n", bytes(4096)])
def test_what_is_no_program_is_not_packed(tmp_path, content):
    file = tmp_path / "wsus-trust-agent.exe"
    file.write_bytes(content)
    done = build_msi(tmp_path / "out", file)
    assert done.returncode == 1 and "cannot be installed" in done.stderr and "Traceback" not in done.stderr


def test_the_same_program_gives_the_same_bytes(program, msi, tmp_path):
    """In another folder, by another name of the folder, at another time, in another time zone, with other rights of new files."""
    elsewhere = tmp_path / "another folder"
    elsewhere.mkdir()
    copy = elsewhere / program.path.name
    shutil.copyfile(program.path, copy)
    os.utime(copy, (1, 1))
    copy.chmod(0o600)
    again = built_msi(elsewhere / "out", copy, TZ="America/New_York", LC_ALL="C", LANG="de_DE.UTF-8", HOME="/nonexistent")
    assert again.read_bytes() == msi.read_bytes()


def test_the_date_is_that_which_is_asked_for(program, msi, tmp_path):
    dated = built_msi(tmp_path / "out", program.path, SOURCE_DATE_EPOCH="1700000000")
    assert Database(dated).summary()["Created"] == "Tue Nov 14 22:13:20 2023"
    assert check(dated) == "" and dated.read_bytes() != msi.read_bytes()


def codes(msi):
    database = Database(msi)
    return {database.row("Property", name)["Value"] for name in ("ProductCode", "UpgradeCode")} | {database.summary()["Revision number (UUID)"]}


def test_the_codes_follow_from_version_and_content(program, msi, tmp_path):
    newer = built_msi(tmp_path / "newer", with_version(program.path, tmp_path / "program", 99, 0, 0, 0))
    assert newer.name == "wsus-trust-agent-99.0.0-x64-UNSIGNED-TEST.msi"
    shared = codes(msi) & codes(newer)
    assert shared == {Database(msi).row("Property", "UpgradeCode")["Value"]}


def test_without_a_key_its_names_say_so(program, msi):
    version = program.run("version").stdout.split()[1]
    assert msi.name == f"wsus-trust-agent-{version}-x64-UNSIGNED-TEST.msi"
    assert Database(msi).row("Property", "ProductName")["Value"] == "WSUS Trust Agent UNSIGNED-TEST"


@pytest.fixture(scope="session")
def signer(tmp_path_factory):
    """A code-signing certificate of the test's own, and its key."""
    folder = tmp_path_factory.mktemp("signer")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key.pem", "-out", folder / "certificate.pem",
         "-days", "30", "-subj", "/CN=Test Publisher", "-addext", "extendedKeyUsage=codeSigning", "-addext", "keyUsage=critical,digitalSignature"],
        check=True, capture_output=True, env={"PATH": "/usr/bin:/bin", "OPENSSL_CONF": "/etc/ssl/openssl.cnf"},
    )
    return folder / "certificate.pem", folder / "key.pem"


@pytest.fixture
def own_packaging(tmp_path):
    """The folder packaging/, beside the sources that it reads, with a publisher that has a name."""
    copy = tmp_path / "tree/packaging"
    shutil.copytree(PACKAGING, copy, ignore=shutil.ignore_patterns("__pycache__"))
    sources = "agent/platform/windows"
    shutil.copytree(PACKAGING.parent / sources, copy.parent / sources)
    publish_as(copy, "https://help.example.com/agent")
    return copy


def publish_as(packaging, help_url):
    (packaging / "publisher").write_text(f"MANUFACTURER='Example'\nHELP_URL='{help_url}'\nCONTACT='the service desk'\n")


def signed(tool, *arguments):
    return subprocess.run([tool, *map(str, arguments)], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300,
                          env={"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", **kept_cache()})


def kept_cache():
    name = "WSUS_TRUST_AGENT_CACHE"
    return {name: os.environ[name]} if name in os.environ else {}


def osslsigncode():
    """That of packaging/signing-tool, else the machine's."""
    own = signed(PACKAGING / "signing-tool", "--print").stdout.strip()
    return own if os.access(own, os.X_OK) else shutil.which("osslsigncode")


def verified(file, certificate):
    done = signed(osslsigncode(), "verify", "-in", file, "-CAfile", certificate)
    return done.returncode == 0 and "Signature verification: ok" in done.stdout


def test_with_a_key_program_and_msi_are_signed_and_the_names_are_those_of_a_release(program, own_packaging, signer, tmp_path):
    certificate, key = signer
    done = signed(own_packaging / "build-msi", "--program", program.path, "--output-dir", tmp_path / "out", "--sign-certificate", certificate,
                  "--sign-key", key)
    assert done.returncode == 0, done
    (released,) = (tmp_path / "out").iterdir()
    version = program.run("version").stdout.split()[1]
    assert released.name == f"wsus-trust-agent-{version}-x64.msi"
    assert verified(released, certificate) and check(released) == ""
    database = Database(released)
    assert database.row("Property", "ProductName")["Value"] == "WSUS Trust Agent"
    subprocess.run(["msiextract", "-C", tmp_path / "files", released], check=True, capture_output=True)
    (inside,) = (tmp_path / "files").rglob("wsus-trust-agent.exe")
    assert verified(inside, certificate)
    assert not verified(program.path, certificate), "the program itself was signed, not a copy"


def test_nobody_signs_for_a_publisher_without_a_name(program, own_packaging, signer, tmp_path):
    certificate, key = signer
    publish_as(own_packaging, "https://wsus-trust-agent.example/help")
    done = signed(own_packaging / "build-msi", "--program", program.path, "--output-dir", tmp_path / "out", "--sign-certificate", certificate,
                  "--sign-key", key)
    assert done.returncode == 1 and "packaging/publisher still names nobody" in done.stderr
    assert not (tmp_path / "out").exists()


def test_a_script_is_signed_in_place(signer, tmp_path):
    certificate, key = signer
    script = tmp_path / "our script.ps1"
    script.write_text("Write-Output 'Compliant'\r\n")
    script.chmod(0o640)
    done = signed(PACKAGING / "sign", "--certificate", certificate, "--key", key, script)
    assert done.returncode == 0, done
    assert verified(script, certificate)
    assert script.read_text().startswith("Write-Output 'Compliant'") and script.stat().st_mode & 0o777 == 0o640
    script.write_text(script.read_text().replace("Compliant", "compliant"))
    assert not verified(script, certificate), "a changed script passes"


@pytest.mark.parametrize("arguments", [[], ["--key"], ["--certificate", "x"], ["--unknown"]])
def test_signing_says_what_it_takes(arguments):
    done = signed(PACKAGING / "sign", *arguments)
    assert done.returncode == 2 and "usage: packaging/sign" in done.stderr


def test_what_cannot_be_signed_stays_as_it_is(signer, tmp_path):
    certificate, key = signer
    for name, content in (("notes.txt", "x"), ("broken.exe", "MZ")):
        file = tmp_path / name
        file.write_text(content)
        done = signed(PACKAGING / "sign", "--certificate", certificate, "--key", key, file)
        assert done.returncode == 1 and name in done.stderr
        assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(name, content)]
        file.unlink()


def test_a_command_line_that_is_wrong_says_why(program, tmp_path):
    for options, reason in [
        (["--sign-key", "key.pem"], "are given together"),
        (["--timestamp", "http://x"], "only with"),
        (["--unknown"], "usage:"),
    ]:
        done = build_msi(tmp_path / "out", program.path, *options)
        assert done.returncode != 0 and reason in done.stderr
    assert "build it with" in build_msi(tmp_path / "out", tmp_path / "nothing.exe").stderr
    (tmp_path / "out").write_text("a file")
    assert "is no folder" in build_msi(tmp_path / "out", program.path).stderr
    help_text = build_msi(tmp_path, program.path, "--help")
    assert (help_text.returncode, "usage:" in help_text.stdout, help_text.stderr) == (0, True, "")
