"""What a method returns and what an object keeps, by paths; copies of an object that hold other arrays."""

import numpy as np
import pytest

from gradcheck.classes.returned import by_path, returned_names, unpacked
from gradcheck.classes.state import Copier, Kept, at, by_identity, every_path, parts, words


class Returns:
    def several(self):
        dx, self.dW = 0, 0
        return dx, self.dW, self.grads["b"], dx + 1

    def last(self):
        if self:
            return self.first
        return self.second

    def nothing(self):
        return

    def reads(self):
        W, b = self.params
        return W, b


def test_names_in_a_return_statement():
    assert returned_names(Returns.several) == ["dx", "dW", "grads.b", ""]
    assert returned_names(Returns.last) == ["second"]
    assert returned_names(Returns.nothing) == []
    assert unpacked(Returns.reads) == ["W", "b"]
    assert unpacked(Returns.last) == []


def test_what_was_returned_has_paths():
    a, b = np.zeros(1), np.ones(1)

    def paths(returned, *known):
        return by_path(returned, list(known))

    assert paths((a, b), "dx", "dW") == {"dx": a, "dW": b}
    assert paths((a, {"W": b}), "dx", "") == {"dx": a, "#1.W": b}
    assert paths([a, b], "grads") == {"grads.0": a, "grads.1": b}
    assert paths([a, b]) == {"#0": a, "#1": b}
    assert paths((a, b), "x", "y", "z") == {"#0": a, "#1": b}
    assert paths([1.0, 2.0], "g") == {"g": [1.0, 2.0]}, "numbers alone are one gradient"
    assert paths({"W": {"a": a}}) == {"W.a": a}
    ragged = np.empty(2, object)
    ragged[:] = [a, b]
    assert paths(ragged, "dW") == {"dW.0": a, "dW.1": b}
    assert paths((a,), "dx") == {"dx.0": a}


class Within:
    kept = 0


class Holder:
    def __init__(self):
        self.W, self.b = np.ones((2, 3)), np.zeros(3)
        self.params = {"W": self.W, 1: self.b}
        self.layers = [self.b, "text"]
        self.dW, self.db, self.grad_c = None, 0.5, 7
        self.count, self.on, self.reg = 3, True, 0.25
        self.labels = np.arange(3)


def test_paths_of_an_object():
    thing = Holder()
    found = every_path(thing)
    assert set(found) == {"W", "b", "params.W", "params.1", "layers.0", "dW", "db", "labels"}
    assert [at(thing, path) is value for path, value in found.items()] == [True] * len(found)
    for path in ("params.V", "layers.2", "layers.x", "nothing"):
        with pytest.raises(KeyError, match=path):
            at(thing, path)
    assert [paths for _, paths in by_identity(found)] == [["W", "params.W"], ["b", "params.1", "layers.0"]]
    thing.layers.append(np.zeros(0))
    assert len(by_identity(every_path(thing))) == 2, "an empty array is no parameter"


def test_what_an_object_keeps():
    thing = Holder()
    kept = Kept(thing, "returned", [1], frozenset({"b"}))
    assert set(kept) == {"self.W", "self.params.1", "self.labels", "count", "reg", "db", "grad_c", "cache"}
    assert "cache" not in Kept(thing, None, [], frozenset())
    assert words(thing) == ["self.W", "self.b", "self.params['W']", "self.reg", "self.labels"]
    assert parts([thing, 3, "x"]) == [thing]
    thing.layers = [Within()]
    assert parts(thing) == [thing, *thing.layers]


def test_copies_hold_other_arrays_wherever_they_stood():
    thing = Holder()
    other = np.full((2, 3), 5.0)
    copy = Copier(thing).copy(thing, [(thing.W, other)])
    assert copy.W is other
    assert copy.params["W"] is other
    assert copy.layers[0] is copy.b is not thing.b
