"""What a simulated fleet did: requests by virtual time, and whether the receiver has every report."""

import json
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

MINUTE = 60
TEN_MINUTES = 10 * MINUTE
HOUR = 3600
DAY = 24 * HOUR
LONGEST_SILENCE = DAY + 4 * HOUR  # a heartbeat, and the run that it waits for
ENOUGH = 50  # requests in ten minutes; of fewer the highest count is more chance than load
# As packaging/receivers/nginx.conf writes it.
LOG = re.compile(r'\S+ \S+ ".*?" ".*?" (?P<method>\S+) (?P<status>\d+) (?P<received>\d+) (?P<sent>\d+) "(?P<id>.*?)" ".*?"')


@dataclass
class Phase:
    """`begin` and `end` in seconds of virtual time since the start of everything."""

    name: str
    begin: int
    end: int
    runs: int
    wall: float

    @property
    def seconds(self):
        return self.end - self.begin


def highest(times, window):
    """The most that ever fell into `window` seconds."""
    best = first = 0
    for last, time in enumerate(times):
        while time - times[first] >= window:
            first += 1
        best = max(best, last - first + 1)
    return best


def number(value, digits=2):
    return f"{value:,.{digits}f}"


class Account:
    """`phases` and `end` as the simulation told them; the rest from the servers' logs and the receiver's disk."""

    def __init__(self, work, phases, end, publisher_log, receiver, receiver_cpu, faults):
        first = next(iter(phases.values()))["from"]
        self.phases = [
            Phase(name, told["from"] - first, told["to"] - first, told["runs"], told["wall"]) for name, told in phases.items()
        ]
        self.end = end
        self.agents = end["agents"]
        self.faults = faults
        lines = [line.split() for line in (work / "requests.txt").read_text().splitlines()]
        self._requests = sorted((int(time) - first, server, int(status)) for time, server, status in lines)
        self._kept = [line.split() for line in (work / "kept.txt").read_text().splitlines()]
        self._publisher_log = publisher_log
        self._receiver_log = [match for line in receiver.log() if (match := LOG.fullmatch(line))]
        self._stored = {file.stem: file for file in receiver.reports.iterdir()}
        self._receiver_cpu = receiver_cpu

    def phase(self, name):
        return next(phase for phase in self.phases if phase.name == name)

    def times(self, server, answered, phase=None):
        """When requests were made; `answered`: by somebody."""
        begin, end = (phase.begin, phase.end) if phase else (0, float("inf"))
        return [
            time for time, which, status in self._requests if which == server and (status != 0) == answered and begin <= time < end
        ]

    @cached_property
    def accepted(self):
        """How often the receiver took each report."""
        return Counter(match["id"] for match in self._receiver_log if match["status"] in ("201", "204"))

    @property
    def recovery(self):
        """The average of ten minutes in the recovery, and the highest count of any ten."""
        phase = self.phase("recovery")
        times = self.times("receiver", True, phase)
        return len(times) * TEN_MINUTES / phase.seconds, highest(times, TEN_MINUTES)

    @property
    def size(self):
        """Mean bytes of a report's request and answer, as HTTP."""
        taken = [match for match in self._receiver_log if match["status"] in ("201", "204")]
        return tuple(sum(int(match[name]) for match in taken) / max(1, len(taken)) for name in ("received", "sent"))

    def _silences(self):
        """Agents that kept nothing for too long."""
        by_agent = {}
        for time, agent, _ in self._kept:
            by_agent.setdefault(agent, []).append(int(time))
        silent = self.agents - len(by_agent)
        return silent + sum(any(b - a > LONGEST_SILENCE for a, b in zip(times, times[1:])) for times in by_agent.values())

    def _compared_with_logs(self):
        """A request that an agent gave up, because this machine was too slow for it, may be in the log or not."""
        found = []
        for server, log in (("publisher", self._publisher_log), ("receiver", self._receiver_log)):
            answered, alone = len(self.times(server, True)), len(self.times(server, False))
            found.append((max(0, answered - len(log)), max(0, len(log) - answered - alone)))
        return (sum(counts) for counts in zip(*found))

    def complaints(self):
        kept = {run for _, _, run in self._kept}
        stored_wrong = sum(json.loads(file.read_bytes())["runId"] != name for name, file in self._stored.items())
        average, peak = self.recovery
        made, logged = self._compared_with_logs()
        found = {
            "reports are missing at the receiver": len(kept - self._stored.keys()),
            "reports were never acknowledged": len(kept - self.accepted.keys()),
            "reports arrived that nobody kept": len(self._stored.keys() - kept),
            "files hold another report": stored_wrong,
            "reports still wait": self.end["waiting"],
            "reports were dropped, refused or damaged": self.end["lost"],
            "deliveries were left hanging": self.end["abandoned"],
            "agents reported nothing for more than 28 hours": self._silences(),
            "agents are not compliant at the end": self.agents - self.end["compliant"],
            "answers are in no server's log": made,
            "requests are in a server's log that nobody made": logged,
        }
        said = [f"{count:,} {what}" for what, count in found.items() if count != 0]
        if average >= ENOUGH and peak > 2 * average:
            said.append(f"after the outage {peak} requests in ten minutes are more than twice the average, {average:.1f}")
        return said

    def text(self):
        return "\n\n".join([self._table(), self._story()])

    def _table(self):
        head = ["phase", "virtual", "runs", "fetches", "per s", "peak 1 min", "peak 10 min", "reports taken", "per s",
                "peak 1 min", "peak 10 min", "nobody there", "MB a day", "real s", "requests per real s"]
        rows = [head, ["---"] + ["---:"] * (len(head) - 1)]
        for phase in self.phases:
            seconds = max(1, phase.seconds)
            fetches = self.times("publisher", True, phase)
            reports = self.times("receiver", True, phase)
            alone = self.times("receiver", False, phase)
            per_day = len(reports) / seconds * DAY * sum(self.size) / 1e6
            rows.append([
                phase.name, f"{seconds / HOUR:.1f} h", f"{phase.runs:,}",
                *self._rates(fetches, seconds), *self._rates(reports, seconds),
                f"{len(alone):,}", number(per_day, 1), number(phase.wall, 1),
                number((len(fetches) + len(reports) + len(alone)) / max(phase.wall, 0.001), 0),
            ])
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)

    @staticmethod
    def _rates(times, seconds):
        """Count, mean a second, and the peaks of one and of ten minutes as rates a second."""
        return [
            f"{len(times):,}", number(len(times) / seconds, 3),
            number(highest(times, MINUTE) / MINUTE), number(highest(times, TEN_MINUTES) / TEN_MINUTES),
        ]

    def _story(self):
        average, peak = self.recovery
        received, sent = self.size
        taken = sum(self.accepted.values())
        judged = "" if average >= ENOUGH else "; not judged, because so few are chance"
        wall = sum(phase.wall for phase in self.phases)
        requests = len(self._requests)
        return "\n".join([
            f"- {self.agents:,} agents{f', {self.faults} % of all requests answered with 503' if self.faults else ''}: "
            f"{sum(phase.runs for phase in self.phases):,} runs, {requests:,} requests in {wall:.0f} s ({requests / wall:.0f} "
            f"a second), {self.end['peakKib'] / 1024:.0f} MiB at the peak.",
            f"- {len(self._kept):,} reports were worth sending, {len(self._stored):,} are stored; {taken:,} were acknowledged, "
            f"{taken - len(self.accepted):,} of them again.",
            f"- After the outage: at most {peak} requests in ten minutes, {peak / max(average, 0.01):.2f} times the average of "
            f"{average:.1f} (limit: 2{judged}).",
            f"- A report is {received:,.0f} bytes of request and {sent:,.0f} of answer, and takes nginx "
            f"{1000 * self._receiver_cpu / max(1, len(self._receiver_log)):.2f} ms of a processor, TLS and store included.",
        ])
