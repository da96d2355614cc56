"""Contracts looked at one by one: linear in dout, dtypes, shared memory, a loss that nothing moves, an overflow."""

import pickle
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.contracts import broadcasting, constant, linearity, overflow
from gradcheck.contracts.contracts import Contract, _aliases, _repeat, _shapes
from gradcheck.findings import Finding
from gradcheck.subject.gradients import MISSING

D = np.array([1.0, -2, 0.5, -0.25])


def kind_of(backward, dtype=np.float64, dout=D):
    subject = SimpleNamespace(run=lambda values, douts: (None, {"x": backward(douts[0])}))
    values = {"x": np.ones(4, dtype)}
    return linearity.test_linearity(subject, values, [dout], np.random.default_rng(0)).get("x")


@pytest.mark.parametrize(
    ("backward", "kind", "offset"),
    [
        (lambda d: 2 * d, "linear", None),
        (lambda d: 0 * d, "linear", None),
        (lambda d: d * d / np.where(d == 0, 1, d), "linear", None),
        (lambda d: np.full(4, np.nan), "linear", None),
        (lambda d: np.full(4, 3.0), "constant", 3),
        (lambda d: d + 1, "affine", 1),
        (lambda d: d - 1e-3, "affine", -1e-3),
        (lambda d: np.maximum(d, 0), "mask", None),
        (lambda d: np.minimum(d, 0), "mask", None),
        (lambda d: d * d, "nonlinear", None),
        (np.abs, "nonlinear", None),
        (np.sign, "nonlinear", None),
        (lambda d: np.maximum(d, 0) ** 2, "nonlinear", None),
        (lambda d: np.clip(d, -1, 1), "nonlinear", None),
        (lambda d: np.where(np.any(d), d + np.abs(d), np.nan), "mask", None),
    ],
)
def test_kind_of_a_map_of_dout(backward, kind, offset):
    with np.errstate(all="ignore"):
        found = kind_of(backward)
    assert found.kind == kind
    assert (found.offset is None) == (offset is None)
    assert offset is None or np.allclose(found.offset, offset)


def test_offset_where_a_dout_of_ones_own_has_zeros():
    found = kind_of(lambda d: d + 2, dout=np.array([1.0, 0, 0, -2]))
    assert found.kind == "affine"
    assert found.offset.tolist() == [2, 2, 2, 2]


def test_linear_to_the_precision_of_the_arguments():
    bent = lambda d: d + 1e-5 * np.abs(d)  # noqa: E731
    assert kind_of(bent).kind == "nonlinear"
    assert kind_of(bent, np.float32).kind == "linear"
    assert kind_of(lambda d: d + 0.1 * np.abs(d), np.float32).kind == "nonlinear"


def test_nothing_is_said_of_what_is_no_gradient():
    assert kind_of(lambda d: None) is None
    assert kind_of(lambda d: np.array(["a"])) is None
    assert kind_of(lambda d: d[: 1 + int(abs(d[0]) > 5)]) is None, "another shape for another dout"
    assert kind_of(lambda d: d if np.any(d) else None) is None


def test_noise_of_a_result_that_cancels():
    one, two = np.array([1.0, 2]), np.array([1.0, 2.5])
    assert linearity._noise([(one, two), (one, one)], 2.0) == 32
    assert linearity._noise([(one, None)], 2.0) == 2e-15
    assert linearity._noise([(one, one * np.inf), (two, one)], 2.0) == 32
    assert linearity._noise([], 1e20) == pytest.approx(1e5)


@pytest.mark.parametrize(
    ("gradient", "told"),
    [
        (np.ones((2, 3)), None),
        (np.ones((2, 3), np.int64), "is int64, the argument float64: whole numbers lose the fraction"),
        (np.ones((2, 3), bool), "is bool, the argument float64: whole numbers lose the fraction"),
        (np.ones(3, np.int64), None),
        (np.ones((2, 3), complex), "is complex"),
        (np.ones((2, 3), np.float32), "is float32, the argument float64"),
        (None, None),
        (MISSING, None),
    ],
)
def test_dtype_of_a_gradient(gradient, told):
    c = Contract()
    _shapes({"x": np.ones((2, 3)), "y": np.arange(2)}, {"x": gradient, "y": np.zeros(2, np.float32)}, c)
    assert [(f.code, f.where, f.message) for f in c.findings] == (
        [("DTYPE", "x", f"the gradient of x {told}")] if told else []
    )


def test_dtype_of_arguments_in_two_precisions_is_numpys():
    c = Contract()
    x, w = np.ones(3, np.float32), np.ones(3)
    _shapes({"x": x, "w": w}, {"x": np.ones(3), "w": np.ones(3, np.float32)}, c)
    assert [f.where for f in c.findings] == ["w"]


def told_of_memory(grads, dout, x, cache=(), findings=(), loss_like=False):
    c = Contract(findings=[Finding(code, "error", "dout", "") for code in findings])
    _aliases(grads, [dout], [x], cache, c, loss_like)
    return [(f.severity, f.where, f.message) for f in c.findings[len(findings) :]]


def test_memory_that_a_gradient_shares():
    dout, x, mask = np.ones((2, 3)), np.ones((2, 3)), np.ones((2, 3))
    same = "the gradient of x shares memory with {}: who changes one changes the other; return a copy"
    assert told_of_memory({"x": dout}, dout, x) == [("error", "x", same.format("dout"))]
    assert told_of_memory({"x": dout.ravel()}, dout, x) == [
        ("note", "x", "the gradient of x is a view of dout: whoever writes into one changes the other")
    ]
    assert told_of_memory({"x": x}, dout, x) == [("error", "x", same.format("an input"))]
    assert told_of_memory({"x": mask}, dout, x, mask) == [("error", "x", same.format("the cache"))]
    assert told_of_memory({"x": mask}, dout, x, (0, mask)) == [("error", "x", same.format("cache (1)"))]
    assert told_of_memory({"x": mask}, dout, x, mask, loss_like=True) == []
    assert told_of_memory({"x": dout.copy(), "w": None}, dout, x, mask) == []
    assert told_of_memory({"w": mask, "x": mask[0]}, dout, x) == [("error", "x", same.format("dw"))]


def test_shared_memory_is_no_second_fault():
    dout, x = np.ones((2, 3)), np.ones((2, 3))
    assert told_of_memory({"x": dout}, dout, x, findings=["MUTATES_DOUT"]) == []
    assert told_of_memory({"x": x}, dout, x, (x,), findings=["MUTATES_CACHE"]) == []
    assert told_of_memory({"x": x}, dout, x, (x,), findings=["NOT_REENTRANT"]) == []
    assert len(told_of_memory({"x": x}, dout, x, findings=["MUTATES_DOUT"])) == 1
    assert len(told_of_memory({"x": dout}, dout, x, findings=["MUTATES_CACHE"])) == 1


def test_a_finding_once_per_code_and_place():
    c = Contract()
    for code, where in (("A", "x"), ("A", "x"), ("A", "y"), ("B", "x")):
        c.error(code, where, "")
    assert [(f.code, f.where) for f in c.findings] == [("A", "x"), ("A", "y"), ("B", "x")]


def said_of_a_constant(evaluate, kind="loss", names=("x",), analytic=None, slope=0.0, classes=3):
    values = {n: np.ones((2, classes)) for n in names}
    numeric = {n: SimpleNamespace(value=np.full((2, classes), slope)) for n in names}
    subject = SimpleNamespace(kind=kind, evaluate=evaluate)
    analytic = dict.fromkeys(names, np.zeros(2)) if analytic is None else analytic
    return constant.constant(subject, values, [np.asarray(evaluate(values))], numeric, analytic)


def test_a_loss_that_nothing_moves():
    zero = lambda values: np.array(0.5)  # noqa: E731
    assert said_of_a_constant(zero).message == "the loss is 0.5 whatever x is: is it not written yet?"
    told = said_of_a_constant(zero, names=("x", "w"), analytic={"x": None, "w": MISSING})
    assert (told.code, told.where) == ("CONSTANT", "loss")
    assert told.message == (
        "the loss is 0.5 whatever x, w are, and no gradient is returned for x, w: is it not written yet?"
    )
    note = "the output does not depend on any argument: there was no gradient to compare"
    assert said_of_a_constant(zero, kind="layer") == note
    assert said_of_a_constant(zero, classes=1) == note, "the softmax of one class"
    assert said_of_a_constant(zero, kind="net", classes=1).code == "CONSTANT"
    assert said_of_a_constant(zero, slope=1.0) is None
    assert said_of_a_constant(zero, names=()) is None


def test_a_loss_that_is_flat_where_it_is_checked():
    for limit in (2, 20):
        assert said_of_a_constant(lambda values, k=limit: np.sum(np.maximum(np.abs(values["x"]) - k, 0))) is None


def test_what_can_be_evaluated_nowhere_else_may_move():
    def here_alone(values):
        if np.all(values["x"] == 1):
            return np.array(1.0)
        raise ValueError

    def not_finite(values):
        return np.array(1.0 if np.all(values["x"] == 1) else np.nan)

    assert said_of_a_constant(here_alone) is None
    assert said_of_a_constant(not_finite) is None


def overflow_of(loss, gradient=lambda x: np.ones_like(x), kind="loss", largest=1000.0):
    subject = SimpleNamespace(
        kind=kind, streams=SimpleNamespace(rewind=lambda: None), fresh=dict, targets=lambda values: ["x"],
        forward=lambda values: ([np.asarray(loss(values["x"]), float)], None),
        run=lambda values, douts: ([np.asarray(loss(values["x"]), float)], {"x": gradient(values["x"])}),
    )  # fmt: skip
    probe = SimpleNamespace(values={"x": largest * np.array([1.0, -0.5])})
    with np.errstate(all="ignore"):
        return overflow.overflow(subject, probe, lambda outs: outs)


def test_overflow_within_practice_and_beyond():
    beyond = overflow_of(lambda x: np.log(np.sum(np.exp(x))))
    assert (beyond.code, beyond.severity, beyond.where, beyond.evidence) == (
        "NONFINITE", "note", "loss", {"scores": 1000.0},
    )  # fmt: skip
    told = "at scores of +-1,000 (values that you did not give) the loss is inf although its exact value is finite"
    assert beyond.message.startswith(told)
    within = overflow_of(lambda x: np.log(np.sum(np.exp(10 * x))))
    assert (within.severity, within.evidence) == ("error", {"scores": 100.0})
    assert within.message.startswith("at scores of +-100 the loss is inf although")
    assert overflow_of(lambda x: np.log(np.sum(np.exp(x))), largest=500.0) is None


def test_overflow_of_a_gradient():
    found = overflow_of(np.sum, lambda x: np.exp(x) / np.exp(x))
    assert (found.where, found.severity) == ("x", "note")
    assert "the gradient of x is not finite although" in found.message
    assert overflow_of(np.sum, lambda x: x.astype(int)) is None
    assert overflow_of(np.sum, lambda x: None) is None


def test_no_overflow_where_the_exact_value_is_none():
    def refuses(x):
        raise ValueError

    assert overflow_of(lambda x: np.sum(np.exp(x))) is None, "it grows like exp: as large as that"
    assert overflow_of(np.exp, kind="layer") is None
    assert overflow_of(lambda x: np.inf) is None
    assert overflow_of(refuses) is None


@pytest.mark.parametrize(
    ("a", "b", "strangers"),
    [("x", "t", True), ("t", "x", True), ("xw", "t", True), ("xt", "t", False), ("x", "w", False), ("", "t", False),
     ("t", "", False), ("tu", "x", True), ("t", "u", True), ("tx", "w", False)],
)  # fmt: skip
def test_targets_against_what_is_made_of_others(a, b, strangers):
    watched = broadcasting._watch(np.zeros(2), 2, frozenset("x"), frozenset("tu"))
    stored = pickle.loads(pickle.dumps(watched)) + 1  # it has lost what it knew, and is an array still
    assert (stored.tolist(), stored.rows, stored.roots, stored.targets) == ([1.0, 1.0], 0, frozenset(), frozenset())
    assert watched._strangers(frozenset(a), frozenset(b)) is strangers


@pytest.mark.parametrize(
    ("a", "b", "crossed"),
    [((3, 1), (3,), True), ((3,), (3, 1), True), ((3, 1), (1, 3), True), ((1, 3), (3, 1), True), ((3,), (3,), False),
     ((3, 1), (3, 1), False), ((2, 1), (2,), False), ((3, 1), (3, 3), False), ((1, 3), (3,), False)],
)  # fmt: skip
def test_a_column_against_a_row(a, b, crossed):
    x, t = (broadcasting._watch(np.ones(s), 3, frozenset(k), frozenset("t")) for s, k in ((a, "x"), (b, "t")))
    if crossed:
        with pytest.raises(broadcasting.ColumnAgainstRowError) as caught:
            x - t
        assert (caught.value.column, caught.value.row) == ((3, 1), b if a == (3, 1) else a)
    else:
        assert (x - t)._strangers(frozenset("x"), frozenset("t")), "watched again"
        assert (x - t).roots == frozenset("xt")


def test_one_row_is_no_column():
    x, t = (broadcasting._watch(np.ones(s), 1, frozenset(k), frozenset("t")) for s, k in (((1, 1), "x"), ((1,), "t")))
    assert (x - t).shape == (1, 1)


def test_products_and_all_pairs_on_purpose_are_no_clash():
    x, t = (broadcasting._watch(np.ones(s), 3, frozenset(k), frozenset("t")) for s, k in (((3, 1), "x"), ((1, 3), "t")))
    for made, shape in ((x @ t, (3, 3)), (np.subtract.outer(x, t), (3, 1, 1, 3)), (np.exp(x), (3, 1)), (x[:2], (2, 1))):
        assert made.shape == shape
        assert made.rows == 3, "watched still"
    assert x[:2].roots == frozenset("x")
    assert x[:2].targets == frozenset("t")


def told_of_calls(*answers, drew=False, before=()):
    """What is said of a backward that gave the first answer, and then the others in turn."""
    made = iter(answers[1:])
    subject = SimpleNamespace(
        streams=SimpleNamespace(rewind=lambda: None), fresh=dict, forward=lambda values: ([], None),
        gradients=lambda raw, values: raw, backward=lambda *_: {k: np.array(v) for k, v in next(made).items()},
    )  # fmt: skip
    c = Contract(findings=[Finding(code, "error", "cache", "") for code in before])
    c.grads = {k: np.array(v) for k, v in answers[0].items()}
    _repeat(subject, {}, [D], ([D], None, {}), c, drew)
    return [(f.code, f.severity, f.where) for f in c.findings[len(before) :]], c.stop


def test_backward_called_again():
    one, two, three = ({"x": [1.0, 3], "w": [k * 1.0]} for k in (1, 2, 3))
    bits = {"x": [1.0, 3 + 1e-15], "w": [1.0]}
    assert told_of_calls(one, one, one) == ([], False)
    assert told_of_calls(one, bits, one) == ([("NOT_REENTRANT", "note", "x")], False)
    assert told_of_calls(one, two, three, one, one) == ([("NOT_REENTRANT", "error", "w")], False), "it adds up"
    assert told_of_calls(one, two, three, two, one) == ([("NOT_REENTRANT", "error", "w")], True)
    assert told_of_calls(one, three, two, one, one) == ([("NOT_REENTRANT", "error", "w")], False)
    assert told_of_calls(one, three, two, one, one, before=["MUTATES_CACHE"]) == ([], False), "told already"
    assert told_of_calls(one, three, two, one, one, before=["ALIASED"]) == ([("NOT_REENTRANT", "error", "w")], False)
    assert told_of_calls(one, three, two, two, one) == ([("NONDETERMINISTIC", "error", "w")], True)
    assert told_of_calls(one, three, two, drew=True) == ([("NONDETERMINISTIC", "error", "w")], True)
