"""Finds where a source tree breaks the rules on which parts may know which: violations(root) lists them as sentences."""

import re
from pathlib import Path

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# What a folder of common/ may include from common/, besides itself. The order is the direction of dependency.
COMMON_MAY_SEE = {
    "base": set(),
    "certificate": {"base"},
    "ports": {"base", "certificate"},
    "settings": {"base", "certificate"},
    "publication": {"base", "certificate", "settings"},
    "trust": {"base", "certificate", "settings", "publication", "ports"},
    "report": {"base", "certificate", "settings", "publication", "ports", "trust"},
    "fleet": {"base", "certificate", "settings", "report"},
    "rollout": {"base", "certificate", "settings", "report"},
}

# common/ decides: it neither touches the system, nor the network, nor logs, nor starts threads.
NOT_IN_COMMON = re.compile(
    r"(unistd|fcntl|dirent|dlfcn|poll|netdb|pthread|pwd|grp|signal|termios|syslog|io|process|direct)\.h$"
    r"|(sys|netinet|arpa|net|linux|asm)/"
    r"|(thread|mutex|shared_mutex|condition_variable|future|atomic|semaphore|latch|barrier|stop_token|csignal)$"
    r"|(fstream|iostream|cstdio|stdio\.h|random)$"
    r"|boost/(asio|beast|process|filesystem)")
# Of std::filesystem only the path, as a value.
NOT_CALLED_IN_COMMON = re.compile(
    r"\b(?:\w+_clock::now|getenv|time\s*\(\s*(?:nullptr|NULL|0)\s*\)|filesystem::(?!path\b)\w+)")

WINDOWS_HEADER = re.compile(
    r"(windows|winsock2?|ws2tcpip|wincrypt|winhttp|wininet|winsvc|winreg|winternl|winevt|winerror|wintrust|softpub"
    r"|userenv|shellapi|shlobj|aclapi|sddl|bcrypt|ncrypt|evntprov)\.h$", re.IGNORECASE)

ADAPTERS = {"endpoint", "transport", "reporting"}
COMPOSERS = {"commands", "resident"}

TOP_LEVEL = {"CMakeLists.txt", "CMakePresets.json", "README.md", "agent", "common", "config", "packaging", "tests"}
TOP_FOLDERS = ("agent", "common", "config", "packaging", "tests")

# Whose files a folder of tests/ tests, one by one.
MIRRORS = {"unit": "common", "agent": "agent"}

# A test that is not run by default, or whose failure does not count.
EXCUSED_TEST = re.compile(r'"[^"\n]*\[(?:\.[^\]]*|!mayfail|!shouldfail)\][^"\n]*"|\bSKIP\s*\(')


def sources(root, *folders):
    for folder in folders:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".h", ".cpp") and path.is_file():
                yield path.relative_to(root)


def includes(root, file):
    return [(quote, name) for quote, name in INCLUDE.findall((root / file).read_text(encoding="utf-8"))]


def common_violations(root):
    for file in sources(root, "common"):
        folder = file.parts[1] if len(file.parts) == 3 else None
        if folder not in COMMON_MAY_SEE:
            yield f"{file}: common/ has the folders {', '.join(COMMON_MAY_SEE)}, and files only in them"
            continue
        for _, name in includes(root, file):
            parts = name.split("/")
            if parts[0] == "agent":
                yield f"{file}: common/ must not know agent/ ({name})"
            elif parts[0] == "common" and parts[1] != folder and parts[1] not in COMMON_MAY_SEE[folder]:
                yield f"{file}: {folder} must not depend on {parts[1]} ({name})"
            elif NOT_IN_COMMON.match(name):
                yield f"{file}: common/ must not use the system, the network or threads ({name})"
        for call in NOT_CALLED_IN_COMMON.findall((root / file).read_text(encoding="utf-8")):
            yield f"{file}: common/ asks neither the clock, nor the environment, nor the file system ({call})"


def agent_violations(root):
    for file in sources(root, "agent"):
        folder = file.parts[1]
        for _, name in includes(root, file):
            parts = name.split("/")
            if parts[0] != "agent" or len(parts) < 3 or parts[1] == folder:
                continue
            if folder in ADAPTERS and parts[1] in ADAPTERS:
                yield f"{file}: adapters must not know each other ({name})"
            elif folder == "platform":
                yield f"{file}: platform must not know other parts of agent/ ({name})"
            elif folder in ADAPTERS | {"cycle"} and parts[1] in COMPOSERS:
                yield f"{file}: only commands and resident put parts together ({name})"


def library_violations(root):
    users = {"boost/beast": [], "yaml-cpp": []}
    asio_users = []
    for file in sources(root, "common", "agent"):
        where = file.as_posix()
        names = [name for _, name in includes(root, file)]
        for library, files in users.items():
            if any(name.startswith(library) for name in names):
                files.append(file)
        if any(name.startswith("boost/asio") for name in names):
            asio_users.append(file)
        for name in names:
            if WINDOWS_HEADER.match(name) and not where.startswith(("agent/platform/windows/", "agent/endpoint/live")):
                yield f"{file}: Windows headers belong in agent/platform/windows and agent/endpoint/live* ({name})"
            if name.startswith("spdlog/") and not where.startswith("agent/"):
                yield f"{file}: spdlog belongs in agent/ ({name})"
            if name == "hivex.h" and not where.startswith("agent/endpoint/"):
                yield f"{file}: hivex belongs in agent/endpoint/ ({name})"
            if name.startswith("CLI/") and not where.startswith("agent/"):
                yield f"{file}: CLI11 belongs in agent/ ({name})"

    beast, yaml = users["boost/beast"], users["yaml-cpp"]
    if len(beast) != 1:
        yield f"Boost.Beast must be included by exactly one file, not by: {listed(beast)}"
    for file in asio_users:
        if file.parent not in {user.parent for user in beast}:
            yield f"{file}: Asio belongs in the folder of the file that includes Boost.Beast"
    if len(yaml) != 1:
        yield f"yaml-cpp must be included by exactly one file, not by: {listed(yaml)}"
    for file in yaml:
        if not re.fullmatch(r"common/settings/(settings_reader|yaml_\w+)\.cpp", file.as_posix()):
            yield f"{file}: yaml-cpp belongs in the settings reader"


def listed(files):
    return ", ".join(file.as_posix() for file in files) or "none"


def layout_violations(root):
    for entry in sorted(root.iterdir()):
        if entry.name not in TOP_LEVEL and not entry.name.startswith(".") and entry.name != "build":
            yield f"{entry.name}: the top level holds only {', '.join(sorted(TOP_LEVEL))} and dot-files"
    for folder in TOP_FOLDERS:
        if not (root / folder / "README.md").is_file():
            yield f"{folder}/README.md is missing: it says what belongs in the folder"

    listed_files = set(re.findall(r"[\w./-]+\.cpp\b", (root / "CMakeLists.txt").read_text(encoding="utf-8")))
    for file in sources(root, "common", "agent", "tests"):
        if file.suffix == ".cpp" and file.as_posix() not in listed_files:
            yield f"{file}: is not named in CMakeLists.txt, so nothing compiles it"
        for quote, name in includes(root, file):
            if quote == '"' and not (root / name).is_file():
                yield f'{file}: #include "{name}" is not the path of a file from the top of the repository'


def test_violations(root):
    for file in sources(root, "tests"):
        if EXCUSED_TEST.search((root / file).read_text(encoding="utf-8")):
            yield f"{file}: hides, skips or excuses a test"
        tested = MIRRORS.get(file.parts[1])
        if not tested or file.suffix != ".cpp":
            continue
        folder = root / Path(tested, *file.parts[2:-1])
        name = file.stem.removesuffix("_test")
        if name == file.stem or not any(original.suffix in (".cpp", ".h") for original in folder.rglob(f"{name}.*")):
            yield f"{file}: mirrors no file; tests/unit/certificate/x_test.cpp tests common/certificate/x.cpp"


def violations(root):
    root = Path(root)
    found = []
    for rule in (common_violations, agent_violations, library_violations, layout_violations, test_violations):
        found.extend(rule(root))
    return found
