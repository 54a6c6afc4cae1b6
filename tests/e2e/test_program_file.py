"""The program file for Windows: what it is made of, what it loads, and which files it opens."""

import json
import re
import shutil
import subprocess
from pathlib import Path, PureWindowsPath

import pytest
import registry_values as values
from fresh_wine import FreshWine
from machine import carried, pinned
from program import Program
from releases import cache_folder
from waiting import until

pytestmark = pytest.mark.windows

CONNECTIONS = r"Microsoft\Windows\CurrentVersion\Internet Settings\Connections"
OBJDUMP = "x86_64-w64-mingw32-objdump"

# The loader takes these from the system's folder whatever lies elsewhere (KnownDLLs of every Windows since 10), so they may be
# imported. Everything else is loaded once the process has said that only the system's folder counts.
IMPORTED = {"advapi32.dll", "kernel32.dll", "msvcrt.dll", "ws2_32.dll"}
KNOWN_LIBRARIES = IMPORTED | {"ole32.dll", "shell32.dll", "user32.dll"}
LOADED_LATER = {"bcrypt.dll", "crypt32.dll", "winhttp.dll"}
# What those load in turn, and the names that are planted in attacks because programs or Windows look for them by name.
TEMPTING = LOADED_LATER | {
    *("cryptbase.dll", "cryptnet.dll", "cryptsp.dll", "cryptui.dll", "dhcpcsvc.dll", "dnsapi.dll", "iphlpapi.dll"),
    *("msasn1.dll", "mswsock.dll", "ncrypt.dll", "netapi32.dll", "netutils.dll", "ntmarta.dll", "powrprof.dll"),
    *("profapi.dll", "propsys.dll", "rasadhlp.dll", "rsaenh.dll", "schannel.dll", "secur32.dll", "sspicli.dll"),
    *("tzres.dll", "urlmon.dll", "userenv.dll", "uxtheme.dll", "webio.dll", "windows.storage.dll", "wininet.dll"),
    *("wintrust.dll", "wldp.dll", "wtsapi32.dll"),
}
# Below /tmp, as in some checkouts, the program may not be a service: then 9.
SERVICE_COMMANDS = [["service", "install"], ["service", "status"], ["service", "uninstall"]]
LATE_IN_WINE = {"cryptnet.dll"}


def header(path, *options):
    return subprocess.run([OBJDUMP, *(options or ["-p"]), path], capture_output=True, text=True, check=True).stdout


def test_address_layout_is_random_and_data_is_not_code(program):
    text = header(program.path)
    for flag in ("DYNAMIC_BASE", "HIGH_ENTROPY_VA", "NX_COMPAT"):
        assert flag in text
    assert int(re.search(r"Entry 5 [0-9a-f]+ ([0-9a-f]+) Base Relocation", text)[1], 16) > 0, "nothing can be moved"
    assert re.search(r"FileAlignment\s+00001000", text)
    for section in re.findall(r"^ +\d+ (\S+) .*\n +(.*)$", header(program.path, "-h"), re.MULTILINE):
        assert "CODE" not in section[1] or "READONLY" in section[1], section


def test_only_libraries_that_cannot_be_planted_are_imported(program):
    imported = {name.lower() for name in re.findall(r"DLL Name: (\S+)", header(program.path))}
    assert imported == IMPORTED


def test_it_is_small_and_its_symbols_are_beside_it(program):
    assert program.path.stat().st_size <= 10 * 1024 * 1024
    assert "no symbols" in header(program.path, "-t")
    symbols = program.path.with_name(program.path.name + ".debug")
    assert "open_live" in header(symbols, "-t")


def test_neither_the_time_nor_a_folder_of_its_build_is_in_it(program):
    """The same sources give the same bytes on each machine; that the symbols differ would show in their checksum in the program."""
    content = program.path.read_bytes()
    header_at = int.from_bytes(content[0x3C:0x40], "little")
    assert content[header_at:header_at + 4] == b"PE\0\0" and content[header_at + 8:header_at + 12] == bytes(4), "the time of the link"
    assert b"built on:" not in content, "the time when OpenSSL was built"
    symbols = program.path.with_name(program.path.name + ".debug").read_bytes()
    for part in ("common", "agent"):
        assert f"../../{part}".encode() not in content + symbols, "the way up from where it was built"
    for folder in (f"{Path(__file__).resolve().parents[2]}/", f"{cache_folder()}/"):
        for name in (folder, re.sub(r"\W", "_", folder)):  # the other is how names of symbols are made of it
            assert name.encode() not in content and name.encode() not in symbols, name


def test_manifest_and_version_are_inside(program, tmp_path):
    content = program.path.read_bytes()
    for text in (
        b'<requestedExecutionLevel level="asInvoker" uiAccess="false"/>',
        b">UTF-8</activeCodePage>",
        b">true</longPathAware>",
    ):
        assert content.count(text) == 1
    said = program.run("version").stdout.split()[1]
    for name, value in [("FileVersion", said), ("OriginalFilename", "wsus-trust-agent.exe")]:
        assert f"{name}\0".encode("utf-16-le") in content and f"{value}\0".encode("utf-16-le") in content


def test_openssl_looks_for_nothing_where_users_can_write(program):
    """Threat 3: the one folder whose name is inside the program is below the Windows folder, where ordinary users may not write."""
    content = program.path.read_bytes()
    assert content.count(b"C:/Windows/System32/WsusTrustAgent\0") == 1
    for name in (b"ENGINESDIR", b"MODULESDIR", b"ossl-modules", b"engines-3", b"/usr/local", b"Common Files"):
        assert name not in content, name


def test_what_is_not_needed_is_forbidden_first(program):
    """Wine only says what it is asked for: code in data, extension points, fonts, libraries from elsewhere, processes. What a
    real Windows then forbids, `Get-ProcessMitigation -Id` shows there."""
    trace = program.run("version", env={"WINEDEBUG": "fixme+process"}).stderr
    assert re.findall(r"SetProcessMitigationPolicy \((\d+), \w+, 4\)", trace) == ["2", "6", "9", "10", "13"]


def prefer(names):
    """Lets Wine take a file of these names instead of its own library, wherever it looks first."""
    return {"WINEDLLOVERRIDES": "mscoree,mshtml,winemenubuilder.exe=;" + ",".join(n[:-4] for n in sorted(names)) + "=n,b"}


@pytest.fixture
def busy(machine, certificates, start, tls):
    """Settings and runs that reach every part: TLS as the system trusts, the system's proxy, chains, stores, policy."""
    server = start.nginx(tls.right)
    server.publish("wsus.cer", certificates.wsus)
    address = f"https://localhost:{server.port}/wsus.cer"
    fetch = {"timeout": "5s", "proxy": "system"}
    no_proxy = bytes([24, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, *[0] * 12])
    machine.registry.merge(CONNECTIONS, {"WinHttpSettings": values.hex_value(no_proxy)})
    machine.configure(pinned(certificates.wsus, address), carried(certificates.ca_issued), fetch=fetch)
    yield [["check"], ["repair"], ["status"], ["inspect", address], ["undo"], *SERVICE_COMMANDS]
    machine.registry.erase_value(CONNECTIONS, "WinHttpSettings")


@pytest.mark.parametrize("where", ["program", "working", "PATH"])
def test_no_planted_library_is_loaded(program, machine, busy, tmp_path, where):
    """Threat 27. Only a real Windows shows it of two kinds beside the program: of the imported ones, because Wine has no
    KnownDLLs, and of what Windows' own libraries load late, because Wine's do so past SetDefaultDllDirectories."""
    home, planted = tmp_path / "home", tmp_path / "planted"
    home.mkdir()
    planted.mkdir()
    moved = Program(shutil.copy(program.path, home))
    folder = home if where == "program" else planted
    names = TEMPTING - LATE_IN_WINE if where == "program" else TEMPTING | KNOWN_LIBRARIES
    for name in names:
        shutil.copy(program.path.with_name("planted.dll"), folder / name)
    for command in busy:
        env = prefer(names) | ({"WINEPATH": program.name_of(planted)} if where == "PATH" else {})
        command = ["--config", program.name_of(machine.settings), *command]
        ended = moved.run(*command, env=env, cwd=planted if where == "working" else tmp_path)
        assert ended.returncode in (0, 1, 4), ended
    assert sorted(folder.glob("*.loaded")) == []


def test_a_planted_library_would_be_noticed(program, tmp_path):
    shutil.copy(program.path.with_name("planted.dll"), tmp_path / "sechost.dll")
    moved = Program(shutil.copy(program.path, tmp_path))
    moved.run("version", env=prefer(["sechost.dll"]))
    assert [p.name for p in tmp_path.glob("*.loaded")] == ["sechost.dll.loaded"], "Wine looks beside the program first"


def test_every_library_comes_from_the_folder_of_the_system(program, machine, busy):
    """Threat 27: the list of all that is loaded."""
    system = r"C:\\windows\\system32" + "\\\\"
    own = str(program.name_of(program.path)).replace("\\", "\\\\").lower()
    loaded = set()
    for command in busy:
        trace = program.run("--config", program.name_of(machine.settings), *command, env={"WINEDEBUG": "+loaddll"}).stderr
        loaded |= {name.lower() for name in re.findall(r'Loaded L"([^"]+)"', trace)}
    assert len(loaded) > 10
    assert {name for name in loaded if not name.startswith(system.lower())} == {own}
    assert {"crypt32.dll", "winhttp.dll"} <= {name.rsplit("\\", 1)[1] for name in loaded}, "the runs do not reach them"


def files_that_may_be_opened(program, settings):
    """As Windows is told them, in lower case; both are paths of Windows."""
    parents = {str(parent).lower().rstrip("\\") for path in (settings, program) for parent in PureWindowsPath(path).parents}
    beside = str(PureWindowsPath(program).parent).lower()
    allowed = [
        re.escape(settings.lower()),
        "|".join(map(re.escape, sorted(parents))),  # who may write them is looked at
        r"[cz]:",
        re.escape(beside) + r"\\(agent\.yaml|[a-z0-9_]+\.(dll|drv)|wsus-trust-agent\.exe(\.manifest)?)",
        r"c:\\programdata(\\wsustrustagent(\\(agent\.yaml|lock|resident|logs(\\(commands|resident)\.log)?))?)?",
        r"c:\\windows(\\system32)?(\\[a-z0-9_]+\.(dll|drv|nls|exe))?",
        r"c:\\programdata\\ntuser\.pol|c:\\windows\\system32\\grouppolicy\\machine\\registry\.pol",  # who set a value
        r"c:\\windows\\(globalization\\sorting\\sortdefault\.nls|fonts)",
        r"c:\\windows\\winsxs\\.*",
        r"z:\\usr\\share\\wine\\.*|z:\\usr\\lib\\.*wine.*",
        r"(conin|conout)\$|nul|\\device\\.*|\\\?\?\\(nul|con|unix|pipe|nsi|afd|mountpointmanager|wineusb).*",
        r"\\(device|pipe|dosdevices)\\?.*|pipe\\.*|mountpointmanager|nsi|tcp.*|afd.*",
    ]
    return re.compile("|".join(f"(?:{one})" for one in allowed))


def files_opened(trace):
    names = re.findall(r'(?:NtCreateFile|NtOpenFile|CreateFileW)[^\n]*?L"([^"]+)"', trace)
    names = {name.replace("\\\\", "\\").lower() for name in names}
    return {re.sub(r"^\\(\?\?|\\\?|\\\.)\\", "", name).rstrip("\\") for name in names}


def libraries_loaded(trace):
    return {name.replace("\\\\", "\\").lower() for name in re.findall(r'Loaded L"([^"]+)"', trace)}


def test_only_these_files_are_opened(program, machine, busy):
    """Threats 3, 4: neither settings nor roots nor code from anywhere else."""
    planted = machine.drive_c / "usr/local/ssl"
    planted.mkdir(parents=True, exist_ok=True)
    for name in ("openssl.cnf", "cert.pem"):
        (planted / name).write_text("openssl_conf = nonsense\n")
    settings = program.name_of(machine.settings)
    allowed = files_that_may_be_opened(program.name_of(program.path), settings)
    opened = set()
    for command in busy:
        trace = program.run("--config", program.name_of(machine.settings), *command, env={"WINEDEBUG": "+file"}).stderr
        opened |= files_opened(trace)
    assert settings.lower() in opened, "the trace shows nothing"
    assert sorted(name for name in opened if not allowed.fullmatch(name)) == []


def test_the_service_too_keeps_to_files_and_libraries_that_nobody_can_plant(program, machine, certificates, tmp_path):
    """Threats 3, 27: in a process that the service manager started, as it starts with Windows."""
    machine.configure(carried(certificates.wsus))
    windows = FreshWine(tmp_path / "wine")
    folder = windows.drive_c / "agent"
    folder.mkdir()
    own, settings = r"C:\agent\wsus-trust-agent.exe", r"C:\agent\agent.yaml"
    shutil.copy(program.path, folder)
    shutil.copy(machine.settings, folder)
    for name in TEMPTING - LATE_IN_WINE:
        shutil.copy(program.path.with_name("planted.dll"), folder / name)
    assert windows.run(own, "--config", settings, "service", "install").returncode == 0

    def state():
        return json.loads(windows.run(own, "--output", "json", "service", "status").stdout)["service"]

    trace = tmp_path / "trace"
    with trace.open("wb") as file, windows.up("+pid,+file,+loaddll", file):
        until(lambda: state()["state"] == "running")
        process_id = state()["processId"]
        assert windows.run(program.path.with_name("windows-probe.exe"), "control", "WsusTrustAgent", "128").returncode == 0
        until(lambda: windows.run(own, "status").returncode == 0)  # it has repaired
        assert windows.run(own, "service", "stop").returncode == 0
    start = f"{process_id:04x}:"
    lines = "\n".join(line for line in trace.read_text(errors="replace").split("\n") if line.startswith(start))
    loaded = libraries_loaded(lines)
    assert len(loaded) > 5, "the trace shows nothing"
    assert {name for name in loaded if not name.startswith("c:\\windows\\system32\\")} == {own.lower()}
    opened = files_opened(lines)
    assert own.lower().rsplit("\\", 1)[0] in opened, "who may exchange the program was not looked at"
    allowed = files_that_may_be_opened(own, settings)
    assert sorted(name for name in opened if not allowed.fullmatch(name)) == []
    assert sorted(folder.glob("*.loaded")) == []
