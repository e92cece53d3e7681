"""What the build under test can do, asked of the binary itself: its API's description and
its configuration manual. A test names what it needs. A feature that BUILT lists has to be
there: then its tests run, and fail if they must; for one that it does not list a test is
skipped with the reason, also where a skipped test would fail otherwise. Whoever adds a
feature moves its name to BUILT."""

import functools
import inspect
import json
import os
import subprocess

from harness.case import Skipped
from harness.server import BINARY

# What this tree has. Any other waits for its words below to appear.
BUILT = {
    "calls out", "phones", "phones call", "phones ring", "trunks register", "tls", "sip over websocket", "srtp", "g722",
    "session timers", "100rel", "transfers",
}

PROBES = {
    # A telephone registers with its extension and password.
    "phones": lambda api, manual: "/api/v1/phones" in api["paths"],
    # (Whether calls reach telephones, "phones ring", and whether they may call, "phones call",
    # is only seen by trying.)
    # An agent calls out from the desk, over a trunk with a gateway.
    "calls out": lambda api, manual: _desk_can(api, "call") and "outward" in _fields(api, "TrunkInput"),
    # Sound of trunks is encrypted when the far end offers it.
    "srtp": lambda api, manual: "protection" in _fields(api, "TrunkInput"),
    # A telephone gives its call to somebody else.
    "transfers": lambda api, manual: "transfers" in _fields(api, "Record"),
    # SIP over TLS.
    "tls": lambda api, manual: "### `tls_certificate`" in manual,
    # SIP over WebSocket.
    "sip over websocket": lambda api, manual: "### `sip_origins`" in manual,
}


def _fields(api, name):
    return api["components"]["schemas"].get(name, {}).get("properties", {})


def _desk_can(api, word):
    variants = api["components"]["schemas"]["DeskRequest"]["oneOf"]
    return any(word in variant["properties"]["do"]["enum"] for variant in variants)


@functools.cache
def _says(*words):
    done = subprocess.run([str(BINARY), *words], capture_output=True, text=True, timeout=30, check=True)
    return done.stdout


def has(feature):
    """Whether the build has it."""
    return bool(PROBES[feature](json.loads(_says("openapi")), _says("config", "manual")))


def need(*features):
    """Skips the test where the build lacks one of these, and fails where it must not."""
    for feature in features:
        if not has(feature):
            assert feature not in BUILT, f"the build lost a feature: {feature}"
            _allow_skip()
            raise Skipped(f"not in this build: {feature}")


def absent(feature, why):
    """A part of a feature that only a try can tell: skips while BUILT does not list it."""
    assert feature not in BUILT, f"{feature}: {why}"
    _allow_skip()
    raise Skipped(f"not in this build: {feature} ({why})")


def _allow_skip():
    """A feature that is not there yet is no failure of the machine that runs the tests."""
    name = next(frame.function for frame in inspect.stack() if frame.function.startswith("test_"))
    os.environ["CALLYARD_ALLOW_SKIP"] = os.environ.get("CALLYARD_ALLOW_SKIP", "") + "," + name
