"""A signer for tests, and whether a file carries a valid Authenticode signature of it, as osslsigncode sees it."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tls_certificates import openssl

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"


@dataclass(frozen=True)
class Signer:
    chain: Path  # PEM: the certificate, then the CA
    key: Path
    ca: Path


def make_signer(folder):
    """A CA, and a code-signing certificate of it."""
    ca, ca_key, key, request, leaf = (folder / name for name in ("ca.pem", "ca.key", "signer.key", "signer.csr", "signer.pem"))
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=Test CA", "-keyout", ca_key, "-out", ca)
    openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Contoso", "-keyout", key, "-out", request)
    extensions = folder / "extensions"
    extensions.write_text("basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=codeSigning\n")
    openssl("x509", "-req", "-in", request, "-CA", ca, "-CAkey", ca_key, "-set_serial", "2", "-days", "20", "-extfile", extensions,
            "-out", leaf)
    chain = folder / "chain.pem"
    chain.write_text(leaf.read_text() + ca.read_text())
    return Signer(chain, key, ca)


def signing_tool():
    """What packaging/sign uses."""
    script = PACKAGING / "signing-tool"
    if script.exists():
        tool = subprocess.run([script, "--print"], capture_output=True, text=True, check=True).stdout.strip()
        if Path(tool).is_file():
            return tool
    return shutil.which("osslsigncode")


def is_signed(file, signer):
    """Whether the signature is there, is over the file as it is, and is the signer's."""
    done = subprocess.run([signing_tool(), "verify", "-CAfile", signer.ca, "-in", file], capture_output=True, text=True, check=False)
    return done.returncode == 0 and "Signature verification: ok" in done.stdout
