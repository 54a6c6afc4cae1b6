"""The event log: what a run tells it, how often, and in which words; and what the files for administrators ask for."""

import re
import xml.etree.ElementTree as xml
from pathlib import Path

import pytest
import registry_values as values
from event_trace import TRACED, events_in
from machine import carried, pinned

REPOSITORY = Path(__file__).resolve().parents[2]
VIEW = REPOSITORY / "config/events/event-viewer.xml"
SUBSCRIPTION = REPOSITORY / "config/events/subscription.xml"
SUBSCRIPTION_NAMESPACE = "{http://schemas.microsoft.com/2006/03/windows/events/subscription}"
MEMORY = r"WsusTrustAgent\Events"


@pytest.fixture
def probe(machine):
    return machine.probe


def table():
    """id -> (level, number of strings), from the guide for administrators; a unit test compares that with the program's."""
    rows = re.findall(r"^\| (\d{4}) \| (\w+) \| .* \| ([^|]*) \|$", (REPOSITORY / "packaging/operating.md").read_text(), re.M)
    assert len(rows) == 13
    return {int(number): (level, strings.count("%")) for number, level, strings in rows}


def told(machine, *command):
    """The events of one run, each of which is as the table says."""
    run = machine.run(*command, env=TRACED)
    events = events_in(run.err)
    for event in events:
        assert (event.level, len(event.strings)) == table()[event.id]
        assert event.number >> 29 == {"Information": 0b011, "Warning": 0b101, "Error": 0b111}[event.level]
        assert all(string.isprintable() and string for string in event.strings)
    assert len({event.strings[0] for event in events}) <= 1, "one run has one id"
    return events


def ids(machine, *command):
    return [event.id for event in told(machine, *command)]


@pytest.mark.windows
def test_a_machine_tells_what_is_wrong_what_was_changed_and_that_it_is_right(machine, certificates):
    der = certificates.wsus
    machine.configure(carried(der))
    [event] = told(machine, "check")
    assert (event.id, event.strings[1:3]) == (1002, ["check", "NonCompliant"])
    assert event.strings[3] == "not_in_root,not_in_trusted_publisher,policy_missing"

    events = told(machine, "repair")
    assert [event.id for event in events] == [1010, 1010, 1020, 1001]
    assert sorted(event.strings[1] for event in events[:2]) == ["Root", "TrustedPublisher"]
    for event in events[:2]:
        assert event.strings[2:4] == [values.thumbprint(der), values.sha256(der)]
    assert "REG_DWORD 1 (was absent)" in events[2].strings[2]
    assert ids(machine, "check") == [1000]
    assert ids(machine, "undo") == [1011, 1011, 1020]
    assert ids(machine, "check") == [1002]


@pytest.mark.windows
def test_nothing_changed_is_told_once_a_day(machine, certificates):
    machine.configure(carried(certificates.wsus))
    assert ids(machine, "repair")[-1] == 1001
    assert ids(machine, "repair") == [1000]
    for command in ("check", "repair", "check"):
        assert ids(machine, command) == []
    told_last = machine.registry.value(MEMORY, "Told").strip('"')
    machine.registry.merge(MEMORY, {"Told": values.text(f"2020{told_last[4:]}")})
    assert ids(machine, "check") == [1000]
    assert ids(machine, "check") == []
    machine.registry.merge(MEMORY, {"Told": values.text(f"2999{told_last[4:]}")})  # the clock was set back since
    assert ids(machine, "check") == [1000]
    machine.put_policy_value(values.dword(0))
    assert ids(machine, "check") == [1002]
    assert ids(machine, "repair") == [1020, 1001]


@pytest.mark.windows
def test_distrust_tells_its_changes_and_claims_nothing_of_the_machine(machine, certificates):
    machine.configure(carried(certificates.wsus))
    assert ids(machine, "repair")[-1] == 1001
    assert sorted(ids(machine, "distrust", values.sha256(certificates.wsus))) == [1010, 1011, 1011]


@pytest.mark.windows
def test_a_plan_is_not_told_and_hides_nothing(machine, certificates):
    machine.configure(carried(certificates.wsus))
    assert ids(machine, "repair", "--what-if") == []
    assert ids(machine, "check") == [1002]


@pytest.mark.windows
def test_why_a_machine_cannot_be_put_right_is_told(machine, certificates, probe):
    machine.configure(pinned(certificates.wsus, machine.folder / "nowhere.cer"))
    event = told(machine, "repair")[-1]
    assert (event.id, event.strings[4].split(" ")[0]) == (1100, "publication_unreachable")
    (machine.folder / "nowhere.cer").write_bytes(certificates.ca_issued)
    event = told(machine, "repair")[-1]
    assert (event.id, event.strings[4].split(" ")[0]) == (1101, "publication_changed")
    machine.settings.write_text("mode: enforced\n")
    [event] = told(machine, "repair")
    assert (event.id, event.strings[3]) == (1103, "settings_invalid")
    assert ids(machine, "check") == []
    machine.configure(carried(certificates.wsus))
    machine.registry.merge(values.POLICY, {})
    probe("lock", values.POLICY)
    try:
        [event] = told(machine, "repair")
        assert (event.id, event.strings[4].split(" ")[0].rstrip(":")) == (1102, "access_denied")
    finally:
        probe("unlock", values.POLICY)


@pytest.mark.windows
def test_a_certificate_that_expires_soon_is_told_with_its_last_day(machine, certificates):
    der = certificates.self_signed("ending", days=30)
    machine.configure(carried(der))
    [event] = [event for event in told(machine, "repair") if event.id == 1012]
    assert event.strings[1:3] == [values.thumbprint(der), values.sha256(der)]
    assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", event.strings[4])


@pytest.mark.windows
def test_who_may_not_remember_tells_nothing_and_gets_the_same_answer(machine, certificates, probe):
    """Otherwise every check of an ordinary user would be an entry of the log."""
    machine.configure(carried(certificates.wsus))
    machine.registry.merge("WsusTrustAgent", {})
    probe("lock", "WsusTrustAgent")
    try:
        assert ids(machine, "check") == []
        assert machine.check().exit == 1
    finally:
        probe("unlock", "WsusTrustAgent")
    assert ids(machine, "check") == [1002]


@pytest.mark.windows
def test_text_of_strangers_stays_inside_its_string(machine, certificates):
    """Threat 30: no line ends, no escape codes, nothing that Event Viewer would put something else in the place of."""
    der = certificates.self_signed("hostile", days=30, subject="/CN=a\r\n%1 %%2 \x1b[31m")
    machine.configure(carried(der))
    subjects = [event.strings[-1] for event in told(machine, "repair") if event.id == 1010]
    assert subjects == [r"CN = a\\0D\\0A\\x251 \\x25\\x252 \\1B[31m"] * 2  # Wine writes \ as \\
    machine.configure(pinned(certificates.wsus, "https://localhost:1/%31%%32"), fetch={"timeout": "1s"})
    event = told(machine, "repair")[-1]
    assert event.id in (1100, 1103)
    assert not any(re.search("%[0-9%]", string) for string in event.strings)


def selected(query_list):
    """The ids that the one query asks for."""
    [select] = query_list.findall("Query/Select")
    assert query_list.find("Query").get("Path") == select.get("Path") == "Application"
    assert select.text.startswith("*[System[Provider[@Name='WsusTrustAgent'] and (")
    return {int(number) for number in re.findall(r"EventID=(\d+)", select.text)}


@pytest.mark.linux
def test_the_view_asks_for_every_event(machine):
    view = xml.fromstring(VIEW.read_bytes())
    assert view.tag == "ViewerConfig"
    assert selected(view.find("QueryConfig/QueryNode/QueryList")) == table().keys()


@pytest.mark.linux
def test_the_subscription_asks_for_every_event_in_the_order_of_its_schema():
    """As in "Creating a Source Initiated Subscription" (learn.microsoft.com/windows/win32/wec)."""
    subscription = xml.fromstring(SUBSCRIPTION.read_bytes())
    assert [child.tag.removeprefix(SUBSCRIPTION_NAMESPACE) for child in subscription] == [
        *("SubscriptionId", "SubscriptionType", "Description", "Enabled", "Uri", "ConfigurationMode", "Query"),
        *("ReadExistingEvents", "TransportName", "ContentFormat", "Locale", "LogFile"),
        *("AllowedSourceNonDomainComputers", "AllowedSourceDomainComputers"),
    ]
    query = subscription.findtext(f"{SUBSCRIPTION_NAMESPACE}Query")
    assert selected(xml.fromstring(query.strip())) == table().keys()
