"""`fleet`: what the reports of all machines in a folder come to, and whether a certificate may be switched to or is gone."""

import csv
import io
import json
import os

import jsonschema
import pytest
from fleet_reports import CERTIFICATE, OLD, certificate, finding, report, stamp, write
from machine import SCHEMA, Run


@pytest.fixture
def reports(tmp_path):
    (tmp_path / "reports").mkdir()
    return tmp_path / "reports"


@pytest.fixture
def fleet(program, reports, tmp_path):
    """Runs the command over that folder, in the one above it."""

    def run(*arguments, folder=reports):
        return Run(program.run("fleet", program.name_of(folder), *arguments, cwd=tmp_path))

    run.page = tmp_path / "fleet.html"
    run.name_of = program.name_of
    return run


def as_json(run, *arguments):
    ended = run("--output", "json", *arguments)
    return ended.exit, json.loads(ended.out)


def withdrawn(name, **changes):
    return report(name, certificates=[certificate(OLD, "withdrawn", stores=())], **changes)


def test_a_folder_of_reports_is_a_summary_and_a_page(fleet, reports):
    write(reports, report("PC-1"), report("PC-2", findings=[finding()]), report("PC-3", days=9, version="0.0.9"))
    run = fleet()
    assert run.exit == 0 and run.err == ""
    for text in ("machines       3", "compliant      2", "not compliant  1", "not_in_root", "PC-3  last report", "0.0.9", "fleet.html"):
        assert text in run.out, run
    assert fleet.page.read_text().startswith("<!doctype html>")
    assert not fleet.page.with_name("fleet.html.new").exists()


def test_what_the_program_itself_reports_is_read(fleet, reports, machine):
    machine.configure()
    own = machine.check()
    (reports / "own.json").write_text(own.out)
    jsonschema.validate(own.report, SCHEMA)
    _, document = as_json(fleet)
    assert [each["name"] for each in document["machines"]] == [(own.report["endpoint"] or {"name": "own"})["name"]]
    assert document["counts"]["nonCompliant"] + document["counts"]["unknown"] == 1


def test_json_is_one_document_and_writes_no_page(fleet, reports):
    write(reports, report("PC-1"), report("PC-2", findings=[finding()], days=5))
    code, document = as_json(fleet)
    assert code == 0 and not fleet.page.exists()
    assert document["counts"] == {"compliant": 1, "files": 2, "machines": 2, "nonCompliant": 1, "notApplicable": 0,
                                  "silent": 1, "superseded": 0, "tests": 0, "unknown": 0, "unreadable": 0}  # fmt: skip
    assert document["certificates"][0]["inRoot"] == 2
    assert [each["reasons"] for each in document["machines"]] == [[], ["not_in_root"]]


def test_csv_is_what_a_spreadsheet_reads_and_runs_nothing(fleet, reports):
    hostile = report("PC-1", findings=[finding(code="@SUM(1)")], version="=cmd|'/c calc'!A1")
    hostile["endpoint"]["kind"] = '+1,"2"'
    write(reports, hostile, report("PC-2"))
    (reports / "bad.json").write_text("{")
    run = fleet("--output", "csv")
    assert run.exit == 0 and not fleet.page.exists()
    rows = list(csv.DictReader(io.StringIO(run.out, newline="")))
    assert [row["machine"] for row in rows] == ["PC-1", "PC-2", ""]
    assert rows[0]["version"] == "'=cmd|'/c calc'!A1" and rows[0]["kind"] == "'+1,\"2\"" and rows[0]["reasons"] == "'@SUM(1)"
    assert rows[2]["state"] == "Unreadable" and rows[2]["file"] == "bad.json" and rows[2]["problem"]


def test_csv_ends_its_lines_as_rfc_4180_wants(program, reports, tmp_path):
    write(reports, report("PC-1"))
    out = program.run("--output", "csv", "fleet", program.name_of(reports), text=False, cwd=tmp_path).stdout
    assert out.count(b"\r\n") == 2 and out.count(b"\n") == 2 and b"\r\r" not in out


def test_the_page_goes_where_html_says_also_with_json(fleet, reports, tmp_path):
    write(reports, report("PC-1"))
    page = tmp_path / "sub" / "page.html"
    page.parent.mkdir()
    assert fleet("--html", fleet.name_of(page)).exit == 0
    assert page.exists() and not fleet.page.exists()
    page.unlink()
    code, _ = as_json(fleet, "--html", fleet.name_of(page))
    assert code == 0 and page.exists()


def test_a_page_that_cannot_be_written_is_told(fleet, reports, tmp_path):
    write(reports, report("PC-1"))
    run = fleet("--html", fleet.name_of(tmp_path / "none" / "page.html"))
    assert run.exit == 8 and "--html" in run.err and "compliant" in run.out


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "JSON"),
        (b"{", "JSON"),
        (b"[]", "wrong type"),
        (b'{"schemaVersion": 2}', "schema version"),
        (b'{"schemaVersion": 1}', "time"),
        (b'{"schemaVersion": 1, "time": 7}', "wrong type"),
        (b"\xff\xfe{\x00}\x00", "JSON"),
        (b'{"schemaVersion": 1, "a": ' + b"[" * 100 + b"]" * 100 + b"}", "JSON"),
        (b" " * (1024 * 1024 + 1), "1 MiB"),
        (json.dumps(report("PC-1", days=-2)).encode(), "clock"),
        (json.dumps(report("PC-1", certificates=[certificate("xyz")])).encode(), "SHA-256"),
    ],
    ids=["empty", "cut", "list", "other schema", "nothing in it", "wrong type", "UTF-16", "deep", "large", "ahead", "no digest"],
)
def test_what_is_no_report_is_counted_with_its_reason_and_proves_nothing(fleet, reports, content, why):
    write(reports, report("PC-2"))
    (reports / "bad.json").write_bytes(content)
    code, document = as_json(fleet)
    assert code == 0 and document["counts"]["unreadable"] == 1
    assert document["unreadable"][0]["file"] == "bad.json" and why in document["unreadable"][0]["why"]
    assert "bad.json" in fleet().out and "bad.json" in fleet.page.read_text()
    assert as_json(fleet, "--ready", CERTIFICATE)[0] == 1


@pytest.mark.linux
def test_a_pipe_a_dangling_link_and_a_file_without_the_right_are_told_and_never_waited_for(fleet, reports):
    write(reports, report("PC-1"))
    os.mkfifo(reports / "pipe.json")
    (reports / "link.json").symlink_to("nowhere")
    _, document = as_json(fleet)
    assert sorted(each["file"] for each in document["unreadable"]) == ["link.json", "pipe.json"]


def test_other_files_hidden_ones_and_folders_are_no_reports(fleet, reports):
    write(reports, report("PC-1"))
    for name in (".hidden.json", "PC-2.json.new", "PC-3.json.test", "notes.txt", ".json"):
        (reports / name).write_text("x")
    write(reports / "sub", report("PC-4"))
    (reports / "folder.json").mkdir()
    _, document = as_json(fleet)
    assert document["counts"]["files"] == 1 and document["unreadable"] == []


def test_the_newer_report_of_a_machine_counts(fleet, reports):
    write(reports, report("PC-1", days=2, findings=[finding()]))
    (reports / "also.json").write_text(json.dumps(report("PC-1", days=1)))
    _, document = as_json(fleet)
    assert document["counts"]["superseded"] == 1 and document["machines"][0]["file"] == "also.json"
    assert document["counts"]["compliant"] == 1


def test_a_report_that_tries_out_a_delivery_does_not_count(fleet, reports):
    write(reports, report("PC-1", days=2))
    (reports / "test.json").write_text(json.dumps(report("PC-1", command="test", state="Unknown")))
    _, document = as_json(fleet)
    assert (document["counts"]["tests"], document["counts"]["compliant"]) == (1, 1)


def test_who_is_silent_is_for_the_command_line_to_say(fleet, reports):
    write(reports, report("PC-1", days=2), report("PC-2", days=4))
    assert [each["name"] for each in as_json(fleet)[1]["silent"]] == ["PC-2"]
    assert len(as_json(fleet, "--silent-after", "36h")[1]["silent"]) == 2
    assert as_json(fleet, "--silent-after", "5d")[1]["silent"] == []


def test_may_i_switch(fleet, reports):
    write(reports, report("PC-1"), report("PC-2"))
    run = fleet("--ready", CERTIFICATE)
    assert run.exit == 0 and "Yes, you may switch" in run.out and not fleet.page.exists()
    write(reports, report("PC-3", certificates=[certificate(stores=("TrustedPublisher",))]))
    run = fleet("--ready", CERTIFICATE)
    assert run.exit == 1 and "PC-3  not in Root" in run.out and "PC-1" not in run.out
    code, document = as_json(fleet, "--ready", CERTIFICATE)
    assert (code, document["proven"], document["yes"], document["no"]) == (1, False, 2, 1)


def test_the_pin_is_read_as_people_paste_it(fleet, reports):
    write(reports, report("PC-1"))
    pasted = "\u200e" + ":".join(CERTIFICATE[i : i + 2].upper() for i in range(0, 64, 2))
    assert fleet("--ready", pasted).exit == 0


def test_silent_machines_are_left_out_when_asked_for_and_named(fleet, reports):
    write(reports, report("PC-1"), report("PC-2", days=31, certificates=[]))
    assert fleet("--ready", CERTIFICATE).exit == 1
    run = fleet("--ready", CERTIFICATE, "--exclude-silent", "30d")
    assert run.exit == 0 and "PC-2" in run.out and "1 left out" in run.out
    assert fleet("--ready", CERTIFICATE, "--exclude-silent", "32d").exit == 1


def test_is_it_gone(fleet, reports):
    write(reports, withdrawn("PC-1"), withdrawn("PC-2"))
    run = fleet("--gone", OLD)
    assert run.exit == 0 and "Yes, it is gone" in run.out
    write(reports, report("PC-3"))
    run = fleet("--gone", OLD)
    assert run.exit == 1 and "PC-3  not in its report" in run.out and "withdrawn or distrusted" in run.out
    held = certificate(OLD, "withdrawn", stores=("Root",))
    held["stores"][0]["location"] = "groupPolicy"
    write(reports, report("PC-3", certificates=[held]))
    run = fleet("--gone", OLD)
    assert run.exit == 1 and "PC-3  in Root (groupPolicy)" in run.out


@pytest.mark.parametrize("question", ["--ready", "--gone"])
def test_an_empty_folder_proves_nothing(fleet, question):
    run = fleet(question, CERTIFICATE)
    assert run.exit == 1 and "nothing is proven" in run.out
    assert fleet().exit == 0 and "no report in this folder" in fleet().out


def test_a_folder_that_cannot_be_read_is_exit_9(fleet, tmp_path):
    (tmp_path / "file").write_text("x")
    for name in ("none", "file"):
        run = fleet("--output", "json", folder=tmp_path / name)
        jsonschema.validate(run.report, SCHEMA)
        assert (run.exit, run.report["exitCode"], run.codes()) == (9, 9, ["reports_not_readable"])
        assert name in run.report["findings"][0]["message"]
        run = fleet("--output", "csv", folder=tmp_path / name)
        assert run.exit == 9 and run.out == "" and name in run.err


@pytest.mark.parametrize(
    "arguments",
    [
        ["--ready", "5f2b"],
        ["--gone", "zz" * 32],
        ["--ready", CERTIFICATE, "--gone", CERTIFICATE],
        ["--exclude-silent", "30d"],
        ["--gone", CERTIFICATE, "--exclude-silent", "30d"],
        ["--silent-after", "soon"],
        ["--ready", CERTIFICATE, "--exclude-silent", "30"],
        ["another"],
    ],
    ids=lambda words: " ".join(words)[:30],
)
def test_a_wrong_question_is_a_usage_error(fleet, arguments):
    assert fleet(*arguments).exit == 2


def test_only_fleet_has_csv(program):
    run = Run(program.run("--output", "csv", "version"))
    assert run.exit == 2 and "fleet" in run.err


def test_quiet_is_one_line(fleet, reports):
    write(reports, report("PC-1"))
    assert fleet("--quiet").out.count("\n") == 1
    assert fleet("--quiet", "--ready", CERTIFICATE).out.startswith("Yes, you may switch")


def test_hostile_text_is_one_printable_line_everywhere(fleet, reports):
    hostile = "x\r\ny\x1b[31m\u202e\u2028<script>"
    bad = report("PC-1", findings=[finding(subject=hostile, message=hostile, remedy=hostile)], version=hostile)
    bad["endpoint"]["name"] = hostile
    (reports / "a.json").write_text(json.dumps(bad))
    for arguments in ((), ("--output", "json"), ("--output", "csv"), ("--ready", OLD), ("--quiet",)):
        out = fleet(*arguments).out
        assert not set("\x1b\u202e\u2028") & set(out)
        assert "x\r" not in out and "x\n" not in out
    assert "<script>y" not in fleet.page.read_text() and r"x\x0D\x0Ay" in fleet.page.read_text()


def test_the_time_of_a_machine_is_its_own(fleet, reports):
    write(reports, report("PC-1", time=stamp(100)))
    assert as_json(fleet)[1]["machines"][0]["silent"] is True
