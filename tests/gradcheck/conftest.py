"""Seeded generators for the tests of the checker."""

import numpy as np
import pytest

pytest.register_assert_rewrite("reports")

from reports import seed_global_streams  # noqa: E402


@pytest.fixture(autouse=True)
def _seeded_global_streams():
    """Code of users may draw from them: it is reported as it was written down."""
    seed_global_streams()


@pytest.fixture
def rng():
    return np.random.default_rng(20)
