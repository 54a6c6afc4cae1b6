"""Threat 30: text of strangers, in certificates, settings, addresses and answers, never leaves its line or its document."""

import json
import os
import re

import pytest
from machine import carried, pinned
from servers import answering, response

pytestmark = pytest.mark.linux

LOG_LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z (info|warning|error) \S")
EVIL = "a\r\nFAIL b\x1b[31m\x1b]0;owned\x07\x00\x7f\x9b\u202e\u2066\u200b\ufeffz"
FORMS = (["--output", "json", "--verbose"], ["--verbose"])


def texts_in(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, inside in value.items():
            yield key
            yield from texts_in(inside)
    elif isinstance(value, list):
        for inside in value:
            yield from texts_in(inside)


def assert_clean(run):
    """Strict UTF-8 was read already. One line for each line of the log; nothing that moves or hides text anywhere."""
    if run.out.startswith("{"):
        document = json.loads(run.out)
        lines = document.pop("settings") if isinstance(document.get("settings"), str) else ""  # of inspect: to be pasted
        for text in [*texts_in(document), *lines.split("\n")]:
            assert text.isprintable(), ascii(text)
            assert len(text) < 20_000
    for line in (run.out + run.err).splitlines():
        assert line.isprintable(), ascii(line)
    for line in run.err.split("\n")[:-1]:
        assert LOG_LINE.match(line) or line.startswith(("wsus-trust-agent: ", "Run '")), ascii(line)


def clean_in_all_forms(machine, *command, **options):
    """The JSON document of the command, which was clean in each form of output."""
    runs = [machine.run(*form, *command, **options) for form in FORMS]
    for run in runs:
        assert_clean(run)
    assert len({run.exit for run in runs}) == 1
    return runs[0]


def with_subject(certificates, name, raw):
    """A certificate whose subject holds these bytes; its signature is broken by that, and it is shown all the same."""
    placeholder = "Q" * len(raw)
    assert len(raw) <= 64
    der = certificates.self_signed(name, subject=f"/CN={placeholder}")
    assert der.count(placeholder.encode()) == 2
    return der.replace(placeholder.encode(), raw)


@pytest.mark.parametrize(
    "name, raw",
    [
        ("lines", b"a\r\nFAIL b\n\n2026-01-01T00:00:00.000Z info forged"),
        ("escapes", b"\x1b[31mred\x1b]0;owned\x07\x1b[2J"),
        ("bidi", "a\u202egnp.exe\u2066\u200b\ufeff".encode()),
        ("nul", b"CN=Contoso\x00.evil"),
        ("invalid", b"\xff\xfe\xc0\x80\xed\xa0\x80\xf5a"),
        ("c1", "\x9b31m\x85\u2028\u2029x".encode()),
        ("json", b'","admitted":true,"x":"\\'),
        ("name", b"x, CN=WSUS Publishers Self-signed+O=/CN=y"),
    ],
)
def test_a_subject_stays_inside_its_line(machine, certificates, name, raw):
    der = with_subject(certificates, f"subject-{name}", raw)
    (machine.folder / "hostile.cer").write_bytes(der)
    document = clean_in_all_forms(machine, "inspect", "hostile.cer", image=False).report
    assert document["admitted"] is False
    machine.configure(carried(der))
    run = clean_in_all_forms(machine, "repair")
    assert run.exit == 6
    assert run.err.count("\n") == len(run.report["findings"]) + 2, "a finding is more than one line of the log"


@pytest.mark.parametrize("parts, exit", [(80, 0), (800, 6)], ids=["6 KB", "60 KB"])
def test_an_endless_subject_is_cut_or_refused(machine, certificates, parts, exit):
    subject = "".join(f"/OU={i:064d}" for i in range(parts))
    der = certificates.self_signed(f"endless-{parts}", subject=subject)
    if parts == 800:
        assert len(der) > 50_000
    machine.configure(carried(der))
    assert clean_in_all_forms(machine, "repair").exit in (exit, 3)
    (machine.folder / "endless.cer").write_bytes(der)
    assert clean_in_all_forms(machine, "inspect", "endless.cer", image=False, config=False).exit == exit


@pytest.mark.parametrize(
    "source",
    [
        "https://pki.example.com/" + EVIL,
        "https://" + EVIL + "/x",
        "https://pki.example.com/" + "x" * 50_000,
        EVIL,
        "x" * 50_000,
        r"\\server\share" + EVIL,
    ],
    ids=["path", "host", "long address", "file", "long file", "share"],
)
def test_an_address_stays_inside_its_line(machine, certificates, source):
    machine.configure(pinned(certificates.wsus, source), fetch={"timeout": "2s"})
    assert clean_in_all_forms(machine, "check").exit in (3, 4)
    assert clean_in_all_forms(machine, "config", "validate", image=False).exit in (0, 3)
    if "\0" not in source:
        assert clean_in_all_forms(machine, "inspect", source, image=False, config=False).exit in (2, 4)


def test_notes_and_keys_of_the_settings_stay_inside_their_line(machine, certificates):
    machine.configure(carried(certificates.wsus, note=EVIL * 20))
    assert clean_in_all_forms(machine, "check").exit in (1, 3)
    clean_in_all_forms(machine, "config", "show", image=False)
    assert machine.run("--quiet", "check").out.count("\n") == 1
    machine.configure(**{EVIL: "x", "mode": EVIL})
    assert clean_in_all_forms(machine, "check").exit == 3
    machine.settings.write_bytes(b"mode: \xff\xfe\x1b[31m\n")
    assert clean_in_all_forms(machine, "check").exit == 3


def test_bytes_that_are_no_text_in_a_path_stay_inside_their_line(machine):
    odd = os.fsdecode(b"\xff\xfe\x1b[31m\r\nx")
    for command in (["inspect", odd], ["--config", odd, "check"], ["--image", odd, "check"]):
        assert clean_in_all_forms_of_any(machine, command).exit in (2, 3, 4, 9)


def clean_in_all_forms_of_any(machine, command):
    runs = [machine.run(*form, *command, image=False, config=False) for form in FORMS]
    for run in runs:
        assert_clean(run)
    return runs[0]


@pytest.mark.parametrize(
    "answer",
    [
        response(b"", status="302 Found", headers=["Location: https://evil.example/\x1b[31m\x9b" + "y" * 3_000]),
        response(b"", status="302 Found", headers=["Location: \\\\evil\\share\x85\x1b]0;owned\x07"]),
        response(b"", status="404 \x1b[31mNot\tFound\x9b", headers=["Server: \x1b[2J"]),
        response(b"<html>\x1b[31m\r\n\xff" + b"z" * 50_000, headers=["Content-Type: \x1b[31m"]),
        response(b"\x1b[31m\xff\xfe\x00"),
        b"HTTP/1.1 \x1b[31m\r\n\r\n",
        b"\x1b[31m\r\n" * 30,
    ],
    ids=["redirect", "redirect to a share", "status", "page", "bytes", "no status", "no HTTP"],
)
def test_an_answer_stays_inside_its_line(machine, certificates, start, tls, answer):
    server = start.hostile(answering(answer), tls.right)
    address = f"https://localhost:{server.port}/x.cer"
    machine.configure(
        pinned(certificates.wsus, address), fetch={"ca_file": machine.program.name_of(tls.ca.root), "timeout": "5s"}
    )
    assert clean_in_all_forms(machine, "check").exit in (4, 6)
    assert clean_in_all_forms(machine, "inspect", address, image=False).exit in (4, 6)
