"""A formula for one number as calls on arrays: which calls, on what memory, and that they give the formula's values."""

import math
import re

import numpy as np
import pytest

from solver.rules.formula import Formula


def momentum(w, dw, velocity, learning_rate, mu):
    """Documented."""
    velocity = mu * velocity - learning_rate * dw
    return w + velocity, velocity


def scaled(w, dw, cache, rate, decay):
    cache = decay * cache + dw * dw * (1 - decay)
    return w - dw / (math.sqrt(cache) + 1e-8) * (rate / 2), cache


def signed(w, dw, m, rate, beta):
    mixed = m * beta + dw * (1 - beta)
    sign = mixed if mixed == 0 else math.copysign(1.0, mixed)
    return (w - w * rate) - sign * rate, mixed


def largest(w, dw, top, rate):
    top = max(top, dw * dw)
    return w - (dw - w) * (rate * w) / top, top


def turned(w, dw, v, rate):
    v = dw * rate - v
    return dw * v - w, v


def shared(w, dw, v, rate):
    v = v * rate / (dw - v)
    return w - v, v


def alone(w, dw, rate):
    return w - rate * dw


FORMULAS = {
    momentum: ("velocity",), scaled: ("cache",), signed: ("m",), largest: ("top",), turned: ("v",), shared: ("v",),
    alone: (),
}  # fmt: skip
WRITTEN = {  # calls on numbers, once a step; calls on arrays; the memory besides
    momentum: (
        [],
        ["velocity = multiply(mu, velocity)", "s0 = multiply(learning_rate, dw)",
         "velocity = subtract(velocity, s0)", "out = add(w, velocity)"],
        1,
    ),
    scaled: (
        ["1 - decay = sub(1, decay)", "rate / 2 = truediv(rate, 2)"],
        ["cache = multiply(decay, cache)", "s0 = multiply(dw, dw)", "s0 = multiply(s0, 1 - decay)",
         "cache = add(cache, s0)", "s0 = sqrt(cache)", "s0 = add(s0, 1e-08)", "s0 = divide(dw, s0)",
         "s0 = multiply(s0, rate / 2)", "out = subtract(w, s0)"],
        1,
    ),
    signed: (
        ["1 - beta = sub(1, beta)"],
        ["s0 = multiply(m, beta)", "s1 = multiply(dw, 1 - beta)", "s0 = add(s0, s1)", "s1 = sign(s0)",
         "s2 = multiply(w, rate)", "out = subtract(w, s2)", "s2 = multiply(s1, rate)", "out = subtract(out, s2)"],
        3,
    ),
    largest: (
        [],
        ["s0 = multiply(dw, dw)", "top = <lambda>(top, s0)", "s0 = subtract(dw, w)", "s1 = multiply(rate, w)",
         "s0 = multiply(s0, s1)", "s0 = divide(s0, top)", "out = subtract(w, s0)"],
        2,
    ),
    turned: (
        [],
        ["s0 = multiply(dw, rate)", "v = subtract(s0, v)", "s0 = multiply(dw, v)", "out = subtract(s0, w)"],
        1,
    ),
    shared: (
        [],
        ["s0 = multiply(v, rate)", "v = subtract(dw, v)", "v = divide(s0, v)", "out = subtract(w, v)"],
        1,
    ),
    alone: ([], ["s0 = multiply(rate, dw)", "out = subtract(w, s0)"], 1),
}  # fmt: skip


def lines(calls):
    told = (f"{call.gives} = {call.function.__name__}({', '.join(call.takes)})" for call in calls)
    return [line.replace("scratch ", "s") for line in told]


@pytest.mark.parametrize("function", FORMULAS)
def test_the_calls_of_a_formula(function):
    formula = Formula(function, FORMULAS[function])
    numbers, calls, scratch = WRITTEN[function]
    assert lines(formula.numbers) == numbers
    assert lines(formula.calls) == calls
    assert formula.scratch == [f"scratch {k}" for k in range(scratch)]


@pytest.mark.parametrize("in_place", [True, False])
@pytest.mark.parametrize("function", FORMULAS)
def test_they_give_what_the_formula_gives(function, in_place):
    formula, rng = Formula(function, FORMULAS[function]), np.random.default_rng(0)
    arrays = {name: rng.uniform(0.5, 2, 5) for name in ("w", "dw", *FORMULAS[function])}
    numbers = dict(zip(("rate", "learning_rate", "mu", "decay", "beta"), (0.1, 0.2, 0.9, 0.8, 0.7), strict=True))
    takes = function.__code__.co_varnames[: function.__code__.co_argcount]
    rows = [function(*({**numbers, **{key: values[k] for key, values in arrays.items()}}[name] for name in takes))
            for k in range(5)]  # fmt: skip
    held = {**arrays, **numbers, **formula.constants, **{name: np.empty(5) for name in formula.scratch}}
    held["out"] = held["w"] if in_place else np.empty(5)
    for call in formula.numbers:
        held[call.gives] = call.function(*(held[name] for name in call.takes))
    for call in formula.calls:
        call.function(*(held[name] for name in call.takes), held[call.gives])
    wanted = np.array([row if isinstance(row, tuple) else (row,) for row in rows]).T
    np.testing.assert_allclose(held["out"], wanted[0], rtol=1e-14)
    if function not in (signed, alone):
        np.testing.assert_allclose(held[FORMULAS[function][0]], wanted[1], rtol=1e-14)


class Defined:
    """No function."""


def unpacked(w, dw):
    a, b = w, dw
    return a - b


def at_once(w, dw):
    a = b = w
    return a - b


def positive(w, dw):
    return w if w > 0 else dw


def negative(w, dw):
    return w if w < 0 else dw


@pytest.mark.parametrize("function", [positive, negative])
def test_a_condition_is_the_sign_of_a_number_and_no_other(function):
    with pytest.raises(KeyError, match="IfExp"):
        Formula(function, ())


@pytest.mark.parametrize(("function", "line"), [(unpacked, "a, b = (w, dw)"), (at_once, "a = b = w")])
def test_what_is_no_formula(function, line):
    with pytest.raises(TypeError, match=f"^a formula assigns to one name at a time; got {re.escape(repr(line))}$"):
        Formula(function, ())
    with pytest.raises(TypeError, match="is not defined by `def`"):
        Formula(Defined, ())
