"""Threat 13: a clock that somebody sets back or forward, or that lost its battery."""

from datetime import datetime, timedelta, timezone

import pytest
from clock import build_clock
from machine import carried, pinned

pytestmark = pytest.mark.linux

HOUR = 3600
DAY = 24 * HOUR
VALID = 30 * DAY


@pytest.fixture(scope="session")
def wrong_clock(tmp_path_factory):
    return build_clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture
def short(certificates):
    """Valid from about now for thirty days."""
    return certificates.self_signed("short-lived", days=30)


def test_the_clock_is_really_wrong(machine, wrong_clock):
    now = datetime.fromisoformat(machine.check(env=wrong_clock(-100 * DAY)).report["time"])
    assert abs(datetime.now(timezone.utc) - timedelta(days=100) - now) < timedelta(minutes=5)


@pytest.mark.parametrize(
    "wrong_by, code",
    [
        (-56 * 365 * DAY, "not_yet_valid"),  # where clocks without a battery begin
        (-25 * HOUR, "not_yet_valid"),
        (-23 * HOUR, None),
        (VALID - HOUR, None),
        (VALID + HOUR, "expired"),
        (70 * 365 * DAY, "expired"),
    ],
)
def test_nothing_is_installed_outside_its_validity(machine, short, wrong_clock, wrong_by, code):
    machine.configure(carried(short))
    run = machine.repair(env=wrong_clock(wrong_by))
    assert (run.exit, code in [*run.codes("error"), None]) == (6 if code else 0, True), run
    assert machine.holds("Root", short) == machine.holds("TrustedPublisher", short) == (code is None)


def test_a_clock_that_jumps_takes_nothing_away_and_puts_nothing_back(machine, short, wrong_clock):
    published = machine.folder / "wsus.cer"
    published.write_bytes(short)
    machine.configure(pinned(short, published))
    assert machine.repair().exit == 0
    right = machine.state()
    for wrong_by in (-1000 * DAY, 1000 * DAY):
        run = machine.repair(env=wrong_clock(wrong_by))
        assert run.changes() == [], "what is in place is no business of the clock"
        assert machine.state() == right
    machine.registry.erase_keys(*machine.entries_of(short))
    for wrong_by in (-1000 * DAY, 1000 * DAY):
        run = machine.repair(env=wrong_clock(wrong_by))
        assert run.exit == 6, "the copy in the cache is subject to the same rule"
        assert not machine.holds("Root", short) and not machine.holds("TrustedPublisher", short)
    assert machine.repair().exit == 0
    assert machine.holds("Root", short)
