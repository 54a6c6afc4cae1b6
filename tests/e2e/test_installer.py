"""The MSI under Wine: installed with properties, upgraded while it runs, repaired, removed. What Wine's installer does not know (traits
of the service, access lists, features of an older version, counts of shared files) is looked for in the tables:
test_installer_package.py."""

import shutil

import pytest
import registry_values as values
from installer import DONE, EVENTS, FAILED, PACKAGING, RESTART, Installer, built_msi, product_code, windows_10, windows_build, with_version
from machine import WineMachine, carried, pinned
from program import wine_prefix
from waiting import until
from wine_registry import values_of, wine

pytestmark = pytest.mark.windows


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("installers")


@pytest.fixture(scope="session")
def msi(program, folder):
    return built_msi(folder / "n", program.path)


@pytest.fixture(scope="session")
def next_msi(program, folder):
    return built_msi(folder / "next", with_version(program.path, folder / "next-program", 99, 0, 0, 0))


@pytest.fixture(scope="module")
def windows(tmp_path_factory):
    with windows_10(tmp_path_factory.mktemp("windows") / "wine") as windows:
        yield windows


@pytest.fixture
def machine(program, windows, request):
    """The settings and whatever else a test writes lie on drive C."""
    folder = windows.drive_c / "tests" / request.node.name
    folder.mkdir(parents=True)
    return WineMachine(program, folder)


@pytest.fixture
def installer(machine):
    installer = Installer(machine)
    yield installer
    installer.clean()


def entry(der, *sources):
    """The certificate as CERTIFICATES has it."""
    return ";".join([f"sha256={values.sha256(der)}", *(f"source={source}" for source in sources)])


def inline(der):
    return f"sha256={values.sha256(der)};der={carried(der)['der']}"


def trusted(machine, der):
    return machine.holds("Root", der) and machine.holds("TrustedPublisher", der) and machine.policy_value() == values.dword(1)


def untouched(machine, der):
    return not machine.entry("Root", der) and not machine.entry("TrustedPublisher", der) and machine.policy_value() is None


def test_installed_with_properties_the_service_makes_the_machine_compliant(installer, msi, machine, certificates, start):
    server = start.nginx()
    server.publish("wsus.cer", certificates.wsus)
    wanted = entry(certificates.wsus, f"http://localhost:{server.port}/wsus.cer")
    assert installer.install(msi, f"CERTIFICATES={wanted}", "MODE=enforce", "INTERVAL=8h") == DONE
    assert installer.defaults() == {"certificates": wanted, "mode": "enforce", r"schedule\interval": "8h"}
    until(lambda: trusted(machine, certificates.wsus))
    until(lambda: installer.agent("status").exit == 0)
    checked = installer.agent("check", "--for", "configmgr")
    assert (checked.exit, checked.out.strip(), checked.err) == (0, "Compliant", "")
    assert installer.service_state() == "RUNNING"
    assert {name: installer.service()[name] for name in ("Start", "ObjectName", "DisplayName")} == {
        "Start": "0x2", "ObjectName": "LocalSystem", "DisplayName": "WSUS Trust Agent"}
    assert values_of(EVENTS) == {"EventMessageFile": r"C:\Program Files\WsusTrustAgent\wsus-trust-agent.exe", "TypesSupported": "0x7"}
    assert (wine_prefix() / "drive_c/ProgramData/WsusTrustAgent").is_dir()


def test_several_certificates_go_into_one_property(installer, msi, machine, certificates):
    ca_issued = certificates.ca_issued
    assert installer.install(msi, f"CERTIFICATES={inline(certificates.wsus)}|{inline(ca_issued)};note=a%7Cb %25 c", "MODE=enforce") == DONE
    until(lambda: machine.holds("TrustedPublisher", ca_issued) and machine.holds("TrustedPublisher", certificates.wsus))
    assert machine.holds("Root", certificates.wsus) and not machine.entry("Root", ca_issued)


def test_without_any_property_it_audits_and_says_that_nothing_is_configured(installer, msi, machine):
    machine.put_policy_value(values.dword(0))
    before = machine.state()
    assert installer.install(msi) == DONE
    assert (installer.service_state(), installer.defaults()) == ("RUNNING", {})
    until(lambda: "nothing_configured" in installer.agent("--output", "json", "status").codes())
    assert installer.agent("check").exit == 1
    log = (machine.drive_c / "ProgramData/WsusTrustAgent/Logs/resident.log").read_text()
    assert " nothing_configured " in log
    assert machine.state() == before


def test_settings_that_cannot_be_used_do_not_undo_the_installation(installer, msi, machine):
    before = machine.state()
    assert installer.install(msi, "MODE=nonsense", "CERTIFICATES=nonsense") == DONE
    assert installer.products() == [product_code(msi)]
    assert installer.agent("config", "validate").exit == 3
    assert installer.service() is not None
    assert machine.state() == before


def test_an_upgrade_while_it_runs_keeps_settings_and_trust(installer, msi, next_msi, machine, certificates):
    wanted = inline(certificates.wsus)
    assert installer.install(msi, f"CERTIFICATES={wanted}", "MODE=enforce", "INTERVAL=8h", "REPORT_URL=https://r.example/in") == DONE
    until(lambda: trusted(machine, certificates.wsus))
    told, old, stores = installer.defaults(), installer.program.read_bytes(), machine.state()
    assert len(told) == 4 and installer.service_state() == "RUNNING"

    assert installer.install(next_msi) == DONE
    assert installer.products() == [product_code(next_msi)]
    assert installer.program.read_bytes() != old
    assert (installer.defaults(), installer.service_state()) == (told, "RUNNING")
    assert machine.state() == stores

    assert installer.remove_while_it_runs(next_msi) == DONE
    assert machine.state() == stores, "what was installed by one version and removed with the next one is lost trust"


def test_an_upgrade_while_somebody_uses_the_program_is_whole_after_a_restart(installer, msi, next_msi, machine, certificates, start):
    assert installer.install(msi, f"CERTIFICATES={inline(certificates.wsus)}", "MODE=enforce") == DONE
    until(lambda: trusted(machine, certificates.wsus))
    told, old, stores = installer.defaults(), installer.program.read_bytes(), machine.state()
    server = start.hostile(lambda peer: peer.hang())
    with installer.in_use_by("inspect", f"http://localhost:{server.port}/wsus.cer"):
        until(lambda: server.connections)
        assert installer.run("/i", next_msi) == RESTART
        assert installer.products() == [product_code(next_msi)]
        assert (installer.program.read_bytes(), installer.service_state()) == (old, "RUNNING")
        assert (installer.defaults(), machine.state()) == (told, stores)
    installer.restart_windows()
    assert installer.program.read_bytes() != old and [file.name for file in installer.folder.iterdir()] == [installer.program.name]
    assert (installer.defaults(), installer.service_state(), machine.state()) == (told, "RUNNING", stores)


def test_at_an_upgrade_the_command_line_wins(installer, msi, next_msi):
    assert installer.install(msi, "MODE=audit", "INTERVAL=8h") == DONE
    assert installer.install(next_msi, "INTERVAL=4h") == DONE
    assert installer.defaults() == {"mode": "audit", r"schedule\interval": "4h"}


def test_other_content_of_the_same_version_is_an_upgrade_too(installer, msi, program, folder):
    changed = folder / "same-program" / program.path.name
    changed.parent.mkdir(exist_ok=True)
    changed.write_bytes(program.path.read_bytes() + b"other")
    other = built_msi(folder / "same", changed)
    assert other.name == msi.name and product_code(other) != product_code(msi)
    assert installer.install(msi, "MODE=audit") == DONE
    assert installer.install(other) == DONE
    assert installer.products() == [product_code(other)]
    assert installer.program.read_bytes() == changed.read_bytes(), "the program went with the old version"
    assert (installer.defaults(), installer.service_state()) == ({"mode": "audit"}, "RUNNING")


def test_an_older_version_does_not_replace_a_newer_one(installer, msi, next_msi):
    assert installer.install(next_msi, "MODE=audit") == DONE
    program = installer.program.read_bytes()
    assert installer.install(msi, "MODE=enforce") == FAILED
    assert installer.products() == [product_code(next_msi)]
    assert (installer.program.read_bytes(), installer.defaults()) == (program, {"mode": "audit"})
    assert installer.service_state() == "RUNNING"


def test_a_windows_that_is_too_old_is_refused(installer, msi):
    with windows_build("14392"):
        assert installer.install(msi) == FAILED
    assert (installer.products(), installer.service(), installer.program.exists()) == ([], None, False)
    with windows_build("14393"):
        assert installer.install(msi) == DONE


def test_what_is_installed_can_be_removed_from_any_windows(installer, msi):
    assert installer.install(msi) == DONE
    with windows_build("7601"):
        assert installer.remove(msi) == DONE
    assert (installer.products(), installer.service(), installer.program.exists()) == ([], None, False)


def test_a_repair_brings_back_what_is_missing_and_keeps_the_settings(installer, msi, machine, certificates):
    wanted = inline(certificates.wsus)
    assert installer.install(msi, f"CERTIFICATES={wanted}", "MODE=audit") == DONE
    told = installer.defaults()
    assert installer.agent("service", "stop").exit == 0
    program = installer.program.read_bytes()
    installer.program.unlink()
    machine.registry.import_file(f"Windows Registry Editor Version 5.00\r\n\r\n[-{EVENTS.replace('HKLM', 'HKEY_LOCAL_MACHINE')}]\r\n")
    assert values_of(EVENTS) is None

    assert installer.repair(msi) == DONE
    assert installer.program.read_bytes() == program
    assert set(values_of(EVENTS)) == {"EventMessageFile", "TypesSupported"}
    assert (installer.defaults(), installer.service_state()) == (told, "RUNNING")


def test_a_repair_while_it_runs_with_another_value_changes_that_alone(installer, msi):
    assert installer.install(msi, "MODE=audit", "INTERVAL=8h") == DONE
    assert installer.repair(msi, "INTERVAL=4h") == DONE
    assert installer.defaults() == {"mode": "audit", r"schedule\interval": "4h"}
    for _ in range(2):
        assert installer.repair(msi) == DONE
        assert installer.defaults() == {"mode": "audit", r"schedule\interval": "4h"}
    assert installer.repair(msi, "REPORT_URL=https://r.example/in") == DONE
    assert installer.defaults() == {"mode": "audit", r"schedule\interval": "4h", r"report\https\url": "https://r.example/in"}


def test_removal_leaves_the_trust_and_nothing_else(installer, msi, machine, certificates):
    distrusted = certificates.self_signed("leaked")
    assert installer.install(msi, f"CERTIFICATES={inline(certificates.wsus)}", "MODE=enforce") == DONE
    until(lambda: trusted(machine, certificates.wsus))
    assert installer.agent("distrust", values.sha256(distrusted), "--der", carried(distrusted)["der"]).exit == 0
    before = machine.state()
    assert installer.remove(msi) == DONE
    assert machine.state() == before
    assert trusted(machine, certificates.wsus) and machine.holds("Disallowed", distrusted)
    assert (installer.products(), installer.service(), values_of(EVENTS), installer.folder.exists()) == ([], None, None, False)
    left = machine.registry.keys("WsusTrustAgent")
    assert values.DEFAULTS.lower() not in left and r"wsustrustagent\status" in left


def test_removal_with_undo_takes_the_trust_away_and_leaves_what_is_distrusted(installer, msi, machine, certificates):
    """Threat 40."""
    distrusted = certificates.self_signed("leaked")
    assert installer.install(msi, f"CERTIFICATES={inline(certificates.wsus)}", "MODE=enforce") == DONE
    until(lambda: trusted(machine, certificates.wsus))
    assert installer.agent("distrust", values.sha256(distrusted), "--der", carried(distrusted)["der"]).exit == 0
    assert installer.remove_while_it_runs(msi, "UNDO=1") == DONE
    assert untouched(machine, certificates.wsus)
    assert machine.holds("Disallowed", distrusted), "a distrusted certificate is trusted again"
    assert (installer.products(), installer.service(), values_of(EVENTS), installer.defaults()) == ([], None, None, {})


def test_an_undo_that_fails_fails_the_removal(installer, msi, machine, certificates):
    """Nobody is to believe that the trust is gone."""
    assert installer.install(msi, f"CERTIFICATES={inline(certificates.wsus)}", "MODE=enforce") == DONE
    until(lambda: trusted(machine, certificates.wsus))
    key = rf"{values.MACHINE}\Root\Certificates"
    machine.probe("lock", key)
    try:
        assert installer.remove(msi, "UNDO=1") == 1627
        assert installer.program.exists() and installer.service() and installer.defaults() and values_of(EVENTS)
        assert machine.holds("Root", certificates.wsus)
    finally:
        machine.probe("unlock", key)
        wine("sc", "delete", "WsusTrustAgent")  # of what it forgot before, Wine rolls nothing back


def test_an_upgrade_never_undoes(installer, msi, next_msi, machine, certificates):
    assert installer.install(msi, f"CERTIFICATES={inline(certificates.wsus)}", "MODE=enforce") == DONE
    until(lambda: trusted(machine, certificates.wsus))
    stores = machine.state()
    assert installer.install(next_msi, "UNDO=1") == DONE
    assert machine.state() == stores


def test_the_program_alone_brings_no_service(installer, msi, machine, certificates):
    assert installer.install(msi, "ADDLOCAL=ManualOnly", f"CERTIFICATES={inline(certificates.wsus)}", "MODE=enforce") == DONE
    assert (installer.service(), installer.program.exists()) == (None, True)
    assert set(values_of(EVENTS)) == {"EventMessageFile", "TypesSupported"}
    assert untouched(machine, certificates.wsus)
    assert installer.agent("repair").exit == 0
    assert trusted(machine, certificates.wsus)
    assert installer.remove(msi) == DONE
    assert trusted(machine, certificates.wsus)


def test_the_program_sets_up_the_service_of_the_installer_anew(installer, msi):
    """Wine's installer writes the path without quotes."""
    assert installer.install(msi, "MODE=audit") == DONE
    assert installer.agent("service", "install").exit == 0
    assert installer.service()["ImagePath"] == rf'"C:\Program Files\WsusTrustAgent\{installer.program.name}" run'
    assert installer.agent("service", "uninstall").exit == 0
    assert installer.service() is None


def test_from_one_feature_to_the_other(installer, msi):
    assert installer.install(msi, "MODE=audit") == DONE
    assert installer.install(msi, "REMOVE=Service", "ADDLOCAL=ManualOnly") == DONE
    assert (installer.service(), installer.program.exists(), installer.defaults()) == (None, True, {"mode": "audit"})
    assert installer.install(msi, "REMOVE=ManualOnly", "ADDLOCAL=Service") == DONE
    assert (installer.service_state(), installer.program.exists(), installer.defaults()) == ("RUNNING", True, {"mode": "audit"})


def test_both_features_are_one_program(installer, msi):
    assert installer.install(msi, "ADDLOCAL=ALL") == DONE
    assert installer.service_state() == "RUNNING" and installer.program.exists()
    assert installer.remove(msi) == DONE
    assert (installer.service(), installer.folder.exists()) == (None, False)


def test_a_command_line_as_people_type_it(installer, msi, machine, certificates):
    """Blanks, quotes and an apostrophe in the paths of the MSI and of the settings, through Windows' own command interpreter."""
    odd = machine.folder / "it's (our) folder"
    odd.mkdir()
    copy = odd / msi.name
    shutil.copy(msi, copy)
    machine.configure(carried(certificates.wsus), mode="enforce")
    settings = odd / "our settings.yaml"
    shutil.copy(machine.settings, settings)
    settings.chmod(0o600)
    named = machine.program.name_of
    script = machine.folder / "install.cmd"
    script.write_text(f'@msiexec /i "{named(copy)}" /qn CONFIG="{named(settings)}" INTERVAL="4h"\r\n')
    installer.used(copy)
    ended = installer.command_interpreter(script)
    assert ended.returncode == DONE, ended
    assert installer.defaults() == {"config": named(settings), r"schedule\interval": "4h"}
    until(lambda: trusted(machine, certificates.wsus))


def test_the_startup_script_of_group_policy_installs_what_lies_beside_it(installer, msi, machine):
    """And writes into its log what came of it; a second start of Windows does nothing."""
    share = machine.folder / "share"
    share.mkdir()
    script, copy = share / "startup.cmd", share / msi.name
    shutil.copy(PACKAGING / "group-policy/startup.cmd", script)
    shutil.copy(msi, copy)
    log = machine.drive_c / "windows/Logs/wsus-trust-agent-install.log"
    log.parent.mkdir(exist_ok=True)
    log.unlink(missing_ok=True)
    installer.used(copy)
    for _ in range(2):
        assert installer.command_interpreter(script).returncode == DONE
        assert installer.program.exists()
        first, second = log.read_text().splitlines()
        assert "installed: none, wanted: " in first and second.endswith("msiexec: exit code 0")
    log.unlink()


def test_settings_named_by_the_installer_and_published_certificates(installer, msi, machine, certificates, start):
    """CONFIG names the file; what it says stands above what the other properties say."""
    server = start.nginx()
    server.publish("wsus.cer", certificates.wsus)
    machine.configure(pinned(certificates.wsus, f"http://localhost:{server.port}/wsus.cer"), mode="enforce")
    assert installer.install(msi, f"CONFIG={machine.program.name_of(machine.settings)}", "MODE=audit") == DONE
    until(lambda: trusted(machine, certificates.wsus))
