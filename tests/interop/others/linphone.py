"""linphone's telephone for the terminal, driven through its standard input. It plays a
file with a tone and writes what it hears into another."""

import os
import re
import subprocess
import time

from harness import tones
from harness.waiting import until

from .program import Program, free_port, free_port_for_both, need


class Linphone(Program):
    """One telephone."""

    def __init__(self, case, name="linphone", *, hertz=440, level_db=-12.0, answers=False):
        need("linphonec")
        super().__init__(case.folder / name)
        self.port, self.hertz = free_port_for_both(), hertz
        voice = self.folder / "voice.wav"
        self.ear = self.folder / "ear.wav"
        tones.write_wav(voice, tones.sine(hertz, 60, level_db), 8_000)
        (self.folder / ".local/share/linphone").mkdir(parents=True)
        rtp = free_port() // 2 * 2
        (self.folder / "rc").write_text(
            f"[sip]\nsip_port={self.port}\nsip_tcp_port={self.port}\nsip_tls_port=0\nguess_hostname=0\n"
            f"contact=<sip:{name}@127.0.0.1:{self.port}>\ndefault_proxy=-1\nmedia_encryption=none\nverify_server_certs=0\n"
            f"[rtp]\naudio_rtp_port={rtp}\n[sound]\nechocancellation=0\n[net]\nnat_policy_ref=\n")
        command = ["linphonec", "-c", str(self.folder / "rc"), *(["-a"] if answers else [])]
        self.run(command, stdin=subprocess.PIPE, env={**os.environ, "HOME": str(self.folder), "LANG": "C"})
        until("linphone's prompt", lambda: self.alive() and "linphonec>" in self.log(), 15)
        self.tell("ipv6 disable")
        self.tell("soundcard use files")
        self.tell(f"play {voice}")
        self.tell(f"record {self.ear}")

    def tell(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        time.sleep(0.1)

    def dial(self, target):
        self.tell(f"call {target}")

    def wait(self, words, seconds=15.0):
        """Until it prints this (a regular expression)."""
        return until(f"linphone to say {words!r}", lambda: self.alive() and re.search(words, self.log()), seconds)

    def hang_up(self):
        self.tell("terminate")

    def heard(self):
        """(rate, samples) of all that it heard. The file's head is written when the call is over;
        until then it is what G.711 makes."""
        raw = self.ear.read_bytes()
        rate = int.from_bytes(raw[24:28], "little") or 8_000
        channels = int.from_bytes(raw[22:24], "little") or 1
        body = memoryview(raw[44:44 + (len(raw) - 44) // 2 * 2]).cast("h")
        return rate, [value / 32768.0 for value in body[::channels]]

    def hears(self, hertz, level, within=1.5, seconds=15.0):
        """This tone for a second, at its level, and nothing else."""
        def probe():
            rate, samples = self.heard()
            start, end = tones.longest_run(samples, hertz, rate)
            return end - start > 1 and (rate, samples[int((start + 0.2) * rate):int((end - 0.1) * rate)])
        rate, samples = until(f"{hertz} Hz in linphone's ear", probe, seconds, every=0.5)
        tones.check_tone(samples, hertz, level, rate, within, "linphone")
