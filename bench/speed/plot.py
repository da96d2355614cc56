"""A picture of the table: for each size, every contender's multiple of the floor with its spread, on one log axis."""

import re
from pathlib import Path
from typing import Any

from .contenders import TITLES
from .ratios import by_rule, to_floor

# Okabe and Ito's palette, told apart with every form of colour blindness; ours is the darkest.
COLOURS = {
    "ours": "#0072B2", "bytes": "#56B4E9", "compiled": "#5B2A86", "compiled_bytes": "#A77BCA",
    "written_out": "#222222", "course": "#9A9A9A", "torch": "#D55E00",
    "torch_compile": "#E69F00", "jax": "#009E73", "sklearn": "#CC79A7",
}  # fmt: skip


def plot(result: dict[str, Any], folder: Path) -> list[Path]:
    """Write speed-RULE-DTYPE-THREADS.png into `folder` for each rule and dtype measured; returns their paths."""
    try:
        from matplotlib.figure import Figure
    except ImportError:
        raise ImportError("plotting needs matplotlib: pip install matplotlib") from None
    paths = []
    for (rule, dtype), problems in by_rule(result).items():
        figure = Figure(figsize=(7.5, 1.4 + 0.95 * len(problems)), layout="constrained", dpi=150)
        _draw(figure.add_subplot(), problems)
        threads = result["threads"] or "all"
        title = f"A training step, 784-H-10, {rule}, {dtype}, threads: {threads}"
        figure.suptitle(title, x=0.01, ha="left", weight="bold")
        paths.append(folder / f"speed-{re.sub('[^A-Za-z0-9_.-]+', '_', rule)}-{dtype}-{threads}.png")
        figure.savefig(paths[-1], metadata={"Software": None})
    return paths


def _draw(axes: Any, problems: list[dict[str, Any]]) -> None:
    names = [name for name in COLOURS if any(name in problem["seconds_per_step"] for problem in problems)]
    for row, problem in enumerate(problems):
        ratios = to_floor(problem)
        for i, name in enumerate(names):
            if name not in ratios:
                continue
            y, r = row + 0.7 * ((i + 0.5) / len(names) - 0.5), ratios[name]
            axes.plot([r.low, r.high], [y, y], color=COLOURS[name], lw=2, solid_capstyle="round")
            axes.plot(r.median, y, "o", color=COLOURS[name], ms=5, label=TITLES[name] if row == 0 else None)
            axes.annotate(f"{r.median:.2f}", (r.high, y), (4, 0), textcoords="offset points", va="center", fontsize=6)
    axes.axvline(1, color="#222222", lw=0.8)
    axes.set_xscale("log")
    ticks = [t for t in (1, 1.5, 2, 3, 5, 10, 20, 50, 100) if t <= 1.3 * axes.get_xlim()[1]]
    axes.set_xticks(ticks, [f"{t:g}" for t in ticks], minor=False)
    axes.set_xticks([], minor=True)
    axes.set_yticks(range(len(problems)), [f"H {p['hidden']}, B {p['batch']}" for p in problems])
    axes.invert_yaxis()
    axes.set_xlabel("multiple of the time of its five matrix products (dot: median, bar: quartiles)")
    axes.grid(axis="x", color="#E3E3E3")
    axes.spines[["top", "right"]].set_visible(False)
    axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=4, fontsize=7, frameon=False)
