"""Whoever sends without end: the agent stops at a limit or at its deadline, and takes no more memory than for an answer that
is right."""

import struct

import pytest
from conftest import Agent, Servers
from libssl import TLS_1_2, TLS_1_3, LibsslServer, repeating
from servers import answering, response

MUCH = 1 << 30  # bytes that are sent, unless the agent leaves before
FLAT = 2048  # KiB that the peaks may differ by: three redirects are four connections, and the same run twice differs, too
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
FULL_CHUNK = b"%x\r\n%s\r\n" % (4096, b"x" * 4096)
ONE_BYTE_CHUNKS = b"1\r\nx\r\n" * 1000
CHUNK_WITH_EXTENSION = b"1;%s\r\nx\r\n" % (b"e" * 8000)
REDIRECT = b"HTTP/1.1 302 Found\r\nLocation: /again\r\n\r\n"


# What is sent after the request: a beginning, and what then comes again and again; and how that ends -----------------------

ANSWERS = {
    "body without length": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096, "too_large"),
    "body of 10 GiB": (response(b"", length=10 << 30), b"x" * 4096, "too_large"),
    "chunks": (CHUNKED_HEAD, FULL_CHUNK, "too_large"),
    "chunks of one byte": (CHUNKED_HEAD, ONE_BYTE_CHUNKS, "too_large"),
    "one chunk of 4 GiB": (CHUNKED_HEAD + b"ffffffff\r\n", b"x" * 4096, "too_large"),
    "chunk extension": (CHUNKED_HEAD + b"1;", b"e" * 4096, "http_malformed"),
    "zeros of a chunk size": (CHUNKED_HEAD, b"0" * 4096, "http_malformed"),
    "one trailer": (CHUNKED_HEAD + b"0\r\nX: ", b"x" * 4096, "http_malformed"),
    "many trailers": (CHUNKED_HEAD + b"0\r\n", b"X: y\r\n" * 500, "http_malformed"),
    "status line": (b"HTTP/1.1 200 ", b"O" * 4096, "headers_too_large"),
    "one header": (b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096, "headers_too_large"),
    "many headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 500, "headers_too_large"),
    "folded header": (b"HTTP/1.1 200 OK\r\nX: y\r\n", b" folded\r\n" * 500, "headers_too_large"),
    "informational answers": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", "http_malformed"),
    "long informational answers": (b"", b"HTTP/1.1 103 X\r\nX: %s\r\n\r\n" % (b"x" * 8000), "http_malformed"),
    "no HTTP": (b"", b"\0" * 4096, "http_malformed"),
    "empty lines": (b"", b"\r\n" * 2000, "http_malformed"),
    "page of an error": (response(b"", status="404 Not Found", length=10 << 30), b"x" * 4096, "http_status"),
    "page of a log-on": (b"HTTP/1.1 401 Log on\r\nWWW-Authenticate: NTLM\r\n\r\n", b"x" * 4096, "authentication_required"),
    "pages of redirects": (REDIRECT, b"x" * 4096, "redirect_refused"),
    "compressed": (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n", b"\x1f\x8b" * 2048, "body_encoded"),
}
PROXIES = {
    "status line": (b"HTTP/1.1 200 ", b"O" * 4096, "proxy_failed"),
    "many headers": (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 500, "proxy_failed"),
    "informational answers": (b"", b"HTTP/1.1 103 Early Hints\r\n\r\n", "proxy_failed"),
    "page of a log-on": (response(b"", status="407 Log on", length=10 << 30), b"x" * 4096, "proxy_authentication_required"),
    "data in the tunnel": (b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * 4096, b"x" * 4096, "proxy_failed"),
}


def record(kind, content, version=0x0303):
    return struct.pack(">BHH", kind, version, len(content)) + content


CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA = 20, 21, 22, 23
# Instead of a ServerHello. OpenSSL counts empty records, warnings and the length of a message, but no requests to begin.
HANDSHAKES = {
    "empty records": (record(HANDSHAKE, b"") * 100, "tls_failed"),
    "warnings": (record(ALERT, b"\x01\x5a") * 100, "tls_failed"),
    "changes of the cipher": (record(CHANGE_CIPHER_SPEC, b"\x01") * 100, "tls_failed"),
    "data": (record(APPLICATION_DATA, b"x" * 4096), "tls_failed"),
    "one long message": (record(HANDSHAKE, b"\x02\xff\xff\xff" + b"x" * 4000), "tls_failed"),
    "requests to begin": (record(HANDSHAKE, b"\x00\x00\x00\x00") * 100, "timed_out"),
    "zeros": (b"\0" * 4096, "tls_failed"),
    "letters": (b"x" * 4096, "tls_failed"),
}
# After the request, until the deadline: sent with the keys of a connection that stands.
CONNECTIONS = {
    "tickets": (TLS_1_3, LibsslServer.ticket),
    "key updates": (TLS_1_3, LibsslServer.key_update),
    "demands to renegotiate": (TLS_1_2, LibsslServer.renegotiate),
}


def flood(first, again):
    def script(peer):
        peer.read_request()
        peer.send(first)
        peer.send_without_end(again, most=MUCH)

    return script


@pytest.fixture(scope="module")
def ordinary(watched, tls, published, tmp_path_factory):
    """The KiB that an answer takes which is right."""
    folder = tmp_path_factory.mktemp("ordinary")
    start = Servers(folder)
    try:
        server = start.hostile(answering(response(published)), tls.right)
        answer = Agent(watched, folder).inspect(f"https://localhost:{server.port}/a.cer", ca_file=tls.ca.root)
        assert answer.exit == 0, answer
        return answer.peak
    finally:
        start.stop()


@pytest.fixture
def ask(agent, start, tls, ordinary):
    """ask(script, code, identity) -> Answer. It must end with that code and have taken no more memory than is ordinary."""

    def run(script, code, identity=None, source="https://localhost:PORT/a.cer", **options):
        if script:
            run.server = start.hostile(script, identity)
            place = str(run.server.port)
            source = source.replace("PORT", place)
            options = {key: value.replace("PORT", place) for key, value in options.items()}
        answer = agent.inspect(source, timeout="1s", ca_file=tls.ca.root, **options)
        assert answer.codes == [code] if code else answer.exit == 0, answer
        assert agent.program.sanitized or answer.peak < ordinary + FLAT, f"ordinary are {ordinary} KiB: {answer}"
        return answer

    return run


@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_without_end(ask, tls, what):
    first, again, code = ANSWERS[what]
    ask(flood(first, again), code, tls.right)


def test_chunks_with_long_extensions(ask, tls):
    """Each byte costs 8 KB. Only a thousand of them come in a second, so that no machine gets to the limit of the body first."""

    def script(peer):
        peer.read_request()
        peer.send(CHUNKED_HEAD)
        peer.send_without_end(CHUNK_WITH_EXTENSION, pause=0.001, most=MUCH)

    ask(script, "timed_out", tls.right)
    assert ask.server.sent > 100_000, "the agent was not kept busy"


@pytest.mark.parametrize("what", PROXIES)
def test_a_proxy_without_end(ask, what):
    first, again, code = PROXIES[what]
    ask(flood(first, again), code, source="https://localhost:1/a.cer", proxy="http://127.0.0.1:PORT")


@pytest.mark.parametrize("what", HANDSHAKES)
def test_a_handshake_without_end(ask, what):
    again, code = HANDSHAKES[what]

    def script(peer):
        peer.receive()
        peer.send_without_end(again, most=MUCH)

    ask(script, code)


@pytest.mark.parametrize("what", CONNECTIONS)
def test_a_connection_that_is_kept_busy(ask, tls, what):
    version, send = CONNECTIONS[what]
    ask(repeating(tls.right, version, send, MUCH), "timed_out")
    assert ask.server.sent > 100_000, "the agent was not kept busy"


def test_an_answer_before_the_question_without_end(ask, tls):
    def script(peer):
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        peer.send_without_end(b"x" * 4096, most=MUCH)

    ask(script, "too_large", tls.right)


def test_a_file_without_end(ask, start):
    """It claims 1000 bytes, and grows as long as it is read."""
    ask(None, "too_large", source=start.share(piece=4096).file)


def test_what_follows_a_complete_body_is_not_read(ask, tls, published):
    ask(flood(response(published), b"x" * 4096), None, tls.right)
