"""Runs the tests of one folder, one after the other or some at once, and adds up. Both
suites that look at the product from outside use it."""

import concurrent.futures
import contextlib
import importlib
import io
import multiprocessing
import os
import sys
import time
import traceback
from pathlib import Path

from .case import Case, Skipped, skip_verdict
from .server import BINARY


def tests_of(folder):
    """Every function test_… of every file test_….py, in order of file and line."""
    for path in sorted(Path(folder).glob("test_*.py")):
        module = importlib.import_module(path.stem)
        found = [value for name, value in vars(module).items() if name.startswith("test_") and value.__module__ == path.stem]
        yield from sorted(found, key=lambda test: test.__code__.co_firstlineno)


def execute(test, results):
    """One test: 'ok', 'skipped: why' or 'FAILED'."""
    case = Case(test.__name__, results)
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


def judged(test, results, tries):
    """One test with its tries: (verdict, the line that tells it)."""
    started = time.monotonic()
    verdict = execute(test, results)
    if verdict == "FAILED" and tries > 1:
        print(f"again    {test.__name__}: it failed once")
        verdict = execute(test, results)
    return verdict, f"{verdict:<8} {test.__name__} ({time.monotonic() - started:.1f} s)"


def aside(name, folder, results, tries):
    """The same in another process: what the test prints comes back with the verdict, so that
    tests that run at once do not talk into each other."""
    test = next(test for test in tests_of(folder) if test.__name__ == name)
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        verdict, line = judged(test, results, tries)
    return verdict, said.getvalue() + line


def run(folder, results, words, tries=1, at_once=1):
    """All tests of a folder, or those whose file or name contains a word; the exit status.
    `at_once` of them run side by side; then those that want the machine for themselves.
    Suites of programs that are not ours (browsers, carriers, telephones) may try twice: they lose
    races for ports, and start their sound when they like. What passed only then says so."""
    chosen = [test for test in tests_of(folder) if not words or any(word in f"{test.__module__}.{test.__name__}" for word in words)]
    if not BINARY.exists():
        print(f"{BINARY} is missing: make build")
        return 1
    together = [test for test in chosen if not hasattr(test, "alone")] if at_once > 1 else []
    verdicts = []

    def told(verdict, line):
        verdicts.append(verdict)
        print(line)

    with concurrent.futures.ProcessPoolExecutor(at_once, multiprocessing.get_context("fork")) as helpers:
        running = [helpers.submit(aside, test.__name__, folder, results, tries) for test in together]
        for done in concurrent.futures.as_completed(running):
            told(*done.result())
    for test in chosen:
        if test not in together:
            told(*judged(test, results, tries))
    failed = verdicts.count("FAILED")
    skipped = sum(verdict.startswith("skipped") for verdict in verdicts)
    print(f"{verdicts.count('ok')} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not verdicts else 0


def main(folder, results, tries=1, at_once=1):
    """What stands on the command line: nothing for all, words for some, --list."""
    arguments = sys.argv[1:]
    if arguments == ["--list"]:
        print(*(test.__name__ for test in tests_of(folder)), sep="\n")
        return 0
    return run(folder, results, arguments, tries, at_once)
