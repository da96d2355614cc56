"""What a net makes of drawings and photos: the frame that its training images stand in, and how they look."""

import sys
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

import mnist
from base.arrays import Array
from base.printable import printable
from mnist.own.pictures import DRAWN


class Drawings:
    """The training images of a net, as far as they are at hand, and what pictures are brought to by them."""

    def __init__(self, info: Mapping[str, Any], images: Callable[[], Array]) -> None:
        """The `mnist.Info` of a run's data as a dict, and what gives their training images (N, H, W) in 0..1."""
        self._info, self._images = info, images

    @cached_property
    def frame(self) -> mnist.Frame | None:
        """What a picture is prepared to be; None where it is only resized, as those of the training were.

        Of images stored as MNIST's are it is theirs; other images of the user's own have one if they stand in it.
        """
        info = self._info
        if len(info["shape"]) != 2:
            return None
        if info["name"] == "mnist" or (self._prepared and tuple(info["shape"]) == mnist.Frame().shape):
            return mnist.Frame()
        certain = not info.get("own") or info["source"] == "idx" or self._prepared
        if self.training is None:
            return mnist.Frame.scaled_to(tuple(info["shape"])) if certain else None
        found = mnist.Frame.of(self.training)
        return found if certain or found.holds(self.training) else None

    @property
    def _prepared(self) -> bool:
        """Whether the training images were drawings themselves, each of which takes a part of a second to prepare."""
        return (self._info.get("own") or {}).get("pictures") == DRAWN

    @cached_property
    def likeness(self) -> mnist.Likeness | None:
        """How near a picture is to the training images; None where they are not at hand, or took long to prepare."""
        return None if self._prepared or self.training is None else mnist.Likeness.of(self.training)

    @cached_property
    def training(self) -> Array | None:
        """The training images (N, H, W) in 0..1; None, and a word about it, where they are not at hand."""
        try:
            return self._images()
        except (mnist.DataError, OSError, ImportError, ValueError) as error:
            why = printable(error)
            print(f"note: pictures are not compared with the training images, which are not at hand: {why}",
                  file=sys.stderr)  # fmt: skip
            return None
