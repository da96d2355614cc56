"""A pickle is a program; ours is parsed, never run. Thousands of hostile ones: tests/campaigns/hostile_files.py."""

import gzip
import pickle
import sys

import numpy as np
import pytest
from hostile_pickles import NAMES, mechanisms

from mnist import DataError, read_pickle


def test_the_audit_hook_sees_what_a_real_unpickler_would_do():
    """The test's own test: the same bytes, given to pickle, do call the function that they name."""
    calls = []
    sys.modules["layergraph_bait"] = type(sys)("layergraph_bait")
    sys.modules["layergraph_bait"].take = calls.append
    try:
        for label, data in mechanisms("layergraph_bait.take"):
            try:
                pickle.loads(data, encoding="latin1")
            except Exception:
                continue
            finally:
                calls.append(label)
    finally:
        del sys.modules["layergraph_bait"]
    called = {calls[at + 1] for at, call in enumerate(calls) if call in ("true", b"true")}
    assert {"GLOBAL REDUCE", "STACK_GLOBAL", "INST"} <= called


def test_a_bomb_of_zeros_in_gzip_stops_at_the_limit(tmp_path):
    (tmp_path / "b.pkl.gz").write_bytes(gzip.compress(b"T\xff\xff\xff\x7f" + bytes(2_000_000), 9))
    with pytest.raises(DataError, match=r"b\.pkl\.gz (holds more than 240,000,000 bytes|is cut short)"):
        read_pickle(tmp_path / "b.pkl.gz")


def test_object_arrays_made_by_numpy_are_refused(tmp_path):
    for protocol in range(6):
        (tmp_path / "o.pkl").write_bytes(pickle.dumps(((np.array([{}, []], dtype=object),) * 2,) * 3, protocol))
        with pytest.raises(DataError, match=r"o\.pkl .*(object dtype|EMPTY_DICT)"):
            read_pickle(tmp_path / "o.pkl")


def test_names_are_distinct():
    assert len(set(NAMES)) == len(NAMES) > 40
