"""Files on \\\\server\\share that people name on the command line: what is used is what was named, and it is told as it was named.
Certificates of a share: test_transport_windows.py."""

import shutil

import pytest
import registry_values as values
from fleet_reports import write_fleet
from machine import pinned

pytestmark = pytest.mark.windows

SHARE = r"\\server\share"


@pytest.fixture
def named(machine, share, certificates):
    """The settings by way of the share, which is drive C here, so that only administrators can write them; what lies at the same place
    below C:\\server\\share says something else."""
    share.rmdir()
    share.symlink_to(machine.drive_c)
    place = machine.settings.relative_to(machine.drive_c)
    decoy = machine.drive_c / "server/share" / place
    decoy.parent.mkdir(parents=True)
    machine.configure(pinned(certificates.ca_issued))
    shutil.copy(machine.settings, decoy)
    machine.configure(pinned(certificates.wsus))
    yield "\\".join([SHARE, *place.parts])
    shutil.rmtree(machine.drive_c / "server")


def certificates_of(run):
    return [one["sha256"] for one in run.report["certificates"]]


@pytest.mark.parametrize("slash", ["\\", "/"])
def test_settings_come_from_the_share_that_was_named(machine, named, certificates, slash):
    typed = named.replace("\\", slash)
    assert certificates_of(machine.report("--config", typed, "check", config=False)) == [values.sha256(certificates.wsus)]
    assert f"{named}: valid, 1 certificate." in machine.run("--config", typed, "config", "validate", config=False).out


def test_an_installer_may_name_settings_on_a_share(machine, named, certificates):
    machine.registry.merge(values.DEFAULTS, {"Config": values.text(named)})
    assert certificates_of(machine.report("check", config=False)) == [values.sha256(certificates.wsus)]


def test_settings_that_the_share_does_not_have_are_missing(machine, share):
    run = machine.report("--config", rf"{SHARE}\none.yaml", "check", config=False)
    assert (run.exit, run.codes()) == (3, ["settings_not_found"])
    assert rf'There is no "{SHARE}\none.yaml".' in run.report["findings"][0]["message"]


def test_a_rollout_is_written_to_the_share_and_told_to_be_there(machine, share, certificates):
    (machine.folder / "wsus.cer").write_bytes(certificates.wsus)
    for folder in ("one", "two"):
        run = machine.run("pack", "wsus.cer", "--output-dir", rf"{SHARE}\{folder}", config=False)
        assert (run.exit, (share / folder / "README.txt").exists()) == (0, True), run
        assert rf"files are in {SHARE}\{folder}." in " ".join(run.out.split())
    again = machine.run("pack", "wsus.cer", "--output-dir", "//server/share/one", config=False)
    assert (again.exit, rf'"{SHARE}\one" is not empty' in again.err) == (8, True), again


def test_a_page_is_written_to_the_share_and_told_to_be_there(machine, share):
    write_fleet(share / "reports", 2)
    run = machine.run("fleet", rf"{SHARE}\reports", "--html", rf"{SHARE}\fleet.html", config=False)
    assert (run.exit, rf"The page is {SHARE}\fleet.html." in run.out) == (0, True), run
    assert rf"{SHARE}\reports" in (share / "fleet.html").read_text()
