"""A canvas with a digit of strokes, drawn without Pillow."""

import numpy as np
import pytest
from sheets import drawn_seven


@pytest.fixture
def seven() -> np.ndarray:
    return drawn_seven()
