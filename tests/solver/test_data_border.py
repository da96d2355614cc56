"""What users hold as data: taken to the last bit, or refused with what to do; inputs on a scale that is no good."""

import warnings

import numpy as np
import pytest
from solver_cases import CourseNet, flat_net, quiet, refused, softmax_data

from models import mlp
from solver import Solver, lr_range_test, minimize
from solver.inputs.scale import Range, warn_of_scale


def changed(**arrays):
    return softmax_data() | arrays


def read_only(array):
    array = array.copy()
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    "turn",
    [
        np.asfortranarray,
        read_only,
        lambda a: a.astype(a.dtype.newbyteorder(">")),
        lambda a: a.astype(object),
        lambda a: a.tolist(),
        np.ma.masked_array,
        lambda a: np.repeat(a, 2, axis=0)[::2],
    ],
)
def test_every_layout_of_the_same_numbers_trains_the_same_net(turn):
    plain = softmax_data()
    wanted = quiet(flat_net(), plain, num_epochs=2).train().loss_history
    assert quiet(flat_net(), {name: turn(a) for name, a in plain.items()}, num_epochs=2).train().loss_history == wanted


def test_tables_of_pandas():
    pandas = pytest.importorskip("pandas")
    plain = softmax_data()
    X, y = pandas.DataFrame(plain["X_train"]), pandas.Series(plain["y_train"], dtype="Int64", index=range(7, 127))
    wanted = quiet(flat_net(), plain, num_epochs=2).train().loss_history
    assert quiet(flat_net(), changed(X_train=X, y_train=y), num_epochs=2).train().loss_history == wanted
    refused(ValueError, "y_train holds a missing value (<NA>)", data=changed(y_train=y.mask(y == 2).astype(object)))
    words = y.map({0: "cat", 1: "dog", 2: "owl"}).astype("category")
    refused(TypeError, "classes = np.unique(y_train), y_train = np.searchsorted(", data=changed(y_train=words))


def test_truths_are_two_classes():
    data = softmax_data()
    two = {name: (a == 1) if name[0] == "y" else a for name, a in data.items()}
    ones = {name: (a == 1).astype(int) if name[0] == "y" else a for name, a in data.items()}
    net = lambda: mlp([12, 2], rng=0)  # noqa: E731
    assert quiet(net(), two).train().loss_history == quiet(net(), ones).train().loss_history


X, Y = softmax_data()["X_train"], softmax_data()["y_train"]


@pytest.mark.parametrize(
    ("error", "message", "arrays"),
    [
        (TypeError, "X_train is a sparse matrix; layers take dense arrays: pass X_train.toarray().", "sparse"),
        (ValueError, "masked values; fill them or leave their rows out", {"X_train": np.ma.masked_less(X, 0)}),
        (ValueError, "X_train is no table: its rows differ in length", {"X_train": [[1.0, 2.0], [3.0]]}),
        (ValueError, "X_train holds a missing value (None), first in row 1.", {"X_train": [[1.0], [None]]}),
        (TypeError, "row 0 holds the text 'a'. Leave such columns out", {"X_train": [["a", 1.0]]}),
        (TypeError, "got object, row 0 holds dict.", {"X_train": [[{}, 1.0]]}),
        (TypeError, "Use X_train.astype(float).", {"X_train": X.astype(str)}),
        (TypeError, "got dtype complex128", {"X_train": X + 1j}),
        (TypeError, "Of one feature: X_train.reshape(-1, 1).", {"X_train": X[:, 0]}),
        (ValueError, "X_train has no columns: its shape is (120, 0).", {"X_train": X[:, :0]}),
        (ValueError, "X_train has no rows.", {"X_train": X[:0], "y_train": Y[:0]}),
        (ValueError, "Do its examples stand in columns? Pass X_train.T.", {"X_train": X.T}),
        (
            ValueError,
            "y_train holds NaN or infinity, first in row 3.",
            {"y_train": np.where(np.arange(120) < 3, 0, np.nan)},
        ),
        (TypeError, "row 0 holds the text", {"y_train": Y.astype(str)}),
        (ValueError, "Code the 3 values: np.unique(y_train, return_inverse=True)[1].", {"y_train": Y * 2}),
        (ValueError, "Code the 2 values", {"y_train": np.where(Y > 0, 1, -1)}),
    ],
)
def test_what_cannot_be_used_is_said(error, message, arrays):
    if arrays == "sparse":
        arrays = {"X_train": pytest.importorskip("scipy.sparse").csr_matrix(X)}
    refused(error, message, data=changed(**arrays))


@pytest.mark.parametrize("loss", ["softmax", "svm", "logistic", "squared", "offset_softmax"])
@pytest.mark.parametrize("dtype", ["int64", "uint8", "float32", "bool", "object"])
@pytest.mark.parametrize("part", ["train", "val"])
def test_a_column_of_labels_is_refused_alike_by_every_loss(loss, dtype, part):
    y = softmax_data()[f"y_{part}"][:, None].astype(dtype)
    model = mlp([12, 3], loss=loss, rng=0)
    refused(ValueError, f"y_{part} must be integers 0..2 for 3 classes; got shape (N, 1): use y.ravel()", model,
            changed(**{f"y_{part}": y}))  # fmt: skip


def test_a_column_beside_one_hot_rows():
    data = softmax_data()
    rows = np.eye(3)[data["y_train"]]
    refused(ValueError, "Labels as a column: use y_val.ravel().", mlp([12, 3], rng=0),
            changed(y_train=rows, y_val=data["y_val"][:, None]))  # fmt: skip


def test_a_column_of_labels_has_no_accuracy():
    data, net = softmax_data(), mlp([12, 3], rng=0)
    column = data["y_val"][:, None]
    for measure in (net.evaluate, net.accuracy, net.loss):
        with pytest.raises(ValueError, match=r"y\.ravel\(\)"):
            measure(data["X_val"], column)


def images(low=0, high=255, rows=60, dtype=float):
    rng = np.random.default_rng(0)
    return (rng.integers(0, 256, (rows, 20)) * (rng.random((rows, 20)) < 0.2) / 255 * (high - low) + low).astype(dtype)


def pictures(train, val=None):
    y = np.arange(len(train)) % 2
    return {"X_train": train, "y_train": y, "X_val": train if val is None else val, "y_val": y}


TRAININGS = [
    lambda data: Solver(mlp([20, 2], rng=0), data),
    lambda data: minimize(mlp([20, 2], rng=0, dtype=np.float64), data, max_iter=1),
    lambda data: lr_range_test(mlp([20, 2], rng=0), data, steps=2, batch_size=10),
]


@pytest.mark.parametrize("train", TRAININGS)
@pytest.mark.parametrize(
    ("data", "message"),
    [
        *(
            (pictures(images(dtype=kind)), r"0\.\.255.* or X/255\.")
            for kind in ("uint8", "int64", "float16", "float64")
        ),
        (pictures(images(-128, 127)), "Standardise: subtract"),
        (pictures(images(high=1) / 255), "divided by 255 twice"),
        (pictures(images(high=16) / 255), "divided by 255 twice"),
        (pictures((images() / 256).astype(int)), "all values of X_train are 0: .* scaled in integers"),
        (pictures(images(high=1), images()), "X_val holds values from 0 to 255, .* scaled differently"),
        (pictures(images(high=1), images(high=1) / 255), "scaled differently"),
        (pictures(images(high=1), images(-0.4, 2.8)), "scaled differently"),
        (pictures(images(-0.4, 2.8), images(high=1)), "scaled differently"),
    ],
)
def test_scales_that_nets_do_not_learn_from(train, data, message):
    with pytest.warns(UserWarning, match=message) as caught:
        train(data)
    assert len(caught) == 1
    assert caught[0].filename == __file__


@pytest.mark.parametrize(
    "train", [images(high=1), images(-0.4, 2.8), images(high=16, dtype=int), images(high=1, rows=9)]
)
def test_usual_scales_pass_without_a_word(train):
    for data in (pictures(train), pictures(train, train[::-1] * 0.9)):
        Solver(mlp([20, 2], rng=0), data)


def test_a_model_that_scales_its_inputs_itself():
    Solver(mlp([20, 2], rng=0, input_scale=255), pictures(images(dtype=np.uint8)))
    with pytest.warns(UserWarning, match="the model divides by input_scale=255: hardly any differences"):
        Solver(mlp([20, 2], rng=0, input_scale=255), pictures(images(high=1)))


def test_one_class_alone():
    with pytest.warns(UserWarning, match="y_train holds the one class 2 alone, of 3: .* Shuffle before splitting"):
        Solver(CourseNet(), changed(y_train=np.full(120, 2)), verbose=False).train()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Solver(CourseNet(), changed(y_val=np.full(30, 2)), verbose=False).train()


def test_a_pixel_that_is_hardly_ever_inked_may_be_far_out_once_standardised(recwarn):
    X = np.random.default_rng(0).standard_normal((300, 8))
    X[7, 3] = 36.0
    warn_of_scale(X, X, *[Range(X.min(), X.max())] * 2, input_scale=1.0)
    assert not recwarn.list
