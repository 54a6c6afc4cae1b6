"""The patches of this folder, each of which takes one defence out of the program; tests/mutation/run says what is in one."""

from dataclasses import dataclass
from pathlib import Path

folder = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Mutant:
    file: Path
    defence: str
    system: str
    caught_by: tuple
    threat: str = ""

    @property
    def name(self):
        return str(self.file.relative_to(folder).with_suffix(""))


def read(file):
    """ValueError: the head is not as it should be."""
    head, separator, _ = file.read_text().partition("\ndiff --git ")
    fields, caught_by = {}, []
    for line in head.splitlines():
        key, colon, value = line.partition(": ")
        if not colon:
            raise ValueError(f"{file}: not a line of a head: {line!r}")
        if key == "Caught-by":
            caught_by.append(value)
        elif key in ("Defence", "System", "Threat") and key not in fields:
            fields[key] = value
        else:
            raise ValueError(f"{file}: {key!r} is unknown or there twice")
    if not separator or fields.get("System") not in ("linux", "windows") or not fields.get("Defence"):
        raise ValueError(f"{file}: it takes a Defence, a System (linux or windows) and a difference made by git")
    if not caught_by or any(test.split(" ")[0] not in ("unit", "e2e") for test in caught_by):
        raise ValueError(f"{file}: it takes at least one line `Caught-by: unit NAME` or `Caught-by: e2e FILE::TEST`")
    return Mutant(file, fields["Defence"], fields["System"], tuple(caught_by), fields.get("Threat", ""))


def all_mutants():
    return [read(file) for file in sorted(folder.rglob("*.patch"))]
