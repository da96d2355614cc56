"""Errors of a few digits, and large faults beside them: their limits, the grain of single precision, what remains."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis.families import coarse, small_errors
from tests.gradcheck.views_by_hand import view


@pytest.mark.parametrize(
    ("a", "g", "code"),
    [
        ([1002.0, 5], [1000.0, 5], "SMALL_ERROR"),  # 2e-3 of the gradient, the most that is small
        ([1002.1, 5], [1000.0, 5], None),
        ([0.1003, 0.02], [0.1, 0.02], None),  # 3e-3 of a gradient below 1
        ([0.1001, 0.02], [0.1, 0.02], "SMALL_ERROR"),
        ([1e-6, 0], [0.0, 0], None),
        ([1000003.0, 16 + 2**-16], [1000000.0, 16], "SMALL_ERROR"),  # 3e-6, where the grain of float32 ends
        ([1000002.0, 16 + 2**-16], [1000000.0, 16], "DTYPE"),
        ([1.0, 2, 4], [1.001, 2.0001, 4], "SMALL_ERROR"),  # uneven, and too large for float32
        ([1.0, 2, 4], [1 + 2**-20, 2 + 2**-19, 4 + 2**-18], "SMALL_ERROR"),  # even
    ],
)
def test_size_of_an_error_and_its_name(a, g, code):
    told = small_errors.explain([view(a, g)])
    assert (told and told.code) == code


def test_small_errors_of_all_probes():
    a, small, large = [1.0, 2, 4], view([1.0, 2, 4], [1, 2, 4.001]), view([1.0, 2, 4], [1, 2, 4.1])
    assert small_errors.explain([small, view(a, a)]).evidence["relative_size"] == pytest.approx(0.001 / 4.001)
    assert small_errors.explain([small, large]) is None
    assert small_errors.explain([view([1001.0, 5], [1000.0, 5], kink=[True, True])]) is None, "kinks tell nothing"
    rough, even = view(a, [1 + 2**-20, 2, 4 + 2**-20]), view(a, [1 + 2**-20, 2 + 2**-19, 4 + 2**-18])
    assert small_errors.explain([rough, rough]).code == "DTYPE"
    assert small_errors.explain([rough, even]).code == "SMALL_ERROR"


@pytest.mark.parametrize(
    ("r", "g", "rough"),
    [
        ([1.0, 0.5], [0.0, 1], True),  # where the gradient is 0, the error itself
        ([1.0, 1], [0.0, 1], False),
        ([1.0, 2], [-1.0, -2], False),
        ([1.0, 2], [-1.0, 2], True),
        ([13.0, 7], [1.0, 1], True),  # a spread of 3 about a mean of 10
        ([12.9, 7.1], [1.0, 1], False),
        ([1.0], [1.0], False),
    ],
)
def test_unevenness_of_an_error(r, g, rough):
    step = 2.0**-20
    wrong = view(np.array(g) + step * np.array(r), g, name="x")
    assert small_errors._rough(wrong) is rough


def test_nothing_beyond_noise_is_not_uneven():
    assert not small_errors._rough(view([1.0, 2], [1.001, 2], e=1))


X, A = np.array([2.0, -4, 8]), np.array([0.1, 0.3, 5])
WRONG = np.array([True, True, False])


def grainy(change, *, moved, kind="layer", seen=...):
    """Whether it looks grainy where a second run gives A (1 + change); and what that run was given."""
    given = []

    def run(values, douts):
        given.append((values, douts))
        return None, {"W": A * (1 + np.array(change)) if seen is ... else seen}

    values = {"W": X, "b": 3 * X, "y": X}
    v = view(A, A + 1, kind=kind, values=values, numeric={"W": None, "b": None}, dout=[1.0, 5], kink=[False] * 3)
    v.evidence.subject.run = run
    return small_errors._grainy(v, WRONG, moved), given, v.run


def test_inputs_or_upstream_gradients_are_moved_a_little():
    _, [(values, douts)], run = grainy([0, 0, 0], moved=True)
    assert douts is run.douts
    assert values["y"] is X, "it is not differentiated"
    for name in ("W", "b"):
        change = np.abs(values[name] / run.values[name] - 1)
        assert np.all((change > 0) & (change < 1e-9))
    _, [(values, douts)], run = grainy([0, 0, 0], moved=False)
    assert all(values[name] is run.values[name] for name in values)
    change = np.abs(douts[0] / run.douts[0] - 1)
    assert np.all((change > 0) & (change < 1e-9))


@pytest.mark.parametrize("moved", [True, False])
@pytest.mark.parametrize(
    ("change", "grain"),
    [
        ([0, 0, 1e-10], True),
        ([0, 1e-10, 0], True),  # one of two
        ([1e-10, 1e-10, 0], False),
        ([1e-10, 1.1e-8, 0], True),
        ([1e-10, -1.1e-8, 0], True),
        ([9e-9, 9e-9, 1], False),
    ],
)
def test_grain_of_what_a_second_run_gives(change, grain, moved):
    assert grainy(change, moved=moved)[0] is grain


def test_no_grain_without_a_second_run_of_its_kind():
    found, given, _ = grainy([0, 0, 0], moved=False, kind="loss")
    assert (found, given) == (False, []), "a loss has no upstream gradient to move"
    assert grainy([0, 0, 0], moved=True, kind="loss")[0]
    assert not grainy([0, 0, 0], moved=True, seen=None)[0]
    assert not grainy([0, 0, 0], moved=True, seen=A[:2])[0]


def test_uneven_errors_need_the_grain_of_float32():
    g = A * (1 + np.array([1e-7, 3e-7, 0]))

    def rough(a, seen):
        v = view(a, g, values={"W": X}, numeric={"W": None}, dout=[1.0, 5], kink=[False] * 3)
        v.evidence.subject.run = lambda values, douts: (None, {"W": seen(values["W"] is not X, douts[0])})
        return small_errors._rough(v)

    third = A * (1 + 1e-9)  # no numbers of float32
    single = A.astype(np.float32).astype(float)
    assert rough(single, lambda moved, dout: None)
    assert not rough(third, lambda moved, dout: third * (1 + 1e-10))
    assert rough(third, lambda moved, dout: third if moved else third * (1 + 1e-10)), "inputs"
    assert rough(third, lambda moved, dout: third * (1 + 1e-10) if moved else third), "upstream gradients"


G = np.array([1.0, -2.0, 4.0])


def test_large_faults_beside_a_small_error():
    assert coarse.explain([view([1.0001, -2.0003, 4.0001], G, n=1)]) is None, "of one example, and no large fault"
    assert coarse.explain([view([2.5002, -5.0003, 10.0001], G, n=5)]) is None, "no constant of a name"
    told = coarse.explain([view([2.0002, -4.0003, 8.0001], G), view([3.9999, -8.0003, 16.0001], G, n=4)])
    assert told.code == "SCALE_BATCH"
    assert told.evidence["ratio"] == pytest.approx([2, 4], rel=1e-4)
    views = view([2.0002, -4.0003, 8.0001], G), view([1.0001, -2.0003, 4], G)
    assert coarse.explain(views) is None, "the second probe shows no large fault"
    middle, everywhere = ({"W": SimpleNamespace(kink=np.array(k, bool), checked=None)} for k in ([0, 1, 0], [1, 1, 1]))
    assert coarse.explain([view([2.0002, 7, 8.0001], G, n=5, numeric=middle)]).code == "SCALE_TWO"
    assert coarse.explain([view(2 * G, G, numeric=everywhere)]) is None
    assert coarse.explain([view(0.01 * np.array([2.0002, -4.0003, 8.0001]), 0.01 * G, n=5)]).code == "SCALE_TWO"


@pytest.mark.parametrize(("remains", "code"), [(0.0047, "SCALE_TWO"), (0.0049, None)])
def test_what_may_remain_beside_a_large_fault(remains, code):
    """3e-4 of 8, twice as much for a factor of two; two in place of the factor fits best."""
    told = coarse.explain([view(2 * G + [remains, remains / 2, 0], G, n=5)])
    assert (told and told.code) == code


def test_missing_term_of_a_normalisation_beside_a_small_error():
    x = np.array([[1.0, 0], [-1, 2], [0, -1], [2, 1], [3, 5]])
    xhat = (x - x.mean(0)) / x.std(0)
    g = np.array([[1.0, -2], [4, 0], [-3, 1], [2, 2], [5, 3]])
    g = g - g.mean(0)
    g = g - (g * xhat).mean(0) * xhat
    little = 1e-3 * np.array([[1.0, -1], [-1, 1], [0, 1], [1, 0], [0, -1]])
    told = coarse.explain([view(np.add(g, [1, 2]) + little, g, x=x, n=5)])
    assert told.code == "BN_MEAN_TERM"
    assert told.message.endswith("A small difference remains beside it, as of another eps or a rounded constant")
    assert coarse.explain([view(np.add(g, [1, 2]), g, x=x, n=5)]) is None, "nothing remains beside it: told in its turn"
    assert coarse.explain([view(g + xhat**2, g, x=x, n=5)]) is None
