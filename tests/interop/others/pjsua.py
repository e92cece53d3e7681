"""pjsua2, a telephone of another make, in a process of its own (telephone.py). It speaks a
tone and writes down what it hears."""

import array
import importlib.util
import json
import subprocess
import sys
import time
from pathlib import Path

from harness import tones
from harness.case import Skipped
from harness.waiting import until

from .program import Program, free_port, free_port_for_both

PROGRAM = Path(__file__).with_name("telephone.py")


class Pjsua(Program):
    """One telephone with one account. `account` is what the server gave it, or None for
    one that calls without being anybody's."""

    def __init__(self, case, name="pjsua", *, hertz=440, level_db=-12.0, account=None, server=None, transport="udp", codec="pcmu",
                 srtp="off", authority=None):
        if not importlib.util.find_spec("pjsua2"):
            raise Skipped("pjsua2 is not installed (scripts/install-test-tools.sh installs it)")
        super().__init__(case.folder / name)
        voice = self.folder / "voice.wav"
        self.ear, self.port = self.folder / "ear.wav", free_port_for_both()
        self.rate = 16_000 if codec == "g722" else 8_000
        tones.write_wav(voice, tones.sine(hertz, 60, level_db, self.rate), self.rate)
        given = {"user": name, "port": self.port, "rtp_port": free_port() // 20 * 20, "transport": transport, "codec": codec, "srtp": srtp,
                 "voice": str(voice), "ear": str(self.ear), "log": str(self.folder / "pjsua.log"), "authority": str(authority or "")}
        if account:
            given |= {"user": account["user"], "login": account["user"], "realm": account["realm"], "password": account["password"],
                      "server": server}
        self.realm = account and account["realm"]
        self._events_file, self._told = self.folder / "events.jsonl", 0
        with open(self._events_file, "wb") as events, open(self.log_file, "wb") as log:
            self.process = subprocess.Popen([sys.executable, str(PROGRAM), json.dumps(given)], stdin=subprocess.PIPE, stdout=events,
                                            stderr=log, cwd=self.folder, start_new_session=True)
        self.wait("ready")

    def events(self, kind=None):
        # The library says a word of its own before it is told to be quiet.
        lines = [line for line in self._events_file.read_text().split("\n")[:-1] if line.startswith("{")]
        return [event for event in map(json.loads, lines) if kind in (None, event["event"])]

    def wait(self, kind, seconds=15.0, count=1, **fields):
        """Until the telephone told of so many events of this kind with these fields; the last of them."""
        def probe():
            self.alive()
            found = [event for event in self.events(kind) if all(event.get(name) == value for name, value in fields.items())]
            return found[count - 1:]
        return until(f"pjsua2 to say {kind} {fields}; it said {[e for e in self.events() if e['event'] != 'done'][-6:]}", probe, seconds)[0]

    def tell(self, do, **fields):
        """A command, until it is taken."""
        self._told += 1
        self.process.stdin.write(json.dumps({"id": self._told, "do": do, **fields}).encode() + b"\n")
        self.process.stdin.flush()
        def probe():
            self.alive()
            return next((event for event in self.events() if event.get("id") == self._told), None)
        answer = until(f"pjsua2 to {do}", probe, 10)
        assert answer["event"] == "done", f"{do} {fields}: {answer}"

    # -- what a person does with it

    def wait_registered(self, seconds=10):
        self.wait("registration", seconds, status=200)

    def dial(self, to):
        """An extension or a number of its own house, or a whole address."""
        self.tell("dial", to=to if to.startswith("sip:") else f"sip:{to}@{self.realm}")

    def wait_talking(self, call=0, seconds=15.0):
        self.wait("state", seconds, state="CONFIRMED", call=call)
        self.wait("sound", seconds, sound="active", call=call)

    def wait_over(self, call=0, seconds=15.0):
        return self.wait("state", seconds, state="DISCONNECTED", call=call)

    def accept(self, call=0):
        self.tell("answer", call=call)
        self.wait_talking(call)

    def hang_up(self, call=0):
        self.tell("hang_up", call=call)

    def press(self, keys, call=0, by="events"):
        self.tell("press", call=call, keys=keys, by=by)

    def keys_heard(self):
        return "".join(event["key"] for event in self.events("key"))

    # -- what it hears

    def _samples(self):
        samples = array.array("h")
        raw = self.ear.read_bytes()[44:] if self.ear.exists() else b""
        samples.frombytes(raw[:len(raw) // 2 * 2])
        if sys.byteorder == "big":
            samples.byteswap()
        return samples

    def mark(self):
        """How much it has heard so far, silence too."""
        return len(self._samples())

    def heard(self, since=0):
        return [value / 32768.0 for value in self._samples()[since:]]

    def hears(self, hertz, level, within=1.5, seconds=10.0, lasting=0.6):
        """This tone at its level and nothing else, from now on."""
        since = self.mark()
        def probe():
            samples = self.heard(since)
            start, end = tones.longest_run(samples, hertz, self.rate)
            return end - start >= lasting and samples[int((start + 0.1) * self.rate):int(end * self.rate)]
        samples = until(f"{hertz} Hz in pjsua2's ear", probe, seconds, every=0.2)
        tones.check_tone(samples, hertz, level, self.rate, within, "pjsua2")

    def hears_nothing(self, seconds=5.0):
        """Until half a second of what comes in is silence, or nothing comes in any more."""
        def probe():
            since = self.mark()
            time.sleep(0.5)
            return tones.loudness(self.heard(since)) < -60
        until("silence in pjsua2's ear", probe, seconds)

    def hears_no(self, hertz, seconds=5.0):
        """Until this tone is gone for half a second, whatever else may be heard: music on hold."""
        def probe():
            since = self.mark()
            time.sleep(0.5)
            return not self.heard(since) or tones.level_at(self.heard(since), hertz, self.rate) < -50
        until(f"{hertz} Hz to leave pjsua2's ear", probe, seconds)
