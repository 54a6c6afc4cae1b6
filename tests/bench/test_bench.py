"""The benchmarks work: every figure is produced. How fast anything is, is no business of a test."""

import subprocess
from pathlib import Path
from xml.etree import ElementTree

REPOSITORY = Path(__file__).resolve().parents[2]
FIGURES = [
    "`repair`, online / `curl` of the same file",
    "`check`, 60 MB hive / `hivexget` of one value of it",
    "`check`, 60 MB hive: peak memory",
    "`check`, 10 certificates, each",
    "`check`, 100 certificates, each",
    "`check`, 100 certificates: peak memory",
    "`check`, Wine / an empty program, Wine",
]
COUNTED = [
    *("`repair`, online", "`check`, 60 MB hive", "`check`, 1 certificate", "`check`, 10 certificates"),
    *("`check`, 100 certificates", "`curl` of the same file", "`hivexget` of one value of it"),
]


def rows(document, section):
    text = document.partition(f"## {section}\n")[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| ")]
    return {row[0]: row[1:] for row in cells}


def test_every_figure_is_produced():
    done = subprocess.run(
        [REPOSITORY / "tests/bench/run", "--quick"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    document = (REPOSITORY / "build/bench/README.md").read_text()
    figures = rows(document, "Figures")
    assert [name for name in figures if "`" in name] == FIGURES
    counts = rows(document, "Instructions")
    assert [name for name in counts if name not in ("what", "---")] == COUNTED
    assert all(float(count) > 1 for (count,) in (counts[name] for name in COUNTED))
    sizes = rows(document, "Size by library")
    assert float(sizes["OpenSSL libcrypto"][0]) > 100
    assert str(REPOSITORY) not in document


def test_the_benchmark_of_a_fleet_works():
    done = subprocess.run(
        [REPOSITORY / "tests/bench/fleet_files", "30"], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    figures = rows(done.stdout, "A fleet")
    assert list(figures)[-3:] == ["`fleet DIR`, with the page", "`fleet DIR --ready SHA256`", "`jq`, name and state of each"]


def test_every_report_of_a_small_fleet_is_accounted_for(tmp_path):
    done = subprocess.run(
        [REPOSITORY / "tests/bench/fleet", "--agents", "120", "--faults", "30", "--svg", tmp_path / "fleet.svg"],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout + done.stderr
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in done.stdout.splitlines() if line.startswith("| ")]
    phases = {row[0]: dict(zip(cells[0], row)) for row in cells[2:]}
    assert list(phases) == ["start", "steady", "rotation", "outage", "recovery", "drain"]
    assert int(phases["outage"]["nobody there"]) > 0
    assert int(phases["outage"]["reports taken"]) == 0
    assert "120 agents, 30 % of all requests answered with 503" in done.stdout
    ElementTree.parse(tmp_path / "fleet.svg")
