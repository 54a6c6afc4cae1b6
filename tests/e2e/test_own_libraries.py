"""Which libraries are in a program is read from its build: it is what the program says of itself, and what is unknown ends a release."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest
from program import Program

ROOT = Path(__file__).resolve().parents[2]
sys.path.append(str(ROOT / "packaging/releasing"))

import components  # noqa: E402
from components import ReleaseError, components_of  # noqa: E402


@pytest.fixture
def built(program):
    """As it is released: the native one without sanitizers."""
    return program if program.windows else Program(os.environ["WSUS_TRUST_AGENT_RELEASE"])


def test_the_versions_are_those_that_the_program_says(built):
    said = json.loads(built.run("--output", "json", "version").stdout)
    listed = {component.library.title: component for component in components_of(built.path)}
    assert said["openssl"] == listed["OpenSSL"].version
    assert said["boost"] == listed["Boost"].version
    assert said["fmt"] == listed["{fmt}"].calls_itself
    assert bool(listed["OpenSSL"].archives) == built.windows


def test_a_new_library_ends_the_release(built, monkeypatch, tmp_path):
    stranger, known = tmp_path / "libnew.a", components.linked_files(built.path)
    monkeypatch.setattr(components, "linked_files", lambda program: known | {stranger})
    with pytest.raises(ReleaseError, match=f"nothing says where {stranger} comes from"):
        components_of(built.path)


def test_a_package_whose_licence_is_not_known_ends_the_release(built, monkeypatch):
    known = components.linked_files(built.path)
    monkeypatch.setattr(components, "linked_files", lambda program: known | {Path(shutil.which("strace"))})
    with pytest.raises(ReleaseError, match="nothing says under which licence strace is"):
        components_of(built.path)


def test_a_tarball_that_is_not_the_pinned_one_ends_the_release(built, tmp_path):
    """Its licence would be somebody else's."""
    recipes = ROOT / "packaging/libraries"
    (prefix,) = [prefix for prefix, script in components.prefixes(built.path).items() if script == recipes]
    (tmp_path / "prefix").symlink_to(prefix)
    (tmp_path / "downloads").mkdir()
    tarball = components.tarball_component("fmt", prefix, recipes).tarball
    copy = tmp_path / "downloads" / tarball.name
    copy.write_bytes(tarball.read_bytes())
    assert components.tarball_component("fmt", tmp_path / "prefix", recipes).tarball == copy
    copy.write_bytes(tarball.read_bytes()[:-1])
    with pytest.raises(ReleaseError, match="is missing or not the pinned file"):
        components.tarball_component("fmt", tmp_path / "prefix", recipes)
