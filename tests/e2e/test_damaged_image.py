"""Threat 34: images that nobody should write to. Each ends with exit 9 and a sentence, and is left as it was."""

import random
import struct
import subprocess

import pytest
import registry_values as values
from machine import carried

BASE = 4096  # the size of the base block
COMMANDS = (["check"], ["repair"], ["repair", "--what-if"], ["undo"], ["status"])


def sealed(hive):
    """With the checksum of the base block that belongs to it."""
    total = 0
    for (word,) in struct.iter_unpack("<I", bytes(hive[:508])):
        total ^= word
    struct.pack_into("<I", hive, 508, {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(total, total))
    return hive


def cut(size):
    return lambda hive: hive[:size] if size >= 0 else hive[: len(hive) + size]


def garbled(hive):
    dice = random.Random(34)
    for i in range(BASE, len(hive)):
        hive[i] = dice.randrange(256)
    return hive


def not_closed(hive):
    struct.pack_into("<I", hive, 4, struct.unpack_from("<I", hive, 8)[0] + 1)
    return sealed(hive)


def wrong_checksum(hive):
    hive[508] ^= 1
    return hive


def root_elsewhere(hive):
    struct.pack_into("<I", hive, 36, 0x7FFFFFF0)
    return sealed(hive)


def assert_left_alone(image, code):
    before = image.state()
    for command in COMMANDS:
        run = image.report(*command)
        assert (run.exit, run.codes()) == (9, [code]), (command, run)
        finding = run.report["findings"][0]
        assert finding["message"] and finding["remedy"]
        assert run.report["inDesiredState"] is None and run.report["changes"] == []
    text = image.run("repair")
    assert text.exit == 9 and f"[{code}]" in text.out.replace("\n", "")
    assert image.state() == before


@pytest.mark.parametrize(
    "spoil, code",
    [
        (cut(0), "image_damaged"),
        (cut(100), "image_damaged"),
        (cut(BASE), "image_damaged"),
        (cut(BASE + 32), "image_damaged"),
        (cut(-1), "image_damaged"),
        (garbled, "image_damaged"),
        (wrong_checksum, "image_damaged"),
        (root_elsewhere, "image_damaged"),
        (lambda hive: b"MZ" + hive[2:], "image_damaged"),
        (lambda hive: bytearray(len(hive)), "image_damaged"),
        (not_closed, "image_dirty"),
    ],
    ids=["empty", "base block cut", "no bins", "bin cut", "last byte", "garbled", "checksum", "root", "program", "NULs", "dirty"],
)
def test_a_damaged_hive_is_left_alone(image, certificates, spoil, code):
    image.configure(carried(certificates.wsus))
    image.hive.write_bytes(spoil(bytearray(image.hive.read_bytes())))
    assert_left_alone(image, code)


def test_a_hive_with_newer_data_in_its_log_is_left_alone(image, certificates):
    image.configure(carried(certificates.wsus))
    base = bytearray(image.hive.read_bytes()[:512])
    sequence = struct.unpack_from("<I", base, 8)[0]
    struct.pack_into("<I", base, 28, 6)  # a log of Windows 8.1 and later
    entry = bytearray(512)
    entry[:4] = b"HvLE"
    struct.pack_into("<III", entry, 4, 512, 0, sequence + 1)
    struct.pack_into("<I", entry, 16, len(image.hive.read_bytes()) - BASE)
    image.hive.with_name("SOFTWARE.LOG1").write_bytes(sealed(base) + entry)
    assert_left_alone(image, "image_dirty")


@pytest.mark.parametrize("kind", ["--ntuser", "--system", "--sam", "--security", "--bcd"])
def test_another_hive_is_left_alone(image, certificates, kind):
    image.configure(carried(certificates.wsus))
    image.new_hive(kind)
    assert_left_alone(image, "image_not_software")


def test_a_hive_that_would_abort_the_hive_library_is_read_and_never_written(image, certificates):
    """Two values that share their data."""
    image.configure(carried(certificates.wsus))
    image.registry.merge("Policies", {"First": values.hex_value(b"one" * 8), "Second": values.hex_value(b"two" * 8)})
    hive = bytearray(image.hive.read_bytes())
    first, second = (hive.index(name) - 20 for name in (b"First", b"Second"))
    assert hive[first : first + 2] == hive[second : second + 2] == b"vk"
    hive[second + 8 : second + 12] = hive[first + 8 : first + 12]
    image.hive.write_bytes(hive)
    before = image.state()
    assert image.check().exit == 1, "looking does no harm"
    run = image.repair()
    assert (run.exit, run.codes()[0]) == (9, "image_damaged")
    assert "shared" in run.finding("image_damaged")["message"]
    assert image.state() == before


@pytest.mark.linux
def test_a_hive_on_a_read_only_file_system_can_be_checked_and_not_repaired(image, certificates):
    image.configure(carried(certificates.wsus))
    folder = image.hive.parent
    subprocess.run(["mount", "--bind", folder, folder], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", folder], check=True)
        before = image.state()
        assert image.check().exit == 1
        run = image.repair()
        assert (run.exit, run.codes()[0]) == (9, "image_read_only")
        assert image.state() == before
    finally:
        subprocess.run(["umount", folder], check=True)
    assert image.repair().exit == 0
