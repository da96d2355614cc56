"""FlatParams: views into one vector, matrices first, assignment by copy, and copies that are views again."""

import copy
import pickle

import numpy as np
import pytest
from hypothesis import given, strategies as st

from models import FlatParams

ARRAYS = {"b1": np.arange(3.0), "W1": np.arange(6.0).reshape(2, 3), "gamma": np.ones(2), "W2": np.full((3, 1), 7.0)}


@pytest.fixture
def params() -> FlatParams:
    return FlatParams.of(ARRAYS)


def test_matrices_come_first_and_iteration_keeps_the_given_order(params):
    assert list(params) == list(ARRAYS)
    assert [slot.name for slot in params.layout] == ["W1", "W2", "b1", "gamma"]
    assert [slot.decays for slot in params.layout] == [True, True, False, False]
    np.testing.assert_array_equal(params.flat, [0, 1, 2, 3, 4, 5, 7, 7, 7, 0, 1, 2, 1, 1])
    np.testing.assert_array_equal(params.decaying, params.flat[:9])
    for slot in params.layout:
        np.testing.assert_array_equal(params.flat[slot.slice].reshape(slot.shape), ARRAYS[slot.name])


def test_everything_is_one_memory(params):
    params.flat[:] = np.arange(14.0)
    assert params["W2"].ravel().tolist() == [6, 7, 8]
    params["gamma"][1] = 99
    assert params.flat[-1] == 99
    params.decaying[:] = 0
    assert not params["W1"].any()
    assert all(np.shares_memory(view, params.flat) for view in params.values())
    assert params.flat.flags.c_contiguous
    assert params.flat.ndim == 1


def test_assignment_copies(params):
    own, view = np.full((2, 3), 5.0), params["W1"]
    params["W1"] = own
    own[:] = -1
    assert view is params["W1"]
    assert (view == 5).all()
    params["b1"] = [1, 2, 3]
    assert params["b1"].tolist() == [1, 2, 3]
    params["W1"] += 1  # the course's in-place update reads, adds and assigns the same view
    assert (params.flat[:6] == 6).all()
    params.update({"gamma": np.zeros(2), "b1": np.zeros(3)})
    assert not params.flat[9:].any()


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("W1", np.zeros((3, 2)), r"parameter 'W1' has shape \(2, 3\), the new value has \(3, 2\): transposed\?$"),
        ("W1", np.zeros((2, 1)), r"has shape \(2, 3\), the new value has \(2, 1\)$"),
        ("b1", np.zeros((1, 3)), r"has shape \(3,\), the new value has \(1, 3\)$"),
        ("b1", 0.0, r"has shape \(3,\), the new value has \(\)"),
    ],
)
def test_a_wrong_shape_is_refused_and_nothing_changes(params, name, value, message):
    before = params.flat.copy()
    with pytest.raises(ValueError, match=message):
        params[name] = value
    np.testing.assert_array_equal(params.flat, before)


def test_names_are_fixed(params):
    with pytest.raises(KeyError, match=r"no parameter 'W3'; there are b1, W1, gamma, W2"):
        params["W3"] = np.zeros(2)
    with pytest.raises(TypeError, match="cannot be deleted"):
        del params["W1"]
    with pytest.raises(KeyError):
        params["W3"]
    assert "W3" not in params
    assert len(params) == 4


@pytest.mark.parametrize("again", [copy.deepcopy, copy.copy, lambda p: pickle.loads(pickle.dumps(p)), FlatParams.copy])
def test_copies_are_views_of_a_vector_of_their_own(params, again):
    other = again(params)
    assert isinstance(other, FlatParams)
    assert list(other) == list(params)
    assert other.layout == params.layout
    np.testing.assert_array_equal(other.flat, params.flat)
    other.flat[:] = 3
    assert (other["W1"] == 3).all()
    assert (other.decaying == 3).all()
    np.testing.assert_array_equal(params["W1"], ARRAYS["W1"])


def test_like_is_zeroed_and_independent(params):
    grads = params.like()
    assert grads.layout == params.layout
    assert list(grads) == list(params)
    assert not grads.flat.any()
    grads.flat[:] = 1
    np.testing.assert_array_equal(params["W1"], ARRAYS["W1"])


def test_dtype_is_the_common_float_or_the_one_given():
    assert FlatParams.of({"W": np.zeros((2, 2), np.float32), "b": np.zeros(2, np.float32)}).flat.dtype == np.float32
    assert FlatParams.of({"W": np.zeros((2, 2), np.float32), "b": np.zeros(2)}).flat.dtype == np.float64
    assert FlatParams.of({"W": np.zeros((2, 2), int)}).flat.dtype == np.float64
    assert FlatParams.of(ARRAYS, np.float32).flat.dtype == np.float32


def test_the_caller_keeps_his_arrays(params):
    params.flat[:] = -1
    assert ARRAYS["W1"][0].tolist() == [0, 1, 2]


def test_repr_names_and_shapes(params):
    assert repr(params) == "FlatParams(b1 (3,), W1 (2, 3), gamma (2,), W2 (3, 1); 14 of float64)"


@given(st.lists(st.lists(st.integers(1, 4), min_size=0, max_size=3), min_size=1, max_size=6), st.integers(0, 99))
def test_any_shapes_fit_without_gaps(shapes, seed):
    rng = np.random.default_rng(seed)
    arrays = {f"p{i}": rng.standard_normal(shape) for i, shape in enumerate(shapes)}
    params = FlatParams.of(arrays)
    ends = [slot.slice.stop for slot in params.layout]
    assert [slot.slice.start for slot in params.layout] == [0, *ends[:-1]]
    assert ends[-1] == params.flat.size
    decays = [slot.decays for slot in params.layout]
    assert decays == sorted(decays, reverse=True)
    for name, array in arrays.items():
        np.testing.assert_array_equal(params[name], array)
