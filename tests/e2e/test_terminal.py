"""What is written to a terminal, and to a standard output that takes nothing."""

import os
import pty
import re
import subprocess

import pytest

pytestmark = pytest.mark.linux


def on_a_terminal(machine, columns, *arguments, **env):
    """What the program writes when standard output is a terminal."""
    import fcntl
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [machine.program.path, "--image", machine.root, *arguments],
        stdin=subprocess.DEVNULL, stdout=follower, stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin", **env},
    )
    os.close(follower)
    data = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        data += chunk
    process.wait(30)
    os.close(leader)
    return data.decode().replace("\r\n", "\n")


def test_colour_only_on_a_terminal_and_never_with_no_color(machine):
    assert "\x1b[31m" in on_a_terminal(machine, 100, "check")
    assert "\x1b" not in on_a_terminal(machine, 100, "check", NO_COLOR="1")
    assert "\x1b" not in machine.run("check").out


@pytest.mark.parametrize("columns", [30, 60, 80, 200])
def test_a_terminal_of_any_width_is_respected(machine, columns):
    text = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(machine, columns, "check"))
    words = max(len(word) for word in text.split())
    assert max(map(len, text.splitlines())) <= max(columns, words)


def test_a_full_disk_on_standard_output_is_not_success(machine, certificates):
    with open("/dev/full", "w") as full:
        ended = subprocess.run([machine.program.path, "version"], stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == 8 and b"could not be written" in ended.stderr
