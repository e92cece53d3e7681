"""The server as a process: its own data folder and free ports, started, killed
and started again."""

import fcntl
import json
import os
import random
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from .api import Api
from .waiting import until

ROOT = Path(__file__).resolve().parents[3]
BINARY = Path(os.environ.get("CALLYARD", ROOT / "target/release/callyard"))


class Server:
    """`callyard serve --demo` on ports of its own."""

    def __init__(self, folder, wrapper=(), sip=""):
        self.folder = Path(folder)
        self.data = self.folder / "data"
        self.log_file = self.folder / "server.log"
        self.wrapper = list(wrapper)  # a program that starts the server in another way
        self.process, self.starts = None, 0
        self.folder.mkdir(parents=True, exist_ok=True)
        http, self._sip, browser = _free_ports(3)
        self._claim, rtp = _sound_ports()
        self.http_url = f"http://127.0.0.1:{http}"
        self.sip_udp = self.sip_tcp = f"127.0.0.1:{self._sip}"
        self.config = self.folder / "callyard.toml"
        self.config.write_text(
            f'[http]\nlisten = "127.0.0.1:{http}"\n\n'
            f'[sip]\nudp = "{self.sip_udp}"\ntcp = "{self.sip_tcp}"\n{sip}\n'
            f'[media]\naddress = "127.0.0.1"\nrtp_ports = "{rtp}-{rtp + 999}"\nbrowser_port = {browser}\n', encoding="utf-8")

    def start(self):
        """Starts it and waits until it is healthy and has written its demo file."""
        self.starts += 1
        log = open(self.log_file, "ab")
        log.write(f"==== start {self.starts}\n".encode())
        log.flush()
        self.started_at = time.time()
        self.process = subprocess.Popen(
            [*self.wrapper, str(BINARY), "serve", "--config", str(self.config), "--data", str(self.data), "--demo"],
            stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT, cwd=self.folder)
        log.close()
        until("the server to be healthy", self._healthy, 60)
        self.demo = json.loads(self.read("demo.json"))
        return self

    def _healthy(self):
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}\n{self.log_tail()}")
        return self.healthy() and self.read("demo.json") and self.read("runtime.json")

    def read(self, name):
        """A file of the data folder, as the server sees it."""
        path = self.data / name
        if self.wrapper:
            path = Path(f"/proc/{self.process.pid}/root{path}")
        return path.read_text(encoding="utf-8")

    def healthy(self):
        status, _, _ = self.api().raw("GET", "/healthz")
        return status == 200

    def api(self, **options):
        return Api(self.http_url, **options)

    def admin(self):
        return self.api().sign_in(**self.demo["admin"])

    def agent(self, index=0):
        agent = self.demo["agents"][index]
        return self.api().sign_in(user_id=agent["user_id"], password=agent["password"])

    def kill(self):
        """As a power cut would: no signal handler runs."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)

    def stop(self):
        """As an operator would. Returns the exit status, or None when it was killed for being slow."""
        if self.process is None or self.process.poll() is not None:
            self._claim.close()
            return self.process and self.process.returncode
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()
            return None
        finally:
            self._claim.close()

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def log_tail(self, size=6_000):
        return self.log()[-size:]


def _sound_ports():
    """A thousand ports for sound that no other server of a test has, here or in a suite that
    runs beside: (what holds the claim, the first port)."""
    while True:
        start = random.randrange(10_000, 28_000, 1_000)
        claim = open(Path(tempfile.gettempdir()) / f"callyard-test-ports-{start}", "w")
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return claim, start
        except OSError:
            claim.close()


def _free_ports(count):
    """Ports that are free for UDP and TCP. Below the range that the system hands
    out by itself, so that nobody gets them before the server does."""
    found = []
    while len(found) < count:
        port = random.randrange(28_100, 32_700)
        if port in found:
            continue
        try:
            for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
                with socket.socket(socket.AF_INET, kind) as probe:
                    probe.bind(("127.0.0.1", port))
            found.append(port)
        except OSError:
            continue
    return found
