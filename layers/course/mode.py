"""The mode that a course's settings name: "train" or "test"."""

from collections.abc import MutableMapping
from typing import Any

MODES = ("train", "test")


def mode_of(settings: MutableMapping[str, Any], name: str) -> str:
    """settings["mode"]; ValueError for anything but "train" and "test"."""
    mode = settings.get("mode")
    if mode not in MODES:
        raise ValueError(f"{name}['mode'] is {mode!r}; expected one of {', '.join(MODES)}")
    return str(mode)
