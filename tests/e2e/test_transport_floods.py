"""Whoever sends without end: the agent stops at a limit or at its deadline, and takes no more memory for much than for little."""

import functools
import struct

import pytest
from libssl import TLS_1_2, TLS_1_3, LibsslServer, repeating
from servers import answering, response

MiB = 1 << 20
LITTLE, MUCH = MiB, 1024 * MiB  # what is sent, unless the agent leaves before
FLAT = 1024  # KiB that the peaks may differ by: how the system places the same things varies by less
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
    "chunks with long extensions": (CHUNKED_HEAD, CHUNK_WITH_EXTENSION, "timed_out"),
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
    "data in the tunnel": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096, "proxy_failed"),
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
    "tickets": (TLS_1_3, LibsslServer.ticket, ("timed_out",)),
    "key updates": (TLS_1_3, LibsslServer.key_update, ("timed_out", "tls_failed")),
    "demands to renegotiate": (TLS_1_2, LibsslServer.renegotiate, ("timed_out", "tls_failed")),
}


def flood(first, again, most):
    def script(peer):
        peer.read_request()
        peer.send(first)
        peer.send_without_end(again, most=most)

    return script


@pytest.fixture
def flat(agent):
    """flat(ask, codes): ask(most) is asked with little and with much; both end as one of `codes`, and with the same memory."""

    def compare(ask, codes):
        answers = [ask(most) for most in (LITTLE, MUCH)]
        much = answers[-1]
        assert much.codes in [[code] for code in codes], much
        little_peak, much_peak = [answer.peak for answer in answers]
        assert agent.program.sanitized or much_peak - little_peak < FLAT, answers
        return much

    return compare


@pytest.mark.parametrize("what", ANSWERS)
def test_an_answer_without_end(agent, start, tls, flat, what):
    first, again, code = ANSWERS[what]

    def ask(most):
        server = start.hostile(flood(first, again, most), tls.right)
        return agent.inspect(f"https://localhost:{server.port}/a.cer", timeout="2s", ca_file=tls.ca.root)

    flat(ask, [code])


@pytest.mark.parametrize("what", PROXIES)
def test_a_proxy_without_end(agent, start, tls, flat, what):
    first, again, code = PROXIES[what]

    def ask(most):
        proxy = start.hostile(flood(first, again, most))
        through = f"http://127.0.0.1:{proxy.port}"
        return agent.inspect("https://localhost:1/a.cer", timeout="2s", ca_file=tls.ca.root, proxy=through)

    flat(ask, [code])


@pytest.mark.parametrize("what", HANDSHAKES)
def test_a_handshake_without_end(agent, start, tls, flat, what):
    again, code = HANDSHAKES[what]

    def script(peer, most):
        peer.receive()
        peer.send_without_end(again, most=most)

    def ask(most):
        server = start.hostile(functools.partial(script, most=most))
        return agent.inspect(f"https://localhost:{server.port}/a.cer", timeout="2s", ca_file=tls.ca.root)

    flat(ask, [code])


@pytest.mark.parametrize("what", CONNECTIONS)
def test_a_connection_that_is_kept_busy(agent, start, tls, flat, what):
    version, send, codes = CONNECTIONS[what]

    def ask(most):
        server = start.hostile(repeating(tls.right, version, send, most))
        return agent.inspect(f"https://localhost:{server.port}/a.cer", timeout="2s", ca_file=tls.ca.root)

    flat(ask, codes)


def test_an_answer_before_the_question_without_end(agent, start, tls, flat):
    def script(peer, most):
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        peer.send_without_end(b"x" * 4096, most=most)

    def ask(most):
        server = start.hostile(functools.partial(script, most=most), tls.right)
        return agent.inspect(f"https://localhost:{server.port}/a.cer", timeout="2s", ca_file=tls.ca.root)

    flat(ask, ["too_large"])


def test_a_file_without_end(agent, start, flat):
    """It claims 1000 bytes, and grows as long as it is read."""
    flat(lambda _: agent.inspect(start.share(piece=4096).file, timeout="2s"), ["too_large"])


def test_what_follows_a_complete_body_is_not_read(agent, start, tls, published, flat):
    def ask(most):
        server = start.hostile(flood(response(published), b"x" * 4096, most), tls.right)
        return agent.inspect(f"https://localhost:{server.port}/a.cer", timeout="2s", ca_file=tls.ca.root)

    for most in (LITTLE, MUCH):
        assert ask(most).exit == 0
