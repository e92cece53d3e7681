#!/usr/bin/env python3
"""Runs the end-to-end tests: `run.py` for all, `run.py WORD…` for those whose
file or name contains a word, `run.py --list`. The server under test is the release
binary; each test's files stay in target/e2e/NAME. The last line adds up. With
CI=true a test that skips itself fails, unless CALLYARD_ALLOW_SKIP (names with
commas between them) allows it."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.stdout.reconfigure(line_buffering=True)
# The SDK honours proxies of the environment; the server is on this machine.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

from harness.runner import main  # noqa: E402
from harness.server import ROOT  # noqa: E402

if __name__ == "__main__":
    sys.exit(main(HERE, ROOT / "target/e2e", tries=2))
