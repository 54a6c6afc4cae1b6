"""`pack`: from certificates to the folder with which an administrator rolls them out. Its files are read here by other
people's readers (Python's JSON, XML and configuration parsers, Wine's reg), and by the program as a machine would."""

import base64
import configparser
import hashlib
import json
import struct
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
import registry_values as values
from wine_registry import wine

REPOSITORY = Path(__file__).resolve().parents[2]
KEY = r"SOFTWARE\Policies\WsusTrustAgent\Certificates"
AWKWARD = r"""a'b"c\d;e|f%25g%h]i[j&k<l>m#n: o, `p`$q {r} * ^! ’x” ä€😀 -- end"""
HOSTILE = ("a\r\nmode: audit\r\n[x]\r\n\"1\"=- \x1b[31m", "'\"];|%25%PATH%<!--&{0}`$(x)\u202e\u2066\u2028\\\\")
FILES = {
    "README.txt",
    "agent.yaml",
    "change-ticket.txt",
    "configmgr/detect.ps1",
    "configmgr/remediate.ps1",
    "edr-exceptions/elastic-exceptions.ndjson",
    "edr-exceptions/sigma-filter.yml",
    "edr-exceptions/splunk-macros.conf",
    "group-policy/PolicyDefinitions/en-US/wsus-trust-agent.adml",
    "group-policy/PolicyDefinitions/wsus-trust-agent.admx",
    "group-policy/Registry.pol",
    "group-policy/entries.txt",
    "group-policy/lgpo.txt",
    "group-policy/wsus-trust-agent-remove.reg",
    "group-policy/wsus-trust-agent.reg",
    "intune/detect.ps1",
    "intune/remediate.ps1",
    "intune/settings.json",
    "msi-command-line.txt",
}


class Rollout:
    """What one `pack` came to, and the folder."""

    def __init__(self, run, folder):
        self.run = run
        self.exit = run.exit
        self.folder = folder

    def __getitem__(self, name):
        return (self.folder / name).read_bytes()

    def files(self):
        return {str(file.relative_to(self.folder)) for file in self.folder.rglob("*") if file.is_file()}


def pack(machine, *ders, form=("--output", "json"), under=None):
    """`ders` and options; each certificate becomes a file."""
    arguments = []
    for number, what in enumerate(ders):
        if isinstance(what, bytes):
            (machine.folder / f"{number}.cer").write_bytes(what)
            what = f"{number}.cer"
        arguments.append(what)
    run = machine.run(*form, "pack", *arguments, "--output-dir", "rollout", config=False, image=False, under=under)
    return Rollout(run, machine.folder / "rollout")


def entry(der, note="", allow=()):
    """One line of machine policy, written down a second time."""
    parts = [f"sha256={values.sha256(der)}", f"der={base64.b64encode(der).decode()}"]
    if allow:
        parts.append("allow=" + ",".join(allow))
    if note:
        parts.append("note=" + note.replace("%", "%25").replace(";", "%3B"))
    return ";".join(parts)


def read_policy_file(content):
    """The records of a Registry.pol, MS-GPREG 2.2.1: (key, name, type, text)."""
    assert content[:8] == b"PReg" + struct.pack("<I", 1)
    records, rest = [], content[8:]

    def text():
        nonlocal rest
        end = next(i for i in range(0, len(rest), 2) if rest[i : i + 2] == b"\0\0")
        found, rest = rest[:end].decode("utf-16-le"), rest[end + 2 :]
        return found

    def skip(mark):
        nonlocal rest
        assert rest[:2] == mark.encode("utf-16-le")
        rest = rest[2:]

    def number():
        nonlocal rest
        (found,), rest = struct.unpack("<I", rest[:4]), rest[4:]
        return found

    while rest:
        skip("[")
        key = text()
        skip(";")
        name = text()
        skip(";")
        kind = number()
        skip(";")
        size = number()
        skip(";")
        data, rest = rest[:size], rest[size:]
        skip("]")
        assert data[-2:] == b"\0\0"
        records.append((key, name, kind, data[:-2].decode("utf-16-le")))
    return records


def utf16_lines(content):
    assert content[:2] == b"\xff\xfe"
    lines = content[2:].decode("utf-16-le").split("\r\n")
    assert lines.pop() == "", "the last line does not end"
    return lines


def assert_files_say(rollout, entries):
    """Each form of the list holds exactly these entries, for whoever reads it."""
    assert rollout["group-policy/entries.txt"].decode() == "".join(f"{one}\r\n" for one in entries)
    numbered = [(str(i + 1), one) for i, one in enumerate(entries)]
    assert read_policy_file(rollout["group-policy/Registry.pol"]) == [
        (KEY, "**delvals.", 1, " "),
        *((KEY, name, 1, one) for name, one in numbered),
    ]
    lgpo = [line for line in utf16_lines(rollout["group-policy/lgpo.txt"]) if line and not line.startswith(";")]
    groups = [lgpo[i : i + 4] for i in range(0, len(lgpo), 4)]
    assert groups == [
        ["Computer", KEY, "*", "DELETEALLVALUES"],
        *(["Computer", KEY, name, f"SZ:{one}"] for name, one in numbered),
    ]
    assert utf16_lines(rollout["group-policy/wsus-trust-agent.reg"]) == [
        values.REG_HEADER,
        "",
        rf"[-HKEY_LOCAL_MACHINE\{KEY}]",
        "",
        rf"[HKEY_LOCAL_MACHINE\{KEY}]",
        *(f'"{name}"={values.text(one)}' for name, one in numbered),
    ]
    definitions, policy = json.loads(rollout["intune/settings.json"])["omaSettings"]
    xml.fromstring(definitions["value"].encode())
    enabled, data = xml.fromstring(f"<policy>{policy['value']}</policy>")
    assert (enabled.tag, data.tag, data.get("id"), len(data.attrib)) == ("enabled", "data", "Certificates", 2)
    flat = data.get("value").split("\uf000")
    assert list(zip(flat[::2], flat[1::2], strict=True)) == numbered


def assert_texts_are_clean(rollout):
    """What people read, and what other programs read line by line: nothing in them moves or hides text."""
    for name in FILES - {"group-policy/Registry.pol"}:
        content = rollout[name]
        text = content.decode("utf-16" if content[:2] == b"\xff\xfe" else "utf-8")
        for line in text.replace("\r\n", "\n").split("\n"):
            assert line.replace("\t", " ").replace("\uf000", " ").isprintable(), (name, ascii(line))


def test_there_is_a_file_for_each_tool_and_the_answer_names_each(machine, certificates):
    rollout = pack(machine, certificates.wsus, certificates.ca_issued)
    assert rollout.exit == 0, rollout.run
    assert rollout.files() == FILES
    answer = rollout.run.report
    assert answer["folder"] == machine.program.name_of(rollout.folder)
    assert answer["problem"] is None
    assert {file["path"]: file["sha256"] for file in answer["files"]} == {
        name: hashlib.sha256(rollout[name]).hexdigest() for name in FILES
    }
    assert [(one["sha256"], one["stores"], one["allow"]) for one in answer["certificates"]] == [
        (values.sha256(certificates.wsus), ["Root", "TrustedPublisher"], []),
        (values.sha256(certificates.ca_issued), ["TrustedPublisher"], []),
    ]
    assert_files_say(rollout, [entry(certificates.wsus), entry(certificates.ca_issued)])
    assert_texts_are_clean(rollout)


def test_its_settings_make_a_machine_compliant(machine, certificates):
    rollout = pack(machine, certificates.wsus, "--note", AWKWARD)
    assert rollout.exit == 0, rollout.run
    config = ("--config", machine.program.name_of(rollout.folder / "agent.yaml"))
    run = machine.report(*config, "repair", config=False)
    assert run.exit == 0, run
    assert machine.holds("Root", certificates.wsus) and machine.holds("TrustedPublisher", certificates.wsus)
    run = machine.report(*config, "check", config=False)
    assert (run.exit, run.report["certificates"][0]["note"]) == (0, AWKWARD)


@pytest.mark.windows
def test_its_reg_file_makes_a_machine_compliant_and_takes_the_place_of_an_older_list(machine, certificates):
    old = {str(i): values.text("sha256=" + f"{i}" * 64) for i in range(1, 6)}
    machine.registry.merge(values.SETTINGS + r"\Certificates", old)
    rollout = pack(machine, certificates.wsus, certificates.ca_issued, "--note", AWKWARD)
    assert rollout.exit == 0, rollout.run
    imported = wine("reg", "import", machine.program.name_of(rollout.folder / "group-policy/wsus-trust-agent.reg"))
    assert imported.returncode == 0, imported

    check = machine.report("check", config=False)
    assert check.exit == 1
    assert [one["sha256"] for one in check.report["certificates"]] == [
        values.sha256(der) for der in (certificates.wsus, certificates.ca_issued)
    ]
    repair = machine.report("repair", config=False)
    assert repair.exit == 0, repair
    check = machine.report("check", config=False)
    assert (check.exit, check.report["state"]) == (0, "Compliant")
    assert {one["note"] for one in check.report["certificates"]} == {AWKWARD}
    assert machine.holds("Root", certificates.wsus) and machine.holds("TrustedPublisher", certificates.ca_issued)
    assert not machine.holds("Root", certificates.ca_issued)

    removed = wine("reg", "import", machine.program.name_of(rollout.folder / "group-policy/wsus-trust-agent-remove.reg"))
    assert removed.returncode == 0, removed
    assert machine.registry.keys(values.SETTINGS + r"\Certificates") == {}


@pytest.mark.windows
def test_the_day_the_key_leaks_its_entries_distrust_where_the_certificate_never_was(machine, certificates):
    old = certificates.self_signed("old", usage=None)
    rollout = pack(machine, certificates.wsus, old, "--allow", "no_eku", "--note", AWKWARD)
    lines = rollout["group-policy/entries.txt"].decode().splitlines()
    assert "follows der= in" in rollout["README.txt"].decode() and all(";der=" in line for line in lines)
    leaked = {str(number): values.text(line + ";state=distrusted") for number, line in enumerate(lines, 1)}
    machine.registry.merge(values.SETTINGS + r"\Certificates", leaked)
    run = machine.report("repair", config=False)
    assert run.exit == 0, run
    assert machine.holds("Disallowed", certificates.wsus) and machine.holds("Disallowed", old)

    machine.clear()
    der = lines[0].split(";der=")[1].split(";")[0]
    assert machine.run("distrust", values.sha256(certificates.wsus), "--der", der, config=False).exit == 0
    assert machine.holds("Disallowed", certificates.wsus)


def test_the_command_line_of_the_msi_holds_the_certificates(machine, certificates):
    rollout = pack(machine, certificates.wsus, certificates.ca_issued, "--note", AWKWARD)
    text = rollout["msi-command-line.txt"].decode()
    joined = "|".join([entry(certificates.wsus), entry(certificates.ca_issued)])
    command = next(line for line in text.split("\r\n") if "CERTIFICATES" in line)
    assert command.startswith("msiexec /i wsus-trust-agent-") and command.endswith(f'-x64.msi /qn CERTIFICATES="{joined}"')
    assert len(command) < 8191


def test_one_certificate_that_would_be_refused_and_nothing_is_written(machine, certificates):
    rollout = pack(machine, certificates.wsus, certificates.self_signed("tls", usage="codeSigning,serverAuth"))
    assert rollout.exit == 6
    assert not rollout.folder.exists()
    answer = rollout.run.report
    assert answer["files"] == []
    assert [(one["admitted"], [reason["code"] for reason in one["reasons"]]) for one in answer["certificates"]] == [
        (True, []),
        (False, ["usage_too_broad"]),
    ]
    inspected = machine.run("--output", "json", "inspect", "1.cer", config=False, image=False).report
    assert answer["certificates"][1]["reasons"] == inspected["reasons"]
    text = pack(machine, "0.cer", "1.cer", form=()).run
    assert text.exit == 6
    assert all(part in text.out for part in ("usage_too_broad", "Nothing was written", "--allow"))
    assert not rollout.folder.exists()
    assert pack(machine, "0.cer", "1.cer", form=("--quiet",)).run.out == "1.cer: usage_too_broad\n"


def test_one_that_cannot_be_read_and_nothing_is_written(machine, certificates):
    rollout = pack(machine, certificates.wsus, "none.cer")
    assert (rollout.exit, rollout.folder.exists()) == (4, False)
    assert rollout.run.report["certificates"][1]["reasons"][0]["code"] == "file_not_found"
    assert pack(machine, "none.cer", b"no certificate").exit == 6, "what was refused says more than what is not there"
    unread = pack(machine, "none.cer", form=()).run.out
    assert "Nothing was written" in unread and "--allow" not in unread, "no exception helps against what is not there"


def test_an_exception_is_written_for_the_certificate_that_needs_it_and_for_no_other(machine, certificates):
    old = certificates.self_signed("old", usage=None)
    refused = pack(machine, old, certificates.wsus)
    assert (refused.exit, refused.folder.exists()) == (6, False)
    rollout = pack(machine, old, certificates.wsus, "--allow", "expired,no_eku")
    assert rollout.exit == 0, rollout.run
    assert_files_say(rollout, [entry(old, allow=["no_eku"]), entry(certificates.wsus)])
    assert [one["allow"] for one in rollout.run.report["certificates"]] == [["no_eku"], []]
    config = ("--config", machine.program.name_of(rollout.folder / "agent.yaml"))
    run = machine.report(*config, "repair", config=False)
    assert run.exit == 0, run
    assert machine.holds("Root", old)


def test_a_folder_with_anything_in_it_is_left_as_it_is(machine, certificates):
    folder = machine.folder / "rollout"
    folder.mkdir()
    (folder / "README.txt").write_text("of somebody else")
    rollout = pack(machine, certificates.wsus)
    assert rollout.exit == 8
    assert "is not empty" in rollout.run.report["problem"]
    assert rollout.files() == {"README.txt"} and rollout["README.txt"] == b"of somebody else"
    text = pack(machine, "0.cer", form=()).run
    assert (text.out, text.err.startswith("wsus-trust-agent: The folder ")) == ("", True)
    (folder / "README.txt").unlink()
    assert pack(machine, "0.cer").files() == FILES, "an empty folder is used"
    assert pack(machine, "0.cer").exit == 8, "an older rollout is not mixed with a newer one"


def test_what_is_no_folder_is_left_as_it_is(machine, certificates):
    (machine.folder / "rollout").write_text("a file")
    rollout = pack(machine, certificates.wsus)
    assert (rollout.exit, rollout.folder.read_text()) == (8, "a file")
    assert "is no folder" in rollout.run.report["problem"]


@pytest.mark.linux
def test_a_rollout_that_cannot_be_written_as_a_whole_leaves_nothing(machine, certificates):
    """Files beyond 8,000 bytes cannot be written: intune/settings.json is none of the first."""
    rollout = pack(machine, certificates.wsus, under=["prlimit", "--fsize=8000"])
    assert (rollout.exit, rollout.run.report["files"]) == (8, [])
    assert "could not be written" in rollout.run.report["problem"]
    assert not rollout.folder.exists()
    rollout.folder.mkdir()
    (machine.folder / "intune").mkdir()
    assert pack(machine, "0.cer", under=["prlimit", "--fsize=8000"]).exit == 8
    assert list(rollout.folder.iterdir()) == [], "an empty folder of somebody else's stays"
    run = machine.run("pack", "0.cer", "--output-dir", "", config=False, image=False)
    assert run.exit == 2 and "give it the name of a new folder" in run.out + run.err
    assert (machine.folder / "intune").is_dir()


@pytest.mark.windows
def test_a_drive_that_is_not_there_is_told(machine, certificates):
    (machine.folder / "0.cer").write_bytes(certificates.wsus)
    run = machine.run("--output", "json", "pack", "0.cer", "--output-dir", "Y:\\none\\rollout", config=False, image=False)
    assert run.exit == 8 and "could not be written" in run.report["problem"]
    assert "path not found" in run.report["problem"] and "--output-dir" in run.report["problem"]
    run = machine.run("pack", "0.cer", "--output-dir", "nul", config=False, image=False)
    assert run.exit == 8 and "it names a device" in run.err


def test_the_same_certificate_twice_is_one_entry(machine, certificates):
    pem = "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(certificates.wsus).decode() + "-----END CERTIFICATE-----\n"
    rollout = pack(machine, certificates.wsus, pem.encode())
    assert rollout.exit == 0, rollout.run
    assert_files_say(rollout, [entry(certificates.wsus)])


def test_the_certificate_of_a_store_is_packed_and_the_machine_stays_as_it_was(machine, certificates):
    machine.put_certificate("WSUS", certificates.wsus)
    before = machine.state()
    run = machine.run("--output", "json", "pack", "store:WSUS", "--output-dir", "rollout", config=False)
    assert run.exit == 0, run
    assert_files_say(Rollout(run, machine.folder / "rollout"), [entry(certificates.wsus)])
    assert machine.state() == before


def test_text_of_strangers_stays_in_its_place_in_every_format(machine, certificates):
    """Threat 30: a subject, and a note with everything that means something in one of the formats."""
    der = certificates.self_signed("hostile-pack", subject="/CN={}/OU={}".format(*HOSTILE), key_options=("-utf8",))
    assert b"\r\nmode: audit\r\n" in der
    rollout = pack(machine, der, "--note", AWKWARD)
    assert rollout.exit == 0, rollout.run
    assert_files_say(rollout, [entry(der, AWKWARD)])
    assert_texts_are_clean(rollout)
    config = ("--config", machine.program.name_of(rollout.folder / "agent.yaml"))
    (certificate,) = machine.report(*config, "check", config=False).report["certificates"]
    assert (certificate["sha256"], certificate["note"]) == (values.sha256(der), AWKWARD)
    subject = rollout.run.report["certificates"][0]["subject"]
    for name in ("README.txt", "change-ticket.txt"):
        assert f"    subject     {subject}\r\n" in rollout[name].decode()
    for name in FILES - {"README.txt", "change-ticket.txt", "agent.yaml"}:
        assert b"audit\\x0D" not in rollout[name] and "audit\\x0D".encode("utf-16-le") not in rollout[name]


@pytest.mark.parametrize("note", ["a\nb", "a\u202eb", "a\uf000b", "x" * 1001], ids=["line", "bidi", "separator", "long"])
def test_a_note_that_is_no_visible_line_is_refused(machine, certificates, note):
    rollout = pack(machine, certificates.wsus, "--note", note)
    assert (rollout.exit, rollout.folder.exists()) == (2, False)
    assert rollout.run.codes() == ["usage_error"]
    assert (rollout.run.out + rollout.run.err).replace("\n", "").isprintable()


def test_a_wrong_command_line_exits_2(machine, certificates):
    assert pack(machine).exit == 2
    assert pack(machine, certificates.wsus, "--allow", "weak_key").exit == 2
    assert pack(machine, *["0.cer"] * 21).exit == 2
    assert machine.run("pack", "0.cer", config=False, image=False).exit == 2
    assert not (machine.folder / "rollout").exists()


def test_the_exceptions_of_security_tools_name_the_program_and_the_thumbprints(machine, certificates):
    rollout = pack(machine, certificates.wsus, certificates.ca_issued)
    program = r"C:\Program Files\WsusTrustAgent\wsus-trust-agent.exe"
    own, issued = values.thumbprint(certificates.wsus), values.thumbprint(certificates.ca_issued)

    container, item = map(json.loads, rollout["edr-exceptions/elastic-exceptions.ndjson"].decode().splitlines())
    assert container["list_id"] == item["list_id"]
    fields = {one["field"]: one["value"] for one in item["entries"]}
    assert fields["process.executable"] == program
    keys = {path.rsplit("\\", 4)[1].upper() + "/" + path.rsplit("\\", 2)[1] for path in fields["registry.path"]}
    assert keys == {f"ROOT/{own}", f"TRUSTEDPUBLISHER/{own}", f"TRUSTEDPUBLISHER/{issued}"}

    macros = configparser.RawConfigParser()
    macros.read_string(rollout["edr-exceptions/splunk-macros.conf"].decode())
    definition = macros["windows_registry_certificate_added_filter"]["definition"]
    assert program.replace("\\", "\\\\") in definition
    assert definition.count(own) == 2 and definition.count(issued) == 1

    sigma = rollout["edr-exceptions/sigma-filter.yml"].decode()
    assert f"    Image: '{program}'\n" in sigma
    assert sigma.count(own) == 2 and sigma.count(issued) == 1


def test_the_scripts_are_those_of_the_kits(machine, certificates):
    rollout = pack(machine, certificates.wsus)
    for kit in ("configmgr", "intune"):
        for script in ("detect", "remediate"):
            assert rollout[f"{kit}/{script}.ps1"] == (REPOSITORY / "packaging" / kit / f"{script}.ps1").read_bytes()
