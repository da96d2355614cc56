"""How functions of a course are called, argument by argument; reports as they travel between two processes."""

import numpy as np
import pytest

from gradcheck import Finding, Report
from gradcheck.finder.called import Arguments, ChainSubject, PairSubject, holds_parameters, is_cache
from gradcheck.finder.find import subject_for
from gradcheck.finder.transfer import packed, unpacked
from gradcheck.findings import TensorResult

X, W, B = np.ones((5, 2)), np.full((2, 3), 2.0), np.zeros(3)


def names_of(*given, names=("x", "params")):
    return Arguments(names, given).names


def test_arrays_within_an_argument_have_short_names_where_they_are_alone():
    assert names_of(X, {"W": W, "b": B}) == ("x", "W", "b")
    assert names_of(X, {"W": W, "x": B}) == ("x", "params.W", "params.x")
    assert names_of(X, [W, B]) == ("x", "params.0", "params.1")
    two = Arguments(("x", "first", "second"), (X, {"W": W}, {"W": W}))
    assert two.names == ("x", "first.W", "second.W")
    assert two.leaves() == ("first.W", "second.W")
    whole = two.whole({"x": X, "first.W": B, "second.W": W})
    assert whole["first"]["W"] is B
    assert whole["second"]["W"] is W


@pytest.mark.parametrize(
    ("name", "value", "holds"),
    [
        ("params", {"W": W}, True), ("params", [W], True), ("bn_param", {"W": W}, False), ("cache", (W,), False),
        ("net_cfg", {"W": W}, False), ("params", {"n": 3}, False), ("W", W, False),
    ],
)  # fmt: skip
def test_what_holds_parameters(name, value, holds):
    assert holds_parameters(name, value) is holds
    assert [is_cache(n) for n in ("cache", "caches", "cache_", "mem", "cached", "x")] == [True] * 4 + [False] * 2


def pair(forward, backward, *values, names=("x", "w"), douts=1):
    """What the backward was handed, after a forward on these values."""
    arguments = Arguments(names, values)
    subject = PairSubject(forward, backward, arguments)
    flat = arguments.flat(values)
    outs, cache = subject.forward(flat)
    return len(outs), subject.backward([f"dout {k}" for k in range(douts)], cache, flat)


def one(x, w):
    return x, "cache"


def cell(x, w):
    return x, w, x, "cache"


def test_a_backward_gets_what_its_parameters_ask_for():
    assert pair(one, lambda dout, cache: (dout, cache), X, W) == (1, ("dout 0", "cache"))
    count, got = pair(one, lambda dout, cache, w=None: (dout, cache, w), X, W)
    assert got[2] is W
    assert pair(one, lambda dout, cache, other=None: (dout, cache, other), X, W) == (1, ("dout 0", "cache", None))
    count, got = pair(cell, lambda dh, dc, cache, w: (dh, dc, cache, w), X, W, douts=2)
    assert (count, got[:3]) == (2, ("dout 0", "dout 1", "cache"))


def test_an_argument_of_the_forward_may_stand_anywhere_in_the_backward():
    assert pair(one, lambda w, dout, cache: (w is W, dout, cache), X, W) == (1, (True, "dout 0", "cache"))
    assert pair(one, lambda dout, w, cache: (dout, w is W, cache), X, W) == (1, ("dout 0", True, "cache"))
    assert pair(one, lambda cache, x, dout: (cache, x is X, dout), X, W) == (1, ("cache", True, "dout 0"))


def test_a_cell_may_return_more_than_it_is_asked_for():
    assert pair(cell, lambda dh, cache: (dh, cache), X, W) == (1, ("dout 0", "cache"))


def test_more_than_one_output_is_left_out_of_a_tuple_with_a_cache_alone():
    for forward, backward in (
        (lambda x, w: [x, w, x, "cache"], lambda dh, cache: (dh, cache)), (cell, lambda dout, kept: (dout, kept)),
    ):  # fmt: skip
        count, (dout, cache) = pair(forward, backward, X, W)
        assert (count, dout, len(cache), cache[0] is W, cache[2]) == (1, "dout 0", 3, True, "cache")
    names = ("x", "w")
    subject = PairSubject(cell, lambda dh, cache, w, dx=None: 0, Arguments(names, (X, W)))
    assert (subject._upstream, subject._caches, subject._more) == (1, 1, ["w"])
    subject = PairSubject(cell, lambda cache, dw, x, mem, w=1: 0, Arguments((*names, "dw"), (X, W, W)))
    assert (subject._upstream, subject._caches, subject._more) == (0, 2, ["x", "w"])


def test_the_parts_of_a_net_hand_over_what_they_make():
    def forward(X, w):
        return X, "middle", "cache"

    def cost(A, Y):
        return 0.5 if A is X and Y == "labels" else 0.0

    def back(w, cache, A, Y):
        return w, cache, A, Y

    arguments = Arguments(("X", "w", "Y"), (X, W, "labels"))
    values = arguments.flat((X, W, "labels"))
    subject = ChainSubject((forward, cost, back), arguments, ("w",))
    (loss,), cache = subject.forward(values)
    assert loss == 0.5
    ((w, kept, out, labels),) = subject.backward([1.0], cache, values)
    assert (w is W, kept, out is X, labels) == (True, "cache", True, "labels")
    assert [f.__name__ for f in subject.sources()] == ["back", "forward", "cost"]
    whole = ChainSubject((lambda X, w: 0.25, None, back), arguments, ("w",))
    assert whole.forward(values)[0] == [0.25]
    assert whole.forward(values)[1] == (0.25, None)


def affine_forward(x):
    return x


def other(dout, cache):
    return dout


def test_a_pair_or_a_loss_is_told_by_how_many_functions_are_given():
    found = subject_for(affine_forward, other)
    assert (found.name, found.kind) == ("affine", "layer")
    assert found.where.endswith(f":{other.__code__.co_firstlineno}")
    assert (subject_for(other).name, subject_for(other).kind) == ("other", "loss")


def test_a_report_arrives_as_it_was_sent():
    no = np.zeros(2, bool)
    report = Report(label="affine", nfev=7, seconds=0.5, seed=3, compared=4, notes=["one"], place="a.py:3")
    report.findings = [Finding("SIGN", "error", "w", "said", {"ratio": -1}, "a.py:4", "negate", fix_verified=True)]
    report.tensors = {
        "w": TensorResult(np.array([1.0, np.nan]), np.ones(2), np.ones(2), no, ~no, no, np.nan),
        "x": TensorResult(np.ones(2, object), np.ones(2), np.ones(2), no, no, no, 0.5),
    }
    report.sweep = lambda name: [(1e-3, 0.5, np.nan)]
    for sweeps in (False, True):
        got = unpacked(packed(report, sweeps))
        assert (got.label, got.nfev, got.seconds, got.seed, got.notes, got.place) == (
            "affine", 7, 0.5, 3, ["one"], "a.py:3"
        )  # fmt: skip
        assert [vars(one) for one in got.findings] == [vars(one) for one in report.findings]
        np.testing.assert_array_equal(got.tensors["w"].analytic, [1.0, np.nan])
        assert np.isnan(got.tensors["w"].excess)
        assert got.tensors["x"].analytic.dtype == np.float64
        assert got.tensors["w"].bad_mask.tolist() == [True, True]
        assert got.tensors["w"].method == report.tensors["w"].method
        assert repr(got.sweep("w")) == ("[(0.001, 0.5, nan)]" if sweeps else "[]")
        assert got.sweep("x") == [], "what is right has no picture"
    values = packed(report)
    values["tensors"]["w"]["analytic"]["dtype"] = "|O"
    with pytest.raises(ValueError, match="an array of dtype object came from the process that checks"):
        unpacked(values)
