"""What is in a release, and that packaging/release leaves everything else alone."""

import binascii
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from releases import Release

ROOT = Path(__file__).resolve().parents[2]


def test_everything_is_there_and_says_that_it_is_not_signed(release):
    name = f"wsus-trust-agent-{release.version}"
    assert release.names == {
        "SHA256SUMS",
        "wsus-trust-agent.exe.debug",
        f"{name}-kits-UNSIGNED-TEST.zip",
        f"{name}-linux-x86_64-UNSIGNED-TEST",
        f"{name}-linux-x86_64-UNSIGNED-TEST.cdx.json",
        f"{name}-third-party-notices.txt",
        f"{name}-x64-UNSIGNED-TEST.exe",
        f"{name}-x64-UNSIGNED-TEST.exe.cdx.json",
        f"{name}-x64-UNSIGNED-TEST.msi",
    }


def test_the_sums_are_those_of_all_files(release):
    checked = subprocess.run(["sha256sum", "--check", "--strict", "SHA256SUMS"], cwd=release.folder, capture_output=True, text=True,
                             check=True).stdout
    assert {line.removesuffix(": OK") for line in checked.splitlines()} == release.names - {"SHA256SUMS"}


def test_the_programs_are_those_that_were_built_and_tested(release):
    assert release.exe.read_bytes() == (ROOT / "build/windows/wsus-trust-agent.exe").read_bytes()
    assert release.native.read_bytes() == (ROOT / "build/release/wsus-trust-agent").read_bytes()
    said = subprocess.run([release.native, "version"], capture_output=True, text=True, check=True).stdout
    assert said.startswith(f"wsus-trust-agent {release.version} ")


def test_a_debugger_finds_the_symbols(release, tmp_path):
    """By the name and the checksum that the program has."""
    link = tmp_path / "link"
    subprocess.run(["x86_64-w64-mingw32-objcopy", "--dump-section", f".gnu_debuglink={link}", release.exe, tmp_path / "copy"], check=True)
    name, _, rest = link.read_bytes().partition(b"\0")
    symbols = release.folder / name.decode()
    start = (len(name) + 4) // 4 * 4
    assert int.from_bytes(link.read_bytes()[start:start + 4], "little") == binascii.crc32(symbols.read_bytes())


def test_the_kits_are_what_is_committed(release):
    listed = subprocess.run(["git", "ls-files", "packaging", "config"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    committed = set(listed.splitlines())
    folders = {str(Path(name).parent) for name in committed if Path(name).name == "README.md" and name.count("/") == 2}
    assert "packaging/receivers" in folders and "config" not in folders
    expected = {name for name in committed if name.startswith(("config/", *(f"{folder}/" for folder in folders)))}
    expected |= {name for name in committed if Path(name).parent == Path("packaging") and name.endswith(".md")}
    assert "packaging/README.md" in expected
    with zipfile.ZipFile(release.kits) as kits:
        assert kits.testzip() is None
        top = f"{release.kits.stem}/"
        assert {name.removeprefix(top) for name in kits.namelist()} == expected
        for name in expected:
            assert kits.read(top + name) == (ROOT / name).read_bytes()


@pytest.fixture
def another(tmp_path):
    return Release(ROOT, tmp_path / "dist")


def test_an_earlier_release_is_removed_and_nothing_else(release, another):
    shutil.copytree(release.folder, another.folder)
    old, mine, outside = another.folder / "packages/winget/old.yaml", another.folder / "notes.txt", another.folder.parent / "outside"
    old.parent.mkdir(parents=True)
    for file in (old, mine, outside):
        file.write_text("something")
    with (another.folder / "SHA256SUMS").open("a") as sums:
        for name in ("packages/winget/old.yaml", "../outside", outside):
            sums.write(f"{'0' * 64}  {name}\n")
    said = another.make("--no-build")
    assert another.names == release.names | {mine.name}
    assert not old.parents[1].exists()
    assert mine.read_text() == outside.read_text() == "something"
    assert f"{mine} is not of this release, and was left alone" in said.stderr


@pytest.mark.parametrize("options", [["--sign-key", "key.pem"], ["--sign-certificate", "chain.pem"],
                                     ["--timestamp", "https://time.example"], ["--sign"], ["folder"]])
def test_a_wrong_command_line_makes_nothing(another, options):
    said = another.make(*options, expect=2)
    assert "usage: packaging/release" in said.stderr
    assert not another.folder.exists()


def test_a_date_that_is_none_is_refused(tmp_path):
    said = Release(ROOT, tmp_path / "dist", {"SOURCE_DATE_EPOCH": "yesterday"}).make("--no-build", expect=1)
    assert "SOURCE_DATE_EPOCH is a number of seconds since 1970, not 'yesterday'" in said.stderr
    assert not (tmp_path / "dist").exists()
