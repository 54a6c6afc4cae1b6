"""The main job on a real hive with a real nginx, read back with other people's tools."""

import hashlib
import struct
import subprocess

import pytest
import registry_values as values
from machine import carried, pinned

UTF16_MARK = "wsus-trust-agent\0".encode("utf-16-le")
CODE_SIGNING_ONLY = bytes.fromhex("300a06082b06010505070303")


@pytest.fixture
def publish(program, start, tls):
    """Publishes over https; returns the address."""
    server = start.nginx(tls.right)

    def put(name, data):
        server.publish(name, data)
        return f"https://localhost:{server.port}/{name}"

    put.server = server
    put.fetch = {"ca_file": program.name_of(tls.ca.root), "timeout": "10s"}
    return put


def openssl(*arguments, input):
    return subprocess.run(["openssl", *arguments], input=input, capture_output=True, check=True).stdout


def test_from_nothing_to_compliant_and_back(machine, certificates, publish):
    machine.put_certificate("Root", certificates.ca)
    machine.put_update_service()
    machine.configure(
        pinned(certificates.wsus, publish("wsus.cer", certificates.wsus), note="CHG0012345"),
        pinned(certificates.ca_issued, publish("ca.cer", certificates.ca_issued)),
        fetch=publish.fetch,
    )
    before = machine.state()
    first = machine.check()
    assert first.exit == 1
    assert first.codes() == ["not_in_root", "not_in_trusted_publisher", "not_in_trusted_publisher", "policy_missing"]
    assert first.report["inDesiredState"] is False

    planned = machine.repair("--what-if")
    assert planned.exit == 1
    assert {c[2] for c in planned.changes()} == {"planned"}
    assert machine.state() == before

    repaired = machine.repair()
    assert (repaired.exit, repaired.codes()) == (0, []), repaired
    assert [c[:2] for c in repaired.changes()] == [c[:2] for c in planned.changes()]
    assert machine.holds("Root", certificates.wsus) and machine.holds("TrustedPublisher", certificates.wsus)
    assert machine.holds("TrustedPublisher", certificates.ca_issued)
    assert not machine.holds("Root", certificates.ca_issued)
    assert machine.policy_value() == values.dword(1)

    right = machine.state()
    requests = len(publish.server.requests())
    assert machine.check().report["inDesiredState"] is True
    again = machine.repair()
    assert (again.exit, again.changes()) == (0, [])
    assert machine.state() == right, "a second repair wrote"
    assert len(publish.server.requests()) == requests, "what is in place needs no network"

    status = machine.report("status")
    last_written = again if machine.remembers_looks else repaired
    assert (status.exit, status.report["runId"]) == (0, last_written.report["runId"])

    undone = machine.undo()
    assert (undone.exit, undone.codes()) == (0, [])
    assert machine.entry("Root", certificates.wsus) is None
    assert machine.entry("TrustedPublisher", certificates.wsus) is None
    assert machine.entry("TrustedPublisher", certificates.ca_issued) is None
    assert machine.policy_value() is None
    assert machine.holds("Root", certificates.ca), "undo took away what was not ours"
    after = machine.state()
    assert machine.undo().exit == 0
    assert machine.state() == after


def test_independent_readers_agree_with_what_was_written(machine, certificates, publish):
    der = certificates.self_signed("old-wsus", usage=None, key_usage=None, subject="/CN=Old WSUS")
    machine.configure(pinned(der, publish("old.cer", der), allow=["no_eku"]), fetch=publish.fetch)
    assert machine.repair().exit == 0
    root = dict(machine.entry("Root", der))
    assert root == {3: hashlib.sha1(der).digest(), 9: CODE_SIGNING_ONLY, 11: UTF16_MARK, 0x20: der}
    publisher = dict(machine.entry("TrustedPublisher", der))
    assert publisher == {3: hashlib.sha1(der).digest(), 11: UTF16_MARK, 0x20: der}


@pytest.mark.linux
def test_a_reader_that_shares_no_code_with_the_others_agrees(machine, certificates):
    der = certificates.wsus
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    listing = machine.registry.reglookup("/Microsoft/SystemCertificates")
    assert f"/Root/Certificates/{values.thumbprint(der)}/Blob,BINARY," in listing
    policy = machine.registry.reglookup("/Policies/Microsoft/Windows/WindowsUpdate")
    assert "AcceptTrustedPublisherCerts,DWORD,0x00000001" in policy


def test_a_swapped_publication_is_refused_and_not_described(machine, certificates, publish):
    """Threat 1."""
    evil = certificates.self_signed("evil", subject="/CN=Contoso Perfectly Fine")
    machine.configure(pinned(certificates.wsus, publish("wsus.cer", evil)), fetch=publish.fetch)
    run = machine.repair()
    assert run.exit == 6
    assert run.finding("publication_changed")["actual"] == hashlib.sha256(evil).hexdigest()
    assert "Perfectly Fine" not in run.out, "bytes that nobody vouched for were parsed"
    assert machine.entry("Root", evil) is None and machine.entry("TrustedPublisher", evil) is None


def test_without_a_pin_nothing_is_written(machine, certificates, publish):
    """Threat 2."""
    machine.configure({"source": publish("wsus.cer", certificates.wsus)}, fetch=publish.fetch)
    before = machine.state()
    run = machine.repair()
    assert (run.exit, run.codes("error")) == (6, ["policy_missing", "not_pinned"][::-1])
    assert hashlib.sha256(certificates.wsus).hexdigest() in run.finding("not_pinned")["message"]
    assert machine.state() == before


@pytest.mark.parametrize(
    "name, make, code",
    [
        ("ca", {"ca": True}, "ca_certificate"),
        ("eDellRoot", {"usage": None, "key_usage": None, "subject": "/CN=eDellRoot"}, "no_eku"),
        ("tls", {"usage": "codeSigning,serverAuth"}, "usage_too_broad"),
        ("any", {"usage": "codeSigning,anyExtendedKeyUsage"}, "usage_too_broad"),
        ("weak", {"key": "rsa:1024"}, "weak_key"),
        ("md5", {"digest": "md5"}, "weak_signature"),
        ("encipher", {"key_usage": "keyEncipherment"}, "no_digital_signature"),
    ],
)
def test_a_dangerous_certificate_is_refused_even_when_pinned(machine, certificates, publish, name, make, code):
    """Threats 6, 8, 9, 10, 33."""
    der = certificates.self_signed(f"bad-{name}", **make)
    machine.configure(pinned(der, publish("bad.cer", der)), fetch=publish.fetch)
    run = machine.repair()
    assert run.exit == 6
    assert code in run.codes("error")
    assert not machine.holds("Root", der) and not machine.holds("TrustedPublisher", der)


@pytest.mark.parametrize(
    "code, change",
    [
        ("not_exactly_one", lambda pem, der: pem + pem),
        ("trailing_bytes", lambda pem, der: der + der),
        ("private_key_in_input", lambda pem, der: pem + b"-----BEGIN PRIVATE KEY-----\nMAAA\n-----END PRIVATE KEY-----\n"),
        ("utf16_text", lambda pem, der: pem.decode().encode("utf-16")),
        ("bare_base64", lambda pem, der: b"".join(pem.splitlines()[1:-1])),
        ("empty_input", lambda pem, der: b""),
        ("not_a_certificate", lambda pem, der: b"<!DOCTYPE html><html>log on</html>"),
        ("not_a_certificate", lambda pem, der: b"\x00\xff\x1b" * 9 + pem),
        ("trailing_bytes", lambda pem, der: der + b"\n"),
        ("pkcs7_container", lambda pem, der: openssl("crl2pkcs7", "-nocrl", "-outform", "DER", "-certfile", "/dev/stdin", input=pem)),
        ("pkcs7_container", lambda pem, der: openssl("crl2pkcs7", "-nocrl", "-certfile", "/dev/stdin", input=pem)),
        ("pfx_container", lambda pem, der: openssl("pkcs12", "-export", "-nokeys", "-passout", "pass:", input=pem)),
    ],
)
def test_what_is_not_one_certificate_is_refused_with_its_own_code(machine, certificates, publish, code, change):
    """Threats 11, 12."""
    import ssl

    der = certificates.wsus
    pem = ssl.DER_cert_to_PEM_cert(der).encode()
    address = publish("odd.cer", change(pem, der))
    machine.configure(pinned(der, address), fetch=publish.fetch)
    run = machine.repair()
    assert (run.exit, code in run.codes("error")) == (6, True), run
    assert not machine.holds("Root", der)
    inspected = machine.run("--output", "json", "inspect", address, image=False)
    assert (inspected.exit, [r["code"] for r in inspected.report["reasons"]]) == (6, [code])


def test_pem_is_installed_as_the_der_that_was_pinned(machine, certificates, publish):
    import ssl

    pem = ssl.DER_cert_to_PEM_cert(certificates.wsus).encode()
    machine.configure(pinned(certificates.wsus, publish("wsus.pem", pem)), fetch=publish.fetch)
    assert machine.repair().exit == 0
    assert machine.holds("Root", certificates.wsus)


@pytest.mark.parametrize(
    "value, code, shown",
    [
        (values.dword(0), "policy_disabled", "REG_DWORD 0"),
        (values.qword(1), "policy_wrong_type", "REG_QWORD 1"),
        (values.text("1"), "policy_wrong_type", 'REG_SZ "1"'),
    ],
)
def test_a_wrong_policy_value_is_repaired_and_given_back_as_it_was(machine, certificates, value, code, shown):
    machine.put_policy_value(value)
    before = machine.policy_value()
    machine.configure(carried(certificates.wsus))
    check = machine.check()
    assert check.finding(code)["actual"] == shown
    assert machine.repair().exit == 0
    assert machine.policy_value() == values.dword(1)
    assert machine.undo().exit == 0
    assert machine.policy_value() == before is not None


def test_a_damaged_entry_is_repaired_and_an_administrators_entry_is_kept(machine, certificates):
    der = certificates.wsus
    name = "Our WSUS\0".encode("utf-16-le")
    machine.put_certificate("Root", der, raw=b"garbage")
    machine.put_certificate("TrustedPublisher", der, properties=[(11, name)])
    machine.configure(carried(der))
    assert "entry_damaged" in machine.check().codes()
    assert machine.repair().exit == 0
    assert machine.holds("Root", der)
    assert dict(machine.entry("TrustedPublisher", der))[11] == name
    assert machine.undo().exit == 0
    assert dict(machine.entry("TrustedPublisher", der))[11] == name, "undo took an entry that is not ours"
    assert machine.entry("Root", der) is None


def test_distrusted_stays_distrusted_after_undo(machine, certificates):
    """Threat 40, without the installer."""
    der = certificates.wsus
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    machine.configure(pinned(der, state="distrusted"))
    run = machine.repair()
    assert run.exit == 0, run
    assert machine.holds("Disallowed", der) and not machine.holds("Root", der)
    undone = machine.undo()
    assert (undone.exit, undone.codes()) == (0, ["not_undone"])
    assert machine.holds("Disallowed", der)
    machine.configure(carried(der))
    assert machine.repair().codes("error") == ["disallowed"]
    assert not machine.holds("Root", der)


def test_withdrawn_is_removed_and_what_policy_delivers_is_reported(machine, certificates):
    der = certificates.wsus
    machine.put_certificate("Root", der)
    machine.put_certificate("TrustedPublisher", der, location=values.GROUP_POLICY)
    machine.configure(pinned(der, state="withdrawn"))
    run = machine.repair()
    assert (run.exit, run.codes("error")) == (1, ["still_delivered_by_policy"])
    assert machine.entry("Root", der) is None
    assert machine.entry("TrustedPublisher", der, values.GROUP_POLICY) is not None


def test_copies_of_group_policy_and_the_enterprise_count(machine, certificates):
    der = certificates.wsus
    machine.put_certificate("Root", der, location=values.GROUP_POLICY)
    machine.put_certificate("TrustedPublisher", der, location=values.ENTERPRISE)
    machine.put_policy_value(values.dword(1))
    machine.configure(pinned(der))
    before = machine.state()
    run = machine.repair()
    assert (run.exit, run.changes()) == (0, [])
    assert machine.state() == before


@pytest.mark.parametrize(
    "root_in, exit_code, code",
    [
        (None, 0, "issuer_not_found"),
        ("CA", 1, "issuer_not_trusted"),
        ("Root", 0, None),
        pytest.param("AuthRoot", 0, None, marks=pytest.mark.linux),  # Wine's Root is one location, without AuthRoot
    ],
)
def test_the_chain_of_a_ca_issued_certificate_is_judged_from_the_stores(machine, certificates, root_in, exit_code, code):
    if root_in:
        machine.put_certificate(root_in, certificates.ca)
    machine.configure(carried(certificates.ca_issued))
    run = machine.repair()
    assert (run.exit, run.codes()) == (exit_code, [code] if code else [])
    assert machine.holds("TrustedPublisher", certificates.ca_issued)


def test_the_cache_in_the_image_serves_when_the_publication_is_gone(machine, certificates, publish):
    address = publish("wsus.cer", certificates.wsus)
    machine.configure(pinned(certificates.wsus, address), fetch={**publish.fetch, "refresh": "0s"})
    assert machine.repair().exit == 0
    publish.server.stop()
    for store in ("Root", "TrustedPublisher"):
        key = rf"Microsoft\SystemCertificates\{store}\Certificates\{values.thumbprint(certificates.wsus)}"
        machine.registry.merge(key, {"Blob": values.hex_value(struct.pack("<I", 0))})
    assert "cached_copy_used" in machine.check().codes()
    assert machine.repair().exit == 0
    assert machine.holds("Root", certificates.wsus)


def test_a_due_refresh_asks_conditionally_and_writes_nothing(machine, certificates, publish):
    address = publish("wsus.cer", certificates.wsus)
    machine.configure(pinned(certificates.wsus, address), fetch={**publish.fetch, "refresh": "0s"})
    assert machine.repair().exit == 0
    before = machine.state()
    assert machine.repair().exit == 0
    assert machine.state() == before
    assert [line.rsplit("|", 1)[1] for line in publish.server.requests()] == ["200", "304"]


def test_forged_state_makes_undo_remove_marked_entries_only(machine, certificates):
    """Threat 25."""
    der = certificates.wsus
    bystander = certificates.self_signed("bystander", subject="/CN=Bystander")
    machine.put_certificate("Root", bystander)
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    machine.registry.merge(r"WsusTrustAgent\Previous", {
        "CreatedKeys": values.text(r"Microsoft|Policies|Microsoft\SystemCertificates\Root"),
        "AcceptTrustedPublisherCerts": values.text("forged"),
    })
    assert machine.undo().exit == 0
    assert machine.entry("Root", der) is None
    assert machine.holds("Root", bystander)


def test_hostile_names_stay_one_printable_line(machine, certificates):
    """Threat 30."""
    der = certificates.self_signed("hostile", subject="/CN=a\\\x0d\n\x1b[31mred\u202eevil\\/x/O=" + "y" * 60)
    machine.configure(carried(der))
    run = machine.repair()
    assert run.exit == 0, run
    subject = run.report["certificates"][0]["subject"]
    assert subject.isprintable() and "\u202e" not in subject
    text = machine.run("check")
    assert "\x1b" not in text.out and "\u202e" not in text.out


def test_every_byte_flipped_is_never_installed(machine, certificates):
    """Threat 37 on the real thing, every 97th byte; the unit tests flip each."""
    der = certificates.wsus
    published = machine.folder / "wsus.cer"
    machine.configure(pinned(der, machine.program.name_of(published)))
    roots = machine.thumbprints("Root")
    for i in range(0, len(der), 97):
        flipped = bytearray(der)
        flipped[i] ^= 1
        published.write_bytes(flipped)
        run = machine.repair()
        assert run.exit == 6, (i, run)
        assert machine.thumbprints("Root") == roots


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "SSL_CERT_DIR", "OPENSSL_CONF", "https_proxy", "ALL_PROXY"])
def test_no_environment_variable_changes_what_is_trusted(machine, certificates, publish, tls, variable):
    """Threat 4."""
    machine.configure(pinned(certificates.wsus, publish("wsus.cer", certificates.wsus)), fetch={"timeout": "5s"})
    values = {"SSL_CERT_FILE": str(tls.ca.root), "SSL_CERT_DIR": str(tls.ca.root.parent)}
    run = machine.repair(env={variable: values.get(variable, "http://127.0.0.1:1")})
    assert run.exit == 4
    assert "tls_unknown_issuer" in run.codes("warning")
