"""The results as Markdown, for the terminal and for `docs/speed.md`."""

from typing import Any

from .contenders import TITLES
from .ratios import Ratio, by_rule, to_floor, to_ours


def table(result: dict[str, Any]) -> str:
    """One section for each dtype and rule: multiples of the floor, then of our time; reasons for what is missing."""
    threads = result["threads"]
    count = "one thread" if threads == 1 else f"{threads or 'all'} threads"
    lines: list[str] = []
    for (rule, dtype), problems in by_rule(result).items():
        lines += [f"**{rule}, {dtype}, {count}**: a step as a multiple of its five products, median (quartiles)", ""]
        lines += _rows(problems, [to_floor(problem) for problem in problems])
        lines += ["", "The same as multiples of layergraph's step (above 1: slower than layergraph)", ""]
        lines += [*_rows(problems, [to_ours(problem) for problem in problems]), ""]
    reasons = {name: why for problem in result["problems"] for name, why in problem["missing"].items()}
    lines += [f"{TITLES[name]} is missing: {why}." for name, why in reasons.items()]
    return "\n".join(lines).rstrip()


def _rows(problems: list[dict[str, Any]], ratios: list[dict[str, Ratio]]) -> list[str]:
    names = [name for name in TITLES if any(name in row for row in ratios)]
    cells = [["H, B", *(TITLES[name] for name in names)]]
    for problem, row in zip(problems, ratios, strict=True):
        numbers = [str(row[name]) if name in row else "-" for name in names]
        cells.append([f"{problem['hidden']}, {problem['batch']}", *numbers])
    return markdown(cells)


def markdown(cells: list[list[str]]) -> list[str]:
    """The lines of a Markdown table; the first row is its head."""
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    lines = [f"| {' | '.join(cell.ljust(w) for cell, w in zip(row, widths, strict=True))} |" for row in cells]
    return [lines[0], f"|{'|'.join('-' * (width + 2) for width in widths)}|", *lines[1:]]
