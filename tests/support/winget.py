"""Whether manifests for winget have what they must have, and nothing that it does not know.

Neither Debian nor npm offers Microsoft's JSON Schemas of the manifests (1.6.0), so this is a checker of our own: the required fields, the
names of the fields that we use, and the forms of their values. When they were written, the manifests were checked by hand against the
real schemas, without a complaint; no winget has read them.
"""

import jsonschema

IDENTIFIER = r"^[^.\s\\/:*?\"<>|]{1,32}(\.[^.\s\\/:*?\"<>|]{1,32}){1,7}$"
TEXT = {"type": "string", "minLength": 3}
URL = {"type": "string", "pattern": "^https://[^ ]+$", "maxLength": 2048}
CODE = {"type": "string", "pattern": r"^\{[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\}$"}
COMMON = {
    "PackageIdentifier": {"type": "string", "pattern": IDENTIFIER, "maxLength": 128},
    "PackageVersion": {"type": "string", "pattern": r"^\d+(\.\d+){2}$"},
    "ManifestVersion": {"const": "1.6.0"},
}


def schema(kind, required, properties):
    return {"type": "object", "additionalProperties": False, "required": [*COMMON, "ManifestType", *required],
            "properties": {**COMMON, "ManifestType": {"const": kind}, **properties}}


ENTRY = {"type": "object", "additionalProperties": False, "properties": {
    "DisplayName": TEXT, "Publisher": TEXT, "DisplayVersion": TEXT, "ProductCode": CODE, "UpgradeCode": CODE,
    "InstallerType": {"enum": ["msi", "wix"]}}}
INSTALLER = {"type": "object", "additionalProperties": False, "required": ["Architecture", "InstallerUrl", "InstallerSha256"], "properties": {
    "Architecture": {"const": "x64"}, "InstallerUrl": URL, "InstallerSha256": {"type": "string", "pattern": "^[0-9A-F]{64}$"},
    "ProductCode": CODE, "AppsAndFeaturesEntries": {"type": "array", "items": ENTRY, "minItems": 1}}}

SCHEMAS = {
    "version": schema("version", ["DefaultLocale"], {"DefaultLocale": {"const": "en-US"}}),
    "installer": schema("installer", ["Installers"], {
        "Platform": {"const": ["Windows.Desktop"]}, "MinimumOSVersion": {"const": "10.0.14393.0"}, "InstallerType": {"enum": ["msi", "wix"]},
        "Scope": {"const": "machine"}, "InstallModes": {"type": "array", "items": {"enum": ["interactive", "silent", "silentWithProgress"]}},
        "UpgradeBehavior": {"enum": ["install", "uninstallPrevious"]}, "ElevationRequirement": {"enum": ["elevationRequired", "elevatesSelf"]},
        "ReleaseDate": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\d$"},
        "Installers": {"type": "array", "items": INSTALLER, "minItems": 1}}),
    "defaultLocale": schema("defaultLocale", ["PackageLocale", "Publisher", "PackageName", "License", "ShortDescription"], {
        "PackageLocale": {"const": "en-US"}, "Publisher": {**TEXT, "maxLength": 256}, "PublisherSupportUrl": URL,
        "PackageName": {**TEXT, "maxLength": 256}, "License": {**TEXT, "maxLength": 512},
        "ShortDescription": {**TEXT, "maxLength": 256}, "InstallationNotes": {**TEXT, "maxLength": 10000},
        "Moniker": {"type": "string", "maxLength": 40},
        "Tags": {"type": "array", "items": {"type": "string", "maxLength": 40}, "maxItems": 16, "uniqueItems": True},
        "Documentations": {"type": "array", "items": {"type": "object", "additionalProperties": False, "properties": {
            "DocumentLabel": {"type": "string", "maxLength": 100}, "DocumentUrl": URL}}}}),
}


def check_manifest(manifest):
    jsonschema.validate(manifest, SCHEMAS[manifest["ManifestType"]])
