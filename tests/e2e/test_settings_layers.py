"""Settings in layers: what machine policy, the command line, the file and an installer say, and which of it counts."""

import re

import pytest
import registry_values as values
from machine import carried

PIN = "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab"
OTHER = "1b4f0e9851971998e732078544c96b36c3d01cedf7caa332359d6f1d83567014"


@pytest.fixture(autouse=True)
def no_policy_is_left(machine):
    """Tests that know nothing of it would be run under it."""
    yield
    if machine.program.windows:
        machine.registry.erase_keys(values.SETTINGS, values.DEFAULTS)


def put(machine, name, value, layer=values.SETTINGS):
    key, _, last = f"{layer}\\{name}".rpartition("\\")
    machine.registry.merge(key, {last: value})


def path(name, layer=values.SETTINGS):
    return f"HKLM\\SOFTWARE\\{layer}\\{name}"


def shown(machine, *arguments, **options):
    run = machine.run("--output", "json", *arguments, "config", "show", "--origin", image=False, **options)
    assert run.exit == 0, run
    return {setting["key"]: setting for setting in run.report["settings"]}


def invalid_places(run):
    assert run.exit == 3, run
    return [finding["subject"] for finding in run.report["findings"] if finding["code"] == "settings_invalid"]


def test_the_command_line_stands_above_the_file(machine, certificates):
    machine.configure(carried(certificates.wsus), mode="enforce", fetch={"timeout": "3s"})
    listed = shown(machine, "--set", "mode=audit")
    assert (listed["mode"]["value"], listed["mode"]["origin"]) == ("audit", "--set mode")
    (file,) = listed["mode"]["overridden"]
    assert file["value"] == "enforce" and "agent.yaml:1:" in file["origin"]
    assert listed["fetch.timeout"]["value"] == "3s" and listed["fetch.timeout"]["overridden"] == []
    before = machine.state()
    run = machine.repair("--set", "mode=audit")
    assert (run.exit, {outcome for _, _, outcome in run.changes()}) == (1, {"planned"})
    assert machine.state() == before
    assert run.report["settings"]["place"].endswith("agent.yaml, --set")
    assert machine.repair().exit == 0


def test_the_digest_is_that_of_the_file_when_nothing_else_says_anything(machine, certificates):
    machine.configure(carried(certificates.wsus))
    alone = machine.check().report["settings"]
    assert alone["sha256"] == values.sha256(machine.settings.read_bytes())
    assert machine.report("--set", "fetch.timeout=3s", "check").report["settings"]["sha256"] != alone["sha256"]


@pytest.mark.parametrize(
    "word, complaint",
    [
        ("mod=audit", 'did you mean "mode"'),
        ("mode=adit", 'did you mean "audit"'),
        ("mode", "write KEY=VALUE"),
        ("timeout=3s", 'did you mean "fetch.timeout"'),
        ("certificates=x", "cannot be given on the command line"),
        ("fetch.timeout=1h", "from 100ms to 5m"),
        ("only_with_wsus=1", "true or false"),
        ("fetch.proxy=ftp://x", "proxy is none, system"),
    ],
)
def test_a_mistake_of_the_command_line_is_a_usage_error(machine, word, complaint):
    run = machine.run("--set", word, "check")
    assert run.exit == 2 and complaint in run.err, run
    document = machine.report("--set", word, "check")
    assert (document.exit, document.codes()) == (2, ["usage_error"])


def test_config_show_is_a_table_of_what_counts(machine):
    machine.configure(mode="audit", fetch={"timeout": "3s"})
    text = machine.run("--set", "mode=enforce", "config", "show", image=False).out
    assert text.split("\n")[0].split() == ["SETTING", "VALUE", "FROM", "LOCKED"]
    assert re.search(r"^mode +enforce +--set mode +no$", text, re.MULTILINE)
    assert "instead of" not in text
    text = machine.run("--set", "mode=enforce", "config", "show", "--origin", image=False).out
    assert re.search(r"insteadofaudit,from.*agent\.yaml:1:", re.sub(r"\s+", "", text))


@pytest.mark.windows
def test_each_layer_stands_above_the_next(machine):
    defaults = values.DEFAULTS
    put(machine, r"Fetch\Timeout", values.text("1s"), defaults)
    put(machine, "Mode", values.text("audit"), defaults)
    listed = shown(machine, config=False)
    assert (listed["fetch.timeout"]["value"], listed["fetch.timeout"]["origin"]) == ("1s", path(r"Fetch\Timeout", defaults))
    assert listed["fetch.timeout"]["locked"] is False
    machine.configure(fetch={"timeout": "2s"})
    assert shown(machine)["fetch.timeout"]["value"] == "2s"
    assert shown(machine)["mode"]["value"] == "audit"
    command_line = ("--set", "fetch.timeout=3s")
    assert shown(machine, *command_line)["fetch.timeout"]["value"] == "3s"
    put(machine, r"Fetch\Timeout", values.text("4s"))
    timeout = shown(machine, *command_line)["fetch.timeout"]
    assert (timeout["value"], timeout["origin"], timeout["locked"]) == ("4s", path(r"Fetch\Timeout"), True)
    assert [other["value"] for other in timeout["overridden"]] == ["3s", "2s", "1s"]
    text = machine.run("config", "show", image=False).out
    assert re.search(r"^fetch\.timeout +4s +HKLM\\SOFTWARE\\Policies.* yes$", text, re.MULTILINE), text


@pytest.mark.windows
def test_policy_alone_is_enough_to_repair_and_the_next_run_sees_that_it_changed(machine, certificates):
    der = certificates.wsus
    entry = carried(der)
    put(machine, r"Certificates\1", values.text(f"sha256={entry['sha256']};der={entry['der']};note=by policy"))
    put(machine, "Mode", values.text("audit"))
    run = machine.repair()
    assert (run.exit, run.report["mode"]) == (1, "audit")
    assert run.report["settings"]["place"] == "HKLM\\SOFTWARE\\Policies\\WsusTrustAgent"
    audited = run.report["settings"]["sha256"]
    put(machine, "Mode", values.text("enforce"))
    run = machine.repair()
    assert (run.exit, run.codes()) == (0, []), run
    assert run.report["settings"]["sha256"] != audited
    assert run.report["certificates"][0]["note"] == "by policy"
    assert machine.holds("Root", der)
    put(machine, r"Certificates\1", values.text(f"sha256={entry['sha256']};state=withdrawn"))
    assert machine.repair().exit == 0
    assert not machine.holds("Root", der)


@pytest.mark.windows
def test_certificates_of_policy_stand_alone_and_what_they_override_is_told(machine, certificates):
    machine.configure(carried(certificates.wsus))
    put(machine, r"Certificates\2", values.text(f"sha256={PIN};state=withdrawn"))
    put(machine, r"Certificates\10", values.text(f"sha256={OTHER};state=withdrawn"))
    run = machine.repair()
    assert (run.exit, run.codes()) == (0, []), run
    told = run.finding("overridden_by_policy")
    assert (told["severity"], told["subject"]) == ("info", values.sha256(certificates.wsus))
    assert re.search(r"agent\.yaml:1:\d+ names it", told["message"])
    assert not machine.holds("Root", certificates.wsus)
    assert [one["sha256"] for one in run.report["certificates"]] == [PIN, OTHER]
    assert machine.report("status").finding("overridden_by_policy") == told, "the stored report does not tell it"
    listed = machine.run("--output", "json", "config", "show", "--origin", image=False).report
    assert [one["sha256"] for one in listed["overriddenCertificates"]] == [values.sha256(certificates.wsus)]


@pytest.mark.windows
@pytest.mark.parametrize("state", ["withdrawn", "distrusted"])
def test_what_the_file_takes_trust_from_policy_does_not_bring_back(machine, certificates, state):
    der = certificates.wsus
    machine.configure(carried(der))
    assert machine.repair().exit == 0
    machine.configure(carried(der, state=state))
    put(machine, r"Certificates\1", values.text(f"sha256={values.sha256(der)};der={carried(der)['der']}"))
    assert machine.repair().exit == 0
    assert not machine.holds("Root", der) and not machine.holds("TrustedPublisher", der)
    assert machine.holds("Disallowed", der) == (state == "distrusted")


@pytest.mark.windows
@pytest.mark.parametrize(
    "name, value",
    [
        (r"Certificates\1", values.text("sha256=typed wrong")),
        (r"Certificates\1", values.text(f"sha256={PIN};allow=anything")),
        (r"Certificates\1", values.text(f"sha256={PIN};source=relative.cer")),
        (r"Certificates\1", values.text(f"sha256={PIN};retrust=once")),
        (r"Certificates\1", values.dword(1)),
        (r"Certificates\first", values.text(f"sha256={PIN}")),
        ("Mode", values.text("adit")),
        ("Mode", values.dword(1)),
        (r"Fetch\CaFile", values.text("https://pki.example.com/roots.pem")),
        (r"Fetch\Proxy", values.hex_value(b"proxy")),
    ],
)
@pytest.mark.parametrize("layer", [values.SETTINGS, values.DEFAULTS])
def test_what_decides_about_trust_never_falls_through(machine, certificates, layer, name, value):
    machine.configure(carried(certificates.wsus))
    put(machine, name, value, layer)
    run = machine.repair()
    assert invalid_places(run) == [path(name, layer)]
    assert not machine.holds("Root", certificates.wsus) and machine.policy_value() is None
    validated = machine.run("config", "validate", image=False)
    assert validated.exit == 3 and validated.out.startswith(path(name, layer) + ": ")
    assert machine.undo().exit == 0, "undo needs no settings"


@pytest.mark.windows
@pytest.mark.parametrize(
    "name, value, complaint",
    [
        (r"Fetch\Timeout", values.text("never"), "as in 30s"),
        (r"Fetch\Timeout", values.dword(30), "not REG_DWORD 30"),
        (r"Schedule\Watch", values.text("repare"), 'did you mean "repair"'),
        ("OnlyWithWsus", values.dword(2), "not REG_DWORD 2"),
        ("OnlyWithWsus", values.qword(1), "not REG_QWORD 1"),
        ("Modes", values.text("audit"), 'did you mean "Mode"?'),
        ("Colour", values.text("red"), "known are Certificates, Mode, Policy"),
        (r"Fetsch\Timeout", values.text("3s"), 'did you mean "Fetch"?'),
    ],
)
def test_any_other_value_that_is_wrong_is_told_and_ignored(machine, certificates, name, value, complaint):
    machine.configure(carried(certificates.wsus), fetch={"timeout": "3s"})
    put(machine, name, value)
    run = machine.repair()
    assert (run.exit, run.codes()) == (0, ["setting_ignored"]), run
    place = path("Fetsch" if name.startswith("Fetsch") else name)
    finding = run.finding("setting_ignored")
    assert finding["subject"] == place and complaint in finding["message"] and finding["severity"] == "warning"
    assert shown(machine)["fetch.timeout"]["value"] == "3s"
    assert f"{place}: " in machine.run("config", "show", image=False).out
    validated = machine.run("config", "validate", image=False)
    assert validated.exit == 3 and validated.out.startswith(place + ": ")


@pytest.mark.windows
def test_booleans_of_policy_are_numbers_or_words(machine):
    for value, word in ((values.dword(1), "true"), (values.dword(0), "false"), (values.text("true"), "true"), (values.text("false"), "false")):
        put(machine, "OnlyWithWsus", value)
        assert shown(machine, config=False)["only_with_wsus"]["value"] == word


@pytest.mark.windows
def test_config_validate_names_every_layer_and_every_mistake_of_any(machine):
    put(machine, "Mode", values.text("audit"))
    run = machine.run("config", "validate", config=False, image=False)
    assert (run.exit, run.out) == (0, "HKLM\\SOFTWARE\\Policies\\WsusTrustAgent: valid, 0 certificates.\n")
    machine.settings.write_text("mode: adit\n")
    machine.settings.chmod(0o600)
    put(machine, r"Fetch\Proxy", values.text("none!"))
    put(machine, r"Fetch\Timeout", values.text("3 s"), values.DEFAULTS)
    run = machine.run("--output", "json", "config", "validate", image=False)
    assert run.exit == 3 and run.report["valid"] is False
    places = [error["place"] for error in run.report["errors"]]
    assert places[0].endswith("agent.yaml:1:7")
    assert places[1:] == [path(r"Fetch\Proxy"), path(r"Fetch\Timeout", values.DEFAULTS)]


@pytest.mark.windows
def test_the_defaults_of_an_installer_survive_an_undo(machine, certificates):
    der = certificates.wsus
    put(machine, r"Certificates\1", values.text(f"sha256={values.sha256(der)};der={carried(der)['der']}"), values.DEFAULTS)
    assert machine.repair().exit == 0 and machine.holds("Root", der)
    assert machine.undo().exit == 0 and not machine.holds("Root", der)
    assert machine.repair().exit == 0 and machine.holds("Root", der)


@pytest.mark.windows
def test_the_largest_certificate_that_group_policy_can_carry_is_read(machine):
    """32,766 characters in one value."""
    start = f"sha256={PIN};note=x;source=https://pki.example.com/a.cer;"
    put(machine, r"Certificates\1", values.text(start + ";" * (32_766 - len(start))))
    assert shown(machine, config=False)["certificates[0].sha256"]["value"] == PIN


@pytest.mark.windows
def test_more_than_a_mebibyte_of_policy_is_not_read(machine, certificates):
    machine.configure(carried(certificates.wsus))
    machine.registry.merge(rf"{values.SETTINGS}\Certificates", {str(n): values.text(f"note={'x' * 30_000}") for n in range(1, 20)})
    run = machine.check()
    assert invalid_places(run) == ["HKLM\\SOFTWARE\\Policies\\WsusTrustAgent"]
    assert "1 MiB" in run.report["findings"][0]["message"]


@pytest.mark.windows
def test_for_an_image_the_policy_of_this_machine_does_not_count(machine):
    machine.configure(mode="enforce")
    put(machine, "Mode", values.text("audit"))
    put(machine, r"Fetch\Timeout", values.text("3s"), values.DEFAULTS)
    assert shown(machine)["mode"]["locked"]
    listed = shown(machine, "--image", "C:\\image")
    assert (listed["mode"]["value"], listed["fetch.timeout"]["value"]) == ("enforce", "30s")
