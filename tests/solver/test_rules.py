"""What holds for every update rule: nothing passed in is written to, dtypes stay, biases are spared; some by hand."""

import inspect
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings, strategies as st

import solver
from solver import rules
from solver.rules import elementwise

NAMES = rules.known()
DECAYING = [name for name in NAMES if "weight_decay" in rules.get(name).settings]


class Slot(NamedTuple):
    name: str
    slice: slice
    shape: tuple[int, ...]
    decays: bool


def arrays(shape=(6, 4), dtype=np.float64, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(shape).astype(dtype), rng.standard_normal(shape).astype(dtype)


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_is_exported_and_documented(name):
    function = getattr(solver, name)
    assert function is rules.get(name).function
    assert list(inspect.signature(function).parameters) == ["w", "dw", "config", "out", "layout"]
    assert "<-" in function.__doc__.splitlines()[0]
    assert "Settings" in function.__doc__
    for setting, default in rules.get(name).settings.items():
        assert setting in function.__doc__, setting
        if isinstance(default, float) and default >= 0.01:
            assert f"{default:g}" in function.__doc__, (setting, default)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_written_to_and_the_dtype_stays(name, dtype):
    w, dw = arrays(dtype=dtype)
    w.setflags(write=False)
    dw.setflags(write=False)
    config = {"learning_rate": np.float64(0.1)}
    for _ in range(3):
        next_w, returned = rules.get(name).function(w, dw, config)
        assert returned is config
        assert next_w.dtype == dtype
        assert next_w.shape == w.shape
        assert not np.shares_memory(next_w, w)
        assert not np.array_equal(next_w, w)
    for slot in rules.get(name).slots:
        assert slot not in config or config[slot].dtype == dtype


@pytest.mark.parametrize("name", NAMES)
def test_state_given_by_the_caller_is_copied(name):
    w, dw = arrays()
    given_state = {slot: np.ones_like(w) for slot in rules.get(name).slots if slot != "v_max"}
    config = dict(given_state)
    rules.get(name).function(w, dw, config)
    for slot, array in given_state.items():
        assert np.array_equal(array, np.ones_like(w))
        assert config[slot] is not array


@settings(max_examples=20)
@given(st.sampled_from(NAMES), st.integers(1, 40), st.integers(1, 9), st.integers(0, 99))
def test_in_place_flat_and_in_blocks_are_the_same(name, rows, columns, seed):
    """out=w, one flat vector cut into tiny blocks, and one array at a time end at the same bits."""
    rule = rules.get(name).function
    W, dW = arrays((rows, columns), seed=seed)
    b, db = arrays((columns,), seed=seed + 1)
    size = rows * columns
    layout = (Slot("W", slice(0, size), W.shape, True), Slot("b", slice(size, size + columns), b.shape, False))
    flat, dflat = np.concatenate([W.ravel(), b]), np.concatenate([dW.ravel(), db])
    of_W, of_b, of_flat = {}, {}, {}
    block = elementwise.BLOCK
    elementwise.BLOCK = 7
    try:
        for _ in range(3):
            flat, _ = rule(flat, dflat, of_flat, out=flat, layout=layout)
    finally:
        elementwise.BLOCK = block
    for _ in range(3):
        W, _ = rule(W, dW, of_W)
        b, _ = rule(b, db, of_b)
    if name == "muon":  # BLAS may round a product by the alignment of its arrays
        np.testing.assert_allclose(flat, np.concatenate([W.ravel(), b]), rtol=1e-9, atol=1e-12)
    else:
        assert np.array_equal(flat, np.concatenate([W.ravel(), b]))


@pytest.mark.parametrize("name", NAMES)
def test_arrays_that_are_not_contiguous(name):
    w, dw = arrays((4, 6))
    straight, _ = rules.get(name).function(np.ascontiguousarray(w.T), np.ascontiguousarray(dw.T), {})
    turned, _ = rules.get(name).function(w.T, dw.T, {})
    np.testing.assert_allclose(turned, straight, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("name", DECAYING)
def test_weight_decay_shrinks_matrices_and_spares_biases(name):
    rule = rules.get(name).function
    zero, ones = np.zeros((3, 2)), np.ones((3, 2))
    config = {"learning_rate": 0.1, "weight_decay": 0.5}
    moved, _ = rule(ones, zero, dict(config))
    assert (moved < 1).all()
    assert np.allclose(moved, 0.95, atol=0.006)  # schedule-free: between z and x
    spared, _ = rule(np.ones(3), np.zeros(3), dict(config))
    assert np.array_equal(spared, np.ones(3))


@pytest.mark.parametrize("name", NAMES)
def test_a_quadratic_is_descended(name):
    w, _ = arrays()
    rates = {"adadelta": 20.0, "adagrad": 0.2, "lion": 0.01}
    config, start = {"learning_rate": rates.get(name, 0.02)}, float(np.sum(w * w))
    for _ in range(200):
        w, config = rules.get(name).function(w, w.copy(), config)
    assert float(np.sum(w * w)) < 0.3 * start


@pytest.mark.parametrize("name", [n for n in NAMES if rules.get(n).slots])
def test_state_never_stays_denormal(name):
    """A dead unit: gradient once, then zero for ever; its state must end at zero, not among the denormals."""
    w, dw = arrays(dtype=np.float32)
    config = {"beta1": 0.8, "beta2": 0.8, "momentum": 0.8, "decay_rate": 0.8}
    config = {k: v for k, v in config.items() if k in rules.get(name).settings}
    tiny = np.finfo(np.float32).tiny
    for step in range(1, 1025):
        w, config = rules.get(name).function(w, dw if step == 1 else np.zeros_like(dw), config)
        if step % elementwise.FLUSH_EVERY == 0:
            for slot in rules.get(name).slots:
                if slot in config:
                    held = np.abs(config[slot])
                    assert not ((held > 0) & (held < tiny)).any(), (slot, step)


def test_momentum_would_stay_denormal_without_care():
    """Why: rounding keeps the smallest denormal where it is for ever."""
    v = np.float32(1)
    for _ in range(5000):
        v = np.float32(v * np.float32(0.9))
    assert 0 < v < np.finfo(np.float32).tiny


def test_heavy_ball_by_hand():
    config = {"learning_rate": 0.5, "momentum": 0.5}
    w, config = solver.sgd_momentum(np.array([1.0]), np.array([2.0]), config)
    assert w[0] == 0.0
    assert config["velocity"][0] == -1.0
    w, config = solver.sgd_momentum(w, np.array([2.0]), config)
    assert w[0] == -1.5
    assert config["velocity"][0] == -1.5


def test_nesterov_by_hand():
    w, _ = solver.nesterov(np.array([1.0]), np.array([2.0]), {"learning_rate": 0.5, "momentum": 0.5})
    assert w[0] == -0.5  # v = -1; w = 1 + 0.5 * -1 - 1


def test_lion_by_hand():
    config = {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.75}
    w, config = solver.lion(np.array([1.0, 1.0]), np.array([4.0, 0.0]), config)
    assert np.allclose(w, [0.9, 1.0])
    assert np.array_equal(config["m"], [1.0, 0.0])


def test_adam_counts_from_one_as_the_course_does():
    """The course hands over m, v and t = 5: the step is then number 6."""
    w, dw = arrays((4, 5))
    m, v = np.full((4, 5), 0.7), np.full((4, 5), 0.6)
    next_w, config = solver.adam(w, dw, {"learning_rate": 1e-2, "m": m, "v": v, "t": 5})
    m1, v1 = 0.9 * m + 0.1 * dw, 0.999 * v + 0.001 * dw**2
    step = m1 / (1 - 0.9**6) / (np.sqrt(v1 / (1 - 0.999**6)) + 1e-8)
    np.testing.assert_allclose(next_w, w - 1e-2 * step, rtol=1e-12)
    np.testing.assert_allclose(config["m"], m1, rtol=1e-12)
    np.testing.assert_allclose(config["v"], v1, rtol=1e-12)
    assert config["t"] == 6


@pytest.mark.parametrize("shape", [(5, 5), (9, 4), (4, 9)])
def test_muon_orthogonalises(shape):
    from solver.rules.muon import orthogonalised

    matrix = np.random.default_rng(0).standard_normal(shape)
    values = np.linalg.svd(orthogonalised(matrix, 8), compute_uv=False)
    assert (values > 0.6).all()
    assert (values < 1.3).all()


def test_schedule_free_evaluates_the_average_of_its_steps():
    """Constant learning rate, no gradient noise: x is the plain mean of all z."""
    w, config, zs = np.array([1.0]), {"learning_rate": 0.1, "momentum": 0.9}, []
    for _ in range(10):
        w, config = solver.schedule_free_sgd(w, w.copy(), config)
        zs.append(config["z"].copy())
    np.testing.assert_allclose(config["x"], np.mean(zs, axis=0), rtol=1e-12)
    np.testing.assert_allclose(w, 0.1 * config["z"] + 0.9 * config["x"], rtol=1e-12)


@pytest.mark.parametrize(
    ("w", "dw", "error", "message"),
    [
        (np.arange(3), np.ones(3), TypeError, "needs w as a floating NumPy array; got int64"),
        ([1.0], np.ones(1), TypeError, "needs w as a floating NumPy array; got list"),
        (np.ones((2, 3)), np.ones((3, 2)), ValueError, r"dw has shape \(3, 2\), w has \(2, 3\)"),
        (np.ones((3, 2)), np.ones((2, 3)), ValueError, r"dw has shape \(2, 3\), w has \(3, 2\)"),
    ],
)
@pytest.mark.parametrize("name", ["sgd", "adam", "muon"])
def test_arrays_that_do_not_fit(name, w, dw, error, message):
    with pytest.raises(error, match=f"{name}.*{message}"):
        rules.get(name).function(w, dw, {})


def test_state_of_another_shape_is_refused():
    with pytest.raises(ValueError, match=r"config\['velocity'\] has shape \(2,\); the parameter has \(3,\)"):
        solver.sgd_momentum(np.ones(3), np.ones(3), {"velocity": np.ones(2)})


def test_a_step_allocates_nothing_once_it_runs():
    import tracemalloc

    w, dw = arrays((100_000,))
    for name in set(NAMES) - {"muon"}:
        config = {}
        for _ in range(3):
            rules.get(name).function(w, dw, config, out=w)
        tracemalloc.start()
        rules.get(name).function(w, dw, config, out=w)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 10_000, (name, peak)
