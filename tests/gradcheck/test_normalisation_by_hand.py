"""Terms of a normalisation that are missing, read off a residual; contributions that overwrite each other."""

import numpy as np
import pytest

from gradcheck.diagnosis.families import norm, overwritten, supports
from tests.gradcheck.views_by_hand import view

RNG = np.random.default_rng(5)
X = RNG.standard_normal((6, 4))


def normalised(x, axes):
    """xhat, and a gradient as of a normalisation: no mean and no slope by xhat along the axes."""
    xhat = (x - x.mean(axes, keepdims=True)) / x.std(axes, keepdims=True)
    g = RNG.standard_normal(x.shape)
    g = g - g.mean(axes, keepdims=True)
    return xhat, g - (g * xhat).mean(axes, keepdims=True) * xhat


@pytest.mark.parametrize(("axis", "shift"), [(0, np.arange(1.0, 5)), (1, np.arange(1.0, 7)[:, None])])
def test_missing_terms_along_an_axis(axis, shift):
    xhat, g = normalised(X, axis)
    for a, codes in ((g + shift, ["BN_MEAN_TERM"]), (g + shift * xhat, ["BN_VAR_TERM"]),
                     (g + shift + shift * xhat, ["BN_VAR_TERM", "BN_MEAN_TERM"])):  # fmt: skip
        told = norm.explain([view(a, g, x=X, n=6)])
        assert [told.code, *(t.code for t in told.also)] == codes
        assert f"along axis {axis}" in told.message
        assert told.evidence["axes"] == (axis,)
    told = norm.explain([view(g + shift * xhat, g, x=X, n=6)])
    assert told.evidence["slopes"] == pytest.approx(shift.ravel()[:5].tolist())
    assert norm._told([view(g + shift * xhat**2, g, x=X, n=6)], (axis,)) is None
    assert norm._told([view(g + shift, g, x=X, n=6), view(g + shift * xhat, g, x=X, n=6)], (axis,)) is None


def test_missing_terms_over_groups_of_channels():
    x = RNG.standard_normal((2, 6, 4)).reshape(2, 2, 3, 4)
    xhat, g = normalised(x, (2, 3))
    shift = np.array([[1.0, 2], [3, 4]])[:, :, None, None]
    for a, code in ((g + shift, "BN_MEAN_TERM"), (g + shift * xhat, "BN_VAR_TERM")):
        told = norm.explain([view(a.reshape(2, 6, 4), g.reshape(2, 6, 4), x=x.reshape(2, 6, 4))])
        assert told.code == code
        assert told.message.endswith("(of x as (N, 2 groups, 3 channels of a group, ...))")


def test_no_normalisation():
    _, g = normalised(X, 0)
    assert not norm._normalises(view(g + 0.1, g + 0.1, x=X), (0,)), "it changes when x is shifted"
    assert not norm._normalises(view(g + X, g + X - X.mean(0), x=X), (0,)), "or scaled"
    assert not norm._normalises(view(g, g, x=X, kind="loss"), (0,))
    assert not norm._normalises(view(g[:2], g[:2] - g[:2].mean(0), x=X[:2]), (0,)), "two entries have no mean to tell"
    assert not norm._normalises(view(g, 0 * g, x=X), (0,))
    assert norm._normalises(view(g, g, x=X), (0,))
    assert list(norm._axes(view(g, g, x=X))) == [(0,), (1,)]
    assert list(norm._axes(view(g, g, x=X, lifted=True))) == []
    assert list(norm._axes(view(g[0], g[0], x=X[0]))) == []


def test_softmax_summed_over_the_wrong_axis():
    p, dout = np.array([[0.2, 0.8, 0.0], [0.5, 0.25, 0.25]]), np.array([[1.0, -2, 3], [0.5, 4, 1]])
    right = p * (dout - (p * dout).sum(1, keepdims=True))
    for axis, words in ((0, "axis 0 instead of 1"), (None, "axis all instead of 1")):
        a = p * (dout - (p * dout).sum(axis, keepdims=True))
        told = norm._softmax_layer([view(a, right, out=p, dout=dout)])
        assert told.code == "WRONG_AXIS"
        assert words in told.message
    assert norm._softmax_layer([view(p * dout, right, out=p, dout=dout)]) is None
    assert norm._softmax_layer([view(right, p * dout, out=p, dout=dout)]) is None
    row = right[0]
    assert norm._softmax_layer([view(row * (1 + 1e-9), row, out=p[0], dout=dout[0])]) is None, "one axis has no other"


WINDOWS = np.array([[1.0, 0, 0], [2, 3, 0], [0, 4, 5], [0, 0, 6]])  # four entries, three windows of two


@pytest.mark.parametrize("scale", [1.0, 1e-9])
@pytest.mark.parametrize(
    ("lost", "text"),
    [
        ([(1, 0), (2, 1)], overwritten.WINDOWS),
        ([(1, 1), (2, 2)], overwritten.WINDOWS),
        ([(1, 0), (2, 2)], None),
        ([(1, 0)], None),
        ([(1, 0), (1, 1)], None),
        ([], None),
    ],
)
def test_windows_that_overwrite_each_other(lost, text, scale):
    ours = WINDOWS.copy()
    for at in lost:
        ours[at] = 0
    wrong = view([1], [1], jac=scale * WINDOWS, ours=scale * ours, out=np.zeros((1, 3)), n=1)
    assert overwritten._kept(wrong) == text
    assert overwritten._several(wrong) == (len({i for i, _ in lost}) > 1)


def test_contributions_that_are_others_or_too_many():
    def kept(ours, out=(1, 3)):
        return overwritten._kept(view([1], [1], jac=WINDOWS, ours=ours, out=np.zeros(out), n=1))

    ours = np.where([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 0]], 0, WINDOWS)
    assert kept(ours) == overwritten.WINDOWS
    assert kept(2 * ours) is None
    assert kept(ours + np.outer([1, 0, 0, 0], [0, 0, 1])) is None
    assert kept(ours, (3,)) is None, "outputs of one axis have no windows"


@pytest.mark.parametrize(
    ("kept", "text"),
    [
        ((0, 1), "first position along axis 0"),
        ((2, 3), "last position along axis 0"),
        ((1, 3), "last position along axis 1"),
    ],
)
def test_one_position_of_the_output(kept, text):
    jac = np.array([[1.0, 2, 3, 4]])
    ours = np.zeros((1, 4))
    ours[0, list(kept)] = jac[0, list(kept)]
    assert text in overwritten._kept(view([1], [1], jac=jac, ours=ours, out=np.zeros((2, 2))))


POOL = np.zeros((6, 2))
POOL[1, 0] = POOL[3, 1] = 1  # of the windows 0 to 2 and 3 to 5 one entry each, the second and the first
IN_WINDOW = np.kron(np.eye(2), np.ones((3, 1)))


@pytest.mark.parametrize(
    ("ours", "code"),
    [
        (IN_WINDOW, "MASK_MISSING"),
        (IN_WINDOW - POOL, "MASK_INVERTED"),
        (POOL + 0.2 * (IN_WINDOW - POOL), "MASK_LEAK"),
        (IN_WINDOW / 3, supports.SPREAD),
        (POOL, None),
        (POOL + 2 * (IN_WINDOW - POOL), None),
        (2 * POOL + 0.2 * (IN_WINDOW - POOL), None),
        (POOL[::-1], None),
    ],
)
@pytest.mark.parametrize("level", [1.0, 4.0])
def test_outputs_that_take_one_entry_of_a_window(ours, code, level):
    assert supports._selection(view([1], [1], jac=level * POOL, ours=level * ours)) == code


def test_windows_whose_choice_does_not_vary():
    same = np.zeros((6, 2))
    same[0, 0] = same[3, 1] = 1
    assert supports._selection(view([1], [1], jac=same, ours=IN_WINDOW)) is None
    assert supports._selection(view([1], [1], jac=POOL[:2], ours=POOL[:2])) is None, "as many outputs as entries"
    assert supports._selection(view([1], [1], jac=2 * POOL + IN_WINDOW, ours=IN_WINDOW)) is None


G = np.array([0.0, 0, 0, 1, 2, 3])


@pytest.mark.parametrize(
    ("a", "code"),
    [
        ([4.0, 5, 6, 1, 2, 3], "MASK_MISSING"),
        ([4.0, 5, 6, 0, 0, 0], "MASK_INVERTED"),
        ([4.0, 5, 0, 1, 2, 3], None),
        ([4.0, 5, 6, 1, 2, 0], None),
        ([0.0, 0, 0, 0, 0, 0], None),
    ],
)
def test_zeros_of_the_numeric_gradient(a, code):
    told = supports.zeros([view(a, G)])
    assert (told and told.code) == code


def test_zeros_on_too_few_entries():
    assert supports.zeros([view([4.0, 5, 1, 2, 3], G[1:])]) is None
    assert supports.zeros([view([4.0, 5, 6, 1, 2], G[:-1])]) is None


def test_interval_of_wrong_entries():
    def told(a, x):
        return supports.intervals([view(a, np.ones(6), x=x, kind="loss")])

    found = told([2, 2, 2, 1, 1, 1], [1.0, 2, 3, 4, 5, 6])
    assert found.code == "MASK_WRONG"
    assert "where |W| lies between 1 and 3: a threshold" in found.message
    assert told([2, 2, 2, 1, 1, 1], [1.0, 2, 4, 4, 5, 6]) is None, "a right one at its end"
    assert told([2, 2, 1, 1, 1, 1], [1.0, 2, 3, 4, 5, 6]) is None, "two are too few"
    assert "where W lies between -1 and 2" in told([2, 2, 2, 1, 1, 1], [-1.0, 1, 2, -2, -3, -1.5]).message
