"""What is a target for fuzzing is built as a fuzzer, and run."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
TARGETS = sorted(path.name.removesuffix("_fuzz.cpp") for path in (REPOSITORY / "tests/fuzz").glob("*_fuzz.cpp"))


def text_of(name):
    return (REPOSITORY / name).read_text(encoding="utf-8")


def test_every_target_is_built():
    listed = re.search(r"foreach\(name IN ITEMS\s+([\w\s]+)\)\s+add_executable\(fuzz-", text_of("CMakeLists.txt"))
    assert listed[1].split() == TARGETS


def test_every_target_is_run():
    table = re.search(r"^TARGETS = \{\n(.*?)^\}", text_of("tests/fuzz/run"), re.DOTALL | re.MULTILINE)
    assert re.findall(r'"(\w+)": \d+,', table[1]) == TARGETS


def test_every_target_is_replayed():
    assert sorted(re.findall(r'Target\{"(\w+)"', text_of("tests/fuzz/targets.cpp"))) == TARGETS
