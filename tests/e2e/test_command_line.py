"""What a person or a script at the command line gets: exit codes, one JSON document, texts."""

import json
import re

import hostile_share
import pytest
import registry_values as values
from machine import carried, pinned


@pytest.mark.parametrize(
    "arguments",
    [[], ["chekc"], ["check", "--what-if"], ["--output", "xml", "check"], ["inspect"], ["config"], ["--quiet", "--verbose", "check"]],
)
def test_a_wrong_command_line_exits_2(machine, arguments):
    run = machine.run(*arguments)
    assert run.exit == 2
    assert run.out == "" and "--help" in run.err


@pytest.mark.parametrize("asked", [["--output", "json"], ["--output=json"]])
def test_a_wrong_command_line_is_one_json_document_when_json_is_asked_for(machine, asked):
    run = machine.run(*asked, "--no-such-option", "check")
    assert (run.exit, run.codes()) == (2, ["usage_error"])
    assert run.report["inDesiredState"] is None


def test_escape_codes_in_the_command_line_do_not_reach_the_terminal(machine):
    text, document = machine.run("check", "odd\x1b[31m"), machine.report("check", "odd\x1b[31m")
    assert (text.exit, document.exit) == (2, 2)
    assert "odd" in text.err and "\x1b" not in text.err
    assert "odd" in document.out and "\x1b" not in document.report["findings"][0]["message"]


@pytest.mark.parametrize("words, said", [(["chekc"], 'no command "chekc"'), (["report", "tset"], 'no command "tset"'), (["config", "bogus"], 'no command "bogus"'), (["/?"], 'no command "/?"'), (["-?"], 'no option "-?"'), ([], "A subcommand is required")])
def test_a_command_that_does_not_exist_is_named(machine, words, said):
    run = machine.run(*words, image=False)
    assert (run.exit, run.out) == (2, "")
    assert said in run.err and "Run 'wsus-trust-agent --help'" in run.err


@pytest.mark.parametrize("command", [[], ["check"], ["repair"], ["undo"], ["status"], ["inspect"], ["config"], ["config", "show"], ["config", "validate"], ["version"], ["run"], ["service"], ["service", "install"], ["service", "start"]])
def test_every_command_explains_itself(machine, command):
    run = machine.run(*command, "--help", image=False)
    assert run.exit == 0 and run.err == ""
    assert len(run.out) > 60
    if command not in (["version"], ["config"], ["service"]):
        assert "Example" in run.out


@pytest.mark.linux
@pytest.mark.parametrize("command", [["run"], ["service", "install"], ["service", "status"]])
def test_only_windows_has_a_resident_and_a_service(machine, command):
    for image in (True, False):
        run = machine.report(*command, image=image)
        assert (run.exit, run.codes()) == (2, ["usage_error"])
        assert "Windows" in run.report["findings"][0]["message"]


def test_no_settings_at_all_is_nothing_configured(machine):
    run = machine.check()
    assert (run.exit, "nothing_configured" in run.codes()) == (1, True)
    before = machine.state()
    assert machine.repair().exit == 1
    assert machine.state() == before


def test_settings_that_are_named_and_missing_exit_3(machine):
    for command in (["check"], ["repair"], ["undo"], ["status"]):
        run = machine.report("--config", machine.program.name_of(machine.folder / "none.yaml"), *command)
        assert (run.exit, run.codes()) == (3, ["settings_not_found"])


def test_settings_that_cannot_be_read_are_not_taken_for_absent_ones(machine):
    folder = machine.folder / "agent.d"
    folder.mkdir()
    run = machine.report("--config", machine.program.name_of(folder), "check")
    assert (run.exit, run.codes()) == (3, ["settings_invalid"])


def test_settings_above_their_limit_are_not_read_to_the_end(machine):
    machine.settings.write_bytes(b"#" * (2 << 20))
    machine.settings.chmod(0o600)
    run = machine.check()
    assert (run.exit, run.codes()) == (3, ["settings_invalid"])
    assert "is larger than 1048576 bytes" in run.report["findings"][0]["message"]


def test_settings_that_are_held_back_are_given_up(machine, start):
    """Who may read a file can make others wait for it: here a share, on Windows any user with an opportunistic lock."""
    held = start.share(hangs=[hostile_share.READ]).file
    run = machine.report("--config", machine.program.name_of(held), "check")
    assert (run.exit, run.codes()) == (3, ["settings_invalid"])
    assert "holds it back" in run.report["findings"][0]["message"]


def test_an_empty_settings_path_is_a_missing_file_and_one_document(machine):
    run = machine.report("--config", "", "check")
    assert (run.exit, run.codes()) == (3, ["settings_not_found"])


def test_every_mistake_in_the_settings_is_named_with_its_place(machine):
    machine.settings.write_text("mode: enforced\ncertificates:\n  - sorce: x\nfetch:\n  timeout: 30\n")
    machine.settings.chmod(0o600)
    run = machine.check()
    assert run.exit == 3
    assert set(run.codes()) == {"settings_invalid"}
    places = [f["subject"].removeprefix(machine.program.name_of(machine.settings)) for f in run.report["findings"]]
    assert ":1:7" in places and ":3:5" in places and ":5:12" in places
    text = machine.run("config", "validate", image=False)
    assert text.exit == 3
    assert re.search(r"agent\.yaml:3:5: .*source", text.out)


def test_config_show_tells_each_value_and_where_it_comes_from(machine, certificates):
    machine.configure(pinned(certificates.wsus, "https://pki.example.com/{sha256}.cer"), mode="audit")
    run = machine.run("--output", "json", "config", "show", image=False)
    listed = {s["key"]: s for s in run.report["settings"]}
    assert listed["mode"]["value"] == "audit"
    assert "agent.yaml:1:" in listed["mode"]["origin"]
    assert listed["fetch.timeout"]["value"] == "30s"
    assert values.sha256(certificates.wsus) in listed["certificates[0].source[0]"]["value"] or any(
        values.sha256(certificates.wsus) in s["value"] and "source" in s["key"] for s in listed.values()
    )
    assert "SETTING" in machine.run("config", "show", image=False).out


def test_config_validate_says_yes(machine, certificates):
    machine.configure(pinned(certificates.wsus, "/srv/wsus.cer"))
    run = machine.run("config", "validate", image=False)
    assert run.exit == 0 and "valid, 1 certificate." in run.out
    assert machine.run("--output", "json", "config", "validate", image=False).report["valid"] is True


def test_settings_that_are_not_there_are_not_valid(machine):
    run = machine.run("config", "validate", image=False)
    assert run.exit == 3 and "agent.yaml" in run.out


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


def test_audit_exits_like_check_and_writes_nothing(machine, certificates):
    machine.configure(carried(certificates.wsus), mode="audit")
    before = machine.state()
    run = machine.repair()
    assert run.exit == 1
    assert {c[2] for c in run.changes()} == {"planned"}
    assert machine.state() == before


def test_undo_what_if_undoes_nothing(machine, certificates):
    machine.configure(carried(certificates.wsus))
    assert machine.repair().exit == 0
    before = machine.state()
    run = machine.undo("--what-if")
    assert run.exit == 1  # what the agent added is still trusted
    assert {c[2] for c in run.changes()} == {"planned"}
    assert machine.state() == before


def test_quiet_is_one_line(machine):
    run = machine.run("--quiet", "check")
    assert run.out == "NonCompliant: nothing_configured, policy_missing\n"
    assert run.err == ""


def test_verbose_messages_go_to_stderr(machine):
    run = machine.run("--verbose", "--output", "json", "check")
    json.loads(run.out)
    assert "image: " in run.err or "live: " in run.err


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


def test_inspect_of_what_would_be_refused_exits_6(machine, certificates):
    der = certificates.self_signed("refused", usage="serverAuth,codeSigning")
    (machine.folder / "refused.cer").write_bytes(der)
    assert machine.run("inspect", "refused.cer", image=False).exit == 6
    machine.put_certificate("WSUS", der)
    assert machine.run("inspect", "store:WSUS").exit == 6


def test_inspect_does_not_run_with_mistaken_settings(machine, certificates):
    (machine.folder / "wsus.cer").write_bytes(certificates.wsus)
    machine.settings.write_text("mode: enforced\n")
    machine.settings.chmod(0o600)
    run = machine.report("inspect", "wsus.cer", image=False)
    assert (run.exit, run.codes()) == (3, ["settings_invalid"])


@pytest.mark.parametrize("source", ["none.cer", "/proc/self/mem", "."])
def test_inspect_of_what_cannot_be_read_exits_4(machine, source):
    assert machine.run("inspect", source, image=False).exit == 4


def test_inspect_of_something_too_large_exits_6(machine):
    (machine.folder / "large").write_bytes(b"x" * 100_000)
    assert machine.run("inspect", "large", image=False).exit == 6


def test_a_password_in_a_source_is_not_repeated(machine):
    machine.settings.write_text("certificates:\n  - source: https://bob:secret@pki.example.com/x\n")
    machine.settings.chmod(0o600)
    run = machine.check()
    assert run.exit == 3
    assert "secret" not in run.out

CONSUMERS = ["configmgr", "intune", "nagios"]


def test_each_consumer_of_a_check_gets_its_line_and_its_exit_code(machine, certificates):
    machine.configure(carried(certificates.wsus))
    answers = {consumer: machine.run("check", "--for", consumer) for consumer in CONSUMERS}
    for run in answers.values():
        assert run.err == "" and run.out.count("\n") == 1 and len(run.out) <= 2049
    assert (answers["configmgr"].exit, answers["intune"].exit, answers["nagios"].exit) == (0, 1, 2)
    assert answers["configmgr"].out.startswith("NonCompliant: ") and "policy_missing" in answers["configmgr"].out
    assert answers["intune"].out.startswith("NonCompliant: ")
    assert answers["nagios"].out.startswith("WSUS TRUST CRITICAL - ") and " | errors=" in answers["nagios"].out
    assert machine.repair().exit == 0
    answers = {consumer: machine.run("check", f"--for={consumer}") for consumer in CONSUMERS}
    assert [run.exit for run in answers.values()] == [0, 0, 0]
    assert answers["configmgr"].out == "Compliant\n"
    assert answers["intune"].out.startswith("Compliant")
    assert answers["nagios"].out.startswith("WSUS TRUST OK - ") and "days_left=" in answers["nagios"].out


@pytest.mark.parametrize("consumer, exit, begins", zip(CONSUMERS, [0, 1, 3], ["NonCompliant: ", "NonCompliant: ", "WSUS TRUST UNKNOWN - "]))
def test_a_consumer_is_never_told_that_all_is_well_when_nothing_was_looked_at(machine, consumer, exit, begins):
    machine.settings.write_text("mode: enforced\n")
    machine.settings.chmod(0o600)
    for arguments in (["check"], ["--quiet", "check"], ["--output", "json", "check"], ["--no-such-option", "check"], ["--set", "mode=adit", "check"]):
        run = machine.run(*arguments, "--for", consumer)
        assert (run.exit, run.err) == (exit, "")
        assert run.out.startswith(begins) and run.out.count("\n") == 1


def test_only_a_check_answers_consumers_and_only_those_that_are_known(machine):
    for arguments in (["repair", "--for", "unknown"], ["check", "--for", "sccm"], ["check", "--for"]):
        run = machine.run(*arguments)
        assert (run.exit, run.out) == (2, "")
