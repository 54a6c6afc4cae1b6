"""Which files of the repository are the kits: what administrators copy, fill in or import, with the guides to it.

A kit is a folder of packaging/ with a README of steps. Only what is committed counts: nobody else has the rest.
"""

import re

from components import ReleaseError, output_of

# Beside the kits: everything of config/, and the guides.
ALWAYS = re.compile(r"config/|packaging/[^/]+\.md$")


def committed(root):
    """Content and mode of each, by its path from the top of the repository, which stays as it is so that links work."""
    listed = {}
    for line in output_of("git", "-C", root, "ls-files", "--stage", "-z", "config", "packaging").split("\0")[:-1]:
        state, name = line.split("\t", 1)
        listed[name] = 0o755 if state.startswith("100755 ") else 0o644
    folders = tuple(f"{name.rpartition('/')[0]}/" for name in listed if name.startswith("packaging/") and name.count("/") == 2
                    and name.endswith("/README.md"))
    wanted = sorted(name for name in listed if ALWAYS.match(name) or name.startswith(folders))
    if missing := [name for name in wanted if not (root / name).is_file()]:
        raise ReleaseError(f"{missing[0]} is committed, but not there: restore it")
    return {name: ((root / name).read_bytes(), listed[name]) for name in wanted}
