"""The receivers of packaging/receivers, as they are shipped, take what the program reports, and nothing else."""

import http.client
import json
import ssl

import pytest
from machine import carried
from servers import LOOPBACK
from shipped_receivers import TOKEN, NginxReceiver, RsyslogReceiver

pytestmark = pytest.mark.linux  # the receivers are the same whatever reports to them

ID = "01930000-0000-7000-8000-000000000001"
RIGHT = {"authorization": f"Bearer {TOKEN}", "ce-id": ID}
MIB = 1024 * 1024


@pytest.fixture
def nginx(tls, tmp_path):
    servers = []

    def start(**options):
        servers.append(NginxReceiver(tmp_path / f"nginx{len(servers)}", tls.right, **options))
        return servers[-1]

    yield start
    for server in servers:
        server.stop()


@pytest.fixture
def rsyslog(tls, tmp_path):
    server = RsyslogReceiver(tmp_path / "rsyslog", tls.right, tls.ca.root)
    yield server
    server.stop()


@pytest.fixture
def client_file(tls, tmp_path):
    """Certificate and key, as report.https.client_certificate wants them."""
    identity = tls.for_clients_only
    file = tmp_path / "client.pem"
    file.write_text(identity.certificate.read_text() + identity.key.read_text())
    file.chmod(0o600)
    return file


def repaired(machine, tls, der, **report):
    """The report of a repair that has to be reported."""
    machine.configure(
        carried(der), fetch={"ca_file": str(tls.ca.root)}, report={"spool": str(machine.folder / "spool"), **report}
    )
    run = machine.repair()
    assert run.exit == 0, run
    assert list((machine.folder / "spool").rglob(f"{run.report['runId']}.json")) == []  # none is left
    return run.report


def request(server, tls, method="POST", path="/reports", fields=RIGHT, body=b"{}", port=None):
    """The status that a client gets which is not ours."""
    context = ssl.create_default_context(cafile=tls.ca.root)
    connection = (
        http.client.HTTPConnection(LOOPBACK, port, timeout=20)
        if port else http.client.HTTPSConnection("localhost", server.port, timeout=20, context=context)
    )
    try:
        connection.request(method, path, body=body if method != "GET" else None, headers=fields)
    except OSError:
        pass  # the server has answered before it took everything
    status = connection.getresponse().status
    connection.close()
    return status


def test_nginx_keeps_the_report_unchanged_under_its_id(machine, tls, certificates, nginx):
    server = nginx()
    report = repaired(machine, tls, certificates.wsus, https={"url": server.url, "token_file": str(server.token)})
    kept = server.kept()
    assert list(kept) == [f"{report['runId']}.json"]
    assert json.loads(kept[f"{report['runId']}.json"]) == report
    assert list(server.incoming.iterdir()) == []


def test_the_folder_that_nginx_fills_is_one_that_a_fleet_is_read_from(machine, tls, certificates, nginx):
    server = nginx()
    repaired(machine, tls, certificates.wsus, https={"url": server.url, "token_file": str(server.token)})
    newest = machine.undo().report
    (shown,) = json.loads(machine.program.run("--output", "json", "fleet", server.reports, "--html", machine.folder / "fleet.html").stdout)["machines"]
    assert (len(server.kept()), shown["state"]) == (2, newest["state"])


def test_nginx_takes_a_client_certificate_in_place_of_a_token(machine, tls, certificates, nginx, client_file):
    server = nginx(clients=tls.ca.root)
    report = repaired(machine, tls, certificates.wsus, https={"url": server.url, "client_certificate": str(client_file)})
    assert list(server.kept()) == [f"{report['runId']}.json"]
    assert request(server, tls) == 401
    assert len(server.kept()) == 1


def test_a_report_that_arrives_twice_is_one_file(tls, nginx):
    server = nginx()
    assert request(server, tls, body=b'{"try": 1}') == 201
    assert request(server, tls, body=b'{"try": 2}') == 204
    assert server.kept() == {f"{ID}.json": b'{"try": 2}'}


@pytest.mark.parametrize("status, different", [
    (401, {"fields": {"ce-id": ID}}),
    (401, {"fields": {**RIGHT, "authorization": f"Bearer {TOKEN[:-1]}"}}),
    (401, {"fields": {**RIGHT, "authorization": f"Bearer {TOKEN}0"}}),
    (401, {"fields": {**RIGHT, "authorization": f"Bearer {TOKEN.upper()}"}}),
    (405, {"method": "GET"}),
    (405, {"method": "PUT"}),
    (405, {"method": "DELETE"}),
    (400, {"fields": {"authorization": f"Bearer {TOKEN}"}}),
    (400, {"fields": {**RIGHT, "ce-id": f"../{ID}"}}),
    (400, {"fields": {**RIGHT, "ce-id": f"{ID}/x"}}),
    (400, {"fields": {**RIGHT, "ce-id": ID.replace("-7", "-4")}}),
    (413, {"body": b"x" * (8 * MIB + 1)}),
    (404, {"path": f"/{ID}.json"}),
])
def test_nginx_refuses_what_is_no_report_of_ours(tls, nginx, status, different):
    server = nginx()
    assert request(server, tls, **different) == status
    assert server.kept() == {}


def test_nginx_takes_a_report_of_the_limit(tls, nginx):
    server = nginx()
    assert request(server, tls, body=b"x" * (8 * MIB)) == 201
    assert [len(body) for body in server.kept().values()] == [8 * MIB]


@pytest.mark.parametrize("key", [{}, {"x-store-key": "0" * 64}])
def test_nobody_writes_to_the_store_past_the_front(tls, nginx, key):
    server = nginx()
    assert request(server, tls, method="PUT", path=f"/{ID}.json", fields=key, port=server.store_port) == 403
    assert server.kept() == {}


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
def test_nginx_speaks_no_old_tls(tls, nginx):
    server = nginx()
    context = ssl.create_default_context(cafile=tls.ca.root)
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = ssl.TLSVersion.TLSv1
    context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        http.client.HTTPSConnection("localhost", server.port, timeout=20, context=context).connect()


def test_rsyslog_writes_the_report_as_a_line(machine, tls, certificates, rsyslog):
    report = repaired(machine, tls, certificates.wsus, syslog={"address": f"localhost:{rsyslog.port}"})
    (line,) = rsyslog.lines(1)
    (certificate,) = report["certificates"]
    assert {name: line[name] for name in line if name != "host"} == {
        "time": report["time"],
        "severity": "info" if not line["reasons"] else "warning",
        "command": "repair",
        "runId": report["runId"],
        "endpoint": report["endpoint"]["name"],
        "kind": report["endpoint"]["kind"],
        "state": report["state"],
        "exitCode": "0",
        "reasons": ",".join(dict.fromkeys(f["code"] for f in report["findings"] if f["severity"] != "info")),
        "certificates": f"{certificate['sha256']} {certificate['notAfter']}",
        "agentVersion": report["agent"]["version"],
        "settings": report["settings"]["sha256"],
    }
