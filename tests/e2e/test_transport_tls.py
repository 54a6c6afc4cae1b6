"""TLS: whom the agent believes, and that it says nothing to anybody else."""

import hashlib
import os
import pty
import select
import signal
import socket
import subprocess
import threading
import time

import pytest
from libssl import renegotiating_once
from servers import free_port, response
from tls_certificates import weak_dh

ALERT = 21  # a kind of TLS record; 22 is a handshake


def refused(answer, code):
    assert (answer.exit, answer.codes) == (4, [code]), answer
    assert answer.document["admitted"] is False


def wait_until(condition):
    until = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.02)


def url(server, host="localhost", path="agent.cer"):
    return f"https://{host}:{server.port}/{path}"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1"])
def test_a_certificate_served_over_verified_tls_is_read(agent, start, tls, published, host):
    server = start.nginx(tls.right)
    server.publish("agent.cer", published)
    answer = agent.inspect(url(server, host), ca_file=tls.ca.root)
    assert answer.exit == 0, answer
    assert answer.document["sha256"].lower() == hashlib.sha256(published).hexdigest()


def test_a_final_dot_is_for_the_resolver_and_not_for_the_certificate(agent, start, tls, published, resolver):
    server = start.nginx(tls.right)
    server.publish("agent.cer", published)
    assert agent.inspect(url(server, "dotted.sub.test."), ca_file=tls.ca.root, env=resolver).exit == 0


def test_a_certificate_of_another_host_is_refused_before_a_byte_is_sent(agent, nothing_said, tls):
    answer = agent.inspect(url(nothing_said(tls.other_host)), ca_file=tls.ca.root)
    refused(answer, "tls_host_mismatch")
    assert "localhost" in answer.message and "elsewhere.example" in answer.message and "192.0.2.1" in answer.message


def test_an_address_needs_a_certificate_for_that_address(agent, nothing_said, tls):
    answer = agent.inspect(url(nothing_said(tls.other_host), "127.0.0.1"), ca_file=tls.ca.root)
    refused(answer, "tls_host_mismatch")
    assert "127.0.0.1" in answer.message


def test_a_common_name_is_no_host_name(agent, nothing_said, tls):
    answer = agent.inspect(url(nothing_said(tls.common_name_only)), ca_file=tls.ca.root)
    refused(answer, "tls_host_mismatch")


def test_a_partial_wildcard_names_nobody(agent, nothing_said, tls, resolver):
    source = url(nothing_said(tls.partial_wildcard), "dotted.sub.test.")
    refused(agent.inspect(source, ca_file=tls.ca.root, env=resolver), "tls_host_mismatch")


def test_an_expired_certificate_is_refused_with_its_date(agent, nothing_said, tls):
    answer = agent.inspect(url(nothing_said(tls.expired)), ca_file=tls.ca.root)
    refused(answer, "tls_expired")
    assert "2024-03-01" in answer.message


def test_a_certificate_of_the_future_is_refused_with_its_date(agent, nothing_said, tls):
    answer = agent.inspect(url(nothing_said(tls.not_yet_valid)), ca_file=tls.ca.root)
    refused(answer, "tls_not_yet_valid")
    assert "2048-01-02" in answer.message


def test_a_self_signed_server_is_refused(agent, nothing_said, tls):
    refused(agent.inspect(url(nothing_said(tls.self_signed)), ca_file=tls.ca.root), "tls_self_signed")


def test_a_self_signed_server_that_is_named_as_root_is_trusted(agent, start, tls, published):
    server = start.nginx(tls.self_signed)
    server.publish("agent.cer", published)
    assert agent.inspect(url(server), ca_file=tls.self_signed.certificate).exit == 0


@pytest.mark.parametrize("which", ["unknown_issuer", "unknown_root_sent_along"])
def test_an_unknown_issuer_is_refused(agent, nothing_said, tls, which):
    answer = agent.inspect(url(nothing_said(getattr(tls, which))), ca_file=tls.ca.root)
    refused(answer, "tls_unknown_issuer")
    assert "Stranger Root" in answer.message


@pytest.mark.parametrize("which", ["weak_key", "sha1_signed"])
def test_weak_keys_and_signatures_are_refused(agent, nothing_said, tls, which):
    refused(agent.inspect(url(nothing_said(getattr(tls, which))), ca_file=tls.ca.root), "tls_weak")


def test_a_ca_with_a_weak_key_vouches_for_nobody(agent, nothing_said, tls):
    refused(agent.inspect(url(nothing_said(tls.by_weak_ca)), ca_file=tls.weak_ca.root), "tls_weak")


def test_a_weak_key_exchange_is_refused(agent, start, tls, tmp_path):
    assert tls.rsa  # DHE is signed with RSA only
    parameters = weak_dh(tmp_path / "dh.pem")
    server = start.hostile(lambda peer: peer.start_tls(tls.rsa, ciphers="DHE", dh=parameters))
    refused(agent.inspect(url(server), ca_file=tls.ca.root), "tls_weak")


@pytest.mark.parametrize("ciphers", ["aNULL", "eNULL"])
def test_no_cipher_that_protects_nothing_is_agreed_on(agent, start, tls, ciphers):
    server = start.s_server(tls.right, "-tls1_2", "-cipher", f"{ciphers}:@SECLEVEL=0")
    refused(agent.inspect(url(server), ca_file=tls.ca.root), "tls_failed")


def test_a_server_signs_for_no_other_server(agent, nothing_said, tls):
    answer = agent.inspect(url(nothing_said(tls.by_no_ca)), ca_file=tls.ca.root)
    refused(answer, "tls_failed")
    assert "CN=localhost" in answer.message and "invalid CA certificate" in answer.message


def test_a_name_does_not_end_at_a_nul(agent, nothing_said, tls):
    answer = agent.inspect(url(nothing_said(tls.nul_in_the_name)), ca_file=tls.ca.root)
    refused(answer, "tls_host_mismatch")


def test_a_chain_without_end_is_not_climbed(agent, nothing_said, tls):
    refused(agent.inspect(url(nothing_said(tls.below_many_cas)), ca_file=tls.ca.root), "tls_failed")


def test_no_connection_is_negotiated_anew(agent, start, tls):
    server = start.hostile(renegotiating_once(tls.right))
    refused(agent.inspect(url(server), ca_file=tls.ca.root), "truncated")
    assert server.received == bytes([ALERT])


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_no_certificate_is_offered_to_a_server(agent, start, tls, version):
    server = start.s_server(tls.right, version, "-Verify", "1", "-CAfile", tls.ca.root)
    answer = agent.inspect(url(server), ca_file=tls.ca.root)
    refused(answer, "authentication_required")
    assert "client certificate" in answer.message


def test_a_server_that_takes_no_for_an_answer_is_read(agent, start, tls, published):
    server = start.nginx(tls.right, f"ssl_verify_client optional; ssl_client_certificate {tls.ca.root};")
    server.publish("agent.cer", published)
    assert agent.inspect(url(server), ca_file=tls.ca.root).exit == 0


def test_nginx_says_itself_that_it_wants_a_certificate(agent, start, tls):
    server = start.nginx(tls.right, f"ssl_verify_client on; ssl_client_certificate {tls.ca.root};")
    answer = agent.inspect(url(server), ca_file=tls.ca.root)
    refused(answer, "http_status")
    assert "400" in answer.message and "client certificate" in answer.message


def test_a_client_certificate_is_no_server_certificate(agent, nothing_said, tls):
    refused(agent.inspect(url(nothing_said(tls.for_clients_only)), ca_file=tls.ca.root), "tls_failed")


@pytest.mark.parametrize("version", ["-tls1", "-tls1_1"])
def test_old_tls_is_refused(agent, start, tls, version):
    refused(agent.inspect(url(start.s_server(tls.right, version)), ca_file=tls.ca.root), "tls_version")


@pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])
def test_new_tls_is_spoken(agent, start, tls, version):
    # The status page of s_server is no certificate: that it was read at all is the point.
    answer = agent.inspect(url(start.s_server(tls.right, version)), ca_file=tls.ca.root)
    assert answer.exit in (4, 6) and not [code for code in answer.codes if code.startswith("tls_")], answer


def test_a_server_without_tls_is_told_apart(agent, start, tls):
    def script(peer):
        peer.receive()
        peer.send(response(b"plain", status="400 Bad Request"))

    server = start.hostile(script)
    refused(agent.inspect(url(server), ca_file=tls.ca.root), "tls_failed")
    assert b"GET" not in server.received


def test_a_server_that_leaves_in_the_handshake_fails_tls(agent, start, tls):
    server = start.hostile(lambda peer: peer.receive())
    refused(agent.inspect(url(server), ca_file=tls.ca.root), "tls_failed")


def test_the_roots_of_the_system_do_not_know_the_test_ca(agent, nothing_said, tls):
    refused(agent.inspect(url(nothing_said(tls.right))), "tls_unknown_issuer")


def test_no_environment_variable_adds_a_root(agent, nothing_said, tls, tmp_path):
    ca = tls.stranger_ca
    hashed = ca.hashed_folder(tmp_path / "hashed")
    config = tmp_path / "openssl.cnf"
    config.write_text(
        "openssl_conf = start\n[start]\nssl_conf = tls\n[tls]\nsystem_default = everything\n"
        f"[everything]\nVerifyCAFile = {ca.root}\nMinProtocol = TLSv1\n"
    )
    planted = {"SSL_CERT_FILE": ca.root, "SSL_CERT_DIR": hashed, "OPENSSL_CONF": config}
    hostile = {name: agent.program.name_of(path) for name, path in planted.items()}
    for environment in [*({name: value} for name, value in hostile.items()), hostile]:
        refused(agent.inspect(url(nothing_said(tls.unknown_issuer)), env=environment), "tls_unknown_issuer")
        with_file = agent.inspect(url(nothing_said(tls.unknown_issuer)), env=environment, ca_file=tls.ca.root)
        refused(with_file, "tls_unknown_issuer")


@pytest.mark.linux
def test_no_configuration_of_openssl_is_read(agent, start, tls, tmp_path):
    """A provider named there would be loaded into this process; it leaves a mark when that happens."""
    mark = tmp_path / "loaded"
    source = tmp_path / "provider.c"
    source.write_text(f"""
        #include <stdio.h>
        __attribute__((constructor)) static void loaded(void) {{ fclose(fopen("{mark}", "w")); }}
    """)
    library = tmp_path / "provider.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, source], check=True, timeout=60)
    config = tmp_path / "openssl.cnf"
    config.write_text(
        "openssl_conf = start\n[start]\nproviders = all\n[all]\nplanted = one\n"
        f"[one]\nmodule = {library}\nactivate = 1\n"
    )
    environment = {"OPENSSL_CONF": str(config)}
    trapped = {"PATH": "/usr/bin:/bin", **environment}
    subprocess.run(["openssl", "list", "-providers"], env=trapped, capture_output=True, timeout=60, check=False)
    assert mark.exists(), "the trap itself must work"
    mark.unlink()
    agent.inspect(url(start.nginx(tls.right)), ca_file=tls.ca.root, env=environment)
    assert not mark.exists()


def test_no_environment_variable_lowers_the_tls_version(agent, start, tls, tmp_path):
    config = tmp_path / "openssl.cnf"
    config.write_text(
        "openssl_conf = start\n[start]\nssl_conf = tls\n[tls]\nsystem_default = everything\n"
        "[everything]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n"
    )
    environment = {"OPENSSL_CONF": agent.program.name_of(config)}
    server = start.s_server(tls.right, "-tls1")
    refused(agent.inspect(url(server), ca_file=tls.ca.root, env=environment), "tls_version")


def damaged_ca_file(folder, root):
    text = root.read_text()
    return {
        "missing": None,
        "empty": "",
        "no certificate": "these are no roots\n",
        "damaged": text + text[: len(text) // 2],
        "no Base64": text.replace("\nMII", "\nM%%", 1),
        "encrypted": "-----BEGIN CERTIFICATE-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,"
        "00112233445566778899AABBCCDDEEFF\n\nAAAA\n-----END CERTIFICATE-----\n",
    }


@pytest.mark.parametrize("what", ["missing", "empty", "no certificate", "damaged", "no Base64", "encrypted"])
def test_a_bad_ca_file_is_named(agent, start, tls, tmp_path, what):
    path = tmp_path / "roots.pem"
    content = damaged_ca_file(tmp_path, tls.ca.root)[what]
    if content is not None:
        path.write_text(content)
    server = start.nginx(tls.right)
    answer = agent.inspect(url(server), ca_file=path)
    refused(answer, "tls_ca_file")
    assert "roots.pem" in answer.message


def test_a_folder_as_ca_file_is_named(agent, start, tls, tmp_path):
    refused(agent.inspect(url(start.nginx(tls.right)), ca_file=tmp_path), "tls_ca_file")


def test_a_file_of_roots_above_4_mib_is_refused(agent, start, tls, tmp_path):
    path = tmp_path / "roots.pem"
    path.write_bytes(tls.ca.root.read_bytes() + b"#" * 4 * 1024 * 1024)
    refused(agent.inspect(url(start.nginx(tls.right)), ca_file=path), "tls_ca_file")


def test_a_chain_of_more_than_ten_issuers_is_refused(agent, start, tls, tmp_path):
    server = start.nginx(tls.below(11))
    refused(agent.inspect(url(server), ca_file=tls.ca.root), "tls_failed")


def test_a_server_cannot_renegotiate(agent, tls, tmp_path):
    """`r` makes openssl s_server ask for another handshake; a client that agrees says hello again."""
    port = free_port()
    command = ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", "-tls1_2", "-msg"]
    identity = ["-cert", tls.right.certificate, "-key", tls.right.key]
    with (tmp_path / "log").open("wb") as log:
        server = subprocess.Popen([*command, *identity], stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT)
    said = lambda text: (tmp_path / "log").read_bytes().count(text)  # noqa: E731
    try:
        wait_until(lambda: said(b"ACCEPT"))
        asking = threading.Thread(target=agent.inspect, args=[f"https://localhost:{port}/a.cer"],
                                  kwargs={"timeout": "5s", "ca_file": tls.ca.root})  # fmt: skip
        asking.start()
        wait_until(lambda: said(b"GET /a.cer"))
        server.stdin.write(b"r\n")
        server.stdin.flush()
        asking.join(30)
        assert said(b"HelloRequest") == 1 and said(b"ClientHello") == 1
    finally:
        server.kill()
        server.wait()


@pytest.mark.linux
def test_nobody_is_asked_for_the_password_of_a_roots_file(agent, program, tls, tmp_path):
    """OpenSSL would ask at the terminal and wait."""
    roots = tmp_path / "roots.pem"
    lines = tls.ca.root.read_text().replace("-----BEGIN CERTIFICATE-----", ENCRYPTED)
    roots.write_text(lines)
    settings = tmp_path / "agent.yaml"
    settings.write_text(f"fetch:\n  timeout: 5s\n  ca_file: {roots}\n")
    settings.chmod(0o600)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        source = f"https://127.0.0.1:{listening.getsockname()[1]}/a.cer"
        process, terminal = pty.fork()
        if process == 0:
            os.execve(program.path, [str(program.path), "--config", str(settings), "inspect", source], {"PATH": "/usr/bin:/bin"})
        shown = b""
        while chunk := read_terminal(terminal):
            shown += chunk
        os.kill(process, signal.SIGKILL)  # it has ended, or waits for an answer
        os.waitpid(process, 0)
        os.close(terminal)
    assert b"tls_ca_file" in shown and b"pass phrase" not in shown, shown


ENCRYPTED = """-----BEGIN CERTIFICATE-----
Proc-Type: 4,ENCRYPTED
DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF
"""


def read_terminal(terminal):
    if not select.select([terminal], [], [], 20)[0]:
        return b""
    try:
        return os.read(terminal, 65536)
    except OSError:  # nobody is left who would write
        return b""
