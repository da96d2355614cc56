"""The rank-sum test of two samples and its interval, against SciPy, by hand, and by counting all orders."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from bench.solvers.statistics import compare_unpaired


@pytest.mark.parametrize(("m", "n"), [(6, 6), (6, 9), (11, 7), (20, 20)])
def test_against_scipy(m: int, n: int) -> None:
    from scipy.stats import mannwhitneyu

    rng = np.random.default_rng(m * n)
    a, b = rng.lognormal(0.5, 1, m), rng.lognormal(0, 1, n)
    found = compare_unpaired(a, b)
    assert found.p == pytest.approx(mannwhitneyu(a, b, method="exact").pvalue, abs=1e-12)
    assert math.log(found.ratio) == pytest.approx(np.median(np.log(a)[:, None] - np.log(b)))
    assert found.low < found.ratio < found.high
    turned = compare_unpaired(b, a)
    assert [turned.low, turned.ratio, turned.high] == pytest.approx([1 / found.high, 1 / found.ratio, 1 / found.low])


def test_all_orders_are_as_likely() -> None:
    """6 and 7 values without ties: p of an order is the share of orders that are as extreme."""
    places = list(itertools.combinations(range(13), 6))
    above = np.array([sum(one - i for i, one in enumerate(where)) for where in places])
    where = places[137]
    a, b = [where_ + 1.0 for where_ in where], [x + 1.0 for x in range(13) if x not in where]
    most = max(above[137], 42 - above[137])
    assert compare_unpaired(a, b).p == pytest.approx(min(1, 2 * np.mean(above >= most)))


def test_misses_rank_largest_and_ties_count_against_a_finding() -> None:
    never = compare_unpaired([math.inf] * 6, [1.0, 2, 3, 4, 5, 6], 10)
    assert (never.ratio, never.high, never.p) == (math.inf, math.inf, pytest.approx(2 / math.comb(12, 6)))
    assert compare_unpaired([math.inf] * 6, [math.inf] * 6, 10) == (1, 0, math.inf, 1)
    assert compare_unpaired([1.0] * 6, [1.0] * 6).p == 1
    assert math.isnan(compare_unpaired([1.0] * 5, [2.0] * 9).p)
    with pytest.raises(ValueError, match="a and b must be positive"):
        compare_unpaired([1.0, 0.0], [1.0])


def test_the_interval_of_two_samples_with_misses_by_hand() -> None:
    """36 of 36 pairs agree with p = 2 / 924, 30 of 36 with .065: the bound is where the first pair is cut at 10."""
    times = [1.0, 2, 3, 4, 5, 6]
    slower, faster = compare_unpaired([math.inf] * 6, times, 10), compare_unpaired(times, [math.inf] * 6, 10)
    assert (slower.ratio, slower.low, slower.high) == (math.inf, pytest.approx(10 / 6), math.inf)
    assert (faster.ratio, faster.low, faster.high) == (0, 0, pytest.approx(6 / 10))
    assert slower.p == faster.p == pytest.approx(2 / 924)


def test_the_interval_of_two_samples_by_hand() -> None:
    """At 95 % U may be 31 of 36 (p = .041; .065 for 30): the bounds are the sixth least and greatest of the ratios."""
    a, b = [2.0**k for k in (0, 1, 2, 3, 4, 5)], [2.0 ** (k / 7) for k in range(6)]
    ratios = sorted(x / y for x in a for y in b)
    found = compare_unpaired(a, b)
    assert found[:3] == pytest.approx((math.sqrt(ratios[17] * ratios[18]), ratios[5], ratios[-6]))
    assert found.p == pytest.approx(2 * 7 / 924) or found.p > 0.05


@pytest.mark.parametrize(("a", "b"), [([], [1.0]), ([], []), ([1.0], [0.0]), ([1.0], [math.nan]), ([-1.0], [1.0])])
def test_samples_without_times_are_refused(a: list[float], b: list[float]) -> None:
    for one, other in ((a, b), (b, a)):
        with pytest.raises(ValueError, match=r"a and b must be positive \(a miss: infinity\), one or more each; got"):
            compare_unpaired(one, other)


def test_the_ratio_of_few_is_the_median_of_all_ratios() -> None:
    found = compare_unpaired([2.0, 8.0], [1.0, 1.0, 1.0])
    assert found.ratio == pytest.approx(4)
    assert all(map(math.isnan, found[1:]))


@given(st.lists(st.sampled_from([1.0, 2.0, 3.0, 5.0, math.inf]), min_size=12, max_size=14))
def test_p_and_interval_never_contradict_each_other(values: list[float]) -> None:
    found = compare_unpaired(values[:6], values[6:], 6.0)
    assert (found.p <= 0.05) == (not found.low <= 1 <= found.high)
