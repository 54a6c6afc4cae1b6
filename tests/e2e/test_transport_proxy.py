"""Proxies: a tunnel for https, nothing offered to a log-on demand, and no address looked up that the proxy should find."""

import pytest
from servers import answering, response


def failed(answer, code):
    assert (answer.exit, answer.codes) == (4, [code]), answer


def through(proxy):
    return f"http://127.0.0.1:{proxy.port}"


def test_https_goes_through_a_tunnel_and_the_proxy_finds_the_host(agent, start, tls, published):
    server = start.nginx(tls.right)
    server.publish("a.cer", published)
    proxy = start.squid(names=["proxied.test"])
    source = f"https://proxied.test:{server.port}/a.cer"
    assert agent.inspect(source, ca_file=tls.ca.root, proxy=through(proxy)).exit == 0
    assert proxy.requests() == [f"CONNECT proxied.test:{server.port} 200 - -"]


def test_http_goes_through_the_proxy_in_absolute_form(agent, start, published):
    server = start.nginx()
    server.publish("a.cer", published)
    proxy = start.squid(names=["proxied.test"])
    assert agent.inspect(f"http://proxied.test:{server.port}/a.cer", proxy=through(proxy)).exit == 0
    assert proxy.requests() == [f"GET http://proxied.test:{server.port}/a.cer 200 - -"]


def test_the_server_behind_the_tunnel_is_verified_before_a_byte_is_sent(agent, start, tls):
    server = start.hostile(answering(response(b"never sent")), tls.other_host)
    proxy = start.squid()
    source = f"https://localhost:{server.port}/a.cer"
    failed(agent.inspect(source, ca_file=tls.ca.root, proxy=through(proxy)), "tls_host_mismatch")
    assert server.connections == 1 and server.received == b""


@pytest.mark.parametrize("login", ["Basic", "NTLM", "Negotiate"])
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_no_credentials_are_offered_to_a_proxy(agent, start, tls, scheme, login):
    server = start.hostile(answering(response(b"x")), tls.right if scheme == "https" else None)
    proxy = start.squid(login=login)
    answer = agent.inspect(f"{scheme}://localhost:{server.port}/a.cer", ca_file=tls.ca.root, proxy=through(proxy))
    failed(answer, "proxy_authentication_required")
    assert login in answer.message
    assert server.connections == 0
    assert len(proxy.requests()) == 1 and proxy.requests()[0].endswith("407 - -")


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
def test_no_credentials_are_offered_to_a_proxy_of_windows(agent, start, tls, scheme):
    demand = response(
        b"", status="407 Proxy Authentication Required", headers=[f"Proxy-Authenticate: {scheme}", "Connection: keep-alive"]
    )

    def script(peer):
        peer.read_request()
        peer.send(demand)
        peer.hang()

    proxy = start.hostile(script)
    failed(agent.inspect("https://localhost:1/a.cer", proxy=through(proxy)), "proxy_authentication_required")
    assert proxy.connections == 1
    assert proxy.received.startswith(b"CONNECT localhost:1 HTTP/1.1\r\n")
    assert b"authorization" not in proxy.received.lower()


def test_a_407_of_the_server_itself_is_no_demand_of_a_proxy(agent, start, tls):
    server = start.hostile(answering(response(b"", status="407 Proxy Authentication Required")), tls.right)
    failed(agent.inspect(f"https://localhost:{server.port}/a.cer", ca_file=tls.ca.root), "http_status")


def test_a_proxy_that_refuses_the_tunnel_is_named_with_its_answer(agent, start, tls):
    proxy = start.squid(access="deny all")
    answer = agent.inspect("https://localhost:1/a.cer", ca_file=tls.ca.root, proxy=through(proxy))
    failed(answer, "proxy_failed")
    assert "403" in answer.message


@pytest.mark.parametrize(
    "data",
    {
        "no HTTP": b"hello, this is no proxy\r\n\r\n",
        "ends at once": b"",
        "half an answer": b"HTTP/1.1 200 Connection est",
        "headers of 100 KB": b"HTTP/1.1 200 OK\r\nX: " + b"x" * 100_000 + b"\r\n\r\n",
        "data of its own": b"HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx",
        "moved": response(b"", status="302 Found", headers=["Location: https://elsewhere.example/"]),
    }.items(),
    ids=lambda item: item[0],
)
def test_a_hostile_proxy_fails_as_proxy(agent, start, tls, data):
    proxy = start.hostile(answering(data[1]))
    failed(agent.inspect("https://localhost:1/a.cer", ca_file=tls.ca.root, proxy=through(proxy)), "proxy_failed")
    assert proxy.connections == 1


def test_a_proxy_that_is_not_there_fails_as_proxy(agent, start):
    proxy = start.hostile(answering(b""))
    proxy.stop()
    failed(agent.inspect("https://localhost:1/a.cer", proxy=through(proxy)), "proxy_failed")


def test_a_proxy_that_cannot_be_found_fails_as_proxy(agent):
    failed(agent.inspect("https://localhost:1/a.cer", proxy="http://no-such-proxy.invalid:3128"), "proxy_failed")


@pytest.mark.linux
def test_the_proxy_of_the_system_is_used_when_asked_for_and_only_then(agent, start, tls, published):
    server = start.nginx(tls.right)
    server.publish("a.cer", published)
    proxy = start.squid()
    source = f"https://localhost:{server.port}/a.cer"
    environment = {"https_proxy": through(proxy)}
    assert agent.inspect(source, ca_file=tls.ca.root, env=environment).exit == 0
    assert agent.inspect(source, ca_file=tls.ca.root, env=environment, proxy="none").exit == 0
    assert proxy.requests() == []
    assert agent.inspect(source, ca_file=tls.ca.root, env=environment, proxy="system").exit == 0
    assert len(proxy.requests()) == 1
    assert agent.inspect(source, ca_file=tls.ca.root, proxy="system").exit == 0
    assert len(proxy.requests()) == 1


@pytest.mark.linux
def test_credentials_in_the_systems_proxy_are_refused_and_not_repeated(agent, start):
    proxy = start.hostile(answering(b""))
    environment = {"https_proxy": f"http://user:hunter2@127.0.0.1:{proxy.port}"}
    answer = agent.inspect("https://localhost:1/a.cer", env=environment, proxy="system")
    failed(answer, "proxy_failed")
    assert "hunter2" not in answer.message + answer.stderr
    assert proxy.connections == 0
