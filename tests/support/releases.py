"""Releases made by packaging/release, and what is different between two of them."""

import hashlib
import os
import re
import subprocess
from pathlib import Path

KEPT = ("CCACHE_DIR", "TMPDIR", "XDG_CACHE_HOME", "WSUS_TRUST_AGENT_CACHE")


def cache_folder():
    """Where packaging/dependencies keeps the libraries."""
    named = os.environ.get("WSUS_TRUST_AGENT_CACHE")
    return Path(named) if named else Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wsus-trust-agent"


class Release:
    """A source tree, and what packaging/release made of it in a folder."""

    def __init__(self, tree, folder, environment=None, umask=0o022):
        self.tree = tree
        self.folder = folder
        self._environment = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": os.environ.get("HOME", "/"), "LC_ALL": "C.UTF-8",
                             **{name: os.environ[name] for name in KEPT if name in os.environ}, **(environment or {})}
        self._umask = umask

    def make(self, *options, expect=0, timeout=3600):
        done = subprocess.run([self.tree / "packaging/release", "--output-dir", self.folder, *options], env=self._environment,
                              umask=self._umask, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=timeout,
                              check=False)
        assert done.returncode == expect, done.stderr[-4000:]
        return done

    @property
    def names(self):
        return {file.relative_to(self.folder).as_posix() for file in self.folder.rglob("*") if file.is_file()}

    def file(self, pattern):
        (found,) = [self.folder / name for name in self.names if re.fullmatch(pattern, name)]
        return found

    @property
    def exe(self):
        return self.file(r"wsus-trust-agent-[^/]*\.exe")

    @property
    def native(self):
        return self.file(r"wsus-trust-agent-[^/]*-linux-x86_64(-UNSIGNED-TEST)?")

    @property
    def msi(self):
        return self.file(r"[^/]*\.msi")

    @property
    def kits(self):
        return self.file(r"[^/]*-kits[^/]*\.zip")

    @property
    def version(self):
        return re.match(r"wsus-trust-agent-([\d.]+)-x64", self.exe.name)[1]


def digests(folder):
    return {file.relative_to(folder).as_posix(): hashlib.sha256(file.read_bytes()).hexdigest()
            for file in folder.rglob("*") if file.is_file()}


def differences(first, second):
    """The names of the files that are not the same in two folders."""
    one, other = digests(first), digests(second)
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))
