"""Reports on their way: the sinks of the program, run by tests/support/sink_probe.cpp."""

import base64
import http.client
import json
import socket
import ssl
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

from program import Program
from servers import LOOPBACK

GOLDEN = Path(__file__).resolve().parents[1] / "unit/report/golden"


class Sinks(Program):
    """`deliver` runs the probe of the system of the program under test."""

    def __init__(self, program):
        super().__init__(program.path.with_name("sink-probe" + program.path.suffix))

    def deliver(self, report, sink, target, ca=None, **options):
        """What came of it: kind, detail. `report` names a golden file; a Path among the options is told as such."""
        words = [f"{key}={self.name_of(value) if isinstance(value, Path) else value}" for key, value in options.items()]
        target = self.name_of(target) if isinstance(target, Path) else target
        probe = subprocess.Popen(
            self.command(self.name_of(GOLDEN / f"{report}.json"), sink, target, *words),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=self.environment(),
        )
        with probe:
            for line in probe.stdout:
                said = json.loads(line)
                if "kind" in said:
                    return said
                answer = post(said, ca) if "url" in said else send(said, ca)
                probe.stdin.write(json.dumps(answer) + "\n")
                probe.stdin.flush()
        raise AssertionError(f"the probe said nothing, and ended with {probe.returncode}")


def post(request, ca):
    url = urlsplit(request["url"])
    connection = http.client.HTTPSConnection(url.hostname, url.port, timeout=20, context=ssl.create_default_context(cafile=ca))
    connection.putrequest("POST", url.path)
    body = base64.b64decode(request["body"])
    for name, value in [*request["fields"], ["content-length", str(len(body))]]:
        assert value.isascii() and value.isprintable(), value
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    return {"status": answer.status, "body": answer.read().decode()}


def send(request, ca):
    context = ssl.create_default_context(cafile=ca)
    with socket.create_connection((LOOPBACK, int(request["port"])), timeout=20) as plain:
        with context.wrap_socket(plain, server_hostname=request["host"]) as connection:
            connection.sendall(base64.b64decode(request["bytes"]))
            try:
                connection.unwrap()
            except OSError:
                pass
    return {}
