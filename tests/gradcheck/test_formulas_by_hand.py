"""The functions of a known tensor that a name may be made of, each at three values, and the numbers beside them."""

import math
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis import course_mean, describe, formulas, scalars
from gradcheck.diagnosis.all_wrong import say_all
from gradcheck.diagnosis.order import causes_first
from gradcheck.findings import Finding
from tests.gradcheck.views_by_hand import view

ROOT = math.sqrt(0.5)
AT = {  # at 0.5, -2 and -0.5
    "{t}": (0.5, -2, -0.5), "(1-{t})": (0.5, 3, 1.5), "(1+{t})": (1.5, -1, 0.5), "{t}*(1-{t})": (0.25, -6, -0.75),
    "(1-{t}^2)": (0.75, -3, 0.75), "(1+{t}^2)": (1.25, 5, 1.25), "{t}^2": (0.25, 4, 0.25),
    "{t}^3": (0.125, -8, -0.125), "|{t}|": (0.5, 2, 0.5), "sign({t})": (1, -1, -1),
    "sqrt({t})": (ROOT, 2 * ROOT, ROOT), "exp({t})": (math.exp(0.5), math.exp(-2), math.exp(-0.5)),
    "exp(-{t})": (math.exp(-0.5), math.exp(2), math.exp(0.5)), "cos({t})": (math.cos(0.5), math.cos(2), math.cos(0.5)),
    "sin({t})": (math.sin(0.5), -math.sin(2), -math.sin(0.5)), "({t}>0)": (1, 0, 0), "(1-2{t})": (0, 5, 2),
    "(1-{t}^2)/(1+{t}^2)": (0.6, -0.6, 0.6), "(1-{t})/(1+{t})": (1 / 3, -3, 3),
}  # fmt: skip


def test_formulas():
    assert list(formulas.FORMULAS) == list(AT), "the simpler ones first"
    for name, right in AT.items():
        found = formulas.FORMULAS[name](np.array([0.5, -2, -0.5]))
        np.testing.assert_allclose(found, right, rtol=1e-12, atol=1e-15, err_msg=name)
    assert formulas.FORMULAS["({t}>0)"](np.zeros(1)).tolist() == [0]


@pytest.mark.parametrize(
    ("target", "t", "c"), [([2, 4], [1, 2], 2), ([1, 0], [1, 1], 0.5), ([3, 1], [0, 0], 0), ([1, 1], [2, -2], 0),
                           ([-3, 0], [2, 0], -1.5)],
)  # fmt: skip
def test_multiple_that_comes_nearest(target, t, c):
    assert formulas.fitted(np.array(target, float), np.array(t, float)) == c


def test_numbers_of_long_lists():
    def found(**values):
        subject = SimpleNamespace(sources=list, reg=0.0)
        return scalars.scalars_of(subject, SimpleNamespace(values=values, cache=None))

    assert found(a=[0.5] * 49) == {f"a[{k}]": 0.5 for k in range(49)}
    assert found(a=[0.5] * 50) == {}
    assert found(a=(0.5, 2.0, -1.0, np.nan)) == {"a[0]": 0.5, "a[1]": 2, "a[2]": -1}


def test_rows_that_are_wrong_are_counted_up_to_six():
    g = np.zeros((8, 2))
    wrong = np.arange(8)[:, None] < [[7, 7]]
    assert describe.wrong_set(view(g + wrong, g)) == "14 of 16 elements are wrong: exactly rows 0, 1, 2, 3, 4, 5"
    last = np.zeros((2, 3, 2))
    last[..., 1] = 1
    assert describe.wrong_set(view(last, 0 * last)) == "6 of 12 elements are wrong: exactly column 1"
    edge = view([1, 1, 0, 0], np.zeros(4), x=[1, 3, 3, 4])
    assert describe.wrong_set(edge) == "2 of 4 elements are wrong", "a right one has the highest, too"
    edge = view([1, 1, 0, 0], np.zeros(4), x=[1, 3, 1, 4])
    assert describe.wrong_set(edge) == "2 of 4 elements are wrong", "or the lowest"


def told(code, where, severity="error", **evidence):
    return Finding(code, severity, where, "told", evidence)


def test_order_of_causes():
    shared, both = told("ALIASED", "x"), told("ALIASED", "x", between_gradients=True)
    other, note, value = told("ALIASED", "w"), told("DTYPE", "b", "note"), told("SIGN", "x")
    assert causes_first([note, shared, both, other], [value]) == [both, other, value, shared, note]
    for harmless in (told("UNNAMED", "x"), told("KINK_CONVENTION", "x", "note")):
        assert causes_first([shared], [harmless]) == [shared, harmless]


def test_tensors_that_follow_from_a_named_one():
    runs = [SimpleNamespace(bad=lambda: ["x", "w", "b"], judged={n: SimpleNamespace(bad=np.ones(2)) for n in "xwb"},
                            misshapen={})]  # fmt: skip
    first = told("SIGN", "x", follows=["b", "x", "other"])
    found = say_all([first], runs)
    assert [(f.code, f.where) for f in found] == [("SIGN", "x"), ("UNNAMED", "w")]
    assert first.message == "told. b is wrong as well, and may follow from this"
    assert found[1].message == "w is wrong as well; not explained by the above: 2 of 2 elements"
    note = told("KINK_CONVENTION", "x", "note")
    assert say_all([note], runs) == [note]
    mended = told("SIGN", "x")
    mended.fix_verified = True
    assert say_all([mended], runs) == [mended]
    assert mended.message == "told. w, b are wrong as well; the edit mends them too"


@pytest.mark.parametrize(("n", "carries"), [(2, True), (1, False)])
def test_batches_of_which_a_course_takes_the_mean(n, carries):
    """Of a batch of one the mean is the sum: it tells nothing."""

    def run(n):
        values = {"A": np.ones((n, 7)), "W": np.ones((7, 2)), "b": np.ones(2)}
        judged = {k: SimpleNamespace(bad=np.array([k != "A"])) for k in values}
        return SimpleNamespace(
            n=n, probe=SimpleNamespace(extra=False), values=values, judged=judged, bad=lambda: ["W", "b"],
            numeric={k: SimpleNamespace(value=6 * v, bound=0 * v, kink=v < 0) for k, v in values.items()},
            analytic={k: 6 * v / (1 if k == "A" else n) for k, v in values.items()},
        )  # fmt: skip

    found = course_mean.averaged(SimpleNamespace(dialect="method"), [run(4), run(n)])
    assert found == (["W", "b"] if carries else [])
