"""What the program itself gives its service, its folder and its event source, read from its source text: the installer must give them
the same. Where the text has changed so that it cannot be read any more, that is an error, never a guess."""

import re
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "agent/platform/windows"
MILLISECONDS = {"ms": 1, "s": 1_000, "min": 60_000, "h": 3_600_000}


def text_of(name):
    return re.sub(r"//.*", "", (SOURCE / name).read_text("utf-8"))


def only(pattern, name):
    found = re.findall(pattern, text_of(name), re.DOTALL)
    if len(found) != 1:
        raise ValueError(f"agent/platform/windows/{name} is no longer written as packaging/msi/program_source.py reads it: {pattern}")
    return found[0]


def literal(text):
    """Adjacent string literals are one."""
    return "".join(re.sub(r"\\(.)", r"\1", piece) for piece in re.findall(r'"((?:[^"\\]|\\.)*)"', text))


def duration(text):
    number, unit = re.fullmatch(r"(\d+)(ms|s|min|h)", text).groups()
    return int(number) * MILLISECONDS[unit]


def service():
    """What agent_service_traits() returns, and the names; times in milliseconds."""
    file = "service_setup.cpp"
    body = only(r"agent_service_traits\(\) \{\s*return \{(.*?)\n    \};", file)
    traits = dict(re.findall(r"^\s*(\w+)\{(.*?)\},?$", body, re.MULTILINE))
    recovery = re.fullmatch(r"\.restart_after = \{(.*)\}, \.forget_after = (\w+)", traits["Recovery"])
    return {
        "traits": set(traits),
        "display_name": literal(only(r"char\* display_name = (.*?);\n", file)),
        "description": literal(only(r"char\* description =(.*?);\n", file)),
        "restart_after": [duration(word.strip()) for word in recovery[1].split(",")],
        "forget_after": duration(recovery[2]),
        "preshutdown": duration(traits["PreshutdownTime"]),
        "privileges": re.findall(r'"(\w+)"', traits["RequiredPrivileges"]),
    }


def state_folder():
    """The SDDL of the folder in ProgramData."""
    return literal(only(r"protection = L(.*?);\n", "state_folder.cpp"))


def event_source():
    """The key, and the value TypesSupported."""
    file = "event_source_key.cpp"
    flags = {"EVENTLOG_ERROR_TYPE": 1, "EVENTLOG_WARNING_TYPE": 2, "EVENTLOG_INFORMATION_TYPE": 4}
    types = only(r"DWORD types = (.*?);", file)
    return literal(only(r"source_key =\s*L(.*?);\n", file)), sum(flags[name.strip()] for name in types.split("|"))
