"""Certificates for TLS servers, made by the openssl command: a CA, and servers that are right or wrong in one way."""

import base64
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

# The prime of 1024 bits of RFC 2409, 6.2.
OAKLEY_GROUP_2 = """
    FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DDEF9519B3CD3A431B
    302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7EDEE386BFB5A899FA5AE9F24117C4B1FE6
    49286651ECE65381FFFFFFFFFFFFFFFF
"""


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


def weak_dh(path):
    """Parameters for a key exchange that is too weak, as PEM."""
    prime, generator = b"\x02\x81\x81\0" + bytes.fromhex(OAKLEY_GROUP_2), b"\x02\x01\x02"
    parameters = b"\x30\x81" + bytes([len(prime + generator)]) + prime + generator
    text = base64.encodebytes(parameters).decode()
    path.write_text(f"-----BEGIN DH PARAMETERS-----\n{text}-----END DH PARAMETERS-----\n")
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
        basic="CA:FALSE",
        issuer=None,
    ):
        """A server certificate in files called `name`; `alt_names` as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1". An
        `issuer` other than this CA is sent along, with all that it sends along."""
        key = make_key(self.folder / f"{name}.key", key_kind)
        request = self.folder / f"{name}.csr"
        extensions = self.folder / f"{name}.ext"
        certificate = self.folder / f"{name}.pem"
        openssl("req", "-new", "-config", self.folder / "ca.cnf", "-key", key, "-subj", f"/CN={subject}", "-out", request)
        names = f"subjectAltName={alt_names}\n" if alt_names else ""
        extensions.write_text(f"basicConstraints={basic}\nextendedKeyUsage={usage}\n{names}")
        openssl(
            *("ca", "-batch", "-notext", "-config", "ca.cnf"),
            *("-cert", issuer.certificate if issuer else self.root, "-keyfile", issuer.key if issuer else self.key),
            *("-startdate", start, "-enddate", end, "-md", digest, "-extfile", extensions),
            *("-in", request, "-out", certificate),
            cwd=self.folder,
        )
        if issuer:
            certificate.write_bytes(certificate.read_bytes() + issuer.certificate.read_bytes())
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

    RIGHT_NAMES = "DNS:localhost,DNS:dotted.sub.test,DNS:two.test,DNS:hundreds.test,DNS:proxied.test,IP:127.0.0.1"

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
    def rsa(self):
        return self._once("rsa", lambda: self.ca.server("rsa", self.RIGHT_NAMES, key_kind=RSA_2048))

    @property
    def weak_key(self):
        return self._once("weak", lambda: self.ca.server("weak", self.RIGHT_NAMES, key_kind=RSA_1024))

    @property
    def weak_ca(self):
        return self._once(
            "weak_ca", lambda: CertificateAuthority(self.folder / "weak_ca", "Weak Root", RSA_1024)
        )

    @property
    def by_weak_ca(self):
        return self._once("by_weak_ca", lambda: self.weak_ca.server("server", self.RIGHT_NAMES))

    @property
    def by_no_ca(self):
        """Signed with the key of an ordinary server's certificate, which the CA issued."""
        return self._once("by_no_ca", lambda: self.ca.server("by_no_ca", self.RIGHT_NAMES, issuer=self.other_host))

    @property
    def nul_in_the_name(self):
        """The name "localhost\\0.elsewhere.example" as DER: a sequence with one dNSName."""
        name = b"localhost\0.elsewhere.example"
        names = bytes([0x30, len(name) + 2, 0x82, len(name)]) + name
        return self._once("nul", lambda: self.ca.server("nul", "DER:" + names.hex(":")))

    @property
    def below_many_cas(self):
        def make():
            issuer = None
            for i in range(12):
                issuer = self.ca.server(f"level{i}", "", subject=f"Level {i}", basic="CA:TRUE", issuer=issuer)
            return self.ca.server("below", self.RIGHT_NAMES, issuer=issuer)

        return self._once("below", make)

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
