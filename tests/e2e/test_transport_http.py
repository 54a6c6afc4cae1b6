"""HTTP: which answers are taken, and the exact reason why the others are not."""

import gzip
import os

import pytest
from servers import answering, response

LIMIT = 64 * 1024


def failed(answer, code):
    assert (answer.exit, answer.codes) == (4, [code]), answer
    assert answer.document["admitted"] is False


def too_large(answer):
    # Something arrived, and it is too much to be a certificate.
    assert (answer.exit, answer.codes) == (6, ["too_large"]), answer
    assert answer.document["admitted"] is False


@pytest.fixture
def ask(agent, start, tls):
    """Asks a hostile server once, over https: ask(script or bytes) -> Answer; `.server` afterwards."""

    def run(behaviour, **options):
        script = answering(behaviour) if isinstance(behaviour, bytes) else behaviour
        run.server = start.hostile(script, tls.right)
        return agent.inspect(f"https://localhost:{run.server.port}/a.cer?v=1", ca_file=tls.ca.root, **options)

    return run


@pytest.fixture
def ask_plain(agent, start):
    def run(behaviour):
        script = answering(behaviour) if isinstance(behaviour, bytes) else behaviour
        run.server = start.hostile(script)
        return agent.inspect(f"http://localhost:{run.server.port}/a.cer")

    return run


def chunked(*parts):
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)


CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def test_the_request_is_plain_and_offers_nothing(ask, published):
    assert ask(response(published)).exit == 0
    lines = ask.server.received.decode().split("\r\n")
    assert lines[0] == "GET /a.cer?v=1 HTTP/1.1"
    headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
    assert headers.pop("user-agent").startswith("wsus-trust-agent")
    assert headers == {
        "host": f"localhost:{ask.server.port}",
        "accept": "*/*",
        "accept-encoding": "identity",
        "connection": "close",
    }


def test_plain_http_is_read_when_it_says_how_long_it_is(ask_plain, published):
    assert ask_plain(response(published)).exit == 0


def test_plain_http_is_read_with_a_warning(ask_plain, ask, published):
    assert "can be changed by anybody on the way" in ask_plain(response(published)).stderr
    assert "anybody" not in ask(response(published)).stderr


def test_chunks_are_put_together(ask, published):
    assert ask(CHUNKED_HEAD + chunked(published[:10], published[10:]) + b"0\r\n\r\n").exit == 0


def test_chunks_of_one_byte_with_extensions_are_put_together(ask, published):
    chunks = b"".join(b"1;name=\"value\"\r\n%c\r\n" % byte for byte in published)
    assert ask(CHUNKED_HEAD + chunks + b"0;last\r\nX: y\r\n\r\n").exit == 0


def test_an_empty_chunked_body_may_arrive_byte_by_byte(ask):
    def script(peer):
        peer.read_request()
        for byte in CHUNKED_HEAD + b"0\r\nX: y\r\n\r\n":
            peer.send(bytes([byte]))

    answer = ask(script)
    assert (answer.exit, answer.codes) == (6, ["empty_input"]), answer


def test_a_body_up_to_close_notify_is_complete(ask, published):
    def script(peer):
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n" + published)
        peer.end_tls()

    assert ask(script).exit == 0


def test_a_missing_close_notify_after_a_complete_body_is_fine(ask, published):
    assert ask(response(published)).exit == 0
    assert ask(CHUNKED_HEAD + chunked(published) + b"0\r\n\r\n").exit == 0


def test_informational_answers_are_skipped(ask, published):
    assert ask(b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" * 2 + response(published)).exit == 0


def test_informational_answers_without_end_are_refused(ask):
    failed(ask(b"HTTP/1.1 100 Continue\r\n\r\n" * 50), "http_malformed")


# What is cut short ---------------------------------------------------------------------------------------------------


def test_a_body_without_length_and_without_close_notify_is_truncated(ask, published):
    failed(ask(b"HTTP/1.1 200 OK\r\n\r\n" + published), "truncated")


def test_a_body_without_length_is_truncated_over_plain_http(ask_plain, published):
    failed(ask_plain(b"HTTP/1.1 200 OK\r\n\r\n" + published), "truncated")


@pytest.mark.parametrize(
    "data",
    [
        response(b"x" * 99, length=100),
        CHUNKED_HEAD + chunked(b"half"),
        CHUNKED_HEAD + b"64\r\nhalf",
        CHUNKED_HEAD + chunked(b"half") + b"0\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Le",
        b"",
    ],
    ids=["length", "no last chunk", "half a chunk", "no last line", "half a header", "nothing"],
)
@pytest.mark.parametrize("polite", [True, False], ids=["close_notify", "no close_notify"])
def test_what_is_cut_short_is_truncated(ask, data, polite):
    def script(peer):
        peer.read_request()
        peer.send(data)
        if polite:
            peer.end_tls()

    failed(ask(script), "truncated")


def test_a_short_body_over_plain_http_is_truncated(ask_plain):
    failed(ask_plain(response(b"x" * 99, length=100)), "truncated")


# What is too large ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("length", [LIMIT + 1, 10 * 2**30])
def test_an_announced_length_above_the_limit_is_refused_at_once(ask, length):
    def script(peer):
        peer.read_request()
        peer.send(response(b"", length=length))
        peer.hang()

    answer = ask(script)
    too_large(answer)
    assert answer.seconds < 5, "it must not wait for the body"


def test_chunks_without_end_stop_at_the_limit(ask):
    def script(peer):
        peer.read_request()
        peer.send(CHUNKED_HEAD)
        peer.send_without_end(chunked(b"x" * 4096))

    too_large(ask(script))


@pytest.mark.parametrize("size", [b"ffffffff", b"7fffffffffffffff", b"8000000000000000", b"ffffffffffffffff"])
def test_a_chunk_that_claims_too_much_is_refused(ask, size):
    too_large(ask(CHUNKED_HEAD + size + b"\r\nx"))


def test_chunks_that_claim_too_much_together_are_refused(ask):
    too_large(ask(CHUNKED_HEAD + chunked(b"x") + b"ffffffffffffffff\r\nx"))


def test_a_body_without_length_and_without_end_stops_at_the_limit(ask):
    def script(peer):
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\n\r\n")
        peer.send_without_end(b"x" * 4096)

    too_large(ask(script))


@pytest.mark.parametrize(
    "head",
    [
        b"X: " + b"x" * 100_000 + b"\r\n",
        b"".join(b"X-%d: %s\r\n" % (i, b"x" * 50) for i in range(2_000)),
    ],
    ids=["one long header", "many headers"],
)
def test_headers_of_100_kb_are_refused(ask, head):
    failed(ask(b"HTTP/1.1 200 OK\r\n" + head + b"Content-Length: 1\r\n\r\nx"), "headers_too_large")


def test_headers_that_arrive_one_by_one_are_counted_together(ask):
    # Each piece ends with the first byte of the next field: what stands before is then complete for any parser.
    def script(peer):
        peer.read_request()
        peer.send(b"HTTP/1.1 200 OK\r\nX")
        peer.send_without_end(b"-Filler: " + b"x" * 500 + b"\r\nX", pause=0.002)

    answer = ask(script)
    failed(answer, "headers_too_large")
    assert answer.seconds < 5


def test_headers_of_7_kb_are_read(ask, published):
    assert ask(response(published, headers=["X-Filler: " + "x" * 7_000])).exit == 0


# What breaks the rules -----------------------------------------------------------------------------------------------

OK = b"HTTP/1.1 200 OK\r\n"


@pytest.mark.parametrize(
    "data",
    {
        "HTTP/0.9": b"<html>hello</html>",
        "HTTP/2.0": b"HTTP/2.0 200 OK\r\nContent-Length: 1\r\n\r\nx",
        "status of two digits": b"HTTP/1.1 20 OK\r\nContent-Length: 1\r\n\r\nx",
        "both lengths": OK + b"Content-Length: 6\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "both, the other way": OK + b"Transfer-Encoding: chunked\r\nContent-Length: 6\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "same length twice": OK + b"Content-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nxy",
        "a list of lengths": OK + b"Content-Length: 1, 1\r\n\r\nx",
        "negative length": OK + b"Content-Length: -1\r\n\r\nx",
        "length with a plus": OK + b"Content-Length: +1\r\n\r\nx",
        "length in hex": OK + b"Content-Length: 0x1\r\n\r\nx",
        "length of 30 digits": OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nx",
        "NUL in a header": OK + b"X: a\0b\r\nContent-Length: 1\r\n\r\nx",
        "escape in a header": OK + b"X: \x1b[2J\r\nContent-Length: 1\r\n\r\nx",
        "space before the colon": OK + b"Content-Length : 1\r\n\r\nx",
        "no colon": OK + b"nonsense\r\nContent-Length: 1\r\n\r\nx",
        "bare CR": OK + b"X: a\rb\r\nContent-Length: 1\r\n\r\nx",
        "chunked in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
        "chunk size of no digits": CHUNKED_HEAD + b"zz\r\nx\r\n0\r\n\r\n",
        "chunk size of 17 digits": CHUNKED_HEAD + b"10000000000000001\r\nx\r\n0\r\n\r\n",
        "negative chunk": CHUNKED_HEAD + b"-1\r\nx\r\n0\r\n\r\n",
        "no line end after a chunk": CHUNKED_HEAD + b"1\r\nxy0\r\n\r\n",
        "trailers without end": CHUNKED_HEAD + b"0\r\n" + b"X: " + b"x" * 100_000,
        "304 without a question": b"HTTP/1.1 304 Not Modified\r\n\r\n",
    }.items(),
    ids=lambda item: item[0],
)
def test_what_breaks_the_rules_is_malformed(ask, data):
    failed(ask(data[1]), "http_malformed")


@pytest.mark.parametrize(
    "header",
    [
        "Content-Encoding: gzip",
        "Content-Encoding: br",
        "Content-Encoding: identity\r\nContent-Encoding: deflate",
    ],
)
def test_an_encoded_body_is_refused(ask, published, header):
    failed(ask(response(published, headers=[header])), "body_encoded")


def test_an_encoded_transfer_is_refused(ask):
    failed(ask(OK + b"Transfer-Encoding: gzip, chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n"), "body_encoded")


def test_what_nginx_compressed_beforehand_is_refused(agent, start, tls, published):
    server = start.nginx(tls.right, "gzip_static always;")
    server.publish("a.cer", b"")
    server.publish("a.cer.gz", gzip.compress(published))
    failed(agent.inspect(f"https://localhost:{server.port}/a.cer", ca_file=tls.ca.root), "body_encoded")


def test_nginx_is_not_asked_to_compress(agent, start, tls, published):
    server = start.nginx(tls.right, "gzip on; gzip_min_length 1; gzip_types *;")
    server.publish("a.cer", published)
    assert agent.inspect(f"https://localhost:{server.port}/a.cer", ca_file=tls.ca.root).exit == 0


def test_identity_is_no_encoding(ask, published):
    assert ask(response(published, headers=["Content-Encoding: identity"])).exit == 0


@pytest.mark.parametrize("status", ["204 No Content", "206 Partial Content", "404 Not Found", "500 Oh \x9b no"])
def test_other_answers_are_named_with_their_number(ask, status):
    answer = ask(response(b"", status=status))
    failed(answer, "http_status")
    assert status.split()[0] in answer.message and "\x9b" not in answer.message


def test_an_error_page_is_not_read_however_long_it_claims_to_be(ask):
    failed(ask(response(b"x", status="404 Not Found", length=10 * 2**30)), "http_status")


def test_a_reset_connection_is_truncated(ask_plain):
    def script(peer):
        peer.receive()
        peer.reset_on_close()

    failed(ask_plain(script), "truncated")


def test_nobody_listening_is_connect_failed(agent, start):
    server = start.hostile(answering(b""))
    server.stop()
    answer = agent.inspect(f"http://localhost:{server.port}/a.cer")
    failed(answer, "connect_failed")
    assert "127.0.0.1" in answer.message


def test_an_unknown_host_is_dns_failed(agent):
    failed(agent.inspect("https://no-such-host.invalid/a.cer"), "dns_failed")


# Demands for a log-on ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", ["Basic realm=\"x\"", "NTLM", "Negotiate", "Negotiate\r\nWWW-Authenticate: NTLM"])
def test_no_credentials_are_offered_to_a_server(ask, scheme):
    answer = ask(response(b"", status="401 Unauthorized", headers=[f"WWW-Authenticate: {scheme}"]))
    failed(answer, "authentication_required")
    assert ask.server.connections == 1 and b"authorization" not in ask.server.received.lower()
    assert scheme.split()[0] in answer.message


@pytest.mark.parametrize("scheme", ["Basic", "NTLM", "Negotiate"])
def test_no_credentials_are_offered_to_nginx(agent, start, tls, tmp_path, scheme):
    (tmp_path / "users").write_text("user:{PLAIN}password\n")
    basic = f'auth_basic "here"; auth_basic_user_file {tmp_path}/users;'
    of_windows = f"add_header WWW-Authenticate {scheme} always; location / {{ return 401; }}"
    server = start.nginx(tls.right, basic if scheme == "Basic" else of_windows)
    answer = agent.inspect(f"https://localhost:{server.port}/a.cer", ca_file=tls.ca.root)
    failed(answer, "authentication_required")
    assert scheme in answer.message
    assert server.requests() == ["GET /a.cer HTTP/1.1|-|-|identity|401"]


# Redirects -----------------------------------------------------------------------------------------------------------


def redirecting(path_to_location, published):
    """A script that redirects the paths it knows and answers the others."""

    def script(peer):
        path = peer.read_request().split(b" ")[1].decode()
        location = path_to_location.get(path)
        if location is None:
            peer.send(response(published))
        else:
            peer.send(response(b"", status="302 Found", headers=[f"Location: {location}"]))

    return script


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed(ask, published, status):
    def script(peer):
        first = b" /a.cer?v=1 " in peer.read_request()
        moved = response(b"", status=f"{status} Moved", headers=["Location: /b.cer#part"])
        peer.send(moved if first else response(published))

    assert ask(script).exit == 0
    assert b"GET /b.cer HTTP/1.1\r\n" in ask.server.received


def test_three_redirects_are_followed_and_the_fourth_is_not(ask, published):
    three = {"/a.cer?v=1": "/1", "/1": "2", "/2": "./3"}
    assert ask(redirecting(three, published)).exit == 0
    failed(ask(redirecting({**three, "/3": "/4"}, published)), "redirect_refused")
    assert ask.server.connections == 4


def test_a_loop_of_redirects_ends(ask, published):
    failed(ask(redirecting({"/a.cer?v=1": "/a.cer?v=1"}, published)), "redirect_refused")


@pytest.mark.parametrize(
    "location",
    [
        "http://localhost:PORT/b.cer",
        "file:///etc/passwd",
        "//other.example:PORT/b.cer",
        r"\\server\share\b.cer",
        "https://elsewhere.example/b.cer",
        "https://127.0.0.1:PORT/b.cer",
        "https://localhost/b.cer",
        "https://localhost.evil.example:PORT/b.cer",
        "https://user:secret@localhost:PORT/b.cer",
        "//user:secret@localhost:PORT/b.cer",
        "https://localhost:PORT@elsewhere.example/b.cer",
        "https://localhost:PORT#@elsewhere.example/../\\b.cer",
        "https:\\\\localhost:PORT\\b.cer",
        "https:/localhost/b.cer",
        "https:b.cer",
        "///elsewhere.example/b.cer",
        "/\\elsewhere.example/b.cer",
        "https://localhost%2eelsewhere.example:PORT/b.cer",
        "https://%6cocalhost:PORT/b.cer",
        "https://localhost:0/b.cer",
        "https://localhost:99999/b.cer",
        "https://[::ffff:127.0.0.1]:PORT/b.cer",
        "https://lo\xc5\xbfcalhost:PORT/b.cer",
        "javascript:alert(1)",
        "data:application/pkix-cert;base64,AAAA",
        "/b\x85.cer",
        "/b.cer, /c.cer",
        "ftp://localhost:PORT/b.cer",
        "https://[::1/b.cer",
        "/b c.cer",
        "",
    ],
)
def test_a_redirect_elsewhere_is_refused(start, agent, tls, location):
    target = []

    def script(peer):
        peer.read_request()
        peer.send(response(b"", status="302 Found", headers=[f"Location: {target[0]}"]))

    server = start.hostile(script, tls.right)
    target.append(location.replace("PORT", str(server.port)))
    answer = agent.inspect(f"https://localhost:{server.port}/a.cer", ca_file=tls.ca.root)
    if location:
        failed(answer, "redirect_refused")
        assert server.connections == 1
        assert "secret" not in answer.message + answer.stderr
    else:
        # An empty reference means the same document (RFC 3986, 4.4): a loop.
        failed(answer, "redirect_refused")


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_plain_http_is_never_redirected(agent, start, scheme):
    location = []

    def script(peer):
        peer.read_request()
        peer.send(response(b"", status="301 Moved", headers=[f"Location: {location[0]}"]))

    server = start.hostile(script)
    location.append(f"{scheme}://localhost:{server.port}/b.cer")
    failed(agent.inspect(f"http://localhost:{server.port}/a.cer"), "redirect_refused")
    assert server.connections == 1


def test_a_redirect_without_or_with_two_targets_is_refused(ask):
    failed(ask(response(b"", status="302 Found")), "redirect_refused")
    two = ["Location: /b", "Location: /c"]
    failed(ask(response(b"", status="302 Found", headers=two)), "redirect_refused")


# Files ---------------------------------------------------------------------------------------------------------------


def test_a_file_is_read_also_through_a_link(agent, tmp_path, published):
    (tmp_path / "a.cer").write_bytes(published)
    (tmp_path / "link.cer").symlink_to("a.cer")
    assert agent.inspect(tmp_path / "a.cer").exit == 0
    assert agent.inspect(tmp_path / "link.cer").exit == 0


def test_a_missing_file_is_not_found(agent, tmp_path):
    answer = agent.inspect(tmp_path / "missing.cer")
    failed(answer, "file_not_found")
    assert "missing.cer" in answer.message


@pytest.mark.parametrize("kind", ["folder", "fifo", "device"])
def test_only_a_regular_file_is_read(agent, tmp_path, kind):
    path = tmp_path / "a.cer"
    if kind == "folder":
        path.mkdir()
    elif kind == "fifo":
        os.mkfifo(path)
    else:
        path.symlink_to("/dev/zero")
    answer = agent.inspect(path)
    failed(answer, "file_unreadable")
    assert answer.seconds < 5, "it must not wait for a writer"


def test_a_file_above_the_limit_is_refused(agent, tmp_path):
    path = tmp_path / "a.cer"
    path.write_bytes(b"x" * (LIMIT + 1))
    too_large(agent.inspect(path))


@pytest.mark.linux
def test_a_share_is_refused_here_with_a_way_out(agent):
    answer = agent.inspect(r"\\server\share\a.cer")
    failed(answer, "source_not_supported")
    assert "https" in answer.message


def test_a_server_cannot_switch_the_protocol(ask, published):
    switching = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n"
    failed(ask(switching + response(published)), "http_malformed")
