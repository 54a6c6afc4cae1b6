"""The MSI: built from the program under test, changed for trials, and installed in the tests' Wine."""

import contextlib
import os
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import registry_values as values
from fresh_wine import FreshWine
from machine import Run
from program import Program, wine_prefix
from waiting import until
from wine_registry import values_of, wine

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"
sys.path.insert(0, str(PACKAGING / "msi"))

from database import Database  # noqa: E402
from program_file import FIXED_VERSION  # noqa: E402

NAME = "WsusTrustAgent"
SERVICE = rf"HKLM\SYSTEM\CurrentControlSet\Services\{NAME}"
EVENTS = rf"HKLM\SYSTEM\CurrentControlSet\Services\EventLog\Application\{NAME}"
DEFAULTS = rf"HKLM\SOFTWARE\{NAME}\Defaults"
WINDOWS = r"HKLM\SOFTWARE\Microsoft\Windows NT\CurrentVersion"
SHARED = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\SharedDLLs"
DONE, FAILED, RESTART = 0, 1603, 3010


def build_msi(folder, program, *options, **more):
    """How it ended; `more` is added to the environment."""
    environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(folder), **more}
    if "WSUS_TRUST_AGENT_CACHE" in os.environ:
        environment["WSUS_TRUST_AGENT_CACHE"] = os.environ["WSUS_TRUST_AGENT_CACHE"]
    return subprocess.run(
        [PACKAGING / "build-msi", "--program", program, "--output-dir", folder, *map(str, options)],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, env=environment, timeout=300,
    )


def built_msi(folder, program, *options, **more):
    done = build_msi(folder, program, *options, **more)
    assert done.returncode == 0, done
    return Path(done.stdout.strip())


def with_version(program, folder, *numbers):
    """A copy of the program whose version resource says another version; what it prints stays."""
    content = bytearray(program.read_bytes())
    assert content.count(FIXED_VERSION) == 1
    major, minor, patch, build = numbers
    struct.pack_into("<II", content, content.index(FIXED_VERSION) + 8, major << 16 | minor, patch << 16 | build)
    folder.mkdir(parents=True, exist_ok=True)
    copy = folder / program.name
    copy.write_bytes(content)
    return copy


@contextlib.contextmanager
def windows_10(prefix):
    """A Windows for installers alone, for which everything here works until the end of the block: it calls itself Windows 10, and
    it has a display that shows nothing. Without one Wine has no console for what an installer runs; Windows always has."""
    windows = FreshWine(prefix)
    windows.run("winecfg", "-v", "win10")
    windows.run("reg", "add", r"HKCU\Software\Wine\Drivers", "/v", "Graphics", "/d", "null", "/f")
    before = os.environ.get("WSUS_TRUST_AGENT_WINE_PREFIX")
    with windows.up():
        # What Wine keeps running from the first window on would hold on to the output of whoever opens it.
        windows.run("start", "/wait", "cmd", "/c", "exit", stdout=subprocess.DEVNULL)
        os.environ["WSUS_TRUST_AGENT_WINE_PREFIX"] = str(windows.prefix)
        try:
            yield windows
        finally:
            del os.environ["WSUS_TRUST_AGENT_WINE_PREFIX"]
            if before is not None:
                os.environ["WSUS_TRUST_AGENT_WINE_PREFIX"] = before


@contextlib.contextmanager
def windows_build(number):
    """Meanwhile Windows says that it is another one."""
    def be(build):
        assert wine("reg", "add", WINDOWS, "/v", "CurrentBuildNumber", "/d", build, "/f").returncode == 0

    before = values_of(WINDOWS)["CurrentBuildNumber"]
    be(number)
    try:
        yield
    finally:
        be(before)


class Installer:
    """Installs, repairs and removes with Wine's msiexec."""

    def __init__(self, machine):
        self.machine = machine
        self._used = []

    def used(self, msi):
        """It is removed in the end."""
        if msi not in self._used:
            self._used.append(msi)

    def command_interpreter(self, script):
        """Runs a .cmd file; its path has no blank."""
        return wine("cmd", "/c", self.machine.program.name_of(script))

    def run(self, verb, msi, *properties):
        """The installer's return code. The low byte is all that gets through Wine; it tells these from each other."""
        self.used(msi)
        # A service that is just starting cannot be stopped yet, and its program not be replaced.
        self._settled()
        ended = wine("msiexec", verb, self.machine.program.name_of(msi), "/qn", *properties).returncode
        self._settled()  # nor does the installer wait for it
        known = {code & 0xFF: code for code in (DONE, FAILED, 1605, 1627, RESTART)}
        return known.get(ended, ended)

    def _settled(self):
        until(lambda: self.service_state() in (None, "RUNNING", "STOPPED"))

    def install(self, msi, *properties):
        """Wine's installer does not wait until a service that it stops has ended, and asks for a restart when it was the
        quicker one. It gets it here: what holds after an installation holds then."""
        ended = self.run("/i", msi, *properties)
        if ended != RESTART:
            return ended
        self.restart_windows()
        return DONE

    def restart_windows(self):
        """What a restart does to files that were in use, and to the service. Nobody else may use the program."""
        if self.service_state() == "RUNNING":
            assert self.agent("service", "stop").exit == 0
        until(lambda: not self._in_use())
        assert wine("wineboot").returncode == 0
        if self.service_state() == "STOPPED":
            assert wine("sc", "start", NAME).returncode == 0
            self._settled()

    def repair(self, msi, *properties):
        """What `msiexec /famus` means; Wine's own /f knows no products."""
        return self.install(msi, "REINSTALL=ALL", "REINSTALLMODE=amus", *properties)

    def remove(self, msi, *properties):
        """When nothing runs any more; see below."""
        if self.service_state() == "RUNNING":
            assert self.agent("service", "stop").exit == 0
        until(lambda: not self._in_use())
        return self.run("/x", msi, *properties)

    def remove_while_it_runs(self, msi, *properties):
        """Wine's installer does not wait until the process of a stopped service has ended: its program may be left, and is taken
        away here. So this shows nothing about files."""
        assert self.service_state() == "RUNNING"
        ended = self.run("/x", msi, *properties)
        until(lambda: not self._in_use())
        if ended == DONE and self.folder.exists():
            shutil.rmtree(self.folder)
        return ended

    @contextlib.contextmanager
    def in_use_by(self, *arguments):
        """Meanwhile somebody runs the installed program; at the end of the block it is killed."""
        program = Program(self.program)
        quiet = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.DEVNULL)
        with subprocess.Popen(program.command(*arguments), env=program.environment(), **quiet) as using:
            try:
                yield
            finally:
                using.kill()

    def _in_use(self):
        """Whether a process has the program loaded."""
        for maps in Path("/proc").glob("[0-9]*/maps"):
            with contextlib.suppress(OSError):
                if str(self.program) in maps.read_text(errors="replace"):
                    return True
        return False

    @property
    def folder(self):
        return wine_prefix() / "drive_c/Program Files" / NAME

    @property
    def program(self):
        return self.folder / "wsus-trust-agent.exe"

    def agent(self, *arguments):
        """One of the commands of the installed program; without --config."""
        return Run(Program(self.program).run(*arguments, cwd=self.machine.folder))

    def defaults(self):
        """Everything that the installer left for the agent: path below the key -> text."""
        found = {}
        for key, named in self.machine.registry.keys(values.DEFAULTS).items():
            place = key[len(values.DEFAULTS) :].strip("\\")
            found |= {"\\".join(filter(None, (place, name.lower()))): value for name, value in named.items()}
        return {name: re.sub(r"\\(.)", r"\1", value.strip('"')) for name, value in found.items()}

    def service(self):
        """What the service manager keeps; None without one."""
        return values_of(SERVICE)

    def service_state(self):
        state = re.search(r"STATE\s+: \d+\s+(\w+)", wine("sc", "query", NAME).stdout.decode())
        return state[1] if state else None

    def products(self):
        """The product codes that Add/Remove Programs lists as ours."""
        key = r"HKLM\SOFTWARE\Microsoft\Windows\CurrentVersion\Uninstall"
        listed = re.findall(r"\{[0-9A-F-]{36}\}", wine("reg", "query", key).stdout.decode())
        return [code for code in listed if (values_of(rf"{key}\{code}") or {}).get("DisplayName", "").startswith("WSUS Trust Agent")]

    def clean(self):
        for msi in self._used:
            self.remove(msi)
        wine("reg", "delete", SHARED, "/v", rf"C:\Program Files\{NAME}\wsus-trust-agent.exe", "/f")  # Wine never counts down
        left = (self.products(), self.service(), values_of(EVENTS), self.folder.exists())
        assert left == ([], None, None, False), left


def product_code(msi):
    return Database(msi).row("Property", "ProductCode")["Value"]
