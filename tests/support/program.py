"""The program under test: native, or the one for Windows, which Wine runs."""

import functools
import os
import subprocess
from pathlib import Path

WINE = Path(__file__).resolve().with_name("wine")


def wine_prefix():
    """The Wine prefix of the tests, as tests/support/wine finds it."""
    return Path(os.environ.get("WSUS_TRUST_AGENT_WINE_PREFIX") or WINE.parents[2] / "build/wine")


class Program:
    """`path` is the program; one that ends in .exe runs in the Wine prefix of the tests."""

    def __init__(self, path):
        self.path = Path(path)
        self.windows = self.path.suffix == ".exe"

    @functools.cached_property
    def sanitized(self):
        """Built with a sanitizer, which takes memory of its own."""
        return b"__asan_init" in self.path.read_bytes()

    def name_of(self, path):
        """A path of this system as the program under test has to be told it."""
        if not self.windows:
            return str(path)
        drive_c = wine_prefix() / "drive_c"
        inside = Path(path).is_relative_to(drive_c)
        drive, rest = ("C:/", Path(path).relative_to(drive_c)) if inside else ("Z:", path)
        return f"{drive}{rest}".replace("/", "\\")

    def command(self, *arguments):
        return [*([str(WINE)] if self.windows else []), str(self.path), *map(str, arguments)]

    def environment(self, more=None):
        """A scrubbed one; `more` is what the test adds. Wine gets its own from tests/support/wine, and hands on what the
        test adds."""
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}
        if self.windows:
            environment["WSUS_TRUST_AGENT_WINE_PREFIX"] = str(wine_prefix())
            environment["WSUS_TRUST_AGENT_WINE_KEEP"] = " ".join(more or {})
        return {**environment, **(more or {})}

    def run(self, *arguments, env=None, timeout=60, under=None, **options):
        """`under` are the words of a command that starts the program or its Wine, such as strace with its options."""
        environment = self.environment(env)
        if under and self.windows:
            environment["WSUS_TRUST_AGENT_WINE_UNDER"] = " ".join(under)
        return subprocess.run(
            [*([] if self.windows else under or []), *self.command(*arguments)],
            **{"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, **options},
            timeout=timeout,
            env=environment,
        )
