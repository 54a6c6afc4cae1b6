"""An MSI as tables: read with msiinfo (package msitools)."""

import re
import subprocess


def tool(*arguments):
    done = subprocess.run(list(map(str, arguments)), capture_output=True, env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"})
    if done.returncode or b"WARNING" in done.stderr or b"CRITICAL" in done.stderr:
        raise ValueError(f"{' '.join(map(str, arguments))}: {done.stderr.decode(errors='replace').strip() or done.returncode}")
    return done.stdout


class Database:
    def __init__(self, path):
        self.path = path
        self.tables = set(tool("msiinfo", "tables", path).decode().split())
        self._read = {}

    def columns(self, table):
        """Name -> type, such as s72, I2: capital where nothing may stand there."""
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
        return tool("msiinfo", "extract", self.path, name)

    def summary(self):
        """As msiinfo names the properties."""
        text = tool("msiinfo", "suminfo", self.path).decode()
        return dict(re.findall(r"^([^:\n]+): (.*)$", text, re.MULTILINE))

    def _lines(self, table):
        if table not in self._read:
            text = tool("msiinfo", "export", self.path, table).decode("utf-8", errors="replace")
            self._read[table] = [line.split("\t") for line in text.replace("\r", "").split("\n") if line]
        return self._read[table]
