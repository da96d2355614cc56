"""Random streams that a function under test can reach, wherever they are held, are rewound and put back."""

import functools
import random

import numpy as np

import gradcheck
from gradcheck.subject.randomness import Streams

OWN = np.random.default_rng(5)
AMONG_OTHERS = {"streams": [1, np.random.RandomState(2)]}


class Draws:
    def __init__(self):
        self.rng = np.random.default_rng(3)

    def draw(self):
        return self.rng.random()


def test_streams_of_a_framework_and_of_bound_methods_are_held():
    thing = Draws()
    streams = Streams(thing.draw)
    first = thing.draw()
    assert streams.moved()
    assert not streams.moved_global()
    streams.rewind()
    assert thing.draw() == first
    streams.restore()
    state = [7]
    streams.hold(lambda: state[0], lambda value: state.__setitem__(0, value))
    assert not streams.moved()
    state[0] = 8
    assert streams.moved()
    streams.rewind()
    assert state == [7]
    state[0] = 9
    streams.restore()
    assert state == [7]
    before = random.getstate()
    random.random()
    assert streams.moved_global()
    streams.restore()
    assert random.getstate() == before


def names_a_global():
    return OWN.random()


def names_what_holds_one():
    return AMONG_OTHERS["streams"][1].random()


def calls_another():
    return names_a_global()


def closes_over(thing):
    return lambda: thing.draw()


def by_keyword(*, rng=np.random.default_rng(6)):  # noqa: B008
    return rng.random()


def test_generators_are_found_wherever_they_are_held():
    thing = Draws()
    bound = functools.partial(lambda rng, k: rng.random() + k, np.random.default_rng(4), k=1)
    by_name = functools.partial(lambda rng: rng.random(), rng=np.random.default_rng(4))
    for draw in (names_a_global, names_what_holds_one, calls_another, closes_over(thing), by_keyword, bound, by_name,
                 thing.draw):  # fmt: skip
        streams = Streams(draw)
        assert not streams.moved()
        first = draw()
        assert streams.moved(), draw
        assert not streams.moved_global()
        streams.rewind()
        assert draw() == first
        streams.restore()
    assert not Streams(Draws).moved()


def test_no_stream_is_looked_for_too_deep():
    def nested(depth, rng):
        for _ in range(depth):
            rng = [rng]
        return rng

    for depth, held in ((5, True), (6, False)):
        rng = np.random.default_rng(0)
        streams = Streams(nested(depth, rng))
        rng.random()
        assert streams.moved() is held
    for place, held in ((99, True), (100, False)):
        rng = np.random.default_rng(0)
        for streams in (Streams([0] * place + [rng]), Streams(dict(enumerate([0] * place + [rng])))):
            streams.mark()
            rng.random()
            assert streams.moved() is held


class Dropout:
    """It draws its masks from a generator of its own."""

    def __init__(self, factor=1.0):
        self.rng, self.factor = np.random.default_rng(0), factor

    def forward(self, x):
        self.mask = self.rng.random(x.shape) < 0.5
        return 2 * x * self.mask

    def backward(self, dout):
        return self.factor * 2 * dout * self.mask


def test_a_method_that_draws_is_checked_like_any_other():
    x = np.random.default_rng(1).standard_normal((4, 3))
    right, wrong = Dropout(), Dropout(3.0)
    report = gradcheck.layer(right.forward, right.backward, x)
    assert report.verdict == "pass", str(report)
    report = gradcheck.layer(wrong.forward, wrong.backward, x, repair=False)
    assert [f.code for f in report.findings] == ["SCALE_OTHER"]
