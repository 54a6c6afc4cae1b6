"""A made-up Windows image with settings, and the commands of the agent over it."""
import base64
import hashlib
import json
import os
import subprocess
from pathlib import Path

import hive_tools
import jsonschema

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
    def __init__(self, program, folder):
        self.program = Path(program)
        self.folder = Path(folder)
        self.root = self.folder / "image"
        self.hive = self.root / "Windows/System32/config/SOFTWARE"
        self.hive.parent.mkdir(parents=True)
        self.settings = self.folder / "agent.yaml"
        self.new_hive("--software")

    def new_hive(self, kind, path=None):
        subprocess.run([self.program.parent / "make-hive", path or self.hive, kind], check=True, timeout=60)

    def configure(self, *certificates, **sections):
        """Each certificate is a mapping of the settings; sections such as fetch={"timeout": "2s"}."""
        document = dict(sections)
        if certificates:
            document["certificates"] = list(certificates)
        self.settings.write_text(json.dumps(document))  # JSON is YAML
        self.settings.chmod(0o600)

    def run(self, *arguments, env=None, config=True, image=True, **options):
        command = [self.program]
        if config and self.settings.exists():
            command += ["--config", self.settings]
        if image:
            command += ["--image", self.root]
        return Run(
            subprocess.run(
                [*map(str, command), *map(str, arguments)],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=60,
                cwd=self.folder,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", **(env or {})},
                **options,
            )
        )

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

    def state(self):
        """Everything that must stay the same when nothing is written."""
        files = sorted(p for p in self.hive.parent.iterdir())
        return [(p.name, hashlib.sha256(p.read_bytes()).hexdigest(), os.stat(p).st_mtime_ns) for p in files]

    def entry(self, store, der, location=hive_tools.MACHINE):
        return hive_tools.entry_elements(self.hive, store, der, location)

    def holds(self, store, der):
        """By an independent reader: the entry's certificate is these bytes."""
        elements = self.entry(store, der)
        return elements is not None and dict(elements)[hive_tools.CERTIFICATE_ELEMENT] == der

    def policy_value(self):
        """Type and value as reglookup prints them: "DWORD,0x00000001"; None when there is none."""
        path = "/" + hive_tools.POLICY.replace("\\", "/") + "/AcceptTrustedPublisherCerts"
        lines = [line for line in hive_tools.reglookup(self.hive, path).splitlines() if line.startswith(path + ",")]
        return ",".join(lines[0].split(",")[1:3]) if lines else None


def carried(der, **more):
    """An entry that brings the certificate along: no network is ever needed."""
    return pinned(der, **more) | {"der": base64.b64encode(der).decode()}


def pinned(der, *sources, **more):
    entry = {"sha256": hashlib.sha256(der).hexdigest(), **more}
    if sources:
        entry["source"] = list(map(str, sources))
    return entry
