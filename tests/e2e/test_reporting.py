"""Reports on their way: what a run keeps, what it delivers, what becomes of the rest; over the program as people run it."""

import json
import re
import shutil
import subprocess
import time

import pytest
from collector import Collector
from machine import carried
from servers import answering, response

DELIVERY_TIME = 5  # seconds, after the result


class Reporting:
    """A machine that is put right, and reports to the collector `receiver`."""

    def __init__(self, machine, tls, der):
        self.machine, self.tls, self.der = machine, tls, der
        self.spool = machine.folder / "spool"
        self.report = {"spool": machine.program.name_of(self.spool)}

    @property
    def queue(self):
        return self.spool / "https"

    def configure(self, url=None, **report):
        """`report` are further settings of the group."""
        https = {"https": {"url": url}} if url else {}
        self.machine.configure(
            carried(self.der),
            fetch={"ca_file": self.machine.program.name_of(self.tls.ca.root)},
            report={**self.report, **https, **report},
        )

    def waiting(self):
        return sorted(path.stem for path in self.queue.glob("*.json") if path.name != "state.json")

    def state(self):
        file = self.queue / "state.json"
        return json.loads(file.read_text()) if file.exists() else {}

    def let_time_pass(self):
        """As if the wait after a failure was over."""
        file = self.queue / "state.json"
        state = json.loads(file.read_text())
        state["notBefore"] = None
        file.write_text(json.dumps(state))

    def repair(self):
        """A run that has something to report: of an image every run does."""
        return self.machine.report("repair" if self.machine.remembers_looks is False else "undo")


@pytest.fixture
def reporting(machine, tls, certificates):
    return Reporting(machine, tls, certificates.wsus)


@pytest.fixture
def collector(tls):
    collectors = []

    def make(answer=None, identity=None, **options):
        collectors.append(Collector(identity or tls.right, answer, **options))
        return collectors[-1]

    yield make
    for one in collectors:
        one.stop()


def codes(run):
    return [finding["code"] for finding in run.report["findings"]]


def test_the_report_of_a_run_arrives_as_it_was_printed_and_then_waits_no_longer(reporting, collector):
    receiver = collector()
    reporting.configure(receiver.url)
    run = reporting.machine.repair()
    assert run.exit == 0, run
    (received,) = receiver.received
    assert received.report == run.report
    assert received.id == run.report["runId"]
    assert received.fields["ce-specversion"] == "1.0"
    assert reporting.waiting() == []
    assert run.err == ""


ANSWERS = {
    "200": (200, {}),
    "201": (201, {}),
    "202": (202, {}),
    "204": (204, {}),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
def test_every_answer_of_success_acknowledges(reporting, collector, answer):
    receiver = collector(lambda received: answer)
    reporting.configure(receiver.url)
    assert reporting.machine.repair().exit == 0
    assert len(receiver.received) == 1
    assert reporting.waiting() == []


@pytest.mark.parametrize("status", [400, 413, 415, 422])
def test_a_report_that_is_refused_is_set_aside_with_the_reason_and_told(reporting, collector, status):
    """Threat 35."""
    receiver = collector(lambda received: (status, {}) if len(receiver.received) == 1 else (204, {}))
    reporting.configure(receiver.url)
    run = reporting.machine.repair()
    refused = reporting.queue / "refused"
    assert json.loads((refused / f"{run.report['runId']}.json").read_text()) == run.report
    assert str(status) in (refused / f"{run.report['runId']}.txt").read_text()
    assert reporting.waiting() == []
    told = reporting.machine.undo()
    assert told.exit == 0, told  # what a receiver does not want says nothing about the machine
    assert told.finding("report_refused")["actual"] == "1"
    assert receiver.received[-1].report == told.report
    assert "report_refused" not in codes(reporting.machine.repair())


LATER = {
    "302": (302, {"location": "https://localhost:1/elsewhere"}),
    "401": (401, {"www-authenticate": "Negotiate"}),
    "403": (403, {}),
    "404": (404, {}),
    "429": (429, {"retry-after": "600"}),
    "500": (500, {}),
    "503": (503, {"retry-after": "600"}),
    "no answer": None,
}


@pytest.mark.parametrize("answer", LATER.values(), ids=LATER)
def test_what_a_receiver_does_not_take_now_is_kept_told_and_delivered_later(reporting, collector, answer):
    """Threat 35: the same report, under the same id; and the run is as if nobody had to be told."""
    down = True
    receiver = collector(lambda received: answer if down else (204, {}))
    reporting.configure(receiver.url)
    first = reporting.machine.repair()
    assert (first.exit, first.err) == (0, "")
    assert reporting.waiting() == [first.report["runId"]]
    if answer and "retry-after" in answer[1]:
        assert reporting.state()["notBefore"] > first.report["time"][:14]  # ten minutes and more, not one to five
    count = len(receiver.received)
    second = reporting.machine.undo()
    assert "report_not_delivered" in codes(second)
    assert second.exit == 0
    assert len(receiver.received) == count, "it was to be left alone for a while"
    down = False
    reporting.let_time_pass()
    third = reporting.machine.repair()
    ids = [run.report["runId"] for run in (first, second, third)]
    assert receiver.acknowledged == ids
    assert {one.body for one in receiver.received if one.id == ids[0]} == {receiver.received[0].body}
    assert reporting.waiting() == []
    assert "report_not_delivered" not in codes(reporting.machine.undo())


def flood(head, again):
    def script(peer):
        peer.read_request()
        peer.send(head)
        while not peer.server.stopping.is_set():
            peer.send(again)

    return script


def stall(peer):
    peer.read_request()
    peer.server.stopping.wait(30)


HOSTILE = {
    "endless body": flood(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 4096),
    "endless chunks": flood(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n"),
    "endless header": flood(b"HTTP/1.1 200 OK\r\nX: ", b"x" * 4096),
    "no HTTP": flood(b"", b"\0" * 4096),
    "stall": stall,
    "half an answer": answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"),
}


@pytest.mark.parametrize("script", HOSTILE.values(), ids=HOSTILE)
def test_an_answer_that_does_not_end_or_is_none_acknowledges_nothing(reporting, start, tls, script):
    """Threat 35, 14."""
    server = start.hostile(script, tls.right)
    reporting.configure(f"https://localhost:{server.port}/reports")
    begun = time.monotonic()
    run = reporting.machine.repair()
    assert time.monotonic() - begun < DELIVERY_TIME + 10  # the start of the program on a busy machine included
    assert (run.exit, run.err) == (0, "")
    assert reporting.waiting() == [run.report["runId"]]
    assert b"POST /reports HTTP/1.1" in server.received


def test_a_receiver_that_does_not_prove_who_it_is_gets_nothing(reporting, start, tls):
    """Threat 35, 5, 19: no byte of a request."""
    for identity in (tls.other_host, tls.expired, tls.self_signed, tls.unknown_issuer):
        server = start.hostile(answering(response(b"")), identity)
        reporting.configure(f"https://localhost:{server.port}/reports")
        run = reporting.machine.repair()
        assert run.exit == 0, run
        assert server.connections > 0
        assert server.received == b""
        assert run.report["runId"] in reporting.waiting()
        shutil.rmtree(reporting.queue)


def test_a_port_where_nobody_listens_keeps_everything(reporting, start):
    reporting.configure("https://localhost:1/reports")
    run = reporting.machine.repair()
    assert (run.exit, run.err) == (0, "")
    assert reporting.waiting() == [run.report["runId"]]


def test_the_result_is_out_before_anything_is_delivered(reporting, start, tls):
    """The exit code is decided then, too; and another run does not have to wait for the receiver."""
    server = start.hostile(stall, tls.right)
    reporting.configure(f"https://localhost:{server.port}/reports")
    machine = reporting.machine
    machine.repair()  # under Wine the first start takes longer
    shutil.rmtree(reporting.queue)
    command = machine.program.command(
        "--config", machine.program.name_of(machine.settings), *machine.endpoint_options(), "--output", "json", "undo"
    )
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=machine.folder, env=machine.program.environment()
    ) as process:
        text = b""
        while not text.endswith(b"\n}\n"):
            text += process.stdout.read1()
        printed = time.monotonic()
        assert process.poll() is None
        other = machine.run("undo")
        assert other.exit == 0, other  # not 7
        assert process.wait(30) == 0
        ended = time.monotonic()
    assert json.loads(text)["exitCode"] == 0
    assert ended - printed > 3, "it did not try for long"
    assert ended - printed < DELIVERY_TIME + 5


def test_several_places_at_once_do_not_take_each_others_time(reporting, start, tls, collector):
    server = start.hostile(stall, tls.right)
    receiver = collector()
    file = reporting.machine.folder / "reports" / "{host}.json"
    file.parent.mkdir(mode=0o700)
    textfile = reporting.machine.folder / "reports" / "wsus.prom"
    name_of = reporting.machine.program.name_of
    reporting.configure(
        receiver.url,
        otlp={"endpoint": f"https://localhost:{server.port}"},
        file={"path": name_of(file)},
        prometheus={"file": name_of(textfile)},
    )
    run = reporting.machine.repair()
    assert receiver.acknowledged == [run.report["runId"]]
    (written,) = file.parent.glob("*.json")
    assert json.loads(written.read_text()) == run.report
    assert "wsus_trust_agent_compliant" in textfile.read_text()
    assert [path.stem for path in (reporting.spool / "otlp").glob("0*.json")] == [run.report["runId"]]


def test_a_question_is_not_reported_and_a_failure_is(reporting, collector):
    receiver = collector()
    reporting.configure(receiver.url)
    assert reporting.machine.repair("--what-if").exit == 1
    assert receiver.received == []
    assert not reporting.spool.exists()


def test_settings_without_a_place_write_nothing(reporting):
    reporting.configure()
    assert reporting.machine.repair().exit == 0
    assert not reporting.spool.exists()


@pytest.mark.linux
def test_a_folder_that_others_can_write_keeps_no_reports_and_that_is_told(reporting, collector):
    """Threat 26."""
    receiver = collector()
    reporting.spool.mkdir(mode=0o777)
    reporting.spool.chmod(0o777)
    reporting.configure(receiver.url)
    run = reporting.machine.repair()
    assert run.exit == 0
    assert "can be changed by every user" in run.finding("report_spool_unusable")["message"]
    assert receiver.received == []
    assert list(reporting.spool.iterdir()) == []


@pytest.mark.linux
def test_on_a_full_disk_a_report_is_sent_all_the_same_and_a_repair_is_a_repair(reporting, collector):
    receiver = collector()
    reporting.spool.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", reporting.spool], check=True)
    try:
        with open(reporting.spool / "filler", "wb", buffering=0) as filler, pytest.raises(OSError):
            while True:
                filler.write(b"x" * 512)
        reporting.configure(receiver.url)
        run = reporting.machine.repair()
        assert run.exit == 0
        assert receiver.acknowledged == [run.report["runId"]]
        assert "cannot be kept, only sent now" in run.err

        reporting.configure("https://localhost:1/reports")
        run = reporting.machine.undo()
        assert run.exit == 0
        assert "cannot be kept, only sent now" in run.err
    finally:
        subprocess.run(["umount", reporting.spool], check=True)


@pytest.mark.linux
def test_when_the_disk_fills_up_the_newest_report_takes_the_place_of_the_oldest(reporting, collector):
    down = True
    receiver = collector(lambda received: (503, {}) if down else (204, {}))
    reporting.spool.mkdir(mode=0o700)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k,mode=700", "tmpfs", reporting.spool], check=True)
    try:
        reporting.configure(receiver.url)
        ids = []
        for number in range(30):  # a report takes a page, or two
            run = reporting.machine.repair() if number % 2 == 0 else reporting.machine.undo()
            assert run.exit == 0
            ids.append(run.report["runId"])
        waiting = reporting.waiting()
        assert 3 < len(waiting) < 30
        assert waiting[-1] == ids[-1]
        down = False
        reporting.let_time_pass()
        last = reporting.machine.repair()
        arrived = set(receiver.acknowledged)
        dropped = reporting.state()["dropped"]["count"]
        assert len(arrived & set(ids)) + dropped >= len(ids)
        assert last.report["runId"] in arrived
        told = [f["actual"] for run in (last, reporting.machine.undo()) for f in run.report["findings"] if f["code"] == "report_dropped"]
        assert str(dropped) in told
    finally:
        subprocess.run(["umount", reporting.spool], check=True)


@pytest.mark.windows
def test_a_machine_in_which_nothing_changes_is_quiet(reporting, collector):
    receiver = collector()
    reporting.configure(receiver.url)
    first = reporting.machine.repair()
    for _ in range(3):
        assert reporting.machine.check().exit == 0
        assert reporting.machine.repair().exit == 0
    ids = receiver.acknowledged
    assert ids[0] == first.report["runId"]
    assert len(ids) <= 2  # what the first run changed, then the state that it left
    reporting.machine.undo()
    assert len(receiver.acknowledged) == len(ids) + 1


# report test ----------------------------------------------------------------------------------------------------------


def test_report_test_tries_every_place_and_leaves_nothing(reporting, collector, start, tls):
    receiver = collector()
    folder = reporting.machine.folder / "reports"
    folder.mkdir(mode=0o700)
    name_of = reporting.machine.program.name_of
    reporting.configure(
        receiver.url,
        file={"path": name_of(folder / "{host}.json")},
        prometheus={"file": name_of(folder / "wsus.prom")},
        syslog={"address": "localhost:1"},
    )
    run = reporting.machine.run("--output", "json", "report", "test", image=False)
    assert run.exit == 1, run
    places = {place["name"]: place for place in run.report["places"]}
    outcomes = {name: place["outcome"] for name, place in places.items() if name != "registry"}
    assert outcomes == {"prometheus": "delivered", "file": "delivered", "https": "delivered", "syslog": "failed"}
    assert "localhost" in places["syslog"]["target"] and places["syslog"]["detail"]
    (received,) = receiver.received
    assert received.report["command"] == "test"
    assert received.id == run.report["runId"]
    assert list(folder.iterdir()) == []
    assert reporting.waiting() == []

    text = reporting.machine.run("report", "test", image=False)
    assert text.exit == 1
    assert re.search(r"delivered\s+https\s+https://localhost", text.out), text
    assert re.search(r"failed\s+syslog\s+", text.out), text


def test_report_test_without_a_place_says_so(reporting):
    reporting.configure()
    run = reporting.machine.run("report", "test", image=False)
    assert run.exit == 1
    assert "The settings name no place for reports" in run.out


# Killed at any moment -------------------------------------------------------------------------------------------------


@pytest.mark.linux
def test_killed_at_any_system_call_every_report_that_was_kept_arrives_under_its_id(shipped, tmp_path, certificates, tls):
    """Threat 22, for the spool: written, sent, removed. A report counts as soon as it waits in its queue, or its result was
    printed."""
    from test_kill import Copy, Moments, injected  # the same way of dying

    receiver = Collector(tls.right)
    try:
        image = tmp_path / "start"
        subprocess.run([shipped.path.parent / "make-hive", image, "--software"], check=True, timeout=60)

        def arguments(folder):
            settings = folder / "agent.yaml"
            settings.write_text(
                json.dumps(
                    {
                        "certificates": [carried(certificates.wsus)],
                        "fetch": {"ca_file": str(tls.ca.root)},
                        "report": {"spool": str(folder / "spool"), "https": {"url": receiver.url}},
                    }
                )
            )
            settings.chmod(0o600)
            return [shipped.path, "--config", settings, "--image", folder / "SOFTWARE", "--output", "json", "repair"]

        def run(folder, under=()):
            return subprocess.run(
                [*under, *map(str, arguments(folder))],
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                env=shipped.environment(),
                timeout=60,
            )

        reference = Copy(tmp_path / "reference", image)
        trace = tmp_path / "trace"
        assert run(reference.folder, ["strace", "-f", "-s", "300", "-o", str(trace)]).returncode == 0
        moments = Moments(trace, reference.folder / "agent.yaml")
        calls = moments.of_the_program()
        first = next(i for i, (_, _, rest) in enumerate(calls) if "spool" in rest)
        kills = 0
        for name, k, _ in calls[first:]:
            if name == "exit_group":
                continue
            copy = Copy(tmp_path / "run", image)
            killed = run(copy.folder, injected(name, k, "signal=KILL"))
            assert killed.returncode in (0, -9), killed
            kills += killed.returncode == -9
            queue = copy.folder / "spool" / "https"
            kept = {path.stem for path in queue.glob("0*.json")}
            if killed.stdout.endswith("}\n"):
                kept.add(json.loads(killed.stdout)["runId"])
            again = run(copy.folder)
            assert again.returncode == 0, again
            kept.add(json.loads(again.stdout)["runId"])
            assert kept <= set(receiver.acknowledged), (name, k)
            left = [path.name for path in queue.glob("0*.json")]
            assert left == [], (name, k, left)
        bodies = {}
        for one in receiver.received:
            bodies.setdefault(one.id, set()).add(one.body)
        assert all(len(known) == 1 for known in bodies.values()), "one id stood for two reports"
        twice = len(receiver.acknowledged) - len(set(receiver.acknowledged))
        print(f"{len(calls) - first} moments, {kills} kills, {len(bodies)} reports, {twice} of them delivered twice")
        assert kills > 0.9 * (len(calls) - first)
    finally:
        receiver.stop()
