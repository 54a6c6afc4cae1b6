"""The program under test, held to what every fetch must keep to, whatever the other side does."""

import functools
import statistics
import tempfile
import time

from program import Program

GRACE = 1.0  # seconds: a fetch ends at its deadline, and the process not more than this later
# KiB that are resident at the peak of the whole process. Under Wine that counts Wine's own libraries, and shared pages.
MOST_MEMORY = 32 * 1024
STARTS = 5


class WatchedProgram(Program):
    """Every run has a deadline, and ends in time and without much memory, or fails the test that asked for it. What was
    measured is in `seconds` and `peak` (KiB) of what `run` returns."""

    def run(self, *arguments, deadline, cwd, env=None):
        with tempfile.NamedTemporaryFile(dir=cwd, prefix="peak-") as peak:
            # What is counted is what is resident since the program began: a child of this process would begin with all of
            # this one. `setpriv`: whoever kills `time` ends the program, too.
            watch = ["/usr/bin/time", "-q", "-f", "%M", "-o", peak.name, "/usr/bin/setpriv", "--pdeathsig", "KILL"]
            start = time.monotonic()
            ended = super().run(*arguments, cwd=cwd, env=env, under=watch, timeout=deadline + 60)
            ended.seconds = time.monotonic() - start
            ended.peak = int(peak.read())
        allowed = deadline + GRACE + self.start_up
        assert ended.seconds < allowed, f"{ended.seconds:.2f} s, allowed are {allowed:.2f} s: {ended}"
        # A sanitizer takes memory of its own: that claim is for the program as it is shipped.
        assert self.sanitized or ended.peak <= MOST_MEMORY, f"{ended.peak} KiB: {ended}"
        return ended

    @functools.cached_property
    def start_up(self):
        """Seconds that Wine takes to start a program and to end it, measured in this run: none of the agent's own time."""
        if not self.windows:
            return 0.0
        return statistics.median(self._seconds_of_version() for _ in range(STARTS))

    def _seconds_of_version(self):
        start = time.monotonic()
        assert super().run("version").returncode == 0
        return time.monotonic() - start
