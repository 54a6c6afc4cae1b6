"""PowerShell scripts, read by the grammar of tree-sitter-powershell (receivers/powershell.js); and what the references say about the commands
that they call (cmdlets.json)."""

import functools
import json
import re
import subprocess
from pathlib import Path

from receivers import SCRIPTS, installed_packages

_LISTED = json.loads(Path(__file__).with_name("cmdlets.json").read_text())
CMDLETS = {name: listed for source in ("ConfigurationManager", "WindowsPowerShell", "Chocolatey")
           for name, listed in _LISTED[source]["cmdlets"].items()}
_COMMON = set(_LISTED["common"]["parameters"])


@functools.cache
def parsed(*files):
    """One object for each script: errors, commands, exits, functions, tables."""
    done = subprocess.run(
        # Without the optimizing compiler, which takes minutes over the tables of this grammar and is waited for at the end.
        ["node", "--liftoff-only", SCRIPTS / "powershell.js", *files],
        env={"PATH": "/usr/bin:/bin", "NODE_PATH": str(installed_packages())},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def given(script, command):
    """The parameters of a call and the words that they got: those of its tables (@name), too."""
    return [(p["name"], p["value"]) for p in command["parameters"]] + [
        (key, value) for name in command["tables"] for key, value in script["tables"][name]
    ]


def complaints(script):
    """What PowerShell would not take, as far as it can be known without it, as sentences."""
    for error in script["errors"]:
        yield f"line {error['line']}: no syntax of PowerShell: {error['text'][:60]!r}"
    for command in script["commands"]:
        name, place = command["name"], f"line {command['line']}"
        if name in script["functions"] or re.match(r'[$"]', name):
            continue
        if name not in CMDLETS:
            yield f"{place}: {name} is not in cmdlets.json"
            continue
        call = given(script, command)
        names = {parameter for parameter, _ in call} - _COMMON
        sets = CMDLETS[name]["sets"]
        if not any(set(each["required"]) <= names <= set(each["required"]) | set(each["optional"]) for each in sets):
            yield f"{place}: {name} has no parameter set for {', '.join(sorted(names))}"
        for parameter, value in call:
            allowed = CMDLETS[name].get("values", {}).get(parameter)
            if allowed and not value.startswith("$") and value not in allowed:
                yield f"{place}: {name} -{parameter} cannot be {value}"
