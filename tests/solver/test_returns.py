"""What the solver says of a loss, and of an update rule of one's own, that answers wrongly or in another dtype."""

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, refused, softmax_data

from solver import Solver, rules


class Faulty(CourseNet):
    """A course model whose loss(X, y) answers what `answer` makes of the right answer."""

    def __init__(self, answer, dtype=np.float64):
        super().__init__(dtype=dtype)
        self.answer = answer

    def loss(self, X, y=None):
        right = super().loss(X, y)
        return right if y is None else self.answer(*right)


@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (
            lambda loss, g: (loss, {"W1": g["W1"]}),
            ValueError,
            "loss() returned no gradient for 'b1': grads holds 'W1'. Its keys are those of params.",
        ),
        (lambda loss, g: (loss, {f"d{k}": v for k, v in g.items()}), ValueError, ": grads holds 'd"),
        (
            lambda loss, g: (loss, dict.fromkeys("abcdefghij", 0.0)),
            ValueError,
            ": grads holds 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'. Its keys are those of params.",
        ),
        (
            lambda loss, g: (loss, {**g, "W1": g["W1"].T}),
            ValueError,
            "loss() gradient of 'W1' has shape (3, 12), parameter has (12, 3): transposed?",
        ),
        (
            lambda loss, g: (np.full(20, loss), g),
            TypeError,
            "loss() must return (scalar, grads) when y is given; got an array of shape (20,). Did you forget .mean()?",
        ),
        (lambda loss, g: np.ones(20), TypeError, "must return (scalar, grads) when y is given; got an array of shape"),
        (lambda loss, g: loss, TypeError, "loss() must return (scalar, grads) when y is given; got"),
        (lambda loss, g: (loss, 3), TypeError, "with grads a dict of arrays; got int"),
        (lambda loss, g: (loss, list(g.values())), TypeError, "with grads a dict of arrays; got list"),
        (lambda loss, g: (g, loss), TypeError, "(scalar, grads), in this order; got (dict, float64). Swap them?"),
        (lambda loss, g: (loss, g, 1), TypeError, "(scalar, grads) when y is given; got a tuple of 3."),
        (lambda loss, g: (None, g), TypeError, "(scalar, grads) when y is given; got (None, ...)."),
        (lambda loss, g: None, TypeError, "(scalar, grads) when y is given; got None. Is a 'return' missing?"),
    ],
)
def test_what_loss_returns(answer, error, message):
    for meet in (lambda solver: solver.run.train_step(), Solver.train):  # before training, `train` looks at it
        with pytest.raises(error) as caught:
            meet(quiet(Faulty(answer), data=softmax_data()))
        assert message in str(caught.value)


@pytest.mark.parametrize(
    ("scores", "got"),
    [
        (lambda right: None, "got None for 2 examples. Is a 'return scores' missing?"),
        (lambda right: (right, "cache"), "got a tuple of 2 for 2 examples."),
        (lambda right: right.T, "got an array of shape (3, 2) for 2 examples."),
    ],
)
def test_what_loss_returns_without_y(scores, got):
    class Net(CourseNet):
        def loss(self, X, y=None):
            right = super().loss(X, y)
            return scores(right) if y is None else right

    refused(TypeError, f"must return the scores, an array of one row per example, when y is None; {got}", Net())


def test_classes_are_no_scores():
    class Net(CourseNet):
        def loss(self, X, y=None):
            right = super().loss(X, y)
            return right.argmax(axis=1) if y is None else right

    refused(TypeError, "loss(X) must return the scores, real numbers; got int64 of shape (2,). Are they the", Net())


def test_a_loss_that_cannot_be_called_without_y():
    class Net(CourseNet):
        def loss(self, X, y):
            return super().loss(X, y)

    message = "model.loss must take (X, y=None): loss(X, y) gives (loss, grads), loss(X) the scores; it takes (X, y)."
    refused(TypeError, message, Net())


def own_rule(w, dw, config):
    return w - 0.1 * dw, config


@pytest.mark.parametrize("net", [CourseNet, flat_net])
@pytest.mark.parametrize(
    ("answer", "error", "message"),
    [
        (lambda w, c: None, TypeError, "must return (next_w, config); got None. End it with: return w, config"),
        (lambda w, c: w, TypeError, "must return (next_w, config); got an array of shape (12, "),
        (lambda w, c: (c, w), TypeError, "must return (next_w, config); got (dict, an array of shape (12, "),
        (lambda w, c: (w, None), TypeError, "(next_w, config); got (an array of shape (12, "),
        (lambda w, c: (w[:3], c), ValueError, "returned next_w of shape (3, "),
        (lambda w, c: (w if w.ndim > 1 else w.sum(), c), ValueError, "returned next_w of shape (); w has shape ("),
    ],
)
def test_what_a_rule_returns(net, answer, error, message):
    def faulty(w, dw, config):
        return answer(*own_rule(w, dw, config))

    with pytest.raises(error) as caught:
        quiet(net(), update_rule=faulty).train()
    assert str(caught.value).startswith("update rule 'faulty' ")
    assert message in str(caught.value)


def test_a_rule_is_checked_in_the_first_step_only():
    solver = quiet(CourseNet(), update_rule=own_rule)
    solver.run.train_step()
    assert solver.run.updater._unchecked == set()


def test_what_a_rule_takes():
    message = "update rule '<lambda>' must take (w, dw, config); it takes (w, dw)."
    refused(TypeError, message, update_rule=lambda w, dw: w)
    message = "update rule '<lambda>' must take (w, dw, config), out= and layout=; it takes (w, dw, config, *, layout)."
    refused(TypeError, message, update_rule=lambda w, dw, config, *, layout: (w, config))


def test_a_rule_that_promotes_is_reported_once():
    def promoting(w, dw, config):
        return w - np.float64(0.1) * dw.astype(np.float64), config

    model = CourseNet(dtype=np.float32)
    with pytest.warns(UserWarning, match="promotes. Reported once") as caught:
        quiet(model, softmax_data(dtype=np.float32), update_rule=promoting).train()
    text = str(caught[0].message)
    assert "update of 'W1' is float64 at step 1, and converted to float32; the update rule or loss promotes." in text
    assert len(caught) == 1
    assert model.params["W1"].dtype == np.float32


def test_a_rule_that_promotes_where_one_vector_keeps_the_dtype():
    def promoting(w, dw, config):
        return w - np.float64(0.1) * dw.astype(np.float64), config

    model = flat_net(dtype=np.float32)
    with pytest.warns(UserWarning, match="Reported once") as caught:
        quiet(model, softmax_data(dtype=np.float32), update_rule=promoting).train()
    assert "update of 'W1' is float64 at step 1, and converted to float32; the update rule" in str(caught[0].message)
    assert len(caught) == 1
    assert model.params["W1"].dtype == np.float32


def float64_gradients(loss, g):
    return loss, {name: array.astype(np.float64) for name, array in g.items()}


@pytest.mark.parametrize("rule", rules.known())
def test_float64_gradients_of_a_float32_model_promote_nothing(rule):
    solver = quiet(Faulty(float64_gradients, np.float32), softmax_data(dtype=np.float32), update_rule=rule).train()
    arrays = [a for config in solver.optim_configs.values() for a in config.values() if isinstance(a, np.ndarray)]
    assert {a.dtype for a in [*solver.model.params.values(), *arrays]} == {np.dtype(np.float32)}


def test_float64_gradients_reach_a_rule_of_ones_own_in_the_dtype_of_the_parameters():
    model, data, dtypes = Faulty(float64_gradients, np.float32), softmax_data(dtype=np.float32), set()

    def rule(w, dw, config):
        dtypes.add(dw.dtype)
        return w - 0.1 * dw, config

    quiet(model, data, update_rule=rule).train()
    assert dtypes == {np.dtype(np.float32)}
    assert model.params["W1"].dtype == np.float32
