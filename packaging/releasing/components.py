"""Which libraries are in a program, at which version, read from its build and not from a list that somebody keeps:

- what was linked statically: the linker's map beside the program;
- libraries that are headers only: the headers that its sources read, which Ninja recorded;
- what it loads when it starts: the program's own list (Linux).

Each of these files belongs to a recipe of packaging/ or to a Debian package; a file of neither ends the release.
"""

import os
import re
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from libraries import KNOWN, NOT_CONTAINED, RECIPES, Library

PACKAGING = Path(__file__).resolve().parents[1]


class ReleaseError(Exception):
    """A sentence for the person who makes the release."""


@dataclass
class Component:
    source: str  # the name of Debian's source package
    version: str  # upstream's
    package_version: str  # Debian's, of the source package; "" when it was built from the tarball
    tarball: Path | None  # in the cache, with its digest checked
    sha256: str  # of the tarball
    calls_itself: str  # the version in its own package description; "" when it has none
    archives: set[str] = field(default_factory=set)  # linked statically
    headers: bool = False
    shared: set[str] = field(default_factory=set)  # loaded at the start
    binary_packages: set[str] = field(default_factory=set)

    @property
    def library(self) -> Library:
        return KNOWN[self.source]

    @property
    def contained(self) -> bool:
        """Whether parts of it are in the program. The headers of what it loads only say how it is called."""
        return bool(self.archives) or (self.headers and not self.shared)


def output_of(*command, **options):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False,
                          **options)
    if done.returncode != 0:
        raise ReleaseError(f"{' '.join(map(str, command[:4]))} ended with {done.returncode}: {done.stderr.strip()}")
    return done.stdout


# --- which files -------------------------------------------------------------------------------------------------------


def linked_files(program):
    """Archives of which something was linked, and single objects, as absolute paths; from the map of GNU ld."""
    map_file = program.with_name(program.name + ".map")
    if not map_file.is_file():
        raise ReleaseError(f"{map_file} is missing: build the program anew, the linker writes it")
    text = map_file.read_text(encoding="utf-8", errors="replace")
    archives = re.findall(r"^(\S.*?\.a)\(", text.split("\nMemory Configuration\n")[0], re.MULTILINE)
    objects = re.findall(r"^LOAD (.*\.o(?:bj)?)$", text, re.MULTILINE)
    if not archives or not objects:
        raise ReleaseError(f"{map_file} is no linker map that this program understands")
    return {Path(os.path.normpath(program.parent / name)) for name in archives + objects}


def read_headers(program, own_files):
    """Everything that the sources of the program's own archives and objects included, as absolute real paths."""
    folders = set()
    for file in own_files:
        parts = file.relative_to(program.parent).parts
        folders.add(f"CMakeFiles/{parts[1]}/" if parts[0] == "CMakeFiles" else f"CMakeFiles/{file.stem.removeprefix('lib')}.dir/")
    headers, wanted = set(), False
    for line in output_of("ninja", "-C", program.parent, "-t", "deps").splitlines():
        if line.startswith("    "):
            if wanted:
                headers.add(program.parent / line.strip())
        else:
            wanted = line.startswith(tuple(folders))
    if not headers:
        raise ReleaseError(f"{program.parent} does not say which headers were read: build the program there, with Ninja")
    return {Path(os.path.realpath(header)) for header in headers}


def loaded_libraries(program):
    """The shared libraries that a program for Linux names, as absolute paths; none for Windows, whose own they are."""
    with program.open("rb") as file:
        if file.read(4) != b"\x7fELF":
            return set()
    names = re.findall(r"\(NEEDED\).*\[(.+)\]", output_of("readelf", "--dynamic", "--wide", program))
    return {Path(os.path.normpath(output_of("g++", f"-print-file-name={name}").strip())) for name in names}


# --- whose files ------------------------------------------------------------------------------------------------------


def prefixes(program):
    """The folders of the libraries that packaging/ builds, each with the script that has its recipes."""
    arguments = ["--toolchain", PACKAGING / "mingw-w64.cmake"] if program.suffix == ".exe" else []
    found = {Path(output_of(PACKAGING / "libraries", *arguments, "--print-prefix").strip()): PACKAGING / "libraries"}
    hivex = PACKAGING / "hivex-for-windows"
    if program.suffix == ".exe" and hivex.exists():
        found[Path(output_of(hivex, "--print-prefix").strip())] = hivex
    return found


def tarball_component(recipe, prefix, script):
    """The tarball that a library of a prefix was built from: of those that the recipe offers the one of its version."""
    function = re.search(r"^recipe_of\(\) \{\n.*?^\}\n", script.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    offered = [line.split() for line in output_of("bash", "-c", f'{function[0]} recipe_of "$1"', "bash", recipe).splitlines()]
    calls_itself = ""
    for description in sorted(prefix.glob(f"*/pkgconfig/{recipe}.pc")):
        calls_itself = re.search(r"^Version: (\S+)$", description.read_text(encoding="utf-8"), re.MULTILINE)[1]
    if len(offered) > 1:
        offered = [entry for entry in offered if upstream_version(entry[1]) == calls_itself]
    if len(offered) != 1:
        raise ReleaseError(f"{script.name} has not exactly one tarball of {recipe} {calls_itself}, which is in {prefix}")
    source, version, file, sha256 = offered[0]
    tarball = prefix.parent / "downloads" / file
    if not tarball.is_file() or output_of("sha256sum", tarball).split()[0] != sha256:
        raise ReleaseError(f"{tarball} is missing or not the pinned file; its licence is needed: remove {prefix} and "
                           "prepare the libraries again with packaging/dependencies test")
    return Component(source, upstream_version(version), "", tarball, sha256, calls_itself)


def owners(files):
    """The Debian package of each file. Some are known to dpkg below / and found below /usr, or the reverse."""
    found = {}
    for variant in (str, lambda file: str(file).removeprefix("/usr"), lambda file: f"/usr{file}"):
        asked = {variant(file): file for file in files if file not in found}
        if not asked:
            break
        # It ends with 1 when it does not know one of them.
        answer = subprocess.run(["dpkg-query", "--search", *asked], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                                check=False).stdout
        for line in answer.splitlines():
            packages, _, name = line.partition(": ")
            if name in asked and not line.startswith("diversion "):
                found[asked[name]] = packages.split(", ")[0]
    return found


def upstream_version(version):
    """1.81.0-5+deb12u1 and 10.1.1+ds1 are 1.81.0 and 10.1.1."""
    return re.sub(r"^\d+:|-[^-]*$", "", version).split("+")[0]


def debian_components(packages):
    """The source packages of binary packages, by the binary package."""
    form = "${Package}\t${Version}\t${source:Package}\t${source:Version}\t${binary:Package}\n"
    components, by_package = {}, {}
    for line in sorted(output_of("dpkg-query", "--show", f"--showformat={form}", *sorted(packages)).splitlines()):
        name, version, source, source_version, full_name = line.split("\t")
        component = components.setdefault(
            source, Component(source, upstream_version(version), source_version, None, "", ""))
        if component.version != upstream_version(version):
            raise ReleaseError(f"the packages of {source} have different versions: {component.version}, {version}")
        component.binary_packages.add(name)
        by_package[name] = by_package[full_name] = component
    return by_package


# --- together ---------------------------------------------------------------------------------------------------------


def components_of(program):
    """All components of a program in its build folder, sorted by name."""
    source_tree = PACKAGING.parent
    linked, loaded = linked_files(program), loaded_libraries(program)
    own = {file for file in linked if file.is_relative_to(program.parent)}
    headers = {file for file in read_headers(program, own) if not file.is_relative_to(source_tree)}
    outside = (linked - own) | headers | loaded

    component_of = {}
    for prefix, script in prefixes(program).items():
        for recipe, beginnings in RECIPES.items():
            files = [file for file in outside if file.is_relative_to(prefix)
                     and file.relative_to(prefix).as_posix().startswith(beginnings)]
            if files:
                component = tarball_component(recipe, prefix, script)
                component_of.update({file: component for file in files})
    package_of = owners(outside - component_of.keys())
    of_package = debian_components(set(package_of.values()))
    component_of.update({file: of_package[package] for file, package in package_of.items()})

    if strangers := sorted(outside - component_of.keys()):
        raise ReleaseError(f"nothing says where {strangers[0]} comes from, which is in {program.name}: add its recipe to "
                           "packaging/releasing/libraries.py")
    for file, component in component_of.items():
        if component.source not in KNOWN and component.source not in NOT_CONTAINED:
            raise ReleaseError(f"nothing says under which licence {component.source} is, from which {program.name} has {file}: "
                               "add it to packaging/releasing/libraries.py")
        if file in linked:
            component.archives.add(file.name)
        elif file in loaded:
            component.shared.add(file.name)
        else:
            component.headers = True
    unique = {id(component): component for component in component_of.values() if component.source not in NOT_CONTAINED}
    return sorted(unique.values(), key=lambda component: component.source)
