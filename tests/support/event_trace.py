"""What a program told the Windows event log, as Wine saw it. Wine keeps no events that could be read back; it traces each call of
ReportEvent, with all that is in it."""

import re
from dataclasses import dataclass

TRACED = {"WINEDEBUG": "+advapi,+eventlog"}
CALL = re.compile(r":advapi:ReportEventW \(\w+,0x([0-9a-f]{4}),0x([0-9a-f]{4}),0x([0-9a-f]{8}),\w+,0x([0-9a-f]{4}),")
STRING = re.compile(r':eventlog:ReportEventW L"(.*)"(?:\.\.\.)?$')
TYPES = {1: "Error", 2: "Warning", 4: "Information"}


@dataclass
class Event:
    id: int
    level: str
    number: int  # with severity and all
    strings: list


def events_in(trace):
    """`trace` is the stderr of a program that ran with TRACED; Wine cuts a string at some 300 characters, and writes each
    that is not ASCII as \\ and four hexadecimal digits."""
    events = []
    for line in trace.splitlines():
        if called := CALL.search(line):
            kind, category, number, count = (int(part, 16) for part in called.groups())
            assert category == 0
            events.append((Event(number & 0xFFFF, TYPES[kind], number, []), count))
        elif string := STRING.search(line):
            events[-1][0].strings.append(string[1])
    for event, count in events:
        assert len(event.strings) == count, event
    return [event for event, _ in events]
