"""Every patch of tests/mutation still takes a defence out of the program as it is now, and names tests that exist."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

tests = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(tests / "mutation"))

from mutants import all_mutants, read  # noqa: E402


def unit_tests():
    """The names of all Catch2 test cases; adjacent literals are one name, as in C++."""
    names = set()
    for file in tests.rglob("*_test.cpp"):
        for literals in re.findall(r'TEST_CASE(?:_METHOD)?\(\s*(?:\w+,\s*)?((?:"(?:[^"\\]|\\.)*"\s*)+)', file.read_text()):
            pieces = re.findall(r'"((?:[^"\\]|\\.)*)"', literals)
            names.add(re.sub(r"\\(.)", r"\1", "".join(pieces)))
    return names


def e2e_tests():
    return {
        f"{file.name}::{node.name}"
        for file in (tests / "e2e").glob("test_*.py")
        for node in ast.parse(file.read_text()).body
        if isinstance(node, ast.FunctionDef)
    }


@pytest.mark.parametrize("mutant", all_mutants(), ids=lambda mutant: mutant.name)
def test_a_patch_applies(mutant):
    applied = subprocess.run(["git", "apply", "--check", mutant.file], cwd=tests.parent, capture_output=True, text=True)
    assert applied.returncode == 0, applied.stderr


def test_every_patch_names_tests_that_exist():
    known = {f"unit {name}" for name in unit_tests()} | {f"e2e {name}" for name in e2e_tests()}
    missing = [
        f"{mutant.name}: {test}" for mutant in all_mutants() for test in mutant.caught_by if test.split("[")[0] not in known and test not in known
    ]
    assert missing == []


@pytest.mark.parametrize(
    "head",
    [
        "Defence: x\nSystem: linux\n",
        "Defence: x\nSystem: dos\nCaught-by: unit x\n",
        "System: linux\nCaught-by: unit x\n",
        "Defence: x\nSystem: linux\nCaught-by: luck\n",
        "Defence: x\nSystem: linux\nCaught-by: unit x\nColour: red\n",
    ],
)
def test_a_head_that_says_too_little_is_refused(tmp_path, head):
    file = tmp_path / "x.patch"
    file.write_text(head + "\ndiff --git a/x b/x\n")
    with pytest.raises(ValueError, match="x.patch"):
        read(file)
