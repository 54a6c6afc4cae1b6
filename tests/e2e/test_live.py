"""The live machine: what the program does to the registry and the certificate stores that Wine keeps, as CryptoAPI, Wine's
own tools and the native program see it afterwards."""

import os
import re
import threading

import pytest
import registry_values as values
from machine import Image, carried, pinned
from program import Program

pytestmark = pytest.mark.windows

UNTRUSTED_ROOT = "0x20"  # CERT_TRUST_IS_UNTRUSTED_ROOT
UTF16_MARK = "wsus-trust-agent\0".encode("utf-16-le")
FRIENDLY_NAME = "Our WSUS\0".encode("utf-16-le")
CODE_SIGNING_ONLY = bytes.fromhex("300a06082b06010505070303")


@pytest.fixture
def native(tmp_path):
    """An image, and the program for Linux."""
    return Image(Program(os.environ["WSUS_TRUST_AGENT_NATIVE"]), tmp_path / "native")


@pytest.fixture
def probe(machine):
    return machine.probe


def test_the_three_conditions_from_a_machine_that_was_just_installed(machine, certificates, probe):
    der = certificates.wsus
    assert "TRUSTEDPUBLISHER" not in machine.registry.subkeys(values.MACHINE)
    assert probe("chain", der) == [UNTRUSTED_ROOT]
    machine.configure(carried(der))
    assert machine.check().exit == 1
    assert "TRUSTEDPUBLISHER" not in machine.registry.subkeys(values.MACHINE), "a check created a store"

    repaired = machine.repair()
    assert (repaired.exit, repaired.report["endpoint"]["kind"]) == (0, "live")
    assert probe("chain", der) == ["0"]
    for store in ("Root", "TrustedPublisher"):
        assert values.thumbprint(der) in probe("store", store), "CryptoAPI does not find it"
    assert machine.policy_value() == values.dword(1)

    assert machine.undo().exit == 0
    assert probe("chain", der) == [UNTRUSTED_ROOT]
    assert probe("store", "TrustedPublisher") == []
    assert machine.policy_value() is None


def test_ca_issued_goes_to_trusted_publisher_only_and_the_chain_counts(machine, certificates, probe):
    machine.configure(carried(certificates.ca_issued))
    run = machine.repair()
    assert (run.exit, run.codes()) == (0, ["issuer_not_found"])
    assert values.thumbprint(certificates.ca_issued) not in probe("store", "Root")
    probe("put", "Root", certificates.ca)
    run = machine.check()
    assert (run.exit, run.codes()) == (0, [])


def test_a_certificate_that_cryptoapi_wrote_is_found_and_left_as_it_is(machine, certificates, probe):
    der = certificates.wsus
    for store in ("Root", "TrustedPublisher"):
        probe("put", store, der)
    machine.put_policy_value(values.dword(1))
    machine.configure(pinned(der))
    before = machine.state()
    run = machine.repair()
    assert (run.exit, run.codes(), run.changes()) == (0, [], [])
    assert machine.undo().exit == 0
    assert machine.state() == before


def test_what_an_administrator_set_on_an_entry_survives(machine, certificates):
    der = certificates.wsus
    properties = [(values.USAGE_ELEMENT, CODE_SIGNING_ONLY), (values.FRIENDLY_NAME_ELEMENT, FRIENDLY_NAME)]
    machine.put_certificate("Root", der, properties=properties)
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    assert machine.undo().exit == 0
    left = dict(machine.entry("Root", der))
    assert (left[values.USAGE_ELEMENT], left[values.FRIENDLY_NAME_ELEMENT]) == (CODE_SIGNING_ONLY, FRIENDLY_NAME)


def test_disallowed_wins(machine, certificates, probe):
    """Threat 39."""
    der = certificates.wsus
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    probe("put", "Disallowed", der)
    run = machine.repair()
    assert (run.exit, run.codes("error"), run.changes()) == (1, ["disallowed"], [])
    assert machine.undo().exit == 0
    assert values.thumbprint(der) in probe("store", "Disallowed")
    assert machine.repair().codes("error") == ["disallowed"]
    assert values.thumbprint(der) not in probe("store", "Root") + probe("store", "TrustedPublisher")


def test_repairs_after_the_first_write_to_no_store_and_no_policy_value(machine, certificates, probe):
    """Threat 29; the contract tests do it a thousand times in one process."""
    der = certificates.wsus
    other = certificates.self_signed("same-subject")  # the subject of `wsus`
    probe("put", "Root", other)
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    after = machine.state()
    for _ in range(20):
        run = machine.repair()
        assert (run.exit, run.changes()) == (0, [])
    assert machine.state() == after
    assert machine.undo().exit == 0
    assert values.thumbprint(other) in probe("store", "Root"), "undo took a certificate of the same subject"


@pytest.mark.parametrize("key", [values.POLICY, rf"{values.MACHINE}\TrustedPublisher", rf"{values.MACHINE}\Root"])
def test_a_key_that_may_not_be_written_exits_5_before_anything_is_changed(machine, certificates, probe, key):
    machine.registry.merge(rf"{key}\Certificates", {})
    machine.configure(carried(certificates.wsus))
    before = machine.state()
    probe("lock", rf"{key}\Certificates" if "Certificates" in key else key)
    try:
        run = machine.repair()
        assert (run.exit, run.codes()[0]) == (5, "access_denied")
        assert key.split("\\")[-1] in run.finding("access_denied")["message"]
        assert machine.state() == before
        assert machine.check().exit == 1, "looking needs no right to write"
    finally:
        probe("unlock", rf"{key}\Certificates" if "Certificates" in key else key)
    assert machine.repair().exit == 0


def test_a_check_that_may_not_store_its_report_answers_all_the_same(machine, certificates, probe):
    machine.configure(carried(certificates.wsus))
    assert machine.repair().exit == 0
    keys = ["WsusTrustAgent", r"WsusTrustAgent\Status", r"WsusTrustAgent\Cache"]
    for key in keys:
        probe("lock", key)
    try:
        before = machine.registry.keys("WsusTrustAgent")
        run = machine.check()
        assert (run.exit, run.codes("error")) == (0, [])
        assert machine.registry.keys("WsusTrustAgent") == before
    finally:
        for key in keys:
            probe("unlock", key)


def test_an_image_repaired_on_linux_is_compliant_for_the_program_for_windows(machine, native, certificates):
    """The codec writes, CryptoAPI and the live reader read."""
    old = certificates.self_signed("old-wsus", usage=None, key_usage=None, subject="/CN=Old WSUS")
    wanted = [carried(certificates.wsus), carried(old, allow=["no_eku"]), carried(certificates.ca_issued)]
    native.put_certificate("Root", certificates.ca)
    native.configure(*wanted)
    assert native.repair().exit == 0
    machine.clear()
    for subject in (values.MACHINE, values.POLICY):
        machine.registry.import_file(native.registry.export(subject, r"HKEY_LOCAL_MACHINE\SOFTWARE"))
    machine.configure(*wanted)
    run = machine.check()
    assert (run.exit, run.codes()) == (0, []), run
    assert machine.repair().changes() == []
    for der in (certificates.wsus, old):
        assert values.thumbprint(der) in machine.probe("store", "Root")


def test_what_the_program_for_windows_installs_is_the_same_for_the_native_one(machine, native, certificates):
    """CryptoAPI writes, the codec reads: the same properties, the same bytes."""
    old = certificates.self_signed("old-wsus", usage=None, key_usage=None, subject="/CN=Old WSUS")
    wanted = [carried(certificates.wsus), carried(old, allow=["no_eku"])]
    for one in (machine, native):
        one.configure(*wanted)
        assert one.repair().exit == 0
    for der in (certificates.wsus, old):
        for store in ("Root", "TrustedPublisher"):
            assert dict(machine.entry(store, der)) == dict(native.entry(store, der))
    native.new_hive("--software")
    for der in (certificates.wsus, old):
        for store in ("Root", "TrustedPublisher"):
            key = values.entry_key(store, der)
            native.registry.merge(key, {"Blob": machine.registry.value(key, "Blob")})
    native.put_policy_value(machine.policy_value())
    before = native.state()
    run = native.check()
    assert (run.exit, run.codes()) == (0, []), run
    assert all(place["ours"] for one in run.report["certificates"] for place in one["stores"])
    assert native.repair().changes() == [] and native.state() == before


def test_the_pin_of_the_certificate_in_use_on_a_wsus_server(machine, certificates, probe):
    probe("put", "WSUS", certificates.wsus)
    run = machine.run("--output", "json", "inspect", "store:WSUS")
    assert (run.exit, run.report["sha256"], run.report["admitted"]) == (0, values.sha256(certificates.wsus), True)
    text = machine.run("inspect", "store:WSUS").out
    machine.settings.write_text(text[text.index("certificates:") :])
    machine.settings.chmod(0o600)
    assert machine.repair().exit == 0
    assert machine.holds("Root", certificates.wsus)

    other = certificates.self_signed("same-subject")
    probe("put", "WSUS", other)
    several = machine.run("inspect", "store:WSUS")
    assert several.exit == 2 and values.thumbprint(other) in several.out
    named = machine.run("--output", "json", "inspect", "store:WSUS/" + values.thumbprint(other).lower())
    assert (named.exit, named.report["sha256"]) == (0, values.sha256(other))
    assert machine.run("inspect", "store:NoSuchStore").exit == 4


def test_settings_that_ordinary_users_can_write_are_refused(machine, certificates):
    """Threat 26: Wine shows the modes of its host as an access list. Which lists Windows makes, only a real one shows."""
    machine.configure(carried(certificates.wsus))
    machine.settings.chmod(0o666)
    run = machine.repair()
    assert (run.exit, run.codes()) == (3, ["settings_not_protected"])
    assert "Everyone" in run.finding("settings_not_protected")["message"]
    machine.settings.chmod(0o600)
    machine.folder.chmod(0o777)
    assert machine.repair().codes() == ["settings_not_protected"]
    machine.folder.chmod(0o700)
    assert machine.repair().exit == 0


def test_a_state_folder_that_somebody_else_made_is_not_used(machine, certificates):
    """Threat 26: everybody may create folders in ProgramData, and so hold the lock or put settings there."""
    machine.configure(carried(certificates.wsus))
    folder = machine.drive_c / "ProgramData/WsusTrustAgent"
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    before = machine.state()
    for run in (machine.repair(), machine.undo()):
        assert (run.exit, run.codes()) == (9, ["state_folder_not_protected"])
        assert r"C:\ProgramData\WsusTrustAgent" in run.finding("state_folder_not_protected")["message"]
    assert machine.state() == before
    assert machine.check().exit == 1, "looking needs no lock"
    folder.rmdir()
    assert machine.repair().exit == 0


class Requests:
    """What a run of the program asks wineserver, which keeps the registry, in order: (system call, its ordinal number, code
    of the request, length). Killed as it enters such a call, the program leaves what it did before."""

    CALLS = re.compile(r'(write|writev)\(\d+, (?:\[\{iov_base=)?"((?:\\x[0-9a-f]{2})+)"(.*)')

    def __init__(self, machine, *arguments):
        trace = machine.folder / "trace"
        run = machine.run(*arguments, under=["strace", "-xx", "-s", "400", "-e", "trace=write,writev", "-o", str(trace)])
        assert run.exit == 0, run
        self.calls = []
        counts = {"write": 0, "writev": 0}
        for line in trace.read_text().splitlines():
            call = self.CALLS.match(line)
            if call:
                counts[call[1]] += 1
                code = int.from_bytes(bytes.fromhex(call[2].replace("\\x", ""))[:4], "little")
                self.calls.append((call[1], counts[call[1]], code, line))

    def writes(self):
        """(system call, ordinal number) of what sets or removes a value or removes a key; but not where Wine writes the roots
        of its host into Root, which it does in every process. Wine's server/protocol.def numbers in this order: delete_key,
        flush_key, enum_key, set_key_value, get_key_value, enum_key_value, delete_key_value; two of them carry the name of the
        policy value."""
        named = {code for call, _, code, line in self.calls if shown("AcceptTrustedPublisherCerts") in line}
        get = max(code for code in named if code - 1 in named or code + 2 in named)
        changing = {get - 4, get - 1, get + 2}
        return [
            (call, number)
            for call, number, code, line in self.calls
            if code in changing and (shown("Blob") not in line or shown("wsus-trust-agent") in line)
        ]


def shown(text):
    """As strace shows it in what is written."""
    return "".join(f"\\x{byte:02x}" for byte in text.encode("utf-16-le"))


@pytest.mark.parametrize("command", ["repair", "undo"])
def test_killed_at_every_write_to_the_registry_the_next_run_converges(machine, certificates, command):
    """Threat 22."""
    der = certificates.self_signed("old-wsus", usage=None, key_usage=None, subject="/CN=Old WSUS")
    machine.configure(carried(der, allow=["no_eku"]))
    before, after = ("undo", "repair") if command == "repair" else ("repair", "undo")
    for done in ("repair", "undo", before):
        assert machine.report(done).exit == 0
    moments = Requests(machine, command).writes()
    assert len(moments) > 20, "the trace shows hardly any write"
    killed = 0
    for call, number in moments:
        assert machine.report(before).exit == 0, (call, number)
        inject = f"inject={call}:signal=KILL:when={number}"
        run = machine.run(command, under=["strace", "-o", "/dev/null", "-e", "trace=write,writev", "-e", inject])
        killed += run.exit in (-9, 137)
        root, publisher = machine.entry("Root", der), machine.entry("TrustedPublisher", der)
        for elements in filter(None, (root, publisher)):
            assert dict(elements)[values.FRIENDLY_NAME_ELEMENT] == UTF16_MARK, (call, number)
        assert root is None or dict(root)[values.USAGE_ELEMENT] == CODE_SIGNING_ONLY, (call, number)
        assert machine.report(after).exit == 0, (call, number)
        placed = command == "repair"
        assert machine.holds("TrustedPublisher", der) == machine.holds("Root", der) == placed, (call, number)
        assert machine.policy_value() == (values.dword(1) if placed else None), (call, number)
    assert killed > len(moments) * 0.9, "hardly any run was killed"
