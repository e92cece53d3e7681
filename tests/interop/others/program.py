"""Another program as a process: started, watched for its first word, stopped by its own id."""

import shutil
import signal
import subprocess
from pathlib import Path

from harness.case import Skipped
from harness.ports import free_port, free_port_for_both  # noqa: F401 - for those who start programs


def need(*commands):
    """Skips the test where one of these programs is not installed."""
    for command in commands:
        if not (shutil.which(command) or Path("/usr/sbin", command).exists()):
            raise Skipped(f"{command} is not installed (scripts/install-test-tools.sh installs it)")


class Program:
    """A folder, a log and a process; `with` ends it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log_file = self.folder / "output.log"
        self.process = None

    def run(self, command, **options):
        with open(self.log_file, "ab") as log:
            self.process = subprocess.Popen(command, stdin=options.pop("stdin", subprocess.DEVNULL), stdout=log,
                                            stderr=subprocess.STDOUT, cwd=self.folder, start_new_session=True, **options)
        return self

    def alive(self):
        """For `until`: ends the waiting at once when the program died."""
        if self.process.poll() is not None:
            raise AssertionError(f"{self.folder.name} ended with {self.process.returncode}\n{self.log()[-3000:]}")
        return True

    def log(self):
        return self.log_file.read_text(errors="replace") if self.log_file.exists() else ""

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        self.stop()
        if kind:
            print(f"--- the end of {self.log_file}\n{self.log()[-4000:]}")

    def stop(self):
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait(5)
