#!/usr/bin/env python3
"""Programs that others wrote call the server, and are called by it: `run.py` for all,
`run.py WORD…` for those whose file or name contains a word, `run.py --list`. The server
under test is the release binary (CALLYARD=… names another); each test's files stay in
target/interop/NAME. With CI=true a test that skips itself fails, except one that waits
for a feature that features.py still calls absent."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# The harness of the end-to-end tests serves here too.
sys.path[:0] = [str(HERE), str(HERE.parent / "e2e")]
sys.stdout.reconfigure(line_buffering=True)
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

from harness.runner import main  # noqa: E402
from harness.server import ROOT  # noqa: E402

if __name__ == "__main__":
    # They wait more than they work; CALLYARD_AT_ONCE=1 runs them one by one.
    sys.exit(main(HERE, ROOT / "target/interop", tries=2, at_once=int(os.environ.get("CALLYARD_AT_ONCE", "3"))))
