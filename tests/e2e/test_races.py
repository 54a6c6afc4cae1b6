"""What changes while the program works: the published file, and another run of the program itself."""

import os
import threading

import pytest
import registry_values as values
from machine import pinned


@pytest.fixture
def swapping(certificates):
    """Puts a good certificate and one of the same name in turn in the place of a file, until the end of the test."""
    stop, threads = threading.Event(), []
    good, evil = certificates.wsus, certificates.self_signed("evil", subject="/CN=WSUS Publishers Self-signed")

    def swap(file):
        while not stop.is_set():
            for der in (evil, good):
                new = file.with_suffix(".new")
                new.write_bytes(der)
                os.replace(new, file)

    def start(file):
        file.write_bytes(good)
        threads.append(threading.Thread(target=swap, args=[file]))
        threads[-1].start()

    start.good, start.evil = good, evil
    yield start
    stop.set()
    for thread in threads:
        thread.join()


@pytest.mark.parametrize("way", ["file", "https"])
def test_a_source_that_changes_all_the_time_never_gets_other_bytes_installed(machine, start, tls, swapping, way):
    """Threat 21."""
    fetch = {}
    if way == "file":
        published = machine.folder / "wsus.cer"
        source = machine.program.name_of(published)
    else:
        server = start.nginx(tls.right)
        published = server.folder / "wsus.cer"
        source = f"https://localhost:{server.port}/wsus.cer"
        fetch = {"ca_file": machine.program.name_of(tls.ca.root), "timeout": "10s"}
    swapping(published)
    machine.configure(pinned(swapping.good, source), fetch=fetch)
    exits = set()
    for _ in range(8):
        run = machine.repair()
        exits.add(run.exit)
        for store in ("Root", "TrustedPublisher"):
            assert values.thumbprint(swapping.evil) not in machine.thumbprints(store)
            assert machine.holds(store, swapping.good) == (run.exit == 0)
        assert machine.undo().exit == 0  # forgets the cached copy as well
    assert exits <= {0, 4, 6}, exits


def test_runs_at_once_are_told_to_wait_and_leave_one_entry_each(machine, certificates):
    """Threat 28."""
    der = certificates.wsus
    published = machine.folder / "wsus.cer"
    published.write_bytes(der)
    machine.configure(pinned(der, machine.program.name_of(published)))
    runs = []
    threads = [threading.Thread(target=lambda: runs.append(machine.repair())) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {run.exit for run in runs} <= {0, 7} and 0 in {run.exit for run in runs}
    assert all(run.codes() == ["busy"] for run in runs if run.exit == 7)
    assert sum(bool(run.changes()) for run in runs if run.exit == 0) == 1, "more than one run changed the machine"
    for store in ("Root", "TrustedPublisher"):
        assert machine.thumbprints(store).count(values.thumbprint(der)) == 1
        assert machine.holds(store, der)
    assert machine.repair().changes() == []
