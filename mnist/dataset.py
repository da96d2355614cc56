"""What `mnist.load` returns: a plain dict of arrays for the Solver, with a small record of where they come from."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from base.arrays import Array


class Info(NamedTuple):
    """Where a data set comes from and how its pixels were treated."""

    name: str
    source: str  # idx, npz, pickle, sklearn, function, csv, parquet, npy or pictures
    verified: bool  # the decoded bytes have the canonical sums
    sha256: Mapping[str, str]  # of the decoded parts; empty where they were not taken; "file" for data of one's own
    maximum: int  # the largest raw pixel value: 255, or 16 for the digits
    shape: tuple[int, ...]  # of one image, or (D,) for rows of a table
    scaled: bool  # pixels were divided by `maximum`
    mean: float | None = None  # subtracted from every pixel, over all pixels of X_train (after scaling)
    std: float | None = None  # then divided by
    classes: tuple[str, ...] | None = None  # the names of the labels 0..C-1, where they have some
    own: Mapping[str, Any] | None = None  # of data of one's own: what treats other rows alike, see `mnist.own.Kept`
    notes: tuple[str, ...] = ()  # what was done to data of one's own, in sentences

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON; what is about data of one's own only where it is."""
        found = {**self._asdict(), "sha256": dict(self.sha256), "shape": list(self.shape)}
        return {key: value for key, value in found.items() if value or key not in ("classes", "own", "notes")}


class Dataset(dict[str, Array]):
    """Arrays X_train, y_train, X_val, y_val, X_test, y_test, and `info`."""

    def __init__(self, arrays: Mapping[str, Array], info: Info) -> None:
        super().__init__(arrays)
        self.info = info

    def __repr__(self) -> str:
        counts = " / ".join(f"{len(self[f'y_{part}'])} {part}" for part in ("train", "val", "test"))
        images = self["X_train"]
        rows = "images" if self.info.own is None or len(self.info.shape) > 1 else "rows"
        return f"<{self.info.name}: {counts}, {rows} {images.shape[1:]} {images.dtype}, {self.state}>"

    @property
    def state(self) -> str:
        """`sha256 ok`, or that the sums were not checked, or where data without sums come from."""
        if self.info.source in ("sklearn", "function"):
            return "from scikit-learn" if self.info.source == "sklearn" else "a function of yours"
        if self.info.own is not None and not self.info.verified:
            return f"from {self.info.source}"
        return "sha256 ok" if self.info.verified else "not verified"
