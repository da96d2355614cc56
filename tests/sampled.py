"""Parameters of which the default run takes some, and `make thorough` the others."""

from collections.abc import Collection, Iterable
from typing import Any

import pytest


def sampled(everything: Iterable[Any], first: Collection[Any]) -> list[Any]:
    """All of them, those that are not in `first` marked as thorough; what `first` names must be there."""
    every = list(everything)
    assert all(one in every for one in first), f"{first} are not all in {every}"
    return [one if one in first else pytest.param(one, marks=pytest.mark.thorough) for one in every]
