"""The newest report in files: as metrics, which promtool and node_exporter read, and as JSON."""

import json
import re
import subprocess

import pytest
from hostile_texts import HOSTILE
from receivers import NodeExporter
from sinks import GOLDEN, Sinks

SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


@pytest.fixture(scope="module")
def sinks(program):
    return Sinks(program)


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "reports"
    made.mkdir()
    return made


def delivered(sinks, report, sink, file, **options):
    came = sinks.deliver(report, sink, file, **options)
    assert came == {"kind": "delivered", "detail": "", "target": sinks.name_of(file)}


def check_with_promtool(file):
    checked = subprocess.run(["promtool", "check", "metrics"], stdin=file.open("rb"), capture_output=True, text=True, timeout=60)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def unescaped(value):
    return re.sub(r"\\(.)", lambda match: {"n": "\n"}.get(match[1], match[1]), value)


def samples_in(text):
    """{(name, labels): value} of the metrics of the agent."""
    found = {}
    for line in text.splitlines():
        if line.startswith("wsus_trust_agent_"):
            name, labels, value = SAMPLE.match(line).groups()
            known = frozenset((label, unescaped(inside)) for label, inside in LABEL.findall(labels or ""))
            found[name, known] = float(value)
    return found


def scraped(folder, tmp_path):
    exporter = NodeExporter(tmp_path / "exporter", folder)
    try:
        text = exporter.scrape()
    finally:
        exporter.stop()
    assert "node_textfile_scrape_error 0" in text.splitlines(), text
    return samples_in(text)


@pytest.mark.parametrize("report", ("compliant", "sample", "distrusted"))
def test_the_exporter_shows_what_the_report_says(sinks, folder, tmp_path, report):
    document = json.loads((GOLDEN / f"{report}.json").read_text())
    file = folder / "agent.prom"
    delivered(sinks, report, "prometheus", file, success="2026-05-01T00:00:00Z")
    check_with_promtool(file)
    expected = {
        ("compliant", frozenset()): float(document["inDesiredState"]),
        ("last_run_timestamp_seconds", frozenset()): 1_780_272_000.0,
        ("last_success_timestamp_seconds", frozenset()): 1_777_593_600.0,
        ("info", frozenset({
            "version": "1.2.3", "mode": document["mode"] or "", "endpoint": document["endpoint"]["name"],
            "kind": document["endpoint"]["kind"], "settings": document["settings"]["sha256"] or "",
        }.items())): 1.0,
    }
    for certificate in document["certificates"]:
        if certificate["notAfter"]:
            labels = {label: certificate[label] for label in ("sha256", "thumbprint", "subject", "state")}
            expected["certificate_not_after_timestamp_seconds", frozenset(labels.items())] = 1_906_502_400.0
    for finding in document["findings"]:
        expected["finding", frozenset({"code": finding["code"], "severity": finding["severity"]}.items())] = 1.0
    known = {(f"wsus_trust_agent_{name}", frozenset(pair for pair in labels if pair[1])): value for (name, labels), value in expected.items()}
    shown = {(name, frozenset(pair for pair in labels if pair[1])): value for (name, labels), value in scraped(folder, tmp_path).items()}
    assert shown == known


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text.name)
def test_hostile_text_stays_inside_its_label(sinks, folder, tmp_path, text):
    (tmp_path / "text").write_bytes(text.raw)
    file = folder / "agent.prom"
    delivered(sinks, "sample", "prometheus", file, text=tmp_path / "text")
    check_with_promtool(file)
    assert all(line.isprintable() for line in file.read_text().split("\n"))
    shown = scraped(folder, tmp_path)
    (info,) = [dict(labels) for name, labels in shown if name == "wsus_trust_agent_info"]
    (certificate,) = [dict(labels) for name, labels in shown if name == "wsus_trust_agent_certificate_not_after_timestamp_seconds"]
    assert text.is_shown(info["endpoint"])
    assert text.is_shown(certificate["subject"])


@pytest.mark.parametrize("sink, name", [("file", "newest.json"), ("prometheus", "agent.prom")])
def test_a_test_leaves_the_newest_report_and_nothing_else(sinks, folder, sink, name):
    delivered(sinks, "distrusted", sink, folder / name)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    delivered(sinks, "compliant", sink, folder / name, test="yes")
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before
    assert len(before) == 1


def test_a_file_is_the_report_of_its_endpoint(sinks, folder):
    for report in ("sample", "distrusted"):
        delivered(sinks, report, "file", folder / "{host}.json")
    image, live = sorted(file.name for file in folder.iterdir())
    assert live.startswith("_mnt_windows_") or image == "PC-1.json"
    by_name = {file.name: json.loads(file.read_text()) for file in folder.iterdir()}
    assert by_name["PC-1.json"] == json.loads((GOLDEN / "distrusted.json").read_text())
    assert json.loads((GOLDEN / "sample.json").read_text()) in by_name.values()


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text.name)
def test_a_hostile_name_stays_in_its_folder(sinks, folder, tmp_path, text):
    (tmp_path / "text").write_bytes(text.raw)
    delivered(sinks, "sample", "file", folder / "{host}.json", text=tmp_path / "text")
    (file,) = folder.iterdir()
    assert re.fullmatch(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}\.json", file.name)
    json.loads(file.read_text())


def test_a_file_that_cannot_be_written_is_kept_for_later(sinks, folder):
    for sink, name in (("file", "r.json"), ("prometheus", "r.prom")):
        came = sinks.deliver("sample", sink, folder / "missing" / name)
        assert came["kind"] == "later"
        assert "create it" in came["detail"]
    came = sinks.deliver("sample", "file", folder / "r.json", others="folder can be changed by users")
    assert came["kind"] == "later"
    assert "folder can be changed by users" in came["detail"]
    assert list(folder.iterdir()) == []
