"""config/admx as Group Policy reads it: its policies, what each writes, and the texts that it refers to."""

import re
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).resolve().parents[2] / "config/admx"
ADMX = FOLDER / "wsus-trust-agent.admx"
ADML = FOLDER / "en-US/wsus-trust-agent.adml"
NAMESPACE = "{http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions}"
ROOT = "Software\\"  # of keys, below HKEY_LOCAL_MACHINE


@dataclass
class Policy:
    """`kind` is boolean, enum, text or list; `key` is relative to HKLM\\SOFTWARE; a list has no `value`."""

    name: str
    kind: str
    key: str
    value: str | None
    choices: list = field(default_factory=list)


def name_of(element):
    return element.tag.removeprefix(NAMESPACE)


def tree(file):
    return xml.parse(file).getroot()


def below_software(key):
    assert key.startswith(ROOT), key
    return key.removeprefix(ROOT)


def find_all(element, name):
    return list(element.iter(NAMESPACE + name))


def policies():
    return [read_policy(element) for element in find_all(tree(ADMX), "policy")]


def read_policy(element):
    name, key = element.get("name"), below_software(element.get("key"))
    elements = element.find(f"{NAMESPACE}elements")
    if elements is None:
        values = [element.find(f"{NAMESPACE}{state}/{NAMESPACE}decimal").get("value") for state in ("enabledValue", "disabledValue")]
        assert values == ["1", "0"], name
        return Policy(name, "boolean", key, element.get("valueName"))
    (one,) = elements
    assert name_of(one) in ("enum", "text", "list"), name
    if name_of(one) == "list":
        assert one.get("valuePrefix") == "" and one.get("additive") is None, "values are not 1, 2, … of this list alone"
        return Policy(name, "list", below_software(one.get("key")), None)
    choices = [string.text for string in find_all(one, "string")]
    return Policy(name, name_of(one), key, one.get("valueName"), choices)


def references(kind):
    """What $(string.X) or $(presentation.X) of the ADMX refer to."""
    return re.findall(rf"\$\({kind}\.(\w+)\)", ADMX.read_text(encoding="utf-8"))
