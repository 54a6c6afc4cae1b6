#!/usr/bin/python3
"""Makes certificates as WSUS, Patch My PC and an internal CA make them, with the openssl command.

As a program: signing_certificates.py FOLDER writes wsus.cer (self-signed) and internal-ca.cer, ca-issued.cer, with their keys.
"""
import pathlib
import subprocess
import sys

CODE_SIGNING = "codeSigning"


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


def _config(folder, name, extensions):
    path = pathlib.Path(folder) / f"{name}.cnf"
    lines = ["[req]", "distinguished_name = dn", "prompt = no", "[dn]", "CN = unused", "[ext]"]
    path.write_text("\n".join(lines + extensions) + "\n")
    return path


def _extensions(usage, ca, key_usage):
    lines = ["subjectKeyIdentifier = hash"]
    if ca is not None:
        lines.append(f"basicConstraints = critical,CA:{'TRUE' if ca else 'FALSE'}")
    if key_usage:
        lines.append(f"keyUsage = critical,{key_usage}")
    if usage:
        lines.append(f"extendedKeyUsage = {usage}")
    return lines


def self_signed(folder, name, subject="/CN=WSUS Publishers Self-signed", usage=CODE_SIGNING, ca=False,
                key_usage="digitalSignature", days=1825, key="rsa:2048", digest="sha256", key_options=()):
    """Returns the path of the DER file; the key lies beside it."""
    folder = pathlib.Path(folder)
    config = _config(folder, name, _extensions(usage, ca, key_usage))
    cer = folder / f"{name}.cer"
    _openssl("req", "-x509", "-new", "-newkey", key, *key_options, "-nodes", "-keyout", folder / f"{name}.key", "-subj", subject,
             "-days", days, f"-{digest}", "-config", config, "-extensions", "ext", "-outform", "DER", "-out", cer)
    return cer


def internal_ca(folder, name="internal-ca", subject="/CN=Example Internal Root CA"):
    return self_signed(folder, name, subject, usage=None, ca=True, key_usage="keyCertSign,cRLSign")


def ca_issued(folder, name, ca, subject="/CN=Example Update Signing", usage=CODE_SIGNING, days=730, digest="sha256"):
    """`ca` is what internal_ca returned."""
    folder = pathlib.Path(folder)
    config = _config(folder, name, _extensions(usage, False, "digitalSignature"))
    request, cer = folder / f"{name}.csr", folder / f"{name}.cer"
    _openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / f"{name}.key", "-subj", subject,
             "-config", config, "-out", request)
    _openssl("x509", "-req", "-in", request, "-CA", ca, "-CAform", "DER", "-CAkey", ca.with_suffix(".key"),
             "-CAcreateserial", "-CAserial", folder / f"{name}.srl", "-days", days, f"-{digest}", "-extfile", config,
             "-extensions", "ext", "-outform", "DER", "-out", cer)
    return cer


def main(folder):
    pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
    self_signed(folder, "wsus")
    ca_issued(folder, "ca-issued", internal_ca(folder))


if __name__ == "__main__":
    main(sys.argv[1])
