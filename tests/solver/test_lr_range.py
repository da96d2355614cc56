"""The learning-rate range test on losses that are written down: rates, averages, the end and the suggestion by hand."""

import math

import numpy as np
import pytest
from solver_cases import CourseNet, softmax_data

import solver
from solver.lr_range import _steepest


class Scripted(CourseNet):
    """A model whose training losses are given, one a step."""

    script: list[float]

    def loss(self, X, y=None):
        if y is None:
            return super().loss(X)
        value = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        return value, {name: np.zeros_like(array) for name, array in self.params.items()}


def ranged(script, **settings):
    model = Scripted()
    model.script = list(script)
    return solver.lr_range_test(model, softmax_data(), **settings)


def test_the_rates_of_a_run_without_settings():
    found = ranged([1.0])
    assert len(found.learning_rates) == len(found.losses) == len(found.smoothed) == 200
    assert found.learning_rates[0] == 1e-6
    assert found.learning_rates[-1] == pytest.approx(10.0)
    np.testing.assert_allclose(np.diff(np.log(found.learning_rates)), math.log(1e7) / 199)
    np.testing.assert_allclose(found.smoothed, 1.0, rtol=1e-12)
    assert found.suggestion is None


def test_the_average_is_exponential_and_without_the_bias_of_its_start():
    found = ranged([1.0, 2.0, 4.0], steps=3)
    assert found.losses == [1, 2, 4]
    weights = [[1], [0.9, 1], [0.81, 0.9, 1]]
    wanted = [np.average(found.losses[: i + 1], weights=w) for i, w in enumerate(weights)]
    assert found.smoothed == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("unit", [0.5, 1.0, 2.0])
def test_it_ends_at_four_times_the_best_average(unit):
    """Constant 1, then one high loss: after k ones the average is 1 + (L - 1) / (1 + 0.9 + ... + 0.9^k)."""
    share = 1 / sum(0.9**i for i in range(6))
    just = 1 + 3 / share
    assert len(ranged([unit * loss for loss in [1.0] * 5 + [just - 1e-6, 1.0]], steps=12).losses) == 12
    found = ranged([unit * loss for loss in [1.0] * 5 + [just + 1e-6, 1.0]], steps=12)
    assert len(found.losses) == 6
    assert found.smoothed[-1] == pytest.approx(4 * unit, rel=1e-6)


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_it_ends_where_the_loss_is_no_longer_finite(bad):
    found = ranged([3.0, 2.0, bad, 1.0], steps=12)
    assert found.losses == [3, 2]
    assert len(found.learning_rates) == len(found.smoothed) == 2


def test_the_suggestion_is_where_the_average_falls_fastest_before_its_least():
    losses = [10.0] * 6 + [2.0] + [1.9] * 6 + [7.0]
    found = ranged(losses, steps=len(losses))
    slopes = np.gradient(np.array(found.smoothed), np.log(found.learning_rates))
    end = int(np.argmin(found.smoothed)) + 1
    assert found.suggestion in found.learning_rates[5:8]
    assert found.suggestion == found.learning_rates[int(np.argmin(slopes[: end - 1]))]


@pytest.mark.parametrize(
    ("losses", "suggests"),
    [([3.0, 2.0], False), ([3.0, 2.0, 1.0], True), ([1.0, 2.0, 3.0], False), ([1.0, 1.0 - 1e-7, 1.0 - 2e-7], False),
     ([1.0, 1.0 - 1e-4, 1.0 - 2e-4], True), ([2.0, 3.0, 1.0, 1.0], True)],
)  # fmt: skip
def test_a_rate_is_suggested_only_where_the_loss_fell(losses, suggests):
    assert (ranged(losses, steps=len(losses)).suggestion is not None) == suggests


@pytest.mark.parametrize(
    ("smoothed", "rate"),
    [
        ([2.0, 2.0 - 1e-6, 2.0 - 1.5e-6], None),
        ([2.0, 2.0 - 1e-6, 2.0 - 2.5e-6], 8.0),
        ([1.0, 2.0, 1.0 - 1.5e-6], 8.0),
        ([2.0, 1.0, 2.0 - 1.5e-6], None),
        ([1.0, 1.0 - 1e-6, 1.0 - 1.5e-6, 3.9], 2.0),
        ([-2.0, -2.5, -4.0, -5.0, -5.0, -1.0], 8.0),
        ([-2.0, -2.0 - 1e-6, -2.0 - 1.5e-6], None),
        ([5.0, 3.0, 2.5, 2.0], 2.0),
    ],
)
def test_the_steepest_fall_by_hand(smoothed, rate):
    """Rates 2, 4, 8, ...: slopes at the ends are differences, between them their means; a millionth is no fall."""
    assert _steepest([2.0 ** (k + 1) for k in range(len(smoothed))], smoothed) == rate


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"lo": 1.0, "hi": 1.0}, "lo and hi must be learning rates with 0 < lo < hi; got lo=1.0, hi=1.0."),
        ({"lo": 2.0, "hi": 1.0}, "got lo=2.0, hi=1.0."),
        ({"lo": 0}, "got lo=0, hi=10.0."),
        ({"hi": math.inf}, "got lo=1e-06, hi=inf."),
        ({"hi": math.nan}, "got lo=1e-06, hi=nan."),
        ({"steps": 1}, "steps must be at least 2; got 1."),
    ],
)
def test_the_range_is_checked(settings, message):
    with pytest.raises(ValueError, match="must be") as raw:
        ranged([1.0], **settings)
    assert str(raw.value).endswith(message)


def test_rates_whose_ratio_is_not_whole():
    assert ranged([1.0], lo=2.0, hi=7.0, steps=3).learning_rates == pytest.approx([2.0, 14**0.5, 7.0], rel=1e-14)


@pytest.mark.parametrize(("given", "rows"), [({}, 100), ({"batch_size": 7}, 7)])
def test_a_hundred_rows_make_a_batch_unless_another_number_is_asked_for(given, rows):
    seen = []

    class Counted(CourseNet):
        def loss(self, X, y=None):
            if y is not None:
                seen.append(len(X))
            return super().loss(X, y)

    solver.lr_range_test(Counted(), softmax_data(), steps=3, **given)
    assert seen[-3:] == [rows] * 3


def test_the_settings_of_the_solver_are_passed_on_and_the_seed_decides():
    def losses(**settings):
        return solver.lr_range_test(CourseNet(), softmax_data(), steps=6, batch_size=10, **settings).losses

    assert losses() == losses(seed=0) != losses(seed=1)
    assert losses(hi=1.0, optim_config={"momentum": 0.5}, update_rule="sgd_momentum") != losses(hi=1.0)
    assert len(solver.lr_range_test(CourseNet(), softmax_data(), steps=2).losses) == 2
