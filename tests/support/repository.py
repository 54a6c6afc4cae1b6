"""Which files are the project's: what somebody else puts into the same folder is no business of a test."""

import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def known_to_git(pattern):
    """The paths, from the top of the repository, of the files whose names match."""
    listed = subprocess.run(["git", "-C", REPOSITORY, "ls-files", "-z", "--", pattern], capture_output=True, text=True, check=True).stdout
    return sorted(name for name in listed.split("\0") if name and (REPOSITORY / name).is_file())
