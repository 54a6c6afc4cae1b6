"""The software bill of materials of one program: CycloneDX 1.6 as JSON, the same bytes for the same program.

Scanners find a component by its purl or its CPE. A library that packaging/ builds comes from the original tarball, without
Debian's patches, so it is not said to be Debian's package: its purl is a generic one with the digest of the tarball.
"""

import hashlib
import json
import uuid
from datetime import datetime, timezone
from urllib.parse import quote

from components import output_of

# The properties of ours that a component has; CycloneDX wants a namespace in front.
PROPERTY = "wsus-trust-agent:"


def release_name():
    """bookworm, as Debian's purls name the release."""
    with open("/etc/os-release", encoding="utf-8") as file:
        fields = dict(line.rstrip().split("=", 1) for line in file if "=" in line)
    return fields["VERSION_CODENAME"].strip('"')


def purl(component):
    if component.tarball:
        return f"pkg:generic/{component.source}@{component.version}?checksum=sha256:{component.sha256}"
    return f"pkg:deb/debian/{component.source}@{quote(component.package_version, safe='~.-')}?arch=source&distro={release_name()}"


def cpe(component):
    return f"cpe:2.3:a:{component.library.cpe}:{component.version}:*:*:*:*:*:*:*"


def licences(expression):
    return [{"expression": expression}] if " " in expression else [{"license": {"id": expression}}]


def properties(component):
    values = {
        "headers": "yes" if component.headers and not component.shared else "",
        "linked statically": " ".join(sorted(component.archives)),
        "loaded at the start, not delivered": " ".join(sorted(component.shared)),
        "Debian packages": " ".join(sorted(component.binary_packages)),
        # Upstream forgot to count: the library answers with the number of the release before.
        "calls itself": component.calls_itself if component.calls_itself != component.version else "",
    }
    return [{"name": PROPERTY + name, "value": value} for name, value in sorted(values.items()) if value]


def entry(component):
    described = {
        "bom-ref": purl(component),
        "type": "library",
        "name": component.library.title,
        "version": component.version,
        "scope": "required",
        "licenses": licences(component.library.licence),
        "purl": purl(component),
        "properties": properties(component),
    }
    if component.library.cpe:
        described["cpe"] = cpe(component)
    if component.tarball:
        described["externalReferences"] = [{
            "type": "source-distribution",
            "url": quote(component.tarball.name),
            "comment": "the original tarball of Debian's source package",
            "hashes": [{"alg": "SHA-256", "content": component.sha256}],
        }]
    return described


def compilers(is_windows):
    packages = ["g++-mingw-w64-x86-64-posix", "binutils-mingw-w64-x86-64"] if is_windows else ["g++-12", "binutils"]
    form = "${Package} ${Version}\n"
    return ", ".join(output_of("dpkg-query", "--show", f"--showformat={form}", *packages).splitlines())


def bill_of_materials(file, version, components, epoch, is_windows):
    """The document for a program as it is delivered in `file`, whose version is `version`."""
    content = file.read_bytes()
    product = {
        "bom-ref": f"pkg:generic/wsus-trust-agent@{version}",
        "type": "application",
        "name": "wsus-trust-agent",
        "version": version,
        "purl": f"pkg:generic/wsus-trust-agent@{version}",
        "hashes": [{"alg": "SHA-256", "content": hashlib.sha256(content).hexdigest()}],
        "properties": [
            {"name": PROPERTY + "built with", "value": compilers(is_windows)},
            {"name": PROPERTY + "file", "value": file.name},
        ],
    }
    entries = sorted((entry(component) for component in components), key=lambda described: described["bom-ref"])
    document = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "timestamp": datetime.fromtimestamp(epoch, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": product,
        },
        "components": entries,
        "dependencies": [{"ref": product["bom-ref"], "dependsOn": [described["bom-ref"] for described in entries]}]
        + [{"ref": described["bom-ref"]} for described in entries],
        # They were found by looking, down to the last file that was linked.
        "compositions": [{"aggregate": "complete", "dependencies": [product["bom-ref"]]}],
    }
    # A number of its own for each content, as the format wants it, and the same one for the same content.
    digest = hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()
    document["serialNumber"] = f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, digest)}"
    return json.dumps(document, indent=2, sort_keys=True) + "\n"
