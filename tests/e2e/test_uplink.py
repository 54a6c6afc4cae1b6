"""Reports on their way, over the program's own uplink (support/uplink_probe.cpp): real receivers, and threat 35, hostile ones.
Each call ends at its deadline, in bounded memory: the fixture `uplink` looks at that."""

import datetime
import re
import ssl

import pytest
from servers import answering, response
from tls_certificates import openssl

REPORT = b'{"runId":"1","text":"\xc3\xa4"}\n'
LARGE = b"x" * (5 << 20)  # more than the kernel takes from one side before the other reads
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def url(server, host="localhost", scheme="https"):
    return f"{scheme}://{host}:{server.port}/in?x=1"


def read_all(peer):
    """The request, with all of its body."""
    head, _, body = peer.read_request().partition(b"\r\n\r\n")
    length = int(re.search(rb"Content-Length: (\d+)", head)[1])
    body = bytearray(body)
    while len(body) < length:
        body += peer.receive()
    return head, body


def after_all(data):
    """A script that reads all of the request and then sends `data`."""

    def script(peer):
        read_all(peer)
        peer.send(data)

    return script


def failed(outcome, reason):
    assert (outcome.status, outcome.error) == (None, reason), outcome


# What is sent -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["https", "http"])
def test_a_report_arrives_unchanged_with_its_fields_and_without_others(uplink, start, tls, scheme):
    server = start.hostile(after_all(response(b"taken")), tls.right if scheme == "https" else None)
    fields = ["Content-Type: application/json", "ce-id: 1"]
    outcome = uplink.post(url(server, scheme=scheme), REPORT, ca=tls.ca.root, field=fields)
    assert (outcome.status, outcome.body, outcome.retry) == (200, "taken", None), outcome
    head, _, body = server.received.partition(b"\r\n\r\n")
    assert head.decode().split("\r\n") == [
        "POST /in?x=1 HTTP/1.1",
        f"Host: localhost:{server.port}",
        "User-Agent: uplink-probe/1",
        "Accept: */*",
        "Accept-Encoding: identity",
        *fields,
        f"Content-Length: {len(REPORT)}",
        "Connection: close",
    ]
    assert body == REPORT
    assert server.connections == 1


def test_a_long_report_arrives_whole(uplink, start, tls):
    received = []
    script = lambda peer: (received.append(read_all(peer)[1] == LARGE), peer.send(response()))  # noqa: E731
    server = start.hostile(script, tls.right)
    assert uplink.post(url(server), LARGE, ca=tls.ca.root).status == 200
    assert received == [True]


@pytest.mark.parametrize(
    "field", ["Host: elsewhere", "content-length: 1", "Transfer-Encoding: chunked", "A b: c", "A: b\r\nX: y", "A: b\nX: y", "A: \u00e4"]
)
def test_a_field_that_says_more_than_one_field_is_not_sent(uplink, start, tls, field):
    server = start.hostile(after_all(response()), tls.right)
    outcome = uplink.post(url(server), ca=tls.ca.root, field=[field])
    failed(outcome, "none")
    assert server.connections == 0


@pytest.mark.parametrize("host", ["192.0.2.1", "collector.example", "localhost.example", "[2001:db8::1]", "128.0.0.1"])
def test_reports_go_to_other_machines_over_tls_only(uplink, host):
    outcome = uplink.post(f"http://{host}:1/in")
    failed(outcome, "source_not_supported")
    assert "over TLS only" in outcome.message


@pytest.mark.linux
def test_a_resolver_cannot_make_another_machine_of_this_one(uplink, resolver):
    outcome = uplink.post("http://localhost:1/in", env=resolver)
    failed(outcome, "connect_failed")
    assert "192.0.2.7" in outcome.message and outcome.seconds < 5


# Real answers -------------------------------------------------------------------------------------------------------------

ANSWERS = """
    client_max_body_size 1k;
    location /200 { return 200 "taken"; }
    location /201 { return 201 "made"; }
    location /204 { return 204; }
    location /302 { return 302 https://localhost:ELSEWHERE/; }
    location /401 { add_header WWW-Authenticate 'Negotiate' always; return 401; }
    location /407 { add_header Proxy-Authenticate 'Basic' always; return 407; }
    location /413 { proxy_pass http://127.0.0.1:1/; }
    location /429 { add_header Retry-After 120 always; return 429; }
    location /500 { return 500 "sorry"; }
    location /503 { add_header Retry-After "Fri, 31 Dec 2049 23:59:59 GMT" always; return 503; }
"""
MONTH = 30 * 24 * 3600


@pytest.mark.parametrize(
    "status, retry, body", [
        (200, None, "taken"), (201, None, "made"), (204, None, ""), (302, None, "302 Found"), (401, None, "Authorization"),
        (407, None, ""), (413, None, "Too Large"), (429, 120, "429"), (500, None, "sorry"), (503, MONTH, "503"),
    ],
)  # fmt: skip
def test_every_answer_of_a_real_server_is_an_answer(uplink, start, tls, status, retry, body):
    elsewhere = start.hostile(answering(response()), tls.right)
    server = start.nginx(tls.right, ANSWERS.replace("ELSEWHERE", str(elsewhere.port)))
    outcome = uplink.post(f"https://localhost:{server.port}/{status}", LARGE if status == 413 else REPORT, ca=tls.ca.root)
    assert (outcome.status, outcome.retry) == (status, retry), outcome
    assert body in outcome.body if body else outcome.size == 0
    assert elsewhere.connections == 0, "a redirect was followed"
    assert len(server.requests()) == 1 and server.requests()[0].startswith(f"POST /{status} HTTP/1.1|-|-|identity|{status}")


def test_a_date_to_retry_after_counts_from_now(uplink, start, tls):
    soon = datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
    field = soon.strftime("Retry-After: %a, %d %b %Y %H:%M:%S GMT")
    server = start.hostile(after_all(response(b"", status="503 Busy", headers=[field])), tls.right)
    outcome = uplink.post(url(server), ca=tls.ca.root)
    assert outcome.status == 503 and 3500 < outcome.retry <= 3600, outcome


@pytest.mark.parametrize("value", ["-1", "soon", "1 2", "", "99999999999999999999"])
def test_a_retry_after_that_makes_no_sense_is_bounded_or_ignored(uplink, start, tls, value):
    server = start.hostile(after_all(response(b"", status="503 Busy", headers=[f"Retry-After: {value}"])), tls.right)
    outcome = uplink.post(url(server), ca=tls.ca.root)
    assert (outcome.status, outcome.retry) == (503, MONTH if value.startswith("99") else None), outcome


def test_plain_http_to_this_machine_goes_through_no_proxy(uplink, start):
    proxy = start.hostile(answering(response(status="502 Proxy")))
    for host in ("localhost", "127.0.0.1"):
        server = start.nginx(None, "location / { return 202; }")
        outcome = uplink.post(url(server, host, "http"), proxy=f"127.0.0.1:{proxy.port}")
        assert outcome.status == 202, outcome
    assert proxy.connections == 0


def test_an_informational_answer_comes_before_the_real_one(uplink, start, tls):
    def script(peer):
        peer.read_request()
        peer.send(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n")
        peer.send(response(b"yes"))

    outcome = uplink.post(url(start.hostile(script, tls.right)), ca=tls.ca.root)
    assert (outcome.status, outcome.body) == (200, "yes"), outcome


# A receiver that answers before it has read everything --------------------------------------------------------------------


@pytest.mark.parametrize("then", ["ends its side", "stays"])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_an_early_answer_is_understood(uplink, start, tls, scheme, then):
    """As a server should do it (RFC 9112, 9.6): it does not close before the client has had time to read."""

    def script(peer):
        peer.read_request()
        peer.send(response(b"too much", status="413 Content Too Large"))
        if then == "ends its side":
            peer.end_sending()
        peer.server.stopping.wait(60)

    server = start.hostile(script, tls.right if scheme == "https" else None)
    outcome = uplink.post(url(server, scheme=scheme), LARGE, ca=tls.ca.root, seconds=30)
    assert (outcome.status, outcome.body) == (413, "too much"), outcome
    assert outcome.seconds < 20 + uplink.program.start_up, "it waited for what nobody reads"


def test_a_receiver_that_leaves_without_an_answer_is_no_receiver(uplink, start, tls):
    server = start.hostile(lambda peer: peer.read_request(), tls.right)
    failed(uplink.post(url(server), LARGE, ca=tls.ca.root), "truncated")


# Hostile answers ----------------------------------------------------------------------------------------------------------


def test_an_answer_of_the_longest_kind_is_read(uplink, start, tls):
    most = 64 * 1024
    for data in (response(b"x" * most), CHUNKED_HEAD + b"%x\r\n%s\r\n0\r\n\r\n" % (most, b"x" * most)):
        outcome = uplink.post(url(start.hostile(after_all(data), tls.right)), ca=tls.ca.root)
        assert (outcome.status, outcome.size) == (200, most), outcome


ENDLESS = {
    "announced": (response(b"", length=10 << 30), b"x" * 4096, "body_too_large"),
    "one byte too many": (response(b"x" * (64 * 1024 + 1)), b"", "body_too_large"),
    "without length": (b"HTTP/1.1 500 Sorry\r\n\r\n", b"x" * 4096, "body_too_large"),
    "chunks": (CHUNKED_HEAD, b"1000\r\n%s\r\n" % (b"x" * 4096), "body_too_large"),
    "chunk extensions": (CHUNKED_HEAD + b"1;", b"x" * 4096, "http_malformed"),
    "trailers": (CHUNKED_HEAD + b"0\r\n", b"X: y\r\n" * 500, "http_malformed"),
    "headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 500, "headers_too_large"),
    "informational": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", "http_malformed"),
    "no HTTP": (b"", b"\0" * 4096, "http_malformed"),
}


@pytest.mark.parametrize("what", ENDLESS)
def test_an_answer_without_end_is_left(uplink, start, tls, what):
    first, again, reason = ENDLESS[what]

    def script(peer):
        read_all(peer)
        peer.send(first)
        if again:
            peer.send_without_end(again, most=1 << 30)

    failed(uplink.post(url(start.hostile(script, tls.right)), ca=tls.ca.root, seconds=5), reason)


@pytest.mark.parametrize(
    "head", [
        "HTTP/1.1 200 OK\r\nContent-Encoding: gzip", "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked",
        "HTTP/1.1 204 No Content", "HTTP/1.1 205 Reset Content\r\nContent-Length: 9999999", "HTTP/1.1 304 Not Modified",
    ],
)  # fmt: skip
def test_what_is_encoded_or_has_no_body_is_not_read_further(uplink, start, tls, head):
    def script(peer):
        read_all(peer)
        peer.send(head + "\r\n\r\n")
        peer.send_without_end(b"\x1f\x8b" * 2048, most=1 << 30)

    outcome = uplink.post(url(start.hostile(script, tls.right)), ca=tls.ca.root, seconds=5)
    assert (outcome.status, outcome.size) == (int(head[9:12]), 0), outcome


CUT = {
    "nothing": b"",
    "half a head": b"HTTP/1.1 200 OK\r\nContent-",
    "half a body": response(b"half", length=1000),
    "half a chunk": CHUNKED_HEAD + b"8\r\nhalf",
    "no last chunk": CHUNKED_HEAD + b"4\r\nhalf\r\n",
    "no close_notify": b"HTTP/1.1 200 OK\r\n\r\nuntil the end",
}


@pytest.mark.parametrize("what", CUT)
def test_an_answer_that_is_cut_short_is_no_answer(uplink, start, tls, what):
    failed(uplink.post(url(start.hostile(after_all(CUT[what]), tls.right)), ca=tls.ca.root), "truncated")


def test_a_connection_that_is_reset_after_the_request_is_no_answer(uplink, start, tls):
    def script(peer):
        read_all(peer)
        peer.reset_on_close()

    outcome = uplink.post(url(start.hostile(script, tls.right)), ca=tls.ca.root)
    failed(outcome, "truncated")


@pytest.mark.parametrize(
    "data", [
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx", b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"HTTP/1.1 101 Switching\r\n\r\n",
        b"HTTP/1.1 200 \x1b[31mRed\r\nA: \x01\r\nContent-Length: 0\r\n\r\n", b"220 mail.example ESMTP\r\n",
        b"HTTP/1.1 099 Less\r\nContent-Length: 0\r\n\r\n",
    ],
)  # fmt: skip
def test_an_answer_that_breaks_the_rules_is_no_answer(uplink, start, tls, data):
    outcome = uplink.post(url(start.hostile(after_all(data), tls.right)), ca=tls.ca.root)
    failed(outcome, "http_malformed")
    assert "\x1b" not in outcome.message


# Where it hangs -----------------------------------------------------------------------------------------------------------


def hang_after(first):
    def script(peer):
        read_all(peer)
        peer.send(first)
        peer.hang()

    return script


HANGING = {
    "headers": (hang_after(b""), "headers of the answer"),
    "half a head": (hang_after(b"HTTP/1.1 200 OK\r\nContent-"), "headers of the answer"),
    "body": (hang_after(response(b"half", length=1000)), "rest of the body"),
    "chunks": (hang_after(CHUNKED_HEAD + b"4\r\nhalf\r\n"), "rest of the body"),
}


@pytest.mark.parametrize("where", HANGING)
def test_a_receiver_that_stalls_is_left_at_the_deadline(uplink, start, tls, where):
    script, words = HANGING[where]
    server = start.hostile(script, tls.right)
    outcome = uplink.post(url(server), ca=tls.ca.root, seconds=1)
    failed(outcome, "timed_out")
    assert f"localhost:{server.port}" in outcome.message and words in outcome.message and "within 1s" in outcome.message
    assert outcome.seconds > 0.8


def test_a_receiver_that_does_not_read_is_left_at_the_deadline(uplink, start, tls):
    server = start.hostile(lambda peer: peer.server.stopping.wait(20), tls.right)
    outcome = uplink.post(url(server), LARGE, ca=tls.ca.root, seconds=4)
    failed(outcome, "timed_out")
    assert "while the request was sent" in outcome.message


def test_a_handshake_that_stalls_is_left_at_the_deadline(uplink, start, tls):
    outcome = uplink.post(url(start.hostile(lambda peer: peer.hang())), ca=tls.ca.root, seconds=1)
    failed(outcome, "timed_out")
    assert "TLS handshake" in outcome.message


def test_a_connection_that_is_never_made_is_left_at_the_deadline(uplink, start):
    outcome = uplink.post(url(start.dead_port(), "127.0.0.1"), seconds=1)
    failed(outcome, "timed_out")
    assert "connection was made" in outcome.message


@pytest.mark.linux
@pytest.mark.parametrize("way", ["post", "send"])
def test_a_name_look_up_that_hangs_is_left_at_the_deadline(uplink, resolver, way):
    if way == "post":
        outcome = uplink.post("https://hang.test/in", seconds=1, env=resolver)
    else:
        outcome = uplink.send(6514, host="hang.test", seconds=1, env=resolver)
    failed(outcome, "timed_out")
    assert "looked up" in outcome.message and "hang.test" in outcome.message


# To whom nothing is said --------------------------------------------------------------------------------------------------

IDENTITIES = {
    "other_host": "tls_host_mismatch",
    "expired": "tls_expired",
    "not_yet_valid": "tls_not_yet_valid",
    "unknown_issuer": "tls_unknown_issuer",
    "self_signed": "tls_self_signed",
    "weak_key": "tls_weak",
}


@pytest.mark.parametrize("way", ["post", "send"])
@pytest.mark.parametrize("which", IDENTITIES)
def test_a_report_is_told_to_nobody_whose_certificate_is_wrong(uplink, nothing_said, tls, which, way):
    server = nothing_said(getattr(tls, which))
    outcome = uplink.post(url(server), ca=tls.ca.root) if way == "post" else uplink.send(server.port, ca=tls.ca.root)
    failed(outcome, IDENTITIES[which])
    assert not outcome.sent


@pytest.mark.parametrize("way", ["post", "send"])
def test_no_report_goes_over_old_tls(uplink, start, tls, way):
    server = start.s_server(tls.right, "-tls1_1")
    outcome = uplink.post(url(server), ca=tls.ca.root) if way == "post" else uplink.send(server.port, ca=tls.ca.root)
    failed(outcome, "tls_version")


@pytest.mark.parametrize("way", ["post", "send"])
def test_a_closed_port_is_told(uplink, start, tls, way):
    server = start.hostile(answering(b""))
    server.stop()
    outcome = uplink.post(url(server), ca=tls.ca.root) if way == "post" else uplink.send(server.port, ca=tls.ca.root)
    failed(outcome, "connect_failed")
    assert str(server.port) in outcome.message


# Proxies ------------------------------------------------------------------------------------------------------------------


def test_a_report_goes_through_the_tunnel_of_a_proxy(uplink, start, tls):
    server = start.nginx(tls.right, "location / { return 202; }")
    proxy = start.squid(names=["proxied.test"])
    outcome = uplink.post(url(server, "proxied.test"), ca=tls.ca.root, proxy=f"127.0.0.1:{proxy.port}")
    assert outcome.status == 202, outcome
    assert proxy.requests() == [f"CONNECT proxied.test:{server.port} 200 - -"]


def test_a_proxy_that_demands_a_log_on_is_offered_nothing(uplink, start, tls):
    server = start.hostile(after_all(response()), tls.right)
    proxy = start.squid(login="Basic")
    outcome = uplink.post(url(server), ca=tls.ca.root, proxy=f"127.0.0.1:{proxy.port}")
    failed(outcome, "proxy_authentication_required")
    assert server.connections == 0 and proxy.requests()[0].endswith("407 - -")


# Client certificates ------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def client(tls, tmp_path_factory):
    """The files that an administrator could name, by what they are."""
    folder = tmp_path_factory.mktemp("client")
    identity = tls.ca.server("agent", "", subject="agent-1", usage="clientAuth")
    stranger = tls.stranger_ca.server("stranger", "", subject="stranger-1", usage="clientAuth")
    certificate, key = identity.certificate.read_bytes(), identity.key.read_bytes()
    contents = {
        "pem": certificate + key,
        "key first": key + b"\n# some words\n" + certificate,
        "no key": certificate,
        "no certificate": key,
        "key of another": certificate + stranger.key.read_bytes(),
        "two keys": certificate + key + stranger.key.read_bytes(),
        "stranger": stranger.certificate.read_bytes() + stranger.key.read_bytes(),
        "damaged": (certificate + key)[:-40],
        "garbage": b"hello",
        "garbage DER": b"\x30\x03\x02\x01\x00",
        "empty": b"",
        "too long": b"#" * (1 << 20) + b"\n" + certificate + key,
    }
    files = {}
    for name, content in contents.items():
        files[name] = folder / name.replace(" ", "-")
        files[name].write_bytes(content)
    both = ["-inkey", identity.key, "-in", identity.certificate, "-certfile", tls.ca.root]
    for name, password in (("pkcs12", ""), ("pkcs12 with a password", "secret")):
        files[name] = folder / (name.replace(" ", "-") + ".p12")
        openssl("pkcs12", "-export", *both, "-passout", f"pass:{password}", "-out", files[name])
    files["pem with a password"] = folder / "encrypted.pem"
    openssl("pkey", "-in", identity.key, "-aes256", "-passout", "pass:secret", "-out", files["pem with a password"])
    with open(files["pem with a password"], "ab") as file:
        file.write(certificate)
    for file in files.values():
        file.chmod(0o600)
    return files


def demanding(tls, version=""):
    return (
        f"ssl_client_certificate {tls.ca.root}; ssl_verify_client on; {version}"
        'location / { return 200 "$ssl_client_s_dn $ssl_protocol"; }'
    )


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize("form", ["pem", "key first", "pkcs12"])
def test_a_client_certificate_is_shown_to_whom_asks_for_it(uplink, start, tls, client, form, version):
    server = start.nginx(tls.right, demanding(tls, f"ssl_protocols {version};"))
    outcome = uplink.post(url(server), ca=tls.ca.root, certificate=client[form])
    assert (outcome.status, outcome.body) == (200, f"CN=agent-1 {version}"), outcome


def test_a_server_that_misses_a_certificate_says_so_in_http(uplink, start, tls):
    outcome = uplink.post(url(start.nginx(tls.right, demanding(tls))), ca=tls.ca.root)
    assert outcome.status == 400 and "No required SSL certificate" in outcome.body, outcome


class Demanding:
    """A server whose clients must show a certificate of `ca`."""

    def __init__(self, identity, ca, version):
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.minimum_version = self._context.maximum_version = version
        self._context.load_cert_chain(identity.certificate, identity.key)
        self._context.load_verify_locations(ca.root)
        self._context.verify_mode = ssl.CERT_REQUIRED

    def refuse(self, peer):
        """Says so, and closes when the client has left: who closes with bytes unread resets the connection, and the client may lose
        what it was told."""
        arrived, said = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context.wrap_bio(arrived, said, server_side=True)
        while data := peer.receive():
            arrived.write(data)
            try:
                tls.do_handshake()
            except ssl.SSLWantReadError:
                peer.send(said.read())
            except ssl.SSLError:
                peer.send(said.read())
                break
        peer.end_sending()
        peer.hang()

    def refuse_late(self, peer):
        """Looks at what the client shows only when it has sent everything and ended its side, too."""
        arrived, said = ssl.MemoryBIO(), ssl.MemoryBIO()
        tls = self._context.wrap_bio(arrived, said, server_side=True)
        for _ in range(2):
            arrived.write(peer.receive())
            try:
                tls.do_handshake()
            except ssl.SSLError:  # first: more is wanted; then: no certificate
                peer.send(said.read())
            peer.server.stopping.wait(1)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3], ids=["1.2", "1.3"])
@pytest.mark.parametrize("which, words", [(None, "none is configured"), ("stranger", "does not accept the client certificate")])
@pytest.mark.parametrize("way", ["post", "send"])
def test_a_server_that_does_not_take_the_client_is_told(uplink, start, tls, client, which, words, version, way):
    if way == "send" and which:
        return  # a stream offers none
    demand = Demanding(tls.right, tls.ca, version)
    server = start.hostile(demand.refuse)
    if way == "post":
        outcome = uplink.post(url(server), ca=tls.ca.root, certificate=client[which] if which else None)
    else:
        outcome = uplink.send(server.port, ca=tls.ca.root)
    failed(outcome, "authentication_required")
    assert words in outcome.message


def test_a_stream_that_is_refused_after_its_end_has_not_arrived(uplink, start, tls):
    demand = Demanding(tls.right, tls.ca, ssl.TLSVersion.TLSv1_3)
    outcome = uplink.send(start.hostile(demand.refuse_late).port, ca=tls.ca.root)
    failed(outcome, "authentication_required")
    assert "none is configured" in outcome.message


@pytest.mark.parametrize(
    "which, words", [
        ("no key", "holds no private key"), ("no certificate", "holds no certificate"),
        ("key of another", "private key of another certificate"), ("two keys", "more than one private key"),
        ("pkcs12 with a password", "openssl pkcs12"), ("pem with a password", "password"), ("damaged", "damaged"),
        ("garbage", "neither a certificate nor a private key"), ("garbage DER", "neither PEM nor PKCS #12"),
        ("empty", "neither a certificate nor a private key"), ("too long", "larger than 1048576 bytes"),
    ],
)  # fmt: skip
def test_a_client_certificate_that_is_none_is_told_before_anybody_is_asked(uplink, start, tls, client, which, words):
    server = start.hostile(after_all(response()), tls.right)
    outcome = uplink.post(url(server), ca=tls.ca.root, certificate=client[which])
    failed(outcome, "tls_failed")
    assert words in outcome.message and client[which].name in outcome.message, outcome
    assert server.connections == 0


@pytest.mark.parametrize("mode", [0o644, 0o602])
def test_a_client_certificate_that_others_can_read_or_change_is_not_used(uplink, start, tls, client, tmp_path, mode):
    file = tmp_path / "open.pem"
    file.write_bytes(client["pem"].read_bytes())
    file.chmod(mode)
    server = start.hostile(after_all(response()), tls.right)
    outcome = uplink.post(url(server), ca=tls.ca.root, certificate=file)
    failed(outcome, "tls_failed")
    assert "closed to all but administrators" in outcome.message and server.connections == 0


# Streams ------------------------------------------------------------------------------------------------------------------


def read_to_the_end(peer):
    while peer.receive():
        pass


@pytest.mark.parametrize("end", ["close_notify", "connection"])
@pytest.mark.parametrize("data", [b"5 <14>1", LARGE], ids=["short", "long"])
def test_a_stream_that_is_read_to_its_end_has_arrived(uplink, start, tls, data, end):
    def script(peer):
        read_to_the_end(peer)
        if end == "close_notify":
            peer.end_tls()

    server = start.hostile(script, tls.right)
    outcome = uplink.send(server.port, data, ca=tls.ca.root)
    assert outcome.sent, outcome
    assert server.received == data


def test_a_stream_arrives_at_openssl(uplink, start, tls, tmp_path):
    server = start.s_server(tls.right, "-naccept", "2")
    assert uplink.send(server.port, b"Q of s_server is no command here", ca=tls.ca.root).sent


@pytest.mark.linux  # Wine's server takes the error off the socket, and what reads it then sees an orderly end
def test_a_stream_whose_receiver_breaks_off_has_not_arrived(uplink, start, tls):
    def script(peer):
        read_to_the_end(peer)
        peer.reset_on_close()

    outcome = uplink.send(start.hostile(script, tls.right).port, ca=tls.ca.root)
    failed(outcome, "truncated")
    assert not outcome.sent and "broke the connection off" in outcome.message


@pytest.mark.parametrize("how", ["close_notify", "closes", "resets"])
def test_a_stream_whose_receiver_ends_before_it_has_read_it_has_not_arrived(uplink, start, tls, how):
    def script(peer):
        if how == "close_notify":
            peer.end_tls()
        if how == "resets":
            peer.reset_on_close()

    outcome = uplink.send(start.hostile(script, tls.right).port, LARGE, ca=tls.ca.root)
    failed(outcome, "truncated")
    assert not outcome.sent


@pytest.mark.parametrize("when", ["before", "after"])
def test_a_receiver_that_answers_is_none(uplink, start, tls, when):
    def script(peer):
        if when == "before":
            peer.send(b"220 hello\r\n")
        read_to_the_end(peer)
        if when == "after":
            peer.send(b"250 thank you\r\n")

    outcome = uplink.send(start.hostile(script, tls.right).port, LARGE, ca=tls.ca.root)
    failed(outcome, "truncated")
    assert not outcome.sent and "RFC 5425" in outcome.message


def test_a_receiver_that_never_ends_is_left_at_the_deadline(uplink, start, tls):
    server = start.hostile(lambda peer: (read_to_the_end(peer), peer.server.stopping.wait(20)), tls.right)
    outcome = uplink.send(server.port, ca=tls.ca.root, seconds=1)
    failed(outcome, "timed_out")
    assert "did not end the connection" in outcome.message and f"localhost:{server.port}" in outcome.message


def test_a_receiver_that_does_not_read_the_stream_is_left_at_the_deadline(uplink, start, tls):
    server = start.hostile(lambda peer: peer.server.stopping.wait(20), tls.right)
    outcome = uplink.send(server.port, LARGE, ca=tls.ca.root, seconds=4)
    failed(outcome, "timed_out")
    assert "while the request was sent" in outcome.message
