"""Normalisation along the wrong axes and by groups of channels: which axes are told, and to which limits."""

import numpy as np
import pytest

from gradcheck.diagnosis.families import norm
from tests.gradcheck.views_by_hand import view

RNG = np.random.default_rng(8)


def normalised(shape, axes):
    """x, its xhat, and a gradient as of a normalisation: no mean and no slope by xhat along the axes."""
    x, g = RNG.standard_normal(shape), RNG.standard_normal(shape)
    xhat = (x - x.mean(axes, keepdims=True)) / x.std(axes, keepdims=True)
    g = g - g.mean(axes, keepdims=True)
    return x, xhat, g - (g * xhat).mean(axes, keepdims=True) * xhat


def along(shape, *axes):
    """Numbers that vary along these axes alone."""
    return RNG.standard_normal([n if k in axes else 1 for k, n in enumerate(shape)])


@pytest.mark.parametrize("varies", [(1, 2), (0, 1)])
def test_sum_over_one_of_two_axes(varies):
    x, _, g = normalised((4, 3, 5), (0, 2))
    told = norm.explain([view(g + along(x.shape, *varies), g, x=x)])
    assert (told.code, told.evidence) == ("WRONG_AXIS", {"axes": (0, 2)})
    assert told.message == "a sum is taken over other axes than axes (0, 2)"
    assert norm.explain([view(g + along(x.shape, 0, 1, 2), g, x=x)]) is None


def test_sum_over_one_of_three_axes_and_over_few_places():
    x, _, g = normalised((3, 2, 4, 5), (0, 2, 3))
    for varies in ((0, 1, 3), (0, 1, 2), (1, 2, 3), (0, 1), (1, 2)):
        wrong = view(g + along(x.shape, *varies), g, x=x)
        assert norm._over_others([wrong], (0, 2, 3)) is not None
    x, _, g = normalised((2, 3, 5), (0, 2))
    few = view(g + along(x.shape, 1, 2), g, x=x)
    assert norm._over_others([few], (0, 2)) is None, "two places are half of anything"
    other_x, _, other_g = normalised((3, 3, 5), (0, 2))
    enough = view(other_g + along(other_x.shape, 1, 2), other_g, x=other_x)
    assert norm._over_others([enough], (0, 2)) is not None
    assert norm._over_others([enough, few], (0, 2)) is None
    anything = view(other_g + along(other_x.shape, 0, 1, 2), other_g, x=other_x)
    assert norm._over_others([enough, anything], (0, 2)) is None


@pytest.mark.parametrize(("channels", "groups"), [(4, 2), (9, 3), (8, 4), (6, 3)])
def test_terms_by_groups_of_channels(channels, groups):
    shape, split = (2, channels, 5), (2, groups, channels // groups, 5)
    x, xhat, g = normalised(split, (2, 3))
    a = g + along(split, 0, 1) + along(split, 0, 1) * xhat
    told = norm.explain([view(a.reshape(shape), g.reshape(shape), x=x.reshape(shape))])
    assert (told.code, told.also[0].code) == ("BN_VAR_TERM", "BN_MEAN_TERM")
    for one in (told, *told.also):
        assert one.message.endswith(f"(of x as (N, {groups} groups, {channels // groups} channels of a group, ...))")
    a = g + along(split, 0, 1, 3)
    told = norm.explain([view(a.reshape(shape), g.reshape(shape), x=x.reshape(shape))])
    assert told is None or told.code == "WRONG_AXIS"
    assert (told is None) == (channels // groups < 3)


def test_no_groups():
    split = (3, 2, 3, 4)
    x, _, g = normalised(split, (2, 3))
    a = g + along(split, 0, 1)

    def told(shape, kind="layer", lifted=False):
        arrays = [t.reshape(shape) for t in (a, g, x)]
        return norm._by_groups([view(arrays[0], arrays[1], x=arrays[2], kind=kind, lifted=lifted)], norm._told)

    assert told((3, 6, 4)) is not None
    assert told((3, 6, 2, 2)) is not None
    assert told((3, 24)) is None, "images and sequences alone"
    assert told((3, 6, 4), kind="loss") is None
    assert told((3, 6, 4), lifted=True) is None
    flat = view(a.reshape(3, 24), g.reshape(3, 24), x=x.reshape(3, 24))
    whole = view(a.reshape(3, 6, 4), g.reshape(3, 6, 4), x=x.reshape(3, 6, 4))
    assert norm._by_groups([whole, flat], norm._told) is None
    other = view(np.ones((2, 5, 4)), np.ones((2, 5, 4)))
    assert norm._by_groups([whole, other], norm._told) is None, "five channels are no two groups"


def test_all_probes_are_normalised_along_the_same_axes():
    x, _, g = normalised((5, 4), 0)
    y, _, h = normalised((6, 4), 1)
    here, there = view(g + along(x.shape, 1), g, x=x), view(h + along(y.shape, 0), h, x=y)
    assert list(norm._normalised([here])) == [(0,)]
    assert list(norm._normalised([there])) == [(1,)]
    assert list(norm._normalised([here, there])) == []
    assert list(norm._axes(view(np.ones((2, 3, 4)), np.ones((2, 3, 4))))) == [
        (0,), (1,), (2,), (0, 1), (0, 2), (1, 2),
    ]  # fmt: skip
    right = view(g, g, x=x)
    assert norm._told([right], (0,)) is None
    slopes = [view(g + k * norm._xhat(right, (0,)), g, x=x) for k in (2, 3)]
    assert norm._told(slopes, (0,)).evidence["slopes"] == pytest.approx([2] * 4), "those of the first probe"
    x, xhat, g = normalised((5, 7), 0)
    assert len(norm._told([view(g + 2 * xhat, g, x=x)], (0,)).evidence["slopes"]) == 5


UP, ODD = np.array([[-1.0], [1], [-1], [1]]), np.array([[1.0], [1], [-1], [-1]])  # of mean 0, and at right angles


def test_inputs_less_their_mean_over_their_spread():
    assert norm._xhat(view(ODD, ODD, x=3 * UP + 5), (0,)).ravel() == pytest.approx(UP.ravel())
    assert norm._xhat(view(ODD, ODD, x=1e-6 * UP), (0,)).ravel() == pytest.approx(UP.ravel() / 2**0.5)
    assert not norm._xhat(view(ODD, ODD, x=0 * UP + 5), (0,)).any()


@pytest.mark.parametrize(
    ("g", "x", "found"),
    [
        (ODD + 0.49e-6, UP, True),  # 1e-6 of what four of its largest entry may add up to
        (ODD + 0.51e-6, UP, False),
        (ODD - 0.51e-6, UP, False),
        (ODD + 0.0100 * UP, UP, True),  # 2e-2 of it
        (ODD + 0.0102 * UP, UP, False),
        (ODD - 0.0102 * UP, UP, False),
        ([[1.0], [-2], [1]], [[-1.0], [0], [1]], True),
        ([[0.0], [0]], [[-1.0], [1]], False),
    ],
)
def test_gradient_that_does_not_feel_a_shift_or_a_scale(g, x, found):
    assert norm._normalises(view(g, g, x=x), (0,)) is found


@pytest.mark.parametrize(
    ("rest", "mean", "e", "codes"),
    [
        (0.9e-5, 2, 0, ("BN_MEAN_TERM",)),
        (1.1e-5, 2, 0, ()),
        (1.98e-4, 2, 4e-5, ("BN_MEAN_TERM",)),
        (2.02e-4, 2, 4e-5, ()),
        (0.9e-3, 2, 1, ("BN_MEAN_TERM",)),
        (1.1e-3, 2, 1, ()),
        (0, 0.9e-5, 0, ()),
        (0, 1.1e-5, 0, ("BN_MEAN_TERM",)),
    ],
)
def test_noise_of_a_residual(rest, mean, e, codes):
    wrong = view(4 * (ODD + mean + rest * ODD), 4 * ODD, x=UP, e=e)
    wrong.size = 4.0
    assert norm._terms(wrong, (0,)) == codes


def test_noise_of_a_slope():
    for slope, codes in ((0.9e-5, ()), (-1.1e-5, ("BN_VAR_TERM",))):
        wrong = view(ODD + slope * UP, ODD, x=UP, e=0)
        wrong.size = 1.0
        assert norm._terms(wrong, (0,)) == codes


def crossed(shape, axis, gamma=None, bend=0.0, atoms=()):
    """A residual of a mean over one axis in the place of one over `axis`, over the spread; with gamma before it."""
    x, _, g = normalised(shape, axis)
    factor = (1 if gamma is None else gamma) / x.std(axis, keepdims=True)
    r = factor * (along(shape, 0) - along(shape, 1))
    r[0, 0] += bend * np.abs(r).max()
    known = [] if gamma is None else [("gamma", gamma)]
    v = view(g + r, g, x=x, n=shape[0], atoms=[*known, *atoms])
    v.size = np.abs(r).max()
    return v


GAMMA = np.array([0.5, 2, -1, 3, 0.7, 1.5])


def test_mean_over_the_other_axis():
    for axis in (0, 1):
        told = norm.explain([crossed((5, 6), axis)])
        assert (told.code, told.evidence) == ("WRONG_AXIS", {"axes": (axis,)})
        assert told.message == f"a mean is taken over another axis than axis {axis}"
    assert norm._crossed(crossed((4, 4), 0), (0,)), "four rows and columns are enough"
    assert norm._crossed(crossed((5, 6), 0, bend=1e-5), (0,))
    assert not norm._crossed(crossed((5, 6), 0, bend=1e-2), (0,))
    assert not norm._crossed(crossed((3, 6), 0), (0,))
    assert not norm._crossed(crossed((6, 3), 0), (0,))
    x, _, g = normalised((5, 6, 1), 0)
    assert not norm._crossed(view(g, g, x=x), (0,))
    right, wrong = crossed((5, 6), 0), crossed((5, 6), 0, bend=0.1)
    assert norm.explain([right, wrong]) is None


def test_mean_over_the_other_axis_before_gamma():
    others = [("zero", np.zeros(6)), ("dout", RNG.standard_normal((5, 6)) + 9), ("short", np.ones(5))]
    assert norm._crossed(crossed((5, 6), 0, GAMMA, atoms=others), (0,))
    unknown = crossed((5, 6), 0, GAMMA)
    unknown.run.known_arrays = []
    assert not norm._crossed(unknown, (0,))
    x, _, g = normalised((5, 6), 1)
    r = GAMMA / x.std(0) * (along(x.shape, 0) - along(x.shape, 1))
    assert not norm._crossed(view(g + r, g, x=x, atoms=[("gamma", GAMMA)]), (1,)), "gamma is one for each column"


def softmax(x, axis):
    e = np.exp(x)
    return e / e.sum(axis, keepdims=True)


@pytest.mark.parametrize("right", [0, 1, 2])
@pytest.mark.parametrize("wrong", [0, 1, 2, None])
def test_softmax_with_its_sum_over_another_axis(right, wrong):
    p, dout = softmax(RNG.standard_normal((2, 3, 4)), right), RNG.standard_normal((2, 3, 4))

    def by(axis, p=p):
        return p * (dout - (p * dout).sum(axis, keepdims=True))

    a, g = by(wrong), by(right)
    told = norm.explain([view(a, g, out=p, dout=dout)])
    if right == wrong:
        assert told is None
        return
    assert told.code == "WRONG_AXIS"
    over = "all" if wrong is None else wrong
    assert told.message == f"the sum of dout * out is taken over axis {over} instead of {right}"
    seen = view(a, g, out=p, dout=dout)
    assert norm._softmax_layer([seen, view(g, g, out=p, dout=dout)]) is None
    assert norm._softmax_layer([seen, view(a, a + 1, out=p, dout=dout)]) is None
    assert norm._softmax_layer([view(a, g, out=p[0], dout=dout[0])]) is None
    assert norm._softmax_layer([view(a, g, out=p, dout=dout, lifted=True)]) is None
    assert norm._softmax_layer([view(a, g + 1e-5, out=p, dout=dout)]) is None
