"""The deployment guide: its commands are understood, and `check` says for each error code what the guide says that it says."""

import re
import shlex

import guide
import pytest
import registry_values as values
from clock import build_clock
from machine import carried, make_machine, pinned
from policy_files import APPLIED

GUIDE = "packaging/README.md"
SAFER = r"Policies\Microsoft\SystemCertificates\TrustedPublisher\Safer"
USAGE_OF_SERVERS = bytes.fromhex("300a06082b06010505070301")  # a sequence of one: server authentication
DAY = 24 * 3600
LINUX, WINDOWS = pytest.mark.linux, pytest.mark.windows


@pytest.fixture(scope="session")
def wrong_clock(tmp_path_factory):
    return build_clock(tmp_path_factory.mktemp("clock"))


class Situation:
    """A machine with an update service that is right but for one thing, that of the method's name."""

    def __init__(self, machine, certificates, wrong_clock):
        self.machine, self.certificates, self.wrong_clock = machine, certificates, wrong_clock

    def right(self, der=None, stores=("Root", "TrustedPublisher"), policy=values.dword(1), update_service=True):
        der = der or self.certificates.wsus
        self.machine.configure(carried(der))
        for store in stores:
            self.machine.put_certificate(store, der)
        if policy:
            self.machine.put_policy_value(policy)
        if update_service:
            self.machine.put_update_service()

    def not_in_root(self):
        self.right(stores=["TrustedPublisher"])

    def not_in_trusted_publisher(self):
        self.right(stores=["Root"])

    def policy_missing(self):
        self.right(policy=None)

    def policy_disabled(self):
        self.right(policy=values.dword(0))

    def policy_wrong_type(self):
        self.right(policy=values.qword(1))

    def policy_set_elsewhere(self):
        self.policy_disabled()
        self.machine.put_policy_file(APPLIED, 0)

    def issuer_not_trusted(self):
        self.issuer_not_found()
        self.machine.put_certificate("CA", self.certificates.ca)

    def issuer_not_found(self):
        self.right(self.certificates.ca_issued, stores=["TrustedPublisher"])

    def expired(self):
        self.right(self.certificates.self_signed("for-thirty-days", days=30))
        return self.wrong_clock(31 * DAY)

    def expires_soon(self):
        self.right(self.certificates.self_signed("for-thirty-days", days=30))

    def disallowed(self):
        self.right()
        self.machine.put_certificate("Disallowed", self.certificates.wsus)

    def distrusted_by_hand(self):
        self.right()
        assert self.machine.run("distrust", values.sha256(self.certificates.wsus)).exit == 0

    def usage_excludes_code_signing(self):
        self.right()
        self.machine.put_certificate("Root", self.certificates.wsus, properties=[(values.USAGE_ELEMENT, USAGE_OF_SERVERS)])

    def publisher_revocation_checked(self):
        self.right()
        self.machine.registry.merge(SAFER, {"AuthenticodeFlags": values.dword(0x100)})

    def publishers_limited(self):
        self.right()
        self.machine.registry.merge(SAFER, {"AuthenticodeFlags": values.dword(2)})

    def machine_roots_limited(self):
        self.right()
        self.machine.registry.merge(values.GROUP_POLICY + r"\Root\ProtectedRoots", {"Flags": values.dword(8)})

    def root_update_disabled(self):
        self.right()
        self.machine.registry.merge(values.GROUP_POLICY + r"\AuthRoot", {"DisableRootAutoUpdate": values.dword(1)})

    def no_intranet_update_service(self):
        self.right(update_service=False)

    def nothing_configured(self):
        self.machine.configure(fetch={"timeout": "1s"})

    def publication_unreachable(self):
        self.machine.configure(pinned(self.certificates.wsus, self.machine.folder / "missing.cer"))

    def publication_changed(self):
        published = self.machine.folder / "published.cer"
        published.write_bytes(self.certificates.self_signed("another"))
        self.machine.configure(pinned(self.certificates.wsus, published))


ONLY_ON_WINDOWS = {"policy_set_elsewhere"}  # an image does not tell who sets the value
ALL = [name for name, made in vars(Situation).items() if callable(made) and name not in ("__init__", "right")]


@LINUX
def test_none_of_the_codes_is_named_where_all_is_right(machine, certificates, wrong_clock):
    Situation(machine, certificates, wrong_clock).right(certificates.wsus)
    run = machine.run("check")
    assert (run.exit, [code for code in ALL if f"[{code}]" in run.out]) == (0, [])


def rows():
    """Windows' code -> the findings of its row."""
    found = re.findall(r"^\| (0x[0-9A-F]{8}) \|.*\| ([^|]*) \|$", guide.section(guide.read(GUIDE), "## Troubleshoot"), re.M)
    return {code: re.findall(r"`(\w+)`", findings) for code, findings in found}


@LINUX
def test_every_finding_of_the_table_has_its_situation_here():
    assert {"0x800B0109", "0x8024B303", "0x800B0004", "0x800B0101", "0x800B010A", "0x800B0100"} <= rows().keys()
    named = {code for codes in rows().values() for code in codes}
    assert len(named) > 10 and named <= set(ALL)


def excerpts():
    """The code that an excerpt is about -> its lines."""
    blocks = guide.code_blocks(guide.section(guide.read(GUIDE), "### What check says"))
    return {re.search(r"\[(\w+)\]", "\n".join(block))[1]: block for block in blocks}


def shows(excerpt, output):
    """Whether these lines stand in the output, however it breaks its lines; "…" stands for anything within one finding."""
    parts = [re.escape(" ".join(part.split())) for part in "\n".join(excerpt).split("…")]
    return re.search(r" ?[^\[\]]*? ?".join(parts), " ".join(output.split())) is not None


@pytest.mark.parametrize("code", [pytest.param(c, marks=WINDOWS if c in ONLY_ON_WINDOWS else LINUX) for c in ALL])
def test_check_says_in_each_situation_what_the_guide_says_that_it_says(machine, certificates, wrong_clock, code):
    environment = getattr(Situation(machine, certificates, wrong_clock), code)()
    output = machine.run("check", env=environment).out
    assert f"[{code}]" in output
    assert shows(excerpts().get(code, []), output), output


@LINUX
def test_the_guide_shows_what_check_says_for_each_finding_of_the_table():
    assert {code for codes in rows().values() for code in codes} <= excerpts().keys() <= set(ALL)


@LINUX
def test_an_excerpt_that_is_not_in_the_output_is_noticed():
    output = "FAIL  a (12…)  absent\n      It is missing. [missing]\nFAIL  b  absent\n      It is wrong. [wrong]\n"
    assert shows(["FAIL  a …  absent", "      It is", "      missing. [missing]"], output)
    assert not shows(["FAIL  a …  present"], output)
    assert not shows(["      It is missing. [other]"], output)
    assert not shows(["FAIL  b …", "      It is missing. [missing]"], output)
    assert not shows(["FAIL  a …", "      … [wrong]"], output)


# What stands in the guides for something of the reader's own.
PLACEHOLDERS = {"5f2b…": "5f2b" * 16, "THUMBPRINT": "0123456789ABCDEF0123456789ABCDEF01234567", "SHA256": "5f2b" * 16}


def words(command, folder):
    """As the program gets them; what lies on the reader's machine lies in a folder of the test."""
    for placeholder, value in PLACEHOLDERS.items():
        command = command.replace(placeholder, value)
    found = shlex.split(re.sub(r" [>|] .*$", "", command), posix=False)[1:]
    return [f"{folder}{word}" if word.startswith("/") else word for word in found]


def all_commands():
    found = {}
    for name in ("packaging/README.md", "packaging/operating.md", "packaging/security-review.md"):
        found |= dict.fromkeys(guide.commands(guide.read(name)))
    return list(found)


def is_understood(run):
    """A command line that is not understood says so in these words, and nothing else."""
    return not (run.exit == 2 and run.out == "" and run.err.endswith("Run 'wsus-trust-agent --help'.\n"))


@LINUX
@pytest.mark.parametrize("command", all_commands())
def test_every_command_of_the_guides_is_understood(machine, command):
    run = machine.run(*words(command, machine.folder), config=False, image=False)
    assert is_understood(run), run


@LINUX
@pytest.mark.parametrize("arguments", ["chekc", "check --bogus", "distrust", "fleet --ready", "--image check"])
def test_a_command_that_is_wrong_is_noticed(machine, arguments):
    assert not is_understood(machine.run(*arguments.split(), config=False, image=False))


@LINUX
def test_the_guide_has_commands_to_look_at():
    assert len(all_commands()) > 20


# The steps of the guide, on two machines that report into one folder.


class Fleet:
    def __init__(self, program, folder):
        self.reports = folder / "reports"
        self.reports.mkdir()
        self.machines = []
        for name in ("one", "two"):
            (folder / name).mkdir()
            self.machines.append(make_machine(program, folder / name))

    def configure(self, machine, *certificates):
        machine.configure(*certificates, report={"file": {"path": f"{self.reports}/{{host}}.json"}})
        return machine.repair()

    def ask(self, *question):
        run = self.machines[0].run("--output", "json", "fleet", self.reports, *question, config=False, image=False)
        return run.exit, [one["name"] for one in run.report["machines"] if one["answer"] == "no"]


@pytest.fixture
def fleet(program, tmp_path):
    return Fleet(program, tmp_path)


@LINUX
def test_the_steps_of_a_rotation_keep_every_update_installable(fleet, certificates):
    old, following = certificates.wsus, certificates.self_signed("following")
    for machine in fleet.machines:
        assert fleet.configure(machine, carried(old)).exit == 0
    ready = ["--ready", values.sha256(following), "--exclude-silent", "30d"]
    one, two = fleet.machines
    assert fleet.configure(one, carried(old), carried(following)).exit == 0
    assert fleet.ask(*ready) == (1, [str(two.hive)])
    assert fleet.configure(two, carried(old), carried(following)).exit == 0
    assert fleet.ask(*ready) == (0, [])
    for machine in fleet.machines:
        assert all(machine.holds(store, der) for store in ("Root", "TrustedPublisher") for der in (old, following))
    gone = ["--gone", values.sha256(old)]
    assert fleet.configure(one, pinned(old, state="withdrawn"), carried(following)).exit == 0
    assert fleet.configure(two, carried(following)).exit == 0
    assert fleet.ask(*gone) == (1, [str(two.hive)]), "deleting the entry removes nothing, and proves nothing"
    assert two.holds("Root", old)
    assert fleet.configure(two, pinned(old, state="withdrawn"), carried(following)).exit == 0
    assert fleet.ask(*gone) == (0, [])
    for machine in fleet.machines:
        assert not machine.holds("Root", old) and machine.holds("TrustedPublisher", following)


@LINUX
def test_the_steps_on_the_day_of_a_leak_take_the_trust_away_and_prove_it(fleet, certificates):
    leaked = certificates.wsus
    for machine in fleet.machines:
        assert fleet.configure(machine, carried(leaked)).exit == 0
    one, two = fleet.machines
    file = one.folder / "leaked.cer"
    file.write_bytes(leaked)
    assert one.run("distrust", values.sha256(leaked), "--der", file, config=False).exit == 0
    assert not one.holds("Root", leaked) and one.holds("Disallowed", leaked)
    gone = ["--gone", values.sha256(leaked)]
    assert fleet.configure(one, carried(leaked, state="distrusted")).exit == 0
    assert fleet.ask(*gone) == (1, [str(two.hive)])
    assert fleet.configure(two, carried(leaked, state="distrusted")).exit == 0
    assert fleet.ask(*gone) == (0, [])
    for machine in fleet.machines:
        assert machine.undo().exit == 0
        assert machine.holds("Disallowed", leaked) and not machine.holds("TrustedPublisher", leaked)
