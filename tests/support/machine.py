"""A Windows machine with settings, and the commands of the agent over it: an image, or the one that Wine makes up."""

import base64
import contextlib
import hashlib
import json
import os
import shutil
import subprocess
from pathlib import Path

import jsonschema
import registry_values as values
from hive_tools import Hive
from policy_files import APPLIED, LOCAL, policy_file
from program import Program, wine_prefix
from wine_registry import MANAGERS, SUBJECTS, WineRegistry

SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "config" / "status-report.schema.json").read_text())


class Run:
    """How one command ended."""

    def __init__(self, ended):
        self.exit = ended.returncode
        self.out = ended.stdout
        self.err = ended.stderr

    @property
    def report(self):
        return json.loads(self.out)

    def codes(self, *severities):
        wanted = severities or ("error", "warning")
        return [f["code"] for f in self.report["findings"] if f["severity"] in wanted]

    def finding(self, code):
        return next(f for f in self.report["findings"] if f["code"] == code)

    def changes(self):
        return [(c["action"], c["store"], c["outcome"]) for c in self.report["changes"]]

    def __repr__(self):
        return f"exit {self.exit}\n{self.out}\n{self.err}"


class Machine:
    """What images and live machines have in common. `registry` is how other people's tools see it."""

    def __init__(self, program, folder, registry):
        self.program = program
        self.folder = Path(folder)
        self.registry = registry
        self.settings = self.folder / "agent.yaml"

    def configure(self, *certificates, **sections):
        """Each certificate is a mapping of the settings; sections such as fetch={"timeout": "2s"}."""
        document = dict(sections)
        if certificates:
            document["certificates"] = list(certificates)
        self.settings.write_text(json.dumps(document))  # JSON is YAML
        self.settings.chmod(0o600)

    def run(self, *arguments, config=True, image=True, **options):
        command = []
        if config and self.settings.exists():
            command += ["--config", self.program.name_of(self.settings)]
        if image:
            command += self.endpoint_options()
        return Run(self.program.run(*command, *arguments, cwd=self.folder, **options))

    def report(self, *arguments, **options):
        """Runs with --output json; the document is validated against the schema and agrees with the exit code."""
        run = self.run("--output", "json", *arguments, **options)
        jsonschema.validate(run.report, SCHEMA)
        assert run.report["exitCode"] == run.exit, run
        return run

    def check(self, **options):
        return self.report("check", **options)

    def repair(self, *arguments, **options):
        return self.report("repair", *arguments, **options)

    def undo(self, *arguments, **options):
        return self.report("undo", *arguments, **options)

    def put_certificate(self, store, der, location=values.MACHINE, properties=(), raw=None):
        content = values.blob(der, properties) if raw is None else raw
        self.registry.merge(values.entry_key(store, der, location), {"Blob": values.hex_value(content)})

    def put_policy_value(self, value):
        self.registry.merge(values.POLICY, {"AcceptTrustedPublisherCerts": value})

    def put_update_service(self):
        self.registry.merge(values.POLICY, {"WUServer": values.text("http://wsus.example.com:8530")})
        self.registry.merge(values.POLICY + r"\AU", {"UseWUServer": values.dword(1)})

    def entry(self, store, der, location=values.MACHINE):
        """The elements of one entry, or None when it is not there."""
        data = self.registry.binary(values.entry_key(store, der, location), "Blob")
        return None if data is None else values.blob_elements(data)

    def holds(self, store, der):
        """By an independent reader: the entry's certificate is these bytes."""
        elements = self.entry(store, der)
        return elements is not None and dict(elements)[values.CERTIFICATE_ELEMENT] == der

    def entries_of(self, der):
        """The keys of its entries where it is trusted."""
        return [values.entry_key(store, der) for store in ("Root", "TrustedPublisher")]

    def thumbprints(self, store):
        return self.registry.subkeys(rf"{values.MACHINE}\{store}\Certificates")

    def policy_value(self):
        """As in a .reg file; None when there is none."""
        return self.registry.value(values.POLICY, "AcceptTrustedPublisherCerts")


class Image(Machine):
    """A hive in the folders of a mounted volume; it holds nothing of ours yet."""

    remembers_looks = False

    def __init__(self, program, folder):
        self.root = Path(folder) / "image"
        self.hive = self.root / "Windows/System32/config/SOFTWARE"
        self.hive.parent.mkdir(parents=True)
        super().__init__(program, folder, Hive(self.hive))
        self.new_hive("--software")

    def new_hive(self, kind, path=None):
        native = os.environ["WSUS_TRUST_AGENT_NATIVE"] if self.program.windows else self.program.path
        subprocess.run([Path(native).with_name("make-hive"), path or self.hive, kind], check=True, timeout=60)

    def endpoint_options(self):
        return ["--image", self.program.name_of(self.root)]

    def state(self):
        """Everything that must stay the same when nothing is written."""
        files = sorted(p for p in self.hive.parent.iterdir())
        return [(p.name, hashlib.sha256(p.read_bytes()).hexdigest(), os.stat(p).st_mtime_ns) for p in files]


class WineMachine(Machine):
    """The machine that the tests' Wine prefix is, made as new."""

    remembers_looks = True
    host_roots = frozenset()

    def __init__(self, program, folder):
        super().__init__(program, folder, WineRegistry())
        self.clear()

    def clear(self):
        """As on a Windows that was just installed: not even the keys of the stores exist. But Root is there: Wine fills it
        with the roots of its host."""
        if not WineMachine.host_roots:
            self.registry.erase_keys(values.MACHINE)
            self.probe("store", "Root")
            WineMachine.host_roots = frozenset(self.thumbprints("Root"))
        added = set(self.thumbprints("Root")) - WineMachine.host_roots
        self.registry.erase_keys(
            *(rf"{values.MACHINE}\{name}" for name in self.registry.subkeys(values.MACHINE) if name != "ROOT"),
            *(rf"{values.MACHINE}\Root\Certificates\{name}" for name in added),
            *(subject for subject in [*SUBJECTS, *MANAGERS] if subject != values.MACHINE),
        )
        for file in (APPLIED, LOCAL):
            (self.drive_c / file).unlink(missing_ok=True)
        shutil.rmtree(self.drive_c / "ProgramData/WsusTrustAgent", ignore_errors=True)

    @property
    def drive_c(self):
        return wine_prefix() / "drive_c"

    def endpoint_options(self):
        return []

    def probe(self, command, *arguments):
        """The lines that windows-probe prints; bytes become a file that it can read."""
        named = [self._file(a) if isinstance(a, bytes) else a for a in arguments]
        done = self._probe.run(command, *named)
        assert done.returncode == 0, done
        return done.stdout.split()

    @property
    def _probe(self):
        return Program(self.program.path.with_name("windows-probe.exe"))

    def _file(self, content):
        file = self.folder / f"{values.thumbprint(content)}.bin"
        file.write_bytes(content)
        return self.program.name_of(file)

    def put_policy_file(self, place, number):
        """As Group Policy leaves it: it asks for AcceptTrustedPublisherCerts = number."""
        file = self.drive_c / place
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(policy_file(number))
        file.chmod(0o600)
        return file

    def contest(self, key, name):
        """Meanwhile somebody else sets the value to 0 whenever it changes."""
        return self._meanwhile("contesting", "contest", key, name)

    def holding(self, file):
        """Meanwhile somebody else has the file open, and lets nobody open it."""
        return self._meanwhile("holding", "hold", self.program.name_of(file))

    @contextlib.contextmanager
    def _meanwhile(self, ready, *command):
        working = subprocess.Popen(
            self._probe.command(*command), stdout=subprocess.PIPE, text=True, env=self._probe.environment()
        )
        try:
            assert working.stdout.readline().strip() == ready
            yield
        finally:
            working.kill()
            working.communicate()

    def state(self):
        """Everything that must stay the same when nothing is written: stores and policy, but not the agent's own key. Keys
        without values are left out: Wine's chain engine creates those of the stores that it looks into."""
        found = {}
        for subject in SUBJECTS:
            if subject != "WsusTrustAgent":
                found |= {key: named for key, named in self.registry.keys(subject).items() if named}
        return found


def make_machine(program, folder):
    return WineMachine(program, folder) if program.windows else Image(program, folder)


def carried(der, **more):
    """An entry that brings the certificate along: no network is ever needed."""
    return pinned(der, **more) | {"der": base64.b64encode(der).decode()}


def pinned(der, *sources, **more):
    entry = {"sha256": values.sha256(der), **more}
    if sources:
        entry["source"] = list(map(str, sources))
    return entry
