"""Who else sets what the agent sets on a live machine: told, fought once at most, and left alone where somebody else decides."""

import pytest
import registry_values as values
from machine import carried
from policy_files import APPLIED, LOCAL

pytestmark = pytest.mark.windows


def test_a_value_that_somebody_keeps_setting_is_a_conflict(machine, certificates):
    """Threat 36: as Group Policy or another program does."""
    machine.configure(carried(certificates.wsus))
    machine.put_policy_value(values.dword(0))
    with machine.contest(values.POLICY, "AcceptTrustedPublisherCerts"):
        run = machine.repair()
    assert (run.exit, run.codes("error")) == (8, ["policy_disabled", "policy_conflict"]), run
    assert machine.policy_value() == values.dword(0)
    assert machine.repair().exit == 0


def test_a_policy_value_that_is_taken_back_twice_is_left_alone_until_a_person_repairs(machine, certificates):
    """Threat 36: each run is a process of its own, so what is remembered outlives them."""
    machine.configure(carried(certificates.wsus))
    assert machine.repair("--scheduled").exit == 0
    machine.put_policy_value(values.dword(0))
    run = machine.repair("--scheduled")
    assert (run.exit, [change[0] for change in run.changes()]) == (0, ["setPolicyValue"]), run
    machine.put_policy_value(values.dword(0))
    for command in (["repair", "--scheduled"], ["check"], ["repair", "--scheduled"]):
        run = machine.report(*command)
        assert (run.exit, run.codes("error"), run.changes()) == (1, ["policy_disabled", "contested"], []), run
        assert "twice within 24 hours" in run.finding("contested")["message"]
    assert machine.policy_value() == values.dword(0)
    run = machine.repair()
    assert (run.exit, machine.policy_value()) == (0, values.dword(1)), run
    machine.put_policy_value(values.dword(0))
    assert machine.repair("--scheduled").exit == 0, "a person's repair did not end it"


def test_other_settings_end_a_contest(machine, certificates):
    machine.configure(carried(certificates.wsus))
    assert machine.repair("--scheduled").exit == 0
    for exit_code in (0, 1):
        machine.put_policy_value(values.dword(0))
        assert machine.repair("--scheduled").exit == exit_code
    machine.configure(carried(certificates.wsus, note="CHG0012345"))
    assert machine.repair("--scheduled").exit == 0


@pytest.mark.parametrize(
    ("prepare", "owner", "name"),
    [
        (lambda m: m.put_policy_file(APPLIED, 0), "domainGroupPolicy", "domain Group Policy"),
        (
            lambda m: m.registry.merge(
                r"Microsoft\PolicyManager\current\device\Update", {"AllowNonMicrosoftSignedUpdate": values.dword(0)}
            ),
            "mdm",
            "MDM (for instance Intune)",
        ),
        (
            lambda m: m.registry.merge(r"Microsoft\SMS\Mobile Client", {"ProductVersion": values.text("5.00")}),
            "configMgr",
            "Configuration Manager",
        ),
    ],
    ids=["domain", "mdm", "configmgr"],
)
def test_a_zero_of_those_who_manage_the_machine_is_left_alone_unless_the_settings_say_so(
    machine, certificates, prepare, owner, name
):
    machine.configure(carried(certificates.wsus))
    machine.put_policy_value(values.dword(0))
    prepare(machine)
    run = machine.repair()
    assert (run.exit, run.codes("error")) == (1, ["policy_set_elsewhere"]), run
    assert run.finding("policy_set_elsewhere")["owner"] == owner
    assert machine.policy_value() == values.dword(0)
    assert machine.holds("Root", certificates.wsus), "the certificates are put right all the same"
    assert machine.registry.value(r"WsusTrustAgent\Status", "PolicySource") == values.text(owner)
    assert f"Owner: {name}." in " ".join(machine.run("check").out.split())

    machine.configure(carried(certificates.wsus), policy={"override_owner": True})
    run = machine.repair()
    assert (run.exit, machine.policy_value()) == (0, values.dword(1)), run


def test_a_zero_of_the_local_policy_is_repaired(machine, certificates):
    machine.configure(carried(certificates.wsus))
    machine.put_policy_value(values.dword(0))
    machine.put_policy_file(APPLIED, 0)
    machine.put_policy_file(LOCAL, 0)
    run = machine.check()
    assert (run.codes("error")[-1], run.finding("policy_disabled")["owner"]) == ("policy_disabled", "localGroupPolicy")
    assert machine.repair().exit == 0


def test_a_policy_file_that_ordinary_users_could_have_put_there_is_no_evidence(machine, certificates):
    """Everybody may create files in ProgramData."""
    machine.configure(carried(certificates.wsus))
    machine.put_policy_value(values.dword(0))
    machine.put_policy_file(APPLIED, 0).chmod(0o666)
    assert machine.check().finding("policy_disabled")["owner"] == "unknown"
    assert machine.repair().exit == 0


def test_what_else_decides_about_publishers_and_roots_is_told_and_left_as_it_is(machine, certificates):
    machine.configure(carried(certificates.wsus))
    machine.put_update_service()
    assert machine.repair().exit == 0
    policies = {
        rf"{values.GROUP_POLICY}\TrustedPublisher\Safer": {"AuthenticodeFlags": values.dword(0x302)},
        rf"{values.MACHINE}\TrustedPublisher\Safer": {"AuthenticodeFlags": values.dword(0x2)},
        rf"{values.GROUP_POLICY}\Root\ProtectedRoots": {"Flags": values.dword(0x8)},
        rf"{values.GROUP_POLICY}\AuthRoot": {"DisableRootAutoUpdate": values.dword(1)},
    }
    for key, named in policies.items():
        machine.registry.merge(key, named)
    run = machine.repair()
    assert (run.exit, run.codes(), run.changes()) == (0, ["publishers_limited", "publishers_limited"], [])
    assert run.codes("info") == ["publisher_revocation_checked", "machine_roots_limited", "root_update_disabled"]
    assert run.finding("publishers_limited")["actual"] == "0x302 (by policy)"
    for key, named in policies.items():
        assert all(machine.registry.value(key, name) == value for name, value in named.items())
