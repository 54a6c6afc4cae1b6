"""Reads what a release contains with other people's code (below formats/): CycloneDX's schemas, a YAML reader."""

import json
import subprocess
from pathlib import Path

import jsonschema
from receivers import installed_packages

SCRIPTS = Path(__file__).resolve().with_name("formats")


def cyclonedx_schema(name):
    return json.loads((installed_packages(SCRIPTS) / f"@cyclonedx/cyclonedx-library/res/schema/{name}.SNAPSHOT.schema.json").read_text())


def check_cyclonedx(document):
    """Against the schema of the version that the document names; it refers to two others beside it."""
    schema = cyclonedx_schema(f"bom-{document['specVersion']}")
    base = schema["$id"].rpartition("/")[0]
    others = {f"{base}/{name}.SNAPSHOT.schema.json": cyclonedx_schema(name) for name in ("spdx", "jsf-0.82")}
    resolver = jsonschema.RefResolver(schema["$id"], schema, store=others)
    jsonschema.Draft7Validator(schema, resolver=resolver, format_checker=jsonschema.FormatChecker()).validate(document)


def read_yaml(file):
    done = subprocess.run(["node", SCRIPTS / "yaml_to_json.js", file], capture_output=True, text=True, check=True,
                          env={"PATH": "/usr/bin:/bin", "NODE_PATH": str(installed_packages(SCRIPTS))})
    return json.loads(done.stdout)
