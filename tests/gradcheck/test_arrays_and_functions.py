"""How arrays are found, copied and compared in whatever holds them."""

import functools
from types import SimpleNamespace

import numpy as np

from gradcheck.subject import arrays

X, W = np.ones((5, 4)), np.ones((4, 3))


class Slots:
    __slots__ = ("a", "b")

    def __init__(self):
        self.a = X


class Thing:
    def __init__(self):
        self.w, self.word = W, "text"


def test_arrays_are_found_wherever_they_are_held():
    own, text = np.ones(2), "no array"
    ragged = np.empty(2, object)
    ragged[:] = [X, W]
    found = [
        [(X,), ["0"]], [{"k": [X, W]}, ["k.0", "k.1"]], [lambda: (own, text), ["own"]], [Slots(), ["a"]],
        [Thing(), ["w"]], [functools.partial(len, X, k=W), ["args.0", "keywords.k"]], [ragged, ["0", "1"]], [np, []],
        [Thing, []], [X, [""]], [[X, X], ["0"]], [np.array(["text"]), []], [[X] * 1000, []], [[W] + [0] * 998, ["0"]],
    ]  # fmt: skip
    for value, paths in found:
        assert [path for path, _ in arrays.walk(value)] == paths
    only_named = SimpleNamespace(func=1, w=W)
    assert [path for path, _ in arrays.walk(only_named)] == ["w"], "no partial"
    for size, paths in ((999, ["0"]), (1000, [])):
        many = np.zeros(size, object)
        many[0] = X
        assert [path for path, _ in arrays.walk(many)] == paths
    assert [path for path, _ in arrays.walk([[[[ragged]]]])] == ["0.0.0.0.0", "0.0.0.0.1"]
    assert list(arrays.walk([[[[[ragged]]]]])) == []
    deep = X
    for _ in range(6):
        deep = [deep]
    assert [path for path, _ in arrays.walk(deep)] == ["0.0.0.0.0.0"]
    assert list(arrays.walk([deep])) == []


def test_what_changed_is_told_bit_for_bit():
    held = {"a": np.array([1.0, np.nan]), "b": np.zeros(2)}
    shots = arrays.snapshot(held)
    assert arrays.changed(shots) == []
    held["b"][1] = 1e-300
    assert arrays.changed(shots) == ["b"]
    assert arrays.same(np.ones(2), np.ones(2))
    assert not arrays.same(np.ones(2), np.ones(2, np.float32))
    assert not arrays.same(np.ones(2), np.ones((2, 1)))
    assert arrays.same(None, None)
    assert arrays.same(3, 3)
    assert not arrays.same(3, 4)
    assert arrays.same([1], [1])


def test_the_last_bits_are_let_off():
    a, eps = np.array([1.0, 1e-3]), np.finfo(np.float64).eps
    assert arrays.nearly(a, a + np.array([0, 64 * eps]))
    assert not arrays.nearly(a, a + np.array([0, 65 * eps]))
    assert not arrays.nearly(a, np.array([1.0]))
    assert not arrays.nearly(a, a.astype(np.float32) + np.float32(0))
    ones = np.ones(2)
    assert not arrays.nearly(ones * (1 + eps), ones.astype(np.float32))
    assert not arrays.nearly(ones.astype(np.float32), ones * (1 + eps))
    assert not arrays.nearly(a, np.array([np.inf, 1e-3]))
    assert not arrays.nearly(np.array([np.inf, 1e-3]), a)
    assert not arrays.nearly(ones, np.ones(1)), "another shape"
    assert not arrays.nearly(1e-20 * ones, 2e-20 * ones), "relative to the largest"
    assert not arrays.nearly(a, None)
    assert arrays.nearly(np.array([np.nan]), np.array([np.nan]))
    assert not arrays.nearly(np.arange(3), np.arange(3) + 1)


def test_copies_share_nothing_and_keep_their_order():
    held = {"f": np.asfortranarray(W), "l": [X, 2], "t": (X,), "o": Thing()}
    copy = arrays.clone(held)
    assert copy["f"].flags.f_contiguous
    assert not np.shares_memory(copy["f"], held["f"])
    assert copy["l"][0] is not X
    assert copy["o"].w is not W
    assert type(copy["t"]) is tuple
    ragged = np.empty(2, object)
    ragged[:] = [X, W]
    assert not np.shares_memory(arrays.clone(ragged)[0], X)
    frozen = np.ones(2)
    frozen.flags.writeable = False
    assert arrays.clone(frozen).flags.writeable

    class Stubborn:
        def __deepcopy__(self, memo):
            raise TypeError

    stubborn = Stubborn()
    assert arrays.clone(stubborn) is stubborn


def test_arrays_are_frozen_and_thawed():
    own, view, foreign = np.ones(3), np.ones((2, 2))[0], np.frombuffer(bytearray(8))
    fixed = np.ones(1)
    fixed.flags.writeable = False
    frozen = arrays.freeze([own, view, foreign, fixed])
    assert [a.flags.writeable for a in (own, view, foreign, fixed)] == [False, False, True, False]
    arrays.thaw(frozen)
    assert [a.flags.writeable for a in (own, view, foreign, fixed)] == [True, True, True, False]
