"""An MSI as tables: read with msiinfo (package msitools)."""

import re
import subprocess
import tempfile
from pathlib import Path


def msiinfo(what, path, *arguments):
    """In a folder of its own: of some tables it writes what is in them into files, unasked."""
    with tempfile.TemporaryDirectory(prefix="msiinfo-") as folder:
        done = subprocess.run(
            ["msiinfo", what, Path(path).resolve(), *arguments], cwd=folder, stdin=subprocess.DEVNULL, capture_output=True,
            env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        )
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode or said:
        raise ValueError(f"msiinfo {what} {' '.join(arguments)}: {said or done.returncode}")
    return done.stdout


class Database:
    """ValueError of all: it is no MSI, or not whole."""

    def __init__(self, path):
        self.path = path
        self.tables = set(msiinfo("tables", path).decode().split())
        self._read = {}

    def columns(self, table):
        """Name -> type, such as s72 or I2: in capitals where nothing may stand there."""
        names, types, _ = self._lines(table)[:3]
        return dict(zip(names, types))

    def keys(self, table):
        return self._lines(table)[2][1:]

    def rows(self, table):
        """Each row as a mapping of text; a table that is not there has none."""
        if table not in self.tables:
            return []
        names = list(self.columns(table))
        return [dict(zip(names, line)) for line in self._lines(table)[3:]]

    def row(self, table, key):
        """The row with this first key; empty when there is none."""
        first = self.keys(table)[0] if table in self.tables else None
        return next((row for row in self.rows(table) if row[first] == key), {})

    def stream(self, name):
        return msiinfo("extract", self.path, name)

    @property
    def signed(self):
        return "\x05DigitalSignature" in msiinfo("streams", self.path).decode().split("\n")

    def summary(self):
        """As msiinfo names the properties."""
        text = msiinfo("suminfo", self.path).decode()
        return dict(re.findall(r"^([^:\n]+): (.*)$", text, re.MULTILINE))

    def _lines(self, table):
        if table not in self._read:
            text = msiinfo("export", self.path, table).decode("utf-8", errors="replace")
            self._read[table] = [line.split("\t") for line in text.replace("\r", "").split("\n") if line]
        return self._read[table]
