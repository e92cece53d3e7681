"""What a test is given: a folder, servers that end with it, and settings for its
own numbers and flows."""

import shutil
import time
from pathlib import Path

from .server import Server


class Skipped(Exception):
    """This machine cannot run the test; the message says why."""


def alone(test):
    """Marks a test that wants the machine for itself: it measures time, or floods."""
    test.alone = True
    return test


def skip_verdict(name, why, environment):
    """What a test that skipped itself comes to. Where the verdict counts (CI=true), a
    test that did not run has failed, unless CALLYARD_ALLOW_SKIP names it."""
    allowed = [word.strip() for word in environment.get("CALLYARD_ALLOW_SKIP", "").split(",")]
    if environment.get("CI", "").lower() in ("true", "1") and name not in allowed:
        print(f"{name} may not be skipped here ({why}); CALLYARD_ALLOW_SKIP={name} would allow it")
        return "FAILED"
    return f"skipped: {why}"


class Case:
    """One test's belongings."""

    def __init__(self, name, results):
        self.name = name
        self.folder = Path(results) / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.servers = []

    def server(self, **options):
        """A demo server of the test's own, started."""
        server = Server(self.folder / f"server{len(self.servers) or ''}", **options)
        self.servers.append(server)
        return server.start()

    def file(self, name) -> Path:
        return self.folder / name

    def close(self):
        for server in self.servers:
            server.stop()

    def check_servers(self):
        """No test may leave a panic behind, even one that it did not notice."""
        for server in self.servers:
            log = server.log()
            assert "panicked at" not in log, "the server panicked:\n" + log[max(0, log.find("panicked at") - 500):][:3000]


def group_named(admin, part):
    """A skill group of the demo by a part of its name."""
    return next(group for group in admin.items("/skill-groups") if part.lower() in group["name"].lower())


def sound_named(admin, part):
    return next(sound for sound in admin.items("/sounds") if part in sound["name"])


def straight_to(admin, group, number, max_wait_s=60):
    """A number whose callers queue for a group at once, without a menu."""
    music = sound_named(admin, "music")["id"]
    steps = {"agent": {"label": "To an agent", "kind": "to_agent", "group": group["id"], "prompt": None, "music": music,
                       "max_wait_s": max_wait_s, "timeout_prompt": None, "nobody_prompt": None, "failure": None}}
    return number_with_flow(admin, number, {"name": f"Straight {number}", "start": "agent", "nodes": steps})


def number_with_flow(admin, number, flow):
    """Publishes a flow and binds a new number of the demo's trunk to it."""
    made = admin.post("/flows", flow)
    flow_id = made["id"] if "id" in made else next(f["id"] for f in admin.items("/flows") if f["name"] == flow["name"])
    trunk = admin.items("/trunks")[0]
    admin.post("/numbers", {"number": number, "trunk": trunk["id"], "flow": flow_id, "state": 1, "call_out_groups": []})
    return number


def milliseconds():
    return int(time.time() * 1000)
