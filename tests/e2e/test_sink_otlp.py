"""Reports over OTLP/HTTP with JSON, taken only where OpenTelemetry's own protobuf code loses nothing of them."""

import json
import ssl
import urllib.error
import urllib.request
import uuid

import pytest
from hostile_texts import HOSTILE
from receivers import NodeReceiver
from sinks import GOLDEN, Sinks

REPORTS = ("compliant", "sample", "distrusted")


@pytest.fixture(scope="module")
def sinks(program):
    return Sinks(program)


@pytest.fixture(scope="module")
def receiver(tls, tmp_path_factory):
    server = NodeReceiver("otlp.js", tmp_path_factory.mktemp("receiver") / "node", tls.right)
    yield server
    server.stop()


def deliver(sinks, receiver, tls, report="sample", **options):
    """What was sent to /v1/logs and to /v1/metrics."""
    endpoint = f"https://localhost:{receiver.port}"
    came = sinks.deliver(report, "otlp", endpoint, ca=tls.ca.root, success="2026-05-01T00:00:00Z", **options)
    assert came == {"kind": "delivered", "detail": "", "target": endpoint}
    logs, metrics = receiver.read()[-2:]
    assert (logs["path"], metrics["path"]) == ("/v1/logs", "/v1/metrics")
    return logs["sent"], metrics["sent"]


def value_of(value):
    (kind, inside), = value.items()
    return [value_of(item) for item in inside["values"]] if kind == "arrayValue" else inside


def attributes(carrier):
    return {attribute["key"]: value_of(attribute["value"]) for attribute in carrier["attributes"]}


def record_of(logs):
    (resource,), = logs.values()
    (scope,) = resource["scopeLogs"]
    (record,) = scope["logRecords"]
    return resource["resource"], record


def gauges_of(metrics):
    """name: (unit, its points)"""
    (resource,), = metrics.values()
    (scope,) = resource["scopeMetrics"]
    return {metric["name"]: (metric["unit"], metric["gauge"]["dataPoints"]) for metric in scope["metrics"]}


@pytest.mark.parametrize("report", REPORTS)
def test_nothing_of_a_report_is_lost(sinks, receiver, tls, report):
    document = json.loads((GOLDEN / f"{report}.json").read_text())
    logs, metrics = deliver(sinks, receiver, tls, report)
    resource, record = record_of(logs)
    assert record["body"] == {"stringValue": record["body"]["stringValue"]}
    said = attributes(record)
    assert json.loads(said["wsus_trust_agent.report"]) == document
    assert said["wsus_trust_agent.run.id"] == document["runId"]
    assert said["wsus_trust_agent.exit_code"] == str(document["exitCode"])
    worst = [finding["severity"] for finding in document["findings"]][:1]
    assert record["severityText"] == {"error": "ERROR", "warning": "WARN"}.get(*worst or ["info"], "INFO")
    assert int(record["timeUnixNano"]) == 1_780_272_000 * 10**9
    about = attributes(resource)
    assert about["service.name"] == "wsus-trust-agent"
    assert about["os.type"] == "windows"
    kind, name = document["endpoint"]["kind"], document["endpoint"]["name"]
    assert about.get("host.name") == (name if kind == "live" else None)
    conventions = uuid.UUID("4d63009a-8d0f-11ee-aad7-4c796ed8e320")
    assert about["service.instance.id"] == str(uuid.uuid5(conventions, f"{kind}:{name}"))

    gauges = gauges_of(metrics)
    assert [point["asInt"] for point in gauges["wsus_trust_agent.compliant"][1]] == [str(int(document["inDesiredState"]))]
    unit, points = gauges["wsus_trust_agent.certificate.expiry"]
    assert unit == "s"
    expiring = [certificate for certificate in document["certificates"] if certificate["notAfter"]]
    assert [point["asInt"] for point in points] == ["126230400"] * len(expiring)  # from 2026-06-01 to 2030-06-01
    assert [attributes(point)["sha256"] for point in points] == [certificate["sha256"] for certificate in expiring]
    assert gauges["wsus_trust_agent.last_success"][1][0]["asInt"] == "1777593600"


@pytest.mark.parametrize("path, right, wrong", [
    ("/v1/logs", '"timeUnixNano"', '"time_unix_nano"'),
    ("/v1/logs", '"eventName"', '"eventname"'),
    ("/v1/logs", '"severityNumber"', '"severitynumber"'),
    ("/v1/logs", '"stringValue"', '"stringvalue"'),
    ("/v1/metrics", '"asInt"', '"asint"'),
    ("/v1/metrics", '"dataPoints"', '"datapoints"'),
    ("/v1/metrics", '"unit"', '"units"'),
    ("/v1/metrics", '"asInt":"0"', '"asInt":0'),
])
def test_the_receiver_notices_what_is_misspelt(sinks, receiver, tls, path, right, wrong):
    sent = dict(zip(("/v1/logs", "/v1/metrics"), deliver(sinks, receiver, tls)))[path]
    text = json.dumps(sent, separators=(",", ":"))

    def post(body):
        request = urllib.request.Request(
            f"https://localhost:{receiver.port}{path}", body.encode(), {"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=10, context=ssl.create_default_context(cafile=tls.ca.root)) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code

    assert post(text) == 200
    assert right in text
    assert post(text.replace(right, wrong, 1)) == 400


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text.name)
def test_hostile_text_stays_inside_its_value(sinks, receiver, tls, tmp_path, text):
    (tmp_path / "text").write_bytes(text.raw)
    logs, metrics = deliver(sinks, receiver, tls, text=tmp_path / "text")
    resource, record = record_of(logs)
    assert text.is_shown(attributes(resource)["wsus_trust_agent.endpoint.name"])
    assert text.is_shown(attributes(record)["wsus_trust_agent.reasons"][0])
    json.loads(attributes(record)["wsus_trust_agent.report"])
    (point,) = gauges_of(metrics)["wsus_trust_agent.certificate.expiry"][1]
    assert text.is_shown(attributes(point)["subject"])
