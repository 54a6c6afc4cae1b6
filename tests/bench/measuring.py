"""Runs commands in turn and says what they cost: time and peak memory by `measure`, instructions by valgrind's callgrind."""

import contextlib
import os
import re
import statistics
import subprocess
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}


@dataclass
class Command:
    """What is run; its name is that of the table's row."""

    name: str
    words: list
    environment: dict = field(default_factory=lambda: ENVIRONMENT)
    exit: int = 0

    def __post_init__(self):
        self.words = [str(word) for word in self.words]


class Broken(Exception):
    """What was to be measured did not do what it should: then its time says nothing."""


@dataclass
class Runs:
    """What all runs of one command took: milliseconds in their order, and the highest peak of memory in KiB."""

    milliseconds: list
    peak_kib: int

    @property
    def median(self):
        return statistics.median(self.milliseconds)


def interleaved(measure, folder, commands, runs):
    """A B C A B C …: what else the machine does comes upon all of them alike. One round before is not counted."""
    lines = []
    for command in commands:
        lines.append("\t".join(["env", *(f"{key}={value}" for key, value in command.environment.items())]))
        lines.append("\t".join(command.words))
    listing = folder / "commands"
    listing.write_text("\n".join(lines) + "\n")
    done = subprocess.run([measure, str(runs + 1), listing], capture_output=True, text=True)
    if done.returncode != 0:
        raise Broken(done.stderr)
    found = [Runs([], 0) for _ in commands]
    for line in done.stdout.splitlines()[len(commands) :]:
        number, nanoseconds, exit, peak = map(int, line.split())
        command = commands[number]
        if exit != command.exit:
            raise Broken(f"{command.name}: exit {exit} instead of {command.exit}: {' '.join(command.words)}")
        found[number].milliseconds.append(nanoseconds / 1e6)
        found[number].peak_kib = max(found[number].peak_kib, peak)
    return found


@contextlib.contextmanager
def on_one_cpu():
    """Whatever is started inside runs on one and the same processor."""
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(allowed)})
    try:
        yield
    finally:
        os.sched_setaffinity(0, allowed)


def ratios(ours, theirs):
    """The ratio of the medians, and the quartiles of the ratios of the runs that followed each other."""
    pairs = [a / b for a, b in zip(ours.milliseconds, theirs.milliseconds)]
    low, _, high = statistics.quantiles(pairs, n=4, method="inclusive") if len(pairs) > 1 else (pairs[0],) * 3
    return ours.median / theirs.median, low, high


def all_instructions(commands):
    """Of each, by its name; several at once, because that changes no count."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip([command.name for command in commands], pool.map(instructions, commands)))


def instructions(command):
    """Of the whole process, from the dynamic linker on; with those that it starts (hivexget is a script)."""
    done = subprocess.run(
        ["/usr/bin/valgrind", "--tool=callgrind", "--trace-children=yes", "--callgrind-out-file=/dev/null",
         *command.words],
        env=command.environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    counted = re.findall(r"Collected : (\d+)", done.stderr)
    if done.returncode != command.exit or not counted:
        raise Broken(f"{command.name} under valgrind: exit {done.returncode}\n{done.stdout}\n{done.stderr}")
    return sum(map(int, counted))
