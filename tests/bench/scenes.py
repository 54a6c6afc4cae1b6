"""What is measured: machines, hives and servers, each with the commands over it. Everything lies below build/bench."""

import contextlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import signing_certificates
from hive_census import census
from machine import Image, WineMachine, carried, pinned
from measuring import Broken, Command
from program import Program
from servers import Nginx
from tls_certificates import RSA_2048, TlsCertificates, make_key, openssl

REPOSITORY = Path(__file__).resolve().parents[2]
WINE = REPOSITORY / "tests/support/wine"
VALUE = (r"\Microsoft\Windows NT\CurrentVersion", "ProductName")


def _must(run, doing):
    if run.exit != 0:
        raise Broken(f"{doing}: {run}")


class Online:
    """A right image, and its certificate on a server of the machine; the agent has to ask at every run."""

    def __init__(self, agent, folder):
        tls = TlsCertificates(folder / "tls")
        self.published = signing_certificates.self_signed(folder, "wsus").read_bytes()
        self.server = Nginx(folder / "nginx", tls.right)
        self.server.publish("wsus.cer", self.published)
        url = f"https://localhost:{self.server.port}/wsus.cer"
        image = Image(Program(agent), folder)
        fetch = {"refresh": "0s", "ca_file": str(tls.ca.root), "timeout": "10s"}
        image.configure(pinned(self.published, url), fetch=fetch)
        _must(image.repair(), "the first repair")
        self._got = folder / "got.cer"
        self.ours = Command(
            "`repair`, online", [agent, "--config", image.settings, *image.endpoint_options(), "repair"]
        )
        self.theirs = Command(
            "`curl` of the same file",
            ["/usr/bin/curl", "--silent", "--cacert", tls.ca.root, "-o", self._got, url],
        )

    @contextlib.contextmanager
    def proven(self, runs):
        """That each of so many runs of both asked the server, and that curl has the file. `answers` is what it answered."""
        before = len(self.server.requests())
        self._got.unlink(missing_ok=True)
        yield
        requests = [line.split("|") for line in self.server.requests()[before:]]
        ours = [status for *_, encoding, status in requests if encoding == "identity"]  # which curl does not ask for
        if len(ours) != runs or len(requests) != 2 * runs:
            raise Broken(f"{len(requests)} requests instead of {2 * runs}, {len(ours)} of them from the agent")
        if self._got.read_bytes() != self.published:
            raise Broken("curl did not get the file")
        self.answers = ", ".join(sorted(set(ours)))

    def stop(self):
        self.server.stop()


class LargeHive:
    """A hive of 60 MB as a used Windows has it, with what the settings ask for in place."""

    def __init__(self, agent, folder):
        key_usage = ("basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign")
        roots = [
            _made_with_one_key(folder, f"root{i}", f"/C=XX/O=Public Certification Authority {i}/CN=Public Root {i}", key_usage)
            for i in range(60)
        ]
        self.file = folder / "SOFTWARE"
        subprocess.run([agent.with_name("make-hive"), self.file, "--large", *roots], check=True)
        image = _ImageFile(Program(agent), folder, self.file)
        image.configure(carried(signing_certificates.self_signed(folder, "wsus").read_bytes()))
        _must(image.repair(), "the repair of the large hive")
        self.ours = Command(
            "`check`, 60 MB hive", [agent, "--config", image.settings, *image.endpoint_options(), "check"]
        )
        self.theirs = Command("`hivexget` of one value of it", ["/usr/bin/hivexget", self.file, *VALUE])
        self.shape = census(self.file)


class _ImageFile(Image):
    """A hive that is there already."""

    def __init__(self, program, folder, file):
        super().__init__(program, folder)
        self._file = file

    def endpoint_options(self):
        return ["--image", self._file]


class Certificates:
    """Right images with 1, 10 and 100 configured certificates, as settings usually name them: pin and source."""

    NUMBERS = (1, 10, 100)

    def __init__(self, agent, folder):
        usage = (
            *("basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature"),
            *("extendedKeyUsage=codeSigning", "subjectKeyIdentifier=hash"),
        )
        ders = [
            _made_with_one_key(folder, f"signing{i}", f"/CN=WSUS Publishers {i}", usage).read_bytes()
            for i in range(max(self.NUMBERS))
        ]
        self.commands = []
        for number in self.NUMBERS:
            place = folder / str(number)
            place.mkdir()
            image = Image(Program(agent), place)
            image.configure(*(carried(der) for der in ders[:number]))
            _must(image.repair(), f"the repair with {number} certificates")
            image.configure(*(pinned(der, "https://pki.example.com/wsus.cer") for der in ders[:number]))
            plural = "s" if number > 1 else ""
            words = [agent, "--config", image.settings, *image.endpoint_options(), "check"]
            self.commands.append(Command(f"`check`, {number} certificate{plural}", words))
            self.last_hive = image.hive


def _made_with_one_key(folder, name, subject, extensions):
    """Self-signed with RSA 2048. All of a folder have one key: making each its own takes long, and changes nothing here."""
    key, config, cer = folder / "shared.key", folder / "shared.cnf", folder / f"{name}.cer"
    if not key.exists():
        make_key(key, RSA_2048)
        config.write_text("\n".join(["[req]", "distinguished_name=dn", "[dn]", "[ext]", *extensions, ""]))
    openssl(
        *("req", "-x509", "-new", "-key", key, "-subj", subject, "-days", "1825", "-sha256"),
        *("-config", config, "-extensions", "ext", "-outform", "DER", "-out", cer),
    )
    return cer


class UnderWine:
    """A right machine in a Wine prefix of the benchmark's own, which is kept for the next time."""

    def __init__(self, program, folder, prefix):
        self._environment = {**os.environ, "WSUS_TRUST_AGENT_WINE_PREFIX": str(prefix)}
        os.environ["WSUS_TRUST_AGENT_WINE_PREFIX"] = str(prefix)
        self._wine("--start")
        place = prefix / "drive_c/bench"
        place.mkdir(exist_ok=True)
        machine = WineMachine(Program(program), place)
        machine.configure(carried(signing_certificates.self_signed(folder, "wsus").read_bytes()))
        _must(machine.repair(), "the repair under Wine")
        self.openssl = re.search(r"\(OpenSSL ([\d.]+),", machine.program.run("version").stdout)[1]
        shared = prefix / "drive_c/ProgramData/WsusTrustAgent"  # where it looks by itself
        shared.mkdir(parents=True, exist_ok=True)
        shutil.copy(machine.settings, shared)
        loader, environment = "/usr/lib/wine/wine64", self._environment_of_programs()
        self.ours = Command("`check`, Wine", [loader, program, "check"], environment)
        self.theirs = Command("an empty program, Wine", [loader, program.with_name("empty.exe")], environment)

    def _wine(self, *arguments, **more):
        return subprocess.run(
            [WINE, *arguments], env={**self._environment, **more}, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if more else subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True,
        )

    def _environment_of_programs(self):
        """That which tests/support/wine gives them."""
        listed = self._wine("none", WSUS_TRUST_AGENT_WINE_UNDER="sh -c env").stdout
        kept = dict(line.split("=", 1) for line in listed.splitlines() if re.match(r"\w+=", line))
        return {key: value for key, value in kept.items() if key not in ("PWD", "SHLVL", "_", "OLDPWD")}

    def stop(self):
        self._wine("--stop")
