"""Reports as syslog messages over TLS, taken apart by rsyslog."""

import json

import pytest
from hostile_texts import HOSTILE
from receivers import Rsyslog
from sinks import GOLDEN, Sinks

ID = "wsusTrustAgent@32473"


@pytest.fixture(scope="module")
def sinks(program):
    return Sinks(program)


@pytest.fixture(scope="module")
def rsyslog(tls, tmp_path_factory):
    server = Rsyslog(tmp_path_factory.mktemp("receiver") / "rsyslog", tls.right, tls.ca.root)
    yield server
    server.stop()


def deliver(sinks, rsyslog, tls, report="sample", **options):
    address = f"localhost:{rsyslog.port}"
    came = sinks.deliver(report, "syslog", address, ca=tls.ca.root, **options)
    assert came == {"kind": "delivered", "detail": "", "target": address}
    (message,) = rsyslog.new_messages(1)
    assert len(message["raw"].encode()) <= 8192
    return message


@pytest.mark.parametrize("report, severity, host, text", [
    ("compliant", ("info", 134), "PC-7", "Compliant: no findings"),
    ("sample", ("err", 131), "PC-7", "NonCompliant: not_in_trusted_publisher, policy_wrong_type, tls_host_mismatch"),
    ("distrusted", ("err", 131), "PC-1", "StillTrusted: still_delivered_by_policy"),
])
def test_a_report_is_one_message(sinks, rsyslog, tls, report, severity, host, text):
    document = json.loads((GOLDEN / f"{report}.json").read_text())
    message = deliver(sinks, rsyslog, tls, report, computer="PC-7")
    assert (message["severity"], int(message["pri"])) == severity
    assert message["facility"] == "local0"
    assert message["version"] == "1"
    assert message["time"] == document["time"]
    assert (message["host"], message["app"], message["process"], message["id"]) == (
        host, "wsus-trust-agent", "-", document["command"],
    )
    assert message["text"].strip() == text
    assert message["data"] == {ID: {
        "runId": document["runId"],
        "endpoint": document["endpoint"]["name"],
        "kind": document["endpoint"]["kind"],
        "state": document["state"],
        "exitCode": str(document["exitCode"]),
        "reasons": text.split(": ")[1].replace(", ", ",").replace("no findings", ""),
        "certificates": ",".join(
            f"{certificate['sha256']} {certificate['notAfter'] or ''}".strip() for certificate in document["certificates"]
        ),
        "agentVersion": document["agent"]["version"],
        "settings": document["settings"]["sha256"] or "",
    }}


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text.name)
def test_hostile_text_stays_inside_its_parameter(sinks, rsyslog, tls, tmp_path, text):
    (tmp_path / "text").write_bytes(text.raw)
    message = deliver(sinks, rsyslog, tls, text=tmp_path / "text")
    (parameters,) = message["data"].values()
    assert list(message["data"]) == [ID]
    assert text.is_shown(parameters["endpoint"])
    assert parameters["runId"] == "019303f0-0000-7000-8000-000000000000"
    assert len(parameters) == 9
    assert (message["app"], message["id"]) == ("wsus-trust-agent", "repair")
    header, mark, sentence = message["raw"].partition("\ufeff")  # before a sentence that is not plain ASCII
    assert header.isprintable()
    assert sentence.isprintable()
    assert bool(mark) == (not message["text"].replace("\ufeff", "").isascii())


def test_several_reports_are_several_messages(sinks, rsyslog, tls):
    for report in ("compliant", "sample"):
        sinks.deliver(report, "syslog", f"localhost:{rsyslog.port}", ca=tls.ca.root)
    assert [message["id"] for message in rsyslog.new_messages(2)] == ["check", "repair"]
