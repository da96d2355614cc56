"""Intervals, tests, budget curve and shares against hand-worked values, SciPy, and brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from bench.solvers.statistics import (
    dolan_more,
    expected_best,
    interval_ranks,
    median_interval,
    share_reached,
    variance_parts,
    wins,
)  # fmt: skip

SCORES = st.lists(st.floats(0.01, 100), min_size=1, max_size=9)


@pytest.mark.parametrize(("n", "k", "coverage"), [(6, 1, 0.96875), (10, 2, 0.978515625), (20, 6, 0.9586105346679688)])
def test_ranks_of_the_interval(n: int, k: int, coverage: float) -> None:
    assert interval_ranks(n) == (k, pytest.approx(coverage, abs=1e-12))


@pytest.mark.parametrize(
    ("n", "level", "k", "coverage"),
    [(4, 0.3, 2, 0.375), (4, 0.375, 2, 0.375), (4, 0.376, 1, 0.875), (2, 0.5, 1, 0.5), (1, 0.95, 0, 0),
     (0, 0.95, 0, 0)],
)  # fmt: skip
def test_ranks_of_the_interval_at_another_level(n: int, level: float, k: int, coverage: float) -> None:
    """By hand from the sixteen patterns of four signs; a level that is just met is met."""
    assert interval_ranks(n, level) == (k, coverage)


@pytest.mark.parametrize(
    ("n", "k", "weight"),
    [
        (6, 1, 5 * 0.1 / (1 + 4 * 0.1)),
        (10, 2, 8 * 0.32444 / (2 + 6 * 0.32444)),
        (20, 6, 14 * 0.11646 / (6 + 8 * 0.11646)),
    ],
)
def test_bounds_of_the_interval_lie_between_two_order_statistics(n: int, k: int, weight: float) -> None:
    """Hettmansperger and Sheather's weights by hand: of six, (.96875 - .95) / (.96875 - .78125) = .1 of the way."""
    shuffled = np.random.default_rng(n).permutation(np.arange(1, n + 1))
    found = median_interval(list(shuffled))
    assert found.median == (n + 1) / 2
    assert found.low == pytest.approx(k + weight, abs=1e-4)
    assert found.high == pytest.approx(n + 1 - k - weight, abs=1e-4)


@pytest.mark.parametrize(
    ("n", "level", "outwards"),
    [(4, 0.5, 1 + 0.9), (4, 0.3, 2), (5, 0.5, 2)],  # 3 * .75 / (1 + 2 * .75) of the way; the second value of each
)
def test_bounds_at_another_level_never_cross_the_middle(n: int, level: float, outwards: float) -> None:
    """Of four values ten apart the extremes cover .875, the two within .375; within those of five is the median."""
    found = median_interval([10.0 * i for i in range(1, n + 1)], level)
    assert found == pytest.approx((5 * (n + 1), 10 * outwards, 10 * (n + 1 - outwards), level))


def test_five_seeds_are_too_few() -> None:
    assert interval_ranks(5) == (0, pytest.approx(0.9375))
    assert math.isnan(median_interval([1, 2, 3, 4, 5]).low)


@pytest.mark.parametrize("n", [6, 10, 20])
def test_the_interval_covers_as_it_says(n: int) -> None:
    samples = np.random.default_rng(n).exponential(size=(4000, n))
    found = [median_interval(one) for one in samples]
    assert np.mean([one.low <= math.log(2) <= one.high for one in found]) == pytest.approx(0.95, abs=0.012)


def test_misses_are_infinite_and_stay_in_the_median() -> None:
    found = median_interval([10, 20, 30, math.inf, math.inf, math.inf])
    assert (found.median, found.high) == (math.inf, math.inf)
    assert 10 < found.low < 20
    assert median_interval([10, 20, 30, 40, 50, math.inf]).median == 35
    assert median_interval([math.inf] * 6)[:3] == (math.inf,) * 3


def test_a_bound_between_a_number_and_a_miss_is_the_outer_one() -> None:
    found = median_interval([10, 20, 30, 40, 50, math.inf])
    assert found.high == math.inf
    assert median_interval([10, *[math.inf] * 5]).low == 10


def test_the_median_is_the_middle_or_the_mean_of_the_two_in_the_middle() -> None:
    assert median_interval([1.5e308] * 2).median == 1.5e308  # whose sum is none
    assert [median_interval(values).median for values in ([7], [9, 1], [9, 1, 4], [9, 1, 2, 4])] == [7, 5, 4, 3]


@pytest.mark.parametrize("values", [[1.0, math.nan], []])
@pytest.mark.parametrize("function", [median_interval, expected_best])
def test_nan_and_nothing_are_refused(function, values: list[float]) -> None:
    with pytest.raises(ValueError, match=r"values is \[.*\]; expected at least one number and no NaN"):
        function(values)


@given(SCORES)
def test_expected_best_against_all_subsets(values: list[float]) -> None:
    curve = expected_best(values)
    for k in range(1, len(values) + 1):
        every = [min(chosen) for chosen in itertools.combinations(values, k)]
        assert curve[k - 1] == pytest.approx(np.mean(every))


def test_expected_best_with_a_trial_that_failed() -> None:
    assert list(expected_best([3, math.inf, 1])) == [math.inf, pytest.approx(5 / 3), 1]


def test_share_reached() -> None:
    t, share = share_reached([[1, 4], [4, math.inf]])
    assert list(t) == [1, 4]
    assert list(share) == [0.25, 0.75]
    with pytest.raises(ValueError, match="times is empty; expected one for each seed and target"):
        share_reached([])


def test_performance_profile_by_hand() -> None:
    tau, shares, area = dolan_more([[10, 30, math.inf], [20, 10, math.inf]], limit=4)
    assert shares[0][0] == pytest.approx(1 / 3)  # fastest on one of three; the third nobody solved
    assert shares[0][-1] == pytest.approx(2 / 3)
    assert shares[0][np.searchsorted(tau, 2.9)] == pytest.approx(1 / 3)
    assert area[1] > area[0]


def test_performance_profile_runs_from_one_to_its_limit_evenly_in_the_logarithm() -> None:
    """Alone, the third of three instances takes 3 times the best: a share of 1/3 more from there on."""
    tau, shares, area = dolan_more([[10, 30, 20], [20, 10, 10]])
    assert (len(tau), tau[0], tau[-1]) == (200, 1, pytest.approx(4))
    assert np.diff(np.log(tau)) == pytest.approx(math.log(4) / 199)
    steps = [math.log(2) / math.log(4), math.log(3) / math.log(4)]
    assert area == pytest.approx([1 - (sum(steps)) / 3, 1 - steps[0] / 3], abs=1 / 199)
    np.testing.assert_array_equal(shares[0], (1 + (tau >= 2) + (tau >= 3)) / 3)
    assert len(dolan_more([[1.0]], points=3)[0]) == 3


@pytest.mark.parametrize("times", [[[0.0, 1.0]], [[math.nan, 1.0]], [1.0, 2.0], [[]], [[[1.0]]]])
def test_a_profile_of_anything_but_positive_times_is_refused(times: list) -> None:
    with pytest.raises(ValueError, match=r"times has shape \(.*\); expected positive times \(solvers, instances\)"):
        dolan_more(times)


def test_wins_leave_ties_out() -> None:
    found = wins([1, 2, 3, math.inf, 5], [2, 3, 1, math.inf, math.inf])
    assert found[:3] == (3, 1, 1)
    assert found.share == 0.75
    assert found.low < 0.5 < found.high
    assert wins([math.inf], [math.inf])[:4] == (0, 0, 1, 0.5)


def test_the_interval_of_wins_by_hand() -> None:
    """Clopper and Pearson: of two, one was won, so the bounds solve 1 - (1 - low)^2 = 0.025 and high^2 = 0.975."""
    assert wins([1, 2], [2, 1]) == (1, 1, 0, 0.5, pytest.approx(1 - math.sqrt(0.975)), pytest.approx(math.sqrt(0.975)))
    assert wins([1, 1], [2, 2]) == (2, 0, 0, 1, pytest.approx(math.sqrt(0.025)), 1)
    assert wins([], []) == (0, 0, 0, 0.5, 0, 1)
    with pytest.raises(ValueError, match="zip"):
        wins([1, 2], [1])


def test_parts_of_the_variance_by_hand() -> None:
    """Logs [[1, 3], [5, 7]] and [[2, 2], [4, 8]]: mean squares 0 of draws, 16 of seeds, 3 of runs."""
    logs = np.array([[[1.0, 3.0], [5.0, 7.0]], [[2.0, 2.0], [4.0, 8.0]]])
    assert variance_parts(np.exp(logs)) == pytest.approx((0, 6.5 / 9.5, 3 / 9.5))
    apart = logs + np.array([0.0, 10.0])[:, None, None]  # draws 4 and 14: mean square 200
    whole = (200 - 16) / 4 + 13 / 2 + 3
    assert variance_parts(np.exp(apart)) == pytest.approx((46 / whole, 6.5 / whole, 3 / whole))


@pytest.mark.parametrize("spread", [1.0, 0.1])
def test_parts_of_the_variance_where_all_numbers_differ(spread: float) -> None:
    """Three draws 5 apart of three tuning seeds 3 apart of four runs 1 off: mean squares 300, 36 and 4 / 3.

    So the parts are (300 - 36) / 12, (36 - 4 / 3) / 4 and 4 / 3, whatever the scale of the logarithms. With tuning
    seeds that are alike they are 300 / 12, none (not a negative one), and 4 / 3.
    """
    draws, seeds, runs = np.array([-5.0, 0, 5]), np.array([-3.0, 0, 3]), np.array([-1.0, -1, 1, 1])
    logs = draws[:, None, None] + seeds[:, None] + runs
    assert variance_parts(np.exp(spread * logs)) == pytest.approx((22 / 32, 26 / 96, 4 / 96))
    alike = draws[:, None, None] + 0 * seeds[:, None] + runs
    assert variance_parts(np.exp(spread * alike)) == pytest.approx((75 / 79, 0, 4 / 79))


def test_parts_of_the_variance_without_tuning_seeds() -> None:
    """Logs [0, 2] and [4, 6]: mean squares 16 of draws and 2 of runs, so 7 and 2."""
    draw, seed, run = variance_parts(np.exp([[[0.0, 2.0]], [[4.0, 6.0]]]))
    assert (draw, run) == pytest.approx((7 / 9, 2 / 9))
    assert math.isnan(seed)
    assert all(map(math.isnan, variance_parts([[[2.0, 2.0]], [[2.0, 2.0]]])))
    draw, _, run = variance_parts(np.exp([[[0.0, 4.0]], [[1.0, 5.0]]]))  # mean squares 1 and 8: no part is negative
    assert (draw, run) == (0, 1)
    draw, _, run = variance_parts(np.exp([[[0.0, 2.0]], [[4.0, 6.0]], [[8.0, 10.0]]]))  # 32 and 2: 15 and 2
    assert (draw, run) == pytest.approx((15 / 17, 2 / 17))


@pytest.mark.parametrize(
    "table",
    [
        [],
        [[], []],
        [[[1.0, 2.0]]],
        [[[1.0]], [[2.0]]],
        [[[1.0, 2.0]], [[1.0, 2.0, 3.0]]],
        [[[1.0, 2.0]], [[1.0, 2.0], [1.0, 2.0]]],
        [[[1.0, 2.0], [1.0]], [[1.0, 2.0], [1.0]]],
        *([[[1.0, 2.0]], [[1.0, wrong]]] for wrong in (math.inf, math.nan, 0.0, -1.0)),
    ],
)
def test_a_table_without_parts_is_refused(table: list[list[list[float]]]) -> None:
    with pytest.raises(ValueError, match="table h"):
        variance_parts(table)
