"""A release with a key: everything that Windows runs is signed, and only then there is something for winget and Chocolatey."""

import hashlib
import re
import subprocess
import xml.etree.ElementTree as xml
import zipfile

import jsonschema
import package_managers
import pytest
from formats import read_yaml
from signing import is_signed, make_signer
from winget import check_manifest

NUSPEC = "{http://schemas.microsoft.com/packaging/2015/06/nuspec.xsd}"


def test_no_name_says_that_it_is_a_test(signed_release):
    assert not any("UNSIGNED" in name or "TEST" in name for name in signed_release.names)
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=signed_release.folder, check=True)


def test_program_installer_and_every_script_are_signed(release, signed_release, signer, tmp_path):
    assert is_signed(signed_release.exe, signer) and is_signed(signed_release.msi, signer)
    with zipfile.ZipFile(signed_release.kits) as kits:
        kits.extractall(tmp_path)
        names = {name.partition("/")[2] for name in kits.namelist()}
    with zipfile.ZipFile(release.kits) as kits:
        assert names == {name.partition("/")[2] for name in kits.namelist()}
    scripts = [*tmp_path.rglob("*.ps1"), *signed_release.folder.rglob("*.ps1")]
    assert len(scripts) >= 2 and [script.name for script in scripts if not is_signed(script, signer)] == []


def test_what_is_not_signed_by_this_signer_is_noticed(release, signed_release, signer, tmp_path):
    assert not is_signed(release.exe, signer) and not is_signed(release.msi, signer)
    assert not is_signed(signed_release.exe, make_signer(tmp_path))
    changed = tmp_path / "changed.exe"
    content = bytearray(signed_release.exe.read_bytes())
    content[len(content) // 2] ^= 1
    changed.write_bytes(content)
    assert not is_signed(changed, signer)


def test_the_program_is_the_one_that_the_installer_installs(signed_release, tmp_path):
    subprocess.run(["msiextract", "--directory", tmp_path, signed_release.msi], stdout=subprocess.DEVNULL, check=True)
    (installed,) = tmp_path.rglob("*.exe")
    assert installed.read_bytes() == signed_release.exe.read_bytes()


def test_the_manifests_for_winget_say_what_the_installer_is(signed_release):
    manifests = [read_yaml(file) for file in sorted((signed_release.folder / "winget").iterdir())]
    assert [manifest["ManifestType"] for manifest in manifests] == ["installer", "defaultLocale", "version"]
    for manifest in manifests:
        check_manifest(manifest)
        assert manifest["PackageIdentifier"] == "ContosoSons.WsusTrustAgent"
        assert manifest["PackageVersion"] == signed_release.version
    (installer,) = manifests[0]["Installers"]
    table = dict(line.split("\t", 1) for line in subprocess.run(
        ["msiinfo", "export", signed_release.msi, "Property"], capture_output=True, text=True, check=True).stdout.splitlines())
    assert installer["InstallerSha256"] == hashlib.sha256(signed_release.msi.read_bytes()).hexdigest().upper()
    assert installer["InstallerUrl"] == (
        f"https://updates.contoso.com/agent/{signed_release.version}/{signed_release.msi.name}")
    assert installer["ProductCode"] == table["ProductCode"]
    assert installer["AppsAndFeaturesEntries"][0]["UpgradeCode"] == table["UpgradeCode"]
    assert manifests[1]["Publisher"] == "Contoso & Sons"


@pytest.mark.parametrize("change", [
    {"PackageIdentifier": None}, {"License": None}, {"Licence": "MIT"}, {"PackageVersion": "@VERSION@"}, {"ManifestVersion": "1.5.0"}])
def test_a_wrong_manifest_is_noticed(signed_release, change):
    manifest = {**read_yaml(signed_release.file(r"winget/.*locale.*")), **change}
    with pytest.raises(jsonschema.ValidationError):
        check_manifest({name: value for name, value in manifest.items() if value is not None})


def test_the_package_for_chocolatey_says_what_the_installer_is(signed_release):
    folder = signed_release.folder / "chocolatey"
    metadata = {element.tag.removeprefix(NUSPEC): element.text for element in xml.parse(folder / "wsus-trust-agent.nuspec").iter()}
    assert metadata["id"] == "wsus-trust-agent" and metadata["version"] == signed_release.version
    assert metadata["authors"] == "Contoso & Sons"
    install = (folder / "tools/chocolateyInstall.ps1").read_text(encoding="utf-8-sig")
    digest = hashlib.sha256(signed_release.msi.read_bytes()).hexdigest()
    assert re.search(r"checksum64 += '(.*)'", install)[1].lower() == digest
    assert re.search(r"url64bit += '(.*)'", install)[1].endswith(f"/{signed_release.version}/{signed_release.msi.name}")
    assert "'{" in (folder / "tools/chocolateyUninstall.ps1").read_text(encoding="utf-8-sig")


def test_no_placeholder_is_left(signed_release):
    files = [file for name in ("winget", "chocolatey") for file in (signed_release.folder / name).rglob("*") if file.is_file()]
    assert len(files) == 6
    assert not any(package_managers.PLACEHOLDER.search(file.read_text(encoding="utf-8-sig")) for file in files)


@pytest.mark.parametrize("missing", ["MANUFACTURER", "HELP_URL", "DOWNLOAD_URL", "LICENCE"])
def test_a_publisher_who_does_not_say_all_gets_no_packages(missing):
    settings = {"MANUFACTURER": "Contoso", "HELP_URL": "https://a", "DOWNLOAD_URL": "https://b", "LICENCE": "Proprietary"}
    assert package_managers.why_not(settings) == ""
    assert f"no {missing}, so nothing was made" in package_managers.why_not({**settings, missing: ""})
    assert "is no https address" in package_managers.why_not({**settings, "DOWNLOAD_URL": "http://b"})


def test_a_value_never_ends_the_text_that_it_stands_in(tmp_path):
    hostile = "a'b\"c<&\n"
    for name, expected in (("x.yaml", r'"a\'b\"c<&\n"'.replace("\\'", "'")), ("x.nuspec", "a'b\"c&lt;&amp;\n")):
        (tmp_path / name).write_text("@VERSION@")
        assert package_managers.filled(tmp_path / name, {"VERSION": hostile}) == expected
    (tmp_path / "x.ps1").write_text("'@VERSION@'")
    with pytest.raises(package_managers.ReleaseError, match="cannot stand in a script"):
        package_managers.filled(tmp_path / "x.ps1", {"VERSION": hostile})
