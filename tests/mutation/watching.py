"""A pytest plugin for both runs: it notes which test executes what, and runs the tests chosen, the quick ones first.

WATCHED names a file for the unmutated run (test -> seconds); CHOSEN names a file of tests to run, in order, and of all
tests known (null: no others run); FIRST_FAILURE names the file that gets the first failure.
"""

import json
import os
import resource
import signal
from pathlib import Path

import coverage
import pytest

SECONDS: dict[str, float] = {}
MEMORY = 6 << 30  # bytes of address space: a mutant must not take the machine down
LONGEST = 60.0  # seconds of the processor's time in one test, whatever the machine's load: none takes as long unmutated


def pytest_configure():
    if "FIRST_FAILURE" in os.environ:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_protocol(item):
    watch(item.nodeid)
    if "FIRST_FAILURE" in os.environ:
        signal.signal(signal.SIGVTALRM, lambda *_: ended(item.nodeid))
        signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    yield
    watch("")


@pytest.hookimpl(hookwrapper=True)
def pytest_fixture_setup(fixturedef):
    """What a shared fixture executes belongs to no one test."""
    shared = fixturedef.scope != "function"
    if shared:
        before = watch("")
    yield
    if shared:
        watch(before)


def watch(name: str, now=[""]) -> str:  # noqa: B006
    before, now[0] = now[0], name
    if coverage.Coverage.current() is not None:
        coverage.Coverage.current().switch_context(name)
    return before


def pytest_runtest_logreport(report):
    SECONDS[report.nodeid] = SECONDS.get(report.nodeid, 0.0) + report.duration
    note(report)


def pytest_collectreport(report):
    note(report)


def note(report):
    target = os.environ.get("FIRST_FAILURE")
    if report.failed and target and not Path(target).exists():
        Path(target).write_text(report.nodeid, encoding="utf-8")


def ended(test):
    """A mutant that goes on for ever is noticed by the test that waits for it."""
    Path(os.environ["FIRST_FAILURE"]).write_text(test, encoding="utf-8")
    os._exit(1)


def pytest_collection_modifyitems(items, config):
    if "CHOSEN" not in os.environ:
        return
    chosen = json.loads(Path(os.environ["CHOSEN"]).read_text(encoding="utf-8"))
    rank = {name: i for i, name in enumerate(chosen["run"])}
    known = chosen["known"] and set(chosen["known"])
    kept = [item for item in items if item.nodeid in rank or (known and item.nodeid not in known)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = sorted(kept, key=lambda item: rank.get(item.nodeid, -1))


def pytest_sessionfinish():
    if "WATCHED" in os.environ:
        Path(os.environ["WATCHED"]).write_text(json.dumps(SECONDS), encoding="utf-8")
