"""Makes docs/figures/architecture.svg: the packages and their rooms, and the arrows of the imports, from the source.

A package stands on the floor below all that import it, so that arrows point down; arrows that others imply are left
out. Within a package, rooms stand above those they import. Run by `make docs`.
"""

import sys
from pathlib import Path
from typing import Any

import matplotlib
from imports import components, file_imports, import_circles, packages, reduced, room_imports
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "figures" / "architecture.svg"
COLUMNS = {  # where a package stands from left to right, in inches; its floor comes from the imports
    "plots": (0, 2.25), "mnist": (2.25, 4.4), "solver": (4.4, 6.5), "models": (6.5, 8.5), "gradcheck": (8.5, 11.1),
    "layers": (6.5, 11.1), "bench": (0, 8.5), "cli": (0, 11.1), "base": (0, 11.1),
}  # fmt: skip
WIDE = 11.1
WORDS = {
    "base": "arrays, atomic files, words of errors", "layers": "forward/backward pairs",
    "models": "a graph of layers\nover one flat vector", "solver": "steps, update rules,\nstopping, resuming",
    "gradcheck": "checks a backward,\nnames the bug", "mnist": "the data, read safely", "plots": "pictures from arrays",
    "bench": "benchmark of solvers, speed of a step", "cli": "the layergraph command: wires all of them",
}  # fmt: skip
LEGEND = "An arrow: imports (left out where others imply it). In a package, rooms stand above those that they import."
LINE, GAP, ARROW = 0.27, 0.13, 0.42  # heights in inches: a line of text, around boxes, between floors
WALLS, CHIP, INK, QUIET = "#e8eef5", "#ffffff", "#1b2a3a", "#5d6b7a"


def main() -> None:
    """Draw the picture, or say which files import each other in a circle."""
    circles = import_circles(ROOT)
    if circles:
        print("circles:", *(" <-> ".join(circle) for circle in circles), sep="\n  ")
    files = file_imports(ROOT)
    graph = room_imports(files, 1)
    matplotlib.rcParams.update({"svg.hashsalt": "architecture", "svg.fonttype": "path", "font.family": "DejaVu Sans"})
    figure = draw(graph, {name: rooms(files, name) for name in packages(ROOT)}, files)
    PICTURE.parent.mkdir(exist_ok=True)
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    figure.savefig(path, dpi=100, metadata={"Date": None} if path.suffix == ".svg" else None)
    print(f"{len(graph)} packages, {len(files)} files in {path.name}")


def floors(graph: dict[str, set[str]]) -> dict[str, int]:
    """Floor of each room, from the top: one below the lowest of those that import it. Circles share a floor."""
    found: dict[str, int] = {}
    for group in reversed(components(graph)):
        above = [found[room] for room in found if graph[room] & set(group)]
        found.update(dict.fromkeys(group, max(above, default=-1) + 1))
    return found


def rooms(files: dict[str, set[str]], package: str) -> list[list[str]]:
    """The folders within a package, those that import before those that are imported, in rows of one floor."""
    graph = {room: to for room, to in room_imports(files, 2).items() if room.startswith(f"{package}/")}
    inner = floors({room: to & set(graph) for room, to in graph.items()})
    return [sorted(room for room in inner if inner[room] == floor) for floor in sorted(set(inner.values()))]


def draw(graph: dict[str, set[str]], inside: dict[str, list[list[str]]], files: dict[str, set[str]]) -> Figure:
    """The whole picture: boxes, chips, arrows."""
    floor = floors(graph)
    columns = {name: COLUMNS.get(name, (WIDE, WIDE + 2.2)) for name in graph}
    content = {name: chips(inside[name], columns[name], files) for name in graph}
    need = {name: 2 * GAP + LINE * (1 + lines(name, columns[name]) + 1.25 * len(content[name])) for name in graph}
    tops: dict[str, float] = {}
    for level in range(max(floor.values()) + 1):  # a floor begins below all that stands over it
        here = [name for name in graph if floor[name] == level]
        over = [tops[o] + need[o] for o in tops if any(overlap(columns[o], columns[name]) for name in here)]
        tops |= dict.fromkeys(here, max((end + ARROW for end in over), default=0.0))
    bottoms = {name: tops[name] + need[name] for name in graph}
    for name in graph:  # down to just above what stands below in its columns
        under = [tops[o] for o in graph if floor[o] > floor[name] and overlap(columns[o], columns[name])]
        bottoms[name] = min(under, default=bottoms[name] + ARROW) - ARROW
    wide = max(right for _, right in columns.values())
    tall = max(bottoms.values())
    figure = Figure(figsize=(wide + 0.1, tall + 0.5), facecolor="white")
    axes = figure.add_axes((0, 0, 1, 1), xlim=(-0.05, wide + 0.05), ylim=(tall + 0.45, -0.05))
    axes.set_axis_off()
    for name in sorted(graph):
        _box(axes, name, (*columns[name], tops[name], bottoms[name]), content[name], files)
    for name, targets in sorted(reduced(graph).items()):
        for target in sorted(targets):
            _arrow(axes, columns[name], columns[target], bottoms[name], tops[target])
    axes.text(0.05, tall + 0.25, LEGEND, size=10.5, color=QUIET, va="center")
    return figure


def overlap(one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two spans share more than an edge."""
    return min(one[1], other[1]) - max(one[0], other[0]) > 1e-9


def lines(name: str, span: tuple[float, float]) -> int:
    """Lines of the words under a package's name; in a wide box they stand beside it."""
    return 0 if span[1] - span[0] > 4 else WORDS.get(name, "").count("\n") + 1


Chip = tuple[str, int, float, float]  # text, files, left, width


def chips(rows: list[list[str]], span: tuple[float, float], files: dict[str, set[str]]) -> list[list[Chip]]:
    """The chips row by row; a row that is too wide for its box goes on in the next."""
    found: list[list[Chip]] = []
    for row in rows:
        left = span[1]
        for room in row:
            held = [path.removeprefix(f"{room}/") for path in files if path.startswith(f"{room}/")]
            within = sorted({path.partition("/")[0] for path in held if "/" in path})
            name = room.partition("/")[2]
            text = f"{name}: {', '.join(within)}" if within else name
            if 0.42 + 0.087 * len(text) > span[1] - span[0] - 4 * GAP:  # too long for its box
                text = name
            width = 0.42 + 0.087 * len(text)
            if left + width > span[1] - 2 * GAP:
                found.append([])
                left = span[0] + 2 * GAP
            found[-1].append((text, len(held), left, width))
            left += width + GAP
    return found


Place = tuple[float, float, float, float]  # left, right, top, bottom


def _box(axes: Any, name: str, place: Place, rows: list[list[Chip]], files: dict[str, set[str]]) -> None:
    """A package: its name, what it is, and a chip for each room with the number of files under it."""
    left, right, top, bottom = place
    _patch(axes, left + 0.06, top, right - left - 0.12, bottom - top, WALLS, 1.0)
    y = top + GAP + LINE / 2
    axes.text(left + 2 * GAP, y, f"{name}/", size=14, weight="bold", color=INK, va="center")
    count = sum(path.startswith(f"{name}/") for path in files)
    axes.text(right - 2 * GAP, y, f"{count} files", size=10.5, color=QUIET, va="center", ha="right")
    below = lines(name, (left, right))
    words = WORDS.get(name, "")
    if below:
        axes.text(left + 2 * GAP, y + LINE * 0.62, words, size=10.5, color=QUIET, va="top", linespacing=1.25)
    else:
        axes.text(left + 2 * GAP + 0.125 * len(name) + 0.25, y, words, size=11.5, color=QUIET, va="center")
    for index, row in enumerate(rows):
        at = y + LINE * (below + 0.8 + 1.25 * index)
        for text, held, x, width in row:
            _patch(axes, x, at - 0.02, width, LINE, CHIP, 0.6)
            axes.text(x + 0.08, at + LINE / 2 - 0.02, text, size=10.5, color=INK, va="center")
            axes.text(x + width - 0.07, at + LINE / 2 - 0.02, str(held), size=8, color=QUIET, va="center", ha="right")


def _patch(axes: Any, x: float, y: float, width: float, height: float, colour: str, line: float) -> None:
    style = "round,pad=0,rounding_size=0.06"
    axes.add_patch(FancyBboxPatch((x, y), width, height, boxstyle=style, fc=colour, ec=QUIET, lw=line))


def _arrow(axes: Any, one: tuple[float, float], other: tuple[float, float], start: float, end: float) -> None:
    """Straight down where the boxes stand over each other, else from middle to middle."""
    low, high = max(one[0], other[0]), min(one[1], other[1])
    x0, x1 = ((low + high) / 2,) * 2 if high > low else (sum(one) / 2, sum(other) / 2)
    arrow = {"arrowstyle": "-|>,head_width=0.35,head_length=0.6", "color": INK, "lw": 1.6, "shrinkA": 0, "shrinkB": 0}
    axes.annotate("", (x1, end), (x0, start), arrowprops=arrow)


if __name__ == "__main__":
    main()
