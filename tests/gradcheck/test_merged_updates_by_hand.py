"""Column updates of a large net and the entries that were evaluated: merged, or dropped where they disagree."""

from types import SimpleNamespace

import numpy as np

from gradcheck.numeric import net_gradients
from gradcheck.numeric.central_differences import Derivative

X = np.array([[1.0, -2], [3, 4], [0.5, 0.25]])


def found_and_evaluated(value, bound, d_value, d_bound, kink=(False, False)):
    off = np.zeros(2, bool)
    d = Derivative(np.array(d_value), np.array(d_bound), np.array(kink), np.array([3.0, 4]), np.array([5.0, 6]), off,
                   "jac", 1e-4, checked=np.array([True, False]))  # fmt: skip
    whole = net_gradients.WholeNet({"W": (np.array(value), np.array(bound))}, {})
    merged = whole.merge({"W": d})
    return merged and merged["W"]


def test_column_updates_are_merged_with_what_was_evaluated():
    merged = found_and_evaluated([1.0, 2], [1e-6, 1e-6], [1 + 1e-7, 9], [1e-8, 1e-8])
    assert merged.value.tolist() == [1 + 1e-7, 2], "the value with the smaller bound, where one was evaluated"
    assert merged.bound.tolist() == [1e-8, 1e-6]
    assert (merged.left.tolist(), merged.right.tolist()) == ([3, 2], [5, 2])
    assert (merged.jac, merged.checked) == (None, None)
    assert merged.method == "central, Richardson pair, column updates (1 entries audited)"
    kept = found_and_evaluated([1.0, 2], [1e-8, 1e-6], [1 + 1e-7, 9], [1e-8, 1e-8], kink=(True, True))
    assert kept.value.tolist() == [1, 2]
    assert kept.kink.tolist() == [False, False]
    smaller = found_and_evaluated([1.0, 2], [0.5e-8, 1e-6], [1 + 1e-7, 9], [1e-8, 1e-8], kink=(True, True))
    assert smaller.value.tolist() == [1, 2]
    vague = found_and_evaluated([np.nan, 2], [np.inf, 1e-6], [1.0, 9], [1e-8, 1e-8], kink=(True, False))
    assert vague.value.tolist() == [1, 2]
    assert vague.kink.tolist() == [True, False]


def test_column_updates_that_disagree_are_dropped():
    assert found_and_evaluated([1.0, 2], [1e-8, 0], [1 + 39e-8, 9], [1e-8, 0]) is not None
    assert found_and_evaluated([1.0, 2], [1e-8, 0], [1 + 41e-8, 9], [1e-8, 0]) is None, "20 times both bounds"
    assert found_and_evaluated([1.0, 2], [0.0, 0], [1 + 1.9e-9, 9], [0.0, 0]) is not None
    assert found_and_evaluated([1.0, 2], [0.0, 0], [1 + 2.1e-9, 9], [0.0, 0]) is None, "1e-9 of the largest"
    assert found_and_evaluated([1.0, 2], [1e-8, 0], [5.0, 9], [1e-8, 0], kink=(True, False)) is not None
    assert found_and_evaluated([1.0, 2], [1e-8, 0], [5.0, 9], [np.inf, 0]) is not None


def test_whole_nets_that_are_not_known():
    subject = SimpleNamespace(names=("W", "#X"), evaluate=lambda values: np.array([1.0]))
    assert net_gradients.whole_net(subject, {"W": X, "#X": X}, ["W"], 0) is None, "no targets"
    subject.names = ("W", "#X", "#y")
    assert net_gradients.whole_net(subject, {"W": X, "#X": X, "#y": X}, ["W"], 0) is None


def test_entries_to_audit_are_some_of_all_and_the_vague_ones(monkeypatch):
    """Vague is a bound beyond 1e-6 of the largest value; of those at most 200."""
    value, bound = np.full((300, 2), 0.5), np.zeros((300, 2))
    value[3, 1], bound[3, 1] = 4.0, 3e-6
    value[9, 0], bound[9, 0] = 100.0, np.inf
    bound[7, 0], bound[8, 0] = 4.1e-6, 3.9e-6
    found = {"W": (value, bound), "b": (np.ones(300), np.ones(300))}
    monkeypatch.setattr(net_gradients, "recognise", lambda params, X, y, loss: "known")
    monkeypatch.setattr(net_gradients, "gradients", lambda known, params: found)
    subject = SimpleNamespace(names=("W", "b", "#X", "#y"), evaluate=None)
    values = {"W": value, "b": np.ones(300), "#X": X, "#y": X}
    whole = net_gradients.whole_net(subject, values, ["W", "b"], 7)
    rng = np.random.default_rng([7, 50])
    some = rng.permutation(600)[:15]
    assert whole.audit["W"].tolist() == sorted({*some.tolist(), 7 * 2, 9 * 2})
    assert whole.audit["b"].tolist() == sorted({*rng.permutation(300)[:15].tolist(), *range(200)})
    assert whole.found is found
