"""What the kits below packaging/ tell people and machines to do: their files, and the command lines of the program in them."""

import re
import shlex
from pathlib import Path

from powershell import parsed

REPOSITORY = Path(__file__).resolve().parents[2]
PACKAGING = REPOSITORY / "packaging"
KITS = [PACKAGING / name for name in ("configmgr", "intune", "group-policy", "golden-image", "workgroup")]
GUIDES = [kit / "README.md" for kit in KITS]
SCRIPTS = sorted(REPOSITORY.glob("packaging/**/*.ps1"))
BATCH_FILES = sorted(REPOSITORY.glob("packaging/**/*.cmd"))
# What machines run: they depend on one line and an exit code.
ASKED_BY_MACHINES = [PACKAGING / kit / name for kit in ("configmgr", "intune") for name in ("detect.ps1", "remediate.ps1")]

# The program, by its name or by its path, with arguments behind it.
_PROGRAM = re.compile(r'^(?:\S*[\\/])?"?(?:[^"]*[\\/])?wsus-trust-agent(?:\.exe)?"? +(\S.*)$')


def code_of(markdown):
    """The lines of indented blocks, without their comments, and what stands between backquotes."""
    for line in markdown.split("\n"):
        if line.startswith("    ") and "`" not in line:
            yield re.sub(r" {2,}# .*", "", line).strip()
        else:
            yield from re.findall(r"`([^`]+)`", line)


def arguments_of(line):
    """Those that a command line gives to the program, in words; None when it starts something else. The digits that people are to
    put in for "5f2b…" are put in."""
    matched = _PROGRAM.match(line)
    if not matched:
        return None
    text = matched[1].replace("5f2b…", "5f2b" + "0" * 60)
    return [word.strip('"') for word in shlex.split(text, posix=False)]


def commands_in(file):
    """Every command line of the program in a guide or a script, as lists of words."""
    if file.suffix == ".ps1":
        for command in parsed(file)[0]["commands"]:
            if command["name"].endswith('wsus-trust-agent.exe"'):
                yield [word for word in command["words"] if ">" not in word]
    elif file.suffix == ".cmd":
        for arguments in re.findall(r'""%agent%" ([^"\n]+)"', file.read_text()):
            yield arguments.split()
    else:
        yield from filter(None, map(arguments_of, code_of(file.read_text())))
