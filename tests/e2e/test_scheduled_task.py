"""The task for Task Scheduler: it is what Microsoft's schema allows, says what the guide says, and starts a command that the
program knows."""

import re
import shlex
import subprocess
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
from machine import carried
from wine_registry import wine

REPOSITORY = Path(__file__).resolve().parents[2]
FILE = REPOSITORY / "config/scheduled-task.xml"
NAMESPACE = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"
NAME = "WSUS Trust Agent"

# "Task Scheduler Schema" (learn.microsoft.com/windows/win32/taskschd/task-scheduler-schema), as far as it is used. Children in
# this order (xs:sequence), or in any, each once at most (xs:all). Every child is optional there but those in capitals below.
TRIGGER = ["Enabled", "StartBoundary", "EndBoundary", "Repetition", "ExecutionTimeLimit"]
SEQUENCE = {
    "Triggers": ["BootTrigger", "CalendarTrigger"],  # xs:choice, any number of each
    "BootTrigger": [*TRIGGER, "Delay"],
    "CalendarTrigger": [*TRIGGER, "RandomDelay", "ScheduleByDay"],
    "Principals": ["Principal"],
    "Actions": ["Exec"],
}
ALL = {
    "Task": {"RegistrationInfo", "Triggers", "Settings", "Data", "Principals", "Actions"},
    "RegistrationInfo": {
        *("URI", "SecurityDescriptor", "Source", "Date", "Author", "Version", "Description", "Documentation"),
    },
    "Repetition": {"Interval", "Duration", "StopAtDurationEnd"},
    "ScheduleByDay": {"DaysInterval"},
    "Principal": {
        *("UserId", "LogonType", "GroupId", "DisplayName", "RunLevel", "ProcessTokenSidType", "RequiredPrivileges"),
    },
    "Settings": {
        *("AllowStartOnDemand", "RestartOnFailure", "MultipleInstancesPolicy", "DisallowStartIfOnBatteries"),
        *("StopIfGoingOnBatteries", "AllowHardTerminate", "StartWhenAvailable", "NetworkProfileName"),
        *("RunOnlyIfNetworkAvailable", "WakeToRun", "Enabled", "Hidden", "DeleteExpiredTaskAfter", "IdleSettings"),
        *("NetworkSettings", "ExecutionTimeLimit", "Priority", "RunOnlyIfIdle", "UseUnifiedSchedulingEngine"),
        "DisallowStartOnRemoteAppSession",
    },
    "Exec": {"Command", "Arguments", "WorkingDirectory"},
}
REQUIRED = {"Task": {"Actions"}, "CalendarTrigger": {"ScheduleByDay"}, "Repetition": {"Interval"}, "Exec": {"Command"}}
DURATION = re.compile(r"P(?=\d|T\d)(\d+D)?(T(?=\d)(\d+H)?(\d+M)?(\d+S)?)?")
TEXTS = {
    **dict.fromkeys(["Delay", "RandomDelay", "Interval", "Duration", "ExecutionTimeLimit"], DURATION),
    **dict.fromkeys(
        ["Enabled", "StopAtDurationEnd", *(name for name in ALL["Settings"] if re.match("Allow|Disallow|Stop|Start|Run|Wake|Hid", name))],
        re.compile("true|false"),
    ),
    "StartBoundary": re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"),
    "MultipleInstancesPolicy": re.compile("Parallel|Queue|IgnoreNew|StopExisting"),
    "RunLevel": re.compile("LeastPrivilege|HighestAvailable"),
    "Priority": re.compile("10|[0-9]"),
    "DaysInterval": re.compile("[1-9][0-9]?"),
    "Command": re.compile(".{1,260}"),
    "UserId": re.compile(".+"),
}


def complaints(element):
    name = element.tag.removeprefix(NAMESPACE)
    children = [child.tag.removeprefix(NAMESPACE) for child in element]
    order = SEQUENCE.get(name, [])
    allowed = set(order) | ALL.get(name, set())
    yield from (f"{name} holds {child}" for child in children if child not in allowed)
    if name in ALL and len(set(children)) != len(children):
        yield f"{name} holds something twice"
    if name in SEQUENCE and [order.index(c) for c in children if c in order] != sorted(order.index(c) for c in children if c in order):
        yield f"{name} has another order than {order}"
    yield from (f"{name} lacks {child}" for child in REQUIRED.get(name, set()) - set(children))
    if not allowed and name in TEXTS and not TEXTS[name].fullmatch(element.text or ""):
        yield f"{name} is {element.text!r}"
    for child in element:
        yield from complaints(child)


@pytest.fixture
def task():
    return xml.fromstring(FILE.read_bytes())


def text(task, path):
    return task.findtext("/".join(NAMESPACE + part for part in path.split("/")))


@pytest.mark.linux
def test_the_task_is_what_the_schema_allows(task):
    assert task.tag == NAMESPACE + "Task" and task.get("version") == "1.2"
    assert list(complaints(task)) == []
    assert task.find(f"{NAMESPACE}Actions").get("Context") == task.find(f".//{NAMESPACE}Principal").get("id")


@pytest.mark.linux
@pytest.mark.parametrize(
    "old, new, complaint",
    [
        ("<Delay>PT2M</Delay>", "<RandomDelay>PT2M</RandomDelay>", "BootTrigger holds RandomDelay"),
        ("<Enabled>true</Enabled>\n      <Delay>PT2M</Delay>", "<Delay>PT2M</Delay><Enabled>true</Enabled>", "another order"),
        ("PT4H", "4 hours", "Interval is"),
        ("<Priority>7</Priority>", "<Priority>7</Priority><Priority>7</Priority>", "twice"),
        ("<Interval>PT4H</Interval>", "", "Repetition lacks Interval"),
    ],
)
def test_a_breach_of_the_schema_would_be_noticed(old, new, complaint):
    broken = FILE.read_text().replace(old, new, 1)
    assert broken != FILE.read_text()
    assert [found for found in complaints(xml.fromstring(broken)) if complaint in found]


@pytest.mark.linux
def test_schtasks_can_read_its_characters():
    """It takes the bytes as text of its own, so that any encoding that is named would be a wrong one."""
    content = FILE.read_bytes()
    assert content.isascii()
    assert content.startswith(b'<?xml version="1.0"?>')


@pytest.mark.linux
def test_the_task_runs_as_system_at_boot_and_periodically_whatever_the_power_is(task):
    assert text(task, "Principals/Principal/UserId") == "S-1-5-18"
    assert text(task, "Principals/Principal/RunLevel") == "HighestAvailable"
    assert text(task, "Triggers/BootTrigger/Delay") == "PT2M"
    assert text(task, "Triggers/CalendarTrigger/Repetition/Interval") == "PT4H"
    assert text(task, "Triggers/CalendarTrigger/Repetition/Duration") == "P1D", "it goes on all day"
    assert text(task, "Triggers/CalendarTrigger/RandomDelay") == "PT1H"
    assert text(task, "Settings/MultipleInstancesPolicy") == "IgnoreNew"
    assert text(task, "Settings/ExecutionTimeLimit") == "PT1H"
    for setting in ("StartWhenAvailable", "AllowStartOnDemand", "Enabled"):
        assert text(task, f"Settings/{setting}") == "true"
    for setting in ("DisallowStartIfOnBatteries", "StopIfGoingOnBatteries", "RunOnlyIfIdle", "RunOnlyIfNetworkAvailable"):
        assert text(task, f"Settings/{setting}") == "false"


@pytest.mark.linux
def test_the_path_of_the_program_is_quoted(task):
    command = text(task, "Actions/Exec/Command")
    assert command == r'"%ProgramFiles%\WsusTrustAgent\wsus-trust-agent.exe"'


def test_the_program_knows_the_command_of_the_task(machine, certificates, task):
    machine.configure(carried(certificates.wsus))
    run = machine.run(*shlex.split(text(task, "Actions/Exec/Arguments")))
    assert run.exit == 0, run
    assert run.out.count("\n") == 1 and run.err == ""
    assert machine.holds("Root", certificates.wsus)


@pytest.mark.linux
@pytest.mark.parametrize("guide", ["config/README.md", "packaging/operating.md", "config/scheduled-task.xml"])
def test_the_guides_register_this_file(guide):
    assert f'schtasks /create /tn "{NAME}" /xml scheduled-task.xml' in (REPOSITORY / guide).read_text()


def schtasks(*arguments):
    """Its exit code. It needs COM, for which Wine starts a desktop that outlives it and holds on to its output: a pipe would
    never end."""
    return wine("schtasks", *arguments, capture_output=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode


@pytest.mark.windows
def test_schtasks_registers_it_and_takes_it_away(machine, task, tmp_path):
    """Wine's schtasks; it reads registration, principal and settings, and of triggers and actions that they are well-formed."""
    stored = machine.drive_c / "windows/system32/tasks" / NAME
    file = machine.program.name_of(FILE)
    assert schtasks("/create", "/tn", NAME, "/xml", file) == 0
    try:
        kept = xml.fromstring(stored.read_bytes())
        for path in ("RegistrationInfo/Description", "Settings/DisallowStartIfOnBatteries", "Settings/ExecutionTimeLimit"):
            assert text(kept, path) == text(task, path)
        assert schtasks("/create", "/tn", NAME, "/xml", file) != 0, "there is one of this name"
    finally:
        assert schtasks("/delete", "/tn", NAME, "/f") == 0
    assert not stored.exists()
    broken = tmp_path / "broken.xml"
    broken.write_text(FILE.read_text().replace("</Settings>", ""))
    assert schtasks("/create", "/tn", NAME, "/xml", machine.program.name_of(broken)) != 0
