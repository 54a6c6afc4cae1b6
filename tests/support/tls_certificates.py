"""Certificates for TLS servers, made by the openssl command: a CA, and servers that are right or wrong in one way."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

CA_CONFIG = """
[ca]
default_ca = this
[this]
database = index.txt
new_certs_dir = .
rand_serial = yes
unique_subject = no
policy = anything
default_md = sha256
email_in_dn = no
[anything]
commonName = supplied
"""

P256 = ("ec", "ec_paramgen_curve:P-256")
RSA_2048 = ("rsa", "rsa_keygen_bits:2048")
RSA_1024 = ("rsa", "rsa_keygen_bits:1024")


@dataclass(frozen=True)
class Identity:
    """A certificate (with what a server sends along) and its key, as PEM files."""

    certificate: Path
    key: Path


def openssl(*arguments, cwd=None):
    subprocess.run(
        ["openssl", *map(str, arguments)],
        cwd=cwd,
        check=True,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=60,
        env={"PATH": "/usr/bin:/bin", "OPENSSL_CONF": "/dev/null"},
    )


def make_key(path, kind=P256):
    openssl("genpkey", "-algorithm", kind[0], "-pkeyopt", kind[1], "-out", path)
    return path


class CertificateAuthority:
    """A root that signs server certificates; `root` is the PEM file that clients trust."""

    def __init__(self, folder, name="Test TLS Root", key_kind=P256):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True)
        (self.folder / "index.txt").touch()
        (self.folder / "ca.cnf").write_text(CA_CONFIG)
        self.root = self.folder / "root.pem"
        self.key = make_key(self.folder / "root.key", key_kind)
        self_signed(self.root, self.key, name, ["basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign"])

    def server(
        self,
        name,
        alt_names,
        start="20240101000000Z",
        end="20491231000000Z",
        key_kind=P256,
        digest="sha256",
        usage="serverAuth",
        subject="server",
    ):
        """A server certificate in files called `name`; `alt_names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1"."""
        key = make_key(self.folder / f"{name}.key", key_kind)
        request = self.folder / f"{name}.csr"
        extensions = self.folder / f"{name}.ext"
        certificate = self.folder / f"{name}.pem"
        openssl("req", "-new", "-config", self.folder / "ca.cnf", "-key", key, "-subj", f"/CN={subject}", "-out", request)
        names = f"subjectAltName={alt_names}\n" if alt_names else ""
        extensions.write_text(f"basicConstraints=CA:FALSE\nextendedKeyUsage={usage}\n{names}")
        openssl(
            *("ca", "-batch", "-notext", "-config", "ca.cnf", "-cert", self.root, "-keyfile", self.key),
            *("-startdate", start, "-enddate", end, "-md", digest, "-extfile", extensions),
            *("-in", request, "-out", certificate),
            cwd=self.folder,
        )
        return Identity(certificate, key)

    def hashed_folder(self, folder):
        """A folder of roots as SSL_CERT_DIR wants it."""
        folder.mkdir()
        (folder / "root.pem").write_bytes(self.root.read_bytes())
        openssl("rehash", folder)
        return folder


def self_signed(certificate, key, name, extensions):
    arguments = []
    for extension in extensions:
        arguments += ["-addext", extension]
    config = Path(certificate).with_suffix(".cnf")
    config.write_text("[req]\ndistinguished_name=dn\n[dn]\n")
    openssl(
        *("req", "-x509", "-config", config, "-key", key, "-subj", f"/CN={name}"),
        *("-days", "3650", "-sha256", "-out", certificate, *arguments),
    )
    return certificate


class TlsCertificates:
    """Every server certificate that the tests need, each made when it is first asked for."""

    RIGHT_NAMES = "DNS:localhost,DNS:dotted.sub.test,DNS:two.test,DNS:proxied.test,IP:127.0.0.1"

    def __init__(self, folder, key_kind=P256):
        """`key_kind` of whoever signs."""
        self.folder = Path(folder)
        self._key_kind = key_kind
        self.ca = CertificateAuthority(self.folder / "ca", key_kind=key_kind)
        self._made = {}

    def _once(self, name, make):
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    @property
    def right(self):
        return self._once("right", lambda: self.ca.server("right", self.RIGHT_NAMES))

    @property
    def other_host(self):
        names = "DNS:elsewhere.example,IP:192.0.2.1"
        return self._once("other", lambda: self.ca.server("other", names, subject="localhost"))

    @property
    def common_name_only(self):
        return self._once("cn", lambda: self.ca.server("cn", "", subject="localhost"))

    @property
    def partial_wildcard(self):
        return self._once("wildcard", lambda: self.ca.server("partial", "DNS:dot*.sub.test"))

    @property
    def expired(self):
        return self._once(
            "expired", lambda: self.ca.server("expired", self.RIGHT_NAMES, end="20240301123456Z")
        )

    @property
    def not_yet_valid(self):
        return self._once(
            "future", lambda: self.ca.server("future", self.RIGHT_NAMES, start="20480102030405Z")
        )

    @property
    def for_clients_only(self):
        return self._once("client", lambda: self.ca.server("client", self.RIGHT_NAMES, usage="clientAuth"))

    @property
    def code_signing(self):
        """As an update is signed with, but for the host of the tests."""

        def make():
            key = make_key(self.folder / "signer.key", self._key_kind)
            extensions = [f"subjectAltName={self.RIGHT_NAMES}", "extendedKeyUsage=codeSigning"]
            return Identity(self_signed(self.folder / "signer.pem", key, "localhost", extensions), key)

        return self._once("signer", make)

    @property
    def weak_key(self):
        return self._once("weak", lambda: self.ca.server("weak", self.RIGHT_NAMES, key_kind=RSA_1024))

    @property
    def sha1_signed(self):
        return self._once("sha1", lambda: self.ca.server("sha1", self.RIGHT_NAMES, digest="sha1"))

    def below(self, issuers):
        """A server certificate that many CAs vouch for, each for the next; all are sent along."""

        def make():
            folder = self.folder / f"below{issuers}"
            folder.mkdir()
            chain, above, key_above = "", self.ca.root, self.ca.key
            for i in range(issuers + 1):
                last = i == issuers
                key = make_key(folder / f"{i}.key", self._key_kind)
                (folder / "ext").write_text(f"subjectAltName={self.RIGHT_NAMES}\n" if last else "basicConstraints=critical,CA:TRUE\n")
                openssl("req", "-new", "-config", self.ca.folder / "ca.cnf", "-key", key, "-subj", f"/CN=Issuer {i}", "-out", folder / "csr")
                openssl(
                    *("x509", "-req", "-in", folder / "csr", "-CA", above, "-CAkey", key_above, "-sha256", "-days", "3650"),
                    *("-set_serial", str(1000 + i), "-extfile", folder / "ext", "-out", folder / f"{i}.pem"),
                )
                above, key_above = folder / f"{i}.pem", key
                chain = above.read_text() + chain
            (folder / "chain.pem").write_text(chain)
            return Identity(folder / "chain.pem", key_above)

        return self._once(f"below{issuers}", make)

    @property
    def stranger_ca(self):
        return self._once(
            "stranger_ca", lambda: CertificateAuthority(self.folder / "stranger", "Stranger Root", self._key_kind)
        )

    @property
    def unknown_issuer(self):
        return self._once("unknown", lambda: self.stranger_ca.server("unknown", self.RIGHT_NAMES))

    @property
    def unknown_root_sent_along(self):
        def make():
            identity = self.stranger_ca.server("along", self.RIGHT_NAMES)
            identity.certificate.write_bytes(identity.certificate.read_bytes() + self.stranger_ca.root.read_bytes())
            return identity

        return self._once("along", make)

    @property
    def self_signed(self):
        def make():
            key = make_key(self.folder / "self.key", self._key_kind)
            extensions = [f"subjectAltName={self.RIGHT_NAMES}", "extendedKeyUsage=serverAuth"]
            return Identity(self_signed(self.folder / "self.pem", key, "localhost", extensions), key)

        return self._once("self", make)


def make_signing_certificate(folder):
    """A self-signed code-signing certificate that would be admitted, in DER: what the tests publish."""
    key = make_key(folder / "signing.key", RSA_2048)
    pem = self_signed(
        folder / "signing.pem",
        key,
        "WSUS Publishers Self-signed",
        ["basicConstraints=critical,CA:FALSE", "keyUsage=critical,digitalSignature", "extendedKeyUsage=codeSigning"],
    )
    der = folder / "signing.cer"
    openssl("x509", "-in", pem, "-outform", "DER", "-out", der)
    return der.read_bytes()
