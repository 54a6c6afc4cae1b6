"""The log file of Windows: what it says, where it lies, and that it is never in the way of a run."""

import json
import re
import shutil
from datetime import datetime, timedelta, timezone

import pytest
import registry_values as values
from machine import carried, pinned

pytestmark = pytest.mark.windows

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warning|error) ([0-9a-f-]{36}) (\w+) (.+)")


@pytest.fixture
def log(machine):
    return machine.drive_c / "ProgramData/WsusTrustAgent/Logs/commands.log"


def lines_of(log):
    content = log.read_bytes()
    assert content.endswith(b"\r\n")
    return content.decode().removesuffix("\r\n").split("\r\n")


def records_of(log):
    return [LINE.fullmatch(line).groups() for line in lines_of(log)]


def test_repair_and_undo_say_what_they_found_changed_and_came_to(machine, certificates, log):
    machine.configure(carried(certificates.ca_issued))
    repaired = machine.repair()
    records = records_of(log)
    assert {run for _, run, _, _ in records} == {repaired.report["runId"]}
    expected = [f["code"] for f in repaired.report["findings"]] + [c["action"] for c in repaired.report["changes"]]
    assert [code for _, _, code, _ in records] == [*expected, "repair"]
    assert records[-1][3].endswith(": Compliant, exit code 0")
    assert values.thumbprint(certificates.ca_issued) in next(text for _, _, code, text in records if code == "addCertificate")
    machine.undo()
    assert records_of(log)[len(records) :][-1][2] == "undo"


def test_what_changes_nothing_writes_no_log(machine, certificates, log):
    machine.configure(carried(certificates.wsus))
    for command in (["check"], ["repair", "--what-if"], ["undo", "--what-if"], ["status"]):
        machine.run(*command)
    machine.configure(carried(certificates.wsus), mode="audit")
    machine.run("repair")
    assert not log.exists()


# What CMTrace looks for: the mark that ends the text, then the attributes in this order.
CMTRACE = re.compile(
    r'<!\[LOG\[(?P<message>((?!\]LOG\]!>).)*)\]LOG\]!><time="(?P<time>\d\d:\d\d:\d\d\.\d{3})(?P<bias>[+-]\d{3})" date="(?P<date>\d\d-\d\d-\d{4})" '
    r'component="(?P<component>[^"]*)" context="(?P<context>[^"]*)" type="(?P<type>[123])" thread="(?P<thread>\d+)" file="">'
)


def text_records(line):
    time = line.split(" ", 1)[0]
    return (datetime.fromisoformat(time), *LINE.fullmatch(line).groups())


def json_records(line):
    record = json.loads(line)
    assert record.keys() == {"code", "level", "message", "runId", "time"}
    return datetime.fromisoformat(record["time"]), record["level"], record["runId"], record["code"], record["message"]


def cmtrace_records(line):
    found = CMTRACE.fullmatch(line)
    local = datetime.strptime(f"{found['date']} {found['time']}", "%m-%d-%Y %H:%M:%S.%f").replace(tzinfo=timezone.utc)
    code, message = found["message"].split(" ", 1)
    level = ("info", "warning", "error")[int(found["type"]) - 1]
    assert found["component"] == "wsus-trust-agent"
    return local + timedelta(minutes=int(found["bias"])), level, found["context"], code, message


@pytest.mark.parametrize("name, read", [("text", text_records), ("json", json_records), ("cmtrace", cmtrace_records)])
def test_each_format_is_read_by_an_independent_reader(machine, certificates, log, name, read):
    """Threat 30: a subject with line ends, escape codes, and what would end a record."""
    forged = "a\r\n2026-01-01T00:00:00.000Z info - x\x1b[31m]LOG]!><\"}"
    der = certificates.self_signed("forged", days=30, subject=f"/CN={forged}")
    machine.configure(carried(der), log={"format": name})
    started = datetime.now(timezone.utc)
    run = machine.repair()
    assert run.exit == 0
    machine.undo()
    records = [read(line) for line in lines_of(log)]
    repair = [record for record in records if record[2] == run.report["runId"]]
    findings, changes = run.report["findings"], run.report["changes"]
    assert [code for _, _, _, code, _ in repair] == [
        *(finding["code"] for finding in findings), *(change["action"] for change in changes), "repair"
    ]
    assert [level for _, level, _, _, _ in repair[: len(findings)]] == [finding["severity"] for finding in findings]
    assert len(records) > len(repair), "undo has another format, or no record"
    for time, *texts in records:
        assert abs(time - started) < timedelta(minutes=5)
        assert all(text.isprintable() for text in texts)
    [text] = [record[4] for record in repair if record[3] == "expires_soon"]
    mark = r"]LOG]!\x3E" if name == "cmtrace" else "]LOG]!>"
    assert r"a\0D\0A2026-01-01T00:00:00.000Z info - x\1B[31m" + mark in text


@pytest.mark.parametrize("what", ["folder", "file"])
def test_a_place_that_others_made_is_refused_and_the_run_goes_on(machine, certificates, log, what):
    """Threats 23, 26. `folder`: everybody may write it, as Wine shows the modes of the host."""
    machine.configure(carried(certificates.wsus))
    assert machine.repair().exit == 0
    before = log.read_bytes()
    machine.undo()
    if what == "folder":
        log.parent.chmod(0o777)
    else:
        shutil.rmtree(log.parent)
        log.parent.write_text("no folder")
    run = machine.repair()
    assert (run.exit, run.codes()) == (0, ["log_not_protected"])
    assert machine.holds("Root", certificates.wsus)
    assert "no log is written" in run.err and run.err.count("\n") == 1
    if what == "folder":
        log.parent.chmod(0o755)
        assert machine.repair().codes() == []
        assert log.read_bytes().startswith(before)


def test_a_log_that_cannot_be_opened_costs_nothing_but_lines(machine, certificates, log):
    """Threat 23: a folder has its name."""
    log.mkdir(parents=True)
    for folder in (log, log.parent, log.parent.parent):
        folder.chmod(0o755)
    machine.configure(carried(certificates.wsus))
    run = machine.repair()
    assert run.exit == 0 and "no log is written" in run.err
    assert machine.holds("Root", certificates.wsus)
