"""A canvas with a digit of strokes, drawn without Pillow."""

import numpy as np
import pytest


@pytest.fixture
def seven() -> np.ndarray:
    """A 7 of ink 0..1 on (120, 200), off-centre, strokes 8 wide, 60 high."""
    sheet = np.zeros((120, 200))
    sheet[20:28, 110:150] = 1
    for row in range(60):
        left = 142 - round(row * 0.4)
        sheet[20 + row, left : left + 8] = 1
    return sheet
