"""What is asked of a forward and a backward by calling them: numbers, the same again, and nothing written into."""

from pathlib import Path

import numpy as np
import pytest

from gradcheck.contracts.contracts import Contract, _aliases, _repeat, _shapes, check_contracts
from gradcheck.findings import Finding
from gradcheck.subject.adapters import LayerSubject, LossSubject

X, W = np.array([[1.0, -2], [3, 4]]), np.array([0.5, 3.0])
HERE = Path(__file__).name


def at(function, below, text):
    return f"{HERE}:{function.__code__.co_firstlineno + below}  {text}"


def told(subject, **values):
    """The contract, its findings as (code, where), and the upstream gradient that was drawn."""
    values = values or {"x": X.copy()}
    c = check_contracts(subject, values, lambda outs: [np.ones(o.shape) for o in outs])
    return c, [(f.code, f.severity, f.where) for f in c.findings]


def layer(forward, backward=lambda dout, cache: 2 * dout, names=("x",)):
    return LayerSubject(forward, backward, names, None)


def twice(x):
    return 2 * x, x


def test_nothing_is_said_of_a_right_layer():
    subject = layer(twice)
    c, found = told(subject)
    assert found == []
    assert (c.stop, c.raised, c.ran, c.drew) == (False, False, True, False)
    np.testing.assert_array_equal(c.outs, [2 * X])
    np.testing.assert_array_equal(c.cache, X)
    assert {k: v.tolist() for k, v in c.grads.items()} == {"x": [[2, 2], [2, 2]]}
    assert (subject.protect, subject.streams.live) == (False, False)
    fresh = Contract()
    assert (fresh.findings, fresh.outs, fresh.cache, fresh.grads) == ([], [], None, {})
    assert (fresh.stop, fresh.raised, fresh.ran, fresh.drew) == (False, False, False, False)


def raises(*args):
    raise ValueError("no such axis")


def test_calls_that_raise():
    line = at(raises, 1, 'raise ValueError("no such axis")')
    for subject, side, ran in ((layer(raises), "forward", False), (layer(twice, raises), "backward", True)):
        c, found = told(subject)
        assert found == [("RAISES", "error", side)]
        assert c.findings[0].message == f"{side} raises ValueError: no such axis"
        assert c.findings[0].source == line
        assert (c.stop, c.raised, c.ran) == (True, True, ran)


@pytest.mark.parametrize(
    ("subject", "message"),
    [
        (layer(lambda x: (None, x)), "returns NoneType in place of numbers: end it with 'return out, cache'"),
        (layer(lambda x: ((), x)), "returns no output in place of numbers"),
        (layer(lambda x: ((x, None), x)), "returns NoneType in place of numbers"),
        (layer(lambda x: (np.array([None, 1]), x)), "returns ndarray in place of numbers"),
        (LossSubject(lambda x: (None, x), ("x",), None), "end it with 'return loss, gradients'"),
    ],
)
def test_outputs_that_are_no_numbers(subject, message):
    c, found = told(subject)
    assert found == [("WRONG_SHAPE", "error", "forward")]
    assert message in c.findings[0].message
    assert (c.stop, c.raised, c.grads) == (True, False, {}), "the backward is not asked"


def test_loss_that_is_an_array():
    c, found = told(LossSubject(lambda x: (x**2, 2 * x), ("x",), None))
    assert found == [("WRONG_SHAPE", "error", "loss")]
    assert "of shape (2, 2); expected one number" in c.findings[0].message
    assert (c.stop, c.grads) == (True, {})
    assert told(LossSubject(lambda x: (np.sum(x**2, keepdims=True), 2 * x), ("x",), None))[1] == [], "one number"


def writes_w(x, w):
    w += 1
    return x * w, w


def writes_after_a_number(k, x):
    x *= k
    return x, k


def writes_into_a_part(x, parts):
    parts[0][:] = 7
    return 2 * x, None


def loss_that_writes(x):
    x -= 1
    return np.sum(x**2), 2 * x


@pytest.mark.parametrize(
    ("subject", "values", "name", "line", "who"),
    [
        (layer(writes_w, lambda dout, w: (dout * w, dout.sum(0)), ("x", "w")), {"x": X, "w": W}, "w",
         at(writes_w, 1, "w += 1"), "forward"),
        (layer(writes_w, lambda dout, w: (dout * w, dout.sum(0)), ("x", "#w")), {"x": X, "#w": W}, "w",
         at(writes_w, 1, "w += 1"), "forward"),
        (layer(writes_after_a_number, lambda dout, k: k * dout, ("k", "x")), {"k": 3, "x": X}, "x",
         at(writes_after_a_number, 1, "x *= k"), "forward"),
        (layer(writes_into_a_part, lambda dout, cache: (2 * dout, None), ("x", "parts")),
         {"x": X, "parts": np.array([W, np.ones(3)], dtype=object)}, "parts",
         at(writes_into_a_part, 1, "parts[0][:] = 7"), "forward"),
        (LossSubject(loss_that_writes, ("x",), None), {"x": X}, "x", at(loss_that_writes, 1, "x -= 1"), "the function"),
    ],
)  # fmt: skip
def test_argument_that_is_written_into(subject, values, name, line, who):
    c, found = told(subject, **values)
    assert found[0] == ("MUTATES_INPUT", "error", name)
    assert c.findings[0].message == f"{who} changes its argument {name} in place"
    assert c.findings[0].source == line
    assert subject.protect
    assert not c.stop


@pytest.mark.parametrize(
    ("second", "protect"), [(3, False), (0.5, False), ("same", False), (True, False), (None, False), (W, False),
                            ({"mean": W}, True), ([W], True), (object(), True)],
)  # fmt: skip
def test_arguments_that_may_carry_state_are_copied(second, protect):
    subject = layer(lambda x, other: (2 * x, None), lambda dout, cache: (2 * dout, None), ("x", "other"))
    told(subject, x=X.copy(), other=second)
    assert subject.protect is protect


def test_forward_that_does_not_repeat():
    count = []

    def counts(x):
        count.append(1)
        return x * len(count), None

    c, found = told(layer(counts))
    assert found == [("NONDETERMINISTIC", "error", "forward")]
    assert (c.stop, c.grads) == (True, {})


def test_forward_that_draws():
    def from_the_global_stream(x):
        mask = np.random.rand(*x.shape) < 0.5  # noqa: NPY002
        return x * mask, mask

    rng = np.random.default_rng(0)

    def from_its_own(x):
        mask = rng.random(x.shape) < 0.5
        return x * mask, mask

    for forward, notes in ((from_the_global_stream, [("NONDETERMINISTIC", "note", "forward")]), (from_its_own, [])):
        subject = layer(forward, lambda dout, mask: dout * mask)
        c, found = told(subject)
        assert found == notes
        assert (c.drew, c.stop, subject.streams.live) == (True, False, True)
    c, found = told(layer(twice, lambda dout, cache: dout * (rng.random(dout.shape) < 0.5)))
    assert found == [("NONDETERMINISTIC", "error", "x")]
    assert (c.drew, c.stop) == (True, True)


def doubles_dout(dout, cache):
    dout *= 2
    return dout


def doubles_cache(dout, cache):
    for each in cache:
        each *= 2
    return 2 * dout


def doubles_input(dout, x):
    x += 1
    return 2 * dout


def four(x):
    return 2 * x, tuple(k * np.ones(2) for k in (1.0, 2, 3, 4))


def test_backward_that_writes_into_what_it_is_given():
    c, found = told(layer(twice, doubles_dout))
    assert found == [("MUTATES_DOUT", "error", "dout")], "that the gradient is dout is the same fault"
    assert c.findings[0].source == at(doubles_dout, 1, "dout *= 2")
    c, found = told(layer(four, doubles_cache))
    assert found == [("MUTATES_CACHE", "error", "cache")]
    assert c.findings[0].source == at(doubles_cache, 2, "each *= 2")
    assert c.findings[0].evidence == {"paths": ["1.0", "1.1", "1.2"]}, "beside the input, the first three"
    c, found = told(layer(twice, doubles_input))
    assert found == [("MUTATES_CACHE", "error", "cache")]
    assert c.findings[0].source == at(doubles_input, 1, "x += 1")
    assert told(LossSubject(lambda x: (np.sum(x), np.ones((2, 2))), ("x",), None))[1] == []


def test_backward_that_takes_its_cache_apart():
    c, found = told(layer(lambda x: (2 * x, {"x": x}), lambda dout, cache: 2 * dout + 0 * cache.pop("x")))
    assert found == [("NOT_REENTRANT", "error", "backward")]
    assert "a second backward with the same cache raises: 'x'" in c.findings[0].message
    assert not c.stop


def test_gradients_are_kept_as_they_were_returned():
    held = np.zeros((2, 2))

    def into_a_buffer(dout, cache):
        held[...] += 2 * dout
        return held

    c, found = told(layer(twice, into_a_buffer))
    assert c.grads["x"].tolist() == [[2, 2], [2, 2]]
    assert found == [("NOT_REENTRANT", "error", "x")]
    assert "each backward adds to the one before" in c.findings[0].message


def repeated(first, then, before=()):
    subject = layer(lambda x: (x, None), lambda dout, cache: then)
    c = Contract(findings=[Finding(code, "error", "x", "") for code in before], grads=first)
    subject.gradients = lambda raw, values: raw if isinstance(raw, dict) else 1 / 0
    _repeat(subject, {}, [W], ([W], None, {}), c, False)
    return c


def test_gradients_that_differ_in_their_last_bits():
    near = {"w": W, "x": X + 4e-15, "b": W + 1e-15}
    (note,) = repeated({"w": W, "x": X, "b": W}, near).findings
    assert (note.severity, note.where) == ("note", "x")
    assert note.message.startswith("the gradient of x, b differs in its last bits")


def test_types_of_gradients_one_after_the_other():
    c = Contract()
    single = W.astype(np.float32)
    grads = {"k": W, "none": None, "right": W, "w": single, "b": W.astype(int), "also": W}
    _shapes({**dict.fromkeys(grads, W), "k": np.arange(2)}, grads, c)
    assert [(f.code, f.where, f.evidence) for f in c.findings] == [
        ("DTYPE", "w", {"got": "float32"}), ("DTYPE", "b", {"got": "int64"}),
    ]  # fmt: skip


def test_memory_shared_between_gradients_is_marked():
    for grads, cache, between in (({"x": X, "w": X[0]}, None, True), ({"x": X}, X, False)):
        c = Contract()
        _aliases(grads, [], [], cache, c, False)
        assert [f.evidence for f in c.findings] == [{"between_gradients": between}]
    for gradient, severity in ((X, "error"), (X[:], "note")):
        c = Contract()
        _aliases({"x": gradient}, [X, X[:]], [X], X, c, False)
        assert [f.severity for f in c.findings] == [severity], "once"


@pytest.mark.parametrize(("size", "told_of"), [(9_999, 0), (10_000, 1)])
def test_large_arrays_that_lie_between_one_another(size, told_of):
    c, base = Contract(), np.zeros(2 * size)
    _aliases({"x": base[::2]}, [], [base[1::2]], None, c, False)
    assert len(c.findings) == told_of, "looked at more roughly"


@pytest.mark.parametrize(("before", "told_of"), [(["MUTATES_CACHE"], 0), (["ALIASED"], 1), (["MUTATES_DOUT"], 1)])
def test_a_cache_that_is_written_into_is_told_once(before, told_of):
    assert len(repeated({"x": X}, None, before).findings) == 1 + told_of
