"""The program under test, held to what every fetch must keep to, whatever the other side does."""

import functools
import statistics
import tempfile
import time

from program import Program

GRACE = 1.0  # seconds: a fetch ends at its deadline, and the process not more than this later
MOST_MEMORY = 32 * 1024  # KiB that are resident at the peak of the whole process; without Wine's own, see wine_itself
STARTS = 5


def measured(program, *arguments, **options):
    """What Program.run returns, and in it `seconds` and `peak`: the KiB that were resident at most since the program began.
    A child of this process would begin with all that this one has; `time` is small."""
    with tempfile.NamedTemporaryFile(prefix="peak-") as peak:
        # `setpriv`: whoever kills `time` ends the program, too.
        watch = ["/usr/bin/time", "-q", "-f", "%M", "-o", peak.name, "/usr/bin/setpriv", "--pdeathsig", "KILL"]
        start = time.monotonic()
        ended = Program.run(program, *arguments, under=watch, **options)
        ended.seconds = time.monotonic() - start
        ended.peak = int(peak.read())
    return ended


class WatchedProgram(Program):
    """Every run has a deadline, and ends in time and without much memory, or fails the test that asked for it; over a
    sanitizer build, in a minute more. What was measured is in `seconds` and `peak` (KiB) of what `run` returns."""

    def run(self, *arguments, deadline, **options):
        ended = measured(self, *arguments, timeout=deadline + 60, **options)
        if self.sanitized:  # takes time and memory of its own: the claims are for the program as it is shipped
            return ended
        allowed = deadline + GRACE + self.start_up
        if self.windows and ended.seconds >= allowed:
            # A machine that has become busy since is no fault of the program: what does Wine take for a start now?
            allowed = deadline + GRACE + self._start_up_now()
        assert ended.seconds < allowed, f"{ended.seconds:.2f} s, allowed are {allowed:.2f} s: {ended}"
        most = MOST_MEMORY + self.wine_itself
        assert ended.peak <= most, f"{ended.peak} KiB, allowed are {most}: {ended}"
        return ended

    @functools.cached_property
    def start_up(self):
        """Seconds that Wine takes to start a program and to end it, measured in this run: none of a fetch."""
        return self._start_up_now()

    @functools.cached_property
    def wine_itself(self):
        """KiB that Wine takes for a program which only prints how it is used, measured in this run."""
        return self._median(lambda: measured(Program(self.path.with_name("windows-probe.exe"))).peak)

    def _start_up_now(self):
        return self._median(lambda: measured(self, "version").seconds)

    def _median(self, measure):
        return statistics.median(measure() for _ in range(STARTS)) if self.windows else 0
