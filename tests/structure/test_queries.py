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


def stored_names():
    """What the key Status holds."""
    text = (REPOSITORY / "common/report/status_store.cpp").read_text()
    return set(re.findall(r'(?:set_text\(|registry\.set\(status_key, )"(\w+)"', text))


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


@pytest.mark.parametrize("pattern, name", [
    (r"\bs\.(\w+)0\b", "powerbi.sql"), (r"Status\|(\w+)\"", "configuration.mof"), (r"\[SMS_Report\(TRUE\)\] \w+ (\w+);", "sms_def.mof"),
])
def test_the_inventory_collects_values_that_status_holds(pattern, name):
    used = set(re.findall(pattern, (QUERIES / name).read_text()))
    assert used and used - stored_names() == set()


def test_the_two_halves_of_the_inventory_name_the_same_values():
    client, site = ((QUERIES / name).read_text() for name in ("configuration.mof", "sms_def.mof"))
    declared = re.findall(r"^    (uint32|string) (\w+);$", client, re.MULTILINE)
    read = re.findall(r"Provider\(\"RegPropProv\"\)\] (\w+);", client)
    assert [name for _, name in declared] == read
    assert declared == re.findall(r"\[SMS_Report\(TRUE\)\] (uint32|string) (\w+);", site)


def test_the_queries_of_the_inventory_ask_for_values_that_it_collects():
    collected = set(re.findall(r"\[SMS_Report\(TRUE\)\] \w+ (\w+);", (QUERIES / "sms_def.mof").read_text()))
    assert set(re.findall(r"\bs\.(\w+)0\b", (QUERIES / "powerbi.sql").read_text())) - collected == set()


def test_rsyslog_knows_the_parameters_that_the_sink_sends():
    sent = set(re.findall(r'add_parameter\(out, "(\w+)"', (SINKS / "syslog_sink.cpp").read_text()))
    assert set(re.findall(r"!wsusTrustAgent@32473!(\w+)", (RECEIVERS / "rsyslog.conf").read_text())) == sent


def test_what_is_said_of_the_collector_is_what_the_sink_sends():
    attributes = set(re.findall(r"wsus_trust_agent(?:\.\w+)+", (RECEIVERS / "otel-collector.yaml").read_text()))
    assert attributes - set(re.findall(r"wsus_trust_agent(?:\.\w+)+", (SINKS / "otlp_sink.cpp").read_text())) == set()


@pytest.mark.parametrize("file", sorted(path.name for path in QUERIES.iterdir()))
def test_an_untested_query_says_so(file):
    assert "Untested." in (QUERIES / file).read_text().splitlines()[0]
