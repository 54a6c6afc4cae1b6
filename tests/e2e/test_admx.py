"""config/admx: every policy is a setting of the program, every setting is a policy, and what Group Policy would write is what
the program reads."""

import admx
import pytest
import registry_values as values

PIN = "9c56cc51b374c3ba189210d5b6d4bf57790d351c96c47c02190ecf1e430635ab"
# What somebody could type: the value, and how `config show` spells it.
TYPED = {
    "FetchTimeout": ("1500ms", "1500ms"),
    "FetchRefresh": ("0s", "0s"),
    "FetchCaFile": (r"C:\pki\roots.pem", r"C:\pki\roots.pem"),
    "FetchProxy": ("http://proxy.example.com:3128", "http://proxy.example.com:3128"),
    "ScheduleInterval": ("15m", "15m"),
    "ReportSpool": (r"C:\Reports\Spool", r"C:\Reports\Spool"),
    "ReportHeartbeat": ("12h", "12h"),
    "ReportFilePath": (r"\\files\wsus\{host}.json", r"\\files\wsus\{host}.json"),
    "ReportHttpsUrl": ("https://reports.example.com/in", "https://reports.example.com/in"),
    "ReportHttpsTokenFile": (r"C:\token.txt", r"C:\token.txt"),
    "ReportHttpsClientCertificate": (r"C:\client.pem", r"C:\client.pem"),
    "ReportOtlpEndpoint": ("http://localhost:4318/", "http://localhost:4318"),
    "ReportSyslogAddress": ("logs.example.com", "logs.example.com:6514"),
    "ReportPrometheusFile": (r"C:\textfiles\wsus.prom", r"C:\textfiles\wsus.prom"),
}


def shown(machine):
    run = machine.run("--output", "json", "config", "show", config=False, image=False)
    assert run.exit == 0, run
    return {setting["key"]: setting for setting in run.report["settings"]}


def registry_name(key):
    """The names of the registry, from those of agent.yaml."""
    return "\\".join("".join(word.capitalize() for word in part.split("_")) for part in key.split("."))


def written(policy):
    """What the editor of Group Policy can write: name -> value of the key, and how it is shown."""
    if policy.kind == "boolean":
        return [({policy.value: values.dword(number)}, word) for number, word in ((1, "true"), (0, "false"))]
    if policy.kind == "enum":
        return [({policy.value: values.text(choice)}, choice) for choice in policy.choices]
    if policy.kind == "text":
        typed, word = TYPED[policy.name]
        return [({policy.value: values.text(typed)}, word)]
    entry = f"sha256={PIN};source=https://pki.example.com/{{sha256}}.cer;note=50%25"
    return [({"1": values.text(entry), "2": values.text("sha256=" + PIN[::-1])}, PIN)]


def test_every_policy_is_a_setting_and_every_setting_is_a_policy(machine):
    """By name: the key and the value of a policy follow from the key of the setting."""
    of_policies = sorted(f"{policy.key}\\{policy.value}" if policy.value else policy.key for policy in admx.policies())
    of_settings = sorted(f"{values.SETTINGS}\\{registry_name(key)}" for key in shown(machine))
    assert of_policies == of_settings
    assert len(of_policies) == 21


def test_every_choice_of_a_policy_is_one_that_the_program_knows(machine):
    """Each of them; and no word that the program knows is missing."""
    for policy in admx.policies():
        if policy.kind != "enum":
            continue
        key = next(key for key in shown(machine) if f"{values.SETTINGS}\\{registry_name(key)}" == f"{policy.key}\\{policy.value}")
        for choice in policy.choices:
            assert machine.run("--set", f"{key}={choice}", "config", "show", config=False, image=False).exit == 0
        refused = machine.run("--set", f"{key}=nonsense", "config", "show", config=False, image=False)
        assert f"is one of: {', '.join(policy.choices)};" in refused.err


def test_every_reference_resolves_and_nothing_is_unused():
    root, language = admx.tree(admx.ADMX), admx.tree(admx.ADML)
    strings = [string.get("id") for string in admx.find_all(language, "string")]
    presentations = {one.get("id"): one for one in admx.find_all(language, "presentation")}
    assert len(strings) == len(set(strings))
    assert set(admx.references("string")) == set(strings)
    assert sorted(admx.references("presentation")) == sorted(presentations)
    assert all(string.text.strip() for string in admx.find_all(language, "string"))

    categories = {category.get("name") for category in admx.find_all(root, "category")}
    supported = {definition.get("name") for definition in admx.find_all(root, "definition")}
    assert {one.get("ref") for one in admx.find_all(root, "parentCategory")} == categories
    assert {one.get("ref") for one in admx.find_all(root, "supportedOn") if one.get("ref")} == supported
    controls = {"enum": "dropdownList", "text": "textBox", "list": "listBox"}
    for policy in admx.find_all(root, "policy"):
        assert policy.get("class") == "Machine"
        parts = [] if policy.find(f"{admx.NAMESPACE}elements") is None else list(policy.find(f"{admx.NAMESPACE}elements"))
        assert (policy.get("presentation") is None) == (parts == [])
        if not parts:
            continue
        presentation = presentations[policy.get("presentation").removeprefix("$(presentation.").removesuffix(")")]
        assert [(admx.name_of(one), one.get("refId")) for one in presentation] == [
            (controls[admx.name_of(part)], part.get("id")) for part in parts
        ]


def test_the_defaults_that_the_editor_offers_are_those_of_the_program(machine):
    settings = {f"{values.SETTINGS}\\{registry_name(key)}": setting["value"] for key, setting in shown(machine).items()}
    by_name = {policy.name: policy for policy in admx.policies()}
    language = admx.tree(admx.ADML)
    offered = {box.get("refId"): box.findtext(f"{admx.NAMESPACE}defaultValue") for box in admx.find_all(language, "textBox")}
    offered |= {box.get("refId"): by_name[box.get("refId")].choices[int(box.get("defaultItem"))] for box in admx.find_all(language, "dropdownList")}
    for name in ("FetchCaFile", *(name for name in TYPED if name.startswith("Report") and name != "ReportHeartbeat")):
        assert offered.pop(name) is None
    for name, value in offered.items():
        assert settings[f"{by_name[name].key}\\{by_name[name].value}"] == value


@pytest.mark.windows
def test_what_group_policy_writes_is_what_the_program_reads(machine):
    for policy in admx.policies():
        for names, word in written(policy):
            try:
                machine.registry.merge(policy.key, names)
                setting = next(s for s in shown(machine).values() if s["locked"])
            finally:
                machine.registry.erase_keys(values.SETTINGS)
            assert setting["value"] == word, policy
            assert setting["origin"].startswith(f"HKLM\\SOFTWARE\\{policy.key}\\")
    assert not any(setting["locked"] for setting in shown(machine).values())
