"""A Wine prefix that one test has for itself, because the services of the shared one are running already when a test
begins."""

import contextlib
import os
import subprocess
from pathlib import Path

from program import WINE


class FreshWine:
    """In the block of up() its Windows runs; what starts with Windows starts there. Before, it runs for each program anew."""

    def __init__(self, prefix):
        self.prefix = Path(prefix)
        self.prefix.mkdir(parents=True)
        self._environment = {"PATH": "/usr/bin:/bin", "WSUS_TRUST_AGENT_WINE_PREFIX": str(self.prefix)}
        self.run("wineboot", "--init", timeout=120)
        self._server("--wait")

    @property
    def drive_c(self):
        return self.prefix / "drive_c"

    def run(self, *arguments, **options):
        return subprocess.run(
            [WINE, *map(str, arguments)],
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "timeout": 60, **options},
            env=self._environment | {"WINEDEBUG": "-all"},
        )

    @contextlib.contextmanager
    def up(self, debug="-all", stderr=subprocess.DEVNULL):
        """Until the end of the block; `stderr` gets what services print, too. Windows ends with the last program that is no
        service: one waits until then."""
        self._server("--wait")
        with subprocess.Popen(
            [WINE, "cmd", "/k", "echo up"],
            **{"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": stderr},
            env=self._environment | {"WINEDEBUG": debug},
        ) as waiting:
            try:
                for line in waiting.stdout:
                    if line.strip() == b"up":
                        break
                yield
            finally:
                self._server("--kill")

    def _server(self, option):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.prefix), "WINEPREFIX": os.fspath(self.prefix)}
        subprocess.run(["/usr/lib/wine/wineserver64", option], env=environment, timeout=60)
