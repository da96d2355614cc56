"""Bits of fit and partial_fit through every kind of copy, portions of other lengths, and callbacks of scikit-learn."""

import copy
import pickle
import subprocess
import sys

import numpy as np
import pytest

pytest.importorskip("sklearn")
from sklearn.base import clone
from sklearn.datasets import load_digits, make_regression

from layergraph.estimators import MLPClassifier, MLPRegressor, TwoLayerClassifier, TwoLayerRegressor

ALL = (TwoLayerClassifier, TwoLayerRegressor, MLPClassifier, MLPRegressor)


def _data(make, rows=130):
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, 5))
    return X, np.where(X[:, 0] > 0.3, "b", "a") + np.where(X[:, 1] > 0, "y", "x") if "Cl" in make.__name__ else X[:, :2]


def _same(a, b):
    return all(np.array_equal(a.params_[name], b.params_[name]) for name in a.params_)


@pytest.mark.parametrize("make", ALL)
@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"dropout": 0.3, "lr_schedule": "cosine"},
        {"update_rule": "sgd_momentum", "batch_size": 33, "reg": 0.01},
        {"update_rule": "schedule_free_adamw"},
    ],
)
@pytest.mark.parametrize("copied", [lambda e: e, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))])
def test_fit_is_so_many_partial_fits_bit_for_bit(make, settings, copied):
    X, y = _data(make)
    w = np.random.default_rng(1).integers(0, 3, len(X))
    whole = make(num_epochs=4, random_state=3, **settings).fit(X, y, w)
    step = make(num_epochs=4, random_state=3, **settings)
    for _ in range(4):
        step = copied(step.partial_fit(X, y, sample_weight=w))
    assert _same(whole, step)
    assert whole.loss_history_ == step.loss_history_
    assert whole.n_iter_ == step.n_iter_ == 4


def test_a_copy_through_a_joblib_file_goes_on_too(tmp_path):
    joblib = pytest.importorskip("joblib")
    X, y = _data(MLPClassifier)
    a = MLPClassifier(random_state=0, num_epochs=2).fit(X, y)
    joblib.dump(a, tmp_path / "a")
    b = joblib.load(tmp_path / "a", mmap_mode="r").partial_fit(X, y)
    assert _same(a.partial_fit(X, y), b)


def test_chunks_of_other_sizes_count_epochs_and_use_every_row():
    X, y = _data(MLPClassifier, 300)
    a = MLPClassifier(random_state=0, batch_size=10, num_epochs=4, lr_schedule="linear")
    a.partial_fit(X[:50], y[:50], classes=np.unique(y)).partial_fit(X[50:], y[50:]).partial_fit(X[:7], y[:7])
    assert a.n_iter_ == 3
    assert np.isfinite(a.loss_history_[-1:]).all()
    assert a.solver_.learning_rate == pytest.approx(3e-3 * 0.5)  # at the last step of 3, half of 4 epochs are over


def test_float32_stays_float32():
    X, y = _data(MLPClassifier)
    a = MLPClassifier(random_state=0, num_epochs=1).fit(X.astype(np.float32), y)
    assert a.params_["W1"].dtype == a.predict_proba(X.astype(np.float32)).dtype == np.float32
    b = MLPRegressor(random_state=0, num_epochs=1).fit(X.astype(np.float32), X[:, 0])
    assert b.predict(X).dtype == np.float32


def test_early_stopping_holds_out_rows_of_each_class_and_keeps_the_best():
    X, y = load_digits(return_X_y=True)
    X = X / 16
    a = MLPClassifier(early_stopping=True, patience=3, random_state=0, num_epochs=200, learning_rate=0.01).fit(X, y)
    assert a.n_iter_ < 200
    assert a.val_acc_history_[a.best_epoch_] == max(a.val_acc_history_) > 0.9
    assert len(a.validation_loss_history_) == a.n_iter_ + 1
    held = np.bincount(a.solver_.data.y_val)
    assert held.min() >= 17  # of 1797 rows a tenth, each of ten classes alike
    assert held.max() <= 19
    assert a.score(X, y) > 0.95
    with pytest.raises(ValueError, match=r"partial_fit cannot stop early"):
        a.partial_fit(X, y)


def test_regression_reaches_r2_and_takes_several_targets():
    X, y = make_regression(300, 5, n_informative=3, n_targets=2, random_state=0)
    y = (y - y.mean(0)) / y.std(0)
    a = MLPRegressor((30, 30), random_state=0, learning_rate=0.01, num_epochs=100).fit(X, y)
    assert a.predict(X).shape == (300, 2)
    assert a.score(X, y) > 0.95
    b = MLPRegressor(early_stopping=True, patience=5, random_state=0, learning_rate=0.01).fit(X, y[:, 0])
    assert b.predict(X).shape == (300,)


@pytest.mark.parametrize("make", ALL)
def test_sparse_input_is_refused_in_words(make):
    import scipy.sparse

    X, y = _data(make)
    with pytest.raises(TypeError, match=r"[Ss]parse"):
        make().fit(scipy.sparse.csr_matrix(X), y)


def test_clone_and_parameters():
    a = MLPClassifier(hidden_layer_sizes=(3, 4), random_state=1)
    b = clone(a.set_params(reg=0.5))
    assert b.get_params() == a.get_params()
    X, y = _data(MLPClassifier)
    assert [w.shape for n, w in b.fit(X, y).params_.items() if n[0] == "W"] == [(5, 3), (3, 4), (4, 4)]


def test_callbacks_of_scikit_learn_see_each_epoch_and_stop_it():
    pytest.importorskip("sklearn.callback")
    seen = []

    class Watcher:
        def setup(self, estimator, context):
            seen.append("setup")

        def on_fit_task_begin(self, estimator, context):
            seen.append(("begin", context.task_name))

        def on_fit_task_end(self, estimator, context, *, fitted_estimator):
            seen.append((context.task_name, context.task_id, round(fitted_estimator.score(X, y), 6)))
            return context.task_name == "epoch" and context.task_id == 2

        def teardown(self, estimator, context):
            seen.append("teardown")

    X, y = _data(MLPClassifier)
    a = MLPClassifier(random_state=0, num_epochs=9).set_callbacks(Watcher()).fit(X, y)
    assert a.n_iter_ == 3
    assert [entry[1] for entry in seen if entry[0] == "epoch"] == [0, 1, 2]
    assert seen[-2] == ("fit", 0, round(a.score(X, y), 6))
    once = MLPClassifier(random_state=0, num_epochs=1).fit(X, y)
    assert next(entry[2] for entry in seen if entry[0] == "epoch") == round(once.score(X, y), 6)
    assert _same(a, MLPClassifier(random_state=0, num_epochs=3).fit(X, y))
    b = copy.deepcopy(a)  # neither holds the callbacks' context
    assert _same(a.partial_fit(X, y), b.partial_fit(X, y))
    assert sum(entry == "setup" for entry in seen) == 1


def test_the_face_has_them_and_loads_scikit_learn_only_for_them():
    code = "import sys, layergraph; layergraph.mlp; assert 'sklearn' not in sys.modules; layergraph.MLPClassifier()"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_without_scikit_learn_one_line_says_what_to_install():
    code = "import sys; sys.modules['sklearn'] = None\nimport layergraph\nlayergraph.MLPClassifier"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "ImportError: the estimators need scikit-learn: pip install 'layergraph[sklearn]'" in done.stderr
