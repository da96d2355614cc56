"""What is asked of data of one's own: the arguments of `mnist.load`, checked."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from ..drawn import Frame


class Wanted(NamedTuple):
    """See `mnist.load`; `scaled` is its `scale`."""

    dtype: np.dtype[Any]
    scaled: bool
    standardise: bool
    flatten: bool
    val: int | None
    test: int | None
    seed: int | None
    limit: int | None
    label: str | None
    drop: Sequence[str]
    real: bool
    prepare: Frame | None

    def refuse_own(self, name: str) -> None:
        """ValueError for what goes with data of one's own alone."""
        for argument in ("label", "drop", "test", "real", "prepare"):
            if getattr(self, argument):
                raise ValueError(f"{argument} goes with data of your own, not with {name!r}.")
