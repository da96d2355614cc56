"""How solvers are told apart: a colour each, and a dash pattern where there are more solvers than colours."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from .. import style
from ..lines import End, label_ends

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.5)), (0, (1.2, 1.2)))


class Look(NamedTuple):
    """Colour and dash of one solver."""

    colour: str
    dash: Any


def looks(names: Sequence[str]) -> dict[str, Look]:
    """The look of each name by its place; ValueError for a name that stands twice."""
    if len(set(names)) != len(names):
        raise ValueError(f"names is {list(names)}; expected every solver once")
    count = len(style.PALETTE)
    return {n: Look(style.PALETTE[i % count], _DASHES[i // count % len(_DASHES)]) for i, n in enumerate(names)}


def label_lines(axes: "Axes", ends: Mapping[str, float], shown: Mapping[str, Look], height: float) -> None:
    """Write each solver's name beside the end of its line, on axes `height` inches high whose limits are final."""
    label_ends(axes, [End(name, y, y, shown[name].colour) for name, y in ends.items()], height)
