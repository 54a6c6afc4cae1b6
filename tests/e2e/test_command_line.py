"""What a person or a script at the command line gets: exit codes, one JSON document, texts, colours."""

import json
import os
import pty
import re
import subprocess

import hive_tools
import pytest
from machine import carried, pinned


@pytest.mark.parametrize(
    "arguments",
    [[], ["chekc"], ["check", "--what-if"], ["--output", "xml", "check"], ["inspect"], ["config"], ["--quiet", "--verbose", "check"]],
)
def test_a_wrong_command_line_exits_2(machine, arguments):
    run = machine.run(*arguments)
    assert run.exit == 2
    assert run.out == "" and "--help" in run.err


def test_a_wrong_command_line_is_one_json_document_when_json_is_asked_for(machine):
    run = machine.report("--no-such-option", "check")
    assert (run.exit, run.codes()) == (2, ["usage_error"])
    assert run.report["inDesiredState"] is None


@pytest.mark.parametrize("command", [[], ["check"], ["repair"], ["undo"], ["status"], ["inspect"], ["config"], ["config", "show"], ["config", "validate"], ["version"]])
def test_every_command_explains_itself(machine, command):
    run = machine.run(*command, "--help", image=False)
    assert run.exit == 0 and run.err == ""
    assert len(run.out) > 60
    if command not in (["version"], ["config"]):
        assert "Example" in run.out


def test_without_an_image_a_linux_build_says_what_to_do(machine):
    run = machine.report("check", image=False)
    assert (run.exit, run.codes()) == (2, ["usage_error"])
    assert "--image" in run.report["findings"][0]["message"]


def test_no_settings_at_all_is_nothing_configured(machine):
    run = machine.check()
    assert (run.exit, "nothing_configured" in run.codes()) == (1, True)
    before = machine.state()
    assert machine.repair().exit == 1
    assert machine.state() == before


def test_settings_that_are_named_and_missing_exit_3(machine):
    for command in (["check"], ["repair"], ["undo"], ["status"]):
        run = machine.report("--config", machine.folder / "none.yaml", *command)
        assert (run.exit, run.codes()) == (3, ["settings_not_found"])


def test_an_empty_settings_path_is_a_missing_file_and_one_document(machine):
    run = machine.report("--config", "", "check")
    assert (run.exit, run.codes()) == (3, ["settings_not_found"])


def test_every_mistake_in_the_settings_is_named_with_its_place(machine):
    machine.settings.write_text("mode: enforced\ncertificates:\n  - sorce: x\nfetch:\n  timeout: 30\n")
    machine.settings.chmod(0o600)
    run = machine.check()
    assert run.exit == 3
    assert set(run.codes()) == {"settings_invalid"}
    places = [f["subject"].removeprefix(str(machine.settings)) for f in run.report["findings"]]
    assert ":1:7" in places and ":3:5" in places and ":5:12" in places
    text = machine.run("config", "validate", image=False)
    assert text.exit == 3
    assert re.search(r"agent\.yaml:3:5: .*source", text.out)


def test_settings_that_ordinary_users_can_write_are_refused_when_elevated(machine):
    if os.geteuid() != 0:
        pytest.fail("must run as root: the rule is for elevated runs")
    machine.configure()
    machine.settings.chmod(0o666)
    run = machine.check()
    assert (run.exit, run.codes()) == (3, ["settings_not_protected"])
    machine.settings.chmod(0o600)
    machine.folder.chmod(0o777)
    run = machine.check()
    assert (run.exit, run.codes()) == (3, ["settings_not_protected"])
    machine.folder.chmod(0o700)
    assert machine.check().exit == 1


def test_config_show_tells_each_value_and_where_it_comes_from(machine, certificates):
    machine.configure(pinned(certificates.wsus, "https://pki.example.com/{sha256}.cer"), mode="audit")
    run = machine.run("--output", "json", "config", "show", image=False)
    listed = {s["key"]: s for s in run.report["settings"]}
    assert listed["mode"]["value"] == "audit"
    assert "agent.yaml:1:" in listed["mode"]["origin"]
    assert listed["fetch.timeout"]["value"] == "30s"
    assert hive_tools.sha256(certificates.wsus) in listed["certificates[0].source[0]"]["value"] or any(
        hive_tools.sha256(certificates.wsus) in s["value"] and "source" in s["key"] for s in listed.values()
    )
    assert "SETTING" in machine.run("config", "show", image=False).out


def test_config_validate_says_yes(machine, certificates):
    machine.configure(pinned(certificates.wsus, "/srv/wsus.cer"))
    run = machine.run("config", "validate", image=False)
    assert run.exit == 0 and "valid, 1 certificate." in run.out
    assert machine.run("--output", "json", "config", "validate", image=False).report["valid"] is True


def test_status_before_any_run_is_never_run(machine):
    run = machine.report("status")
    assert (run.exit, run.codes()) == (1, ["never_run"])


def test_status_after_an_undo_is_not_compliant(machine, certificates):
    machine.configure(carried(certificates.wsus))
    assert machine.repair().exit == 0
    assert machine.report("status").exit == 0
    assert "Stored report of" in machine.run("status").out
    assert machine.undo().exit == 0
    run = machine.report("status")
    assert (run.exit, run.codes("error")) == (1, ["undone"])


def test_status_of_a_report_that_was_too_large_to_store(machine, certificates):
    several = [certificates.self_signed(f"many{i}", subject=f"/CN=Signing certificate {i}") for i in range(9)]
    machine.configure(*[carried(der) for der in several])
    repaired = machine.repair()
    assert (repaired.exit, "report_not_stored" in repaired.codes("info")) == (0, True)
    status = machine.report("status")
    assert (status.exit, status.report["state"]) == (0, "Compliant")


def test_audit_exits_like_check_and_writes_nothing(machine, certificates):
    machine.configure(carried(certificates.wsus), mode="audit")
    before = machine.state()
    run = machine.repair()
    assert run.exit == 1
    assert {c[2] for c in run.changes()} == {"planned"}
    assert machine.state() == before


def test_quiet_is_one_line(machine):
    run = machine.run("--quiet", "check")
    assert run.out == "NonCompliant: nothing_configured, policy_missing\n"
    assert run.err == ""


def test_verbose_messages_go_to_stderr(machine):
    run = machine.run("--verbose", "--output", "json", "check")
    json.loads(run.out)
    assert "image:" in run.err


def on_a_terminal(machine, columns, *arguments, **env):
    """What the program writes when standard output is a terminal."""
    import fcntl
    import struct
    import termios

    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    process = subprocess.Popen(
        [machine.program, "--image", machine.root, *arguments],
        stdin=subprocess.DEVNULL, stdout=follower, stderr=subprocess.DEVNULL, env={"PATH": "/usr/bin:/bin", **env},
    )
    os.close(follower)
    data = b""
    while True:
        try:
            chunk = os.read(leader, 65536)
        except OSError:
            break
        if not chunk:
            break
        data += chunk
    process.wait(30)
    os.close(leader)
    return data.decode().replace("\r\n", "\n")


def test_colour_only_on_a_terminal_and_never_with_no_color(machine):
    assert "\x1b[31m" in on_a_terminal(machine, 100, "check")
    assert "\x1b" not in on_a_terminal(machine, 100, "check", NO_COLOR="1")
    assert "\x1b" not in machine.run("check").out


@pytest.mark.parametrize("columns", [30, 60, 80, 200])
def test_a_terminal_of_any_width_is_respected(machine, columns):
    text = re.sub(r"\x1b\[[0-9;]*m", "", on_a_terminal(machine, columns, "check"))
    words = max(len(word) for word in text.split())
    assert max(map(len, text.splitlines())) <= max(columns, words)


def test_a_full_disk_on_standard_output_is_not_success(machine, certificates):
    with open("/dev/full", "w") as full:
        ended = subprocess.run([machine.program, "version"], stdout=full, stderr=subprocess.PIPE)
    assert ended.returncode == 8 and b"could not be written" in ended.stderr


def test_inspect_prints_lines_that_work_when_pasted(machine, certificates):
    published = machine.folder / "wsus.cer"
    published.write_bytes(certificates.wsus)
    text = machine.run("inspect", "wsus.cer", image=False)
    assert text.exit == 0, text
    assert "self-signed" in text.out and "Root and TrustedPublisher" in text.out
    machine.settings.write_text(text.out[text.out.index("certificates:"):])
    machine.settings.chmod(0o600)
    run = machine.repair()
    assert run.exit == 0, run
    assert machine.holds("Root", certificates.wsus)


@pytest.mark.parametrize("source", ["none.cer", "/proc/self/mem", "."])
def test_inspect_of_what_cannot_be_read_exits_4(machine, source):
    assert machine.run("inspect", source, image=False).exit == 4


def test_inspect_of_something_too_large_exits_6(machine):
    (machine.folder / "large").write_bytes(b"x" * 100_000)
    assert machine.run("inspect", "large", image=False).exit == 6


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


def test_a_password_in_a_source_is_not_repeated(machine):
    machine.settings.write_text("certificates:\n  - source: https://bob:secret@pki.example.com/x\n")
    machine.settings.chmod(0o600)
    run = machine.check()
    assert run.exit == 3
    assert "secret" not in run.out


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
    command = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", machine.program, "--output", "json",
               "--config", machine.settings, "--image", machine.root]
    ended = subprocess.run([*map(str, command), "repair"], capture_output=True, text=True, cwd="/")
    report = json.loads(ended.stdout)
    assert (ended.returncode, [f["code"] for f in report["findings"]][0]) == (5, "access_denied")
    assert machine.state() == before
    looked = subprocess.run([*map(str, command), "check"], capture_output=True, text=True, cwd="/")
    assert looked.returncode == 1
