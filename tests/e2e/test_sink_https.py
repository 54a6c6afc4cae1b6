"""Reports as CloudEvents over https, read by the official SDK of CloudEvents for node."""

import json
from urllib.parse import unquote

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
    server = NodeReceiver("cloud_events.js", tmp_path_factory.mktemp("receiver") / "node", tls.right)
    yield server
    server.stop()


def deliver(sinks, receiver, tls, report="sample", **options):
    url = f"https://localhost:{receiver.port}/reports"
    came = sinks.deliver(report, "https", url, ca=tls.ca.root, **options)
    assert came == {"kind": "delivered", "detail": "", "target": url}
    return receiver.read()[-1]


@pytest.mark.parametrize("report", REPORTS)
def test_an_event_is_the_report(sinks, receiver, tls, report):
    got = deliver(sinks, receiver, tls, report)
    document = json.loads((GOLDEN / f"{report}.json").read_text())
    assert got["event"].pop("data") == document
    kind, name = document["endpoint"]["kind"], document["endpoint"]["name"]
    assert got["event"] == {
        "id": document["runId"],
        "source": f"/wsus-trust-agent/{kind}/{name}",
        "specversion": "1.0",
        "type": "wsus-trust-agent.status-report.v1",
        "time": document["time"].replace("Z", ".000Z"),
        "subject": name,
        "datacontenttype": "application/json",
    }
    assert (got["method"], got["path"]) == ("POST", "/reports")
    assert "authorization" not in got["headers"]


def test_the_token_is_read_for_each_delivery(sinks, receiver, tls, tmp_path):
    token = tmp_path / "token"
    for word in ("first-Token_1~+/==", "second"):
        token.write_text(word + "\n")
        got = deliver(sinks, receiver, tls, token=token)
        assert got["headers"]["authorization"] == f"Bearer {word}"


def test_a_test_is_delivered_as_every_report(sinks, receiver, tls):
    assert deliver(sinks, receiver, tls, test="yes")["event"]["id"]


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text.name)
def test_hostile_text_stays_inside_its_field(sinks, receiver, tls, tmp_path, text):
    (tmp_path / "text").write_bytes(text.raw)
    got = deliver(sinks, receiver, tls, text=tmp_path / "text")
    names = [name.lower() for name in got["raw"][::2]]
    fields = {"content-type", "ce-specversion", "ce-id", "ce-source", "ce-type", "ce-time", "ce-subject"}
    assert sorted(name for name in names if name.startswith("ce-") or name == "content-type") == sorted(fields)
    assert text.is_shown(unquote(got["headers"]["ce-subject"], errors="strict"))
    source = unquote(got["headers"]["ce-source"], errors="strict")
    assert text.is_shown(unquote(source, errors="strict").removeprefix("/wsus-trust-agent/image/"))
