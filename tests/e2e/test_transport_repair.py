"""A whole repair whose sources all hang: it ends in a time that can be told beforehand."""

import hostile_share as share
import pytest
from machine import make_machine, pinned
from servers import answering, response

TIMEOUT = 1
AT_ONCE = 4  # sources of different certificates; those of one certificate are asked in turn


@pytest.fixture
def machine(watched, tmp_path):
    """Every run of the agent over it has a deadline."""
    return make_machine(watched, tmp_path)


def longest(*rounds):
    """The seconds that it may take: each round asks one source of so many certificates, and all of them hang."""
    return sum(-(-certificates // AT_ONCE) * TIMEOUT for certificates in rounds)


def hang_after(first):
    def script(peer):
        peer.read_request()
        peer.send(first)
        peer.hang()

    return script


def test_a_repair_whose_sources_all_hang_ends_in_time(machine, certificates, start, tls, resolver):
    def https(script, host="localhost", identity=tls.right):
        return f"https://{host}:{start.hostile(script, identity).port}/a.cer"

    hanging = [
        "https://hang.test/a.cer",
        https(hang_after(b""), host="127.0.0.1"),
        https(lambda peer: peer.hang(), host="127.0.0.1", identity=None),
        https(hang_after(response(b"half", length=1000)), host="127.0.0.1"),
        machine.program.name_of(start.share(hangs=[share.READ]).file),
    ]
    wanted = [certificates.self_signed(f"wanted{i}") for i in range(5)]
    turned = hanging[1:] + hanging[:1]
    machine.configure(
        *(pinned(der, first, second) for der, first, second in zip(wanted, hanging, turned)),
        fetch={"timeout": f"{TIMEOUT}s", "ca_file": machine.program.name_of(tls.ca.root)},
    )
    run = machine.repair(deadline=longest(5, 5), env=resolver)
    assert run.exit == 4, run
    assert sorted(set(run.codes())) == ["publication_unreachable", "timed_out"], run
    assert run.codes().count("publication_unreachable") == 5
    assert {f["subject"] for f in run.report["findings"] if f["code"] == "timed_out"} == set(hanging)
    assert [action for action, _, _ in run.changes()] == ["setPolicyValue"]
    assert not any(machine.holds(store, der) for store in ("Root", "TrustedPublisher") for der in wanted)


def test_one_source_that_works_is_found_behind_one_that_hangs(machine, certificates, start, tls):
    der = certificates.self_signed("behind")
    silent = start.hostile(hang_after(b""), tls.right)
    server = start.hostile(answering(response(der)), tls.right)
    sources = [f"https://localhost:{port}/a.cer" for port in (silent.port, server.port)]
    machine.configure(
        pinned(der, *sources),
        fetch={"timeout": f"{TIMEOUT}s", "ca_file": machine.program.name_of(tls.ca.root)},
    )
    run = machine.repair(deadline=longest(1, 1))
    assert run.exit == 0 and machine.holds("Root", der), run


def test_servers_that_nobody_trusts_are_refused_at_once_by_what_the_system_trusts(machine, certificates, start, tls):
    wanted = [certificates.self_signed(f"wanted{i}") for i in range(AT_ONCE)]
    servers = [start.hostile(answering(response(der)), tls.right) for der in wanted]
    machine.configure(
        *(pinned(der, f"https://localhost:{server.port}/a.cer") for der, server in zip(wanted, servers)),
        fetch={"timeout": "10s"},
    )
    run = machine.repair(deadline=10)
    assert run.exit == 4 and run.codes().count("tls_unknown_issuer") == AT_ONCE, run
    assert all(server.received == b"" for server in servers)
