"""Whatever hangs, the agent gives up at its deadline and says in which phase it was."""

import subprocess

import pytest
from machine import pinned
from servers import answering, response

TIMEOUT = 1.0
GRACE = 1.0  # the contract: the deadline and not more than a second

def timed_out(answer, phase):
    assert (answer.exit, answer.codes) == (4, ["timed_out"]), answer
    assert phase in answer.message
    assert TIMEOUT * 0.8 < answer.seconds < TIMEOUT + GRACE


def drip(data, first=b""):
    """A script that sends `first`, then `data` one byte at a time, never quite to its end."""

    def script(peer):
        peer.read_request()
        peer.send(first)
        for i in range(len(data) - 1):
            if peer.server.stopping.wait(0.05):
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


def test_a_name_look_up_that_hangs(agent, resolver):
    answer = agent.inspect("https://hang.test/a.cer", timeout="1s", env=resolver)
    timed_out(answer, "looked up")
    assert "torn down" not in answer.stderr


def test_a_connection_that_is_never_made(agent, start):
    port = start.dead_port().port
    timed_out(agent.inspect(f"https://127.0.0.1:{port}/a.cer", timeout="1s"), "connection was made")


def test_a_dead_address_leaves_time_for_the_next(agent, start, tls, published, resolver):
    server = start.hostile(answering(response(published)), tls.right)
    start.dead_port("127.0.0.2", server.port)
    source = f"https://two.test:{server.port}/a.cer"
    answer = agent.inspect(source, timeout="2s", ca_file=tls.ca.root, env=resolver)
    assert answer.exit == 0, answer
    assert 0.5 < answer.seconds < 2


def test_a_handshake_that_hangs(agent, start):
    server = start.hostile(lambda peer: peer.hang())
    timed_out(agent.inspect(f"https://127.0.0.1:{server.port}/a.cer", timeout="1s"), "TLS handshake")


@pytest.mark.parametrize(
    "script, phase",
    [
        (hang_after(b""), "headers"),
        (hang_after(b"HTTP/1.1 200 OK\r\nContent-Le"), "headers"),
        (drip(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 500), "headers"),
        (hang_after(response(b"half", length=1000)), "body"),
        (drip(b"x" * 1000, first=response(b"", length=1000)), "body"),
        (hang_after(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"), "body"),
        (hang_after(b"HTTP/1.1 200 OK\r\n\r\nno length, no end"), "body"),
    ],
    ids=["no headers", "half the headers", "slow headers", "half the body", "slow body", "no last chunk", "no end"],
)
def test_an_answer_that_never_ends(agent, start, tls, script, phase):
    server = start.hostile(script, tls.right)
    timed_out(agent.inspect(f"https://localhost:{server.port}/a.cer", timeout="1s", ca_file=tls.ca.root), phase)


def test_redirects_share_one_deadline(agent, start, tls):
    def script(peer):
        peer.read_request()
        peer.server.stopping.wait(0.4)
        peer.send(response(b"", status="302 Found", headers=["Location: /again"]))

    server = start.hostile(script, tls.right)
    timed_out(agent.inspect(f"https://localhost:{server.port}/a.cer", timeout="1s", ca_file=tls.ca.root), "headers")


def test_a_proxy_that_hangs(agent, start):
    proxy = start.hostile(lambda peer: peer.hang())
    answer = agent.inspect("https://localhost:1/a.cer", timeout="1s", proxy=f"http://127.0.0.1:{proxy.port}")
    timed_out(answer, "proxy")


def test_a_proxy_whose_name_look_up_hangs(agent, resolver):
    answer = agent.inspect("https://localhost:1/a.cer", timeout="1s", proxy="http://hang.test:3128", env=resolver)
    timed_out(answer, "looked up")


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
    run = machine.repair(env=refusing_threads(tmp_path, 1))
    assert run.exit == 0, run
