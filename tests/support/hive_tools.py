#!/usr/bin/python3
"""Reads and changes SOFTWARE hives with other people's tools: hivexregedit, hivexget, hivexsh, reglookup.

As a program: hive_tools.py HIVE STORE CERTIFICATE puts a certificate into a machine store, as a domain join does with its CA.
"""

import pathlib
import subprocess
import sys

from registry_values import REG_HEADER, blob, entry_key, hex_value, parse_reg, reg_lines


class Hive:
    """Key paths are those below HKLM\\SOFTWARE; values are written as in a .reg file."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def merge(self, key, values):
        self._merge(reg_lines(key, values, ""))

    def erase_keys(self, *keys):
        self._merge([f"[-\\{key}]" for key in keys])

    def _merge(self, lines):
        subprocess.run(
            ["hivexregedit", "--merge", "--encoding", "UTF-8", self.path],
            input="\n".join([REG_HEADER, "", *lines, ""]),
            text=True,
            check=True,
            capture_output=True,
        )

    def keys(self, key):
        """Everything at and below `key`: key in lower case -> name -> value; empty when there is none."""
        return parse_reg(self.export(key), "")

    def binary(self, key, name):
        """The bytes as hivexget prints them, or None."""
        done = subprocess.run(["hivexget", self.path, "\\" + key, name], capture_output=True)
        return done.stdout if done.returncode == 0 else None

    def value(self, key, name):
        return parse_reg(self.export(key), "").get(key.lower(), {}).get(name)

    def subkeys(self, key):
        done = subprocess.run(["hivexsh", self.path], input=f"cd \\{key}\nls\n", text=True, capture_output=True)
        return sorted(done.stdout.split()) if done.returncode == 0 else []

    def export(self, key, prefix=""):
        """A .reg file of the key and what is below, each key named below `prefix`; nothing when there is none."""
        done = subprocess.run(
            ["hivexregedit", "--export", *(["--prefix", prefix] if prefix else []), self.path, "\\" + key],
            capture_output=True,
            text=True,
        )
        return done.stdout if done.returncode == 0 else ""

    def reglookup(self, prefix):
        """Another reader, which shares no code with the others."""
        done = subprocess.run(["reglookup", "-H", "-p", prefix, self.path], capture_output=True, text=True, check=True)
        return done.stdout


if __name__ == "__main__":
    certificate = pathlib.Path(sys.argv[3]).read_bytes()
    Hive(sys.argv[1]).merge(entry_key(sys.argv[2], certificate), {"Blob": hex_value(blob(certificate))})
