"""What `mnist.load` returns: a plain dict of arrays for the Solver, with a small record of where they come from."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from base.arrays import Array


class Info(NamedTuple):
    """Where a data set comes from and how its pixels were treated."""

    name: str
    source: str  # idx, npz, pickle, sklearn or function
    verified: bool  # the decoded bytes have the canonical sums
    sha256: Mapping[str, str]  # of the decoded parts; empty where they were not taken
    maximum: int  # the largest raw pixel value: 255, or 16 for the digits
    shape: tuple[int, int]  # of one image
    scaled: bool  # pixels were divided by `maximum`
    mean: float | None = None  # subtracted from every pixel, over all pixels of X_train (after scaling)
    std: float | None = None  # then divided by

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {**self._asdict(), "sha256": dict(self.sha256), "shape": list(self.shape)}


class Dataset(dict[str, Array]):
    """Arrays X_train, y_train, X_val, y_val, X_test, y_test, and `info`."""

    def __init__(self, arrays: Mapping[str, Array], info: Info) -> None:
        super().__init__(arrays)
        self.info = info

    def __repr__(self) -> str:
        counts = " / ".join(f"{len(self[f'y_{part}'])} {part}" for part in ("train", "val", "test"))
        images = self["X_train"]
        return f"<{self.info.name}: {counts}, images {images.shape[1:]} {images.dtype}, {self.state}>"

    @property
    def state(self) -> str:
        """`sha256 ok`, or that the sums were not checked, or where data without sums come from."""
        if self.info.source in ("sklearn", "function"):
            return "from scikit-learn" if self.info.source == "sklearn" else "a function of yours"
        return "sha256 ok" if self.info.verified else "not verified"
