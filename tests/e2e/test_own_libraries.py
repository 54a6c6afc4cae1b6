"""What a program says of the libraries in it is what its bill of materials says."""

import json
import os
import sys
from pathlib import Path

from program import Program

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging/releasing"))

from components import components_of  # noqa: E402


def test_the_versions_are_those_that_the_program_says(program):
    if not program.windows:
        program = Program(os.environ["WSUS_TRUST_AGENT_RELEASE"])
    said = json.loads(program.run("--output", "json", "version").stdout)
    listed = {component.library.title: component for component in components_of(program.path)}
    assert said["openssl"] == listed["OpenSSL"].version
    assert said["boost"] == listed["Boost"].version
    assert said["fmt"] == listed["{fmt}"].calls_itself
    assert bool(listed["OpenSSL"].archives) == program.windows
