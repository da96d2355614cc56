"""The definitions for one number, from which the compiled step is written, against the array functions beside them.

As Python runs them on NumPy's numbers; `make thorough` also as Numba compiles them, with its own exp and erfc.
"""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from layers.registry import registered
from layers.scalars import Elementwise, Rows
from models.compiled.scalars import NotPlainError, arguments, definition
from solver import rules
from tests.sampled import sampled

DTYPES = (np.float32, np.float64)
ULP = 4


def exp(x):
    """As compiled code has it: too large for a number is infinite and no error."""
    try:
        return math.exp(x)
    except OverflowError:
        return math.inf


PYTHONS = SimpleNamespace(**{**vars(math), "exp": exp})


def plain(function, numbers, dtype, library=PYTHONS):
    """The definition as the compiled step holds it, run by Python on NumPy's numbers."""
    scope = {"math": library, "T": dtype}
    exec(definition(function, "made", numbers), scope)
    return scope["made"]


def by_numba(function, numbers, dtype):
    """The definition as it runs in the compiled step."""
    numba = pytest.importorskip("numba", reason="the compiled engine needs numba (extra fast)")
    return numba.njit(error_model="numpy")(plain(function, numbers, dtype, math))


BOTH = pytest.mark.parametrize("made", sampled([plain, by_numba], [plain]))


def assert_ulp(got, wanted, dtype, scale=0.0):
    """Equal to 4 units in the last place, of the value or of what it is the small difference of.

    Below the smallest normal number all are one: there the sigmoid of arrays ends.
    """
    got, wanted = np.asarray(got, dtype), np.asarray(wanted, dtype)
    tiny = np.finfo(dtype).tiny
    size = np.maximum(np.maximum(np.abs(wanted), scale), 64 * tiny)
    assert np.all(np.abs(got - wanted) <= ULP * np.spacing(size) + tiny)


ACTIVATIONS = registered("activation")


def test_every_activation_loss_and_elementwise_rule_has_a_definition():
    assert all(isinstance(layer.scalar, Elementwise) for layer in ACTIVATIONS.values())
    assert all(isinstance(layer.scalar, Rows) for layer in registered("loss").values())
    without = [name for name in rules.known() if rules.get(name).element is None]
    assert without == ["muon"]  # which multiplies matrices


@BOTH
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_for_one_number_is_that_of_arrays(name, dtype, made):
    layer = ACTIVATIONS[name]
    drawn, far = np.random.default_rng(0).normal(0, 3, 200), [30, 39, 41, 79, 81, 90, 200, 1e4]  # limits lie between
    x = np.concatenate([drawn, far, np.negative(far), [0.0, -0.0, 1e-8, -1e-8]]).astype(dtype)
    for settings in layer.settings:
        given = {
            key: layer.forward.__kwdefaults__[key] for key in arguments(layer.scalar.value) if key != "x"
        } | settings
        value = made(layer.scalar.value, list(given), dtype)
        slope = made(layer.scalar.slope, list(given), dtype)
        out, cache = layer.forward(x.copy(), **settings)
        with np.errstate(over="ignore"):  # as compiled code does
            y = [value(number, *given.values()) for number in x]
        text = definition(layer.scalar.value, "f", list(given))
        assert_ulp(y, out, dtype, np.abs(out) * x**2 if "erfc" in text else 0.0)  # the rounding of erfc's argument
        known = {"x": x, "y": out}
        names = [name for name in arguments(layer.scalar.slope) if name in known]
        got = [slope(*(known[name][i] for name in names), *given.values()) for i in range(len(x))]
        scale = np.ones_like(x) if "log" in text or "erfc" in text else 0.0  # 1 - exp(-y), Phi(x) + x phi(x)
        assert_ulp(got, layer.backward(np.ones_like(x), cache), dtype, scale)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_no_activation_loses_a_nan(name):
    layer = ACTIVATIONS[name]
    settings = {key: layer.forward.__kwdefaults__[key] for key in arguments(layer.scalar.value) if key != "x"}
    assert math.isnan(plain(layer.scalar.value, list(settings), np.float64)(np.float64(np.nan), *settings.values()))


LOSSES = [
    (name, which, settings)
    for name, layer in registered("loss").items()
    for which in ("labels", "targets")
    if getattr(layer.scalar, which) is not None
    for settings in layer.settings
]


@BOTH
@pytest.mark.parametrize("spread", [4, 500])  # of exp(500) the array functions never hear
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "which", "settings"), LOSSES, ids=[f"{n}-{w}-{s}" for n, w, s in LOSSES])
def test_a_loss_of_one_row_is_that_of_the_batch(name, which, settings, dtype, spread, made):
    layer, rng, n, classes = registered("loss")[name], np.random.default_rng(1), 40, 5
    x = (spread * rng.standard_normal((n, classes))).astype(dtype)
    y = rng.integers(classes, size=n) if which == "labels" else rng.dirichlet(np.ones(classes), n).astype(dtype)
    numbers = layer.scalar.numbers(**settings)
    row = made(getattr(layer.scalar, which), list(numbers), dtype)
    dx, losses = np.empty_like(x), []
    for i in range(n):
        with np.errstate(over="ignore"):
            losses.append(row(x[i], int(y[i]) if which == "labels" else y[i], dx[i], *numbers.values()))
    wanted, wanted_dx = layer.forward(x, y, **settings)
    share = 1 / n if layer.scalar.averaged(settings) else 1.0
    assert np.sum(losses, dtype=float) * share == pytest.approx(float(wanted), rel=float(20 * np.finfo(dtype).eps))
    assert_ulp(dx * dtype(share), wanted_dx, dtype, scale=share)


@pytest.mark.parametrize("name", [name for name, layer in registered("loss").items()])
def test_no_loss_loses_a_nan(name):
    layer = registered("loss")[name]
    for which in ("labels", "targets"):
        function = getattr(layer.scalar, which)
        if function is not None:
            numbers = layer.scalar.numbers()
            x, y = np.array([0.5, np.nan, 1.0]), 0 if which == "labels" else np.array([1.0, 0.0, 0.0])
            assert math.isnan(plain(function, list(numbers), np.float64)(x, y, np.empty(3), *numbers.values()))


RULES = [
    (name, switch)
    for name in rules.known()
    if name != "muon"
    for switch in ({}, {"amsgrad": True}, {"weight_decay": 0.05})
    if set(switch) <= set(rules.get(name).settings)
]


@BOTH
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("name", "switch"), RULES, ids=[f"{name}-{switch}" for name, switch in RULES])
def test_a_rule_for_one_number_is_that_of_arrays(name, switch, dtype, made):
    rule = rules.get(name)
    rng = np.random.default_rng(2)
    w = rng.standard_normal((30, 4)).astype(dtype)  # a matrix: it decays
    config, ours = {**rule.settings, **switch}, {**rule.settings, **switch}
    element = rule.element(ours)
    one = made(element.function, element.numbers, dtype)
    expected, got = w.copy(), w.copy()
    for _ in range(3):
        dw = rng.standard_normal(w.shape).astype(dtype)
        element.prepare(got, dw, ours)
        before = {slot: ours[slot].copy() for slot in element.slots}
        for slot in element.slots:
            ours[slot][...] = config.get(slot, before[slot])
        got[...] = expected  # from the same point each time: errors of one step, not of three
        numbers = element.advance(ours)
        for i in np.ndindex(w.shape):
            state = [ours[slot][i] for slot in element.slots]
            answer = one(got[i], dw[i], *state, *(numbers[number] for number in element.numbers))
            got[i], *state = answer if isinstance(answer, tuple) else (answer,)
            for slot, value in zip(element.slots, state, strict=True):
                ours[slot][i] = value
        expected, config = rule.function(expected, dw, config)
        assert_ulp(got, expected, dtype, scale=np.abs(dw))
        for slot in element.slots:
            assert_ulp(ours[slot], config[slot], dtype, scale=np.maximum(np.abs(dw), 1e-3))


SLOPE = 0.3


def uses_a_global(x):
    return SLOPE * x


def test_a_definition_that_needs_more_than_its_arguments_is_named():
    with pytest.raises(NotPlainError, match="uses_a_global uses 'SLOPE', which is neither an argument nor part"):
        definition(uses_a_global, "f")
    with pytest.raises(NotPlainError, match=r"is not defined by `def`|has no source"):
        definition(np.tanh, "f")
    with pytest.raises(NotPlainError, match=r"is not defined by `def`|has no source"):
        definition(lambda x: x, "f")


def test_numbers_take_the_dtype_where_they_meet_data():
    def rule(w, dw, rate):
        w = w * (1 - 2 * rate) - rate * dw if w > 0 else 1
        return w, max(w, 0.0)

    text = definition(rule, "f", ["rate"])
    assert "w * T(1 - 2 * rate) - T(rate) * dw if w > T(0) else T(1)" in text
    assert "return (w, max(w, T(0.0)))" in text
