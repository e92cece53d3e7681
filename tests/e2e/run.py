#!/usr/bin/env python3
"""Runs the end-to-end tests: `run.py` for all, `run.py WORD…` for those whose
file or name contains a word, `run.py --list`. The server under test is the release
binary; each test's files stay in target/e2e/NAME. The last line adds up. With
CI=true a test that skips itself fails, unless CALLYARD_ALLOW_SKIP (names with
commas between them) allows it."""

import importlib
import os
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.stdout.reconfigure(line_buffering=True)
# The SDK honours proxies of the environment; the server is on this machine.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,localhost"

from harness.case import Case, Skipped, skip_verdict  # noqa: E402
from harness.server import BINARY  # noqa: E402


def tests():
    """Every function test_… of every file test_….py, in order of file and line."""
    for path in sorted(Path(__file__).resolve().parent.glob("test_*.py")):
        module = importlib.import_module(path.stem)
        found = [value for name, value in vars(module).items() if name.startswith("test_") and value.__module__ == path.stem]
        yield from sorted(found, key=lambda test: test.__code__.co_firstlineno)


def execute(test):
    """One test: 'ok', 'skipped: why' or 'FAILED'."""
    case = Case(test.__name__)
    try:
        test(case)
        case.close()
        case.check_servers()
        return "ok"
    except Skipped as why:
        return skip_verdict(test.__name__, why, os.environ)
    except Exception:  # noqa: BLE001 - a test may fail in any way
        print(traceback.format_exc())
        for server in case.servers:
            print(f"--- the end of {server.log_file}\n{server.log_tail()}")
        return "FAILED"
    finally:
        case.close()


def main(words):
    chosen = [test for test in tests() if not words or any(word in f"{test.__module__}.{test.__name__}" for word in words)]
    if not BINARY.exists():
        print(f"{BINARY} is missing: make build")
        return 1
    results = []
    for test in chosen:
        started = time.monotonic()
        result = execute(test)
        results.append(result)
        print(f"{result:<8} {test.__name__} ({time.monotonic() - started:.1f} s)")
    failed = results.count("FAILED")
    skipped = sum(result.startswith("skipped") for result in results)
    print(f"{results.count('ok')} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not results else 0


if __name__ == "__main__":
    arguments = sys.argv[1:]
    if arguments == ["--list"]:
        print(*(test.__name__ for test in tests()), sep="\n")
        sys.exit(0)
    sys.exit(main(arguments))
