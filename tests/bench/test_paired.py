"""The paired test, its interval and the location, against hand-worked values, SciPy, and brute force."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, strategies as st

from bench.solvers.statistics import compare, compare_studies, holm, location, signed_rank
from bench.solvers.statistics.paired import thinned
from bench.solvers.statistics.signed_rank import TIED


def test_signed_rank_against_scipy() -> None:
    from scipy.stats import wilcoxon

    for seed in range(20):
        x = np.random.default_rng(seed).normal(0.3, 1, 5 + seed % 12)
        assert signed_rank(x) == pytest.approx(wilcoxon(x, method="exact").pvalue, abs=1e-12)


@given(st.lists(st.integers(-4, 4), max_size=8))
def test_p_and_interval_of_a_location_never_contradict_each_other(differences: list[int]) -> None:
    """p over all sign patterns, ties and zeros broken against the finding; the interval holds what is not rejected."""
    n, found = len(differences), location(differences)
    pairs = [a + b for i, a in enumerate(differences) for b in differences[i:]]
    most = max(sum(one > 0 for one in pairs), sum(one < 0 for one in pairs))
    patterns = itertools.product((0, 1), repeat=n)
    ranks = [sum(rank for rank, sign in zip(range(1, n + 1), signs, strict=True) if sign) for signs in patterns]
    assert found.p == pytest.approx(min(1, 2 * np.mean([rank >= most for rank in ranks])))
    assert (found.p <= 0.05) == (not found.low <= 0 <= found.high)
    assert found.low <= found.estimate <= found.high


def test_location_by_hand() -> None:
    """Six differences: M = 21 Walsh averages, and only their least and greatest are bounds at 95 % (2 / 64 = .031)."""
    assert location([1, 2, 3, 4, 5, 7]) == (3.5, 1, 7, 0.03125)
    assert location([1, 2, 3, 4, 5])[1:3] == (-math.inf, math.inf)
    assert location([]) == (0, -math.inf, math.inf, 1)
    with pytest.raises(ValueError, match=r"differences is .*; expected finite numbers"):
        location([1.0, math.nan])


def test_location_at_another_level_by_hand() -> None:
    """P(W >= 21), .., P(W >= 18) are 1, 2, 3 and 5 of 64; at .9 the third of 1, 1.5, 2 and of 7, 6, 5.5 is a bound."""
    assert location([1, 2, 3, 4, 5, 7], level=0.9)[1:3] == (2, 5.5)
    assert location([1, 2, 3, 4, 5, 7], level=1 - 2 / 64)[1:3] == (1, 7)  # a level that is just met is met
    assert location([1, 2, 3, 4, 5, 7], level=0.97)[1:3] == (-math.inf, math.inf)


def test_sums_of_a_rounding_error_are_ties() -> None:
    for sign in (1, -1):
        assert signed_rank([sign * TIED / 2] * 6) == 1
        assert signed_rank([sign * TIED] * 6) == 0.03125


def test_zeros_count_against_a_finding() -> None:
    assert signed_rank([1, 2, 3, 4, 5, 6, 0, 0, 0, 0]) > 0.05 > signed_rank([1, 2, 3, 4, 5, 6])


def test_infinities_rank_largest_and_nan_says_nothing() -> None:
    assert signed_rank([0.1, 0.2, 0.3, 0.15, 0.25, 0.12, 0.18, 0.22, 0.28, -math.inf]) == pytest.approx(2 * 43 / 1024)
    assert signed_rank([1, 2, 3, 4, 5, 6, math.nan]) == 0.03125


def test_six_pairs_that_all_agree() -> None:
    assert signed_rank([1, 2, 3, 4, 5, 6]) == 0.03125  # 2 / 2^6: the least that six pairs can give


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.7]) == [1, 1]  # of two, 0.6 counts double: no probability exceeds one
    assert holm([]) == []
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


STEPS = st.integers(1, 6).map(float) | st.just(math.inf)


@given(st.lists(st.tuples(STEPS, STEPS), min_size=6, max_size=9))
def test_p_and_interval_of_a_ratio_never_contradict_each_other(pairs: list[tuple[float, float]]) -> None:
    a, b = (list(one) for one in zip(*pairs, strict=True))
    found, other = compare(a, b, 6), compare(b, a, 6)
    assert (found.p <= 0.05) == (not found.low <= 1 <= found.high)
    assert found.p == other.p
    assert found.low <= found.high
    if found.ratio not in (0, math.inf):
        assert other.ratio == pytest.approx(1 / found.ratio)
    slower = compare([2 * x for x in a], b, 12)  # of twice the budget: what missed before misses still
    assert slower.ratio >= found.ratio * (1 - 1e-9)


@pytest.mark.parametrize("n", [6, 9])
def test_without_misses_it_is_the_location_of_the_log_ratios(n: int) -> None:
    a, b = np.exp(np.random.default_rng(n).normal(0, 1, (2, n)))
    wanted = location(np.log(a / b))
    found = compare(a, b)
    assert found[:3] == pytest.approx(np.exp(wanted[:3]))
    assert found.p == wanted.p


def test_a_pair_that_both_missed_says_nothing_and_one_that_one_missed_ranks_largest() -> None:
    never = math.inf
    assert compare([never] * 6, [never] * 6, 10) == (1, 0, never, 1)
    assert compare([1.0] * 6, [never] * 6, 10) == (0, 0, pytest.approx(0.1), 0.03125)
    assert compare([never] * 6, [1.0] * 6, 10) == (never, pytest.approx(10), never, 0.03125)
    found = compare([2.0] * 9 + [never], [1.0] * 10, 10)  # the last is slower by 10 at least
    assert found == (pytest.approx(2), pytest.approx(2), pytest.approx(10), pytest.approx(2 / 2**10))


@pytest.mark.parametrize("longest", [0.25, 4.0])
def test_without_a_budget_a_miss_is_later_than_the_longest_time(longest: float) -> None:
    """Below one second as above: the five others are as fast, and nobody knows of the misses what comes later."""
    a, b = [longest / 4] * 5 + [longest], [math.inf] * 6
    assert compare(a, b) == compare(a, b, longest)
    assert compare([longest / 4] * 6, [math.inf] * 5 + [longest]).low == 0
    assert compare([longest / 4] * 6, [math.inf] * 5 + [longest]).high == pytest.approx(0.25)
    assert compare(b, b) == (1, 0, math.inf, 1)


@pytest.mark.parametrize(("size", "tried"), [(2000, 2000), (2001, 1002), (4000, 2002), (4001, 1336)])
def test_of_many_shifts_every_so_many_are_tried_with_zero_and_the_last(size: int, tried: int) -> None:
    """Of 2001 every second, 1001 with the last, and zero; of 4001 every third, 1334, and zero and the last."""
    ends = np.arange(size) - 1.0
    found = thinned(ends)
    assert len(found) == tried
    assert {-1, 0, ends[-1]} <= set(found)
    assert set(found) <= set(ends)


def test_an_interval_that_begins_at_one_leaves_it_out_where_the_test_rejects_it() -> None:
    """All that is known of a is that it takes longer than the budget, at whose end b arrives."""
    late = compare([math.inf] * 6, [10.0] * 6, 10)
    assert late.p == 0.03125
    assert 1 < late.low < 1 + 1e-9
    early = compare([10.0] * 6, [math.inf] * 6, 10)
    assert 1 - 1e-9 < early.high < 1


def test_a_run_that_diverged_does_not_take_over_the_ratio() -> None:
    assert compare([1.1] * 9 + [math.inf], [1.0] * 10, 50).ratio == pytest.approx(1.1)
    assert compare([1.1] * 9 + [1e300], [1.0] * 10).ratio == pytest.approx(1.1)


def test_misses_do_not_shift_the_ratio() -> None:
    """A third of the times lie beyond the budget: dropped, or taken for infinite, they would spoil the ratio of 1.5."""
    rng = np.random.default_rng(0)
    b = np.exp(rng.normal(0, 0.4, 400))
    a = 1.5 * np.exp(rng.normal(0, 0.4, 400))
    cut = [np.where(one <= 1.6, one, math.inf) for one in (a, b)]
    assert np.isinf(cut[0]).mean() > 0.3
    estimates = [compare(one, other, 1.6).ratio for one, other in zip(*np.reshape(cut, (2, 20, 20)), strict=True)]
    assert np.median(estimates) == pytest.approx(1.5, rel=0.08)


@pytest.mark.parametrize(
    ("a", "b"),
    [([1.0, 0.0], [1.0, 1.0]), ([1.0], [1.0, -1.0]), ([math.nan], [1.0]), ([1.0], [1.0, 1.0]),
     ([1.0, 1.0, 1.0], [1.0, 1.0]), ([], [])],
)  # fmt: skip
def test_compare_refuses_what_is_no_time_and_what_has_no_partner(a: list[float], b: list[float]) -> None:
    for one, other in ((a, b), (b, a)):
        with pytest.raises(ValueError, match=r"positive \(a miss: infinity\) and as many; got"):
            compare(one, other)


def test_studies_are_compared_as_wholes() -> None:
    """Six studies of three seeds: their ratios are 2, 2, 2, 2, 2 and 1/2, whatever single seeds say."""
    base = [[1.0, 10, 100]] * 6
    ours = [[2.0, 20, 200]] * 5 + [[0.5, 5, 50]]
    found = compare_studies(ours, base)
    assert found.ratio == pytest.approx(2)
    assert found.p > 0.05
    assert found.low < 1
    assert compare_studies([[2.0, 20, 200]] * 6, base)[3] == 0.03125
    assert math.isnan(compare_studies(ours[:5], base[:5]).p)
    assert compare_studies([[math.inf] * 3] * 6, [[math.inf] * 3] * 6, 10) == (1, 0, math.inf, 1)
    with pytest.raises(ValueError, match=r"positive \(a miss: infinity\) and as many; got"):
        compare_studies(ours, base[:5])


@pytest.mark.parametrize(("more", "less"), [([1.0, 2.0], [1.0]), ([1.0], []), ([], [])])
def test_a_study_without_seeds_or_without_partners_is_refused(more: list[float], less: list[float]) -> None:
    for ours, theirs in ((more, less), (less, more)):
        with pytest.raises(ValueError, match="and as many; got"):
            compare_studies([[1.0], ours], [[1.0], theirs])


@pytest.mark.parametrize("against", [[math.exp(-1)], [0.5, 0.5, 0.5], [0.1, 0.1]])
def test_studies_count_alike_however_many_seeds_they_have(against: list[float]) -> None:
    """Three of two seeds speak for a being slower, three against: balances of 1 and -1, a single log ratio of -1."""
    ours = [[2.0, 2.0]] * 3 + [against] * 3
    assert compare_studies(ours, [[1.0] * len(one) for one in ours]).p == 1
