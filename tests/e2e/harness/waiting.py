"""Waiting for something to become true, with a deadline that says what it waited for."""

import time


class Late(AssertionError):
    """Something did not happen in time."""


def until(what, probe, seconds=30.0, every=0.05):
    """Calls `probe` until it returns something true, and returns that."""
    deadline = time.monotonic() + seconds
    last = None
    while True:
        try:
            value = probe()
            if value:
                return value
            last = value
        except (OSError, KeyError, ValueError, IndexError) as error:
            last = error
        if time.monotonic() > deadline:
            raise Late(f"waited {seconds:g} s for {what}; last seen: {last!r}")
        time.sleep(every)
