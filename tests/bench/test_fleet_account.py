"""What tests/bench/fleet calls accounted for: each way in which a report can be missing is noticed."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from fleet_account import DAY, HOUR, TEN_MINUTES, Account  # noqa: E402

RECOVERY = 2 * DAY
NAMES = ("start", "steady", "rotation", "outage", "recovery", "drain")


class Story:
    """A fleet of 1,000 agents that report once a day, at even intervals, after an outage."""

    def __init__(self, folder):
        self.work = folder
        self.reports = folder / "reports"
        self.reports.mkdir()
        self.kept = [(RECOVERY + 86 * i, i, f"run-{i}") for i in range(1000)]
        self.requests = [(time, 201) for time, _, _ in self.kept]
        self.taken = [name for _, _, name in self.kept]
        for name in self.taken:
            (self.reports / f"{name}.json").write_text(json.dumps({"runId": name}))
        self.end = {"agents": 1000, "compliant": 1000, "waiting": 0, "lost": 0, "abandoned": 0, "peakKib": 1024}

    def complaints(self):
        (self.work / "requests.txt").write_text("".join(f"{time} receiver {status}\n" for time, status in self.requests))
        (self.work / "kept.txt").write_text("".join(f"{time} {agent} {name}\n" for time, agent, name in self.kept))
        log = [f't a "fleet" "-" POST 201 2500 121 "{name}" "/live"' for name in self.taken]
        begins = [0, HOUR, 2 * HOUR, 3 * HOUR, RECOVERY, RECOVERY + DAY]
        phases = {
            name: {"from": begin, "to": end, "runs": 1, "wall": 1.0}
            for name, begin, end in zip(NAMES, begins, [*begins[1:], begins[-1]])
        }
        receiver = SimpleNamespace(log=lambda: log, reports=self.reports)
        return Account(self.work, phases, self.end, [], receiver, 1.0, 0).complaints()


@pytest.fixture
def story(tmp_path):
    return Story(tmp_path)


def test_a_fleet_whose_every_report_arrived_is_not_complained_about(story):
    assert story.complaints() == []


def test_a_report_that_was_sent_again_is_accounted_for(story):
    story.taken.append("run-7")
    story.requests.append((RECOVERY, 0))  # the first answer was lost
    assert story.complaints() == []


def test_a_report_that_is_not_in_the_store_is_missed(story):
    (story.reports / "run-7.json").unlink()
    assert story.complaints() == ["1 reports are missing at the receiver"]


def test_a_report_that_was_never_acknowledged_is_missed(story):
    story.taken.remove("run-7")
    assert "1 reports were never acknowledged" in story.complaints()


def test_a_file_with_another_report_is_noticed(story):
    (story.reports / "run-7.json").write_text(json.dumps({"runId": "run-8"}))
    assert story.complaints() == ["1 files hold another report"]


def test_a_report_that_nobody_kept_is_noticed(story):
    (story.reports / "stranger.json").write_text(json.dumps({"runId": "stranger"}))
    assert story.complaints() == ["1 reports arrived that nobody kept"]


def test_an_agent_that_falls_silent_is_noticed(story):
    story.kept.append((RECOVERY + 4 * DAY, 7, "run-late"))
    story.taken.append("run-late")
    story.requests.append((RECOVERY + 4 * DAY, 201))
    (story.reports / "run-late.json").write_text(json.dumps({"runId": "run-late"}))
    assert story.complaints() == ["1 agents reported nothing for more than 28 hours"]


@pytest.mark.parametrize("what, complaint", [
    ("waiting", "1 reports still wait"), ("lost", "1 reports were dropped, refused or damaged"),
    ("abandoned", "1 deliveries were left hanging"),
])
def test_what_the_agents_say_at_the_end_counts(story, what, complaint):
    story.end[what] = 1
    assert story.complaints() == [complaint]


def test_an_agent_that_is_not_compliant_is_noticed(story):
    story.end["compliant"] -= 1
    assert story.complaints() == ["1 agents are not compliant at the end"]


@pytest.mark.parametrize("extra, complaints", [(50, 0), (200, 1)])
def test_more_than_twice_the_average_in_ten_minutes_is_a_herd(story, extra, complaints):
    """100 in each ten minutes, then `extra` ones at once, across two of the plot's steps."""
    for i in range(14400):
        story.requests.append((RECOVERY + 6 * i, 503))
    story.requests += [(RECOVERY + TEN_MINUTES - 5 + i % 10, 503) for i in range(extra)]
    story.taken += [""] * (14400 + extra)
    found = story.complaints()
    assert [complaint.startswith("after the outage") for complaint in found] == [True] * complaints
