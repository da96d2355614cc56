"""Intervals, tests, budget curve and shares against hand-worked values, SciPy, and brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from bench.solvers.statistics import (
    compare,
    dolan_more,
    expected_best,
    holm,
    interval_ranks,
    median_interval,
    share_reached,
    signed_rank,
    variance_parts,
    wins,
)  # fmt: skip

SCORES = st.lists(st.floats(0.01, 100), min_size=1, max_size=9)


@pytest.mark.parametrize(("n", "k", "coverage"), [(6, 1, 0.96875), (10, 2, 0.978515625), (20, 6, 0.9586105346679688)])
def test_ranks_of_the_interval(n: int, k: int, coverage: float) -> None:
    assert interval_ranks(n) == (k, pytest.approx(coverage, abs=1e-12))


@pytest.mark.parametrize(
    ("n", "level", "k", "coverage"),
    [(4, 0.3, 2, 0.375), (4, 0.375, 2, 0.375), (4, 0.376, 1, 0.875), (1, 0.95, 0, 0), (0, 0.95, 0, 0)],
)
def test_ranks_of_the_interval_at_another_level(n: int, level: float, k: int, coverage: float) -> None:
    """By hand from the sixteen patterns of four signs; a level that is just met is met."""
    assert interval_ranks(n, level) == (k, coverage)
    if n:
        assert median_interval(range(n), level).coverage == coverage


@pytest.mark.parametrize(("n", "low", "high"), [(6, 1, 6), (10, 2, 9), (20, 6, 15)])
def test_bounds_of_the_interval(n: int, low: int, high: int) -> None:
    shuffled = np.random.default_rng(n).permutation(np.arange(1, n + 1))
    assert median_interval(list(shuffled))[:3] == ((n + 1) / 2, low, high)


def test_five_seeds_are_too_few() -> None:
    assert interval_ranks(5) == (0, pytest.approx(0.9375))
    assert math.isnan(median_interval([1, 2, 3, 4, 5]).low)


def test_coverage_by_simulation() -> None:
    rng = np.random.default_rng(0)
    samples = np.sort(rng.exponential(size=(20000, 10)), axis=1)
    inside = (samples[:, 1] <= math.log(2)) & (math.log(2) <= samples[:, 8])
    assert inside.mean() == pytest.approx(interval_ranks(10)[1], abs=0.004)


def test_misses_are_infinite_and_stay_in_the_median() -> None:
    found = median_interval([10, 20, 30, math.inf, math.inf, math.inf])
    assert (found.median, found.low, found.high) == (math.inf, 10, math.inf)
    assert median_interval([10, 20, 30, 40, 50, math.inf]).median == 35
    assert median_interval([math.inf] * 6)[:3] == (math.inf,) * 3


def test_the_median_is_the_middle_or_the_mean_of_the_two_in_the_middle() -> None:
    assert [median_interval(values).median for values in ([7], [9, 1], [9, 1, 4], [9, 1, 2, 4])] == [7, 5, 4, 3]


@pytest.mark.parametrize("values", [[1.0, math.nan], []])
@pytest.mark.parametrize("function", [median_interval, expected_best])
def test_nan_and_nothing_are_refused(function, values: list[float]) -> None:
    with pytest.raises(ValueError, match=r"values is \[.*\]; expected at least one number and no NaN"):
        function(values)


def test_signed_rank_against_scipy() -> None:
    from scipy.stats import wilcoxon

    for seed in range(20):
        x = np.random.default_rng(seed).normal(0.3, 1, 5 + seed % 12)
        assert signed_rank(x) == pytest.approx(wilcoxon(x, method="exact").pvalue, abs=1e-12)


@given(st.lists(st.integers(-4, 4), min_size=1, max_size=8))
def test_signed_rank_with_ties_against_all_sign_patterns(differences: list[int]) -> None:
    from scipy.stats import rankdata

    kept = [d for d in differences if d]
    if not kept:
        assert signed_rank(differences) == 1
        return
    ranks = rankdata(np.abs(kept))
    seen = min(
        sum(r for r, d in zip(ranks, kept, strict=True) if d > 0),
        sum(r for r, d in zip(ranks, kept, strict=True) if d < 0),
    )
    sums = [
        sum(r for r, s in zip(ranks, signs, strict=True) if s) for signs in itertools.product((0, 1), repeat=len(kept))
    ]
    assert signed_rank(differences) == pytest.approx(min(1, 2 * np.mean([s <= seen for s in sums])))


def test_six_pairs_that_all_agree() -> None:
    assert signed_rank([1, 2, 3, 4, 5, 6]) == 0.03125  # 2 / 2^6: the least that six pairs can give


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    mixed = holm([0.5, math.nan, 0.04])
    assert math.isnan(mixed[1])
    assert [mixed[0], mixed[2]] == pytest.approx([0.5, 0.08])


def test_compare_is_paired() -> None:
    noise = np.exp(np.random.default_rng(0).normal(0, 2, 10))  # seeds differ a hundredfold, solvers by ten per cent
    wobble = np.exp(np.random.default_rng(1).normal(0, 0.01, 10))
    found = compare(1.1 * noise * wobble, noise)
    assert found.ratio == pytest.approx(1.1, rel=0.01)
    assert 1.08 < found.low < found.ratio < found.high < 1.12
    assert found.p == pytest.approx(2 / 2**10)


def test_compare_with_few_pairs_says_only_the_ratio() -> None:
    found = compare([2.0, 2, 2, 2, 2], [1.0, 1, 1, 1, 1])
    assert found.ratio == pytest.approx(2)
    assert all(map(math.isnan, (found.low, found.high, found.p)))


def test_compare_of_equals() -> None:
    assert compare([1.0] * 6, [1.0] * 6) == (1, 1, 1, 1)


def test_compare_gives_the_bca_interval_of_9999_resamples_from_its_seed() -> None:
    from scipy.stats import bootstrap

    a, b = np.exp(np.random.default_rng(3).normal(0, 1, (2, 8)))
    for seed in (0, 5):
        rng = np.random.default_rng(seed)
        wanted = bootstrap((np.log(a) - np.log(b),), np.mean, n_resamples=9999, method="BCa", random_state=rng)
        found = compare(a, b) if seed == 0 else compare(a, b, seed)
        assert found[1:3] == pytest.approx(np.exp(wanted.confidence_interval))


@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0, math.inf], [1.0, 1.0]), ([1.0, 0.0], [1.0, 1.0]), ([1.0], [1.0, -1.0]), ([math.nan], [1.0]),
     ([1.0], [1.0, 1.0]), ([1.0, 1.0, 1.0], [1.0, 1.0]), ([], [])],
)  # fmt: skip
def test_compare_refuses_misses_and_what_has_no_partner(a: list[float], b: list[float]) -> None:
    for one, other in ((a, b), (b, a)):
        with pytest.raises(ValueError, match="positive, finite and as many; got"):
            compare(one, other)


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
    "table", [[[[1.0, 2.0]]], [[[1.0]], [[2.0]]], [[[1.0, 2.0]], [[1.0, 2.0, 3.0]]], [[[1.0, 2.0]], [[1.0, math.inf]]]]
)
def test_a_table_without_parts_is_refused(table: list[list[list[float]]]) -> None:
    with pytest.raises(ValueError, match="table h"):
        variance_parts(table)
