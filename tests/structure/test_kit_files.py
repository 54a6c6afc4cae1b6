"""The kits of packaging: their scripts are PowerShell that calls what exists, their inventory collects what the agent writes, and their guides
say what they have to."""

import re
import shutil
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))

from kits import ASKED_BY_MACHINES, BATCH_FILES, GUIDES, KITS, PACKAGING, REPOSITORY, SCRIPTS, commands_in  # noqa: E402
from powershell import complaints, parsed  # noqa: E402
from repository import known_to_git  # noqa: E402

CONFIGMGR = PACKAGING / "configmgr"
CREATOR = CONFIGMGR / "New-WsusTrustAgentDeployment.ps1"


def names(paths):
    return [str(path.relative_to(REPOSITORY)) for path in paths]


# PowerShell


@pytest.mark.parametrize("script", SCRIPTS, ids=names(SCRIPTS))
def test_a_script_is_powershell_and_calls_what_exists(script):
    assert list(complaints(parsed(script)[0])) == []


def test_every_script_of_the_repository_is_looked_at():
    found = {REPOSITORY / name for name in known_to_git("*.ps1")}
    assert found == set(SCRIPTS) and {CREATOR, *ASKED_BY_MACHINES} <= found


@pytest.mark.parametrize("script", SCRIPTS, ids=names(SCRIPTS))
def test_a_script_that_was_cut_would_be_noticed(script, tmp_path):
    text = script.read_text()
    broken = tmp_path / "broken.ps1"
    broken.write_text(text[: text.rindex("}")])
    assert any("no syntax" in complaint for complaint in complaints(parsed(broken)[0]))


@pytest.mark.parametrize(
    "old, new, complaint",
    [
        ("-Fast }", "-Quick }", "no parameter set for Name, Quick"),
        ("New-CMBaseline ", "New-CMBaselines ", "New-CMBaselines is not in cmdlets.json"),
        ("-CreationType WindowsOS", "-CreationType Windows", "New-CMConfigurationItem -CreationType cannot be Windows"),
        ("= 'IsEquals'", "= 'Equals'", "Add-CMComplianceSettingScript -ExpressionOperator cannot be Equals"),
        ("        RuleName                  = 'is Compliant'\n", "", "Add-CMComplianceSettingScript has no parameter set"),
        ("        ContentLocation          = $MsiPath\n", "", "Add-CMMsiDeploymentType has no parameter set"),
        ("DeployPurpose = 'Required'", "DeployPurpose = 'Mandatory'", "-DeployPurpose cannot be Mandatory"),
    ],
)
def test_a_wrong_name_or_value_would_be_noticed(old, new, complaint, tmp_path):
    text = CREATOR.read_text()
    assert old in text
    broken = tmp_path / "broken.ps1"
    broken.write_text(text.replace(old, new))
    assert [each for each in complaints(parsed(broken)[0]) if complaint in each]


@pytest.mark.parametrize("script", SCRIPTS, ids=names(SCRIPTS))
def test_a_script_is_plain_ascii(script):
    """Windows PowerShell takes a file without a byte order mark for one in the machine's own code page."""
    content = script.read_bytes()
    assert content.isascii() and b"\r" not in content and content.endswith(b"\n")


@pytest.mark.parametrize("script", ASKED_BY_MACHINES, ids=names(ASKED_BY_MACHINES))
def test_what_machines_ask_is_short_and_leaves_everything_to_the_program(script):
    text, read = script.read_text(), parsed(script)[0]
    assert len(text.splitlines()) <= 3
    assert r'"$env:ProgramW6432\WsusTrustAgent\wsus-trust-agent.exe"' in text, "the 64-bit folder, also in a 32-bit PowerShell"
    assert [len(command["words"]) > 1 for command in read["commands"]] == [True], "one call, the program's"
    assert read["commands"][0]["words"][-1] == "2>$null", "nothing on stderr, for Intune it would be a failure"
    consumer = script.parent.name
    asked = ["check", "--for", consumer] if script.name == "detect.ps1" else ["repair", "--scheduled", "--quiet"]
    assert list(commands_in(script)) == [asked]
    last = text.splitlines()[-1].rpartition("; ")[2]
    assert read["exits"] == [last], "it ends with the one exit that it has"
    assert last == ("exit [int](-not $line -or $LASTEXITCODE -ne 0)" if (consumer, script.name) == ("intune", "detect.ps1") else "exit 0")
    if script.name == "detect.ps1":
        assert re.search(r"catch \{ \$line = \$null \}", text), "a machine without the agent gets there"
        assert re.search(r"else \{ 'NonCompliant: [^']{1,200}' \}", text)


def test_the_rule_expects_what_the_detection_answers():
    settings = dict(parsed(CREATOR)[0]["tables"]["setting"])
    assert (settings["ExpectedValue"], settings["ExpressionOperator"], settings["DataType"]) == ("Compliant", "IsEquals", "String")
    assert settings["Is64Bit"] == settings["Remediate"] == settings["ReportNoncompliance"] == "$true"


def test_the_application_knows_the_return_codes_of_msiexec():
    codes = dict(parsed(CREATOR)[0]["tables"]["returnCodes"])
    assert codes == {"0": "Success", "1707": "Success", "3010": "SoftReboot", "1641": "HardReboot", "1618": "FastRetry"}
    listed = next(line for line in (CONFIGMGR / "README.md").read_text().split("\n") if "*Return Codes*" in line)
    assert set(re.findall(r"\b\d+\b", listed)) == set(codes)


def test_nothing_is_deployed_unless_a_collection_is_named():
    text = CREATOR.read_text()
    before, asked, behind = text.partition("    if (-not $Collection) {\n")
    assert asked and "New-CMApplicationDeployment" not in before and "New-CMBaselineDeployment" not in before
    assert behind.index("return") < behind.index("New-CMApplicationDeployment")


def test_every_change_is_asked_for_first():
    """-WhatIf: what creates or removes stands in a block that only Add-Once runs, behind ShouldProcess."""
    text = re.sub(r"<#.*?#>", "", CREATOR.read_text(), flags=re.DOTALL)
    blocks = re.sub(r"-(?:Create|Remove) \{(?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*\}", "", text)
    assert re.findall(r"\b(?:New|Add|Set|Remove)-CM\w+", text)
    assert re.findall(r"\b(?:New|Add|Set|Remove)-CM\w+", blocks) == []
    body = text[text.index("function Add-Once") :]
    assert body.index("ShouldProcess") < body.index("& $Create")


# The inventory: MOF, SQL, KQL

MOF_TOKEN = re.compile(r'\s+|//[^\n]*|#pragma|"(?:[^"\\]|\\.)*"|[A-Za-z_]\w*|[\[\](){},;:=]')
LITERALS = {"TRUE", "FALSE", "NOFAIL"}


def mof_complaints(text):
    """A grammar as small as the two files need (DMTF DSP0004, annex A): pragmas, classes with qualifiers and properties, instances."""
    tokens, at = [], 0
    while at < len(text):
        matched = MOF_TOKEN.match(text, at)
        if not matched:
            return [f"no token of MOF: {text[at : at + 20]!r}"]
        at = matched.end()
        if matched[0].strip() and not matched[0].startswith("//"):
            tokens.append('""' if matched[0].startswith('"') else "word" if matched[0] in LITERALS else matched[0])
    word, value = r"(?!#)[A-Za-z_]\w*", r'(?:""|word)'
    qualifier = rf"{word}(?: \( {value} \))?"
    qualifiers = rf"\[ {qualifier}(?: , {qualifier})* \]"
    prop = rf"(?:{qualifiers} )?(?:string|uint32) {word} ;"
    assignment = rf'(?:{word} = "" ;|{qualifiers} {word} ;)'
    pragma = rf"#pragma {word} \( {value}(?: , {value})* \)"
    klass = rf"(?:{qualifiers} )?class {word}(?: : {word})? \{{(?: {prop})+ \}} ;"
    instance = rf"(?:{qualifiers} )?instance of {word} \{{(?: {assignment})+ \}} ;"
    whole = re.compile(rf"(?:(?:{pragma}|{klass}|{instance})(?: |$))+")
    return [] if whole.fullmatch(" ".join(tokens)) else ["it is no sequence of pragmas, classes and instances"]


def collected():
    return re.findall(r"\[SMS_Report\(TRUE\)\] (uint32|string) (\w+);", (CONFIGMGR / "client-settings.mof").read_text())


def stored():
    """What the key Status holds, and of which type."""
    text = (REPOSITORY / "common/report/status_store.cpp").read_text()
    numbers = re.findall(r'registry\.set\(status_key, "(\w+)", dword_value', text)
    texts = re.findall(r'(?:set_text\(|registry\.set\(status_key, )"(\w+)"', text)
    return {**dict.fromkeys(texts, "string"), **dict.fromkeys(numbers, "uint32")}


@pytest.mark.parametrize("name", ["hardware-inventory.mof", "client-settings.mof"])
def test_the_inventory_is_mof(name):
    assert mof_complaints((CONFIGMGR / name).read_text()) == []


@pytest.mark.parametrize("old, new", [("};", "}"), ("string State;", "string State"), ("[key]", "[key"), ("uint32", "dword"), ('"Status";', "Status;")])
def test_a_mistake_in_the_inventory_would_be_noticed(old, new):
    text = (CONFIGMGR / "hardware-inventory.mof").read_text()
    assert old in text and mof_complaints(text.replace(old, new, 1)) != []


def test_the_inventory_collects_values_of_status_with_their_types():
    assert collected() and dict((name, kind) for kind, name in collected()).items() <= stored().items()


def test_the_two_halves_of_the_inventory_name_the_same_values():
    client = (CONFIGMGR / "hardware-inventory.mof").read_text()
    assert re.findall(r"^    (uint32|string) (\w+);$", client, re.MULTILINE) == collected()
    read = re.findall(r'"Local\|HKEY_LOCAL_MACHINE\\\\SOFTWARE\\\\WsusTrustAgent\\\\Status\|(\w+)"\), Dynamic, Provider\("RegPropProv"\)\] (\w+);', client)
    assert read == [(name, name) for _, name in collected()]


def test_the_queries_ask_for_values_that_are_there():
    sql, kql = (CONFIGMGR / "compliance.sql").read_text(), (CONFIGMGR / "cmpivot.kql").read_text()
    asked = set(re.findall(r"\bs\.(\w+)0\b", sql))
    assert asked and asked <= {name for _, name in collected()}
    assert set(re.findall(r"\bv_GS_\w+", sql)) == {"v_GS_WSUS_TRUST_AGENT_STATUS0"}
    group = re.search(r'SMS_Group_Name\("([^"]+)"\)', (CONFIGMGR / "client-settings.mof").read_text())[1]
    assert "v_GS_" + group.upper().replace(" ", "_") + "0" == "v_GS_WSUS_TRUST_AGENT_STATUS0"
    asked = set(re.findall(r"Property == '(\w+)'", kql))
    assert asked and asked <= stored().keys()
    assert set(re.findall(r"Registry\('([^']+)'\)", kql)) == {r"hklm:\SOFTWARE\WsusTrustAgent\Status"}


def test_the_guide_explains_every_value_that_is_collected():
    table = re.findall(r"^\| (`\w+`(?:, `\w+`)*) \| (DWORD|text) \|", (CONFIGMGR / "README.md").read_text(), re.MULTILINE)
    explained = [(kind, name) for cell, kind in table for name in re.findall(r"\w+", cell)]
    assert explained == [("DWORD" if kind == "uint32" else "text", name) for kind, name in collected()]


@pytest.mark.parametrize("name", ["hardware-inventory.mof", "client-settings.mof", "compliance.sql", "cmpivot.kql"])
def test_what_was_not_tried_says_so(name):
    assert "Untested." in (CONFIGMGR / name).read_text().splitlines()[0]


# The guides


@pytest.mark.parametrize("guide", GUIDES, ids=names(GUIDES))
def test_a_guide_says_what_was_not_tried_how_to_see_it_and_how_to_take_it_back(guide):
    text = guide.read_text()
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert headings[-2:] == ["How to see that it worked", "How to take it back"]
    assert "**Not tried: " in text[: text.index("\n## ")]


@pytest.mark.parametrize("guide", GUIDES, ids=names(GUIDES))
def test_what_a_guide_links_to_exists(guide):
    for target in re.findall(r"\]\(([^)]+)\)", guide.read_text()):
        path, _, heading = target.partition("#")
        file = (guide.parent / path).resolve() if path else guide
        assert file.exists(), target
        if heading:
            known = [re.sub(r"[^\w\- ]", "", each).lower().replace(" ", "-") for each in re.findall(r"^#+ (.+)$", file.read_text(), re.MULTILINE)]
            assert heading in known, target


@pytest.mark.parametrize("guide", GUIDES, ids=names(GUIDES))
def test_a_guide_names_every_file_of_its_kit(guide):
    for file in guide.parent.iterdir():
        assert file == guide or f"`{file.name}`" in guide.read_text(), file


def test_every_command_line_of_a_guide_is_found():
    """So that the test that asks the program about them (tests/e2e/test_kits.py) has something to ask about."""
    for guide in GUIDES:
        named = re.findall(r"(?<![\w/\\.-])wsus-trust-agent(?:\.exe)? (?!\()[a-z-]", guide.read_text())
        assert len(list(commands_in(guide))) >= len(named) > 2, guide


@pytest.mark.parametrize("file", BATCH_FILES, ids=names(BATCH_FILES))
def test_a_batch_file_is_ascii_with_the_line_ends_of_windows(file):
    content = file.read_bytes()
    assert content.isascii() and content.count(b"\n") == content.count(b"\r\n") > 0


def redirected_behind(batch):
    """Lines in which cmd would take a digit at the end of a text, such as an exit code, for the handle to redirect. Wine's does not."""
    return [line for line in batch.splitlines() if re.search(r"\becho\b[^>]*\S>", line) and not line.lstrip().startswith("rem ")]


@pytest.mark.parametrize("script", BATCH_FILES, ids=names(BATCH_FILES))
def test_what_is_written_stands_behind_where_it_goes(script):
    text = script.read_text()
    assert redirected_behind(text) == []
    moved = re.sub(r'^( *)(>>"%log%") (echo .*)$', r"\1\3\2", text, flags=re.MULTILINE)
    assert moved != text and len(redirected_behind(moved)) == text.count('>>"%log%" echo'), "it would be noticed"


def test_every_kit_is_here():
    assert all(kit.is_dir() for kit in KITS) and shutil.which("node")
