"""Fills the templates for winget and Chocolatey with what a signed installer is: where it is downloaded, its digest and codes.

Only for signed installers. Both serve the public, and what is submitted there can hardly be taken back: a manifest of a test build
would need nothing but a moment's inattention to be published.
"""

import hashlib
import json
import re
import shlex
import time
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

from components import ReleaseError, output_of

PLACEHOLDER = re.compile(r"@([A-Z][A-Z0-9_]+)@")


def publisher(packaging):
    """The settings of packaging/publisher: KEY=VALUE, readable by a shell."""
    lines = (packaging / "publisher").read_text(encoding="utf-8").splitlines()
    return dict(word.split("=", 1) for line in lines for word in shlex.split(line, comments=True))


def why_not(settings):
    """Why nothing is made, as a sentence; "" when the publisher says all that the two want to know."""
    for name in ("MANUFACTURER", "HELP_URL", "DOWNLOAD_URL", "LICENCE"):
        if not settings.get(name):
            return f"packaging/publisher has no {name}, so nothing was made for winget and Chocolatey"
    if urlsplit(settings["DOWNLOAD_URL"]).scheme != "https":
        return "DOWNLOAD_URL in packaging/publisher is no https address, so nothing was made for winget and Chocolatey"
    return ""


def values(settings, msi, version, epoch):
    """What stands for each placeholder. DOWNLOAD_URL is the folder that has a folder of each version."""
    table = dict(line.split("\t", 1) for line in output_of("msiinfo", "export", msi, "Property").splitlines()[3:])
    return {
        "DATE": time.strftime("%Y-%m-%d", time.gmtime(epoch)),
        "HELP_URL": settings["HELP_URL"],
        "IDENTIFIER": f"{re.sub('[^A-Za-z0-9-]', '', settings['MANUFACTURER'])}.WsusTrustAgent",
        "INSTALLER_SHA256": hashlib.sha256(msi.read_bytes()).hexdigest().upper(),
        "INSTALLER_URL": f"{settings['DOWNLOAD_URL'].rstrip('/')}/{version}/{msi.name}",
        "LICENCE": settings["LICENCE"],
        "MANUFACTURER": settings["MANUFACTURER"],
        "PRODUCT_CODE": table["ProductCode"],
        "PRODUCT_NAME": table["ProductName"],
        "UPGRADE_CODE": table["UpgradeCode"],
        "VERSION": version,
    }


def script_text(value):
    """Inside single quotes of PowerShell."""
    if not re.fullmatch(r"[\x20-\x7e]*", value) or "'" in value:
        raise ReleaseError(f"'{value}' cannot stand in a script: it is not plain ASCII without single quotes")
    return value


# How a value is written in each kind of file. JSON's strings are YAML's double-quoted ones.
WRITTEN = {".yaml": json.dumps, ".nuspec": escape, ".ps1": script_text}


def filled(template, known):
    written = WRITTEN[template.suffix]
    return PLACEHOLDER.sub(lambda found: written(known[found[1]]), template.read_text(encoding="utf-8"))


def write(packaging, folder, known):
    """Writes winget/ and chocolatey/ below a folder, ready to be checked and submitted; says which files it wrote."""
    names = {f"winget/{known['IDENTIFIER']}{ending}": f"winget/{template}" for ending, template in (
        (".yaml", "version.yaml"), (".installer.yaml", "installer.yaml"), (".locale.en-US.yaml", "locale.en-US.yaml"))}
    names |= {name: name for name in ("chocolatey/wsus-trust-agent.nuspec", "chocolatey/tools/chocolateyInstall.ps1",
                                      "chocolatey/tools/chocolateyUninstall.ps1")}
    for name, template in names.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(filled(packaging / template, known), encoding="utf-8")
    return [folder / name for name in names]
