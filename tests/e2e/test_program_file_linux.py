"""The program file for Linux: what the linker was told."""

import subprocess

import pytest

pytestmark = pytest.mark.linux


def readelf(path, *options):
    return subprocess.run(["readelf", "--wide", *options, path], capture_output=True, text=True, check=True).stdout


def test_addresses_are_random_and_nothing_is_both_written_and_run(shipped):
    assert "Type:                              DYN" in readelf(shipped.path, "--file-header")
    segments = readelf(shipped.path, "--program-headers")
    flags = {line.split()[0]: line.split()[6:-1] for line in segments.splitlines() if line.startswith("  GNU_")}
    assert flags["GNU_STACK"] == ["RW"]
    loaded = [line.split()[6:-1] for line in segments.splitlines() if line.startswith("  LOAD")]
    assert loaded and not any({"W", "E"} <= set("".join(parts)) for parts in loaded)


def test_what_is_bound_at_the_start_is_never_written_again(shipped):
    assert "  GNU_RELRO" in readelf(shipped.path, "--program-headers")
    assert "BIND_NOW" in readelf(shipped.path, "--dynamic")
