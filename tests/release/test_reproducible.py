"""The same commit gives the same release, byte for byte, wherever and by whomever it is built."""

import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from releases import cache_folder, differences

ROOT = Path(__file__).resolve().parents[2]


def test_two_builds_in_two_folders_give_the_same_bytes(release, other_release):
    assert differences(release.folder, other_release.folder) == []
    for preset, program in (("windows", "wsus-trust-agent.exe"), ("release", "wsus-trust-agent")):
        built = (other_release.tree / "build" / preset / ".ninja_log").read_text()
        assert f"\t{program}\t" in built, "nothing was built twice"


@pytest.mark.parametrize("preset, ending", [("windows", ".obj"), ("release", ".o")])
def test_the_compiler_says_what_its_cache_says(other_release, preset, ending):
    """Most of the second build came from the compiler's cache. So here files of each kind, in the other folder, without it."""
    build = Path("build") / preset
    made = sorted(file.name for file in (ROOT / build).glob("*.cpp"))
    assert made
    objects = [f"CMakeFiles/core.dir/{name}{ending}" for name in [*made, "common/base/hex.cpp", "common/certificate/certificate.cpp"]]
    objects += [f"CMakeFiles/agent.dir/agent/{name}.cpp{ending}" for name in ("commands/pack", "reporting/log_format", "transport/uplink")]
    for name in objects:
        (other_release.tree / build / name).unlink()
    subprocess.run(["ninja", "-C", other_release.tree / build, *objects], check=True, capture_output=True,
                   env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "CCACHE_DISABLE": "1"})
    assert [name for name in objects if (ROOT / build / name).read_bytes() != (other_release.tree / build / name).read_bytes()] == []


def flip_a_byte(folder):
    (file,) = folder.glob("*.msi")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    return file.name


def remove_a_file(folder):
    (file,) = folder.glob("*-notices.txt")
    file.unlink()
    return file.name


def add_a_file(folder):
    (folder / "more").write_text("")
    return "more"


@pytest.mark.parametrize("change", [flip_a_byte, remove_a_file, add_a_file])
def test_a_difference_is_noticed(release, tmp_path, change):
    shutil.copytree(release.folder, tmp_path / "copy")
    assert differences(release.folder, tmp_path / "copy") == []
    changed = change(tmp_path / "copy")
    assert differences(release.folder, tmp_path / "copy") == [changed]


def test_nothing_tells_on_which_machine_it_was_built(release):
    """Whatever else differs between machines cannot be tried here; so none of it may be in a release."""
    # With a separator behind: a short path of its own occurs in texts of others. The second is how names of symbols are made of one.
    folders = [str(folder) for folder in (ROOT, cache_folder(), release.folder)]
    traces = [f"{folder}/" for folder in folders] + [re.sub(r"\W", "_", f"{folder}/") for folder in folders] + ["built on:"]
    traces += ["../../common/", "../../agent/"]  # as ccache calls the sources, and nobody else
    contents = {file.name: file.read_bytes() for file in release.folder.iterdir()}
    with zipfile.ZipFile(release.kits) as kits:
        contents |= {name: kits.read(name) for name in kits.namelist()}
    found = [(name, trace) for name, content in contents.items() for trace in traces if trace.encode() in content]
    assert found == []


def test_all_dates_are_that_of_the_release(release):
    times = {file.stat().st_mtime for file in release.folder.iterdir()}
    assert len(times) == 1
    with zipfile.ZipFile(release.kits) as kits:
        assert len({entry.date_time for entry in kits.infolist()}) == 1
    content = release.exe.read_bytes()
    header = int.from_bytes(content[0x3C:0x40], "little")
    assert content[header:header + 4] == b"PE\0\0"
    assert content[header + 8:header + 12] == bytes(4), "the time of the link"
