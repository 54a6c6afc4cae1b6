"""What the agent remembers, garbled or forged, and people who work against it."""

import pytest
import registry_values as values
from machine import carried, pinned

GARBAGE = {
    "NULs": values.hex_value(b"\0" * 300),
    "huge": values.hex_value(b"\xff" * 15_000),
    "deep": values.text("{" * 5_000),
    "a number": values.qword(2**63),
    "an empty list": values.hex_value(b"", "(7)"),
    "a later schema": values.hex_value('{"schemaVersion":2}\0'.encode("utf-16-le"), "(1)"),
}


@pytest.mark.parametrize("garbage", GARBAGE.values(), ids=GARBAGE)
def test_garbled_state_costs_history_only(machine, certificates, garbage):
    """Threat 24, all values at once; each alone: tests/contract/hostile_state_test.cpp."""
    der = certificates.wsus
    bystander = certificates.self_signed("bystander", subject="/CN=Bystander")
    machine.put_certificate("Root", bystander)
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    for key, named in machine.registry.keys("WsusTrustAgent").items():
        machine.registry.merge(key, {name: garbage for name in named} | {"Unknown": garbage})
    right = machine.state()
    assert machine.check().exit == 0
    assert machine.report("status").exit in (0, 1)
    run = machine.repair()
    assert (run.exit, run.changes()) == (0, [])
    assert machine.state() == right
    for key, named in machine.registry.keys("WsusTrustAgent").items():
        machine.registry.merge(key, {name: garbage for name in named})
    assert machine.undo().exit == 0
    assert not machine.holds("Root", der) and not machine.holds("TrustedPublisher", der)
    assert machine.holds("Root", bystander)


def test_a_cut_state_costs_history_only(machine, certificates):
    """Threat 24: every value cut in half."""
    der = certificates.wsus
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    for key, named in machine.registry.keys("WsusTrustAgent").items():
        cut = {}
        for name, value in named.items():
            kind, colon, digits = value.partition(":")
            if kind.startswith("hex"):
                cut[name] = kind + colon + ",".join(digits.split(",")[: len(digits.split(",")) // 2])
            elif value.startswith('"'):
                cut[name] = values.hex_value(value.strip('"').encode("utf-16-le")[: len(value) | 1], "(1)")
        machine.registry.merge(key, cut)
    assert machine.check().exit == 0
    run = machine.repair()
    assert (run.exit, run.changes()) == (0, [])
    assert machine.undo().exit == 0
    assert not machine.holds("Root", der) and not machine.holds("TrustedPublisher", der)


def test_a_forged_cache_and_a_forged_report_install_nothing_and_hide_nothing(machine, certificates):
    """Threat 25."""
    der, evil = certificates.wsus, certificates.self_signed("evil", subject="/CN=WSUS Publishers Self-signed")
    machine.registry.merge(r"WsusTrustAgent\Cache" + "\\" + values.sha256(der), {"Certificate": values.hex_value(evil)})
    machine.registry.merge(r"WsusTrustAgent\Cache" + "\\" + values.sha256(evil), {"Certificate": values.hex_value(evil)})
    machine.registry.merge(r"WsusTrustAgent\Status", {
        "Compliant": values.dword(1), "State": values.text("Compliant"), "LastCheckUtc": values.text("2026-01-01T00:00:00Z"),
        "LastLookUtc": values.text("2999-01-01T00:00:00Z"),
    })  # fmt: skip
    machine.configure(pinned(der, machine.program.name_of(machine.folder / "none.cer")))
    for run in (machine.check(), machine.repair()):
        assert run.exit == 4 and "publication_unreachable" in run.codes("error")
    for store in ("Root", "TrustedPublisher"):
        assert values.thumbprint(evil) not in machine.thumbprints(store)


def test_disallowed_wins_over_stale_settings_and_a_cached_copy(machine, certificates):
    """Threat 39."""
    der = certificates.wsus
    published = machine.folder / "wsus.cer"
    published.write_bytes(der)
    machine.configure(pinned(der, machine.program.name_of(published)), fetch={"refresh": "0s"})
    assert machine.repair().exit == 0
    published.unlink()
    machine.registry.erase_keys(*machine.entries_of(der))
    assert machine.check().finding("cached_copy_used"), "the agent has no cached copy"
    machine.put_certificate("Disallowed", der)
    for command in (["repair", "--scheduled"], ["repair"], ["repair", "--scheduled"], ["check"]):
        run = machine.report(*command)
        assert (run.exit, run.codes("error"), run.changes()) == (1, ["disallowed"], []), run
        assert not machine.holds("Root", der) and not machine.holds("TrustedPublisher", der)
    assert machine.undo().exit == 0
    assert machine.holds("Disallowed", der)
    assert machine.repair().codes("error") == ["disallowed"]


def test_what_was_removed_is_told_by_a_check_and_not_put_back_by_it(machine, certificates):
    """Threat 39."""
    der = certificates.wsus
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    machine.registry.erase_keys(*machine.entries_of(der))
    for _ in range(2):
        run = machine.check()
        assert (run.exit, run.codes("error")) == (1, ["not_in_root", "not_in_trusted_publisher"])
        assert not machine.holds("Root", der) and not machine.holds("TrustedPublisher", der)


@pytest.mark.windows
def test_what_somebody_removed_is_put_back_by_a_scheduled_run_once(machine, certificates):
    """Threat 39: incident response removes the certificate while settings and cache still have it."""
    der = certificates.wsus
    machine.configure(carried(der))
    assert machine.repair("--scheduled").exit == 0
    machine.registry.erase_keys(*machine.entries_of(der))
    run = machine.check()
    assert run.codes("error") == ["not_in_root", "not_in_trusted_publisher"]
    assert run.codes("warning") == ["removed_by_others", "removed_by_others"]
    run = machine.repair("--scheduled")
    assert (run.exit, run.codes()) == (0, ["removed_by_others", "removed_by_others"]), run
    assert machine.holds("Root", der) and machine.holds("TrustedPublisher", der)

    machine.registry.erase_keys(*machine.entries_of(der))
    for command in (["repair", "--scheduled"], ["check"], ["repair", "--scheduled"]):
        run = machine.report(*command)
        assert (run.exit, run.codes("error")[-2:], run.changes()) == (1, ["contested", "contested"], []), run
        assert not machine.holds("Root", der) and not machine.holds("TrustedPublisher", der)
    run = machine.repair()
    assert (run.exit, run.codes()) == (0, []), run
    assert machine.holds("Root", der)
