#!/usr/bin/env python3
"""Drives a running demo through the vendor's own, unchanged Python SDK.

    python3 tests/cloud_api/run.py --demo-json data/demo.json [WORD…]

or with CALLYARD_DEMO_JSON in the environment. The first run makes a virtual
environment beside this file; plain asserts, one line a test."""

import argparse
import os
import subprocess
import sys
import time
import traceback
import venv
from pathlib import Path

HERE = Path(__file__).resolve().parent
REQUIREMENTS = HERE.parent / "requirements.txt"


def enter_environment():
    """Runs this script again inside a virtual environment that has the SDK."""
    try:
        import tencentcloud.ccc.v20200210  # noqa: F401
        import websockets  # noqa: F401
        return
    except ImportError:
        pass
    folder = HERE / ".venv"
    python = folder / "bin" / "python"
    if sys.prefix == str(folder):
        raise SystemExit(f"{folder} is incomplete; delete it and try again")
    if not python.exists():
        venv.create(folder, with_pip=True)
    wanted = [line for line in REQUIREMENTS.read_text().splitlines() if line.startswith(("tencentcloud", "websockets"))]
    subprocess.run([python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *wanted], check=True)
    os.execv(python, [str(python), __file__, *sys.argv[1:]])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--demo-json", default=os.environ.get("CALLYARD_DEMO_JSON"))
    parser.add_argument("words", nargs="*", help="only tests whose name contains one of these")
    options = parser.parse_args()
    if not options.demo_json:
        parser.error("--demo-json or CALLYARD_DEMO_JSON must name the demo.json of a running server")
    # The SDK honours proxies of the environment; the server is on this machine.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

    sys.path.insert(0, str(HERE))
    import actions
    import gate
    from client import Demo

    demo = Demo(options.demo_json)
    failed = 0
    tests = [(name, test) for module in (gate, actions) for name, test in vars(module).items() if name.startswith("test_")]
    for name, test in tests:
        if options.words and not any(word in name for word in options.words):
            continue
        started = time.monotonic()
        try:
            test(demo)
            verdict = "ok"
        except Exception:  # noqa: BLE001 - a test may fail in any way
            verdict = "FAILED"
            failed += 1
            traceback.print_exc()
        print(f"{verdict:<7} {name} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{failed} failed" if failed else "all passed")
    return 1 if failed else 0


if __name__ == "__main__":
    enter_environment()
    raise SystemExit(main())
