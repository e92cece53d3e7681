"""baresip, a telephone, driven over its control port (netstrings of JSON). It says a
tone; what it hears is written to a file by its own sndfile module."""

import array
import json
import socket
import sys
import threading
import time

from harness import tones
from harness.waiting import until

from .program import Program, free_port, free_port_for_both, need

MODULES = "/usr/lib/baresip/modules"
# How loud its tone generator is.
TONE_LEVEL = -7.3


class Baresip(Program):
    """One telephone with one account."""

    def __init__(self, case, name="phone", *, hertz=440, codecs="PCMU/8000/1,PCMA/8000/1", account="", user=None, domain=None, config=""):
        need("baresip")
        # It runs in its folder, and writes what it hears there: a longer path would be cut off.
        super().__init__(case.folder / f"baresip-{name}")
        self.port, control = free_port_for_both(), free_port(socket.SOCK_STREAM)
        self.user = user or name
        self.address = f"sip:{self.user}@127.0.0.1:{self.port}"
        aor = f"sip:{self.user}@{domain}" if domain else self.address
        (self.folder / "accounts").write_text(f"<{aor}>;audio_codecs={codecs};{account or 'regint=0'}\n")
        (self.folder / "contacts").write_text("")
        (self.folder / "config").write_text(f"""module_path {MODULES}
sip_listen 127.0.0.1:{self.port}
net_interface 127.0.0.1
call_local_timeout 120
call_max_calls 4
audio_player aubridge,ear
audio_source ausine,{hertz}
audio_alert aubridge,bell
ausrc_srate 48000
ausrc_channels 2
audio_buffer 20-160
rtp_ports {self._rtp_ports()}
ctrl_tcp_listen 127.0.0.1:{control}
snd_path .
module aubridge.so
module sndfile.so
module g711.so
module g722.so
module ausine.so
module srtp.so
module_tmp uuid.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
{config}
""")
        self.events, self._answers, self._open = [], [], True
        self.run(["baresip", "-f", str(self.folder), "-s"])
        self._control = until("baresip's control port", lambda: self.alive() and socket.create_connection(("127.0.0.1", control), 5), 10)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @staticmethod
    def _rtp_ports():
        start = free_port() // 20 * 20
        return f"{start}-{start + 19}"

    def _read(self):
        buffer = b""
        self._control.settimeout(0.2)
        while self._open:
            try:
                chunk = self._control.recv(65_536)
            except TimeoutError:
                continue
            except OSError:
                return
            if not chunk:
                return
            buffer += chunk
            while b":" in buffer:
                length, rest = buffer.split(b":", 1)
                if len(rest) <= int(length):
                    break
                message, buffer = json.loads(rest[:int(length)]), rest[int(length) + 1:]
                (self.events if message.get("event") else self._answers).append(message)

    def tell(self, command, given=""):
        """A command, until it is carried out."""
        seen = len(self._answers)
        text = json.dumps({"command": command, "params": given, "token": str(seen)}).encode()
        self._control.sendall(b"%d:%s," % (len(text), text))
        answer = until(f"baresip to do {command}", lambda: self._answers[seen:], 5)[0]
        assert answer["ok"], f"{command} {given}: {answer}"
        return answer["data"]

    def seen(self, kind):
        return [event for event in list(self.events) if event["type"] == kind]

    def wait(self, kind, count=1, seconds=15.0):
        """Until the telephone told of so many events of this kind; returns the last of them."""
        def probe():
            self.alive()
            return self.seen(kind)[count - 1:]
        return until(f"baresip to say {kind} (it said {[e['type'] for e in self.events[-8:]]})", probe, seconds)[0]

    def registration(self):
        """"OK", "ERR" or nothing yet, as its own list of accounts says."""
        line = self.tell("reginfo")
        return next((word for word in ("OK", "ERR") if word + "\x1b" in line or f"{word} " in line), None)

    def wait_registered(self, seconds=6):
        until("the telephone to be registered", lambda: self.registration() == "OK", seconds, every=0.1)

    def wait_refused(self, seconds=6):
        until("the telephone to be refused", lambda: self.registration() == "ERR", seconds, every=0.1)

    # -- what a person does with it

    def dial(self, target):
        self.tell("dial", target)

    def accept(self):
        self.tell("accept")
        return self.wait("CALL_ESTABLISHED")

    def hang_up(self):
        self.tell("hangup")

    def press(self, digits):
        for digit in digits:
            self.tell("sndcode", digit)
            time.sleep(0.15)

    def keys_heard(self):
        """Keys that the other side pressed."""
        return "".join(event["param"] for event in self.seen("CALL_DTMF_START"))

    # -- what it hears

    def _ear(self):
        files = sorted(self.folder.glob("dump-*-dec.wav"))
        if not files:
            return 8_000, []
        raw = files[-1].read_bytes()
        rate = int.from_bytes(raw[24:28], "little")
        samples = array.array("h")
        body = raw[44:]
        samples.frombytes(body[:len(body) // 2 * 2])
        if sys.byteorder == "big":
            samples.byteswap()
        return rate, samples

    def mark(self):
        """How much it has heard so far; for `heard`."""
        return len(self._ear()[1])

    def heard(self, since=0):
        """(rate, samples) since a mark. The file grows in pieces of a quarter of a second."""
        rate, samples = self._ear()
        return rate, [value / 32768.0 for value in samples[since:]]

    def wait_for_tone(self, hertz, seconds=10.0, lasting=0.5, since=None):
        """Until it has heard this tone for so long, from now on."""
        since = self.mark() if since is None else since
        def probe():
            rate, samples = self.heard(since)
            start, end = tones.longest_run(samples, hertz, rate)
            return end - start >= lasting and (rate, samples[int((start + 0.1) * rate):int(end * rate)])
        return until(f"{hertz} Hz in baresip's ear", probe, seconds, every=0.2)

    def hears(self, hertz, level, within=1.5, seconds=10.0):
        """This tone at its level and nothing else, from now on."""
        rate, samples = self.wait_for_tone(hertz, seconds)
        tones.check_tone(samples, hertz, level, rate, within, f"{self.user} in baresip")

    def played_s(self):
        """Seconds of sound that it has received and decoded, as it says itself: after a hold of its
        own baresip 1.0 plays on, but no longer writes down what it plays."""
        return float(self.tell("audio_debug").split(" rx:")[1].split("time = ")[1].split()[0])

    def wait_played(self, seconds=1.0):
        """Until it has played so much more."""
        before = self.played_s()
        until(f"{seconds:g} s more of sound in baresip", lambda: self.played_s() >= before + seconds, seconds + 5, every=0.2)

    def hears_no(self, hertz, seconds=5.0):
        """Until this tone is gone for half a second, whatever else may be heard: music on hold."""
        def probe():
            since = self.mark()
            time.sleep(0.5)
            rate, samples = self.heard(since)
            return not samples or tones.level_at(samples, hertz, rate) < -50
        until(f"{hertz} Hz to leave baresip's ear", probe, seconds)

    # -- its SIP trace

    def trace(self):
        """All SIP messages, as text, with (sender's port, text)."""
        parts = self.log().split("\x1b[36;1m#\n")[1:]
        found = []
        for part in parts:
            head, _, rest = part.partition("\n")
            words = head.split()
            if len(words) >= 4 and words[2] == "->":
                text = rest.split("\x1b[;m")[0]
                found.append((int(words[1].rsplit(":", 1)[1]), text))
        return found

    def stop(self):
        self._open = False
        super().stop()
