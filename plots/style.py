"""The common look of all pictures: palette, sizes, and a figure that is born outside pyplot.

The palette of Okabe and Ito is told apart with every common form of colour blindness and in grey.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# M. Okabe and K. Ito, "Color Universal Design" (2008), without the yellow, which is too light for a line on white.
BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK = "#E69F00", "#56B4E9", "#000000"
PALETTE = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)
INK, MUTED, GRID = "#222222", "#6B6B6B", "#E3E3E3"
SEQUENTIAL, DIVERGING, PAPER = "Oranges", "RdBu_r", "gray_r"
FONT = 9.0  # points
DPI = 150
PANEL = 3.6  # inches, the height of a panel of curves

_SETTINGS: dict[str, Any] = {
    "figure.dpi": DPI, "savefig.dpi": DPI, "figure.facecolor": "white",
    "font.size": FONT, "axes.titlesize": FONT + 1, "axes.titlelocation": "left", "axes.titleweight": "bold",
    "figure.titlesize": FONT + 1, "figure.titleweight": "bold",
    "axes.labelsize": FONT, "xtick.labelsize": FONT - 1, "ytick.labelsize": FONT - 1,
    "text.color": INK, "axes.labelcolor": INK, "axes.edgecolor": MUTED, "xtick.color": MUTED, "ytick.color": MUTED,
    "xtick.labelcolor": INK, "ytick.labelcolor": INK,
    "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True, "grid.color": GRID,
    "lines.linewidth": 1.6, "lines.solid_capstyle": "round",
    "svg.hashsalt": "layergraph",  # ids in an .svg follow from its content, not from chance
}  # fmt: skip


def require_matplotlib() -> None:
    """ImportError, in one line that says what to install, where matplotlib is absent."""
    try:
        import matplotlib.figure  # noqa: F401
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] != "matplotlib":
            raise
        raise ImportError("plotting needs matplotlib: pip install matplotlib") from error


@contextmanager
def house_style() -> Iterator[None]:
    """Within the block matplotlib's settings are its own defaults and ours; the user's return afterwards.

    A matplotlibrc or a notebook's dark theme therefore changes no picture.
    """
    require_matplotlib()
    import matplotlib.style

    with matplotlib.style.context(["default", _SETTINGS]):
        yield


def new_figure(width: float, height: float, *, images: bool = False) -> "Figure":
    """An empty figure of that size in inches, laid out so that no text is cut off; call it within `house_style`.

    images: its axes keep the aspect of an image, and what stands beside them is drawn close.
    """
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    return Figure(figsize=(width, height), layout=ConstrainedLayoutEngine(compress=images, w_pad=0.08, h_pad=0.06))


def headline(figure: "Figure", text: str) -> None:
    """The title of a whole picture, from its left edge, so that narrow axes do not cut it off."""
    figure.suptitle(text, x=0.08 / figure.get_figwidth(), ha="left")


def percent(share: float, digits: int = 1) -> str:
    """A share of 1 as text, `97.9 %`; what is less than all is never written as 100, what is more than nothing as 0."""
    shown, least = round(100 * share, digits), 10.0**-digits
    if share < 1 and shown >= 100:
        return f"> {100 - least:.{digits}f} %"
    if share > 0 and shown == 0:
        return f"< {least:.{digits}f} %"
    return f"{shown:.{0 if share in (0, 1) else digits}f} %"
