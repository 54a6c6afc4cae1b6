"""Waiting for what another process does."""

import time


def until(condition, seconds=60):
    """What `condition` returned that counts as true; fails when it never did."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        assert time.monotonic() < end, f"not within {seconds} s"
        time.sleep(0.05)
    return answer
