"""Receivers of reports, each other people's: the CloudEvents SDK and OpenTelemetry's protobuf code (below receivers/), rsyslog,
node_exporter; all on free loopback ports."""

import hashlib
import json
import os
import urllib.request
from pathlib import Path

from servers import LOOPBACK, Process, free_port
from waiting import until

SCRIPTS = Path(__file__).resolve().with_name("receivers")


def installed_packages(recipe=SCRIPTS):
    """Where packaging/dependencies has put the npm packages of a folder beside this file."""
    cache = os.environ.get("WSUS_TRUST_AGENT_CACHE")
    if not cache:
        cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "wsus-trust-agent"
    key = hashlib.sha256((recipe / "package-lock.json").read_bytes()).hexdigest()[:16]
    folder = Path(cache) / f"{recipe.name}-{key}" / "node_modules"
    assert folder.is_dir(), f"{folder} is missing: run packaging/dependencies test"
    return folder


class NodeReceiver(Process):
    """A script of receivers/ with a server certificate; what it has read are lines of JSON."""

    def __init__(self, script, folder, identity):
        folder.mkdir()
        self._out = folder / "out.log"
        port = free_port()
        super().__init__(
            ["node", SCRIPTS / script, port, identity.certificate, identity.key],
            port,
            self._out,
            env={"PATH": "/usr/bin:/bin", "NODE_PATH": str(installed_packages())},
        )

    def read(self):
        return [json.loads(line) for line in self._out.read_text().splitlines()]


class Rsyslog(Process):
    """Takes syslog over TLS with octet counting, and writes what it has parsed."""

    PROPERTIES = {
        "pri": "pri",
        "severity": "syslogseverity-text",
        "facility": "syslogfacility-text",
        "version": "protocol-version",
        "time": "timereported",
        "host": "hostname",
        "app": "app-name",
        "process": "procid",
        "id": "msgid",
        "text": "msg",
        "raw": "rawmsg",
    }

    def __init__(self, folder, identity, ca):
        folder.mkdir()
        self._messages = folder / "messages.json"
        self._asked_for = 0
        port = free_port()
        date = ' dateFormat="rfc3339"'
        fields = 'constant(value=",") '.join(
            f'property(outname="{name}" name="{known}" format="jsonf"{date if name == "time" else ""}) '
            for name, known in self.PROPERTIES.items()
        )
        (folder / "rsyslog.conf").write_text(
            f"""
            global(
                workDirectory="{folder}" maxMessageSize="64k"
                defaultNetstreamDriver="ossl" defaultNetstreamDriverCAFile="{ca}"
                defaultNetstreamDriverCertFile="{identity.certificate}" defaultNetstreamDriverKeyFile="{identity.key}"
            )
            module(load="imtcp" streamDriver.name="ossl" streamDriver.mode="1" streamDriver.authMode="anon")
            module(load="mmpstrucdata")
            template(name="parsed" type="list") {{
                constant(value="{{") {fields} constant(value=",\\"data\\":") property(name="$!rfc5424-sd") constant(value="}}\\n")
            }}
            ruleset(name="reports") {{
                action(type="mmpstrucdata" sd_name.lowercase="off")
                action(type="omfile" file="{self._messages}" template="parsed")
            }}
            input(type="imtcp" address="{LOOPBACK}" port="{port}" ruleset="reports")
            syslog.* action(type="omfile" file="{folder}/diagnostics.log")
            """
        )
        super().__init__(
            ["/usr/sbin/rsyslogd", "-n", "-f", folder / "rsyslog.conf", "-i", folder / "pid"], port, folder / "out.log"
        )

    def new_messages(self, count):
        """Waits for that many that were not asked for before."""

        def read():
            text = self._messages.read_text() if self._messages.exists() else ""
            lines = text.split("\n")[self._asked_for : -1]
            return lines if len(lines) >= count else None

        lines = until(read)
        self._asked_for += len(lines)
        return [json.loads(line) for line in lines]


class NodeExporter(Process):
    """Shows the files of one folder, and nothing else."""

    def __init__(self, folder, textfiles):
        folder.mkdir()
        port = free_port()
        super().__init__(
            [
                *("prometheus-node-exporter", "--collector.disable-defaults", "--collector.textfile"),
                *("--collector.textfile.directory", textfiles, f"--web.listen-address={LOOPBACK}:{port}"),
            ],
            port,
            folder / "out.log",
        )

    def scrape(self):
        with urllib.request.urlopen(f"http://{LOOPBACK}:{self.port}/metrics", timeout=10) as answer:
            return answer.read().decode()
