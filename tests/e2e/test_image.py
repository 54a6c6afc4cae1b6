"""What only images have: files, their folders, rights and links."""

import json
import os
import signal
import subprocess
import threading

import pytest
import registry_values as values
from machine import carried, pinned

pytestmark = pytest.mark.linux


def test_without_an_image_a_linux_build_says_what_to_do(machine):
    run = machine.report("check", image=False)
    assert (run.exit, run.codes()) == (2, ["usage_error"])
    assert "--image" in run.report["findings"][0]["message"]


def test_settings_that_ordinary_users_can_write_are_refused_when_elevated(machine):
    if os.geteuid() != 0:
        pytest.fail("must run as root: the rule is for elevated runs")
    machine.settings.write_text("mode: not even read\n")
    machine.settings.chmod(0o666)
    run = machine.check()
    assert (run.exit, run.codes()) == (3, ["settings_not_protected"])
    machine.configure()
    machine.folder.chmod(0o777)
    run = machine.check()
    assert (run.exit, run.codes()) == (3, ["settings_not_protected"])
    machine.folder.chmod(0o700)
    assert machine.check().exit == 1


def test_settings_behind_a_link_that_others_can_lead_elsewhere_are_refused(machine, certificates, tmp_path_factory):
    """Threat 26."""
    open_to_all = tmp_path_factory.mktemp("open")
    machine.configure(carried(certificates.wsus))
    real, link = machine.settings, open_to_all / "agent.yaml"
    link.symlink_to(real)
    machine.settings = link
    before = machine.state()
    assert machine.check().exit == 1, "a link of an administrator, in a folder of an administrator"
    for mode in (0o777, 0o1777):
        open_to_all.chmod(mode)
        run = machine.repair()
        assert (run.exit, run.codes()) == (3, ["settings_not_protected"])
        assert str(open_to_all) in run.finding("settings_not_protected")["message"]
    open_to_all.chmod(0o700)
    real.chmod(0o666)
    assert machine.repair().codes() == ["settings_not_protected"]
    assert machine.state() == before


def test_status_of_a_report_that_was_too_large_to_store(machine, certificates):
    several = [certificates.self_signed(f"many{i}", subject=f"/CN=Signing certificate {i}") for i in range(9)]
    machine.configure(*[carried(der) for der in several])
    repaired = machine.repair()
    assert (repaired.exit, "report_not_stored" in repaired.codes("info")) == (0, True)
    status = machine.report("status")
    assert (status.exit, status.report["state"]) == (0, "Compliant")


def test_an_image_that_cannot_be_used_exits_9_with_a_sentence(machine):
    for path, code in [("/nonexistent", "image_not_found"), ("/dev/null", None), (machine.folder / "empty", None)]:
        (machine.folder / "empty").touch()
        run = machine.report("--image", path, "check", image=False)
        assert run.exit == 9
        assert code is None or run.codes() == [code]
        assert run.report["findings"][0]["remedy"]


def test_two_repairs_at_once_one_is_told_to_wait(machine, certificates):
    import fcntl

    machine.configure(carried(certificates.wsus))
    descriptor = os.open(machine.hive.parent, os.O_RDONLY)
    fcntl.flock(descriptor, fcntl.LOCK_EX)
    before = machine.state()
    assert (machine.repair().exit, machine.undo().exit) == (7, 7)
    assert machine.check().exit == 1  # looking takes no lock
    assert machine.undo("--what-if").exit == 0
    os.close(descriptor)
    assert machine.state() == before
    assert machine.repair().exit == 0


def test_a_link_in_a_volume_does_not_lead_out_of_it(machine, certificates, tmp_path_factory):
    machine.configure(carried(certificates.wsus))
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "SOFTWARE"
    machine.new_hive("--software", elsewhere)
    untouched = elsewhere.read_bytes()
    machine.hive.unlink()
    machine.hive.symlink_to(elsewhere)
    run = machine.repair()
    assert (run.exit, run.codes()) == (9, ["image_not_found"])
    assert elsewhere.read_bytes() == untouched
    assert machine.report("--image", machine.hive, "repair", image=False).exit == 0  # named itself: meant


def test_what_a_killed_run_left_is_gone_after_the_next_repair(machine, certificates):
    machine.configure(carried(certificates.wsus))
    assert machine.repair().exit == 0
    left = machine.hive.with_name("SOFTWARE.wsus-trust-agent-AbCdEf")
    left.write_bytes(machine.hive.read_bytes())
    assert machine.repair().exit == 0
    assert not left.exists()


def test_a_hive_that_is_a_mount_point_is_told_as_such(machine, certificates, tmp_path_factory):
    machine.configure(carried(certificates.wsus))
    source = tmp_path_factory.mktemp("mounted") / "SOFTWARE"
    machine.new_hive("--software", source)
    subprocess.run(["mount", "--bind", source, machine.hive], check=True)
    try:
        run = machine.repair()
    finally:
        subprocess.run(["umount", machine.hive], check=True)
    assert (run.exit, "mount" in run.finding("change_failed")["message"]) == (8, True), run
    assert [p.name for p in machine.hive.parent.iterdir()] == ["SOFTWARE"]


def test_escape_codes_in_paths_do_not_reach_the_terminal(machine):
    odd = machine.folder / "red\x1b[31m\u202e"
    machine.root.rename(odd)
    run = machine.run("--image", odd, "--verbose", "check", image=False)
    assert run.exit == 1
    assert "\x1b" not in run.out + run.err and "\u202e" not in run.out + run.err
    settings = odd / "agent.yaml"
    settings.write_text("mode: audit\n")
    for command in (["check"], ["config", "show"], ["config", "validate"]):
        run = machine.run("--config", settings, "--image", odd, "--verbose", *command, image=False)
        assert "agent.yaml" in run.out + run.err
        assert "\x1b" not in run.out + run.err and "\u202e" not in run.out + run.err


def aborted(machine, certificates, start, *words):
    """A check that ends as the library for hives ends it, from outside, because every hive that is known to make it do so is refused
    before: exit code, stdout and stderr."""
    connected = threading.Event()

    def script(peer):
        connected.set()
        peer.hang()

    server = start.hostile(script)
    machine.configure(pinned(certificates.wsus, f"https://127.0.0.1:{server.port}/a.cer"), fetch={"timeout": "30s"})
    command = ["--config", machine.settings, "--image", machine.root, *words]
    process = subprocess.Popen(
        machine.program.command(*command), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=machine.program.environment()
    )
    assert connected.wait(30)
    process.send_signal(signal.SIGABRT)
    out, err = process.communicate(timeout=30)
    return process.returncode, out.decode(), err.decode()


def test_a_process_that_is_aborted_over_a_hive_leaves_a_document(machine, certificates, start):
    exit, out, err = aborted(machine, certificates, start, "--output", "json", "check")
    assert exit == 9 and err
    report = json.loads(out)
    assert (report["exitCode"], [f["code"] for f in report["findings"]]) == (9, ["image_damaged"])


@pytest.mark.parametrize("consumer, begins, expected", [("configmgr", "NonCompliant: ", 0), ("intune", "NonCompliant: ", 1),
                                                        ("nagios", "WSUS TRUST UNKNOWN - ", 3)])
def test_a_process_that_is_aborted_over_a_hive_answers_its_consumer(machine, certificates, start, consumer, begins, expected):
    exit, out, err = aborted(machine, certificates, start, "check", "--for", consumer)
    assert (exit, err) == (expected, "")
    assert out.startswith(begins + "image_damaged") and out.count("\n") == 1


def test_an_image_does_not_take_the_name_of_its_host(machine, certificates):
    """It would be a clone on the next host, and lose its history."""
    machine.configure(carried(certificates.wsus))
    assert machine.repair().exit == 0
    assert machine.registry.value(r"WsusTrustAgent\Status", "ComputerName") == values.hex_value(b"\0\0", "(1)")


def test_repairs_and_undos_do_not_make_the_hive_grow_without_need(machine, certificates):
    machine.configure(carried(certificates.wsus))
    sizes = []
    for _ in range(3):
        assert (machine.repair().exit, machine.undo().exit) == (0, 0)
        sizes.append(machine.hive.stat().st_size)
    assert sizes[2] - sizes[1] <= 96 * 1024, sizes  # libhivex never reuses what was freed


def test_a_check_leaves_the_image_as_it_was_to_the_nanosecond(machine, certificates):
    machine.configure(carried(certificates.wsus))
    before = machine.state()
    machine.check()
    machine.repair("--what-if")
    machine.report("status")
    assert machine.state() == before


def test_a_mounted_volume_is_found_whatever_the_letter_case(machine):
    os.rename(machine.root / "Windows", machine.root / "WINDOWS")
    os.rename(machine.root / "WINDOWS/System32", machine.root / "WINDOWS/system32")
    assert machine.check().exit == 1


def test_missing_rights_exit_5_and_change_nothing(machine, certificates):
    machine.configure(carried(certificates.wsus))
    for path in (machine.folder, *machine.folder.parents):
        if path.stat().st_uid == os.geteuid() and str(path) != "/" and "pytest" in str(path):
            path.chmod(0o755)
    machine.settings.chmod(0o644)
    before = machine.state()
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", machine.program.path, "--output", "json",
               "--config", machine.settings, "--image", machine.root]
    ended = subprocess.run([*map(str, command), "repair"], capture_output=True, text=True, cwd="/")
    report = json.loads(ended.stdout)
    assert (ended.returncode, [f["code"] for f in report["findings"]][0]) == (5, "access_denied")
    assert machine.state() == before
    looked = subprocess.run([*map(str, command), "check"], capture_output=True, text=True, cwd="/")
    assert looked.returncode == 1


def test_the_new_file_is_on_the_disk_before_it_takes_the_old_ones_place(machine, certificates, shipped):
    machine.configure(carried(certificates.wsus))
    log = machine.folder / "calls"
    command = ["--config", machine.settings, "--image", machine.root, "repair"]
    traced = ["strace", "-f", "-y", "-qq", "-o", log, "-e", "trace=/^(fsync|fdatasync|rename.*)$", shipped.path, *command]
    assert subprocess.run(traced, capture_output=True, timeout=60).returncode == 0
    calls = [line.split(None, 1)[1] for line in log.read_text().splitlines()]
    folder = str(machine.hive.parent)
    new_file = next(i for i, call in enumerate(calls) if call.startswith("fsync") and ".wsus-trust-agent-" in call)
    renamed = next(i for i, call in enumerate(calls) if call.startswith("rename"))
    durable = next(i for i, call in enumerate(calls) if call.startswith("fsync") and f"<{folder}>" in call)
    assert new_file < renamed < durable, calls
