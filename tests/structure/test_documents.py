"""The documents lead where they say, name what exists, and the security review names exactly what the code has."""

import re
from pathlib import Path

import pytest
from documents import anchors, broken_links, guide, unknown_codes
from repository import REPOSITORY, known_to_git

DOCUMENTS = known_to_git("*.md")
REVIEW = (REPOSITORY / "packaging/security-review.md").read_text(encoding="utf-8")
GUIDES = ["packaging/README.md", "packaging/operating.md", "packaging/security-review.md"]
SOURCES = {path: path.read_text(encoding="utf-8")
           for folder in ("agent", "common") for path in sorted((REPOSITORY / folder).rglob("*.[ch]pp")) +
           sorted((REPOSITORY / folder).rglob("*.h"))}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_link_leads_somewhere(document):
    assert list(broken_links(REPOSITORY, document)) == []


@pytest.mark.parametrize("link, complaint", [
    ("[one](missing.md)", "leads nowhere"),
    ("[one](other.md#missing)", "no such heading"),
    ("[one](#missing)", "no such heading"),
    ("[one](../outside.md)", "leads out of the project"),
])
def test_a_link_that_leads_nowhere_is_noticed(tmp_path, link, complaint):
    root = tmp_path / "project"
    root.mkdir()
    (tmp_path / "outside.md").write_text("")
    (root / "other.md").write_text("# There, `it` is\n")
    (root / "one.md").write_text(f"# Here\n\n[a](other.md#there-it-is) [b](#here) [c](https://example.com/) {link}\n")
    [found] = broken_links(root, "one.md")
    assert complaint in found


def test_anchors_are_those_of_github():
    assert anchors("# A\n## The day: it's `so`, 1.2\n### [Link](x.md)\n") == {"a", "the-day-its-so-12", "link"}


def reason_codes():
    return set(re.findall(r"^\| `(\w+)` \|", (REPOSITORY / "config/reason-codes.md").read_text(), re.MULTILINE))


def words_of_settings():
    return set(re.findall(r"\w+", (REPOSITORY / "config/agent.yaml").read_text()))


def names_of_events():
    return set(re.findall(r"^\| \d{4} \| \w+ \| `(\w+)` \|", (REPOSITORY / "packaging/operating.md").read_text(), re.MULTILINE))


def names_of_code():
    """Constants and metrics."""
    return literals(r"constexpr std::string_view (\w+)") | literals(r'Gauge \w+\("(\w+)"')


@pytest.mark.parametrize("document", GUIDES)
def test_every_code_that_a_guide_names_exists(document):
    text = (REPOSITORY / document).read_text()
    known = reason_codes() | words_of_settings() | names_of_events() | names_of_code()
    assert len(reason_codes()) > 80 and unknown_codes(text, known) == []


def test_a_code_that_does_not_exist_is_noticed():
    text = "Here `not_there`, `known_one` and `word`.\n\n    FAIL\n      Text. [other_one]\n"
    assert unknown_codes(text, {"known_one"}) == ["not_there", "other_one"]


def event_ids():
    return set(re.findall(r"^\| (\d{4}) \| \w+ \| `", (REPOSITORY / "packaging/operating.md").read_text(), re.MULTILINE))


@pytest.mark.parametrize("document", ["packaging/README.md", "packaging/security-review.md"])
def test_every_event_that_a_guide_names_exists(document):
    named = set(re.findall(r"\b1[01]\d\d\b", (REPOSITORY / document).read_text()))
    assert named and named <= event_ids()


def test_the_guide_has_every_exit_code():
    table = guide.section(guide.read("packaging/README.md"), "### Exit codes of the agent")
    assert re.findall(r"^\| (\d) \|", table, re.MULTILINE) == list("0123456789")


def test_the_properties_of_the_installer_are_those_that_it_has():
    table = guide.section(guide.read("packaging/README.md"), "### The MSI")
    named = re.findall(r"^\| `([A-Z_]+)` \|", table, re.MULTILINE)
    settings = re.search(r"^SETTINGS = \{(.*?)^\}", guide.read("packaging/msi/tables.py"), re.MULTILINE | re.DOTALL)[1]
    assert named == [*re.findall(r'^ +"(\w+)":', settings, re.MULTILINE), "ADDLOCAL", "UNDO"]
    features = re.findall(r'<Feature Id="(\w+)"', guide.read("packaging/msi/product.wxs"))
    [row] = re.findall(r"^\| `ADDLOCAL` .*$", table, re.MULTILINE)
    assert features and all(f"`{feature}`" in row for feature in features)


def scripts_called():
    """Document, script and option of each line that calls a script of packaging/."""
    for document in DOCUMENTS:
        for block in guide.code_blocks(guide.read(document)):
            for line in block:
                if match := re.match(r"packaging/([\w-]+)", line):
                    for option in re.findall(r" (--[a-z-]+)", re.sub(r"\s+#.*$", "", line)) or [""]:
                        yield document, match[1], option


@pytest.mark.parametrize("document, script, option", sorted(set(scripts_called())))
def test_a_script_that_a_document_calls_has_that_option(document, script, option):
    assert option in guide.read(f"packaging/{script}")


# The security review: its lists are those of the code, in both directions.


def rows(heading):
    """The first cells of the table below a line that begins so."""
    table = re.search(rf"^\| {heading}[^\n]*\n\|[-| ]+\n((?:\|.*\n)+)", REVIEW, re.MULTILINE)[1]
    return [re.findall(r"`([^`]+)`", line.split("|")[1]) for line in table.splitlines()]


def literals(pattern):
    return {found for text in SOURCES.values() for found in re.findall(pattern, text)}


def test_the_keys_of_the_agent_itself_are_those_of_the_code():
    named = {key.removeprefix("SOFTWARE\\") for row in rows("registry key") for key in row if "SOFTWARE\\WsusTrustAgent" in key}
    assert named == literals(r'R"\((WsusTrustAgent\\\w+)\)"')
    assert len(named) == 7


def test_the_other_keys_are_those_of_the_code():
    named = [key for row in rows("registry key") for key in row if "SOFTWARE\\WsusTrustAgent" not in key]
    stores = {re.search(r"(\w+)\\Certificates$", key)[1] for key in named if key.endswith("Certificates")}
    text = (REPOSITORY / "agent/endpoint/live_endpoint.cpp").read_text()
    keys = re.search(r"keys_to_write\(\) \{(.*?)\n\}", text, re.DOTALL)[1]
    written = {"".join(part.capitalize() for part in name.split("_")) for name in re.findall(r"StoreName::(\w+)", keys)}
    assert stores == written
    assert set(re.findall(r"std::string\((\w+)\)", keys)) == {"state_key", "policy_key"}, "nothing else is opened to be written"
    assert {"SOFTWARE\\" + key for key in literals(r'policy_key = R"\(([^)]+)\)"')} <= set(named)
    assert {key.replace("\\\\", "\\") for key in literals(r'L"(SYSTEM\\\\[^"]+)"')} <= set(named)
    assert r"SYSTEM\CurrentControlSet\Services" + "\\" + literals(r'agent_service = "(\w+)"').pop() in named
    assert len(named) == 6


def test_the_files_are_those_of_the_code():
    named = {name.removeprefix("C:\\ProgramData\\WsusTrustAgent\\") for row in rows("path") for name in row}
    named |= set(re.findall(r"`([\w.]+)`", re.search(r"^\| path .*?\n\n", REVIEW, re.MULTILINE | re.DOTALL)[0]))
    used = literals(r'(?:hold_lock_file\([*\w]+|open_log\()[^)"]*"([\w.]+)"')
    assert {"lock", "resident", "commands.log", "resident.log"} == used <= named
    assert literals(r'\*(?:folder|state) / L?"(\w+)"') == {"Logs", "Spool", "WsusTrustAgent"}
    assert {"Logs", "Spool"} <= named


def test_the_mitigations_are_those_that_are_asked_for():
    text = (REPOSITORY / "agent/platform/windows/mitigations.cpp").read_text()
    asked = set(re.findall(r"\{(Process\w+Policy),", text))
    assert len(asked) == 5 and set(re.findall(r"`(Process\w+Policy)`", REVIEW)) == asked
    flags = (REPOSITORY / "packaging/windows-program.cmake").read_text() + (REPOSITORY / "CMakeLists.txt").read_text()
    for flag in re.findall(r"\(`(--[a-z-]+)`\)", REVIEW):
        assert f"-Wl,{flag}" in flags
    assert "-D_FORTIFY_SOURCE=2" in flags and "`_FORTIFY_SOURCE=2`" in REVIEW


def test_the_privileges_are_those_of_the_service_and_those_that_the_code_turns_on():
    [asked] = re.findall(r"RequiredPrivileges\{\{(.*?)\}\}", SOURCES[REPOSITORY / "agent/platform/windows/service_setup.cpp"])
    [kept] = re.findall(r'"(\w+)"', asked)
    turned_on = {f"Se{name.title().replace('_', '')}Privilege" for name in literals(r"\bSE_([A-Z_]+)_NAME\b")}
    assert f"LocalSystem with one privilege, `{kept}`" in " ".join(REVIEW.split())
    assert set(re.findall(r"`(Se\w+Privilege)`", REVIEW)) == {kept} | turned_on


LISTENS = re.compile(r"::listen\(|\bacceptor\b|::accept\(|CreateNamedPipe|::bind\(")
STARTS_A_PROGRAM = re.compile(r"CreateProcess\w*\(|ShellExecute|\bsystem\(|\bpopen\(|\bexecv?[lpe]*\(|posix_spawn")


@pytest.mark.parametrize("pattern", [LISTENS, STARTS_A_PROGRAM])
def test_the_program_neither_listens_nor_starts_another(pattern):
    found = [f"{path.relative_to(REPOSITORY)}: {match[0]}" for path, text in SOURCES.items() for match in pattern.finditer(text)]
    assert found == []


@pytest.mark.parametrize("pattern, call", [
    (LISTENS, "::listen(socket, 5)"), (LISTENS, "tcp::acceptor accepting(context)"),
    (STARTS_A_PROGRAM, "::CreateProcessW(nullptr"), (STARTS_A_PROGRAM, 'std::system("dir")'),
])
def test_a_call_that_listens_or_starts_a_program_would_be_noticed(pattern, call):
    assert pattern.search(call)
