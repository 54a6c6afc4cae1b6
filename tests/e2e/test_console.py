"""What the program for Windows does with the console that it shares with others."""

import os
import pty
import re
import select
import time
from dataclasses import dataclass

import pytest

pytestmark = pytest.mark.windows

CONTROL_C_EXIT = 0xC000013A


class Console:
    """The program on a terminal, which Wine turns into a console; started by a program that tells what became of it."""

    def __init__(self, program, *arguments):
        state = program.path.with_name("console-state.exe")
        command = [program.command()[0], state, program.name_of(program.path), *arguments]
        self._process, self._terminal = pty.fork()
        if self._process == 0:
            os.execve(command[0], list(map(str, command)), program.environment())
        self._data = b""

    def type(self, text):
        os.write(self._terminal, text)

    def end(self, timeout=30):
        """What was shown, without what moves the cursor, and what became of the console."""
        until = time.monotonic() + timeout
        while time.monotonic() < until:
            if not select.select([self._terminal], [], [], 0.1)[0]:
                continue
            try:
                chunk = os.read(self._terminal, 65536)
            except OSError:
                break
            if not chunk:
                break
            self._data += chunk
        os.waitpid(self._process, 0)
        os.close(self._terminal)
        moved = re.sub(rb"\x1b\[\d*C", b" ", self._data)
        text = re.sub(rb"\x1b\[[?0-9;]*[a-zA-Z]|\r|\n", b"", moved).decode()
        shown, before, after, code = re.fullmatch(r"(.*)before: (.*?); after: (.*?); exit (\d+);.*", text).groups()
        return Ended(shown, before, after, int(code))


@dataclass
class Ended:
    shown: str
    before: str
    after: str
    exit: int


def hang(peer):
    peer.hang()


def test_control_c_ends_a_fetch_that_hangs_with_a_sentence(program, start):
    server = start.hostile(hang)
    console = Console(program, "inspect", f"https://127.0.0.1:{server.port}/a.cer")
    until = time.monotonic() + 30
    while not server.connections and time.monotonic() < until:
        time.sleep(0.05)  # until it hangs
    assert server.connections
    typed = time.monotonic()
    console.type(b"\x03")
    ended = console.end()
    assert time.monotonic() - typed < 5
    assert ended.exit == CONTROL_C_EXIT
    sentence = "Ctrl-C ended the run. Each change is made whole or not at all; the next run goes on from there."
    assert sentence in ended.shown
    assert ended.after == ended.before


def test_the_console_shows_every_script_and_is_afterwards_as_it_was(program, tmp_path):
    missing = program.name_of(tmp_path / "Größe-証明書.yaml")
    ended = Console(program, "--config", missing, "config", "validate").end()
    assert ended.exit == 3
    assert "Größe-証明書.yaml" in ended.shown
    assert not ended.before.startswith("code page 65001")
    assert ended.after == ended.before
