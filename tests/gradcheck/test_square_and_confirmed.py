"""What shows where two sizes coincide alone; and that a path is named only where every further direction agrees."""

import numpy as np
import pytest

import gradcheck
from gradcheck.diagnosis.paths.trial import CHECKS, Trial


@pytest.mark.parametrize("features", [2, 5, 12])
def test_a_backward_that_is_wrong_where_examples_and_features_are_as_many(features):
    def draw(rng, n):
        return rng.standard_normal((n, features))

    def forward(x):
        return np.tanh(x), x

    def backward(dout, x):
        dx = dout * (1 - np.tanh(x) ** 2)
        return dx.T if dx.shape[0] == dx.shape[1] else dx

    assert not gradcheck.layer(forward, backward, inputs=draw, names=["x"]).ok
    assert gradcheck.layer(forward, lambda dout, x: dout * (1 - np.tanh(x) ** 2), inputs=draw, names=["x"]).ok


class Direction:
    def __init__(self, which, seed):
        self.place = which, seed

    def explains(self, value):
        return value == "agrees"


class Scripted(Trial):
    """A trial whose experiment agrees in all places but one."""

    def __init__(self, views, against):
        self.views, self.against, self.asked = [None] * views, against, []

    def _record(self, which):
        pass

    def _directions(self, which, seed):
        return Direction(which, seed)

    def _derivative(self, which, experiment, direction):
        self.asked.append(direction.place)
        return "differs" if direction.place == self.against else "agrees"


FIRST = [(0, seed) for seed in range(1, CHECKS + 1)]
SECOND = [(1, seed) for seed in range(CHECKS + 1)]


def test_an_experiment_is_confirmed_by_every_direction_on_both_probes():
    trial = Scripted(2, None)
    assert trial.confirmed(None)
    assert trial.asked == FIRST + SECOND


@pytest.mark.parametrize("place", FIRST + SECOND)
def test_one_direction_against_it_is_enough(place):
    trial = Scripted(2, place)
    assert not trial.confirmed(None)
    assert trial.asked[-1] == place
