#!/usr/bin/env python3
"""Drives a running demo through the vendor's own, unchanged Python SDK.

    python3 tests/cloud_api/run.py [--demo-json data/demo.json] [WORD…]

The demo is the one that --demo-json (or CALLYARD_DEMO_JSON) names; without it,
the release binary is started for the length of the run. Where the SDK is not
installed, a virtual environment is made beside this file. Plain asserts, one
line a test."""

import argparse
import contextlib
import os
import shutil
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
    # The SDK honours proxies of the environment; the server is on this machine.
    os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

    with running(options.demo_json) as demo_json:
        return run(demo_json, options.words)


@contextlib.contextmanager
def running(demo_json):
    """The path of a running demo's demo.json; starts a server if none is named."""
    if demo_json:
        yield demo_json
        return
    sys.path.insert(0, str(HERE.parent / "e2e"))
    from harness.server import ROOT, Server

    folder = ROOT / "target" / "cloud-api"
    shutil.rmtree(folder, ignore_errors=True)
    server = Server(folder).start()
    try:
        yield server.data / "demo.json"
    finally:
        server.stop()


def run(demo_json, words):
    sys.path.insert(0, str(HERE))
    import actions
    import gate
    from client import Demo

    demo = Demo(demo_json)
    passed = failed = 0
    tests = [(name, test) for module in (gate, actions) for name, test in vars(module).items() if name.startswith("test_")]
    for name, test in tests:
        if words and not any(word in name for word in words):
            continue
        started = time.monotonic()
        try:
            test(demo)
            verdict = "ok"
            passed += 1
        except Exception:  # noqa: BLE001 - a test may fail in any way
            verdict = "FAILED"
            failed += 1
            traceback.print_exc()
        print(f"{verdict:<7} {name} ({time.monotonic() - started:.1f} s)", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    enter_environment()
    raise SystemExit(main())
