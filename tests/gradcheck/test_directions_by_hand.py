"""What random directions tell: samples, bisection, audits of structures, the complex step, and ties."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.numeric import complex_step, sampling, structure, ties
from gradcheck.numeric.central_differences import Derivative
from gradcheck.subject.adapters import LayerSubject

EPS = 2.0**-52


@pytest.mark.parametrize(
    ("shape", "y", "entries"),
    [
        ((1, 4), [2], [2]), ((3, 4), [0, 3, 1], [0, 7, 9]), ((2, 3, 4), [[0, 1, 3], [2, 2, 0]], [0, 5, 11, 14, 18, 20]),
        ((5,), [0], []), ((0, 4), [], []), ((3, 4), [0, 4, 1], []), ((3, 4), [0, -1, 1], []), ((3, 4), [0, 1], []),
        ((2, 5, 3), [[0, 1, 2, 0, 4]] * 2, []),
    ],
)  # fmt: skip
def test_entries_of_labels(shape, y, entries):
    x = np.zeros(shape)
    assert sampling._label_entries({"k": 3, "x": x, "y": np.array(y, int)}, x).tolist() == entries


def test_a_sample_is_a_share_but_never_few():
    values = {"w": np.zeros((40, 10)), "y": np.arange(40) % 10}
    draw = np.random.default_rng(3).permutation(400)
    labels = np.arange(40) * 10 + np.arange(40) % 10
    for share, count in ((0.25, 100), (0.07, 30), (0.0775, 31), (1.0, 400)):
        chosen = sampling.sample(values, ["w"], share, np.random.default_rng(3))["w"].tolist()
        assert chosen == sorted({*draw[:count].tolist(), *labels.tolist()})


def directions(monkeypatch, gap, bound=0.0, x=(1.0,), a=(3.0,)):
    """What is found, and the directions that were tried, where every slope is off by `gap`."""
    tried, a = [], np.array(a)

    def slope(evaluate, values, name, x, part, v, dout):
        tried.append(v.tolist())
        return a[part] @ v[part] + gap, bound

    monkeypatch.setattr(sampling, "_slope", slope)
    found = sampling.disagreeing(None, {"x": np.array(x)}, "x", a, None, np.random.default_rng(4))
    return found.tolist(), tried


def test_directions_are_relative_to_the_values(monkeypatch):
    _, tried = directions(monkeypatch, 0.0, x=(0.0, -2.0, 5e-4), a=(1.0, 1.0, 1.0))
    rng = np.random.default_rng(4)
    assert tried == [(rng.standard_normal(3) * [1e-3, 2, 1e-3]).tolist() for _ in range(2)]


def test_a_direction_contradicts_beyond_the_bound(monkeypatch):
    v = np.abs(np.random.default_rng(4).standard_normal(2)).min()
    assert directions(monkeypatch, 1.9, 0.1)[0] == []
    found, tried = directions(monkeypatch, 2.1, 0.1)
    assert (found, len(tried)) == ([0], 1), "one direction is enough where it leads to an element"
    assert directions(monkeypatch, -2.1, 0.1)[0] == [0]
    assert directions(monkeypatch, 2.9e-8 * v)[0] == []
    assert directions(monkeypatch, 3.1e-8 * v, a=(-3.0,))[0] == [0]
    found, tried = directions(monkeypatch, 0.0)
    assert (found, len(tried)) == ([], 2)


def test_bisection_ends_at_four_elements():
    asked = []

    def among(*wrong):
        asked.clear()
        return sampling._bisect(np.arange(8), lambda part: asked.append(part.tolist()) or bool({*part} & {*wrong}))

    assert among() == []
    assert asked == [[*range(8)]]
    assert among(5) == [5]
    assert asked == [[*range(8)], [0, 1, 2, 3], [4, 5, 6, 7], [4, 5], [6, 7], [4], [5]]
    assert sorted(among(0, 3, 6)) == [0, 3, 6]
    assert sorted(among(0, 2, 4, 6)) == [0, 2, 4, 6]
    assert among(*range(8)) == [7, 6, 5, 4]


@pytest.mark.parametrize("steps", [(1.0, 2.0), (2.0, 1.0)])
def test_slope_along_a_direction(monkeypatch, steps):
    """x^3 at 4 beside 2^46: D(1) = 49, D(1/2) = 48.25, and rounding may be 4 eps 2^46 = 1/16."""
    monkeypatch.setattr(sampling, "STEPS", steps)
    x, dout = np.array([4.0, 4]), np.array([-2.0])

    def slope(f, v, part):
        return sampling._slope(lambda g: np.array([f(g["x"])]), {"x": x}, "x", x, np.array(part), np.array(v), dout)

    cube = lambda x: 2.0**46 + x[0] ** 3 + 5 * x[1]  # noqa: E731
    assert slope(cube, [1.0, 3.0], [0]) == (-96, pytest.approx(2 * (0.25 + 1 / 16)))
    assert slope(cube, [1.0, 3.0], [1]) == (-30, pytest.approx(2 / 16 / max(steps)))
    assert slope(cube, [1.0, 3.0], [0, 1])[0] == -126
    assert slope(lambda x: np.nan if x[0] > 5 else x[0] ** 3, [1.0, 0], [0])[0] == -96
    assert slope(lambda x: np.nan, [1.0, 0], [0]) == (0, np.inf)


def test_steps_along_a_direction():
    seen, x = [], np.array([0.0, 1.0])
    sampling._slope(lambda v: seen.append(v["x"]) or np.zeros(1), {}, "x", x, np.array([0]), np.ones(2), np.ones(1))
    steps = [sign * h for h in (1e-4, 1e-6) for sign in (1, -1, 0.5, -0.5)]
    np.testing.assert_allclose(seen, [[step, 1] for step in steps], rtol=1e-12)


def audited(off=(0.0, 0.0), base=1.0, slopes=(1.0, 1.0)):
    """The audit of two outputs c x, each claimed slope off by `off`, and the size of the movement of each."""
    x, c = np.array([0.0, 2.0]), np.array(slopes)
    jac = np.diag(c + np.array(off))
    return structure.audit(lambda v: c * v["x"], {"x": x}, "x", jac, np.array([0.0, -base]))


def test_an_audit_allows_for_rounding_alone():
    v = np.abs(np.random.default_rng(99).standard_normal(2) * [1e-3, 2])
    largest = v[1]
    for k, allowed in ((0, 1e-5 + 1e-6 * largest / v[0]), (1, 1.1e-5)):
        for share, fine in ((0.97, True), (1.03, False)):
            assert audited([share * allowed * (i == k) for i in range(2)], base=1e-9) is fine
    seen = largest * 1e-6 / (8 * EPS) / 100  # the base at which the audit sees nothing any more
    assert audited(base=0.99 * seen)
    assert not audited(base=1.01 * seen)
    for off, fine in ((0.0094, True), (-0.0094, True), (0.0106, False), (-0.0106, False)):
        assert audited((0, off), base=0.99 * seen) is fine


def test_thresholds_of_the_complex_step():
    assert complex_step._matches(1.0, 1 + 0.99e-5)
    assert complex_step._matches(-1 - 0.99e-5, -1.0)
    assert not complex_step._matches(1.0, 1 + 1.01e-5)
    assert not complex_step._matches(1.0, -1.0)
    assert complex_step._matches(0.0, 0.0)
    assert complex_step._sides(5 + 1.9e-3, 5.0, 3.0)
    assert complex_step._sides(5 - 1.9e-3, 5.0, 7.0)
    assert not complex_step._sides(5 + 2.1e-3, 5.0, 3.0)
    assert [len(complex_step._spread(np.ones(n, bool))) for n in (1, 4, 7, 8, 9, 12, 40)] == [1, 4, 7, 4, 5, 4, 4]


def test_a_slope_from_imaginary_parts():
    subject = LayerSubject(lambda x: ((x[0] ** 2, x.sum(keepdims=True)), x), None, ("x",), None)
    x, v = np.array([3.0, 1]), np.array([2.0, 5])
    found = complex_step._slope(subject, {"x": x}, np.array([10.0, 1]), "x", v)
    assert found == pytest.approx(10 * 2 * 3 * 2 + 7, rel=1e-12)
    partly = LayerSubject(lambda x: ((x[:1].real, x[1:]), x), None, ("x",), None)
    assert complex_step._slope(partly, {"x": x}, np.array([10.0, 1]), "x", v) == pytest.approx(5, rel=1e-12)
    blind = LayerSubject(lambda x: ((x.real, x.real), x), None, ("x",), None)
    with pytest.raises(TypeError):
        complex_step._slope(blind, {"x": x}, np.ones(4), "x", v)


@pytest.mark.parametrize(
    ("answers", "valid", "asked"),
    [
        ([1.0, 1.0], True, [1e-6, 1e-6]),  # one step of three is enough
        ([0, 1.0, 0, 0, 1.0], True, [1e-6, 1e-8, 1e-6, 1e-8, 1e-10]),
        ([0, 0, 0], False, [1e-6, 1e-8, 1e-10]),
        ([1.0, 0, 0, 0], False, [1e-6, 1e-6, 1e-8, 1e-10]),  # along both directions
    ],
)
def test_a_complex_step_is_valid_where_central_differences_agree(monkeypatch, answers, valid, asked):
    x, steps, answers = np.array([0.0, -2.0]), [], iter(answers)
    rng = np.random.default_rng(17)
    wanted = [rng.standard_normal(2) * [1e-3, 2] for _ in range(2)]
    seen = []

    def across(evaluate, values, dout, name, move):
        steps.append(move[1] / seen[-1][1])
        return 2 * steps[-1] * next(answers)

    monkeypatch.setattr(complex_step, "_slope", lambda s, values, dout, name, v: seen.append(v) or 1.0)
    monkeypatch.setattr(complex_step, "across", across)
    assert complex_step._valid(SimpleNamespace(evaluate=None), {"x": x}, None, "x") is valid
    assert steps == pytest.approx(asked, rel=1e-9)
    np.testing.assert_array_equal(seen, wanted[: len(seen)])


def tied(kinked, lonely=False, size=4):
    off = np.zeros(size, bool)
    return Derivative(off, off, off, off, off, off | lonely, None, 1e-4, kinked={k: np.array(o) for k, o in kinked})


def test_elements_that_share_the_kinks_of_their_outputs():
    d = tied([(0, [1, 2]), (3, [2, 1]), (1, [1]), (2, [4])])
    assert [g.tolist() for g in ties._groups(d)] == [[0, 3]]
    assert [g.tolist() for g in ties._groups(tied([(0, [1]), (1, [2]), (2, [1]), (3, [2])]))] == [[0, 2], [1, 3]]


@pytest.mark.parametrize(
    ("bend", "shares", "wrong"),
    [
        (0, (12, 12), True), (0, (12, 0), False), (0, (3, 9), False), (0, (0, 0), True), (0, (-12, 0), True),
        (0, (11.89, 0), False), (0, (11.87, 0), True), (0, (12.11, 0), False), (0, (12.13, 0), True),
        (1.9e-3, (0, 0), True), (2.1e-3, (0, 0), False), (-2.1e-3, (0, 0), False), (2.1e-3, (24, 0), True),
    ],
)  # fmt: skip
def test_a_tie_of_squares(bend, shares, wrong):
    """3 max(x^2) at 2: slope 12, so that 0.012 of a second difference is none; 3 bend |x - 2| has 6 bend."""

    def f(v):
        return np.array([np.max(v["x"] ** 2) + bend * abs(v["x"][0] - 2)])

    x, a = np.array([2.0, 2.0, 1.0, 0.0]), np.array([*shares, 0, 0.0])
    found = ties.wrong_together(f, {"x": x}, "x", tied([(0, [0]), (1, [0])]), a, np.array([3.0]))
    assert found.tolist() == [wrong, wrong, False, False]
    assert x.tolist() == [2, 2, 1, 0]


def test_not_all_of_many_groups_are_looked_at(monkeypatch):
    d = tied([(k, [k // 2]) for k in range(4)])
    x, calls = np.ones(4), []

    def f(v):
        calls.append(v["x"])
        return np.array([max(v["x"][:2]), max(v["x"][2:])])

    def found():
        return ties.wrong_together(f, {"x": x}, "x", d, np.ones(4), np.ones(2)).tolist()

    assert found() == [True] * 4
    assert len(calls) == 1 + 2 * 2
    monkeypatch.setattr(ties, "GROUPS", 1)
    assert found() == [True, True, False, False]
