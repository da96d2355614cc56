"""How far a run may go at once: no further than to the next step that has a line of its own."""

import pytest

from solver.monitoring.progress import Reporter


@pytest.mark.parametrize(
    ("step", "due", "limit"),
    [(0, 100, 1), (1, 100, 5), (4, 100, 5), (5, 100, 10), (7, 100, 10), (7, 8, 8), (10, 100, 15), (98, 100, 100)],
)
def test_the_next_line(step, due, limit):
    assert Reporter("lines", True, 5).limit(step, due) == limit
    for kind, verbose in (("none", True), ("lines", False), ("line", True)):
        assert Reporter(kind, verbose, 5).limit(step, due) == due
