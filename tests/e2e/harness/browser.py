"""An agent in Debian's Chromium, driven through tests/e2e/browser.mjs."""

import json
import os
import signal
import subprocess
from pathlib import Path

from . import tones
from .waiting import until

HERE = Path(__file__).resolve().parent.parent


class Browser:
    """One Chromium with a profile of its own and a microphone that says a tone."""

    def __init__(self, folder, url, hertz=1000, level_db=-12.0):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        microphone = self.folder / "microphone.wav"
        # Whole periods, so that the loop has no seam.
        tones.write_wav(microphone, tones.sine(hertz, 10, level_db, 48_000), 48_000)
        self.errors = open(self.folder / "browser.log", "wb")
        # A session of its own: Chromium's many processes end with it.
        self.process = subprocess.Popen(["node", str(HERE / "browser.mjs")], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=self.errors, cwd=HERE, start_new_session=True)
        self._next = 0
        self.do("open", folder=str(self.folder / "profile"), microphone=str(microphone), url=url)

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            try:
                self.do("screenshot", path=str(self.folder / "at-failure.png"))
                print("page:", self.do("text")[:1500].replace("\n", " | "))
                print("page's console:", *self.do("notes")[-20:], sep="\n  ")
            except (AssertionError, OSError, ValueError) as error:
                print("the page tells nothing:", error)
        self.close()

    def do(self, command, **given):
        self._next += 1
        self.process.stdin.write(json.dumps({"id": self._next, "do": command, **given}).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        assert line, f"the browser ended\n{(self.folder / 'browser.log').read_text()[-2000:]}"
        answer = json.loads(line)
        assert "error" not in answer, f"{command} {given}: {answer['error']}"
        return answer["value"]

    def click(self, name, **given):
        """Returns when the page saw the click, as wall time in seconds."""
        seen = self.do("click", name=name, **given)
        return seen["at"] / 1000 if seen else None

    def sign_in(self, user_id, password, **_):
        self.do("fill", label="Account", text=user_id)
        self.do("fill", label="Password", text=password)
        self.click("Sign in")

    def open_desk(self):
        """Until calls can ring: the desk is open, the sound path stands, the agent is ready."""
        def ready():
            if self.do("sees", text="Waiting for the next call") and self.do("sees", text="Sound ready"):
                return True
            if self.do("sees", text="Open the desk"):
                self.click("Open the desk")
            return False
        until("the desk to be ready", ready, 30, every=0.2)

    def first_heard(self, hertz, after, seconds=5.0):
        """When the page first heard 100 ms of this tone (440 or 600) after a moment."""
        return until(f"{hertz} Hz in the browser", lambda: self._first_heard(hertz, after), seconds)

    def _first_heard(self, hertz, after):
        run = []
        for one in self.do("heard", after=after * 1000):
            run = run + [one] if one["level"] > -45 and one[str(hertz)] > one["level"] - 1.5 else []
            if run and run[-1]["at"] - run[0]["at"] >= 100:
                return run[0]["at"] / 1000
        return None

    def level_of(self, hertz, since, to):
        """The median level of a tone in the page over a time, in dBFS."""
        levels = sorted(one[str(hertz)] for one in self.do("heard", after=since * 1000) if one["at"] < to * 1000)
        return levels[len(levels) // 2] if levels else -120.0

    def close(self):
        if self.process.poll() is None:
            try:
                self.do("close")
                self.process.wait(10)
            except (AssertionError, OSError, ValueError, subprocess.TimeoutExpired):
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(10)
        self.errors.close()
