"""gradcheck.jax: planted bugs as custom_vjp and custom_jvp are named, correct ones pass, edits are of the own rule."""

from pathlib import Path

import numpy as np
import pytest

import gradcheck
from gradcheck import selftest

jax = pytest.importorskip("jax", reason="needs jax (pip install 'layergraph[jax]')")
jnp = jax.numpy

FOLDER = Path(__file__).parent / "frameworks"
CASES = [case for path in sorted(FOLDER.glob("planted_jax_*.py")) for case in selftest.load(path)]
WRONG = [case for case in CASES if case["expected"] is not None]
RIGHT = [case for case in CASES if case["expected"] is None]


@jax.custom_vjp
def affine(x, w, b):
    return x @ w + b


def affine_fwd(x, w, b):
    return x @ w + b, (x, w)


def affine_bwd(res, g):
    x, w = res
    return g @ w.T, x.T @ g, g.mean(axis=0)


affine.defvjp(affine_fwd, affine_bwd)


@jax.custom_jvp
def cube(x):
    return x**3


@cube.defjvp
def cube_rule(primals, tangents):
    (x,), (x_dot,) = primals, tangents
    return cube(x), 2 * x**2 * x_dot


@jax.custom_jvp
def product(x, y):
    return x * y


def rule_of_x(x_dot, out, x, y):
    return x_dot * y


def rule_of_y(y_dot, out, x, y):
    return -y_dot * x


product.defjvps(rule_of_x, rule_of_y)


def arguments(rng):
    return rng.standard_normal((5, 4)), rng.standard_normal((4, 3)), rng.standard_normal(3)


@pytest.mark.parametrize("case", WRONG, ids=lambda c: c["name"])
def test_bug_is_caught_and_named_first(case):
    report = selftest.check_case(case, repair=False)
    assert not report.ok
    assert report.findings[0].code == case["expected"], report


@pytest.mark.parametrize("case", RIGHT, ids=[f"{k}-{c['name']}" for k, c in enumerate(RIGHT)])
def test_correct_function_passes(case):
    report = selftest.check_case(case, 3)
    assert report.verdict == "pass", report


def test_there_are_enough_of_both():
    assert len(WRONG) >= 60
    assert len(RIGHT) >= 30


def test_the_edit_is_of_the_users_own_bwd_and_leaves_the_function_alone(rng):
    before = affine.bwd
    (finding,) = gradcheck.jax(affine, *arguments(rng)).findings
    assert (finding.code, finding.where) == ("SCALE_INV_BATCH", "b")
    assert finding.fix_verified
    assert finding.fix.endswith("mean -> sum")
    assert "test_jax_functions.py" in finding.source
    assert affine.bwd is before


def test_a_rule_for_tangents_is_mended(rng):
    (finding,) = gradcheck.jax(cube, rng.standard_normal((4, 3))).findings
    assert finding.fix_verified
    assert finding.fix.endswith("2 -> 3 in 2 * x ** 2")


def test_of_several_rules_the_wrong_one_is_mended(rng):
    (finding,) = gradcheck.jax(product, rng.standard_normal((4, 3)), rng.standard_normal((4, 3))).findings
    assert (finding.code, finding.where) == ("SIGN", "y")
    assert finding.fix_verified
    assert "-y_dot" in finding.source


def test_arguments_are_drawn_from_their_names():
    (finding,) = gradcheck.jax(affine, repair=False).findings
    assert (finding.code, finding.where) == ("SCALE_INV_BATCH", "b")
    assert "0.1428571429 at N = 7" in finding.message


def test_the_width_of_numbers_is_left_as_it_was(rng):
    wide = jnp.asarray(1.0).dtype
    gradcheck.jax(cube, rng.standard_normal(3), repair=False)
    assert jnp.asarray(1.0).dtype == wide


@jax.custom_vjp
def half_made(x):
    return x


@pytest.mark.parametrize(
    ("function", "given", "told"),
    [
        (np.tanh, [np.ones(3)], "takes a jax.custom_vjp or jax.custom_jvp; got tanh"),
        (half_made, [np.ones(3)], r"has no rule yet: half_made.defvjp\(fwd, bwd\)"),
        (jax.custom_jvp(jnp.sin), [np.ones(3)], "has no rule yet: .*defjvp"),
        (cube, [np.ones(3, complex)], "x is complex"),
        (cube, [np.ones(3, int)], "no array of floats to differentiate .*x: int64"),
        (cube, [np.ones(3), 2], r"cube takes 1 arguments \(x\); got 2"),
        (cube, [np.ones(0)], "x is empty"),
    ],
)
def test_what_cannot_be_checked_is_refused_in_one_line(function, given, told):
    with pytest.raises((TypeError, ValueError), match=told) as caught:
        gradcheck.jax(function, *given)
    assert "\n" not in str(caught.value)
