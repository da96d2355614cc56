"""Where the nodes of a graph stand in a picture: rows from the input down, each node below all that it reads."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ..node import Node

INPUT = "x"


class Place(NamedTuple):
    """The row of a node, 0 for the input, and its place across, 0 in the middle, in units of a box."""

    row: int
    across: float


def places(nodes: Sequence[Node]) -> dict[str, Place]:
    """The place of the input and of every node by name.

    A row is the longest way from the input (Sugiyama, Tagawa and Toda, 1981). Within a row nodes stand in the order of
    the mean place of what they read, so that a chain is a line and branches stand side by side.
    """
    rows = {INPUT: 0}
    for node in nodes:
        rows[node.name] = 1 + max(rows[name] for name in node.inputs)
    found = {INPUT: Place(0, 0.0)}
    for row in range(1, max(rows.values()) + 1):
        members = [node for node in nodes if rows[node.name] == row]
        members.sort(key=lambda node: _mean([found[name].across for name in node.inputs]))
        middle = _mean([_mean([found[name].across for name in node.inputs]) for node in members])
        for k, node in enumerate(members):
            found[node.name] = Place(row, middle + k - (len(members) - 1) / 2)
    return found


def lanes(nodes: Sequence[Node], found: Mapping[str, Place]) -> dict[tuple[str, str], float]:
    """(from, to) -> the place across at which an edge passes rows that are not its own, beside the boxes there."""
    passed: dict[tuple[str, str], float] = {}
    for node in nodes:
        for name in dict.fromkeys(node.inputs):
            between = range(found[name].row + 1, found[node.name].row)
            across = [place.across for place in found.values() if place.row in between]
            if across:
                passed[name, node.name] = max(across) + 0.62 + 0.12 * len(passed)
    return passed


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
