"""Threats 22 and 23 over the program as it is shipped: killed at any system call, and any system call that fails.

strace does both at the entry of a call: the call is not made. "Right after call k" is the entry of the next one. It counts the
calls of each name in each thread on its own, so a moment is (name, k), of whichever thread comes to it. (With --seccomp-bpf it
would count wrongly.) The reference trace of an undisturbed run lists the
moments; a run in which a moment does not come (threads, a partial read of a socket) is a run that was not disturbed, and is
counted as such.
"""

import collections
import hashlib
import json
import os
import re
import shlex
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

import jsonschema
import pytest
from hive_tools import Hive
from machine import SCHEMA, Run, carried, pinned
from registry_values import parse_reg

pytestmark = pytest.mark.linux

AT_ONCE = 2
CALL = re.compile(r"(?:(\d+) +)?(\w+)\((.*)")
# What puts bytes, names, rights or durability on the medium, and what maps it.
CHANGING = {"write", "pwrite64", "fsync", "rename", "unlink", "fchmod", "fchown", "fsetxattr", "ftruncate", "flock", "mmap"}
FAILING = CHANGING - {"mmap"} | {"openat"}
ERRORS = ("ENOSPC", "EIO", "EACCES")
VOLATILE = {"LastCheckUtc", "LastRepairUtc", "LastLookUtc", "TimeUtc", "Report", "Id"}
LEFTOVER = re.compile(r"SOFTWARE\.wsus-trust-agent-......$")


class Copy:
    """An image of its own in a folder of its own, for one run."""

    def __init__(self, folder, start):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self.folder = folder
        self.hive = folder / "SOFTWARE"
        shutil.copyfile(start, self.hive)

    def digest(self):
        return hashlib.sha256(self.hive.read_bytes()).hexdigest()

    def names(self):
        return sorted(entry.name for entry in self.folder.iterdir())


def content(hive):
    """What other people's reader finds in the hive, but for times, the report with its list of changes, and the id of a run."""
    found = parse_reg(Hive(hive).export("", prefix="HKLM"), "HKLM")
    return {key: {n: v for n, v in named.items() if n not in VOLATILE} for key, named in found.items()}


class Moments:
    """The system calls of an undisturbed run of `command`, thread by thread."""

    def __init__(self, trace, settings):
        self.calls = []  # (name, k, rest of the line); of the thread that has it first
        self.every = []  # the same, of every thread
        threads = collections.defaultdict(collections.Counter)
        seen = set()
        for line in trace.read_text().splitlines():
            call = CALL.match(line)
            if not call:
                continue
            thread, name, rest = call.groups()
            threads[thread][name] += 1
            moment = (name, threads[thread][name])
            self.every.append((*moment, rest))
            if moment not in seen:
                seen.add(moment)
                self.calls.append((*moment, rest))
        # Until its settings are looked for, the dynamic loader and the start of the libraries are at work.
        self.begin = next(i for i, (name, _, rest) in enumerate(self.calls) if name != "execve" and str(settings) in rest)

    def of_the_program(self):
        return self.calls[self.begin:]

    def start_up(self):
        return self.calls[:self.begin]


class Trials:
    """Runs of one command over copies of one image."""

    def __init__(self, kind, shipped, folder, settings, start, command):
        self.kind, self.shipped, self.folder, self.settings = kind, shipped, folder, settings
        self.start, self.command = start, command
        self.trace = folder / "trace"
        copy = self.copy("reference")
        before = content(copy.hive)
        run = self.run(copy, ["strace", "-f", "-s", "300", "-o", str(self.trace)])
        assert run.returncode == 0, run
        self.old, self.new = before, content(copy.hive)
        self.old_digest = hashlib.sha256(self.start.read_bytes()).hexdigest()
        self.moments = Moments(self.trace, settings)

    def copy(self, name):
        return Copy(self.folder / name, self.start)

    def arguments(self, copy, *more):
        return [str(self.shipped.path), "--config", str(self.settings), "--image", str(copy.hive), "--output", "json", *more]

    def run(self, copy, under=(), command=None, **options):
        return subprocess.run(
            [*under, *self.arguments(copy, *(command or self.command))],
            **{"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, **options},
            env=self.shipped.environment(),
            timeout=60,
        )

    def each(self, moments, disturb):
        """The results of `disturb(moment, copy)`, some at once, each with a copy of its own."""
        with ThreadPoolExecutor(AT_ONCE) as pool:
            numbered = [(moment, f"run{i}") for i, moment in enumerate(moments)]
            return list(pool.map(lambda one: disturb(one[0], self.copy(one[1])), numbered))


def injected(name, k, what):
    return ["strace", "-f", "-o", "/dev/null", "-e", f"trace={name}", "-e", f"inject={name}:{what}:when={k}"]


def check_what_is_there(trials, copy, moment):
    """The hive is the old one byte for byte, or the complete new one; at most one temporary file is beside it. True: new."""
    others = [name for name in copy.names() if name != "SOFTWARE"]
    assert len(others) <= 1 and all(LEFTOVER.match(name) for name in others), (moment, others)
    if copy.digest() == trials.old_digest:
        return False
    assert content(copy.hive) == trials.new, moment
    return True


def check_that_it_converges(trials, copy, moment):
    run = trials.run(copy)
    assert run.returncode == 0, (moment, run)
    assert content(copy.hive) == trials.new, moment
    assert copy.names() == ["SOFTWARE"], (moment, copy.names())


@pytest.fixture(params=["repair", "undo", "distrust", "refresh"])
def trials(request, shipped, tmp_path, certificates, tls, start):
    """repair fetches from a web server and fills the cache; undo takes that back; distrust moves it to the untrusted ones;
    refresh asks again for what is in place and is told another ETag, with which an image that is right is not written to."""
    server = start.nginx(tls.right)
    der = certificates.self_signed("old-wsus", usage=None, key_usage=None, subject="/CN=Old WSUS")
    server.publish("wsus.cer", der)
    settings = tmp_path / "agent.yaml"
    entry = pinned(der, f"https://localhost:{server.port}/wsus.cer", allow=["no_eku"])
    fetch = {"timeout": "10s", "ca_file": str(tls.ca.root), **({"refresh": "0s"} if request.param == "refresh" else {})}
    settings.write_text(json.dumps({"certificates": [entry], "fetch": fetch}))
    settings.chmod(0o600)
    image = tmp_path / "start"
    subprocess.run([shipped.path.parent / "make-hive", image, "--software"], check=True, timeout=60)
    made = Trials("repair", shipped, tmp_path, settings, image, ["repair"])
    if request.param == "repair":
        return made
    repaired = tmp_path / "repaired"
    shutil.copyfile(made.folder / "reference" / "SOFTWARE", repaired)
    if request.param in ("undo", "distrust"):
        command = ["distrust", entry["sha256"]] if request.param == "distrust" else ["undo"]
        return Trials(request.param, shipped, tmp_path, settings, repaired, command)
    os.utime(server.folder / "wsus.cer", (1_000_000_000, 1_000_000_000))  # nginx makes the ETag of the time
    return Trials("refresh", shipped, tmp_path, settings, repaired, ["repair"])


def test_killed_at_any_system_call_the_image_is_whole_and_the_next_run_converges(trials):
    """What comes before the program looks for its settings is left out: it names neither the image nor its folder."""
    reference = str(trials.folder / "reference")
    assert not [rest for name, _, rest in trials.moments.start_up() if name != "execve" and reference in rest]

    def kill(moment, copy):
        run = trials.run(copy, injected(*moment, "signal=KILL"))
        killed = run.returncode == -9
        assert killed or run.returncode == 0, (moment, run)
        check_what_is_there(trials, copy, moment)
        untouched = copy.digest() == trials.old_digest and copy.names() == ["SOFTWARE"]
        if not untouched:  # what the reference run began with, it made of that what it made
            check_that_it_converges(trials, copy, moment)
        shutil.rmtree(copy.folder)
        return moment if killed else None

    moments = [(name, k) for name, k, _ in trials.moments.of_the_program() if name != "exit_group"]
    hit = [moment for moment in trials.each(moments, kill) if moment]
    print(f"{trials.kind}: {len(moments)} moments, {len(hit)} kills, of {len({name for name, _ in hit})} different calls")
    assert len(hit) > len(moments) * 0.9, "hardly any run was killed"
    missed = {(name, k) for name, k in moments if name in CHANGING} - set(hit)
    assert not missed, "not every call that changes something was hit"


def check_report(trials, report, run, new):
    """It says what is so: `new` tells whether the image was replaced."""
    jsonschema.validate(report, SCHEMA)
    assert report["exitCode"] == run.returncode, run
    assert run.returncode in (0, 4) or "error" in {finding["severity"] for finding in report["findings"]}, run
    assert any(change["outcome"] == "done" for change in report["changes"]) == new, run
    if report["inDesiredState"] is not None:
        assert report["inDesiredState"] == (new or trials.kind == "refresh"), run


class ExpectedExits:
    """From the table of exit codes, by what the call is about and how far the run had come."""

    def __init__(self, moments, image, settings):
        calls = [(name, rest) for name, _, rest in moments.every]
        self.moments, self.image, self.settings = moments, str(image), settings
        self.created = next((i for i, (_, rest) in enumerate(calls) if "O_CREAT" in rest and str(image) in rest), len(calls))
        self.renamed = next((i for i, (name, _) in enumerate(calls) if name == "rename"), len(calls))
        folder = f'"{image}", O_RDONLY'
        listed = [i for i, (name, rest) in enumerate(calls) if name == "openat" and folder in rest]
        self.tidying = listed[1:2]  # the lock; what killed runs left; the logs of the hive, …

    def of(self, name, k, error):
        """Of every thread that comes to such a call."""
        places = [i for i, call in enumerate(self.moments.every) if call[:2] == (name, k)]
        return set().union(*(self.of_call(place, error) for place in places))

    def of_call(self, place, error):
        name, _, rest = self.moments.every[place]
        denied = error == "EACCES"
        if name == "write" and rest.startswith("1, "):
            return {8}  # the report could not be delivered
        if str(self.settings) in rest or f'"{self.settings.parent}"' in rest:
            return {3}
        if place > self.renamed:
            return {8} if name == "fsync" else {0}  # done; but it may not last
        if place in self.tidying:
            return {0}
        if "/gconv/" in rest:
            return {0, 8, 9}  # libhivex cannot read or write names without it
        if "O_CREAT" in rest or name in {"write", "fsync", "rename", "fchmod", "fchown", "fsetxattr"} and place > self.created:
            return {5 if denied else 8}  # a change that failed
        if self.image in rest or name == "flock":
            looking = place < self.created
            return {5} if denied else {9} if looking else {8, 9}  # of what was written: it cannot be verified
        return {0, 4}  # what the resolver and TLS look for


def test_with_any_call_failing_the_old_image_is_whole_and_the_report_is_right(trials):
    """Threat 23."""
    expected = ExpectedExits(trials.moments, trials.folder / "reference", trials.settings)

    def fail(moment, copy):
        name, k, error = moment
        run = trials.run(copy, injected(name, k, f"error={error}"))
        rest = next(r for n, number, r in trials.moments.calls if (n, number) == (name, k))
        allowed = expected.of(name, k, error)
        assert run.returncode in allowed, f"exit {run.returncode}, not {allowed}: {rest}"
        new = check_what_is_there(trials, copy, moment)
        assert copy.names() == ["SOFTWARE"], run
        if run.stdout:
            check_report(trials, json.loads(run.stdout), run, new)
        else:
            assert (name, run.returncode) == ("write", 8) and "standard output" in run.stderr, run
        if new:
            check_that_it_converges(trials, copy, moment)
        shutil.rmtree(copy.folder)
        return run.returncode

    def fail_and_tell(moment, copy):
        try:
            return fail(moment, copy)
        except AssertionError as error:
            return f"{moment}: {error}"

    moments = [(name, k, error) for name, k, rest in trials.moments.of_the_program() for error in ERRORS if name in FAILING]
    exits = collections.Counter(trials.each(moments, fail_and_tell))
    wrong = [told for told in exits if isinstance(told, str)]
    assert not wrong, "\n".join(wrong)
    print(f"{trials.kind}: {len(moments)} failures, exits {dict(exits)}")
    assert set(exits) >= ({5, 8, 9} if trials.kind != "refresh" else {5, 8}), exits


def run_with(machine, shipped, redirection, *arguments):
    """As a shell starts it with a redirection."""
    command = [shipped.path, "--config", machine.settings, "--image", machine.root, *arguments]
    line = " ".join(shlex.quote(str(word)) for word in command) + " " + redirection
    return Run(subprocess.run(["sh", "-c", line], capture_output=True, text=True, env=shipped.environment(), timeout=60))


@pytest.mark.parametrize("stderr", ["2>&-", "2>/dev/full"])
def test_a_log_that_cannot_be_written_is_never_in_the_way(machine, shipped, certificates, stderr):
    machine.configure(carried(certificates.wsus))
    run = run_with(machine, shipped, stderr, "--output", "json", "--verbose", "repair")
    assert (run.exit, run.report["exitCode"]) == (0, 0), run
    assert machine.holds("Root", certificates.wsus)


@pytest.mark.parametrize("stdout", [">&-", ">/dev/full"])
def test_a_report_that_cannot_be_delivered_exits_8_and_the_repair_is_done(machine, shipped, certificates, stdout):
    machine.configure(carried(certificates.wsus))
    run = run_with(machine, shipped, stdout, "repair")
    assert (run.exit, run.out) == (8, ""), run
    assert "could not be written to standard output" in run.err
    assert machine.holds("Root", certificates.wsus)
    assert machine.check().exit == 0
