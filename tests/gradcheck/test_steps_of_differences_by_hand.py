"""The steps of central differences: which are tried, what each is worth, which one is kept, and what shares a kink."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.numeric import central_differences as cd

SIGNS = np.array([1, -1, 0.5, -0.5])


def offered(state, f, x, h, noise=0.0, dout=(1.0,), at=0):
    """Offer a state what f gives around x."""
    base = np.atleast_1d(f(x))
    rows = np.array([[np.atleast_1d(f(x + s * h)) for s in SIGNS]])
    probe = SimpleNamespace(base=base, dout=np.array(dout), noise=np.full(base.size, noise))
    state.offer(np.array([at]), np.array([h]), rows, probe)
    return state


def first(f, x=1.0, h=0.5, **more):
    outputs = np.size(f(x))
    return offered(cd._State(1, outputs, float(np.abs(more.get("dout", [1.0])).sum())), f, x, h, **more)


def test_value_and_bound_of_a_richardson_pair():
    cube = first(lambda x: x**3, dout=(-2.0,))  # D(h) = 3.25, D(h/2) = 3.0625
    assert cube.value[0] == -6
    assert cube.bound[0] == pytest.approx(2 * 0.0625)
    assert cube.jac.tolist() == [[3.0]]
    assert cube.h[0] == 0.5
    assert cube.scale[0] == 6
    assert not cube.kink[0]
    assert (cube.left[0], cube.right[0]) == (-5.75, -5.75), "2 D(h/2) - D(h) on either side: 3 - h^2 / 2"


def test_noise_is_a_part_of_the_bound():
    noisy = first(lambda x: x**3, noise=0.01, dout=(-2.0,))
    assert noisy.bound[0] == pytest.approx(2 * (0.0625 + 6 * 0.01 / 0.5))
    assert noisy.rough[0]
    assert not first(lambda x: x**3, noise=0.005).rough[0], "0.06 of 0.1225"
    exact = first(lambda x: x**2)
    assert exact.bound[0] / 1e-16 == pytest.approx(6 * 2.25 / 0.5), "at least a part of the largest output"


def test_an_output_that_does_not_move_may_have_moved_by_less_than_it_shows():
    still = lambda x: 1.0  # noqa: E731
    assert first(still, noise=1e-3).bound[0] == pytest.approx(6e-3 / 0.5)
    assert first(still, dout=(-3.0,)).bound[0] / 2e-16 == pytest.approx(3)
    beside = first(lambda x: np.array([2.0**-40 * x, 1]), noise=1e-3, dout=(1.0, 1.0))
    assert beside.bound[0] == pytest.approx(2 * 6e-3 / 0.5), "2^-40 is tiny: what the other may hide counts"
    assert beside.jac[0].tolist() == [2.0**-40, 0]
    for slope, rows in ((2.0**-34, 2), (2.0**-30, 1)):  # times 1000: below 1e-10 of |dout| = 2000, and above
        of_dout = first(lambda x, slope=slope: np.array([slope * x, 1]), noise=1e-3, dout=(1000.0, 1000.0))
        assert of_dout.bound[0] == pytest.approx(rows * 6 / 0.5)
    large = first(lambda x: np.array([x, 1]), noise=1e-3, dout=(1.0, 1.0))
    assert large.bound[0] == pytest.approx(6e-3 / 0.5)
    once = offered(large, lambda x: np.array([x, 1]), 1.0, 0.5, noise=1e-4, dout=(1.0, 1.0))
    assert once.bound[0] == pytest.approx(6e-4 / 0.5)
    moved = first(lambda x: np.array([x, x]), noise=1e-3, dout=(1.0, 1.0))
    offered(moved, lambda x: np.array([x, 1]), 1.0, 0.25, noise=1e-4, dout=(1.0, 1.0))
    assert moved.bound[0] == pytest.approx(2 * 6e-4 / 0.25), "it moved at another step"
    for side in (1, -1):
        assert first(lambda x, side=side: side * (x - 1) ** 2).moves.all(), "it moves, though to one side alone"


def test_what_is_not_finite_is_no_derivative():
    edge = first(lambda x: np.nan if x > 1.3 else x**2)
    assert edge.bound[0] == np.inf
    assert np.isnan(edge.value[0])
    assert offered(edge, lambda x: x**2, 1.0, 0.25).value[0] == 2


@pytest.mark.parametrize(
    ("f", "left", "right", "kept"),
    [(np.abs, -1, 1, -1), (lambda x: np.maximum(x, 0), 0, 1, 0), (lambda x: np.minimum(x, 0), 1, 0, 0)],
)
def test_at_a_kink_the_flatter_side_is_kept_for_each_output(f, left, right, kept):
    found = first(f, 0.0, dout=(2.0,))
    assert found.kink[0]
    assert (found.left[0], found.right[0]) == (2 * left, 2 * right)
    assert found.value[0] == left + right
    assert {k: at.tolist() for k, at in found.kinked.items()} == {0: [0]}
    assert found.jac[0, 0] == kept
    two = first(lambda x: np.array([3 * x, f(x)]), 0.0, dout=(1.0, 1.0))
    assert {k: at.tolist() for k, at in two.kinked.items()} == {0: [1]}
    assert two.jac[0].tolist() == [3, kept]


def test_kinks_of_several_elements_keep_their_own_sides():
    rows = np.array([[abs(s) * 0.5, 2 * s, max(s, 0) * 0.5] for s in SIGNS]).T[..., None]
    state = cd._State(4, 1, 1.0)
    state.bound[1] = 0.0  # known exactly: nothing is better
    probe = SimpleNamespace(base=np.zeros(1), dout=np.ones(1), noise=np.zeros(1))
    state.offer(np.array([0, 1, 3]), np.full(3, 0.5), rows, probe)
    assert state.jac[:, 0].tolist() == [-1, 0, 0, 0]
    assert {k: at.tolist() for k, at in state.kinked.items()} == {0: [0], 3: [0]}
    assert state.right[[0, 3]].tolist() == [1, 1]
    assert np.isnan(state.value[2])


def kept_after(first_step, then):
    """(value, h) after two steps, each (f, h): which of them was kept."""
    state = cd._State(1, 1, 1.0)
    for f, h in (first_step, then):
        offered(state, f, 0.0, h)
    return float(state.value[0]), float(state.h[0])


def line(slope, bend=0.0):
    """D(h/2) is off by bend h^2 / 4: so is the bound, and the value is the slope."""
    return lambda x: slope * x + bend * x**3


def test_the_step_with_the_smaller_bound_is_kept():
    assert kept_after((line(1, 4), 0.5), (line(1, 4), 0.25)) == (1, 0.25)
    assert kept_after((line(1, 4), 0.25), (line(1, 4), 0.5)) == (1, 0.25)
    assert kept_after((line(1, 4), 0.25), (line(1), 0.5)) == (1, 0.5), "a wide one may be the better one"


def test_a_wider_step_has_to_confirm_a_narrower_one():
    assert kept_after((line(1, 4), 0.25), (line(1.5), 0.5)) == (1, 0.25), "0.5 is more than 2 x 0.0625: a jump between"
    assert kept_after((line(1, 4), 0.25), (line(1.12), 0.5)) == (1.12, 0.5)
    assert kept_after((line(1, 4), 0.5), (line(1.5), 0.25)) == (1.5, 0.25), "a narrower one need not"
    assert kept_after((line(1), 0.5), (line(5, 0.125), 0.25)) == (5, 0.25), "it contradicts, and is sure by itself"
    assert kept_after((line(1), 0.5), (line(5, 4), 0.25)) == (1, 0.5), "0.0625 is more than 1 % of 5"


def test_a_smaller_step_that_is_clear_of_a_kink_is_kept():
    assert kept_after((np.abs, 0.5), (line(3, 1e-3), 0.25)) == (3, 0.25)
    assert kept_after((np.abs, 0.25), (line(3, 1e-3), 0.5)) == (0, 0.25), "a wider one is not"
    assert kept_after((np.abs, 0.5), (line(3, 0.1), 0.25)) == (0, 0.5), "nor one that is vague"
    small = lambda x: 1e-3 * np.abs(x)  # noqa: E731
    assert kept_after((small, 0.5), (line(3e-3, 1.28e-4), 0.25)) == (0, 0.5), "2e-6 is more than 1e-4 of 3e-3"
    assert kept_after((small, 0.5), (line(3e-3, 1.28e-5), 0.25))[1] == 0.25
    assert kept_after((np.abs, 0.5), (line(3, 1e-3), 0.5)) == (0, 0.5), "nor one of the same size"
    assert kept_after((line(3, 1e-3), 0.5), (np.abs, 0.25)) == (3, 0.5), "a kink beside the point"


def unsettled(count=1, weight=0.0, **fields):
    state = cd._State(count, 0, weight)
    state.value[:], state.bound[:] = 1.0, 0.0
    for name, value in fields.items():
        getattr(state, name)[: np.size(value)] = value
    return state.unsettled(np.arange(count)).tolist()


def test_elements_that_need_another_step():
    assert unsettled(bound=0.9e-7) == []
    assert unsettled(bound=1.1e-7) == [0]
    assert unsettled(500, bound=1.1e-7) == [0]
    assert unsettled(501, bound=1.1e-7) == []
    assert unsettled(501, bound=1.1e-6) == [0]
    assert unsettled(3, bound=[0, np.inf, np.nan]) == [1, 2]
    assert unsettled(2, kink=[False, True]) == [1]
    assert unsettled(2, value=[1, 1e-9], bound=[0, 0.9e-10]) == [], "beside a thousandth of the largest"
    assert unsettled(2, value=[1, 1e-9], bound=[0, 1.1e-10]) == [1]
    assert unsettled(value=1e-9, bound=0.9e-16) == []
    assert unsettled(value=1e-9, bound=1.1e-16) == [0]
    assert unsettled(1, 2.0, value=0.0, bound=1.9e-14) == []
    assert unsettled(1, 2.0, value=0.0, bound=2.1e-14) == [0]
    assert unsettled(1, 0.0, value=np.nan) == [0]
    state = cd._State(3, 0, 0.0)
    assert state.unsettled(np.array([2, 0])).tolist() == [2, 0], "of those that were asked for"


def steps_tried(monkeypatch, x, change=lambda state: None, settle=()):
    """The (elements, steps) of each sweep, where no step helps."""
    tried = []

    def sweep(p, state, chosen, steps):
        tried.append((chosen.tolist(), steps[chosen].tolist()))
        change(state)
        if len(tried) in settle:
            state.value[0], state.bound[0] = 1.0, 0.0

    monkeypatch.setattr(cd, "_sweep", sweep)
    probe = SimpleNamespace(values={"x": np.array(x)}, name="x", base=np.zeros(1), dout=np.ones(1))
    cd._tensor(probe, np.arange(len(x)))
    return tried


def test_steps_are_relative_to_values_beyond_one(monkeypatch):
    tried = steps_tried(monkeypatch, [0.5, 0.0, -20.0])
    for (chosen, steps), relative in zip(tried, [1e-4, 1e-5, 1e-6, 1e-8, 1e-10, 1.1e-3, 1.3e-2, 0.83], strict=False):
        assert chosen == [0, 1, 2]
        assert steps == pytest.approx([relative, relative, 20 * relative])
    tiny = [(chosen, pytest.approx([0.5 * k])) for chosen, k in (([0], 0.3), ([0], 1e-2), ([0], 1e-4), ([0], 1e-6))]
    assert tried[8:] == tiny, "steps of the size of x, where x is not 0 and below 10"
    assert len(steps_tried(monkeypatch, [10.0])) == 8
    assert len(steps_tried(monkeypatch, [-9.9])) == 12


def test_what_is_settled_is_left_alone(monkeypatch):
    assert [c for c, _ in steps_tried(monkeypatch, [0.5, 0.25], settle=[1])] == [[0, 1]] + [[1]] * 11
    assert [c for c, _ in steps_tried(monkeypatch, [0.5], settle=[9])][8:] == [[0]]
    assert [c for c, _ in steps_tried(monkeypatch, [0.5], settle=[8])][7:] == [[0]]


def test_what_is_rough_gets_no_narrower_step(monkeypatch):
    def rough(state):
        state.rough[0] = True

    wide = [c for c, _ in steps_tried(monkeypatch, [0.5, 0.25], rough)]
    assert wide == [[0, 1]] + [[1]] * 4 + [[0, 1]] * 3 + [[1]] * 4

    def rough_kink(state):
        state.rough[0] = state.kink[0] = True

    assert [c for c, _ in steps_tried(monkeypatch, [0.5, 0.25], rough_kink)] == [[0, 1]] * 12


def test_steps_are_short_binary_fractions():
    found = cd.exact_steps(np.array([0.0, 0.0, 1.0, 0.0]), np.array([1e-4, 0.83, 1e-4, 0.0]))
    assert found[:2].tolist() == [105 / 2**20, 53 / 64], "64 to 128 of a power of two"
    assert found[2] == 105 / 2**20
    assert found[3] == 0
    assert cd.exact_steps(np.array([2.0**60]), np.array([1.0])).tolist() == [0]


def test_elements_are_swept_in_portions(monkeypatch):
    """8 x 10 floats an element: of 809 there is room for 10."""
    parts = []

    def portions(outputs, steps, chunk=809):
        parts.clear()
        monkeypatch.setattr(cd, "CHUNK", chunk)
        probe = SimpleNamespace(values={"x": np.ones((5, 5))}, name="x", base=np.zeros(outputs),
                                together=lambda part, h: (part, h))  # fmt: skip
        state = SimpleNamespace(offer=lambda part, h, rows, p: parts.append((part.tolist(), len(h), rows[0] is part)))
        cd._sweep(probe, state, np.arange(25), np.asarray(steps))
        return [len(part) for part, n, same in parts if len(part) == n and same]

    assert portions(10, np.full(25, 0.5)) == [10, 10, 5]
    assert [k for part, _, _ in parts for k in part] == list(range(25))
    assert portions(1, np.full(25, 0.5), 160) == [20, 5]
    assert portions(0, np.full(25, 0.5), 160) == [20, 5]
    assert portions(1000, np.full(25, 0.5)) == [1] * 25
    assert portions(10, np.where(np.arange(25) % 5, 0.0, 0.5)) == [5], "no step, no difference"
    assert [k for part, _, _ in parts for k in part] == [0, 5, 10, 15, 20]
    assert portions(10, np.zeros(25)) == []


def test_a_kink_that_nobody_shares_is_lonely():
    def with_kinks(**kinked):
        off = np.zeros(3, bool)
        return {n: cd.Derivative(off, off, off, off, off, off.copy(), None, 0.1, kinked=k) for n, k in kinked.items()}

    found = with_kinks(x={0: np.array([0]), 2: np.array([1, 2])}, w={1: np.array([2]), 0: np.array([3, 4])})
    cd._mark_ties(found)
    assert found["x"].lonely.tolist() == [True, False, False]
    assert found["w"].lonely.tolist() == [True, False, False]


def test_what_was_found_is_given_back_in_the_shape_of_the_argument():
    state = cd._State(6, 0, 1.0)
    state.value[:], state.h[:] = np.arange(6.0), [0.5, 9, 0.25, 9, 0.125, 9]
    part = state.derivative((2, 3), np.array([0, 2, 4]))
    assert part.value.tolist() == [[0, 1, 2], [3, 4, 5]]
    assert part.checked.tolist() == [[True, False, True], [False, True, False]]
    assert part.h == 0.25
    assert not part.lonely.any()
    whole = state.derivative((6,), np.arange(6))
    assert whole.checked is None
    assert whole.h == 4.75
    assert state.derivative((6,), np.arange(0)).h == cd.FIRST == 1e-4
