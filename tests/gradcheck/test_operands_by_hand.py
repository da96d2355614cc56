"""Gradients that are products of the wrong things, or of the right ones at the wrong point, read off a few numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis.families import elementwise, products
from tests.gradcheck.views_by_hand import view

S = np.array([[1.0, 2, 0], [4, 1, 3], [0.5, -1, 2]])
D = np.array([[1.0, -1, 2], [0, 3, 1], [2, 1, -2]])
T = np.array([[0.5, 1, 1], [2, -3, 1], [1, 0, 4]])


def operands(a, g, *, more=(), kind="layer", **rest):
    atoms = [("s", S), ("dout", D), ("t", T), *more]
    told = products.operands([view(a, g, dout=D, out=D, atoms=atoms, kind=kind, **rest)])
    return told and (told.code, told.message, told.fix)


@pytest.mark.parametrize(
    ("a", "code", "computed"),
    [(S @ D, "TRANSPOSED", "s @ dout"), (S.T @ D.T, "TRANSPOSED", "s.T @ dout.T"), (D @ S, "TRANSPOSED", "dout @ s"),
     (D.T @ S, "TRANSPOSED", "dout.T @ s"), (T.T @ D, "WRONG_POINT", "t.T @ dout"),
     (D @ T.T, "WRONG_POINT", "dout @ t.T")],
)  # fmt: skip
def test_product_of_other_operands(a, code, computed):
    assert operands(a, S.T @ D) == (code, f"computed {computed}, should be s.T @ dout", "s.T @ dout")


def test_products_that_tell_nothing():
    assert operands(S @ D, S.T @ D + 1) is None, "nothing known is right"
    assert operands(S @ D + 1, S.T @ D) is None
    assert operands((S @ D)[0], (S.T @ D)[0]) is None, "no matrix"
    assert operands(T.T @ T, S.T @ T) is None, "a layer's gradient has dout in it"
    assert operands(T.T @ T, S.T @ T, kind="loss")[1] == "computed t.T @ t, should be s.T @ t"
    assert operands(S.T @ S, T.T @ T, kind="loss") is None, "no operand in common"
    beside = np.zeros((3, 3))
    beside[1, 0] = 1.8e-5  # S @ D is 2 there; the largest entry of both is 19
    assert operands(S @ D + beside, S.T @ D) is not None
    assert operands(S @ D + 2 * beside, S.T @ D) is None


def test_product_of_a_masked_upstream_gradient():
    on = np.array([[1.0, 0, 1], [1, 1, 0], [0, 1, 1]])
    jac = np.tile(on.ravel(), (9, 1)) * 1e-3
    told = operands(S.T @ D, S.T @ (D * on), jac=jac)
    assert told == ("WRONG_POINT", "computed s.T @ dout, should be s.T @ masked dout", "s.T @ masked dout")
    assert operands(S.T @ D, S.T @ (D * on), jac=jac[:, :8]) is None, "a Jacobian by more outputs"


def test_product_holds_on_every_view():
    def one(atoms):
        return view(S @ D, S.T @ D, dout=D, out=D, atoms=atoms)

    both = [("s", S), ("dout", D)]
    assert products.operands([one(both), one(both)]) is not None
    for other in (both[:1], both[1:], [("s", S.T), ("dout", D)], [("s", S[:, :2]), ("dout", D)]):
        assert products.operands([one(both), one(other)]) is None
    images = np.stack([S, T], axis=1)  # (3, 2, 3): rows of six
    told = operands(images.reshape(3, 6).T @ S, images.reshape(3, 6).T @ D, more=[("images", images)])
    assert told is None, "dout is missing"
    wide = images.reshape(3, 6).T
    told = operands(wide @ D.T, wide @ D, more=[("images", images)])
    assert told[1] == "computed images.T @ dout.T, should be images.T @ dout"


def derivative(value):
    value = np.asarray(value, float)
    return SimpleNamespace(value=value, kink=np.zeros(value.shape, bool), checked=None)


def test_gradient_of_another_argument():
    numeric = {"W": derivative(S), "zero": derivative(0 * S), "flat": derivative(T.ravel()), "U": derivative(T)}
    told = products.swapped([view(T, S, numeric=numeric)])
    assert told.message == "what is returned for W is the gradient of U"
    assert told.evidence == {"of": "U"}
    assert products.swapped([view(T, S, numeric=numeric), view(T, S, numeric=numeric | {"U": derivative(D)})]) is None
    assert products.swapped([view(0 * T, S, numeric=numeric)]) is None, "zeros tell nothing"
    assert products.swapped([view(S, S, numeric=numeric)]) is None, "its own"
    assert products.swapped([view(T.ravel(), S.ravel(), numeric=numeric | {"W": derivative(S.ravel())})]).evidence == {
        "of": "flat"
    }


def test_square_gradients_alone_are_transposed():
    assert products.transposed([view([[2.0]], [[2.0]])]) is None
    assert products.transposed([view([2.0, 3], [2.0, 3])]) is None
    cube = np.arange(8.0).reshape(2, 2, 2)
    assert products.transposed([view(cube.T, cube)]) is None
    assert products.transposed([view(S.T, S), view(T.T, T)]) is not None
    assert products.transposed([view(S.T, S), view(T, T)]) is None


def test_one_row_through_a_square_operand_tells_nothing():
    row = np.array([[1.0, 2, -1]])
    assert products.inner([view(row @ S, row @ S.T, atoms=[("s", S)])]) is None
    assert products.inner([view([[2.0], [3]], [[2.0], [3]], atoms=[("s", np.array([[5.0]]))])]) is None
    assert products.inner([view(D @ S, D @ S.T, atoms=[("s", S)]), view(D @ S, D @ S.T, atoms=[("t", T)])]) is None


def test_sums_of_products_of_rows_alone():
    cube, other = np.arange(12.0).reshape(2, 3, 2), np.arange(12.0).reshape(2, 3, 2) ** 2
    more = {"dout": cube, "out": cube, "atoms": [("x", other), ("y", cube)]}
    assert products.sums_of_products([view((cube * other).sum(0), (cube * cube).sum(0), **more)]) is None
    ours, right = (cube * other).sum((0, 1)), (cube * cube).sum((0, 1))
    told = products.sums_of_products([view(ours, right, **more)])
    assert told.message == "computed sum(dout * x), should be sum(dout * y)"
    assert products.sums_of_products([view(1.5 * ours, right, **more)]) is None
    assert products.sums_of_products([view(ours, right, **more), view(ours, right, **more | {"atoms": []})]) is None
    line = {"dout": D[0], "out": D[0], "atoms": [("x", S[0])]}
    assert products.sums_of_products([view((D[0] * S[0]).sum(), 1.0, **line)]) is None, "one axis"
    short = [view(ours, right, **more | {"atoms": [("x", other[0]), ("y", cube)]})]
    assert products.sums_of_products(short) is None


G = np.array([1.0, 2, 4])
F = np.array([0.5, 2, -3])


@pytest.mark.parametrize("k", [1, -1, 2, 0.5, -2, -0.5, 7, 1 / 7, 0.3, 1 / 0.3])
def test_factor_and_a_constant_that_has_a_name(k):
    more = {"n": 7, "atoms": [("t", F)], "scalars": {"keep": 0.3}}
    times = "" if k == 1 else f" (times {k:.6g})"
    assert elementwise.explain([view(k * G * F, G, **more)]).message == f"a factor t{times} too much"
    assert elementwise.explain([view(k * G / F, G, **more)]).message == f"the factor t{times} is missing"
    assert elementwise.explain([view(1.1 * k * G * F, G, **more)]) is None


def test_factor_holds_on_every_view():
    one, other = view(G * F, G, atoms=[("t", F)]), view(G * F[::-1], G, atoms=[("t", F[::-1])])
    assert elementwise.explain([one, other]).evidence == {"factor": "t", "missing": False}
    assert elementwise.explain([one, view(G * F, G, atoms=[("t", F[::-1])])]) is None
    assert elementwise.explain([one, view(G * F, G, atoms=[("u", F)])]) is None
    assert elementwise.explain([one, view(0 * G, 0 * G, atoms=[("t", F)])]) is None, "no ratio there"


def ratio(a, g, **more):
    found = elementwise._own_ratio(view(a, g, **more))
    return found and (found[0].tolist(), found[1].tolist())


def test_ratio_where_the_numeric_gradient_is_large_enough():
    assert ratio([3, 0, 4], [1, 0, 2]) == ([3, 1, 2], [True, False, True])
    assert ratio([3, 3.9e-3, 4], [1, 1.9e-5, 2]) == ([3, 1, 2], [True, False, True])
    assert ratio([3, 4.1e-3, 4], [1, 1.9e-5, 2]) is None, "too large beside nothing"
    assert ratio([3, 4.2e-5, 4], [1, 2.1e-5, 2]) == ([3, pytest.approx(2), 2], [True] * 3)
    assert ratio([0, 3, 4], [0.9, 1.1, 2], e=1e-4) == ([1, pytest.approx(3 / 1.1), 2], [False, True, True])
    assert ratio([0, 0, 4], [0, 0, 2]) is None, "one entry tells nothing"
    assert ratio([3, 4], [1, 2], e=np.inf) is None
    assert ratio([3, 9, 4], [1, 0, 2], kink=[False, True, False]) == ([3, 1, 2], [True, False, True])


JAC = np.array([[1.0, 2, 0], [3, -1, 0]])


def output_ratio(ours, jac=JAC, out=(0, 0, 0)):
    found = elementwise._output_ratio(view([1, 1], [2, 2], jac=jac, ours=ours, out=out))
    return found and (found[0].tolist(), found[1].tolist(), found[2])


def test_ratio_of_the_outputs():
    assert output_ratio(JAC * [2, -3, 7]) == ([2, -3, 1], [True, True, False], (3,))
    assert output_ratio(JAC * [[2], [3]]) is None, "a factor of the inputs"
    assert output_ratio(JAC * [2, 3, 1], out=(0, 0)) is None, "two outputs"
    assert output_ratio(None, None) is None
    assert output_ratio(JAC * [2, 0, 0], JAC * [1, 0, 0]) is None, "one output tells nothing"
    small = np.array([[1.0, 2e-5, 0.9e-5]])
    assert output_ratio(small * [2, 3, 3], small) == ([2, pytest.approx(3), 1], [True, True, False], (3,))
    beside = np.array([[0, 0, 5.9e-5], [0, 0, 0]])  # of the largest entry of ours, 6
    assert output_ratio(JAC * [2, 3, 1] + beside) is not None
    assert output_ratio(JAC * [2, 3, 1] + beside * 1.1) is None


def test_factor_of_the_outputs():
    ours = np.array([[1.0, 2], [3, -1]]) * F[:2]
    made = view([1, 1], [2, 2], jac=[[1, 2], [3, -1]], ours=ours, out=[0, 0], atoms=[("t", F[:2])])
    told = elementwise._factor([made], elementwise._output_ratio, " of the upstream gradient")
    assert told.message == "a factor t of the upstream gradient too much"


def at_point(a, point, square=np.square, **more):
    made = view(a, np.square(G), x=G, values={"W": G}, atoms=[("W", G), ("dout", F), ("t", point)], **more)
    made.derivative = lambda v: SimpleNamespace(value=square(v["W"]), bound=0.0, kink=False)
    return made


def test_derivative_at_another_tensor():
    told = elementwise.wrong_point([at_point(F**2, F)])
    assert (told.code, told.evidence) == ("WRONG_POINT", {"at": "t"})
    assert told.message == "the right derivative, but at t instead of W"
    assert elementwise.wrong_point([at_point(F**2, F), at_point(4 * F**2, 2 * F)]) is not None
    assert elementwise.wrong_point([at_point(F**2, F), at_point(F**2, G)]) is None
    assert not elementwise._at_point(at_point(F**2, F, kind="loss"), "t")
    assert not elementwise._at_point(at_point(F**2, F, lifted=True), "t")
    assert not elementwise._at_point(at_point(F**2, F[:2]), "t")
    assert not elementwise._at_point(at_point(F**2, F), "u")

    def fails(t):
        raise ValueError(t)

    assert not elementwise._at_point(at_point(F**2, F, fails), "t")


X, OUT = np.array([0.1, 0.5, -0.7]), np.array([0.2, -0.3, 0.6])


def formula(b, d, **more):
    with np.errstate(all="ignore"):
        return elementwise._formula(view(b, d, x=X, atoms=[("x", X), ("out", OUT), ("n", np.ones(2))], **more))


def test_common_formula_of_another_tensor():
    b, d = 1 - X**2, 1 - OUT**2
    right = {("(1-{t}^2)", "x", "out")}
    assert formula(b, d, jac=np.diag(d), ours=np.diag(b)) == right
    assert formula(3 * b, 3 * d, jac=np.diag(3 * d), ours=np.diag(3 * b)) == right
    assert formula(b, d, jac=np.diag(3 * d), ours=np.diag(b)) == set(), "another constant"
    assert formula(b * F, d * F, dout=F, out=F) == right
    assert formula(b * F, d * F, dout=F, out=F, lifted=True) is None
    assert formula(b * F, d * F, dout=F, out=F, kind="loss") is None
    assert formula(b, d, dout=F[:1], out=F[:1]) is None
    assert formula(b * F, d * F, lifted=True, unmasked=F) == right
    assert formula(b * F, d * F, lifted=True, unmasked=F * [1, 1, 0]) is None
    made = view(b, d, x=X, jac=np.diag(d), ours=np.diag(b), atoms=[("x", X), ("out", OUT)], kind="loss")
    with np.errstate(all="ignore"):
        told = elementwise.wrong_point([made])
    assert told.message == "computed (1-x^2), should be (1-out^2)"
    assert told.evidence == {"computed": "(1-x^2)", "expected": "(1-out^2)"}
