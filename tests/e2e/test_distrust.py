"""The day a signing key leaks: `distrust` as it is typed into a remote shell, and what everybody else sees afterwards; and
`repair --adopt`."""

import base64
import re

import pytest
import registry_values as values
from machine import carried, pinned

UTF16_MARK = "wsus-trust-agent\0".encode("utf-16-le")
FRIENDLY_NAME = "Our WSUS\0".encode("utf-16-le")
CODE_SIGNING_ONLY = bytes.fromhex("300a06082b06010505070303")
ADMIN_PROPERTY = (0x8000, b"\1\2\3")  # beyond CERT_FIRST_USER_PROP_ID
TOMBSTONES = r"WsusTrustAgent\Distrusted"


def trusted(machine, der):
    return machine.holds("Root", der) or machine.holds("TrustedPublisher", der)


def distrust(machine, der, *arguments, **options):
    return machine.report("distrust", values.sha256(der), *arguments, config=False, **options)


def tombstone(machine, der):
    """Its id; hivexregedit shows text as its bytes, Wine's reg as itself."""
    shown = machine.registry.value(rf"{TOMBSTONES}\{values.sha256(der)}", "Id")
    if shown is None or shown.startswith('"'):
        return shown and shown.strip('"')
    return bytes.fromhex(shown.removeprefix("hex(1):").replace(",", "")).decode("utf-16-le").rstrip("\0")


def cached(machine, der):
    return machine.registry.binary(rf"WsusTrustAgent\Cache\{values.sha256(der)}", "Certificate") is not None


def test_out_of_trust_at_once_without_settings_and_without_network(machine, certificates):
    der = certificates.wsus
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    assert cached(machine, der)
    bystander = certificates.self_signed("bystander", subject="/CN=Bystander")
    machine.put_certificate("Root", bystander)
    run = distrust(machine, der)
    assert (run.exit, run.codes("error", "warning", "info")) == (0, []), run
    assert run.changes()[1:] == [
        ("addCertificate", "Disallowed", "done"),
        ("removeCertificate", "Root", "done"),
        ("removeCertificate", "TrustedPublisher", "done"),
    ]
    assert machine.entry("Root", der) is None and machine.entry("TrustedPublisher", der) is None
    assert machine.holds("Disallowed", der) and machine.holds("Root", bystander)
    assert not cached(machine, der)
    assert run.report["distrust"] == {"sha256": values.sha256(der), "id": run.report["runId"]}
    assert tombstone(machine, der) == run.report["runId"]


def test_what_somebody_reads_who_types_it_into_a_remote_shell(machine, certificates):
    der = certificates.wsus
    machine.put_certificate("Root", der)
    machine.put_certificate("TrustedPublisher", der)
    run = machine.run("distrust", values.sha256(der), config=False)
    assert (run.exit, run.err) == (0, "")
    print(run.out)
    for said in ("WSUS Publishers Self-signed", "remove from Root", "remove from TrustedPublisher", "add to Disallowed", "state: distrusted",
                 "Nothing on this machine trusts it any more. Exit code 0."):  # fmt: skip
        assert said in run.out, run.out
    identity = re.search(r"retrust: ([0-9a-f-]{36})", run.out)[1]
    assert tombstone(machine, der) == identity
    assert len(run.out.splitlines()) < 20, run.out
    again = machine.run("distrust", values.sha256(der).upper(), config=False)
    assert again.exit == 0 and identity in again.out and "There is nothing to change" in again.out


def test_twice_writes_once(machine, certificates):
    der = certificates.wsus
    machine.put_certificate("Root", der)
    first = distrust(machine, der)
    before = machine.state()
    second = distrust(machine, der)
    assert (second.exit, second.changes()) == (0, [])
    assert second.report["distrust"] == first.report["distrust"]
    assert machine.state() == before


def test_what_if_writes_nothing(machine, certificates):
    der = certificates.wsus
    machine.put_certificate("Root", der)
    before = machine.state()
    run = distrust(machine, der, "--what-if")
    assert (run.exit, {outcome for _, _, outcome in run.changes()}) == (8, {"planned"})
    assert machine.state() == before and tombstone(machine, der) is None


def test_stale_settings_do_not_bring_it_back_and_the_right_id_does(machine, certificates):
    """Threats 39 and 40."""
    der = certificates.wsus
    stale = carried(der)
    machine.configure(stale)
    assert machine.repair().exit == 0
    assert distrust(machine, der).exit == 0
    for command in ("repair", "repair --scheduled", "check", "undo", "repair"):
        run = machine.report(*command.split())
        assert run.exit == 0, run
        if command != "undo":
            assert run.codes() == ["distrusted_by_hand"], run
        assert not trusted(machine, der) and machine.holds("Disallowed", der)
    assert tombstone(machine, der) is not None
    machine.put_certificate("Root", der)  # by hand, against incident response
    assert machine.check().codes("error") == ["distrusted_present"]
    assert machine.repair().exit == 0 and not trusted(machine, der)
    machine.configure(stale | {"retrust": "019303f0-0000-7000-8000-000000000000"})  # of another machine
    assert machine.repair().codes() == ["distrusted_by_hand"]
    machine.configure(stale | {"retrust": tombstone(machine, der)})
    lifted = machine.repair()
    assert (lifted.exit, lifted.codes()) == (1, ["disallowed"]), "Disallowed is left to a person"
    assert [action for action, _, _ in lifted.changes()] == ["eraseTombstone"]
    assert tombstone(machine, der) is None and not trusted(machine, der)
    machine.registry.erase_keys(values.entry_key("Disallowed", der))
    assert machine.repair().exit == 0 and trusted(machine, der)


def test_what_only_a_tombstone_names_is_kept_out_by_every_repair(machine, certificates):
    der, following = certificates.wsus, certificates.self_signed("next", subject="/CN=Next")
    machine.put_certificate("Root", der)
    assert distrust(machine, der).exit == 0
    machine.put_certificate("TrustedPublisher", der)
    machine.configure(carried(following))
    assert "distrusted_present" in machine.check().codes("error")
    assert machine.repair().exit == 0
    assert not trusted(machine, der) and machine.holds("Root", following)


@pytest.mark.parametrize("form", ["file", "PEM file", "Base64 file", "Base64", "nothing"])
def test_the_bytes_for_disallowed_in_any_form(machine, certificates, form):
    der = certificates.wsus
    text = base64.encodebytes(der)
    contents = {
        "file": der,
        "PEM file": b"-----BEGIN CERTIFICATE-----\n" + text + b"-----END CERTIFICATE-----\n",
        "Base64 file": text,
    }
    arguments = []
    if form in contents:
        file = machine.folder / "leaked.cer"
        file.write_bytes(contents[form])
        arguments = ["--der", machine.program.name_of(file)]
    elif form == "Base64":
        arguments = ["--der", base64.b64encode(der).decode()]
    run = distrust(machine, der, *arguments)
    if form != "nothing":
        assert (run.exit, run.codes()) == (0, [])
    else:
        assert (run.exit, run.codes()) == (0, ["distrust_incomplete"])
        assert "--der" in run.finding("distrust_incomplete")["remedy"]
    assert machine.holds("Disallowed", der) == (form != "nothing")
    assert tombstone(machine, der) is not None


@pytest.mark.parametrize("wrong", ["another certificate", "no certificate", "no file", "too large"])
def test_wrong_bytes_do_not_hinder_the_removal_and_exit_8_says_why(machine, certificates, wrong):
    der, other = certificates.wsus, certificates.self_signed("other", subject="/CN=Other")
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    machine.registry.erase_keys(r"WsusTrustAgent\Cache")
    file = machine.folder / "given"
    contents = {"another certificate": other, "no certificate": b"nonsense", "too large": b"\x30" * 200_000}
    if wrong in contents:
        file.write_bytes(contents[wrong])
    run = distrust(machine, der, "--der", machine.program.name_of(file))
    assert (run.exit, run.codes()) == (8, ["distrust_incomplete"]), run
    message = run.finding("distrust_incomplete")["message"]
    assert "given" in message
    if wrong == "another certificate":
        assert values.sha256(other) in message
    if wrong == "no file":
        assert "there is no file of that name" in message
    assert not trusted(machine, der)
    assert machine.entry("Disallowed", other) is None
    assert distrust(machine, der).exit == 0


@pytest.mark.parametrize("location", [values.GROUP_POLICY, values.ENTERPRISE], ids=["group-policy", "enterprise"])
def test_a_copy_that_others_deliver_is_left_and_exits_8_until_it_is_gone(machine, certificates, location):
    der = certificates.wsus
    machine.put_certificate("Root", der, location)
    machine.put_certificate("Root", der)
    for _ in range(2):
        run = distrust(machine, der)
        assert (run.exit, run.codes()) == (8, ["still_delivered_by_policy"])
        assert run.finding("still_delivered_by_policy")["actual"].startswith("Root (")
        assert machine.entry("Root", der, location) is not None and machine.entry("Root", der) is None
    machine.registry.erase_keys(values.entry_key("Root", der, location))
    assert distrust(machine, der).exit == 0


@pytest.mark.parametrize(
    "typed, said",
    [("{sha1}", "SHA-1"), ("5f2b", "4 hexadecimal digits"), ("wsus.cer", "no hexadecimal digit"), ("", "0 hexadecimal digits")],
)
def test_what_is_no_sha256_is_refused_with_what_it_is(machine, certificates, typed, said):
    der = certificates.wsus
    machine.put_certificate("Root", der)
    for command in (["distrust"], ["repair", "--adopt"]):
        run = machine.report(*command, typed.format(sha1=values.thumbprint(der)), config=False)
        assert (run.exit, run.codes()) == (2, ["usage_error"])
        assert said in run.report["findings"][0]["message"]
    assert machine.holds("Root", der)


def test_a_garbled_tombstone_counts_and_another_distrust_gives_it_an_id(machine, certificates):
    """Threat 24."""
    der = certificates.wsus
    assert distrust(machine, der).exit == 0
    garbage = values.hex_value(b"\0" * 300)
    machine.registry.merge(rf"{TOMBSTONES}\{values.sha256(der)}", {"Id": garbage, "TimeUtc": garbage})
    machine.configure(carried(der))
    run = machine.repair()
    assert (run.exit, run.codes()) == (0, ["distrusted_by_hand"])
    assert not trusted(machine, der)
    again = distrust(machine, der)
    assert again.exit == 0 and tombstone(machine, der) == again.report["distrust"]["id"]


def test_status_repeats_what_distrust_said(machine, certificates):
    der = certificates.wsus
    machine.put_certificate("Root", der)
    said = distrust(machine, der).report
    status = machine.report("status", config=False)
    assert (status.exit, status.report["command"], status.report["distrust"]) == (0, "distrust", said["distrust"])


@pytest.mark.windows
def test_cryptoapi_finds_it_in_disallowed_only(machine, certificates):
    der = certificates.wsus
    for store in ("Root", "TrustedPublisher"):
        machine.probe("put", store, der)
    assert machine.probe("chain", der) == ["0"]
    assert distrust(machine, der).exit == 0
    thumbprint = values.thumbprint(der)
    assert thumbprint in machine.probe("store", "Disallowed")
    assert thumbprint not in machine.probe("store", "Root") + machine.probe("store", "TrustedPublisher")
    assert machine.probe("chain", der) != ["0"]


def place(machine, store, der):
    """As an administrator's tool does, or as one did."""
    if machine.program.windows:
        machine.probe("put", store, der)
    else:
        machine.put_certificate(store, der)


def test_what_an_administrator_placed_is_adopted_and_undo_removes_it(machine, certificates):
    der = certificates.self_signed("old-wsus", usage=None, key_usage=None, subject="/CN=Old WSUS")
    for store in ("Root", "TrustedPublisher"):
        place(machine, store, der)
    machine.configure(pinned(der, allow=["no_eku"]))
    assert machine.repair().codes() == ["root_not_restricted"]
    run = machine.repair("--adopt", values.sha256(der))
    assert (run.exit, run.codes()) == (0, [])
    assert run.changes() == [("adoptCertificate", "Root", "done"), ("adoptCertificate", "TrustedPublisher", "done")]
    root = dict(machine.entry("Root", der))
    assert (root[values.FRIENDLY_NAME_ELEMENT], root[values.USAGE_ELEMENT]) == (UTF16_MARK, CODE_SIGNING_ONLY)
    assert values.USAGE_ELEMENT not in dict(machine.entry("TrustedPublisher", der))
    if machine.program.windows:
        for store in ("Root", "TrustedPublisher"):
            assert values.thumbprint(der) in machine.probe("store", store)
        assert machine.probe("chain", der) == ["0"]
    before = machine.state()
    run = machine.repair("--adopt", values.sha256(der))
    assert (run.exit, run.changes()) == (0, []) and machine.state() == before
    assert machine.undo().exit == 0
    assert machine.entry("Root", der) is None and machine.entry("TrustedPublisher", der) is None


def test_what_else_an_administrator_set_on_an_adopted_entry_survives(machine, certificates):
    der = certificates.wsus
    theirs = [ADMIN_PROPERTY, (values.FRIENDLY_NAME_ELEMENT, FRIENDLY_NAME)]
    machine.put_certificate("Root", der, properties=theirs)
    machine.configure(carried(der))
    assert machine.repair("--adopt", values.sha256(der)).exit == 0
    elements = dict(machine.entry("Root", der))
    assert elements[values.FRIENDLY_NAME_ELEMENT] == UTF16_MARK
    assert elements[ADMIN_PROPERTY[0]] == ADMIN_PROPERTY[1]
    assert elements[values.CERTIFICATE_ELEMENT] == der


@pytest.mark.parametrize("why", ["not in the settings", "not admitted", "group policy", "distrusted by hand"])
def test_what_may_not_be_adopted_stays_as_it_is_and_exits_8(machine, certificates, why):
    der = certificates.self_signed("old-wsus", usage=None, key_usage=None, subject="/CN=Old WSUS")
    location = values.GROUP_POLICY if why == "group policy" else values.MACHINE
    if why == "distrusted by hand":
        assert distrust(machine, der).exit == 0
    for store in ("Root", "TrustedPublisher"):
        machine.put_certificate(store, der, location)
    entry = pinned(certificates.wsus) if why == "not in the settings" else carried(der, allow=["no_eku"])
    if why == "not admitted":
        del entry["allow"]
    machine.configure(entry)
    before = machine.entry("Root", der, location)
    run = machine.repair("--adopt", values.sha256(der))
    assert run.exit == 8, run
    assert "adoption_refused" in run.codes("error"), run
    if why != "distrusted by hand":
        assert machine.entry("Root", der, location) == before
