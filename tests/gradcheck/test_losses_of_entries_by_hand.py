"""Patterns of what is lost or let through: repeated indices, windows, selections, zeros and intervals, by hand."""

import numpy as np
import pytest

from gradcheck.diagnosis.families import overwritten, supports
from tests.gradcheck.views_by_hand import view

G = np.array([[1.0, 2], [3, 0], [-1, 4], [5, 1]])
INDEX = np.array([[0, 2, 2], [3, 0, 2]])  # row 0 twice, row 1 never, row 2 three times, row 3 once


def lookup(rows, g=G, index=INDEX, **more):
    a = g.copy()
    a[list(rows)] += 1
    more = {"kind": "layer"} | more
    return view(a, g, values={"half": np.ones(2), "#y": index, "late": INDEX}, **more)


@pytest.mark.parametrize(("rows", "words"), [([0, 2], "rows 0, 2 of W"), ([2], "rows 2 of W")])
def test_rows_of_repeated_indices(rows, words):
    told = overwritten.repeated([lookup(rows)])
    assert told.code == "REPEATED_INDEX"
    assert told.evidence == {"rows": rows, "indices": "y"}
    assert told.message.startswith(f"{words}, whose index occurs several times in y, get one of")
    assert told.message.endswith("dW[y] += ... adds once per index")
    assert told.fix == "np.add.at(dW, y, ...)"


def test_wrong_rows_that_repeated_indices_do_not_explain():
    assert overwritten.repeated([lookup([0, 3])]) is None, "row 3 is asked for once"
    assert overwritten.repeated([lookup([1])]) is None, "never"
    assert overwritten.repeated([lookup([])]) is None
    more = np.array([0, 0, 1, 1, 2, 2, 3])
    assert overwritten._rows_of(lookup([0, 2]), more).tolist() == [0, 2], "two of three"
    assert overwritten._rows_of(lookup([0]), more) is None, "one of three"
    assert overwritten._rows_of(lookup([0]), None) is None
    assert overwritten._rows_of(view(G[:2], G[:2], x=G), INDEX) is None
    zero = G.copy()
    zero[3] = 0
    assert overwritten.repeated([lookup([0, 2], zero)]) is None, "no row is right and asked for once"
    zero[3] = 4.9e-6, 0  # the largest entry is 5
    assert overwritten.repeated([lookup([0, 2], zero)]) is None
    zero[3] = 5.1e-6, 0
    assert overwritten.repeated([lookup([0, 2], zero)]) is not None
    assert overwritten.repeated([lookup([0, 2]), lookup([0, 2], np.where(G == 5, 0, G) * [1, 0])]) is not None
    assert overwritten.repeated([lookup([0, 2]), lookup([3])]) is None


def test_arguments_that_index_rows():
    def found(index, **more):
        return [n for n, _ in overwritten._indices(lookup([0], index=index, **more))]

    assert found(INDEX) == ["#y", "late"]
    assert found(INDEX + 1) == ["late"], "a row that is not there"
    assert found(INDEX - 1) == ["late"]
    assert found(INDEX.astype(float)) == ["late"]
    assert found(INDEX[:0]) == ["late"]
    assert found(INDEX, kind="loss") == ["#y", "late"]
    flat = {"values": {"y": INDEX}}
    assert [n for n, _ in overwritten._indices(view(G[:, 0], G[:, 0], **flat))] == ["y"]
    assert list(overwritten._indices(view(G[:, 0], G[:, 0], kind="loss", **flat))) == [], "labels and a bias"
    assert list(overwritten._indices(view(1.0, 1.0, **flat))) == []


# Four entries, three outputs: each output takes two neighbours.
NEXT = np.array([[1.0, 0, 0], [2, 3, 0], [0, 4, 5], [0, 0, 6]])
LAST = NEXT * [[1, 0, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1]]
FIRST = NEXT * [[1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]]


def windows(ours, jac=NEXT, out=(1, 3)):
    rest = np.asarray(ours, float).sum(1), np.asarray(jac, float).sum(1)
    told = overwritten.windows([view(*rest, jac=jac, ours=ours, out=np.zeros(out))])
    return told and told.message


@pytest.mark.parametrize("ours", [LAST, FIRST])
def test_windows_that_overwrite_each_other(ours):
    assert windows(ours) == overwritten.WINDOWS
    assert windows(ours * (1 + 0.9e-5)) == overwritten.WINDOWS
    assert windows(ours * (1 + 1.2e-5)) is None
    assert windows(ours, out=(3,)) is None, "no batch"


def test_windows_that_are_no_story_of_overwriting():
    assert windows(NEXT) is None
    assert windows(0 * NEXT, 0 * NEXT) is None
    for row, column, value in ((1, 0, 2), (1, 1, 0), (0, 2, 1), (0, 0, 0)):  # one right, one gone, one too many, ...
        other = LAST.copy()
        other[row, column] = value
        assert windows(other) is None
    third = np.vstack([NEXT, [[7, 8, 9]]])
    assert windows(np.vstack([LAST, [[0, 8, 0]]]), third) is None, "neither the last nor the first"
    assert windows(np.vstack([LAST, [[0, 0, 9]]]), third) == overwritten.WINDOWS
    assert windows(np.vstack([LAST, [[0, 8, 9]]]), third) is None, "two of three"
    same = np.array([[1.0, 0, 0], [1, 1, 1], [1, 1, 1]])
    assert windows([[1, 0, 0], [0, 0, 1], [0, 0, 1]], same) is None, "the same outputs for every entry: a mask"


def test_windows_along_another_axis():
    two = np.concatenate([NEXT, 10 * NEXT], axis=1)  # two channels of three positions, done at once
    kept = np.concatenate([LAST, 10 * LAST], axis=1)
    assert windows(kept, two, (2, 3)) == overwritten.WINDOWS
    assert windows(kept, two, (1, 6)) is None
    order = [0, 3, 1, 4, 2, 5]
    assert windows(kept[:, order], two[:, order], (3, 2)) == overwritten.WINDOWS
    assert windows(kept, two, (1, 2, 3)) == overwritten.WINDOWS


@pytest.mark.parametrize(("axis", "entries"), [(0, [[1, 1, 0, 0, 0, 0], [0, 0, 1, 1, 0, 0], [0, 0, 0, 0, 1, 1]]),
                                               (1, [[1, 0, 1, 0, 1, 0], [0, 1, 0, 1, 0, 1]])])  # fmt: skip
@pytest.mark.parametrize(("at", "word"), [(-1, "last"), (0, "first")])
def test_one_position_along_an_axis(axis, entries, at, word):
    """Outputs (3, 2); each entry reaches a row of them, or a column."""
    jac = np.array(entries, float)
    on = np.zeros((3, 2))
    np.moveaxis(on, 1 - axis, 0)[at] = 1
    told = windows(jac * on.ravel(), jac, (3, 2))
    assert told.startswith(f"only the {word} position along axis {1 - axis} of the output contributes")
    assert windows(jac * on.ravel(), jac, (3, 2)) != overwritten.WINDOWS


J = np.array([[1.0, 0], [0, 0], [0, 0], [0, 1]])  # two outputs, each takes one of its two entries
WINDOW = np.array([[1.0, 0], [1, 0], [0, 1], [0, 1]])


def selection(ours, jac=J):
    return supports._selection(view([0], [0], jac=jac, ours=ours))


@pytest.mark.parametrize(
    ("taken", "others", "code"),
    [(1, 1, "MASK_MISSING"), (1, 0.2, "MASK_LEAK"), (1, -0.9, "MASK_LEAK"), (0, 1, "MASK_INVERTED"),
     (0, 0.3, "MASK_INVERTED"), (0.5, 0.5, supports.SPREAD), (0.9, 0.2, None), (1, 2, None), (1, -1, None),
     (0.4, 0.4, None), (0.5, -0.5, supports.SPREAD)],
)  # fmt: skip
@pytest.mark.parametrize("scale", [1, 3])
def test_what_a_window_gets(taken, others, code, scale):
    ours = taken * J + others * (WINDOW - J)
    assert selection(scale * ours, scale * J) == code


@pytest.mark.parametrize(("others", "code"), [(-1, "MASK_MISSING"), (1, None), (-0.2, "MASK_LEAK"), (0.2, "MASK_LEAK")])
def test_what_a_window_gets_of_an_entry_whose_sign_turns(others, code):
    assert selection(others * (WINDOW - J) - J, -J) == code


def test_what_is_no_selection():
    leak = J + 0.2 * (WINDOW - J)
    assert selection(leak[:, :1], J[:, :1]) is None, "one output has one place"
    assert selection(leak[[0, 3]], J[[0, 3]]) is None, "as many outputs as entries"
    assert selection(leak, J * [1, 2]) is None, "another weight"
    assert selection(leak, J + J[::-1]) is None, "two entries each"
    same = np.array([[1.0, 0], [0, 0], [0, 1], [0, 0]])
    assert selection(same + 0.2 * (WINDOW - same), same) is None, "always the first of its window"
    assert selection(leak * [1, 0] + J * [0, 1]) is None, "one window has no others"
    assert selection(J) is None
    assert selection(np.vstack([leak, [[0, 0]]]), np.vstack([J, [[0, 0]]])) is None, "an entry in no window"
    uneven = leak.copy()
    uneven[1, 0] = 0.3
    assert selection(uneven) is None
    assert selection(None) is None


def test_selections_in_words():
    def told(*codes):
        pairs = {"all": WINDOW, "even": WINDOW / 2, "turned": WINDOW - J}
        found = supports.selections([view([0], [0], jac=J, ours=pairs[c]) for c in codes])
        return found and (found.code, found.message.rpartition(": ")[0] or found.message)

    assert told("all")[0] == "MASK_MISSING"
    assert told("all")[1].startswith("every output takes one entry of its window: right where active")
    assert told("even")[0] == "MASK_MISSING"
    assert "dout is spread evenly over all of them" in told("even")[1]
    assert told("turned", "turned")[0] == "MASK_INVERTED"
    assert told("all", "even") is None


@pytest.mark.parametrize(
    ("a", "code"),
    [([1, -1, 2, 1, 2, 3], "MASK_MISSING"), ([1, -1, 0, 1, 2, 3], None), ([1, 1, 1, 0, 0, 0], "MASK_INVERTED"),
     ([1, 1, 0, 0, 0, 0], None), ([1, 1, 1, 1, 2, 3.1], None), ([1, 1, 1, 0, 0, 1], None)],
)  # fmt: skip
def test_what_comes_where_the_numeric_gradient_is_zero(a, code):
    g = np.array([0.0, 0, 0, 1, 2, 3])
    assert supports._zeros(view(a, g)) == code
    told = supports.zeros([view(a, g), view(a, g)])
    assert (told and told.code) == code


def test_zeros_are_three_at_least_and_zeros_up_to_rounding():
    g, a = np.array([0.0, 0, 0, 1, 2, 3]), np.array([1.0, 1, 1, 1, 2, 3])
    assert supports._zeros(view(a[1:], g[1:])) is None
    assert supports._zeros(view(a[:5], g[:5])) is None
    for most, e in ((3e-9, 1e-12), (1e-2, 1e-3)):  # 1e-9 of the largest, ten times the error
        for times, code in ((0.97, "MASK_MISSING"), (1.03, None)):
            assert supports._zeros(view(a, g + times * most * np.eye(6)[0], e=e)) == code
    assert supports._zeros(view(a, g, kink=[True, False, False, False, False, False])) is None
    seven = [np.append(t, 9.0) for t in (a, g)]
    assert supports._zeros(view(seven[0], seven[1] - 1, kink=[False] * 6 + [True])) is None
    assert supports._zeros(view(seven[0] + np.eye(7)[6], seven[1], kink=[False] * 6 + [True])) == "MASK_MISSING"


X = np.array([-4.0, -3, -2, -1, 1, 2, 3, 4])


def interval(wrong, values=None, views=1, **more):
    g = np.arange(1.0, 9)
    values = {"W": X} if values is None else values
    made = view(g + np.isin(np.arange(8), wrong), g, x=X, values=values, **more)
    told = supports.intervals([made] * views)
    return told and told.message.removesuffix(": a threshold differs from the forward's")


def test_interval_of_the_wrong_entries():
    assert interval([2, 3, 4, 5]) == "right everywhere but where |W| lies between 1 and 2"
    assert interval([4, 5, 6], views=2) == "right everywhere but where W lies between 1 and 3"
    assert interval([0, 1, 2]) == "right everywhere but where W lies between -4 and -2"
    assert interval([4, 5]) is None, "two tell nothing"
    assert interval([2, 3, 4, 5, 6, 7]) is None, "two right ones"
    assert interval([0, 2, 4, 6]) is None
    assert interval([4, 5, 6], lifted=True) is None
    assert interval([4, 5, 6], kink=[True] + [False] * 7) is not None
    assert interval([4, 6, 7], kink=[False] * 5 + [True, False, False]) is not None, "a kink is no right one"


def test_interval_of_a_difference():
    t = X - np.array([0.1, 5, 0.2, 6, 0.3, 7, 8, 9])
    told = interval([0, 2, 4], {"W": X, "#t": t, "n": np.ones(3)})
    assert told == "right everywhere but where |W - t| lies between 0.1 and 0.3"
    assert interval([0, 2, 4], {"W": X, "n": np.ones(3)}) is None
    both = [view(np.arange(8.0) + np.isin(np.arange(8), [0, 2, 4]), np.arange(8.0), x=X, values=v)
            for v in ({"W": X, "t": t}, {"W": X})]  # fmt: skip
    assert supports.intervals(both) is None, "not there on the second probe"
    diag = np.arange(1.0, 9)
    made = view(diag + (X > 1), diag, x=X, jac=np.diag(diag), ours=np.diag(diag + (X > 1)), out=np.zeros(8))
    assert supports.intervals([made]) is None, "a branch of an elementwise layer"
