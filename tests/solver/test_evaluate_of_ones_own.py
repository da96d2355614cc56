"""A model that measures itself: its `evaluate` is asked, wherever it stands."""

import numpy as np

from models import mlp
from solver.evaluation import evaluate, measures

X, Y = np.zeros((6, 4)), np.zeros(6, np.int64)


def test_an_evaluate_of_the_object_is_asked():
    net = mlp([4, 3], seed=0)
    net.evaluate = lambda X, y: (1.5, 0.25)
    assert evaluate(net, X, Y) == (1.5, 0.25)


def test_an_evaluate_that_is_handed_on_is_asked():
    class HandsOn:
        def __init__(self, net):
            self.net = net

        def __getattr__(self, name):
            return getattr(self.net, name)

    net = mlp([4, 3], seed=0)
    found = measures(HandsOn(net), X, Y)
    assert found == measures(net, X, Y)
    assert "accuracy" in found
