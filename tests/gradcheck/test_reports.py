"""Every planted case is reported with its repair as it was written down: the findings, their words, numbers, fixes.

The other books of `golden/` are held where their cases are tested. Where a change of the checker is meant to change
what it says, `PYTHONPATH=. python tests/gradcheck/reports.py` writes the books anew, and their difference is what has
to be read. The default run takes every third case.
"""

import pytest
from reports import planted, said_as_written, written

ASKED = planted(repair=True)


def test_every_case_is_written_down_and_no_other():
    assert list(written("repaired")) == list(written("planted")) == list(ASKED)


@pytest.mark.filterwarnings("ignore")  # wrong code overflows, divides by zero, ...
@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[pytest.mark.thorough] if at % 3 else []) for at, name in enumerate(ASKED)]
)
def test_what_is_said_of_it(name):
    assert said_as_written("repaired", name, ASKED[name]())
