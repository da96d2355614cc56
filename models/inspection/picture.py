"""A graph as a picture: an SVG of its nodes with their layers, shapes and parameters, drawn without other programs."""

import math
import os
from html import escape
from pathlib import Path
from typing import Any

from base.atomic import atomic_write

from ..description import Described, output_shapes
from ..node import Node
from .layout import INPUT, Place, lanes, places

WIDTH, HEIGHT, GAP_ACROSS, GAP_DOWN, MARGIN = 216.0, 54.0, 34.0, 34.0, 24.0
COLOURS = {
    "linear": "#0072b2", "sandwich": "#0072b2", "lookup": "#0072b2", "activation": "#d55e00", "norm": "#009e73",
    "noise": "#8a8a8a", "pool": "#cc79a7", "reshape": "#8a8a8a", "combine": "#a07800",
}  # fmt: skip
OTHER = "#555555"
STYLE = """
svg{--ink:#1c2230;--soft:#5c6678;--card:#fff;--edge:#8a93a3;font:12px system-ui,sans-serif;background:#f6f7f9}
@media(prefers-color-scheme:dark){svg{--ink:#e6e9ef;--soft:#a5aebd;--card:#1c2027;--edge:#7b8596;background:#14171c}}
.box{fill:var(--card);stroke-width:1.6}.name{fill:var(--ink);font-weight:600;font-size:13px}.what{fill:var(--soft)}
.edge{fill:none;stroke:var(--edge);stroke-width:1.6}.tip{fill:var(--edge)}
"""


class Picture(str):
    """The text of an SVG, which a notebook shows as the picture."""

    __slots__ = ()

    def _repr_svg_(self) -> str:
        return str(self)


def picture(model: Described, path: str | os.PathLike[str] | None = None) -> Picture:
    """The graph of `model` as an SVG; written to `path`, which ends in .svg, atomically, if there is one."""
    if path is not None and Path(path).suffix.lower() != ".svg":
        raise ValueError(f"path is {os.fspath(path)!r}; expected a name that ends in .svg")
    drawn = Picture(_svg(model))
    if path is not None:
        atomic_write(path, lambda stream: stream.write(drawn.encode()))
    return drawn


def _svg(model: Described) -> str:
    found, shapes = places(model.nodes), output_shapes(model)
    passed = lanes(model.nodes, found)
    loss = Place(max(place.row for place in found.values()) + 1, found[model.nodes[-1].name].across)
    across = [*(place.across for place in found.values()), *passed.values()]
    left = -min(across) * (WIDTH + GAP_ACROSS) + WIDTH / 2 + MARGIN
    wide = (max(across) - min(across)) * (WIDTH + GAP_ACROSS) + WIDTH + 2 * MARGIN
    high = (loss.row + 1) * (HEIGHT + GAP_DOWN) - GAP_DOWN + 2 * MARGIN
    corners = {name: _corner(place, left) for name, place in [*found.items(), ("", loss)]}
    pieces = []
    for node in model.nodes:
        for name in dict.fromkeys(node.inputs):
            pieces.append(_edge(corners[name], corners[node.name], passed.get((name, node.name)), left))
    pieces.append(_edge(corners[model.nodes[-1].name], corners[""], None, left))
    width = "" if model.input_dim is None else f"(N, {model.input_dim})"
    pieces.append(_box(corners[INPUT], "x", f"input {width}".strip(), OTHER, dashed=True))
    pieces += [_node(model, node, corners[node.name], shapes) for node in model.nodes]
    below = _settings(model.loss_settings) or "loss"
    pieces.append(_box(corners[""], model.loss_layer.name, below, OTHER, dashed=True))
    title = f"{len(model.nodes)} nodes, {model.params.flat.size:,} parameters of {model.dtype}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide:.0f}" height="{high:.0f}"'
        f' viewBox="0 0 {wide:.0f} {high:.0f}" role="img" aria-label="{title}">\n<title>{title}</title>'
        f'\n<style>{STYLE}</style>\n<defs><marker id="tip"'
        ' viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path class="tip"'
        ' d="M0 0 8 4 0 8z"/></marker></defs>\n' + "\n".join(pieces) + "\n</svg>\n"
    )


def _corner(place: Place, left: float) -> tuple[float, float]:
    """The upper left corner of a box."""
    return left + place.across * (WIDTH + GAP_ACROSS) - WIDTH / 2, MARGIN + place.row * (HEIGHT + GAP_DOWN)


def _node(model: Described, node: Node, corner: tuple[float, float], shapes: dict[str, str]) -> str:
    count = sum(math.prod(model.params[name].shape) for name in node.params)
    held = [f"{name} {'x'.join(map(str, model.params[name].shape))}" for name in node.params]
    head = node.name if node.name.startswith(node.layer.name) else f"{node.name}: {node.layer.name}"
    said = (shapes.get(node.name, ""), f"{count:,}" if count else "", _settings(node.settings))
    below = " · ".join(part for part in said if part)
    full = ", ".join([head, *held, below])
    return _box(corner, head, below, COLOURS.get(node.layer.kind, OTHER), full)


def _settings(settings: Any) -> str:
    shown = {key: f"{value:g}" if isinstance(value, float) else value for key, value in settings.items()}
    return " ".join(f"{key}={value}" for key, value in shown.items())


def _box(corner: tuple[float, float], head: str, below: str, colour: str, full: str = "", dashed: bool = False) -> str:
    x, y = corner
    dash = ' stroke-dasharray="4 3"' if dashed else ""
    return (
        f'<g><title>{escape(full or head)}</title><rect class="box" x="{x:.1f}" y="{y:.1f}"'
        f' width="{WIDTH:g}" height="{HEIGHT:g}" rx="9" stroke="{colour}"{dash}/>'
        f'<text class="name" x="{x + 14:.1f}" y="{y + 22:.1f}">{escape(_short(head, 24))}</text>'
        f'<text class="what" x="{x + 14:.1f}" y="{y + 41:.1f}">{escape(_short(below, 31))}</text></g>'
    )


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _edge(start: tuple[float, float], end: tuple[float, float], lane: float | None, left: float) -> str:
    """From the middle of a box's lower side to that of another's upper side, through a lane where rows lie between."""
    (x1, y1), (x2, y2) = (start[0] + WIDTH / 2, start[1] + HEIGHT), (end[0] + WIDTH / 2, end[1])
    bend = GAP_DOWN * 0.7
    if lane is None:
        curve = f"C{x1:.1f} {y1 + bend:.1f} {x2:.1f} {y2 - bend:.1f} {x2:.1f} {y2:.1f}"
    else:
        x = left + lane * (WIDTH + GAP_ACROSS)
        curve = (
            f"C{x1:.1f} {y1 + bend:.1f} {x:.1f} {y1:.1f} {x:.1f} {y1 + 2 * bend:.1f}V{y2 - 2 * bend:.1f}"
            f"C{x:.1f} {y2:.1f} {x2:.1f} {y2 - bend:.1f} {x2:.1f} {y2:.1f}"
        )
    return f'<path class="edge" marker-end="url(#tip)" d="M{x1:.1f} {y1:.1f}{curve}"/>'
