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


@given(st.lists(st.sampled_from([1.0, 2.0, 3.0, 5.0, math.inf]), min_size=12, max_size=14))
def test_p_and_interval_never_contradict_each_other(values: list[float]) -> None:
    found = compare_unpaired(values[:6], values[6:], 6.0)
    assert (found.p <= 0.05) == (not found.low <= 1 <= found.high)
