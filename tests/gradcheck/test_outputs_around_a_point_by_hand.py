"""Outputs around a point, one by one and together, and the structure by which elements are moved together."""

from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.numeric import central_differences as cd


def test_jacobians_are_kept_where_they_are_not_too_large(monkeypatch):
    monkeypatch.setattr(cd, "CHUNK", 48)
    for rows, kept in ((4, True), (5, False)):
        x = np.linspace(1, 2, rows)
        times = np.array([1.0, 2, 3])
        found = cd.differentiate(lambda v: v["x"][0] * times, {"x": x}, ["x"], np.ones(3), x[0] * times)["x"]  # noqa: B023
        assert (found.jac is not None) is kept
        assert found.value == pytest.approx([6] + [0] * (rows - 1), abs=1e-9)


def probe_of(f, x, structure=None, noise=0.0):
    values = {"x": np.array(x, float)}
    base = f(values)
    return cd.Probe(f, values, "x", np.ones(base.size), base, np.full(base.size, noise), structure)


def test_outputs_around_a_point():
    square = probe_of(lambda v: v["x"] ** 2, [1.0, 2.0])
    assert square.outputs(1, 1.0).tolist() == [[1, 9], [1, 1], [1, 6.25], [1, 2.25]]
    assert square.values["x"].tolist() == [1, 2], "put back"
    assert square.outputs(np.array([0, 1]), np.array([1.0, 2.0])).tolist() == [[4, 16], [0, 0], [2.25, 9], [0.25, 1]]

    def edge(v):
        if v["x"][0] > 1.75:
            raise ValueError
        return v["x"] if v["x"][0] >= 0 else v["x"][:0]

    found = probe_of(edge, [1.0]).outputs(0, 2.0)
    assert np.isnan(found).tolist() == [[True], [True], [True], [False]]
    assert found[3] == 0
    fewer = probe_of(lambda v: np.ones(2 if v["x"][0] == 1 else 1), [1.0]).outputs(0, 2.0)
    assert np.isnan(fewer).all()


def test_elements_that_are_moved_together_own_their_outputs():
    structure = SimpleNamespace(group=np.array([0, 1, 0]), owner=np.array([[0, 0, 2], [1, 1, -1]]))
    moved = probe_of(lambda v: v["x"][[0, 0, 2]] + v["x"][1], [1.0, 2.0, 3.0], structure)
    found = moved.together(np.array([0, 1, 2]), np.array([1.0, 2.0, 4.0]))
    assert found[:, 0].tolist() == [[4, 4, 5], [5, 5, 5], [3, 3, 9]]
    assert found[:, 3].tolist() == [[2.5, 2.5, 5], [2, 2, 5], [3, 3, 3]]
    alone = probe_of(moved.evaluate, [1.0, 2.0, 3.0])
    assert alone.together(np.array([2, 0]), np.array([4.0, 1.0]))[:, 0].tolist() == [[3, 3, 9], [4, 4, 5]]


def test_a_structure_that_fails_its_audit_is_replaced(monkeypatch):
    """Elementwise, then rows, then one by one; the arrays of the caller are not touched."""
    tried, calls, x = [], [], np.array([[1, 2], [3, 4]])

    def squares(v):
        calls.append(v["x"] is x)
        return v["x"].ravel() ** 2

    monkeypatch.setattr(cd, "audit", lambda evaluate, values, n, jac, base: tried.append(1) or len(tried) >= passes)
    elementwise = cd.Structure("elementwise", np.zeros(4, int), np.arange(4)[None, :])

    def found(planned=elementwise, **more):
        tried.clear()
        calls.clear()
        return cd.differentiate(squares, {"x": x}, ["x"], np.ones(4), x.ravel() ** 2.0, structures={"x": planned},
                                out_shape=(2, 2), **more)["x"]  # fmt: skip

    for passes, method in ((1, ", elementwise"), (2, ", rows"), (9, "")):
        d = found()
        assert d.method == f"central, Richardson pair{method}"
        assert len(tried) == min(passes, 2)
        np.testing.assert_allclose(d.value, 2 * x, rtol=1e-9)
        assert x.tolist() == [[1, 2], [3, 4]]
    assert found(elements={"x": np.array([0, 3])}).checked.tolist() == [[True, False], [False, True]]
    assert tried == [], "a sample is done one by one"
    monkeypatch.setattr(cd, "CHUNK", 64)
    passes = 1
    assert found().method.endswith("elementwise"), "4 x 4 are a quarter of 64"
    assert not any(calls), "not the caller's own array"
    together, alone = len(calls), found(None) and len(calls)
    assert together < alone == 6 + 4 * 4, "six are for the noise"
    monkeypatch.setattr(cd, "CHUNK", 63)
    assert found().method == "central, Richardson pair"
    assert len(calls) == alone, "a structure is not even tried"
