"""What a diagnosis sees of one wrong gradient: what differs beyond noise, what counts as near, and the labels."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis.view import View, analytic_jacobian, labels_of
from tests.gradcheck.views_by_hand import view

G = np.array([1.0, -2, 4])


def test_size_and_residual():
    wrong = view([1, -8, 4], G)
    assert wrong.size == 8
    assert view(G, 3 * G).size == 12
    assert view(0 * G, 0 * G).size == 1
    assert wrong.r.tolist() == [0, -6, 0]


@pytest.mark.parametrize(("error", "by", "off"), [(1e-3, 0.011, True), (1e-3, 0.009, False), (0, 5e-8, True),
                                                  (0, 3e-8, False)])  # fmt: skip
def test_entries_that_differ_beyond_noise(error, by, off):
    assert view(G + np.array([0, 0, by]), G, e=error).off.tolist() == [False, False, off]
    assert not view(G + np.array([0, 0, by]), G, e=error, kink=[False, False, True]).off.any()


def test_near_the_analytic_gradient():
    exact = view(G, G, e=0)
    assert exact.near(G + np.array([0, 0, 3.9e-6]))
    assert not exact.near(G + np.array([0, 0, 4.1e-6]))
    assert view(G, G, e=1e-3).near(G + 0.019)
    assert not view(G, G, e=1e-3).near(G + 0.021)
    assert view(G, G, e=1e-3).near(G + 0.039, error=2)
    assert view(G, G, e=np.inf).near(G + 100)
    assert not exact.near(G[:2])
    assert not exact.near(np.array([1, -2, np.nan]))
    assert exact.near(np.array([1, -2, 5]), np.array([True, True, False]))
    assert view(G, G, kink=[False, False, True]).near(np.array([1, -2, 5]))
    assert not view(G, G, kink=[False, True, False]).near(np.array([1, -2, 5]))


def test_right_as_the_numeric_gradient():
    wrong = view(2 * G, G, e=0)
    assert wrong.right(G + np.array([0, 0, 3.9e-6]))
    assert not wrong.right(G + np.array([0, 0, 4.1e-6]))
    assert view(2 * G, G, e=1e-3).right(G + 0.019)
    assert not view(2 * G, G, e=1e-3).right(G + 0.021)
    assert not wrong.right(2 * G)
    assert not wrong.right(G[:, None])
    assert view(2 * G, G, kink=[False, False, True]).right(np.array([1, -2, 5]))


def test_entries_at_kinks_and_entries_that_were_not_computed():
    def kinks(kink, checked, **more):
        numeric = {"W": SimpleNamespace(kink=np.array(kink), checked=checked and np.array(checked))}
        return view(G, G, numeric=numeric, **more).kink.tolist()

    assert kinks([True, False, False], None) == [True, False, False]
    assert kinks([True, False, False], [True, True, False]) == [True, False, True]
    assert kinks([True, False, False], None, lifted=True) == [False] * 3
    assert view(G, G).kink.tolist() == [False] * 3


def labels(values, shape=(2, 3), targets=()):
    run = SimpleNamespace(values=values, analytic={n: np.zeros(1) for n in targets})
    found = labels_of(run, shape)
    return None if found is None else found.tolist()


def test_labels_among_the_arguments():
    hot = np.eye(3)[[2, 0]]
    assert labels({"y": np.array([2, 0])}) == [2, 0]
    assert labels({"y": np.array([[2], [0]])}) == [2, 0]
    assert labels({"y": np.array([3, 0])}) is None, "no class of three"
    assert labels({"y": np.array([-1, 0])}) is None
    assert labels({"y": np.array([2, 0, 1])}) is None
    assert labels({"y": np.array([2.0, 0])}) is None
    assert labels({"y": 2, "t": hot}) == [2, 0]
    assert labels({"t": hot}, targets=["t"]) is None
    assert labels({"t": 2 * hot}) is None
    assert labels({"t": hot + hot[::-1]}) is None
    assert labels({"t": hot.T}) is None
    assert labels({"y": np.array([2, 0])}, shape=(3,)) is None
    assert labels({"y": np.array([[2, 0], [1, 1]])}, shape=(2, 2, 3)) == [2, 0, 1, 1]


def test_jacobian_of_a_backward_by_unit_vectors():
    jac = np.array([[1.0, 2, 3], [4, 5, 6]])  # two elements, outputs of 1 and 2
    calls = []

    def run(values, douts):
        calls.append([d.shape for d in douts])
        return None, {"x": jac @ np.concatenate([d.ravel() for d in douts]), "none": None}

    douts = [np.ones((1, 1)), np.ones(2)]
    a_run = SimpleNamespace(jacobians=None, douts=douts, dout=np.ones(3), values={})
    found = analytic_jacobian(SimpleNamespace(run=run), a_run)
    assert list(found) == ["x"]
    np.testing.assert_array_equal(found["x"], jac)
    assert calls == [[(1, 1), (2,)]] * 3
    assert analytic_jacobian(SimpleNamespace(run=None), a_run) is found, "kept"
    a_run.jacobians = None
    assert analytic_jacobian(SimpleNamespace(run=None), a_run) == {}, "a backward that raises has none"


def test_jacobians_of_layers_alone():
    def jac(kind, lifted=False, kept=True):
        derivative = SimpleNamespace(jac=np.eye(3) if kept else None)
        run = SimpleNamespace(numeric={"W": derivative}, outs=[G], jacobians={"W": 2 * np.eye(3), "b": np.eye(2)})
        made = View(run, SimpleNamespace(subject=SimpleNamespace(kind=kind)), "W", G, G, G, G, lifted)
        return made.jac, made.ours

    numeric, ours = jac("layer")
    assert (numeric.tolist(), ours.tolist()) == (np.eye(3).tolist(), (2 * np.eye(3)).tolist())
    for other in (jac("loss"), jac("layer", lifted=True), jac("layer", kept=False)):
        assert other == (None, None)
