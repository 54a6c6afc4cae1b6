"""Certificates that would give more away than the signing of updates, as they are found in the world: refused, pinned or not."""

import re
import ssl
from pathlib import Path

import pytest
import registry_values as values
from machine import carried, pinned

MOZILLA = Path("/usr/share/ca-certificates/mozilla")


def every_root_of_mozilla():
    pem = [file.read_text() for file in sorted(MOZILLA.glob("*.crt"))]
    assert len(pem) > 100, "the package ca-certificates is missing"
    return [ssl.PEM_cert_to_DER_cert(re.search(r"-----BEGIN.*?-----END CERTIFICATE-----", text, re.S)[0]) for text in pem]


@pytest.mark.linux
def test_every_root_of_mozilla_is_refused_as_a_ca_although_it_is_published_and_pinned(machine, start, tls):
    """Threat 6."""
    roots = every_root_of_mozilla()
    server = start.nginx(tls.right)
    for der in roots:
        server.publish(values.sha256(der), der)
    address = f"https://localhost:{server.port}/{{sha256}}"
    machine.configure(*[pinned(der, address) for der in roots], fetch={"ca_file": str(tls.ca.root), "timeout": "60s"})
    run = machine.repair()
    assert run.exit == 6
    refused = {f["subject"] for f in run.report["findings"] if (f["code"], f["severity"]) == ("ca_certificate", "error")}
    assert refused == {values.sha256(der) for der in roots}
    assert len([line for line in server.requests() if line.endswith("|200")]) == len(roots), "not every one was fetched"
    assert machine.thumbprints("Root") == machine.thumbprints("TrustedPublisher") == []
    assert {c[0] for c in run.changes()} <= {"setPolicyValue"}


@pytest.mark.parametrize(
    "name, subject, made, codes",
    [
        # As Superfish shipped it: a CA for everything, with a weak key.
        ("superfish", "/C=US/ST=CA/L=SF/O=Superfish, Inc./CN=Superfish, Inc.",
         {"ca": True, "usage": None, "key_usage": "keyCertSign,cRLSign,digitalSignature", "key": "rsa:1024", "digest": "sha1"},
         {"ca_certificate", "no_eku", "weak_key"}),
        # eDellRoot and DSDTestProvider have neither basicConstraints nor usages: no rule about CAs knows them.
        ("edellroot", "/CN=eDellRoot", {"ca": None, "usage": None, "key_usage": None}, {"no_eku"}),
        ("dsdtestprovider", "/CN=DSDTestProvider", {"ca": None, "usage": None, "key_usage": "digitalSignature,keyEncipherment"}, {"no_eku"}),
        # A CA that also signs code.
        ("signing-ca", "/CN=Contoso Root", {"ca": True, "usage": "codeSigning", "key_usage": "keyCertSign,digitalSignature"},
         {"ca_certificate"}),
        # A server's certificate that somebody pins by mistake.
        ("tls-server", "/CN=wsus.contoso.example", {"usage": "serverAuth,clientAuth"}, {"no_code_signing", "usage_too_broad"}),
    ],
)  # fmt: skip
def test_what_was_used_in_attacks_is_refused_although_it_is_pinned(machine, certificates, name, subject, made, codes):
    """Threats 6, 8, 9, 10."""
    der = certificates.self_signed(name, subject=subject, **made)
    machine.configure(carried(der))
    run = machine.repair()
    assert (run.exit, set(run.codes("error"))) == (6, codes), run
    assert not machine.holds("Root", der) and not machine.holds("TrustedPublisher", der)


@pytest.mark.linux
def test_with_any_byte_flipped_and_pinned_as_it_then_is_nothing_enters_root(machine, certificates):
    """Threat 37 on a real image: one certificate for every byte of a good one."""
    good = certificates.self_signed("small", key="ec", key_options=["-pkeyopt", "ec_paramgen_curve:P-256"])
    flipped = [good[:i] + bytes([good[i] ^ 1]) + good[i + 1 :] for i in range(len(good))]
    machine.configure(*map(carried, flipped))
    run = machine.repair()
    assert run.exit == 6
    assert machine.thumbprints("Root") == []
    placed = set(machine.thumbprints("TrustedPublisher"))  # those that name another issuer now, who alone makes them worth anything
    for certificate in run.report["certificates"]:
        if certificate["thumbprint"] in placed:
            assert not certificate["selfSigned"] and certificate["subject"] != certificate["issuer"]
    told = {f["subject"] for f in run.report["findings"] if f["severity"] in ("error", "warning")}
    assert told >= {values.sha256(der) for der in flipped if values.thumbprint(der) not in placed}
    assert len(placed) < len(good) // 4
    machine.configure(carried(good))
    assert machine.repair().exit == 0, "the certificate was not a good one"
