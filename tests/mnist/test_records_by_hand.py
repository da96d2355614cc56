"""The record of a data set: what is kept of it as plain values, and the words in which it tells what it is."""

import numpy as np
import pytest

from mnist.dataset import Dataset, Info

PLAIN = Info("heights", "csv", False, {}, 1, (3,), False)


def words(info, count=2):
    """Of `count` training rows, one more to test, and none between."""
    parts = {"train": count, "val": 0, "test": count + 1}
    arrays = {f"X_{part}": np.zeros((n, 3), np.float32) for part, n in parts.items()}
    return repr(Dataset(arrays | {f"y_{part}": np.zeros(n, int) for part, n in parts.items()}, info))


def test_plain_values_leave_out_what_is_of_data_of_ones_own_alone():
    plain = {"name": "heights", "source": "csv", "verified": False, "sha256": {}, "maximum": 1, "shape": [3],
             "scaled": False, "mean": None, "std": None}  # fmt: skip
    assert PLAIN.as_dict() == plain
    own = {"classes": ("oak", "pine"), "own": {"label": "tree"}, "notes": ("a column was left out",)}
    assert PLAIN._replace(**own).as_dict() == plain | own
    assert PLAIN._replace(maximum=0, mean=0.5, std=2.0).as_dict() == plain | {"maximum": 0, "mean": 0.5, "std": 2.0}


@pytest.mark.parametrize(
    ("own", "shape", "rows"),
    [(None, (3,), "images"), (None, (1, 3), "images"), ({}, (3,), "rows"), ({}, (1, 3), "images")],
)
def test_rows_of_a_table_are_no_images(own, shape, rows):
    told = words(PLAIN._replace(own=own, shape=shape, verified=True))
    assert told == f"<heights: 2 train / 0 val / 3 test, {rows} (3,) float32, sha256 ok>"


@pytest.mark.parametrize(
    ("source", "own", "verified", "state"),
    [
        ("sklearn", None, False, "from scikit-learn"), ("function", None, False, "a function of yours"),
        ("csv", {}, False, "from csv"), ("parquet", {}, False, "from parquet"), ("idx", {}, True, "sha256 ok"),
        ("idx", None, True, "sha256 ok"), ("idx", None, False, "not verified"), ("zip", {}, False, "from zip"),
    ],
)  # fmt: skip
def test_a_data_set_tells_where_it_is_from_or_that_it_was_verified(source, own, verified, state):
    info = PLAIN._replace(source=source, own=own, verified=verified)
    assert Dataset({}, info).state == state
    assert words(info).endswith(f", {state}>")
