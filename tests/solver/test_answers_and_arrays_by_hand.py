"""What a loss and a rule may answer, what is taken as an array of numbers, and when a loss follows its parameters."""

import numpy as np
import pytest
from solver_cases import complaint

from solver.inputs import arrays, model, returns, weights
from solver.inputs.data import Data
from solver.protocols import Slot

LAYOUT = [Slot("W", slice(0, 6), (2, 3), True)]


@pytest.mark.parametrize(
    ("shape", "end"), [((3, 2), ": transposed?"), ((2, 2), "."), ((2, 4), "."), ((1, 3), "."), ((4, 1), "."), ((), ".")]
)
def test_gradients_of_another_shape(shape, end):
    text = complaint(ValueError, returns.check_gradients, {"W": np.zeros(shape)}, LAYOUT)
    assert text == f"loss() gradient of 'W' has shape {shape}, parameter has (2, 3){end}"


class Named:
    """Not a Mapping, but with keys and entries, as some containers of arrays are."""

    def keys(self):
        return ["W"]

    def __getitem__(self, name):
        return {"W": np.zeros((2, 3))}[name]


def test_gradients_in_a_container_of_ones_own():
    returns.check_gradients(Named(), LAYOUT)
    text = complaint(ValueError, returns.check_gradients, Named(), [LAYOUT[0]._replace(name="V")])
    assert text == "loss() returned no gradient for 'V': grads holds 'W'. Its keys are those of params."
    assert "grads holds nothing." in complaint(ValueError, returns.check_gradients, {}, LAYOUT)


def test_answers_of_a_wrong_form():
    wanted = "loss() must return (scalar, grads) when y is given; got"
    assert complaint(TypeError, returns.check_pair, (1.0,)) == f"{wanted} a tuple of 1."
    assert complaint(TypeError, returns.check_pair, (1.0, {}, 1)) == f"{wanted} a tuple of 3."
    assert complaint(TypeError, returns.scalar, "much") == f"{wanted} (str, ...)."
    w, wanted = np.ones(2), "update rule 'mine' must return (next_w, config); got"
    for answer, got in (((w, {}, 1), "a tuple of 3"), ((w, None), "(an array of shape (2,), None)")):
        assert complaint(TypeError, returns.check_update, "mine", answer, w).startswith(f"{wanted} {got}. End it")
    for shape in ((1,), (3,), (2, 1), ()):
        text = complaint(ValueError, returns.check_update, "mine", (np.ones(shape), {}), w)
        assert text == f"update rule 'mine' returned next_w of shape {shape}; w has shape (2,)."
    assert returns.check_update("mine", (np.float32(1), {}), np.array(1.0)) is None


@pytest.mark.parametrize(
    ("answer", "rows", "got"),
    [
        ([1.0, 2.0, 3.0], 2, "list for 2 examples."),
        ([1.0], 2, "list for 2 examples."),
        ([[[1.0], [1.0, 2.0]]], 1, "list for 1 examples."),  # rows that are no array
        (np.array(["a", "b"]), 2, "an array of shape (2,) for 2 examples."),
        (np.array([1j, 2]), 2, "an array of shape (2,) for 2 examples."),
    ],
)
def test_scores_that_are_none(answer, rows, got):
    text = complaint(TypeError, returns.check_scores, answer, rows)
    assert text == f"loss() must return the scores, an array of one row per example, when y is None; got {got}"


@pytest.mark.parametrize(
    ("value", "got"), [(None, "None"), ({}, "dict"), ("balanced", "str"), (b"1", "bytes"), ({1, 2}, "set")]
)
def test_what_is_no_array_at_all(value, got):
    assert complaint(TypeError, arrays.plain, "X_train", value) == (
        f"X_train must be an array of numbers with one row per example; got {got}."
    )
    assert complaint(TypeError, arrays.plain, "y_val", value) == (
        f"y_val must be an array of numbers with one entry per example; got {got}."
    )


def test_arrays_of_numbers_are_taken_as_they_are():
    X = np.ones((3, 2), np.float32)
    assert arrays.plain("X", X) is X
    assert np.shares_memory(arrays.plain("X", np.ma.masked_array(X)), X)
    cube = arrays.plain("X", np.arange(12).astype(object).reshape(2, 3, 2))
    assert (cube.shape, cube[1].tolist()) == ((2, 3, 2), [[6, 7], [8, 9], [10, 11]])


class Half:
    """Has one of the two names by which a sparse matrix is known."""

    def __init__(self, name):
        setattr(self, name, None)

    def __array__(self, dtype=None, copy=None):
        return np.ones((2, 1))


@pytest.mark.parametrize("name", ["toarray", "nnz"])
def test_an_array_with_one_name_of_a_sparse_matrix_is_none(name):
    assert arrays.plain("X", Half(name)).tolist() == [[1], [1]]


def test_the_row_of_a_wrong_entry_and_the_reason_of_a_wrong_table():
    cube = np.zeros((2, 2, 3), object)
    for row, at in ((0, (0, 1, 2)), (1, (1, 0, 0))):
        bad = cube.copy()
        bad[at] = "much"
        assert f"got object, row {row} holds the text 'much'. Leave" in complaint(TypeError, arrays.plain, "X", bad)
    words = np.empty(2, object)
    words[:] = [np.array(["a"]), np.array(["b"])]
    assert complaint(ValueError, arrays.plain, "X", words) == (
        "X is no table: its rows differ in length or hold other things than numbers."
    )
    assert complaint(ValueError, arrays.plain, "X", [[1], [1, 2]]) == (
        "X is no table: its rows differ in length or shape (setting an array element with a sequence. The requested"
        " array has an inhomogeneous shape after 1 dimensions)."
    )


@pytest.mark.parametrize(("given", "good"), [([0.5, 0], True), ([0, 1], True), ([0, 0], False)])
def test_some_row_must_count(given, good):
    rows = Data(np.ones((2, 1)), np.array([0, 1]), np.ones((1, 1)), np.array([0]), np.array(given))
    if good:
        assert weights.row_weights(rows, None).tolist() == given
    else:
        assert "have the weight 0: nothing would be learned" in complaint(ValueError, weights.row_weights, rows, None)


def test_class_weights_are_kept_as_pairs():
    record = weights.as_record({np.int64(2): 1, "a": np.float32(0.5), 0: 3})
    assert record == {"pairs": [[2, 1.0], ["a", 0.5], [0, 3.0]]}
    assert [type(key) for key, _ in record["pairs"]] == [int, str, int]
    assert weights.from_record(record) == {2: 1.0, "a": 0.5, 0: 3.0}
    assert weights.from_record(weights.as_record("balanced")) == "balanced"
    assert weights.from_record(weights.as_record(None)) is None


class Times:
    """Scores w X, of one parameter; `deaf`: of its value at the start."""

    def __init__(self, w, deaf=False):
        self.params = {"w": np.array([float(w)])}
        self.kept = self.params["w"].copy() if deaf else self.params["w"]

    def loss(self, X, y=None):
        return X * self.kept if y is None else (float(np.sum(X * self.kept)), {"w": np.array([np.sum(X)])})


@pytest.mark.parametrize("w", [-2, -1, -0.5, 0, 0.5, 1, (1 + 5**0.5) / 2, 2, 1e100])
def test_whether_a_loss_follows_is_seen_at_any_value(w):
    """On the model itself, as where it cannot be copied: w becomes another number, and is put back."""
    X, y, layout = np.ones((2, 1)), np.zeros(2), [Slot("w", slice(0, 1), (1,), False)]
    one, deaf = Times(w), Times(w, deaf=True)
    model.check_follows(one, one, layout, X, y)
    assert one.params["w"].tolist() == [w]
    text = complaint(ValueError, model.check_follows, deaf, deaf, layout, X, y)
    assert text.startswith("loss stays the same when params['w'] changes, so training would do nothing.")
    assert deaf.params["w"].tolist() == [w]


class Strict(Times):
    def loss(self, X, y=None):
        if self.params["w"][0] != 1:
            raise RuntimeError("not one")
        return super().loss(X, y)


class Probable:
    """Answers with the probabilities of three classes; all weights are 0."""

    def __init__(self):
        self.params = {"W": np.zeros((2, 3)), "b": np.zeros(3)}

    def loss(self, X, y=None):
        scores = np.exp(X @ self.params["W"] + self.params["b"])
        return scores / scores.sum(axis=1, keepdims=True)


def test_a_model_that_refuses_other_numbers_and_one_of_equal_scores_follow():
    X, y = np.array([[1.0, 2.0], [0.5, 0.0]]), np.zeros(2)
    layout = [Slot("w", slice(0, 1), (1,), False)]
    strict, equal = Strict(1), Probable()
    model.check_follows(strict, strict, layout, X, y)
    assert strict.params["w"].tolist() == [1]
    model.check_follows(equal, equal, [Slot("W", slice(0, 6), (2, 3), True), Slot("b", slice(6, 9), (3,), False)], X, y)
    assert not np.any(equal.params["W"])


@pytest.mark.parametrize(
    ("loss", "takes"),
    [(lambda X: 1, "(X)"), (lambda X, y: 1, "(X, y)"), (lambda: 1, "()"), (lambda X, *, y=None: 1, "(X, *, y=None)")],
)
def test_a_loss_is_called_with_and_without_targets(loss, takes):
    assert complaint(TypeError, model.loss_arguments, loss).endswith(f"loss(X) the scores; it takes {takes}.")
    assert list(model.loss_arguments(lambda X, y=None, **more: 1)) == ["X", "y", "more"]


@pytest.mark.parametrize(("value", "seen"), [(np.ones(2, bool), True), (np.ones(2, "u1"), True), (1, False)])
def test_parameters_that_are_no_floats(value, seen):
    text = complaint(TypeError, model.check_arrays, {"w": value})
    assert text.endswith(" Convert it (params['w'].astype(float)), or keep it outside of params.") is seen
