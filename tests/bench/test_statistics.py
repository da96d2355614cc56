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
    wins,
)  # fmt: skip

SCORES = st.lists(st.floats(0.01, 100), min_size=1, max_size=9)


@pytest.mark.parametrize(("n", "k", "coverage"), [(6, 1, 0.96875), (10, 2, 0.978515625), (20, 6, 0.9586105346679688)])
def test_ranks_of_the_interval(n: int, k: int, coverage: float) -> None:
    assert interval_ranks(n) == (k, pytest.approx(coverage, abs=1e-12))


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


def test_an_interval_of_nan_is_refused() -> None:
    with pytest.raises(ValueError, match="no NaN"):
        median_interval([1.0, math.nan])


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


def test_compare_refuses_misses() -> None:
    with pytest.raises(ValueError, match="positive, finite"):
        compare([1.0, math.inf], [1.0, 1.0])


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


def test_performance_profile_by_hand() -> None:
    tau, shares, area = dolan_more([[10, 30, math.inf], [20, 10, math.inf]], limit=4)
    assert shares[0][0] == pytest.approx(1 / 3)  # fastest on one of three; the third nobody solved
    assert shares[0][-1] == pytest.approx(2 / 3)
    assert shares[0][np.searchsorted(tau, 2.9)] == pytest.approx(1 / 3)
    assert area[1] > area[0]
    with pytest.raises(ValueError, match="positive times"):
        dolan_more([[0.0, 1.0]])


def test_wins_leave_ties_out() -> None:
    found = wins([1, 2, 3, math.inf, 5], [2, 3, 1, math.inf, math.inf])
    assert found[:3] == (3, 1, 1)
    assert found.share == 0.75
    assert found.low < 0.5 < found.high
    assert wins([math.inf], [math.inf])[:4] == (0, 0, 1, 0.5)
