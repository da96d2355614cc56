"""What a result says of its environment."""

import sys

import pytest

from base import environment


@pytest.mark.parametrize(
    ("variables", "threads"),
    [
        ({}, None),
        ({"OPENBLAS_NUM_THREADS": "4"}, 4),
        ({"OPENBLAS_NUM_THREADS": "²"}, None),
        ({"OPENBLAS_NUM_THREADS": "many", "OMP_NUM_THREADS": "2"}, 2),
        ({"OPENBLAS_NUM_THREADS": "-1"}, None),
    ],
)
def test_threads_are_read_from_the_environment_without_threadpoolctl(monkeypatch, variables, threads):
    monkeypatch.setitem(sys.modules, "threadpoolctl", None)
    for name in environment._THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert environment.blas_threads() == threads
