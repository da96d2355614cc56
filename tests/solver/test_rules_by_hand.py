"""Update rules by hand: which arrays a step reads, writes and keeps, what decays, and Muon on matrices of rank one."""

import math
import tracemalloc

import numpy as np
import pytest

import solver
from solver import rules
from solver.protocols import Slot
from solver.rules.muon import orthogonalised

DECAYING = ("adamw", "lion", "schedule_free_sgd", "schedule_free_adamw")


@pytest.mark.parametrize(("change", "wanted"), [("w", 2.5), ("dw", -1.5), ("out", -0.5), (None, -0.5)])
def test_a_step_reads_and_writes_the_arrays_that_it_is_handed(change, wanted):
    """v <- v / 2 - dw / 2: -1 in the first step, then -1.5, or -2.5 where dw is 4 by then."""
    held = {"w": np.array([1.0]), "dw": np.array([2.0]), "out": np.array([9.0])}
    config = {"learning_rate": 0.5, "momentum": 0.5}
    solver.sgd_momentum(held["w"], held["dw"], config, out=held["out"])
    assert held["out"] == [0.0]
    velocity = config["velocity"]
    if change:
        held[change] = np.array([4.0])
    answer, _ = solver.sgd_momentum(held["w"], held["dw"], config, out=held["out"])
    assert answer is held["out"]
    assert answer == [wanted]
    assert config["velocity"] is velocity, "the state stays where it is"


@pytest.mark.parametrize("name", ["adam", "muon"])
def test_state_is_copied_when_it_is_handed_in_and_never_again(name):
    theirs = {slot: np.ones(2) for slot in ("m", "v")}
    config, seen = dict(theirs), []
    for _ in range(3):
        rules.get(name).function(np.ones(2), np.ones(2), config)
        seen.append([config["m"], config["v"]])
    assert all(array is first for arrays in seen for array, first in zip(arrays, seen[0], strict=True))
    assert [array.tolist() for array in theirs.values()] == [[1.0, 1.0]] * 2
    config.update(theirs)
    rules.get(name).function(np.ones(2), np.zeros(2), config)
    assert [array.tolist() for array in theirs.values()] == [[1.0, 1.0]] * 2


@pytest.mark.parametrize(
    ("name", "slot", "other", "rate"),
    [(name, *slots) for name in ("adam", "muon") for slots in (("m", "v", "beta1"), ("v", "m", "beta2"))],
)
@pytest.mark.parametrize("again", [True, False])
def test_state_that_is_exchanged_between_two_steps_is_copied_and_counts(name, slot, other, rate, again):
    """Of the same gradient (again), whose views are kept, and of another one."""
    w, dw, config = np.array([1.0, 2.0]), np.zeros(2), {}
    rules.get(name).function(w, dw, config, out=w)
    config[slot], kept = (theirs := np.array([4.0, 8.0])), config[other]
    rules.get(name).function(w, dw if again else dw.copy(), config, out=w)
    assert theirs.tolist() == [4.0, 8.0]
    assert config[slot].tolist() == pytest.approx([4 * config[rate], 8 * config[rate]], rel=1e-15)
    assert config[slot] is not theirs
    assert name == "muon" or config[other] is kept, "no copy of what is its own"


@pytest.mark.parametrize(("settings", "slots"), [({}, ["m", "v"]), ({"amsgrad": True}, ["m", "v", "v_max"])])
@pytest.mark.parametrize("name", ["adam", "adamw"])
def test_the_largest_v_is_kept_where_it_is_asked_for(name, settings, slots):
    rule = rules.get(name)
    _, config = rule.function(np.ones(2), np.ones(2), dict(settings))
    assert [key for key in config if isinstance(config[key], np.ndarray)] == slots
    assert rule.slots == ("m", "v", "v_max")
    assert dict(rule.counters) == {"t": 0}
    element = rule.element({**rule.settings, **settings})
    assert list(element.slots) == slots


def test_the_largest_v_may_be_asked_for_on_the_way():
    _, config = solver.adam(np.ones(2), np.ones(2), {"beta2": 0.5})
    config["amsgrad"] = True
    solver.adam(np.ones(2), np.zeros(2), config)
    assert config["v_max"].tolist() == [0.25, 0.25], "v was 1/2, and its largest is looked for from now on"


def test_what_a_rule_without_state_counts():
    assert (dict(rules.get("sgd").counters), rules.get("sgd").slots) == ({}, ())
    first = {"lr_max": 0.0, "weight_sum": 0.0}
    assert dict(rules.get("schedule_free_sgd").counters) == {"t": 0, **first}
    assert dict(rules.get("nadam").counters) == {"t": 0, "mu_product": 1.0}
    assert "t" not in solver.sgd(np.ones(1), np.ones(1))[1]


@pytest.mark.parametrize("name", DECAYING)
@pytest.mark.parametrize(
    ("shape", "view", "decays"),
    [
        ((8,), lambda a: a, False), ((8,), lambda a: a[::2], False), ((4, 6), lambda a: a.T, True),
        ((2, 3, 4), lambda a: a, True), ((2, 3, 4), lambda a: a.T, True),
    ],
)  # fmt: skip
def test_arrays_of_two_axes_and_more_decay_whatever_their_memory(name, shape, view, decays):
    """Without a gradient: by rate times decay, 1/16 of w; of schedule-free rules z and x move together."""
    w = view(np.full(shape, 16.0))
    moved, _ = rules.get(name).function(w, np.zeros(w.shape), {"learning_rate": 0.25, "weight_decay": 0.25})
    np.testing.assert_allclose(moved, np.full(w.shape, 15.0 if decays else 16.0), rtol=1e-15)


def test_the_memory_besides_is_that_of_the_longest_piece():
    layout = [Slot("W", slice(0, 5), (5, 1), True), Slot("b", slice(5, 8), (3,), False)]
    _, config = solver.adamw(np.ones(8), np.ones(8), {}, layout=layout)
    blocks = [views for views, _ in config["_work"].blocks]
    assert [views["scratch 0"].size for views in blocks] == [5, 3]
    assert blocks[0]["scratch 0"].base.size == 5


def test_an_average_to_which_no_step_of_any_size_has_come_stays():
    """0 / 0 is a weight of 0: x stays where it was, and w is between z and x."""
    config = {"learning_rate": 0.0, "momentum": 0.25, "z": np.array([4.0]), "x": np.array([8.0])}
    w, config = solver.schedule_free_sgd(np.array([5.0]), np.array([1.0]), config)
    assert (w.tolist(), config["z"].tolist(), config["x"].tolist()) == ([5.0], [4.0], [8.0])


@pytest.mark.parametrize("name", rules.known())
def test_an_array_without_elements(name):
    moved, _ = rules.get(name).function(np.zeros(0), np.zeros(0), {})
    assert moved.shape == (0,)


@pytest.mark.parametrize("shape", [(2,), (4,), (3, 1), ()])
def test_state_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"^config\['velocity'\] has shape .*; the parameter has \(3,\)\.$"):
        solver.sgd_momentum(np.ones(3), np.ones(3), {"velocity": np.ones(shape)})


@pytest.mark.parametrize("name", ["adam", "muon"])
def test_the_source_of_a_formula_is_read_at_its_first_use_alone(name, monkeypatch):
    rules.get(name).function(np.ones(2), np.ones(2), {})
    monkeypatch.setattr("solver.rules.formula.inspect.getsource", lambda function: pytest.fail("read again"))
    rules.get(name).function(np.ones(3), np.ones(3), {})


def singular(value, iterations):
    """The singular value `value` after so many steps of the quintic."""
    for _ in range(iterations):
        value = 3.4445 * value - 4.7750 * value**3 + 2.0315 * value**5
    return value


@pytest.mark.parametrize("size", [1e-6, 0.125, 1.0, 64.0])
@pytest.mark.parametrize("iterations", [1, 2, 5])
@pytest.mark.parametrize(
    ("shape", "stretch"), [((2, 3), math.sqrt(1.5)), ((3, 2), 1.0), ((2, 2), 1.0), ((1, 4), 2.0), ((4, 1), 1.0)]
)
def test_muon_on_a_gradient_of_rank_one(shape, stretch, iterations, size):
    """One element of the gradient is not zero: its singular value is 1 at the start, whatever its size."""
    dw = np.zeros(shape)
    dw[0, -1] = size
    settings = {"learning_rate": 0.5, "weight_decay": 0.25, "momentum": 0.75, "ns_steps": iterations}
    moved, config = solver.muon(np.full(shape, 8.0), dw, settings)
    wanted = np.full(shape, 8.0 * (1 - 0.5 * 0.25))
    wanted[0, -1] -= 0.5 * stretch * singular(1.0, iterations)
    np.testing.assert_allclose(moved, wanted, rtol=1e-12)
    np.testing.assert_allclose(config["m"], dw / 4)


def test_muon_looks_ahead_by_its_momentum():
    """Gradients (4, 0) and (0, 4), mu = 1/4: m is (3, 0), then (3/4, 3); u = 3/4 dw + m / 4 is (3/16, 15/4)."""
    w, config = np.zeros((1, 2)), {"learning_rate": 0.5, "momentum": 0.25, "ns_steps": 1}
    length = 0.5 * math.sqrt(2) * singular(1.0, 1)
    w, config = solver.muon(w, np.array([[4.0, 0.0]]), config)
    np.testing.assert_allclose(w, [[-length, 0.0]], rtol=1e-14)
    moved, config = solver.muon(w, np.array([[0.0, 4.0]]), config)
    np.testing.assert_allclose(config["m"], [[0.75, 3.0]])
    np.testing.assert_allclose(moved - w, -length * np.array([[0.05, 1.0]]) / math.hypot(0.05, 1.0), rtol=1e-13)


def test_muon_stands_still_without_a_gradient():
    moved, _ = solver.muon(np.full((2, 3), 8.0), np.zeros((2, 3)), {})
    assert moved.tolist() == [[8.0] * 3] * 2


@pytest.mark.parametrize("shape", [(3, 400), (400, 3)])
def test_products_of_the_larger_side_are_not_made(shape):
    """They would hold 400 x 400 numbers, 1.3 megabytes."""
    matrix = np.ones(shape)
    tracemalloc.start()
    orthogonalised(matrix, 2)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 200_000


@pytest.mark.parametrize(
    ("shape", "names", "decay"),
    [((4,), None, False), ((2, 1, 2), None, True), ((2, 2), ("w",), True), ((2, 2), ["v", "w"], True)],
)
def test_muon_moves_all_that_is_no_hidden_matrix_as_adamw(shape, names, decay):
    w, dw = np.arange(4.0).reshape(shape), np.array([3.0, -1.0, 0.5, 2.0]).reshape(shape)
    shared = {"weight_decay": 0.25, "beta1": 0.75, "beta2": 0.5, "epsilon": 0.125}
    ours, theirs = {**shared, "learning_rate": 0.5, "adamw_scale": 0.25, "adamw_names": names}, dict(shared)
    moved = w
    for _ in range(3):
        moved, ours = solver.muon(moved, dw, ours)
        w, theirs = solver.adamw(w, dw, {**theirs, "learning_rate": 0.125})
    np.testing.assert_allclose(moved, w, rtol=1e-14)
    spared, _ = solver.muon(np.ones(shape), np.zeros(shape), {**shared, "adamw_names": names})
    assert (spared < 1).all() == decay


@pytest.mark.parametrize("name", rules.known())
def test_what_was_in_the_memory_besides_is_no_matter(name, monkeypatch):
    for shape in ((3,), (2, 2)):
        w, dw = np.full(shape, 2.0), np.full(shape, 0.5)
        wanted, _ = rules.get(name).function(w, dw, {})
        with monkeypatch.context() as patched:
            patched.setattr(np, "empty", lambda shape, dtype=float: np.full(shape, 1e9, dtype))
            patched.setattr(np, "empty_like", lambda array, **keywords: np.full_like(array, 1e9))
            found, _ = rules.get(name).function(w, dw, {})
        assert found.tolist() == wanted.tolist()


def test_muon_writes_into_contiguous_memory_alone():
    w, dw = np.ones((2, 3)), np.ones((2, 3))
    with pytest.raises(ValueError, match=r"^muon writes into contiguous arrays only; got an out that is not\.$"):
        solver.muon(w, dw, {}, out=np.empty((3, 2)).T)
    out = np.empty((2, 3))
    assert solver.muon(w, dw, {}, out=out)[0] is out
    assert w.tolist() == [[1.0] * 3] * 2


def test_a_kernel_is_no_matrix_that_muon_would_leave_to_adamw():
    slots = (("W1", (2, 3)), ("W2", (3, 4)), ("k", (2, 3, 1, 1)), ("b", (4,)))
    layout = [Slot(name, slice(0, 1), shape, True) for name, shape in slots]
    assert rules.get("muon").resolve({"adamw_names": None}, layout)["adamw_names"] == ("W2",)


@pytest.mark.parametrize("decay", [0.0, 1.0, 50.0])
def test_nadam_where_old_squares_are_soon_forgotten(decay):
    """The gradient is 2 in every step, so that the square corrected for its start is 4, and its root 2."""
    settings = {"learning_rate": 0.5, "beta1": 0.5, "beta2": 0.25, "epsilon": 2.0, "momentum_decay": decay}
    w, config, wanted, m, product = np.array([1.0]), settings, 1.0, 0.0, 1.0
    for t in (1, 2, 3):
        w, config = solver.nadam(w, np.array([2.0]), config)
        mu, after = (0.5 * (1 - 0.96 ** (k * decay) / 2) for k in (t, t + 1))
        product, m = product * mu, 0.5 * m + 1.0
        wanted -= 0.5 * (after * m / (1 - product * after) + (1 - mu) * 2.0 / (1 - product)) / (2.0 + 2.0)
        np.testing.assert_allclose(w, [wanted], rtol=1e-14)
        assert config["v"] == pytest.approx([4 * (1 - 0.25**t)], rel=1e-15)


@pytest.mark.parametrize(
    ("epsilon", "points"), [(0.0, [0.5, 0.125, -0.25]), (2.0, [0.75, 0.5625, 0.375])], ids=["plain", "epsilon"]
)
def test_schedule_free_adamw_where_old_squares_are_soon_forgotten(epsilon, points):
    """z goes down by 1/2 (by 1/4 where epsilon doubles the root) in each step; x is the mean of all z, w theirs."""
    w, config = np.array([1.0]), {"learning_rate": 0.5, "beta1": 0.5, "beta2": 0.25, "epsilon": epsilon}
    for point in points:
        w, config = solver.schedule_free_adamw(w, np.array([2.0]), config)
        np.testing.assert_allclose(w, [point], rtol=1e-14)


@pytest.mark.parametrize("name", ["adam", "adamw"])
@pytest.mark.parametrize(("amsgrad", "square"), [(False, 0.2), (True, 0.8)])
def test_adam_where_old_squares_are_soon_forgotten(name, amsgrad, square):
    """Gradients 1 and 0: v is 3/4, then 3/16, or its largest 3/4, over 1 - 1/16; m is 1/2, then 1/4 over 1 - 1/4."""
    config = {"learning_rate": 0.5, "beta1": 0.5, "beta2": 0.25, "epsilon": 0.25, "amsgrad": amsgrad}
    w, wanted = np.array([1.0]), 1.0
    for dw, m, root in ((1.0, 1.0, 1.0), (0.0, 1 / 3, math.sqrt(square))):
        w, config = rules.get(name).function(w, np.array([dw]), config)
        wanted -= 0.5 * m / (root + 0.25)
        np.testing.assert_allclose(w, [wanted], rtol=1e-14)
