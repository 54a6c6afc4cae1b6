"""Reports on their way: the sinks of the program, run by tests/support/sink_probe.cpp."""

import json
from pathlib import Path

from program import Program

GOLDEN = Path(__file__).resolve().parents[1] / "unit/report/golden"


class Sinks(Program):
    """The probe of the system of the program under test."""

    def __init__(self, program):
        super().__init__(program.path.with_name("sink-probe" + program.path.suffix))

    def deliver(self, report, sink, target, **options):
        """What came of it: kind, detail, target. `report` names a golden file; a Path is told as the system has it."""
        named = {key: self.name_of(value) if isinstance(value, Path) else value for key, value in options.items()}
        target = self.name_of(target) if isinstance(target, Path) else target
        words = [f"{key}={value}" for key, value in named.items()]
        ended = self.run(self.name_of(GOLDEN / f"{report}.json"), sink, target, *words, timeout=120)
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout)
