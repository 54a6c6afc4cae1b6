"""Fixtures for the end-to-end tests: the program under test, certificates, and servers that end with their test."""

import json
import os
import shutil
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

import signing_certificates  # noqa: E402
from hostile_share import HostileShare  # noqa: E402
from machine import Image, make_machine  # noqa: E402
from program import Program, wine_prefix  # noqa: E402
from resolver import build_resolver  # noqa: E402
from servers import DeadPort, HostileServer, Nginx, OpensslServer, Squid, answering, response  # noqa: E402
from tls_certificates import RSA_2048, TlsCertificates, make_signing_certificate  # noqa: E402
from uplink import Uplink, uplink_probe  # noqa: E402
from watched_program import WatchedProgram  # noqa: E402


def pytest_configure(config):
    config.addinivalue_line("markers", "linux: about what only the program for Linux does, or what is the same of both and shown there")
    config.addinivalue_line("markers", "windows: about what only the program for Windows does")


def pytest_collection_modifyitems(config, items):
    """Tests that are not about the system of the program under test are left out: they do not count as run."""
    other = "linux" if os.environ.get("WSUS_TRUST_AGENT", "").endswith(".exe") else "windows"
    left_out = [item for item in items if item.get_closest_marker(other)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@dataclass
class Answer:
    """What one `inspect` said, how long it took, and the KiB that it had at its peak."""

    exit: int
    document: dict
    seconds: float
    peak: int
    stderr: str
    codes: list = field(init=False)
    message: str = field(init=False)

    def __post_init__(self):
        reasons = self.document.get("reasons", [])
        self.codes = [reason["code"] for reason in reasons]
        self.message = " / ".join(reason["message"] for reason in reasons)


class Agent:
    """Runs the program with a scrubbed environment and settings of its own. Whatever it meets there, it must end at its
    deadline and stay small: that is looked at here, for every test."""

    def __init__(self, program, folder):
        self.program = program
        self._folder = folder

    def inspect(self, source, timeout="10s", env=None, **fetch):
        """`timeout` in whole seconds."""
        settings = self._folder / "agent.yaml"
        named = {key: self.program.name_of(value) if isinstance(value, Path) else value for key, value in fetch.items()}
        lines = [f"  {key}: {value}" for key, value in {"timeout": timeout, **named}.items()]
        settings.write_text("fetch:\n" + "\n".join(lines) + "\n")
        settings.chmod(0o600)
        if isinstance(source, Path):
            source = self.program.name_of(source)
        ended = self.program.run(
            *("--output", "json", "--config", self.program.name_of(settings), "inspect", source),
            deadline=int(timeout.removesuffix("s")),
            cwd=self._folder,
            env=env,
        )
        return Answer(ended.returncode, json.loads(ended.stdout), ended.seconds, ended.peak, ended.stderr)


@pytest.fixture(scope="session")
def program():
    path = os.environ.get("WSUS_TRUST_AGENT")
    assert path and os.access(path, os.X_OK), "WSUS_TRUST_AGENT must name the program under test"
    return Program(path)


@pytest.fixture(scope="session")
def shipped():
    """The program for Linux as it is shipped: sanitizers need memory of their own, and do not bear being traced."""
    path = os.environ.get("WSUS_TRUST_AGENT_RELEASE")
    assert path and os.access(path, os.X_OK), "WSUS_TRUST_AGENT_RELEASE must name the program as `release` builds it"
    return Program(path)


@pytest.fixture(scope="session")
def watched(program):
    return WatchedProgram(program.path)


@pytest.fixture
def agent(watched, tmp_path):
    return Agent(watched, tmp_path)


@pytest.fixture(scope="session")
def uplink_program(program):
    """One for all: what Wine takes for itself is measured once."""
    return uplink_probe(program)


@pytest.fixture
def uplink(uplink_program, tmp_path):
    return Uplink(uplink_program, tmp_path)


@pytest.fixture(scope="session")
def tls(program, tmp_path_factory):
    """With RSA keys for Windows: Wine 8 takes an ECDSA signature with a number below 32 bytes (one in 128), and each with
    SHA-1, for a bad one."""
    folder = tmp_path_factory.mktemp("tls")
    return TlsCertificates(folder, RSA_2048) if program.windows else TlsCertificates(folder)


@pytest.fixture(scope="session")
def published(tmp_path_factory):
    """The bytes of a certificate that would be admitted."""
    return make_signing_certificate(tmp_path_factory.mktemp("published"))


@pytest.fixture(scope="session")
def resolver(tmp_path_factory):
    """The environment in which only the names of tests/support/resolver.py have addresses."""
    return build_resolver(tmp_path_factory.mktemp("resolver"))


class Servers:
    """Makes servers, which are stopped together: start.nginx(identity), start.hostile(script), …"""

    def __init__(self, folder):
        self._folder = folder
        self._running = []

    def _keep(self, server):
        self._running.append(server)
        return server

    def _next(self, name):
        return self._folder / f"{name}{len(self._running)}"

    def nginx(self, *args, **kwargs):
        return self._keep(Nginx(self._next("nginx"), *args, **kwargs))

    def squid(self, **kwargs):
        return self._keep(Squid(**kwargs))

    def s_server(self, *args):
        return self._keep(OpensslServer(self._folder, *args))

    def hostile(self, script, identity=None, **kwargs):
        return self._keep(HostileServer(script, identity, **kwargs))

    def dead_port(self, *args, **kwargs):
        return self._keep(DeadPort(*args, **kwargs))

    def share(self, **kwargs):
        return self._keep(HostileShare(self._next("share"), **kwargs))

    def stop(self):
        for server in reversed(self._running):
            server.stop()


@pytest.fixture
def start(tmp_path):
    """Servers that are stopped when the test is over."""
    servers = Servers(tmp_path)
    yield servers
    servers.stop()


@pytest.fixture
def share():
    """The folder that Wine shows as \\\\server\\share."""
    folder = wine_prefix() / "dosdevices/unc/server/share"
    folder.mkdir(parents=True)
    yield folder
    shutil.rmtree(wine_prefix() / "dosdevices/unc")


@pytest.fixture
def nothing_said(start):
    """Starts a TLS server that would answer everything, and afterwards proves that it was told nothing."""
    servers = []

    def serve(identity):
        server = start.hostile(answering(response(b"never sent")), identity)
        servers.append(server)
        return server

    yield serve
    for server in servers:
        assert server.connections > 0
        assert server.received == b""


@pytest.fixture
def machine(program, tmp_path):
    """A Windows that holds nothing of ours yet."""
    return make_machine(program, tmp_path)


@pytest.fixture
def image(program, tmp_path):
    """The image of a Windows that holds nothing of ours yet, for either program."""
    return Image(program, tmp_path / "volume")


class Certificates:
    """Certificates as publishers make them, each made when it is first asked for."""

    def __init__(self, folder):
        self._folder = Path(folder)
        self._made = {}

    def _once(self, name, make):
        if name not in self._made:
            self._made[name] = make(name)
        return self._made[name]

    def self_signed(self, name, **options):
        """The DER; `options` as those of signing_certificates.self_signed."""
        return self._once(
            name, lambda n: signing_certificates.self_signed(self._folder, n, **options).read_bytes()
        )

    @property
    def wsus(self):
        return self.self_signed("wsus")

    @property
    def _ca_file(self):
        return self._once("ca", lambda n: signing_certificates.internal_ca(self._folder, n))

    @property
    def ca(self):
        return self._ca_file.read_bytes()

    @property
    def ca_issued(self):
        return self._once(
            "ca-issued", lambda n: signing_certificates.ca_issued(self._folder, n, self._ca_file).read_bytes()
        )


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))
