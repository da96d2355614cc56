"""The inputs of the probes: which rows, which sizes, which magnitudes; and where the batch of given arrays lies."""

from typing import Any, NamedTuple

import numpy as np
import pytest

from gradcheck.subject import probes
from gradcheck.subject.arguments import Source, batch_size, drawn
from gradcheck.subject.arrays import clone
from gradcheck.subject.layout import behind_a_weight, examples_in_columns, layer_in_columns, loss_in_columns

RNG = np.random.default_rng(0)
X5, W, B = RNG.standard_normal((5, 4)), RNG.standard_normal((4, 3)), RNG.standard_normal(3)
LABELS = np.array([0, 1, 2, 0, 1])


def pair(rng, n):
    return rng.standard_normal((n, 4)), rng.standard_normal((4, 3))


def given(seed=0, **values):
    return Source(tuple(values), tuple(values.values()), None, seed)


def of_inputs(inputs=pair, names=("x", "w"), seed=3):
    return Source(names, None, inputs, seed)


def test_arguments_are_drawn_as_a_tuple():
    assert drawn(lambda rng, n: [n, 2], 0) == (5, 2)
    assert drawn(lambda rng, n: {"a": n}, 0, 3) == (3,)
    assert drawn(lambda rng, n: n, 0) == (5,)
    with pytest.raises(TypeError, match=r"inputs is a int; expected a function inputs\(rng, n\)"):
        drawn(3, 0)


def test_the_batch_is_that_of_the_labels_or_of_the_first_array():
    assert batch_size({"W": W, "y": LABELS}) == 5
    assert batch_size({"rate": 0.5, "W": W, "x": X5}) == 4
    assert batch_size({"W": W, "x": X5}, "x") == 5
    assert batch_size({"W": W, "x": 3.0}, "x") == 4
    assert batch_size({"a": np.array(1.0), "b": 2}) == 1
    assert batch_size({"W": W, "Y": np.zeros((7, 2), int)}) == 4, "labels have one axis"


def test_first_and_second_probe_of_drawn_inputs():
    source = of_inputs()
    assert source.batch_axes == [("x", 0)]
    main = probes.first(source)
    assert (main.name, main.n, main.seed, main.values["x"].shape) == ("drawn", 5, 3, (5, 4))
    other = probes.second(source, main)
    assert (other.name, other.n, other.seed, other.values["x"].shape) == ("n=7", 7, 4, (7, 4))
    assert not np.array_equal(other.values["w"], main.values["w"])
    main.n = 7
    assert probes.second(source, main, 2).name == "n=11"
    assert probes.second(source, probes.Probe("drawn", main.values, 9, 3)).name == "n=7"
    assert probes.second(source, main, 2).seed == 5


def test_inputs_in_columns_have_their_batch_there():
    source = of_inputs(lambda rng, n: (rng.standard_normal((4, n)), 0.5), ("x", "r"))
    assert source.batch_axes == [("x", 1)]
    assert probes.first(source).n == 5


def test_inputs_that_raise_for_another_size_drop_the_probe_with_a_note():
    def only_five(rng, n):
        if n != 5:
            raise ValueError(n)
        return rng.standard_normal((n, 2))

    source = of_inputs(only_five, ("x",))
    assert probes.second(source, probes.Probe("drawn", {}, 5, 0)) is None
    assert source.notes == ["inputs(rng, 7) raises ValueError: probe dropped"]


def test_the_second_probe_of_given_arrays_takes_some_of_their_rows():
    for n, k, rows in ((5, 1, 3), (5, 2, 2), (3, 1, 2), (3, 2, 1), (2, 2, 1)):
        source = given(x=X5[:n], w=W, y=LABELS[:n])
        main = probes.first(source)
        other = probes.second(source, main, k)
        assert (main.name, main.n, other.name, other.n, other.seed) == ("given", n, "rows", rows, k)
        assert other.values["x"].shape == (rows, 4)
        assert other.values["y"].shape == (rows,)
        at = [int(np.flatnonzero((row == X5).all(axis=1))[0]) for row in other.values["x"]]
        assert np.array_equal(other.values["y"], LABELS[at]), "rows and labels stay together"
    alone = given(x=X5[:1], w=W)
    assert probes.second(alone, probes.first(alone)).n == 1


def test_rows_are_taken_of_what_carries_the_batch():
    rows = np.array([3, 0])

    def taken(columns=None, carriers=(), n=5, params=(), **values):
        source = given(**values)
        source.columns, source.carriers, source.params = columns, carriers, params
        found = probes.take_rows(values, n, rows, source)
        return None if found is None else [name for name in values if found[name] is not values[name]]

    assert taken(x=X5, w=W, y=LABELS, t=X5 + 1) == ["x", "y", "t"]
    assert taken(x=X5, b=np.arange(5.0)) == ["x", "b"], "a float for each example"
    assert taken(x=X5, w=np.ones((4, 5)), b=np.arange(5.0)) == ["x"], "a bias that is as long as the batch by accident"
    assert taken(x=np.ones((5, 6)), w=np.arange(20.0).reshape(5, 4)) == ["x"], "a weight with as many rows"
    assert taken(x=X5, mask=np.eye(5, 2)) == ["x", "mask"], "of 0 and 1 alone"
    assert taken(x=X5, y=LABELS, params=["x"]) == ["y"]
    assert taken(w=np.ones((4, 5)), x=np.arange(5.0)) is None, "either axis may be the batch"
    assert taken(w=W) is None
    assert taken(carriers=("t",), x=X5, t=X5 + 1) == ["t"]
    source = given(x=X5.T, w=W, y=LABELS[None])
    source.columns = 5
    found = probes.take_rows({"x": X5.T, "w": W, "y": LABELS[None]}, 5, rows, source)
    assert np.array_equal(found["x"], X5.T[:, rows])
    assert np.array_equal(found["y"], LABELS[None][:, rows])
    assert found["w"] is W


def test_parameters_are_moved_a_little_and_zeros_by_more():
    values = {"w": 10 * W, "b": np.zeros(1000), "x": X5, "k": 3}
    moved = probes.jitter(values, ["w", "b", "k"], np.random.default_rng(0))
    assert moved["x"] is X5
    assert moved["k"] == 3
    assert 0 < np.max(np.abs(moved["w"] - 10 * W)) < 0.1 * 3 * np.std(10 * W)
    assert 0.045 < np.std(moved["b"]) < 0.056, "0.1 of 0.1, and 0.05 beside it"
    level = probes.jitter({"b": np.array([1.0, 1 + 2e-5])}, ["b"], np.random.default_rng(0))["b"] - [1, 1 + 2e-5]
    np.testing.assert_allclose(level, 1e-4 * np.random.default_rng(0).standard_normal(2), rtol=1e-9)


def test_single_and_few_rows():
    source = given(x=X5, y=LABELS)
    main = probes.first(source)
    one = probes.single(source, main)
    assert (one.name, one.n, one.extra) == ("n=1", 1, True)
    assert np.array_equal(one.values["x"], X5[4:])
    assert np.array_equal(probes.few(source, main, 2).values["x"], X5[:2])
    assert probes.few(source, main, 2).n == 2
    assert probes.single(given(x=X5[:1]), probes.first(given(x=X5[:1]))) is None, "it has no more to take"
    drawn_one = probes.single(of_inputs(), probes.first(of_inputs()))
    assert (drawn_one.n, drawn_one.values["x"].shape, drawn_one.extra) == (1, (1, 4), True)


def test_the_input_that_is_varied_has_freely_signed_values():
    values = {"x": X5, "whole": np.round(X5), "mask": np.eye(3), "one": np.ones(1), "nan": X5 * np.nan}
    assert [probes.leading(values, [name]) for name in values] == ["x", None, None, None, None]
    assert probes.leading({"two": X5[0, :2]}, ["two"]) == "two"
    assert probes.leading(values, []) is None
    ranges = [2 * X5, np.abs(2 * X5), -np.abs(2 * X5), np.array([0.5, -0.5]), np.array([1.0, -1.0]), np.full(3, 2.0)]
    assert [probes.free_range(x) for x in ranges] == [True, False, False, False, False, False]


def test_magnitudes_zeros_and_huge_values():
    source = of_inputs(seed=0)
    main = probes.first(source)
    probe = probes.stratified(source, main, ["x"])
    assert (probe.name, probe.n, probe.extra) == ("magnitudes and zeros", 5, True)
    x, plain = probe.values["x"], source.draw(21, 5)["x"]
    assert np.sum(x == 0) == 2
    factors = (x / plain)[x != 0]
    assert 1e-3 <= factors.min() < 0.5
    assert np.all((factors <= 1) | np.isclose(factors, 4))
    assert np.isclose(factors, 4).any()
    assert np.array_equal(probe.values["w"], source.draw(21, 5)["w"])
    big = probes.huge(source, main, ["x"])
    assert np.array_equal(big.values["x"], 800 * main.values["x"])
    assert (big.name, big.n, big.seed, big.extra) == ("huge", 5, 0, True)
    short = given(x=np.array([3.0, -2.5, 0.5]))
    assert np.sum(probes.stratified(short, probes.first(short), ["x"]).values["x"] == 0) == 1
    small = given(x=np.full((4, 3), 0.5))
    assert probes.stratified(small, probes.first(small), ["x"]) is None
    assert probes.huge(small, probes.first(small), ["x"]) is None


def test_as_many_examples_as_features():
    source = of_inputs(lambda rng, n: rng.standard_normal((n, 4)), ("x",))
    probe = probes.square(source, probes.first(source))
    assert (probe.name, probe.n, probe.values["x"].shape, probe.extra) == ("square", 4, (4, 4), True)
    for width, drawn_there in ((1, False), (2, True), (5, False), (12, True), (13, False)):
        source = of_inputs(lambda rng, n, width=width: rng.standard_normal((n, width)), ("x",))
        assert (probes.square(source, probes.first(source)) is not None) is drawn_there, width
    source = of_inputs()
    assert probes.square(source, probes.first(source)) is None, "two sizes to choose from"
    assert probes.square(given(x=X5), probes.first(given(x=X5))) is None


def test_sizes_are_changed_alike():
    values = {"x": X5, "w": W, "b": B, "one": np.ones((1, 3)), "y": LABELS, "hot": np.eye(3)[LABELS], "r": 0.5}
    source = given(**values)
    main = probes.first(source)
    equal, other = probes.equal_sizes(source, main), probes.other_sizes(source, main)
    assert {k: np.shape(v) for k, v in equal.values.items()} == {
        "x": (4, 4), "w": (4, 4), "b": (4,), "one": (1, 4), "y": (4,), "hot": (4, 4), "r": ()
    }  # fmt: skip
    assert {k: np.shape(v) for k, v in other.values.items()} == {
        "x": (8, 7), "w": (7, 6), "b": (6,), "one": (1, 6), "y": (8,), "hot": (8, 6), "r": ()
    }  # fmt: skip
    for probe, classes in ((equal, 4), (other, 6)):
        assert (probe.name, probe.extra, probe.n) == ("resized", True, len(probe.values["x"]))
        assert np.array_equal(probe.values["hot"].sum(axis=1), np.ones(probe.n))
        assert probe.values["y"].max() < classes
        assert np.isin(probe.values["x"], X5).all()
    assert probes.equal_sizes(given(x=np.ones((2, 2, 2))), probes.first(given(x=np.ones((2, 2, 2))))) is None


def test_upstream_gradients_have_both_signs_and_stay_away_from_zero():
    for seed in range(40):
        for shape in ((2,), (1, 2), (3, 4)):
            (d,) = probes.draw_dout([np.zeros(shape)], np.random.default_rng(seed))
            assert d.shape == shape
            assert np.any(d > 0)
            assert np.any(d < 0)
            assert np.min(np.abs(d)) >= 0.2
    (scalar,) = probes.draw_dout([np.zeros(())], np.random.default_rng(0))
    assert scalar.shape == ()
    assert probes.draw_dout([np.zeros(1)], np.random.default_rng(0))[0][0] == pytest.approx(0.12573 + 0.2, abs=1e-4)


def test_a_net_has_its_examples_in_columns_where_sizes_say_so():
    def columns(x, y, w):
        return examples_in_columns({"W": np.ones(w), "X": np.ones(x), "y": np.ones(y)}, ["W"])

    assert columns((4, 5), (3, 5), (3, 4)) == 5
    assert columns((4, 5), (5,), (3, 4)) == 5
    assert columns((5, 4), (5,), (4, 3)) is None, "rows"
    assert columns((4, 5), (3, 6), (3, 4)) is None
    assert columns((4, 4), (3, 4), (3, 4)) is None
    assert columns((4, 5), (4, 5), (5, 4)) is None, "it may be either"
    assert columns((4, 5), (4, 5), (3, 4)) == 5
    assert columns((4, 5, 1), (3, 1), (3, 4)) is None
    assert examples_in_columns({"W": np.ones((3, 4)), "X": np.ones((4, 5))}, ["W"]) is None
    net = {"W": np.ones((3, 4)), "b": np.ones(3), "X": np.ones((4, 5)), "y": np.ones(5)}
    assert examples_in_columns(net, ["W", "b"]) == 5


def test_a_layer_has_its_examples_in_columns_where_sizes_say_so():
    def columns(x, w, out):
        return layer_in_columns({"x": np.ones(x), "w": np.ones(w)}, np.ones(out))

    assert columns((4, 5), (3, 4), (3, 5)) == 5
    assert columns((5, 4), (4, 3), (5, 3)) is None
    assert columns((4, 4), (3, 4), (3, 4)) is None
    assert columns((4, 3), (3, 4), (3, 3)) is None
    assert columns((4, 5), (4, 4), (4, 5)) is None
    assert columns((4, 5), (3, 4), (3, 6)) is None
    assert columns((4, 5), (3, 4), (3,)) is None
    assert columns((4, 5), (5, 4), (3, 5)) is None
    assert layer_in_columns({"x": np.ones(4)}, np.ones((3, 5))) is None
    assert layer_in_columns({"x": np.ones((3, 4))}, np.ones((3, 4))) is None


def test_a_loss_has_its_examples_in_columns_where_sizes_say_so():
    def columns(*values):
        return loss_in_columns(dict(enumerate(values)))

    scores, hot = np.ones((3, 5)), np.eye(3)[LABELS].T
    assert columns(scores, LABELS) == 5
    assert columns(scores.T, LABELS) is None
    assert columns(scores, hot) == 5
    assert columns(scores.T, hot.T) is None
    assert columns(scores, scores) is None
    assert columns(scores, hot * 2) is None
    assert columns(np.ones((1, 5)), np.full((1, 5), 0.5)) == 5
    assert columns(np.ones((3, 3)), np.arange(3)) is None
    assert columns(scores) is None
    assert columns(scores, np.ones(5)) is None
    assert columns(np.ones(5), LABELS) is None


def test_the_batch_may_lie_behind_a_weight():
    y = np.arange(5.0)
    assert behind_a_weight({"W": np.ones((4, 3)), "X": np.ones((5, 4)), "t": y}) == ["X", "t"]
    assert behind_a_weight({"W": np.ones((4, 3)), "X": np.ones((5, 4))}) == []
    assert behind_a_weight({"W": np.ones((4, 5)), "X": np.ones((5, 4)), "t": y}) == []
    assert behind_a_weight({"W": np.ones((4, 3)), "X": np.ones((5, 2)), "t": y}) == []
    assert behind_a_weight({"W": np.ones((4, 3)), "X": np.ones((5, 4)), "t": np.arange(6.0)}) == []


class Two(NamedTuple):
    first: Any
    second: Any


def test_a_copy_has_the_types_of_what_it_copies():
    given = [Two(np.ones(2), [np.zeros(1)]), (1, "a"), {"b": np.arange(3)}]
    copied = clone(given)
    assert [type(one) for one in copied] == [Two, tuple, dict]
    assert type(copied[0].second) is list
    copied[0].first[0] = copied[0].second[0][0] = copied[2]["b"][0] = 7
    assert (given[0].first[0], given[0].second[0][0], given[2]["b"][0]) == (1, 0, 0)
