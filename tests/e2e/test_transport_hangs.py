"""Whatever hangs or drips, the agent gives up at its deadline (the fixture `agent` looks at that) and says where it hung."""

import subprocess
from concurrent.futures import ThreadPoolExecutor

import hostile_share as share
import pytest
from conftest import Agent, Servers
from machine import pinned
from relay import drops, records, relaying
from servers import answering, response

TIMEOUT = 1


def timed_out(answer, phase):
    assert (answer.exit, answer.codes) == (4, ["timed_out"]), answer
    assert phase in answer.message
    assert answer.seconds > TIMEOUT * 0.8


# Scripts ----------------------------------------------------------------------------------------------------------------


def drip(data, first=b"", pause=0.05):
    """A script that sends `first`, then `data` one byte at a time, never quite to its end."""

    def script(peer):
        peer.read_request()
        peer.send(first)
        for i in range(len(data) - 1):
            if peer.server.stopping.wait(pause):
                return
            peer.send(data[i : i + 1])
        peer.hang()

    return script


def hang_after(first):
    def script(peer):
        peer.read_request()
        peer.send(first)
        peer.hang()

    return script


def redirecting_slowly(peer):
    peer.read_request()
    peer.server.stopping.wait(0.6)
    peer.send(response(b"", status="302 Found", headers=["Location: /again"]))


CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
TUNNEL = b"HTTP/1.1 200 Connection established\r\n\r\n"
ONE_BYTE_CHUNKS = b"1\r\nx\r\n" * 500


# Where it hangs: for each stage what is asked, and the words for the stage ------------------------------------------------


class Asking:
    """Makes the servers of one stage and asks."""

    def __init__(self, agent, start, tls, resolver):
        self._agent = agent
        self.start = start
        self._tls = tls
        self._resolver = resolver

    def ask(self, source, **options):
        return self._agent.inspect(source, timeout=f"{TIMEOUT}s", **options)

    def named(self, host, port=1, **options):
        return self.ask(f"https://{host}:{port}/a.cer", env=self._resolver, **options)

    def https(self, script):
        server = self.start.hostile(script, self._tls.right)
        return self.ask(f"https://localhost:{server.port}/a.cer", ca_file=self._tls.ca.root)

    def http(self, script):
        return self.ask(f"http://localhost:{self.start.hostile(script).port}/a.cer")

    def tls(self, deliver):
        """The handshake of a real server, delivered as it suits the one in between."""
        server = self.start.hostile(relaying(self.start.nginx(self._tls.right), deliver))
        return self.ask(f"https://localhost:{server.port}/a.cer", ca_file=self._tls.ca.root)

    def proxy(self, script):
        proxy = f"http://127.0.0.1:{self.start.hostile(script).port}"
        return self.ask("https://localhost:1/a.cer", proxy=proxy, ca_file=self._tls.ca.root)


ANSWERS = {
    "no headers": (hang_after(b""), "headers"),
    "half a status line": (hang_after(b"HTTP/1.1 20"), "headers"),
    "half the headers": (hang_after(b"HTTP/1.1 200 OK\r\nContent-Le"), "headers"),
    "slow status line": (drip(b"HTTP/1.1 200 " + b"O" * 500), "headers"),
    "slow headers": (drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500), "headers"),
    "slow 1xx": (drip(b"HTTP/1.1 100 Continue\r\n\r\n" * 5), "headers"),
    "no body": (hang_after(response(b"", length=1000)), "body"),
    "no chunk": (hang_after(CHUNKED_HEAD), "body"),
    "half a chunk size": (hang_after(CHUNKED_HEAD + b"1"), "body"),
    "half the body": (hang_after(response(b"half", length=1000)), "body"),
    "slow body": (drip(b"x" * 1000, first=response(b"", length=1000)), "body"),
    "slow chunks": (drip(ONE_BYTE_CHUNKS, first=CHUNKED_HEAD, pause=0.02), "body"),
    "slow chunk extension": (drip(b"1;" + b"x" * 500, first=CHUNKED_HEAD), "body"),
    "no last chunk": (hang_after(CHUNKED_HEAD + b"4\r\nhalf\r\n"), "body"),
    "no last line": (hang_after(CHUNKED_HEAD + b"4\r\nhalf\r\n0\r\n"), "body"),
    "slow trailers": (drip(b"X: " + b"x" * 500, first=CHUNKED_HEAD + b"0\r\n"), "body"),
    "no end": (hang_after(b"HTTP/1.1 200 OK\r\n\r\nno length, no end"), "body"),
}
PROXIES = {
    "silent": (lambda peer: peer.hang(), "proxy"),
    "half a status line": (hang_after(b"HTTP/1.1 20"), "proxy"),
    "slow headers": (drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500), "proxy"),
    "silent tunnel": (hang_after(TUNNEL), "TLS handshake"),
}
# nginx answers a ClientHello with six records: ServerHello, ChangeCipherSpec, and encrypted EncryptedExtensions, Certificate,
# CertificateVerify, Finished.
HANDSHAKES = {
    "silent": records(0),
    "half a record header": records(0, more=3),
    "half a record": records(0, more=20),
    **{f"{count} records": records(count) for count in range(1, 6)},
    "half a certificate": records(3, more=100),
    "slow": drops(0.01),
}
SHARES = {
    "reading": {"hangs": [share.READ]},
    "reading slowly": {"piece": 1, "pause": 0.05},
    "reading slowly without end": {"piece": 100, "pause": 0.01, "size": 1 << 40},
}

STAGES = {
    "look-up": lambda to: to.named("hang.test"),
    "connection": lambda to: to.ask(f"https://127.0.0.1:{to.start.dead_port().port}/a.cer"),
    "hundreds of addresses": lambda to: to.named("again.test", to.start.dead_port().port),
    "redirects": lambda to: to.https(redirecting_slowly),
    "proxy's look-up": lambda to: to.named("localhost", proxy="http://hang.test:3128"),
    "proxy's connection": lambda to: to.ask("https://localhost:1/a.cer", proxy=f"http://127.0.0.1:{to.start.dead_port().port}"),
    **{f"answer: {name}": lambda to, script=script: to.https(script) for name, (script, _) in ANSWERS.items()},
    **{f"plain: {name}": lambda to, name=name: to.http(ANSWERS[name][0]) for name in ("no headers", "slow body")},
    **{f"proxy: {name}": lambda to, script=script: to.proxy(script) for name, (script, _) in PROXIES.items()},
    **{f"TLS: {name}": lambda to, deliver=deliver: to.tls(deliver) for name, deliver in HANDSHAKES.items()},
    **{f"share: {name}": lambda to, how=how: to.ask(to.start.share(**how).file) for name, how in SHARES.items()},
}


@pytest.fixture(scope="module")
def hung(watched, tls, resolver, tmp_path_factory):
    """hung(stage) -> Answer. All stages are asked at once: each lasts until its deadline, and costs nothing but time."""
    assert tls.right and watched.start_up >= 0 and watched.wine_itself >= 0  # made before there are threads

    def ask(stage):
        folder = tmp_path_factory.mktemp("stage")
        start = Servers(folder)
        try:
            return STAGES[stage](Asking(Agent(watched, folder), start, tls, resolver))
        finally:
            start.stop()

    with ThreadPoolExecutor(4 if watched.windows else 6) as pool:
        asked = {stage: pool.submit(ask, stage) for stage in STAGES}
    return lambda stage: asked[stage].result()


def test_a_name_look_up_that_hangs(hung):
    timed_out(hung("look-up"), "looked up")
    assert "torn down" not in hung("look-up").stderr


def test_a_connection_that_is_never_made(hung):
    timed_out(hung("connection"), "connection was made")


def test_a_name_with_hundreds_of_dead_addresses(hung):
    timed_out(hung("hundreds of addresses"), "connection was made")


@pytest.mark.parametrize("how", HANDSHAKES)
def test_a_handshake_that_never_ends(hung, how):
    timed_out(hung(f"TLS: {how}"), "TLS handshake")


@pytest.mark.parametrize("how", ANSWERS)
def test_an_answer_that_never_ends(hung, how):
    timed_out(hung(f"answer: {how}"), ANSWERS[how][1])


@pytest.mark.parametrize("how", ["no headers", "slow body"])
def test_an_answer_that_never_ends_over_plain_http(hung, how):
    timed_out(hung(f"plain: {how}"), ANSWERS[how][1])


def test_redirects_share_one_deadline(hung):
    timed_out(hung("redirects"), "headers")


@pytest.mark.parametrize("how", PROXIES)
def test_a_proxy_that_hangs(hung, how):
    timed_out(hung(f"proxy: {how}"), PROXIES[how][1])


def test_a_proxy_whose_name_look_up_hangs(hung):
    timed_out(hung("proxy's look-up"), "address of the proxy was looked up")


def test_a_proxy_whose_connection_is_never_made(hung):
    timed_out(hung("proxy's connection"), "connection to the proxy was made")


@pytest.mark.parametrize("how", SHARES)
def test_a_share_that_hangs(hung, how):
    timed_out(hung(f"share: {how}"), "file was read")


# Under Wine its server opens the files of all programs, and would hang itself.
@pytest.mark.linux
@pytest.mark.parametrize("operation", ["LOOKUP", "GETATTR", "OPEN"])
def test_a_share_that_does_not_even_open(agent, start, operation):
    file = start.share(hangs=[getattr(share, operation)]).file
    timed_out(agent.inspect(file, timeout=f"{TIMEOUT}s"), "file was read")


# What must not take the time until the deadline ---------------------------------------------------------------------------


def test_a_dead_address_leaves_time_for_the_next(agent, start, tls, published, resolver):
    server = start.hostile(answering(response(published)), tls.right)
    start.dead_port("127.0.0.2", server.port)
    source = f"https://two.test:{server.port}/a.cer"
    answer = agent.inspect(source, timeout="2s", ca_file=tls.ca.root, env=resolver)
    assert answer.exit == 0, answer
    assert 0.5 < answer.seconds < 2


def test_the_last_of_hundreds_of_addresses_is_reached(agent, start, tls, published, resolver):
    server = start.hostile(answering(response(published)), tls.right)
    source = f"https://hundreds.test:{server.port}/a.cer"
    assert agent.inspect(source, ca_file=tls.ca.root, env=resolver).exit == 0


def test_of_hundreds_of_addresses_that_refuse_a_few_are_named(agent, start, resolver):
    server = start.hostile(answering(b""))
    server.stop()
    answer = agent.inspect(f"https://hundreds.test:{server.port}/a.cer", env=resolver)
    assert (answer.exit, answer.codes) == (4, ["connect_failed"]), answer
    assert "127.1.3.100: " in answer.message and " more addresses" in answer.message and len(answer.message) < 600


def test_a_server_that_never_closes_costs_no_time_after_a_complete_body(agent, start, tls, published):
    whole = [response(published), CHUNKED_HEAD + b"%x\r\n%s\r\n0\r\n\r\n" % (len(published), published)]
    for data in whole:
        server = start.hostile(hang_after(data), tls.right)
        answer = agent.inspect(f"https://localhost:{server.port}/a.cer", ca_file=tls.ca.root)
        assert answer.exit == 0 and answer.seconds < 5, answer


REFUSES_THREADS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
static int refused;
int pthread_create(pthread_t *thread, const pthread_attr_t *attributes, void *(*work)(void *), void *argument) {
    if (refused++ < REFUSED) return EAGAIN;
    int (*create)(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *) = dlsym(RTLD_NEXT, "pthread_create");
    return create(thread, attributes, work, argument);
}
"""


def refusing_threads(folder, count):
    """The environment in which the first `count` threads are not to be had."""
    (folder / "threads.c").write_text(REFUSES_THREADS)
    library = folder / "threads.so"
    command = ["gcc", "-shared", "-fPIC", f"-DREFUSED={count}", "-o", library, folder / "threads.c"]
    subprocess.run(command, check=True, timeout=60)
    return {"LD_PRELOAD": str(library), "ASAN_OPTIONS": "verify_asan_link_order=0"}


@pytest.mark.linux
def test_a_system_that_gives_no_thread_is_an_error_and_not_the_end(agent, tmp_path):
    answer = agent.inspect("https://127.0.0.1:1/a.cer", env=refusing_threads(tmp_path, 99))
    assert (answer.exit, answer.codes) == (4, ["connect_failed"]), answer
    assert "no thread" in answer.message


@pytest.mark.linux
def test_without_a_second_thread_the_first_asks_every_source(machine, certificates, start, tmp_path):
    server = start.nginx()
    wanted = [certificates.wsus, certificates.self_signed("another", subject="/CN=Another")]
    for i, der in enumerate(wanted):
        server.publish(f"{i}.cer", der)
    machine.configure(*[pinned(der, f"http://localhost:{server.port}/{i}.cer") for i, der in enumerate(wanted)])
    run = machine.repair(env=refusing_threads(tmp_path, 2))  # the settings are read without the first
    assert run.exit == 0, run
