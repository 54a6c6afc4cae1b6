"""The queries and receivers of packaging/receivers ask for what the program really sends."""

import json
import re
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
RECEIVERS = REPOSITORY / "packaging/receivers"
QUERIES = RECEIVERS / "queries"
GOLDEN = REPOSITORY / "tests/unit/report/golden"
SINKS = REPOSITORY / "agent/reporting"

def paths_of(value, prefix=""):
    """The dotted names of everything in a report; the items of a list have that of the list."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield prefix + key
            yield from paths_of(inner, f"{prefix}{key}.")
    elif isinstance(value, list):
        for inner in value:
            yield from paths_of(inner, prefix)


@pytest.fixture(scope="module")
def fields():
    reports = [json.loads((GOLDEN / f"{name}.json").read_text()) for name in ("compliant", "sample")]
    return {path for report in reports for path in paths_of(report)}


@pytest.mark.parametrize("name", ["splunk.spl", "elastic.esql"])
def test_a_query_uses_the_fields_that_reports_have(name, fields):
    text = (QUERIES / name).read_text()
    head, _, body = text.partition("\n\n")
    listed = {field.strip().replace("{}", "") for field in re.sub(r"\n(//)?", " ", head.partition("Fields: ")[2]).replace("```", "").split(",")}
    body = body.replace("{}", "")
    used = set(re.findall(r"\b[a-zA-Z]\w*(?:\.\w+)+", body))
    assert listed - fields == set()
    assert used - listed == set()
    assert [field for field in listed if not re.search(rf"\b{re.escape(field)}\b", body)] == []


def test_rsyslog_knows_the_parameters_that_the_sink_sends():
    sent = set(re.findall(r'add_parameter\(out, "(\w+)"', (SINKS / "syslog_sink.cpp").read_text()))
    assert set(re.findall(r"!wsusTrustAgent@32473!(\w+)", (RECEIVERS / "rsyslog.conf").read_text())) == sent


def test_what_is_said_of_the_collector_is_what_the_sink_sends():
    attributes = set(re.findall(r"wsus_trust_agent(?:\.\w+)+", (RECEIVERS / "otel-collector.yaml").read_text()))
    assert attributes - set(re.findall(r"wsus_trust_agent(?:\.\w+)+", (SINKS / "otlp_sink.cpp").read_text())) == set()


@pytest.mark.parametrize("file", sorted(path.name for path in QUERIES.iterdir()))
def test_an_untested_query_says_so(file):
    assert "Untested." in (QUERIES / file).read_text().splitlines()[0]
