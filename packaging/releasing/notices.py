"""The notices that the licences of the contained libraries ask for: one text for all programs of a release.

Each library's own words: the licence file of its tarball, or the list of copyrights of its Debian package.
"""

import re
import tarfile
from pathlib import Path

from components import ReleaseError

DOCUMENTATION = Path("/usr/share/doc")
COMMON_LICENCES = Path("/usr/share/common-licenses")
LICENCE_FILE = re.compile(r"[^/]+/(LICEN[CS]E|COPYING|NOTICE)(\.\w+)?")
RULE = "=" * 100


def from_tarball(component):
    """The licence files at the top of the tarball."""
    texts = []
    with tarfile.open(component.tarball) as archive:
        for member in sorted(archive.getmembers(), key=lambda member: member.name):
            if member.isfile() and LICENCE_FILE.fullmatch(member.name):
                texts.append(archive.extractfile(member).read().decode("utf-8"))
    return texts


def from_debian(component):
    """The copyright files of the packages, which are often the same one."""
    texts = []
    for package in sorted(component.binary_packages):
        file = DOCUMENTATION / package / "copyright"
        if not file.is_file():
            raise ReleaseError(f"{file} is missing: this machine leaves out documentation, so the notices cannot be made here; "
                               f"install {package} anew without dpkg's path-exclude")
        text = file.read_text(encoding="utf-8")
        if component.library.paragraph:
            text = paragraph_of(text, component.library.paragraph, file)
        if text not in texts:
            texts.append(text)
    return texts


def paragraph_of(text, licence, file):
    """The words of one licence in a list of copyrights (Debian's format 1.0: indented by a blank, a dot is an empty line)."""
    found = re.search(rf"^License: {re.escape(licence)}\n((?: .*\n)+)", text, re.MULTILINE)
    if not found:
        raise ReleaseError(f"{file} has no paragraph with the text of the licence {licence}")
    return re.sub(r"^ (\.$)?", "", found[1], flags=re.MULTILINE)


def wiped(text):
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\f", "").split("\n")]
    return "\n".join(lines).strip("\n") + "\n"


def third_party_notices(version, components):
    """`components`: those of all programs; what is not contained in one needs no notice."""
    contained = {(component.source, component.version): component for component in components if component.contained}
    parts = [f"wsus-trust-agent {version} contains the following software of others.\n"]
    for _, component in sorted(contained.items()):
        texts = from_tarball(component) if component.tarball else from_debian(component)
        if not texts:
            raise ReleaseError(f"no licence was found for {component.source} {component.version}: {component.tarball} has none "
                               "at its top")
        parts.append(f"{RULE}\n{component.library.title} {component.version}\nLicence (SPDX): {component.library.licence}\n{RULE}\n")
        parts.extend(wiped(text) for text in texts)
    for name in sorted({name for component in contained.values() for name in component.library.common}):
        parts.append(f"{RULE}\n{name}\n{RULE}\n")
        parts.append(wiped((COMMON_LICENCES / name).read_text(encoding="utf-8")))
    return "\n".join(parts)
