"""Every planted and independent case is reported as it was written down: the findings, their words, numbers, fixes.

Where a change of the checker is meant to change what it says, `PYTHONPATH=. python tests/gradcheck/reports.py` writes
the files anew, and their difference is what has to be read. The default run takes every third case of each file.
"""

import pytest
from reports import WIDTH, questions, text, written

ASKED = questions()
WRITTEN = {file: written(file) for file in ASKED}


@pytest.mark.parametrize("file", ASKED)
def test_every_case_is_written_down_and_no_other(file):
    assert list(WRITTEN[file]) == list(ASKED[file])


@pytest.mark.filterwarnings("ignore")  # wrong code overflows, divides by zero, ...
@pytest.mark.parametrize(
    ("file", "name"),
    [
        pytest.param(file, name, marks=[pytest.mark.thorough] if at % 3 else [])
        for file, asked in ASKED.items()
        for at, name in enumerate(asked)
    ],
)
def test_what_is_said_of_it(file, name, monkeypatch):
    monkeypatch.setenv("COLUMNS", WIDTH)
    assert text(ASKED[file][name]()) == WRITTEN[file][name]
