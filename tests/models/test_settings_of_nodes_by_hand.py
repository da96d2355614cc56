"""What a node is told of its layer, and what of it the layer must be told: by the signatures of its functions."""

import re

import numpy as np
import pytest

from layers import get
from models import Graph, convnet, node
from models.node import as_loss, check_loss_settings, takes


def test_a_setting_without_a_default_is_asked_for():
    def by_position(x, scale=1.0, *, shift):
        return scale * x + shift, None

    pair = (by_position, lambda dout, cache: dout)
    assert node("n", pair, "x", shift=1).layer.args == ("x",)
    with pytest.raises(TypeError, match=re.escape("node 'n': by_position needs shift=, which has no default")):
        node("n", pair, "x", scale=2)
    with pytest.raises(TypeError, match=re.escape("takes no setting 'zz'. It takes: scale, shift.")):
        node("n", pair, "x", zz=2, shift=1)


def test_what_a_graph_passes_itself_is_no_setting():
    """Nor what the layer is of: values and parameters."""

    def forward(x, w=None, *, out=None, rng=None, stats=None, seed=None, sample_weight=None, need_dx=True, keep=1):
        return x, None

    layer = get("dropout")._replace(name="mine", forward=forward, args=("x", "w"))
    with pytest.raises(TypeError, match=re.escape("mine takes no setting 'zz'. It takes: keep.")):
        node("n", layer, "x", zz=1)
    with pytest.raises(TypeError, match=r"noise is drawn from loss\(X, y, rng=\.\.\.\) or seed=\.\.\., not from"):
        node("n", layer, "x", seed=1)


class Unhashable:
    """A function as an object that is equal to others and so has no hash."""

    __name__ = "unhashable"

    def __call__(self, x, *, out=None, slope=2.0):
        return np.multiply(x, slope, out=out), None

    def __eq__(self, other):
        return isinstance(other, Unhashable)


def test_an_object_without_a_hash_may_be_a_function():
    forward = Unhashable()
    with pytest.raises(TypeError, match="unhashable"):
        hash(forward)
    assert [takes(forward, name) for name in ("out", "slope", "need_dx")] == [True, True, False]
    net = Graph([node("a", (forward, lambda dout, cache: dout), "x", slope=3.0)], {}, loss="squared", dtype=float)
    assert net.loss(np.ones((1, 2))).tolist() == [[3, 3]]


def margin(x, y, *, margin=1.0, depth):
    return 0.0, x


def called(sizes, reg=0.0, *rest, **more):
    return sizes


def test_settings_of_a_loss_are_its_own_or_those_of_the_call():
    loss = as_loss("svm")._replace(name="mine", forward=margin)
    check_loss_settings(loss, {"margin": 1, "depth": 2})
    check_loss_settings(loss, {}, called)
    with pytest.raises(TypeError, match=re.escape("mine takes no setting 'zz'. It takes: margin, depth.")):
        check_loss_settings(loss, {"zz": 1})
    message = "called got unknown argument 'zz'. It takes: sizes, reg, rest; and settings of the loss, for mine: margin"
    with pytest.raises(TypeError, match=re.escape(message)):
        check_loss_settings(loss, {"margin": 1, "zz": 1}, called)
    with pytest.raises(TypeError, match=re.escape("called got unknown argument 'rag'. Did you mean 'reg'?")):
        check_loss_settings(loss, {"rag": 1}, called)
    with pytest.raises(TypeError, match=re.escape("for softmax_loss: none.")):
        check_loss_settings(as_loss("softmax")._replace(forward=lambda x, y: None), {"zz": 1}, called)


@pytest.mark.parametrize("classes", [0, -1, 2.5, 3.0, "3", None, True])
def test_classes_are_counted(classes):
    with pytest.raises(ValueError, match=re.escape(f"num_classes is {classes!r}; expected a positive integer")):
        convnet("2x3", num_classes=classes)
    assert convnet("2x3", num_classes=1, loss="logistic", rng=0).params["b2"].shape == (1,)
    assert convnet("2x3", num_classes=np.int64(2), rng=0).params["b2"].shape == (2,)
