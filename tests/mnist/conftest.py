"""The small data set, and its sums in the place of MNIST's, so that a whole `load` runs in milliseconds."""

import pytest
from mnist_files import small_parts, sums

import mnist.checksums
import mnist.loading


@pytest.fixture
def parts():
    return small_parts()


@pytest.fixture
def small_is_canonical(monkeypatch, parts):
    """The small data set passes for MNIST: `check_sums` compares with its sums."""
    check = mnist.checksums.check_sums
    for place in ("mnist.loading", "mnist.fetching", "mnist.report"):
        monkeypatch.setattr(f"{place}.check_sums", lambda p, where: check(p, where, expected=sums(parts)))
    return parts
