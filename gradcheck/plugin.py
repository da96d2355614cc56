"""The pytest plugin: a test that fails after a failing check prints the report, so that `assert report.ok` says it all.

Registered as the entry point `layergraph`; it loads nothing until a test has imported gradcheck.
"""

import sys
from collections.abc import Generator
from typing import Any

import pytest

MOST = 5


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, None]:
    """Collect the reports that are made while the test runs."""
    reports: list[Any] = []
    api = sys.modules.get("gradcheck.api")
    if api is None and _uses_gradcheck(item):
        from . import api
    observers = getattr(api, "OBSERVERS", None)
    if observers is not None:
        observers.append(reports.append)
    outcome = yield
    if observers is not None:
        observers.remove(reports.append)
    if outcome.excinfo is not None:
        said = str(outcome.excinfo[1])  # of `assert_gradients`: the report itself
        for text in [str(r) for r in reports if not r.ok][:MOST]:
            if text not in said:
                item.add_report_section("call", "gradcheck", text)


def _uses_gradcheck(item: pytest.Item) -> bool:
    return "gradcheck" in getattr(getattr(item, "module", None), "__dict__", {})
