"""The resident as a service: installed, started, stopped and removed through the service manager, as Windows' own tools and
the registry see it. Where a test is about the service alone, the program has the resident of
tests/support/waiting_resident.cpp."""

import json
import shutil
import subprocess
import threading

import pytest
import registry_values as values
from event_trace import TRACED, events_in
from fresh_wine import FreshWine
from machine import Run, carried, pinned
from program import Program
from waiting import until
from wine_registry import values_of, wine

pytestmark = pytest.mark.windows

NAME = "WsusTrustAgent"
KEY = rf"HKLM\SYSTEM\CurrentControlSet\Services\{NAME}"
EVENTS = rf"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\{NAME}"
ANOTHER = r"C:\windows\system32\notepad.exe"
# Wine's service manager knows nothing of these; it says so, and we say so.
REFUSED_BY_WINE = ["delayed start", "after an exit with an error", "service SID", "privileges"]


class Service:
    """The program, copied into a folder of its own that only administrators can write."""

    def __init__(self, machine, folder, executable):
        self.machine = machine
        self.home = folder
        self.home.mkdir()
        self.program = Program(shutil.copy(executable, self.home / "wsus-trust-agent.exe"))

    def run(self, *arguments, config=True):
        """One of its commands; the document as in `out`."""
        named = ["--config", self.program.name_of(self.machine.settings)] if config else []
        ended = Run(self.program.run(*named, "--output", "json", *arguments, cwd=self.home))
        assert ended.report["exitCode"] == ended.exit, ended
        return ended

    def __call__(self, *arguments, **options):
        return self.run("service", *arguments, **options)

    @property
    def image_path(self):
        return f'"{self.program.name_of(self.program.path)}" run'

    def installed(self):
        done = self("install")
        assert done.exit == 0, done
        return self

    def running(self):
        done = self.installed()("start")
        assert done.exit == 0, done
        return self

    def stop(self):
        """Milliseconds, and the exit code that the service manager was told."""
        took, code = map(int, self.machine.probe("stop", NAME))
        return took, code

    def events(self):
        """What the waiting resident wrote down."""
        log = self.machine.settings.with_name(self.machine.settings.name + ".log")
        return log.read_text().split("\n")[:-1] if log.exists() else []


@pytest.fixture
def service_of(machine, tmp_path):
    made = []
    machine.configure()

    def make(executable):
        made.append(Service(machine, tmp_path / "our programs", executable))
        return made[-1]

    yield make
    for service in made:
        service.home.chmod(0o700)
        service("uninstall", config=False)
    assert values_of(KEY) is None


@pytest.fixture
def service(service_of, program):
    return service_of(program.path)


@pytest.fixture
def waiting(service_of, program):
    return service_of(program.path.with_name("service-under-test.exe"))


def test_from_installation_to_removal(service, machine, certificates):
    """Threat 38: the image path stands in quotes."""
    machine.configure(carried(certificates.wsus))
    installed = service("install", config=False)
    assert installed.exit == 0, installed
    told = [finding["message"] for finding in installed.report["findings"]]
    assert {finding["severity"] for finding in installed.report["findings"]} <= {"warning"}
    assert len(told) == len(REFUSED_BY_WINE)
    for what, message in zip(REFUSED_BY_WINE, told):
        assert what in message and "(124)" in message

    values = values_of(KEY)
    assert values["ImagePath"] == service.image_path
    assert (values["Start"], values["ObjectName"], values["DisplayName"]) == ("0x2", "LocalSystem", "WSUS Trust Agent")
    assert values_of(EVENTS) == {
        "EventMessageFile": service.program.name_of(service.program.path),
        "TypesSupported": "0x7",
    }
    assert NAME in wine("sc", "query", NAME).stdout.decode()
    assert service("status").exit == 1

    started = service("start")
    assert started.exit == 0, started
    status = service("status")
    assert (status.exit, status.report["service"]["state"]) == (0, "running")
    assert status.report["service"]["processId"] > 0
    assert service("start").exit == 0, "it runs already"

    took, code = service.stop()
    assert (took < 2_000, code) == (True, 0), took
    assert service("status").report["service"]["state"] == "stopped"
    assert service("stop").exit == 0, "it was stopped already"
    assert service("uninstall").exit == 0
    assert (values_of(KEY), values_of(EVENTS)) == (None, None)


def test_our_own_stop_waits_for_the_end(service):
    service.running()
    assert service("stop").exit == 0
    assert service("status").report["service"]["state"] == "stopped"


def test_removal_stops_it_and_leaves_the_trust(service, machine, certificates):
    machine.configure(carried(certificates.wsus))
    assert machine.repair().exit == 0
    before = machine.state()
    service.running()
    removed = service("uninstall")
    assert removed.exit == 0
    assert "undo" in removed.report["next"]
    assert machine.state() == before


def test_installed_again_it_is_set_up_anew(service, machine):
    service.installed()
    settings = service.program.name_of(machine.settings)
    assert values_of(KEY)["ImagePath"] == service.image_path.replace(" run", f" --config {settings} run")
    odd = machine.settings.with_name("our settings.yaml")
    shutil.copy(machine.settings, odd)
    again = service("--config", service.program.name_of(odd), "install", config=False)
    assert again.exit == 0
    assert values_of(KEY)["ImagePath"] == service.image_path.replace(
        " run", f' --config "{service.program.name_of(odd)}" run'
    )


def test_a_relative_settings_file_is_kept_with_its_whole_path(service, machine):
    """A service starts in the folder of the system."""
    (service.home / "agent.yaml").write_text("mode: audit\n")
    assert service("--config", "agent.yaml", "install", config=False).exit == 0
    assert service.program.name_of(service.home / "agent.yaml") in values_of(KEY)["ImagePath"]
    assert service("--config", "nowhere.yaml", "install", config=False).exit == 3


def test_a_settings_file_on_a_share_is_kept_as_it_was_named(service, share):
    (share / "agent.yaml").write_text("mode: audit\n")
    (share / "agent.yaml").chmod(0o600)
    assert service("--config", "//server/share/agent.yaml", "install", config=False).exit == 0
    assert values_of(KEY)["ImagePath"].endswith(r" --config \\server\share\agent.yaml run")


@pytest.mark.parametrize("command, exit", [("status", 1), ("start", 1), ("stop", 1), ("uninstall", 0)])
def test_without_a_service(service, command, exit):
    run = service(command)
    assert run.exit == exit
    assert [f["code"] for f in run.report["findings"]] == (["service_not_installed"] if exit else [])
    assert run.report["service"] is None


def test_options_that_the_service_would_lose_are_refused(service):
    run = Run(service.program.run("--output", "json", "--set", "mode=audit", "service", "install", cwd=service.home))
    assert (run.exit, run.codes()) == (2, ["usage_error"])
    assert "agent.yaml" in run.report["findings"][0]["message"]
    assert values_of(KEY) is None


def test_set_up_anew_while_it_runs_it_says_what_still_counts(service):
    again = service.running()("install", config=False)
    assert again.exit == 0
    assert "still runs as it was set up before" in again.report["next"]


def test_a_service_of_this_name_that_runs_another_program_is_left_alone(service):
    assert wine("sc", "create", NAME, "binPath=", ANOTHER).returncode == 0
    try:
        for command in ("install", "uninstall"):
            run = service(command, config=False)
            assert (run.exit, run.codes()) == (8, ["service_refused"])
            assert ANOTHER in run.finding("service_refused")["message"]
        assert values_of(KEY)["ImagePath"] == ANOTHER
    finally:
        wine("sc", "delete", NAME)


def test_a_program_that_ordinary_users_can_exchange_is_not_installed(service):
    """Threat 26: it would be LocalSystem at the next start."""
    service.home.chmod(0o777)
    run = service("install", config=False)
    assert (run.exit, run.codes()) == (9, ["state_folder_not_protected"])
    assert "Everyone" in run.finding("state_folder_not_protected")["message"]
    assert values_of(KEY) is None


def test_a_program_that_ordinary_users_can_exchange_does_not_work_as_a_service(waiting, machine):
    """Threat 26: whoever installed it, and whatever became of its folder since."""
    waiting.installed()
    waiting.home.chmod(0o777)
    started = waiting("start")
    assert (started.exit, started.codes()) == (8, ["service_refused"])
    assert "exit code 9" in started.finding("service_refused")["message"]
    assert waiting.events() == []


def test_the_event_log_says_why_it_does_not_work_as_a_service(program, tmp_path):
    """Nobody reads what a service prints as it starts with Windows."""
    windows = FreshWine(tmp_path / "wine")
    folder = windows.drive_c / "agent"
    folder.mkdir()
    shutil.copy(program.path, folder)
    own = r"C:\agent\wsus-trust-agent.exe"
    assert windows.run(own, "service", "install").returncode == 0
    folder.chmod(0o777)
    trace = tmp_path / "trace"
    with trace.open("wb") as file, windows.up(TRACED["WINEDEBUG"], file):
        status = (own, "--output", "json", "service", "status")
        last = until(lambda: json.loads(windows.run(*status).stdout)["service"]["lastExit"])
    assert last["exitCode"] == 9
    [event] = events_in(trace.read_text(errors="replace"))
    assert (event.id, event.strings[1], event.strings[3]) == (1002, "run", "state_folder_not_protected")
    assert "Everyone" in event.strings[4]


def test_undo_while_it_runs_says_what_to_do(service, machine, certificates):
    """Threat 28: it would put back what is taken away."""
    machine.configure(carried(certificates.wsus))
    assert machine.repair().exit == 0
    before = machine.state()
    service.running()
    undone = machine.undo()
    assert (undone.exit, undone.codes()) == (7, ["resident_running"])
    assert "service stop" in undone.finding("resident_running")["remedy"]
    assert machine.state() == before
    assert machine.report("undo", "--what-if").exit != 7, "only looking is no harm"
    service.stop()
    assert machine.undo().exit == 0


def test_a_second_resident_ends(service, machine):
    """Threat 28."""
    service.running()
    assert service.program.run("run", cwd=service.home).returncode == 7
    assert service("status").exit == 0


def test_started_by_hand_it_says_what_it_is(service):
    by_hand = subprocess.Popen(
        service.program.command("run"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env=service.program.environment(),
    )
    try:
        said = (by_hand.stderr.readline() + by_hand.stderr.readline()).decode()
        assert "by hand" in said and "service install" in said and "resident" in said and "Ctrl-C" in said
        assert by_hand.poll() is None
    finally:
        by_hand.kill()
        by_hand.communicate()


def test_what_the_service_manager_tells_reaches_the_resident(waiting, machine):
    waiting.running()
    machine.probe("control", NAME, "128")
    waiting.stop()
    machine.probe("start", NAME)
    waiting.stop()
    assert waiting.events() == ["started now", "run_now", "stop", "started", "stop"]


def test_it_stops_within_two_seconds_during_a_fetch_that_hangs(waiting, machine, certificates, start):
    asked = []

    def never_answers(peer):
        asked.append(peer.read_request())
        peer.hang()

    server = start.hostile(never_answers)
    machine.configure(
        pinned(certificates.wsus, f"http://localhost:{server.port}/wsus.cer"), fetch={"timeout": "5m"}
    )
    waiting.running()
    assert len(asked) == 1, "the fetch has not begun"
    took, code = waiting.stop()
    assert (took < 2_000, code) == (True, 0), took
    assert waiting.events() == ["started now"], "it did not hang"
    assert waiting.running()("status").exit == 0, "what it held is free"


def test_the_service_puts_right_what_changes(service, machine, certificates):
    """All of it, in a process that the service manager started: enforced at the start; drift; a certificate told, not put
    back; contested in the end."""
    machine.configure(carried(certificates.wsus))
    service.running()
    until(lambda: machine.run("status", config=False).exit == 0)
    assert machine.holds("Root", certificates.wsus) and machine.holds("TrustedPublisher", certificates.wsus)
    assert machine.policy_value() == values.dword(1)
    machine.put_policy_value(values.dword(0))
    until(lambda: machine.policy_value() == values.dword(1))
    machine.registry.erase_keys(values.entry_key("TrustedPublisher", certificates.wsus))
    until(lambda: "removed_by_others" in machine.run("--output", "json", "status", config=False).codes())
    assert not machine.holds("TrustedPublisher", certificates.wsus)
    machine.put_policy_value(values.dword(0))
    until(lambda: "contested" in machine.run("--output", "json", "status", config=False).codes())
    assert machine.policy_value() == values.dword(0)
    log = (machine.drive_c / "ProgramData/WsusTrustAgent/Logs/resident.log").read_text()
    assert log.count(" setPolicyValue ") == 2 and " contested " in log
    took, code = service.stop()
    assert (took < 2_000, code) == (True, 0), took


def test_the_service_stops_within_two_seconds_while_its_fetch_hangs(service, machine, certificates, start):
    asked = threading.Event()

    def never_answers(peer):
        peer.read_request()
        asked.set()
        peer.hang()

    server = start.hostile(never_answers)
    machine.configure(
        pinned(certificates.wsus, f"http://localhost:{server.port}/wsus.cer"), fetch={"timeout": "5m"}
    )
    service.running()
    assert asked.wait(timeout=60)
    took, code = service.stop()
    assert (took < 2_000, code) == (True, 0), took
    machine.configure(carried(certificates.wsus))
    assert machine.repair().exit == 0, "what it held is free"


def test_why_it_ended_by_itself_is_told(waiting, machine):
    machine.settings.write_text("nonsense: 1\n")
    machine.settings.chmod(0o600)
    waiting.installed()
    started = waiting("start")
    assert (started.exit, started.codes()) == (8, ["service_refused"])
    message = started.finding("service_refused")["message"]
    assert "exit code 3" in message and "config validate" in message
    last = waiting("status").report["service"]["lastExit"]
    assert (last["windowsCode"], last["exitCode"]) == (1066, 3)


@pytest.mark.parametrize("command", [["run"], ["service", "status"]])
def test_an_image_has_no_resident(machine, command):
    run = machine.report("--image", r"C:\SOFTWARE", *command, image=False)
    assert (run.exit, run.codes()) == (2, ["usage_error"])
