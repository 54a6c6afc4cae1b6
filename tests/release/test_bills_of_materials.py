"""The bills of materials are valid, name everything that is in the programs, and the notices give the licences of all of it."""

import hashlib
import json
import re
from pathlib import Path

import components
import pytest
from components import ReleaseError
from formats import check_cyclonedx, cyclonedx_schema
from libraries import KNOWN
from notices import paragraph_of

ROOT = Path(__file__).resolve().parents[2]
NATIVE = ROOT / "build/release/wsus-trust-agent"
WINDOWS = ROOT / "build/windows/wsus-trust-agent.exe"
PREFIX = "wsus-trust-agent:"


def bill(file):
    return json.loads(file.with_name(f"{file.name}.cdx.json").read_text())


def properties(entry):
    return {item["name"].removeprefix(PREFIX): item["value"] for item in entry["properties"]}


@pytest.fixture(params=["exe", "native"])
def delivered(release, request):
    return getattr(release, request.param)


def test_it_is_valid_cyclonedx(delivered):
    document = bill(delivered)
    check_cyclonedx(document)
    assert document["metadata"]["component"]["hashes"] == [
        {"alg": "SHA-256", "content": hashlib.sha256(delivered.read_bytes()).hexdigest()}]
    references = [entry["bom-ref"] for entry in document["components"]]
    assert document["dependencies"][0]["dependsOn"] == references and len(set(references)) == len(references)


def test_an_invalid_one_is_noticed(release):
    document = bill(release.exe)
    document["components"][0]["licenses"] = [{"license": {"id": "Open"}}]
    with pytest.raises(Exception, match="Open"):
        check_cyclonedx(document)


def test_every_licence_is_one_of_spdx():
    listed = set(cyclonedx_schema("spdx")["enum"])
    for name, library in KNOWN.items():
        words = set(re.split(r" (?:AND|OR|WITH) |[()]", library.licence))
        assert words <= listed, name


@pytest.mark.parametrize(("name", "program"), [("exe", WINDOWS), ("native", NATIVE)])
def test_every_archive_of_the_link_map_belongs_to_a_component(release, name, program):
    """Read from the map in another way than packaging/releasing does."""
    text = program.with_name(program.name + ".map").read_text(errors="replace")
    linked = {Path(path).name for path in re.findall(r"(/[^\s()]+\.a)\(", text)}
    named = {word for entry in bill(getattr(release, name))["components"]
             for word in properties(entry).get("linked statically", "").split()}
    assert linked and {word for word in named if word.endswith(".a")} == linked


def test_the_libraries_for_windows_are_the_pinned_ones(release):
    recipes = (ROOT / "packaging/libraries").read_text()
    found = {}
    for entry in bill(release.exe)["components"]:
        for reference in entry.get("externalReferences", []):
            (digest,) = [item["content"] for item in reference["hashes"]]
            assert digest in recipes or digest in "".join(file.read_text() for file in ROOT.glob("packaging/hivex-*"))
            assert digest in entry["purl"]
            found[entry["name"]] = entry
    assert {"OpenSSL", "{fmt}", "spdlog", "yaml-cpp"} <= found.keys()
    # What scanners of vulnerabilities look for.
    assert found["OpenSSL"]["cpe"] == f"cpe:2.3:a:openssl:openssl:{found['OpenSSL']['version']}:*:*:*:*:*:*:*"


def test_what_is_headers_only_is_named_too(delivered):
    names = {entry["name"]: properties(entry) for entry in bill(delivered)["components"]}
    for name in ("Boost", "CLI11"):
        assert names[name].get("headers") == "yes" and "linked statically" not in names[name]
    assert any(name.startswith("GCC runtime libraries") for name in names)


def test_what_the_program_for_linux_loads_is_named_as_not_delivered(release):
    loaded = {entry["name"]: properties(entry).get("loaded at the start, not delivered", "")
              for entry in bill(release.native)["components"]}
    assert "libssl.so.3" in loaded["OpenSSL"] and "libhivex.so.0" in loaded["hivex"]
    assert not any(properties(entry).get("loaded at the start, not delivered") for entry in bill(release.exe)["components"])


@pytest.mark.parametrize(("version", "upstream"), [
    ("1.81.0-5+deb12u1", "1.81.0"), ("10.1.1+ds1", "10.1.1"), ("2:3.0.19-1~deb12u2", "3.0.19"), ("12.2.0-14+deb12u1+25.2+b1", "12.2.0"),
    ("3.5.7", "3.5.7"),
])
def test_upstreams_version_is_a_part_of_debians(version, upstream):
    assert components.upstream_version(version) == upstream


def test_the_notices_have_the_licence_of_all_that_is_contained(release):
    text = release.file(r".*-third-party-notices\.txt").read_text()
    for file in (release.exe, release.native):
        for entry in bill(file)["components"]:
            heading = f"{entry['name']} {entry['version']}\nLicence (SPDX): "
            own = properties(entry)
            contained = "linked statically" in own or "headers" in own
            assert (heading in text) == contained, entry["name"]
    for words in ("Apache License", "Victor Zverovich", "Gabi Melman", "Jesse Beder", "Boost Software License", "Henry Schreiner",
                  "GCC RUNTIME LIBRARY EXCEPTION", "the mingw-w64 project", "GNU GENERAL PUBLIC LICENSE"):
        assert words in text, words


def test_a_paragraph_of_a_list_of_copyrights_is_found_and_its_absence_noticed():
    listed = "Files: *\nLicense: X-1\n\nLicense: X-1\n One.\n .\n Two.\n\nLicense: Y\n Other.\n"
    assert paragraph_of(listed, "X-1", "copyright") == "One.\n\nTwo.\n"
    with pytest.raises(ReleaseError, match="copyright has no paragraph with the text of the licence Z"):
        paragraph_of(listed, "Z", "copyright")
