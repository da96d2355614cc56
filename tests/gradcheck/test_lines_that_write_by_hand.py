"""The line that writes into an array, and the line at which an error was raised: found in code of one's own."""

import sys
from pathlib import Path

import numpy as np
import pytest

from gradcheck.contracts import read_only_replay
from gradcheck.contracts.read_only_replay import mutating_line, where_raised
from gradcheck.subject.arguments import drawn

HERE = Path(__file__).name


def at(function, below, text):
    """'file.py:12  text' of the line that stands so many lines below the head of a function."""
    return f"{HERE}:{function.__code__.co_firstlineno + below}  {text}"


def writes(a):
    b = a + 1
    a[0] = 7.0
    return b


def writes_last(a):
    a[0] = 7.0


def calls(a):
    writes_last(a)
    return a.sum()


def reads(a):
    return a.sum()


def foreign():
    """An array over memory that is not NumPy's, which cannot be made read-only and back."""
    return np.frombuffer(bytearray(16))


@pytest.mark.parametrize("made", [lambda: np.ones(2), foreign])
def test_the_line_that_writes_is_found(made):
    for call, found in ((writes, at(writes, 2, "a[0] = 7.0")), (calls, at(writes_last, 1, "a[0] = 7.0"))):
        a, other = made(), np.zeros(3)
        assert mutating_line(lambda a=a, call=call: call(a), other, [a]) == found
        assert a.flags.writeable, "as it was"
        assert other.flags.writeable
    a = made()
    assert mutating_line(lambda: reads(a), a) is None
    assert mutating_line(lambda: writes(np.ones(2)), a) is None, "another array"


def test_another_error_says_nothing_of_a_line():
    def raising(error, first=lambda: None):
        def call():
            first()
            raise error

        return call

    a, b = np.ones(2), foreign()
    for error in (ValueError("shapes"), KeyError("x"), ValueError("assignment destination is none")):
        assert mutating_line(raising(error), a) is None
        assert mutating_line(raising(error, lambda: writes(b)), b) is None
    assert a.flags.writeable
    for words in ("array is read-only", "buffer source array is readonly"):
        assert mutating_line(raising(ValueError(words)), a) == at(raising, 3, "raise error")


def test_a_tracer_that_was_there_is_put_back():
    before, seen = sys.gettrace(), []

    def tracer(frame, event, arg):
        seen.append(event)

    a = foreign()
    sys.settrace(tracer)
    try:
        assert mutating_line(lambda: writes(a), a) == at(writes, 2, "a[0] = 7.0")
        after = sys.gettrace()
    finally:
        sys.settrace(before)
    assert after is tracer


def test_a_call_that_raises_when_it_is_looked_at_tells_nothing():
    a, times = foreign(), []

    def second_time_raises():
        a[0] = 7.0
        times.append(1)
        if len(times) > 1:
            raise TypeError

    assert mutating_line(second_time_raises, a) is None
    assert len(times) == 2


def test_lines_of_libraries_are_not_those_of_the_user():
    def puts(a):
        np.put_along_axis(a, np.array([0]), 7.0, 0)
        return a

    a, b = foreign(), foreign()
    assert mutating_line(lambda: puts(a), a) == at(puts, 1, "np.put_along_axis(a, np.array([0]), 7.0, 0)")
    without_file = {}
    exec("def writes(a):\n    a[0] = 7.0\n    return 1\n", without_file)
    assert mutating_line(lambda: without_file["writes"](b), b) == "<string>:2"


def test_lines_of_the_checker_are_not_those_of_the_user(monkeypatch):
    monkeypatch.setattr(read_only_replay, "HERE", str(Path(__file__).parent))
    a = foreign()
    assert mutating_line(lambda: writes(a), a) is None


def caught(call):
    with pytest.raises(Exception) as caught:  # noqa: PT011
        call()
    return caught.value


def test_where_an_error_was_raised():
    def divides(n):
        return 1 // n

    def inverts(m):
        return np.linalg.inv(m)

    assert where_raised(caught(lambda: divides(0))) == at(divides, 1, "return 1 // n")
    singular = caught(lambda: inverts(np.zeros((2, 2))))
    assert where_raised(singular) == at(inverts, 1, "return np.linalg.inv(m)"), "and not within NumPy"
    while singular.__traceback__.tb_frame.f_code.co_filename == __file__:
        singular.__traceback__ = singular.__traceback__.tb_next
    assert "linalg.py:" in where_raised(singular), "the library's own line where there is no other"
    assert where_raised(ValueError("never raised")) is None
    without_file = {}
    exec("def fails():\n    return 1 // 0\n", without_file)
    assert where_raised(caught(without_file["fails"])) == "<string>:2"
    assert where_raised(caught(lambda: drawn(3, 0))).startswith(HERE)
    own = caught(lambda: where_raised(3))
    own.__traceback__ = own.__traceback__.tb_next.tb_next
    assert where_raised(own) is None, "lines of this package are left out"
