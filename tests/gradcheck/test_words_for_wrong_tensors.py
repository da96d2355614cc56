"""From residuals to words: known tensors, their formulas, plain numbers, penalties, dZ of a weight, the order told."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis import all_wrong, formulas, order, scalars
from gradcheck.diagnosis.families import additive, linear, pre_activations
from gradcheck.findings import Finding
from tests.gradcheck.views_by_hand import view

W = np.array([[1.0, -2], [3, 0.5]])
G = np.array([[0.1, 0.2], [0.3, -0.4]])


@pytest.mark.parametrize(
    ("c", "strength", "code", "spelled"),
    [
        (0.3, 0.3, "EXTRA_REG", "+reg * W"), (-0.3, 0.3, "MISSING_REG", "-reg * W"),
        (0.6, 0.3, "EXTRA_REG", "+2 reg * W"), (0.15, 0.3, "EXTRA_REG", "+0.5 reg * W"),
        (0.06, 0.3, "EXTRA_REG", "+reg / N * W"),
    ],
)  # fmt: skip
def test_multiple_of_the_weights(c, strength, code, spelled):
    wrong = view(G + c * W, G, x=W, n=5, scalars={"reg": strength})
    told = additive.penalty([wrong])
    assert told.code == code
    assert f"analytic - numeric = {spelled}:" in told.message
    assert told.fix == f"dW {'+=' if c < 0 else '-='} {spelled[1:]}"
    assert told.evidence["c"] == pytest.approx(c)
    np.testing.assert_allclose(told.correct(wrong), G)


def test_multiple_of_the_signs_and_of_no_known_strength():
    told = additive.penalty([view(G + 0.3 * np.sign(W), G, x=W, scalars={"l1": 0.3})])
    assert "+l1 * sign(W)" in told.message
    assert additive.penalty([view(G + 0.7 * W, G, x=W, scalars={"reg": 0.3})]) is None
    assert "+0.7 * W" in additive.penalty([view(G + 0.7 * W, G, x=W, kind="net")]).message
    assert additive.penalty([view(G + 0.3 * W, G, x=W, scalars={"momentum": 0.3})]) is None
    views = [view(G + c * W, G, x=W, kind="net") for c in (0.3, 0.4)]
    assert additive.penalty(views) is None, "another multiple on another probe"


@pytest.mark.parametrize(
    ("c", "spelled"), [((0.7, 0.7), "0.7 t"), ((0.5, 0.25), "2 t / N"), ((4.0, 8.0), "N t"), ((0.3, 0.4), None)]
)
def test_multiple_of_a_known_tensor(c, spelled):
    t = np.array([[1.0, 2], [-3, 5]])
    views = [view(G + k * t, G, n=n, atoms=[("t", t)]) for k, n in zip(c, (4, 8), strict=True)]
    told = additive.explain(views)
    assert (told and told.message) == (spelled and f"analytic - numeric = {spelled}")
    assert spelled is None or told.evidence == {"term": "t", "c": pytest.approx(list(c))}


def test_terms_that_fit_a_gradient():
    t = np.array([[1.0, 2], [-3, 5]])
    assert additive.explain([view(G[0] + [3, -7], G[0], atoms=[("t", -t / 2)])]) is None
    assert additive.explain([view(G[0] + [2, -7], G[0], atoms=[("t", -t)])]).evidence["term"] == "sum(t, axis=0)"
    assert additive.explain([view(G[0] + [3, 2], G[0], atoms=[("t", t)])]).evidence["term"] == "sum(t, axis=1)"
    assert additive.explain([view(G + 0.5, G)]).message == "analytic - numeric = 0.5 1"
    assert additive.explain([view([1.0], [0.5])]) is None, "one number is a multiple of any other"
    s = t + 1
    told = additive.products([view(G + 2 * s * t, G, atoms=[("s", s), ("t", t)])])
    assert told.evidence["term"] == "s * t"
    assert additive.explain([view(G + 2 * s * t, G, atoms=[("s", s), ("t", t)])]) is None


def offset_of(offset, atoms, numbers=()):
    run = SimpleNamespace(known_arrays=atoms, values=dict(numbers), cache=None)
    subject = SimpleNamespace(sources=list)
    result = SimpleNamespace(kind="affine", offset=offset)
    return linear.findings(SimpleNamespace(linear={"w": result}, runs=[run], subject=subject))[0]


@pytest.mark.parametrize(
    ("times", "code"), [(1, "EXTRA_REG"), (-1, "EXTRA_REG"), (2, "EXTRA_REG"), (3, "ADDITIVE_TERM")]
)
def test_offset_whatever_dout_is(times, code):
    told = offset_of(times * 0.3 * W, [("zero", 0 * W), ("x", np.ones(5)), ("w", W)], {"reg": 0.3})
    assert told.code == code
    assert told.message.startswith(f"{times * 0.3:.6g} w is added whatever dout is")


def test_offset_of_another_tensor_or_of_none():
    told = offset_of(0.3 * W, [("x", W)], {"reg": 0.3})
    assert (told.code, told.evidence["term"], told.evidence["c"]) == ("ADDITIVE_TERM", "x", pytest.approx(0.3))
    assert offset_of(0.3 * W, [("w", W)], {"p": 0.3}).code == "ADDITIVE_TERM"
    told = offset_of(W**2 + 0.1, [("w", W)])
    assert (told.code, told.evidence) == ("ADDITIVE_TERM", {})


def test_verdicts_on_a_map_of_dout():
    kinds = ("linear", "constant", "mask", "nonlinear")
    evidence = SimpleNamespace(linear={k: SimpleNamespace(kind=k) for k in kinds})
    assert [(f.code, f.where) for f in linear.findings(evidence)] == [
        ("IGNORES_DOUT", "constant"), ("MASK_FROM_DOUT", "mask"), ("NONLINEAR_DOUT", "nonlinear"),
    ]  # fmt: skip


def test_formulas_at_a_point():
    expected = {
        "{t}": 0.5, "(1-{t})": 0.5, "(1+{t})": 1.5, "{t}*(1-{t})": 0.25, "(1-{t}^2)": 0.75, "(1+{t}^2)": 1.25,
        "{t}^2": 0.25, "{t}^3": 0.125, "|{t}|": 0.5, "sign({t})": 1, "sqrt({t})": 0.5**0.5, "exp({t})": 1.6487212707,
        "exp(-{t})": 0.6065306597, "cos({t})": 0.8775825619, "sin({t})": 0.4794255386, "({t}>0)": 1, "(1-2{t})": 0,
        "(1-{t}^2)/(1+{t}^2)": 0.6, "(1-{t})/(1+{t})": 1 / 3,
    }  # fmt: skip
    assert {k: float(f(np.array(0.5))) for k, f in formulas.FORMULAS.items()} == pytest.approx(expected)
    assert formulas.FORMULAS["({t}>0)"](np.zeros(1)) == 0
    assert formulas.FORMULAS["sqrt({t})"](np.array(-4.0)) == 2


def test_tensors_derived_from_known_ones():
    x, t = np.array([[1.0, 4], [3, 0]]), np.array([[1.0, 1], [1, 2]])
    found = dict(formulas.derived([("x", x), ("t", t), ("b", np.ones(2)), ("dout", x), ("cache", x)]))
    expected = {
        "(x-t)": [[0, 3], [2, -2]], "std(x, axis=0)": [[1, 2]], "std(x, axis=1)": [[1.5], [1.5]],
        "norm(x, axis=0)": [[10**0.5, 4]], "sum(x, axis=1)": [[5], [3]], "mean(x, axis=0)": [[2, 2]],
        "sqrt(var(x, axis=0) + 1e-5)": [[1.00001**0.5, 4.00001**0.5]], "tanh(b)": [0.7615941560] * 2,
        "sigmoid(b)": [0.7310585786] * 2,
    }  # fmt: skip
    for name, right in expected.items():
        np.testing.assert_allclose(found[name], right)
    others = "(x-cache)", "(t-x)", "(x-x)", "(x-b)", "sum(dout, axis=0)", "std(b, axis=0)"
    assert not any(name in found for name in others)


def test_a_tensor_in_a_shape():
    t = np.array([1.0, 2])
    assert formulas.broadcast(t, (3, 2)).tolist() == [[1, 2]] * 3
    assert formulas.broadcast(t, (2, 3)).tolist() == [[1, 1, 1], [2, 2, 2]]
    assert formulas.broadcast(t, (2, 2)).tolist() == [[1, 2], [1, 2]], "NumPy's rule comes first"
    assert formulas.broadcast(np.ones((2, 2)), (4,)).shape == (4,)
    assert formulas.broadcast(t, (3,)) is None
    assert formulas.broadcast(np.ones((2, 3)), (3, 2)) is None
    assert formulas.fitted(np.array([2.0, 4]), t) == 2
    assert formulas.fitted(t, 0 * t) == 0


def test_plain_numbers_within_reach():
    cache = (0.25, {"eps": 1e-3, "deep": [[[0.125]]]}, True, np.array(7.0), W, float("nan"), 1, 0)
    subject = SimpleNamespace(sources=list, reg=0.4)
    found = scalars.scalars_of(subject, SimpleNamespace(values={"p": 0.5, "x": W, "keep": 1.0}, cache=cache))
    assert found == {"p": 0.5, "reg": 0.4, "cache[0]": 0.25, "eps": 1e-3, "cache[3]": 7.0}
    found = scalars.scalars_of(subject, SimpleNamespace(values={}, cache=list(range(2, 51))))
    assert len(found) == 50, "and reg"
    assert len(scalars.scalars_of(subject, SimpleNamespace(values={}, cache=list(range(2, 52))))) == 1, "too many"


H = np.array([[1.0, 2, 0, 1], [0, 1, 3, -1]])  # two examples, four inputs
DZ = np.array([[1.0, -2], [0.5, 3]])
V = np.arange(8.0).reshape(4, 2) ** 2


def test_gradient_of_a_weight_carried_back():
    np.testing.assert_allclose(pre_activations.solve(H, H.T @ DZ, V), DZ)
    np.testing.assert_allclose(pre_activations.solve(H, H.T @ DZ + 0.3 * V, V), DZ, atol=1e-12)
    np.testing.assert_allclose(pre_activations.solve(H, H.T @ DZ + 0.3 * V, V, DZ.sum(0)), DZ, atol=1e-12)
    assert pre_activations.solve(H, H.T @ DZ + V**2, V) is None
    assert pre_activations.solve(H, H.T @ DZ, V, DZ.sum(0) + 1) is None, "a bias that does not go with it"
    assert pre_activations.solve(H[:, :2], H[:, :2].T @ DZ, V[:2]) is None, "as many examples as inputs"
    assert pre_activations.solve(H[[0, 0]], H[[0, 0]].T @ DZ, V) is None, "equal examples"
    off = np.array([[0.0, 0, 0, 0], [0, 1, 3, -1]])
    assert pre_activations.solve(off, off.T @ DZ, V) is None
    np.testing.assert_allclose(pre_activations.solve(off, off.T @ DZ, V, DZ.sum(0)), DZ, atol=1e-12)


def test_bias_that_goes_with_a_weight():
    params = {"W1": V, "b2": np.ones(2), "b1": np.ones((1, 2)), "c1": np.ones(2), "W2": np.ones((1, 2))}
    assert pre_activations._bias_name(params, "W1", 2) == "b1"
    assert pre_activations._bias_name(params, "W2", 2) == "b2"
    assert pre_activations._bias_name(params, "W3", 2) is None
    assert pre_activations._bias_name(params, "W1", 3) is None
    assert pre_activations._bias_name({"W1": V, "U1": np.ones((2, 2))}, "W1", 4) is None, "a matrix is no bias"


def finding(code, where, severity="error", **more):
    return Finding(code, severity, where, "told", more)


def test_cause_before_what_follows_from_it():
    alias, note, shape = finding("ALIASED", "x"), finding("DTYPE", "x", "note"), finding("RAISES", "x")
    value, unnamed = finding("SIGN", "x"), finding("UNNAMED", "x")
    assert order.causes_first([alias, note, shape], [value]) == [shape, value, alias, note]
    assert order.causes_first([alias], [unnamed]) == [alias, unnamed]
    assert order.causes_first([alias], [finding("SIGN", "w")])[0] is alias
    assert order.causes_first([alias], [finding("SIGN", "x", "note")])[0] is alias
    between = finding("ALIASED", "x", between_gradients=True)
    assert order.causes_first([between], [value])[0] is between


def said(findings, bad, monkeypatch):
    monkeypatch.setattr(all_wrong, "how_many", lambda runs, name: "3 of 4")
    found = all_wrong.say_all(findings, [SimpleNamespace(bad=lambda: bad)])
    return [(f.code, f.where, f.message) for f in found]


def test_every_wrong_tensor_is_named(monkeypatch):
    sign = ("SIGN", "x", "told")
    rest = "{} is wrong as well; not explained by the above: 3 of 4"
    assert said([finding("SIGN", "x")], ["x"], monkeypatch) == [sign]
    assert said([finding("SIGN", "x")], ["x", "w", "b"], monkeypatch) == [
        sign, ("UNNAMED", "w", rest.format("w")), ("UNNAMED", "b", rest.format("b")),
    ]  # fmt: skip
    assert said([finding("SIGN", "x", follows=["w", "c"])], ["x", "w", "b"], monkeypatch) == [
        ("SIGN", "x", "told. w is wrong as well, and may follow from this"), ("UNNAMED", "b", rest.format("b")),
    ]  # fmt: skip
    assert said([finding("DTYPE", "x", "note")], ["w"], monkeypatch) == [("DTYPE", "x", "told")]
    for bad, words in (["w"], "w is wrong as well; the edit mends it too"), (
        ["w", "b"], "w, b are wrong as well; the edit mends them too",
    ):  # fmt: skip
        verified = finding("SIGN", "x")
        verified.fix_verified = True
        assert said([verified], ["x", *bad], monkeypatch) == [("SIGN", "x", f"told. {words}")]
