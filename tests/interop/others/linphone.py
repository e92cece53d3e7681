"""linphone's telephone for the terminal, driven through its standard input. It plays a
file with a tone and writes what it hears into another."""

import os
import re
import subprocess
import time

from harness import tones
from harness.waiting import until

from .program import Program, free_port, free_port_for_both, need
from .sound import check_ear


class Linphone(Program):
    """One telephone."""

    def __init__(self, case, name="linphone", *, hertz=440, level_db=-12.0, answers=False, account=None, server=None):
        """With an account, a telephone of the house of this server."""
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
            f"contact=<sip:{name}@127.0.0.1:{self.port}>\ndefault_proxy={0 if account else -1}\nmedia_encryption=none\nverify_server_certs=0\n"
            f"[rtp]\naudio_rtp_port={rtp}\n[sound]\nechocancellation=0\n[net]\nnat_policy_ref=\n")
        if account:
            registered = server.log().count("state=registered")
            with open(self.folder / "rc", "a") as rc:
                rc.write(f"[proxy_0]\nreg_proxy=<sip:{server.sip_udp}>\nreg_route=<sip:{server.sip_udp};lr>\n"
                         f"reg_identity=sip:{account['user']}@{account['realm']}\nreg_expires=120\nreg_sendregister=1\n"
                         f"[auth_info_0]\nusername={account['user']}\npasswd={account['password']}\nrealm={account['realm']}\n")
        command = ["linphonec", "-d", "6", "-l", str(self.folder / "linphone.log"), "-c", str(self.folder / "rc"), *(["-a"] if answers else [])]
        self.run(command, stdin=subprocess.PIPE, env={**os.environ, "HOME": str(self.folder), "LANG": "C"})
        until("linphone's prompt", lambda: self.alive() and "linphonec>" in self.log(), 15)
        self.tell("ipv6 disable")
        self.tell("soundcard use files")
        self.tell(f"play {voice}")
        self.tell(f"record {self.ear}")
        if account:
            # It registers without a word, so the server is asked.
            until("linphone's registration", lambda: self.alive() and server.log().count("state=registered") > registered, 10)

    def tell(self, line):
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        time.sleep(0.1)

    def dial(self, target):
        self.tell(f"call {target}")

    def wait(self, words, seconds=15.0, count=1):
        """Until it has printed this (a regular expression) so often."""
        until(f"linphone to say {words!r}", lambda: self.alive() and len(re.findall(words, self.log())) >= count, seconds)

    def wait_talking(self, count=1):
        self.wait("Media streams established", count=count)

    def hold(self, call=1):
        held = len(re.findall("is now paused", self.log()))
        self.tell(f"pause {call}")
        self.wait("is now paused", count=held + 1)

    def resume(self, call=1):
        talking = len(re.findall("Media streams established", self.log()))
        self.tell(f"resume {call}")
        self.wait_talking(talking + 1)

    def press(self, keys):
        """A line of digits is keys."""
        for key in keys:
            self.tell(key)
            time.sleep(0.25)

    def keys_heard(self):
        return "".join(re.findall(r"Receiving tone (.) from", self.log()))

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

    def mark(self):
        """How much it has heard so far, in samples of the file; a new file begins with each change."""
        return len(self.heard()[1])

    def hears(self, hertz, level, within=1.5):
        """This tone at its level and nothing else, from now on."""
        mark = self.mark()
        def heard():
            rate, samples = self.heard()
            return rate, samples[mark:] if len(samples) >= mark else samples
        check_ear(("linphone", heard), hertz, level, within, seconds=15)

    def hears_nothing(self, seconds=5.0):
        """Until half a second of what comes in is silence, or nothing comes in any more."""
        def probe():
            before = self.mark()
            time.sleep(0.5)
            return tones.loudness(self.heard()[1][before:]) < -60
        until("silence in linphone's ear", probe, seconds)
