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


def until_passes(check, seconds=10.0, every=0.2):
    """Calls `check` until it fails no assertion, and returns what it returns; after the deadline
    its last failure counts. For what is right a moment later on a busy machine."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return check()
        except AssertionError:
            if time.monotonic() > deadline:
                raise
        time.sleep(every)
