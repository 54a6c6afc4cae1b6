"""The kits of packaging with the program: it knows every command line that they name, what machines ask it they get an answer to, and
the inventory finds what it collects."""

import re
import shutil
import subprocess

import pytest
from kits import ASKED_BY_MACHINES, BATCH_FILES, GUIDES, PACKAGING, SCRIPTS, commands_in
from machine import carried
from program import WINE

UNKNOWN = "--no-such-option"
COMMANDS = sorted({tuple(command) for file in [*GUIDES, *SCRIPTS, *BATCH_FILES] for command in commands_in(file)})


def objections(program, command):
    """The whole command line is read before anything is done: with an option at its end that nobody knows, nothing is done, and
    whatever else is wrong with it is said as well, or instead."""
    ended = program.run(*command, UNKNOWN)
    said = " ".join((ended.stdout + ended.stderr).split())
    return [] if f"The following argument was not expected: {UNKNOWN}" in said else [said]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_the_program_knows_every_command_line_of_the_kits(program, command):
    assert objections(program, command) == []


@pytest.mark.parametrize("command", ["chek", "check --for sccm", "repair --whatif", "undo --what", "distrust", "--image repair", "config sho"])
def test_a_command_line_that_it_does_not_know_would_be_noticed(program, command):
    assert objections(program, command.split()) != []


@pytest.mark.parametrize("script", ASKED_BY_MACHINES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_what_the_scripts_ask_is_answered_as_their_tools_want_it(machine, certificates, script):
    """The very words of the script. The rest of it, PowerShell, does not run here: tests/structure/test_kit_files.py looks at that."""
    [words] = commands_in(script)
    machine.configure(carried(certificates.wsus))
    before = machine.run(*words)
    assert before.err == ""
    if script.name == "remediate.ps1":
        assert before.exit == 0 and machine.holds("Root", certificates.wsus) and machine.holds("TrustedPublisher", certificates.wsus)
        return
    intune = script.parent.name == "intune"
    assert before.exit == (1 if intune else 0) and re.fullmatch(r"NonCompliant: .{1,2000}\n", before.out)
    assert machine.repair().exit == 0
    behind = machine.run(*words)
    assert (behind.exit, behind.err) == (0, "")
    assert re.fullmatch(r"Compliant.*\n", behind.out) if intune else behind.out == "Compliant\n"


def test_the_inventory_finds_every_value_with_its_type(machine, certificates):
    """On the live machine and in an image: read by other people's tools, compared with what hardware inventory is told to collect."""
    machine.configure(carried(certificates.wsus))
    assert machine.repair().exit == 0
    values = machine.registry.keys(r"WsusTrustAgent\Status")[r"wsustrustagent\status"]
    declared = re.findall(r"\[SMS_Report\(TRUE\)\] (uint32|string) (\w+);", (PACKAGING / "configmgr/client-settings.mof").read_text())
    kinds = {name: "uint32" if value.startswith("dword:") else "string" for name, value in values.items()}
    assert declared and [(kinds.get(name), name) for _, name in declared] == declared
    assert values["Compliant"] == "dword:00000001"


@pytest.fixture
def startup(machine, tmp_path):
    """Runs startup.cmd in a folder with these MSIs (no real ones: msiexec refuses them); its exit code, and its log."""
    log = machine.drive_c / "windows/Logs/wsus-trust-agent-install.log"
    installed = machine.drive_c / "Program Files/WsusTrustAgent"
    log.parent.mkdir(exist_ok=True)
    shutil.rmtree(installed, ignore_errors=True)  # of a run that was killed

    def run(*names, program=None):
        log.unlink(missing_ok=True)
        folder = tmp_path / "a share"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        shutil.copy(PACKAGING / "group-policy/startup.cmd", folder)
        for name in names:
            (folder / name).write_bytes(b"no MSI")
        if program:
            installed.mkdir(exist_ok=True)
            shutil.copy(program, installed / "wsus-trust-agent.exe")
        ended = subprocess.run(
            [WINE, r"C:\windows\system32\cmd.exe", "/c", machine.program.name_of(folder / "startup.cmd")],
            # Wine starts a desktop for msiexec, which outlives it and would hold on to a pipe.
            env=machine.program.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120,
        )
        return ended.returncode, log.read_text() if log.exists() else ""

    yield run
    shutil.rmtree(installed, ignore_errors=True)
    log.unlink(missing_ok=True)


@pytest.mark.windows
def test_the_startup_script_installs_what_is_not_there_and_only_then(startup, program):
    version = program.run("version").stdout.split()[1]
    exit, log = startup(f"wsus-trust-agent-{version}-x64.msi")
    assert f"installed: none, wanted: {version}" in log
    refused = int(re.search(r"msiexec: exit code (\d+)", log)[1])
    assert refused > 1600 and exit == refused % 256, "what msiexec said, of which Linux keeps the last eight bits"
    assert startup(f"wsus-trust-agent-{version}-x64.msi", program=program.path) == (0, ""), "it is there: nothing to do, nothing to say"
    _, log = startup("wsus-trust-agent-99.0.0-x64-UNSIGNED-TEST.msi", program=program.path)
    assert f"installed: {version}, wanted: 99.0.0" in log and "msiexec: exit code" in log


@pytest.mark.windows
@pytest.mark.parametrize("names", [[], ["wsus-trust-agent-1.0.0-x64.msi", "wsus-trust-agent-1.1.0-x64.msi"]])
def test_the_startup_script_does_not_choose_among_installers(startup, names):
    exit, log = startup(*names)
    assert exit == 2 and f"{len(names)} files" in log
