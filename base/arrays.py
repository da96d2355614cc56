"""The type of every array in a signature: any shape, any dtype; shapes stand in the docstrings."""

from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
