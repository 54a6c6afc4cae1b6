"""Reads and changes HKLM\\SOFTWARE of the tests' Wine prefix with Wine's own reg and regedit."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from program import WINE
from registry_values import ENTERPRISE, GROUP_POLICY, MACHINE, POLICY, REG_HEADER, SETTINGS, bytes_of, parse_reg, reg_lines

ROOT = r"HKEY_LOCAL_MACHINE\SOFTWARE"
# Everything that the agent reads or writes.
SUBJECTS = [MACHINE, GROUP_POLICY, ENTERPRISE, POLICY, SETTINGS, "WsusTrustAgent"]
# What tells who manages the machine.
MANAGERS = [r"Microsoft\PolicyManager", r"Microsoft\SMS", r"Microsoft\CCM"]


def wine(name, *arguments, **options):
    """Runs one of Wine's own programs."""
    # By its whole path: what is only named Wine starts by way of start.exe, which takes as long again.
    folder = r"C:\windows" if name == "regedit" else r"C:\windows\system32"
    return subprocess.run(
        [WINE, rf"{folder}\{name}.exe", *map(str, arguments)],
        **{"stdin": subprocess.DEVNULL, "capture_output": True, "timeout": 120, "env": dict(os.environ), **options},
    )


def values_of(key):
    """The values of a key by Wine's own reg, its keys below not; None when there is none."""
    done = wine("reg", "query", key)
    if done.returncode:
        return None
    lines = done.stdout.decode().replace("\r", "").split("\n")
    return {m[1]: m[2] for m in (re.match(r"^    (\S+)    REG_\w+    (.*)$", line) for line in lines) if m}


class WineRegistry:
    """Key paths are those below HKLM\\SOFTWARE; values are written as in a .reg file."""

    def merge(self, key, values):
        self._import(reg_lines(key, values, ROOT))

    def import_file(self, content):
        self._import([content])

    def erase_keys(self, *keys):
        self._import([f"[-{ROOT}\\{key}]" for key in keys])

    def erase_value(self, key, name):
        self._import([f"[{ROOT}\\{key}]", f'"{name}"=-'])

    def keys(self, key):
        """Everything at and below `key`: key in lower case -> name -> value; empty when there is none."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "exported.reg"
            wine("reg", "export", f"{ROOT}\\{key}", file, "/y")
            content = file.read_bytes() if file.exists() else b""
        return parse_reg(content.decode("utf-16") if content else "", ROOT)

    def value(self, key, name):
        return self.keys(key).get(key.lower(), {}).get(name)

    def binary(self, key, name):
        value = self.value(key, name)
        return None if value is None else bytes_of(value)

    def subkeys(self, key):
        """In upper case, as thumbprints are."""
        listed = wine("reg", "query", f"{ROOT}\\{key}").stdout.decode().replace("\r", "").upper().split("\n")
        start = f"{ROOT}\\{key}\\".upper()
        return sorted(line.removeprefix(start) for line in listed if line.startswith(start))

    @staticmethod
    def _import(lines):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "import.reg"
            content = "\r\n".join(lines)
            if not content.startswith(REG_HEADER):
                content = REG_HEADER + "\r\n\r\n" + content
            file.write_bytes(("\ufeff" + content + "\r\n").encode("utf-16-le"))
            done = wine("regedit", "/S", file)
            assert done.returncode == 0, done
