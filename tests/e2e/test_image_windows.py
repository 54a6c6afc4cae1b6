"""Images with the program for Windows: what it makes of them, as other people's tools and the program for Linux see it."""

import os
import threading

import pytest
import registry_values as values
from machine import Image, carried, make_machine, pinned
from program import Program, wine_prefix

pytestmark = pytest.mark.windows


@pytest.fixture
def native():
    return Program(os.environ["WSUS_TRUST_AGENT_NATIVE"])


def without_times(image):
    """Everything that is in the hive but for what differs between any two runs."""
    status = r"wsustrustagent\status"
    lines, key = [], ""
    for line in image.registry.export("").splitlines():
        key = line.lower() if line.startswith("[") else key
        if status not in key or line.startswith(('"Compliant"', '"State"', '"Thumbprints"', '"NotAfter"')):
            lines.append(line)
    return lines


def test_from_nothing_to_compliant_and_back_without_a_touch_on_the_machine(image, program, certificates, tmp_path):
    live = make_machine(program, tmp_path)
    before_live = live.state()
    image.put_certificate("Root", certificates.ca)
    image.configure(carried(certificates.wsus), carried(certificates.ca_issued))
    before = image.state()
    first = image.check()
    assert (first.exit, first.report["endpoint"]["kind"]) == (1, "image")
    planned = image.repair("--what-if")
    assert (planned.exit, {c[2] for c in planned.changes()}) == (1, {"planned"})
    assert image.state() == before, "a question wrote"

    repaired = image.repair()
    assert (repaired.exit, repaired.codes()) == (0, []), repaired
    assert image.holds("Root", certificates.wsus) and image.holds("TrustedPublisher", certificates.wsus)
    assert image.holds("TrustedPublisher", certificates.ca_issued) and not image.holds("Root", certificates.ca_issued)
    assert image.policy_value() == values.dword(1)
    assert "AcceptTrustedPublisherCerts,DWORD,0x00000001" in image.registry.reglookup("/Policies/Microsoft/Windows/WindowsUpdate")
    right = image.state()
    assert [name for name, *_ in right] == ["SOFTWARE"]
    again = image.repair()
    assert (again.exit, again.changes(), image.state()) == (0, [], right), "a second repair wrote"
    assert image.report("status").report["runId"] == repaired.report["runId"]

    image.configure(pinned(certificates.wsus, state="distrusted"), carried(certificates.ca_issued))
    assert image.repair().exit == 0
    assert image.holds("Disallowed", certificates.wsus) and not image.holds("Root", certificates.wsus)
    undone = image.undo()
    assert (undone.exit, undone.codes()) == (0, ["not_undone"])
    assert image.entry("TrustedPublisher", certificates.ca_issued) is None and image.policy_value() is None
    assert image.holds("Root", certificates.ca), "undo took away what was not ours"
    assert live.state() == before_live


def test_both_programs_write_the_same_and_take_back_what_the_other_wrote(image, native, certificates, tmp_path):
    other = Image(native, tmp_path / "native")
    for machine in (image, other):
        machine.put_certificate("Root", certificates.ca)
        machine.configure(carried(certificates.wsus, note="für später"), carried(certificates.ca_issued))
    clean = without_times(image)
    assert clean == without_times(other)
    assert (image.repair().exit, other.repair().exit) == (0, 0)
    assert without_times(image) == without_times(other)
    assert len(image.hive.read_bytes()) == len(other.hive.read_bytes())

    swapped = image.hive.read_bytes()
    image.hive.write_bytes(other.hive.read_bytes())
    other.hive.write_bytes(swapped)
    for machine in (image, other):
        run = machine.repair()
        assert (run.exit, run.codes(), run.changes()) == (0, [], [])
        assert machine.undo().exit == 0
    assert without_times(image) == without_times(other)
    assert image.entry("Root", certificates.wsus) is None and other.entry("Root", certificates.wsus) is None


LONGEST = 259  # characters, of a path of old; Wine cannot say where a longer one leads


def move_volume(image, root):
    image.root.rename(root)
    image.root, image.hive = root, root / "Windows/System32/config/SOFTWARE"
    image.registry.path = image.hive


@pytest.mark.parametrize("long", [False, True], ids=["not ASCII", "so long that the new file's name is longer than Windows once bore"])
def test_a_volume_may_be_called_anything(image, certificates, long):
    fill = LONGEST - 10 - len(image.program.name_of(image.hive)) if long else 0
    move_volume(image, image.root.with_name(image.root.name + "x" * fill if long else "Abbild ü 雪"))
    assert not long or len(image.program.name_of(image.hive)) < LONGEST < len(image.program.name_of(image.hive) + ".wsus-trust-agent-")
    image.configure(carried(certificates.wsus))
    run = image.repair()
    assert run.exit == 0, run
    assert image.holds("Root", certificates.wsus)
    assert run.report["endpoint"]["name"] == image.program.name_of(image.hive)
    assert image.undo().exit == 0


def test_the_hive_of_the_running_windows_is_no_image(image, certificates):
    image.configure(carried(certificates.wsus))
    config = wine_prefix() / "drive_c/windows/system32/config"
    config.mkdir(exist_ok=True)  # a run that was killed leaves it
    own = config / "SOFTWARE"
    own.write_bytes(image.hive.read_bytes())
    try:
        for path in ("C:\\", r"c:\Windows\..\WINDOWS\system32\config\software"):
            for command in ("check", "repair", "undo"):
                run = image.report("--image", path, command, image=False)
                assert (run.exit, run.codes()) == (9, ["image_in_use"])
                assert "run the command without --image" in run.finding("image_in_use")["message"]
        assert own.read_bytes() == image.hive.read_bytes()
        assert [p.name for p in config.iterdir()] == ["SOFTWARE"]
    finally:
        own.unlink(missing_ok=True)
        config.rmdir()


def test_a_hive_that_somebody_has_loaded_is_in_use(image, program, certificates, tmp_path):
    image.configure(carried(certificates.wsus))
    before = image.state()
    with make_machine(program, tmp_path).holding(image.hive):
        for run in (image.check(), image.repair(), image.undo()):
            assert (run.exit, run.codes()) == (9, ["image_in_use"])
            assert "reg unload" in run.finding("image_in_use")["remedy"]
    assert image.state() == before
    assert image.repair().exit == 0


def test_a_hive_marked_read_only_can_be_checked_and_not_repaired(image, certificates):
    image.configure(carried(certificates.wsus))
    image.hive.chmod(0o444)
    before = image.state()
    assert image.check().exit == 1
    run = image.repair()
    assert (run.exit, run.codes()[0]) == (5, "access_denied")
    assert "attrib -r" in run.finding("access_denied")["message"]
    assert image.state() == before


def test_a_link_in_a_volume_does_not_lead_out_of_it(image, certificates, tmp_path):
    image.configure(carried(certificates.wsus))
    elsewhere = tmp_path / "elsewhere"
    image.hive.rename(elsewhere)
    image.hive.symlink_to(elsewhere)  # to Wine's programs a link of Unix is one of Windows
    untouched = elsewhere.read_bytes()
    run = image.repair()
    assert (run.exit, run.codes()) == (9, ["image_not_found"])
    assert "leads out of the image" in run.finding("image_not_found")["message"]
    assert elsewhere.read_bytes() == untouched


def test_what_a_killed_run_left_is_gone_after_the_next_repair(image, certificates):
    image.configure(carried(certificates.wsus))
    left = image.hive.with_name("SOFTWARE.wsus-trust-agent-abcdef")
    left.write_bytes(image.hive.read_bytes())
    assert image.repair().exit == 0
    assert [p.name for p in image.hive.parent.iterdir()] == ["SOFTWARE"]


def test_a_service_works_on_no_image(image):
    run = image.run("--output", "json", "service", "install")
    assert run.exit == 2


def test_a_hive_that_is_truncated_while_it_is_worked_on_is_left_alone(image, certificates, start):
    """From outside, as a share does: Windows lets nobody truncate a mapped file of its own."""
    connected = threading.Event()
    go_on = threading.Event()

    def script(peer):
        connected.set()
        go_on.wait(30)

    server = start.hostile(script)
    image.configure(pinned(certificates.wsus, f"https://127.0.0.1:{server.port}/a.cer"), carried(certificates.ca_issued))
    ended = []
    working = threading.Thread(target=lambda: ended.append(image.repair()))
    working.start()
    try:
        assert connected.wait(30)
        os.truncate(image.hive, 0)
    finally:
        go_on.set()
        working.join(60)
    run = ended[0]
    assert (run.exit, run.codes()[0]) == (9, "image_damaged"), run
    assert image.hive.read_bytes() == b""
    assert [p.name for p in image.hive.parent.iterdir()] == ["SOFTWARE"]
