"""Takes something to a server through the program's own uplink (uplink_probe.cpp), and sees what came of it."""

from dataclasses import dataclass
from pathlib import Path

from watched_program import WatchedProgram


@dataclass
class Outcome:
    """`status` is None and `error` a reason where there was no answer."""

    status: int | None
    retry: int | None
    size: int  # of the answer's body
    body: str  # printable
    error: str | None
    message: str
    sent: bool
    seconds: float
    peak: int


def uplink_probe(program):
    """The one that was built with `program`."""
    return WatchedProgram(program.path.with_name(f"uplink-probe{'.exe' if program.windows else ''}"))


class Uplink:
    """Whatever it meets there, each call must end at its deadline and stay small: that is looked at here, for every test."""

    def __init__(self, probe, folder):
        self.program = probe
        self._folder = folder

    def _run(self, words, data, seconds, ca, env, **options):
        file = self._folder / "report"
        file.write_bytes(data)
        more = {"ca": ca, **options}
        switches = []
        for name, value in more.items():
            for one in value if isinstance(value, list) else [value]:
                if one is not None:
                    switches += [f"--{name}", self.program.name_of(one) if isinstance(one, Path) else one]
        ended = self.program.run(*words, self.program.name_of(file), seconds, *switches, deadline=seconds, env=env)
        said = dict(line.partition(" ")[::2] for line in ended.stdout.splitlines())
        assert ended.returncode == (1 if "error" in said else 0) and not ended.stderr, ended
        size, _, body = said.get("body", "0 ").partition(" ")
        number = {key: int(said[key]) if key in said else None for key in ("status", "retry")}
        return Outcome(
            **number, size=int(size), body=body, error=said.get("error"), message=said.get("message", ""),
            sent="sent" in said, seconds=ended.seconds, peak=ended.peak,
        )

    def post(self, url, data=b'{"a":"report"}', seconds=10, ca=None, env=None, **options):
        """`options`: proxy="HOST:PORT", certificate=Path, field=["Name: value", ...]."""
        return self._run(["post", url], data, seconds, ca, env, **options)

    def send(self, port, data=b"11 <14>1 - a b", host="localhost", seconds=10, ca=None, env=None):
        return self._run(["send", host, port], data, seconds, ca, env)
