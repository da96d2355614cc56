"""Column updates become gradients with bounds: the Richardson pair, rounding, kinks within a step, the penalty."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.numeric import net_gradients
from gradcheck.numeric.column_updates import Net
from gradcheck.numeric.recognised_nets import Recognised, _strength

EPS = 2.0**-52
NET = SimpleNamespace(hidden=("W", "c"), last=("V", "b"), layers=lambda params: (0, 0, "scores"))
ONE = np.array([1.0])


def found(monkeypatch, wide=1.0, wide_bend=0.0, narrow=1.0, bend=0.0, noise=0.0, name="c", strength=0.0, p=1.0):
    """(value, bound) of one parameter whose slopes and bends by steps of 0.5 and 0.25 are these."""
    given = {0.5: (wide * ONE, wide_bend * ONE), 0.25: (narrow * ONE, bend * ONE)}
    monkeypatch.setattr(net_gradients, "slopes_and_bends", lambda net, params, step: {name: given[step]})
    monkeypatch.setattr(net_gradients, "rounding", lambda net, scores: noise * 0.5 if scores == "scores" else None)
    value, bound = net_gradients.gradients(Recognised(NET, strength), {name: p * ONE}, 0.5)[name]
    return value.item(), bound.item()


def test_value_and_bound_of_column_updates(monkeypatch):
    assert found(monkeypatch, wide=1.5, narrow=3.0) == (3.5, 0.5)
    assert found(monkeypatch, wide=3.0, narrow=1.5) == (1.0, 0.5)
    assert found(monkeypatch, wide=1.5, narrow=3.0, noise=0.25) == (3.5, 0.75), "rounding is divided by the step"
    value, bound = found(monkeypatch, wide=np.nan)
    assert np.isnan(value)
    assert bound == np.inf


@pytest.mark.parametrize(
    ("wide_bend", "bend", "noise", "bound"),
    [
        (1.0, 0.61, 0.0, 0.61), (1.0, -0.61, 0.0, 0.61), (-1.0, 0.61, 0.0, 0.61), (1.0, 0.59, 0.0, 0.0),
        (-1.0, -0.59, 0.0, 0.0), (0.0, 2.1, 0.1, 2.2), (0.0, 1.9, 0.1, 0.1), (0.0, 0.0, 0.0, 0.0),
    ],
)  # fmt: skip
def test_a_kink_within_the_step_is_a_part_of_the_bound(monkeypatch, wide_bend, bend, noise, bound):
    assert found(monkeypatch, 1.0, wide_bend, 1.0, bend, noise) == (1.0, pytest.approx(bound))


@pytest.mark.parametrize(("name", "value"), [("W", 1 + 2 * 0.5 * 3), ("V", 4.0), ("c", 1.0), ("b", 1.0)])
def test_the_penalty_is_that_of_the_weights(monkeypatch, name, value):
    assert found(monkeypatch, name=name, strength=0.5, p=3.0) == (value, 0.0)


def a_net(row_loss, divisor=2.0):
    return Net(None, None, ("W", "c"), None, ("V", "b"), row_loss, divisor)


def test_rounding_of_the_rows_of_a_loss():
    given = np.array([-3.0, 0, 0.5])
    apart = net_gradients.rounding(a_net(lambda s, _: given), np.ones((2, 3)))
    assert apart == 8 * EPS * (3 + 0 + 1) / 2, "a positive row counts as 1 at least"
    assert net_gradients.rounding(a_net(lambda s, _: 8 + given), np.ones((2, 3))) == 8 * EPS * 21.5 / 2


def test_rounding_of_the_scores():
    moved = net_gradients.rounding(a_net(lambda s, _: s[0] - 1, divisor=4.0), np.array([[1.0, 2]]))
    assert moved == (8 * EPS * 1 + 2 * (1 + 2) * EPS) / 4, "the row of 0 moves, too"
    rng = np.random.default_rng(5)
    both = max(abs(rng.choice((-1.0, 1.0), (1, 2)).sum()) for _ in range(4))
    difference = net_gradients.rounding(a_net(lambda s, _: s[0] + s[1] - 2), np.array([[1.0], [1.0]]))
    assert difference == 2 * both * EPS / 2 == 2 * EPS


def strength(first, second, squares=(5.0, 20.0), data=(1.0, 2.0)):
    """Of a net with the data losses 1 and 2 at two spots, where the weights' squares are 5 and 20; loss at both."""
    at = [{"W": np.array([[1.0]]) * scale, "V": np.array([[2.0]]) * scale, "c": 9 * ONE} for scale in (1, 2)]
    at = [{**p, "W": p["W"] * (squares[0] > 0), "V": p["V"] * (squares[0] > 0)} for p in at]
    losses = {id(p): loss for p, loss in zip(at, data, strict=True)}
    net = SimpleNamespace(hidden=("W", "c"), last=("V",), divisor=2.0, layers=lambda p: (0, 0, losses[id(p)]),
                          losses=lambda s: np.array([s, s]))  # fmt: skip
    return _strength(net, list(zip(at, (first, second), strict=True)))


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (1.0, 2.0, 0.0), (1 + 0.9e-11, 2 - 1.9e-11, 0.0), (1 - 1.1e-11, 2.0, None), (1 + 1.1e-11, 2 + 4.4e-11, 2.2e-12),
        (2.0, 6.0, 0.2), (2.0, 6 + 5.9e-10, 0.2), (2.0, 6 + 6.1e-10, None), (2.0, 6 - 6.1e-10, None),
        (2.0, 2.0, None), (0.0, -2.0, None),
    ],
)  # fmt: skip
def test_strength_of_a_penalty(first, second, expected):
    found = strength(first, second)
    assert found == (expected if expected in (None, 0.0) else pytest.approx(expected, rel=1e-5, abs=0))


def test_strength_where_there_is_little_to_compare():
    assert strength(2.0, 6.0, squares=(0.0, 0.0)) is None, "no weights that could explain it"
    assert strength(0.9e-14, -0.9e-14, data=(0.0, 0.0)) == 0.0, "a loss of 0 is compared to 1e-14"
    assert strength(-1.1e-14, 0.0, data=(0.0, 0.0)) is None
