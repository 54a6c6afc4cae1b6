"""The receivers of packaging/receivers as they are shipped: nothing is replaced but paths, ports, certificates and secrets."""

import json
import os
import shutil
from pathlib import Path

from servers import LOOPBACK, Process, free_port
from waiting import until

SHIPPED = Path(__file__).resolve().parents[2] / "packaging/receivers"
TOKEN, STORE_KEY = 32 * "0f", 32 * "e1"


def replaced(text, replacements):
    """Each of them stands in `text`, or the test would be about another file."""
    for shipped, here in replacements.items():
        assert shipped in text, shipped
        text = text.replace(shipped, str(here))
    return text


def without_comment_signs(text, first, last):
    """The lines from `first` to `last` are in force."""
    head, begin, rest = text.partition(f"    # {first}")
    middle, end, tail = rest.partition(f"# {last}")
    assert begin and end
    return f"{head}    {first}{middle.replace('# ', '')}{last}{tail}"


class NginxReceiver(Process):
    """Keeps reports in `reports`; `clients` are CAs whose client certificates count in place of the token, `extra` is more of
    nginx's directives at the head of the file, `checks` more of them at the head of its location."""

    def __init__(self, folder, identity, clients=None, extra="", checks="", port=None):
        self._folder = folder = Path(folder)
        self.reports = folder / "store/reports"
        self.incoming = folder / "store/incoming"
        self.token = folder / "token"
        port, store_port = port or free_port(), free_port()
        self.url = f"https://localhost:{port}/reports"
        for made in (self.reports, self.incoming, folder / "temp"):
            made.mkdir(parents=True, exist_ok=True)
        self.token.write_text(TOKEN + "\n")
        self.token.chmod(0o600)
        text = (SHIPPED / "nginx.conf").read_text()
        secrets = (SHIPPED / "nginx.secrets").read_text()
        if clients:
            text = replaced(text, {"# ssl_client_certificate": "ssl_client_certificate", "# ssl_verify_client": "ssl_verify_client"})
            text = replaced(text, {"/etc/nginx/wsus-trust-agent-clients.pem": clients})
            tokens, _, rest = secrets.partition("map $http_authorization")
            head, _, tail = rest.partition("# map $ssl_client_verify")
            certificates, _, tail = tail.partition("# }")
            secrets = f"{tokens}map $ssl_client_verify{certificates.replace('# ', '')}}}{tail}"
        else:
            secrets = replaced(secrets, {"PUT-THE-TOKEN-HERE": TOKEN})
        (folder / "secrets").write_text(replaced(secrets, {"PUT-THE-KEY-HERE": STORE_KEY}))
        (folder / "receiver.conf").write_text(extra + replaced(text, {
            "/etc/nginx/wsus-trust-agent.secrets": folder / "secrets",
            "listen 443 ssl": f"listen {LOOPBACK}:{port} ssl",
            "reports.example.com;": "localhost;",
            "/etc/nginx/reports.example.com.pem": identity.certificate,
            "/etc/nginx/reports.example.com.key": identity.key,
            "127.0.0.1:8514": f"{LOOPBACK}:{store_port}",
            "/var/lib/wsus-trust-agent-reports": folder / "store",
            "/var/log/nginx/wsus-trust-agent.log": folder / "access.log",
            "location = /reports {": f"location = /reports {{ {checks}",
        }))
        self.store_port = store_port
        temp = " ".join(f"{kind}_temp_path {folder}/temp/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;"
            f"events {{ worker_connections 512; }}"
            f"http {{ {temp} include {folder}/receiver.conf; }}"
        )
        self._start()

    def _start(self):
        folder = self._folder
        super().__init__(
            ["/usr/sbin/nginx", "-p", folder, "-c", folder / "nginx.conf", "-e", folder / "error.log"],
            int(self.url.split(":")[2].split("/")[0]), folder / "out.log",
        )

    def start_again(self):
        self._start()

    def kept(self):
        """What is stored: name of the file -> its bytes."""
        return {file.name: file.read_bytes() for file in self.reports.iterdir()}

    def log(self):
        file = self._folder / "access.log"
        return file.read_text().splitlines() if file.exists() else []


class RsyslogReceiver(Process):
    """Writes a line of JSON for each report."""

    def __init__(self, folder, identity, ca):
        folder = Path(folder)
        folder.mkdir()
        self._lines = folder / "log/reports.jsonl"
        port = free_port()
        (folder / "receiver.conf").write_text(replaced((SHIPPED / "rsyslog.conf").read_text(), {
            'port="6514"': f'address="{LOOPBACK}" port="{port}"',
            "/var/log/wsus-trust-agent/reports.jsonl": self._lines,
            "/etc/rsyslog.d/wsus-trust-agent-ca.pem": ca,
            "/etc/rsyslog.d/wsus-trust-agent.pem": identity.certificate,
            "/etc/rsyslog.d/wsus-trust-agent.key": identity.key,
        }))
        (folder / "rsyslog.conf").write_text(
            f'global(workDirectory="{folder}")\ninclude(file="{folder}/receiver.conf")\n'
            f'syslog.* action(type="omfile" file="{folder}/diagnostics.log")\n'
        )
        super().__init__(
            ["/usr/sbin/rsyslogd", "-n", "-f", folder / "rsyslog.conf", "-i", folder / "pid"], port, folder / "out.log"
        )

    def lines(self, count):
        """Waits for so many."""

        def read():
            lines = self._lines.read_text().splitlines() if self._lines.exists() else []
            return lines if len(lines) >= count else None

        return [json.loads(line) for line in until(read, 10)]
