"""`import layergraph`: what a user reaches for, found where it lives, at no cost before it is asked for."""

import subprocess
import sys

import numpy as np
import pytest

import layergraph
import mnist
import models


def test_names_are_those_of_the_packages():
    assert layergraph.mlp is models.mlp
    assert layergraph.load is models.load
    assert layergraph.load_data is mnist.load
    assert layergraph.gradcheck.layer is __import__("gradcheck").layer
    for name in layergraph.__all__:
        assert getattr(layergraph, name) is not None
    assert layergraph.__version__ == "0.1.0"


def test_dir_holds_names_for_users_alone():
    assert dir(layergraph) == sorted(dir(layergraph))
    assert not [name for name in dir(layergraph) if name.startswith("_")]
    assert {"MLPClassifier", "Solver", "gradcheck", "load", "load_data", "mlp", "save"} <= set(dir(layergraph))


def test_another_name_is_answered_with_those_there_are():
    with pytest.raises(AttributeError, match=r"layergraph has no 'MLP'; it has .*MLPClassifier"):
        layergraph.MLP


def test_nothing_is_loaded_before_it_is_asked_for():
    code = "import sys, layergraph; dir(layergraph); print({'numpy', 'models', 'sklearn'} & {*sys.modules})"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "set()"


def test_everything_needs_no_extra():
    code = "import sys; sys.modules.update(sklearn=None, matplotlib=None)\nfrom layergraph import *\nprint(mlp)"
    subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)


def test_a_net_is_trained_saved_and_loaded_by_the_face_alone(tmp_path):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 4))
    y = (X[:, 0] > 0).astype(int)
    net = layergraph.mlp([4, 8, 2], seed=0)
    data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    layergraph.Solver(net, data, num_epochs=3, batch_size=10, seed=0, verbose=False).train()
    layergraph.save(net, tmp_path / "net.npz")
    np.testing.assert_array_equal(layergraph.load(tmp_path / "net.npz").loss(X), net.loss(X))
