"""What only Windows has: the machine decides which servers are trusted, WinHTTP names the proxy, shares are files."""

import base64
import struct

import pytest
import registry_values as values
from servers import answering

pytestmark = pytest.mark.windows

LIMITED_TO_CODE_SIGNING = (values.USAGE_ELEMENT, bytes.fromhex("300a06082b06010505070303"))
LIMITED_TO_SERVERS = (values.USAGE_ELEMENT, bytes.fromhex("300a06082b06010505070301"))
CONNECTIONS = r"Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
USER = r"HKEY_CURRENT_USER\Software"


def failed(answer, code):
    assert (answer.exit, answer.codes) == (4, [code]), answer


def url(server, host="localhost", path="agent.cer"):
    return f"https://{host}:{server.port}/{path}"


def der(pem):
    lines = pem.read_text().split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0]
    return base64.b64decode(lines)


@pytest.fixture
def trusting(machine, tls):
    """A machine with the test CA among its roots."""
    machine.put_certificate("Root", der(tls.ca.root))
    return machine


@pytest.fixture
def published_at(start, published):
    def serve(identity):
        server = start.nginx(identity)
        server.publish("agent.cer", published)
        return server

    return serve


# Whom the machine trusts ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_a_root_of_the_machine_vouches_for_servers(agent, trusting, published_at, tls, host):
    assert agent.inspect(url(published_at(tls.right), host)).exit == 0


def test_a_root_of_the_user_vouches_for_nobody(agent, machine, nothing_said, tls):
    root = der(tls.ca.root)
    key = values.entry_key("Root", root)
    lines = values.reg_lines(key, {"Blob": values.hex_value(values.blob(root))}, USER)
    machine.registry.import_file("\r\n".join(lines))
    try:
        failed(agent.inspect(url(nothing_said(tls.right))), "tls_unknown_issuer")
    finally:
        machine.registry.import_file(f"[-{USER}\\{key}]")


def test_a_root_elsewhere_in_the_machine_vouches_for_nobody(agent, machine, nothing_said, tls):
    machine.put_certificate("CA", der(tls.ca.root))
    answer = agent.inspect(url(nothing_said(tls.right)))
    failed(answer, "tls_unknown_issuer")
    assert "Test TLS Root" in answer.message


def test_a_distrusted_root_vouches_for_nobody(agent, trusting, nothing_said, tls):
    trusting.put_certificate("Disallowed", der(tls.ca.root))
    answer = agent.inspect(url(nothing_said(tls.right)))
    failed(answer, "tls_failed")
    assert "Test TLS Root" in answer.message and "distrusted on this machine" in answer.message


def test_a_distrusted_server_is_refused(agent, trusting, nothing_said, tls):
    trusting.put_certificate("Disallowed", der(tls.right.certificate))
    answer = agent.inspect(url(nothing_said(tls.right)))
    failed(answer, "tls_failed")
    assert "the server's certificate is distrusted" in answer.message


def test_another_distrusted_certificate_stops_nobody(agent, trusting, published_at, tls):
    trusting.put_certificate("Disallowed", der(tls.stranger_ca.root))
    assert agent.inspect(url(published_at(tls.right))).exit == 0


def test_a_root_limited_to_code_signing_vouches_for_no_server(agent, machine, nothing_said, tls):
    machine.put_certificate("Root", der(tls.ca.root), properties=[LIMITED_TO_CODE_SIGNING])
    answer = agent.inspect(url(nothing_said(tls.right)))
    failed(answer, "tls_failed")
    assert "Test TLS Root" in answer.message and "purpose" in answer.message


def test_a_root_limited_to_servers_vouches_for_servers(agent, machine, published_at, tls):
    machine.put_certificate("Root", der(tls.ca.root), properties=[LIMITED_TO_SERVERS])
    assert agent.inspect(url(published_at(tls.right))).exit == 0


def test_an_update_signing_certificate_in_root_is_no_server(agent, machine, nothing_said, tls):
    """What this program installs: whoever has its key must not become the server that tells what to install."""
    identity = tls.code_signing
    machine.put_certificate("Root", der(identity.certificate))
    failed(agent.inspect(url(nothing_said(identity))), "tls_failed")


def test_a_self_signed_server_in_root_is_trusted(agent, machine, published_at, tls):
    machine.put_certificate("Root", der(tls.self_signed.certificate))
    assert agent.inspect(url(published_at(tls.self_signed))).exit == 0


@pytest.mark.parametrize(
    "flaw, code",
    {
        "other_host": "tls_host_mismatch",
        "common_name_only": "tls_host_mismatch",
        "expired": "tls_expired",
        "not_yet_valid": "tls_not_yet_valid",
        "for_clients_only": "tls_failed",
        "weak_key": "tls_weak",
        "sha1_signed": "tls_weak",
        "self_signed": "tls_self_signed",
        "unknown_issuer": "tls_unknown_issuer",
        "unknown_root_sent_along": "tls_unknown_issuer",
    }.items(),
)
def test_the_machine_refuses_with_the_words_of_a_ca_file(agent, trusting, nothing_said, tls, flaw, code):
    server = nothing_said(getattr(tls, flaw))
    by_the_machine = agent.inspect(url(server))
    failed(by_the_machine, code)
    assert by_the_machine.message == agent.inspect(url(server), ca_file=tls.ca.root).message


def test_an_address_needs_a_certificate_for_that_address(agent, trusting, nothing_said, tls):
    answer = agent.inspect(url(nothing_said(tls.other_host), "127.0.0.1"))
    failed(answer, "tls_host_mismatch")
    assert "127.0.0.1" in answer.message


def test_a_ca_file_replaces_what_the_machine_trusts(agent, trusting, nothing_said, tls):
    answer = agent.inspect(url(nothing_said(tls.right)), ca_file=tls.stranger_ca.root)
    failed(answer, "tls_unknown_issuer")


# What must not play a part --------------------------------------------------------------------------------------------


def test_no_file_of_the_tls_library_is_opened(agent, trusting, published_at, tls):
    """OpenSSL's own folders can be created by every user where they are not protected (CVE-2025-27237 and others)."""
    server = published_at(tls.right)
    answer = agent.inspect(url(server), env={"WINEDEBUG": "+file"})
    assert answer.exit == 0, answer.message
    opened = answer.stderr.lower()
    assert "agent.yaml" in opened, "the trace must work"
    for name in ("openssl", "ssl\\\\", "cert.pem", "system32\\\\wsustrustagent"):
        assert name not in opened, [line for line in opened.splitlines() if name in line]


# The proxy ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def machine_proxy(machine):
    """Sets the proxy of the machine as "netsh winhttp set proxy" does."""

    def put(proxy, bypass=""):
        texts = b"".join(struct.pack("<I", len(text)) + text.encode() for text in (proxy, bypass))
        content = struct.pack("<III", 0x18, 0, 3) + texts
        machine.registry.merge(CONNECTIONS, {"WinHttpSettings": values.hex_value(content)})

    yield put
    machine.registry.erase_value(CONNECTIONS, "WinHttpSettings")


def test_the_proxy_of_the_machine_is_used_when_asked_for_and_only_then(agent, start, tls, published_at, machine_proxy):
    server = published_at(tls.right)
    proxy = start.squid()
    machine_proxy(f"127.0.0.1:{proxy.port}")
    assert agent.inspect(url(server), ca_file=tls.ca.root).exit == 0
    assert proxy.requests() == []
    assert agent.inspect(url(server), ca_file=tls.ca.root, proxy="system").exit == 0
    assert proxy.requests() == [f"CONNECT localhost:{server.port} 200 - -"]


def test_the_bypass_list_of_the_machine_counts(agent, start, tls, published_at, machine_proxy):
    server = published_at(tls.right)
    proxy = start.squid()
    machine_proxy(f"http=127.0.0.1:1;https=127.0.0.1:{proxy.port}", "*.corp.example;<local>")
    assert agent.inspect(url(server), ca_file=tls.ca.root, proxy="system").exit == 0
    assert proxy.requests() == []
    assert agent.inspect(url(server, "127.0.0.1"), ca_file=tls.ca.root, proxy="system").exit == 0
    assert len(proxy.requests()) == 1


def test_no_proxy_of_the_environment_counts(agent, start, tls, published_at, machine):
    server = published_at(tls.right)
    proxy = start.squid()
    names = ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
    environment = {name: f"http://127.0.0.1:{proxy.port}" for name in names}
    assert agent.inspect(url(server), ca_file=tls.ca.root, proxy="system", env=environment).exit == 0
    assert proxy.requests() == []


def test_credentials_in_the_machines_proxy_are_refused_and_not_repeated(agent, start, machine_proxy):
    proxy = start.hostile(answering(b""))
    machine_proxy(f"http://user:hunter2@127.0.0.1:{proxy.port}")
    answer = agent.inspect("https://localhost:1/a.cer", proxy="system")
    failed(answer, "proxy_failed")
    assert "hunter2" not in answer.message + answer.stderr
    assert proxy.connections == 0


# Files ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("source", [r"\\server\share\a.cer", "//server/share/a.cer"])
def test_a_file_of_a_share_is_read(agent, share, published, source):
    (share / "a.cer").write_bytes(published)
    assert agent.inspect(source).exit == 0


def test_a_missing_file_of_a_share_is_not_found(agent, share):
    failed(agent.inspect(r"\\server\share\b.cer"), "file_not_found")


@pytest.mark.parametrize("source", ["NUL", "COM1", r"C:\windows\NUL", r"C:\CON"])
def test_a_device_is_no_file(agent, source):
    answer = agent.inspect(source)
    assert answer.exit == 4 and answer.codes[0] in ("file_unreadable", "file_not_found", "source_not_supported"), answer
    assert answer.seconds < 5, "it must not wait for the device"


@pytest.mark.parametrize("source", [r"\\.\C:\a.cer", r"\\?\C:\a.cer", r"\\?\GLOBALROOT\Device\Null", r"\\.\pipe\x"])
def test_a_device_path_is_no_source(agent, source):
    failed(agent.inspect(source), "source_not_supported")
