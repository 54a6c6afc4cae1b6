"""A Wine prefix that one test has for itself, because the services of the shared one are running already when a test
begins."""

import contextlib
import os
import subprocess
from pathlib import Path

from program import WINE


class FreshWine:
    """In the block of up() its Windows runs; what starts with Windows starts there."""

    def __init__(self, prefix):
        self.prefix = Path(prefix)
        self.prefix.mkdir(parents=True)
        self._environment = {"PATH": "/usr/bin:/bin", "WSUS_TRUST_AGENT_WINE_PREFIX": str(self.prefix)}
        self.run("wineboot", "--init", timeout=120)
        self._server("--wait")

    @property
    def drive_c(self):
        return self.prefix / "drive_c"

    def run(self, *arguments, debug="-all", **options):
        return subprocess.run(
            [WINE, *map(str, arguments)],
            **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "timeout": 60, **options},
            env=self._environment | {"WINEDEBUG": debug},
        )

    @contextlib.contextmanager
    def up(self):
        """Until the end of the block; the first run() decides where the output of services goes."""
        self._server("--persistent")
        try:
            yield
        finally:
            self._server("--kill")

    def _server(self, option):
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.prefix), "WINEPREFIX": os.fspath(self.prefix)}
        subprocess.run(["/usr/lib/wine/wineserver64", option], env=environment, timeout=60)
