"""The three pictures of the HTML page as inline SVG: error heat map, analytic against numeric, error against step."""

import math
from collections.abc import Sequence

import numpy as np

from base.arrays import Array

from ..findings import TensorResult

W, TALL, LEFT, BOTTOM = 320, 240, 52, 34
MOST = 48  # cells along an axis; larger arrays are pooled by their maximum
DOTS = 2000
Points = Sequence[tuple[float, float]]


def figure(svg: str, caption: str) -> str:
    """One figure of fixed proportions."""
    return f'<figure><svg viewBox="0 0 {W} {TALL}" role="img">{svg}</svg><figcaption>{caption}</figcaption></figure>'


def heat_map(t: TensorResult, most: int = MOST) -> str:
    """|analytic - numeric| per element, rows by columns, on a logarithmic scale; at most `most` cells along an axis."""
    gap = np.nan_to_num(np.abs(t.analytic - t.numeric), nan=0.0, posinf=0.0)
    table = _pooled(gap.reshape(len(gap), -1) if gap.ndim > 1 else gap.reshape(1, -1), most)
    low, high = -12.0, math.log10(max(float(gap.max(initial=0.0)), 1e-11))
    shade = np.clip((np.log10(np.maximum(table, 1e-16)) - low) / max(high - low, 1e-9), 0, 1)
    rows, cols = table.shape
    side = min((W - LEFT - 8) / cols, (TALL - BOTTOM - 8) / rows, 34)
    cells = "".join(
        f'<rect x="{LEFT + c * side:.1f}" y="{8 + r * side:.1f}" width="{side:.1f}" height="{side:.1f}" '
        f'fill="hsl({215 - 205 * shade[r, c]:.0f} 75% {88 - 42 * shade[r, c]:.0f}%)">'
        f"<title>[{r}, {c}] {table[r, c]:.3g}</title></rect>"
        for r in range(rows)
        for c in range(cols)
    )
    labels = _text(LEFT + cols * side / 2, 8 + rows * side + 16, "column") + _text(
        LEFT - 8, 8 + rows * side / 2, "row", "end"
    )
    return figure(cells + labels, f"|analytic - numeric|, blue below 1e-12, red up to {float(gap.max(initial=0)):.2g}")


def _pooled(table: Array, most: int) -> Array:
    for axis in (0, 1):
        step = -(-table.shape[axis] // most)
        table = np.maximum.reduceat(table, np.arange(0, table.shape[axis], step), axis=axis)
    return table


def scatter(t: TensorResult, most: int = DOTS) -> str:
    """Analytic against numeric, the diagonal they should lie on, and the fitted slope; at most `most` dots."""
    known = np.isfinite(t.analytic) & np.isfinite(t.numeric)
    n, a = t.numeric[known][:most], t.analytic[known][:most]
    wrong = t.bad_mask[known][:most]
    if not n.size:
        return ""
    reach = float(max(np.abs(n).max(), np.abs(a).max())) or 1.0
    slope = float(n @ a / (n @ n)) if np.any(n) else 0.0

    def at(x: float, y: float) -> tuple[float, float]:
        return LEFT + (x / reach + 1) / 2 * (W - LEFT - 8), 8 + (1 - (y / reach + 1) / 2) * (TALL - BOTTOM - 8)

    edge = min(1.0, 1 / abs(slope)) * reach if slope else reach
    dots = "".join(
        f'<circle cx="{at(x, y)[0]:.1f}" cy="{at(x, y)[1]:.1f}" r="2.6" '
        f'fill="var(--{"bad" if w else "blue"})" fill-opacity=".75"/>'
        for x, y, w in zip(n, a, wrong, strict=True)
    )
    body = _frame() + _line(at(-reach, -reach), at(reach, reach), "var(--soft)", "4 4")
    body += _line(
        at(-edge, -slope * edge), at(edge, slope * edge), "var(--bad)" if abs(slope - 1) > 1e-6 else "var(--good)"
    )
    body += dots + _text((LEFT + W) / 2, TALL - 8, f"numeric (up to {reach:.3g})") + _side("analytic")
    return figure(body, f"fitted slope {slope:.6g}; dashed: where they agree")


def sweep(points: Sequence[tuple[float, float, float]]) -> str:
    """|D(h) - analytic| and |D(h) - numeric| against h, both logarithmic, at the worst element."""
    points = [(h, a, n) for h, a, n in points if math.isfinite(a) and math.isfinite(n)]
    if not points:
        return ""
    size = [max(v, 1e-17) for _, a, n in points for v in (a, n)]
    low, high = math.floor(math.log10(min(size))), math.ceil(math.log10(max(size)) + 1e-9)
    left, right = math.log10(points[-1][0]), math.log10(points[0][0])
    left, right = min(left, right), max(left, right)

    def at(h: float, v: float) -> tuple[float, float]:
        x = LEFT + (math.log10(h) - left) / (right - left) * (W - LEFT - 8)
        return x, 8 + (high - math.log10(max(v, 1e-17))) / max(high - low, 1) * (TALL - BOTTOM - 8)

    body = _frame()
    for k in range(low, high + 1, max(1, (high - low) // 5)):
        body += _text(LEFT - 6, at(points[0][0], 10.0**k)[1] + 4, f"1e{k}", "end")
    for k in range(math.ceil(left), math.floor(right) + 1, 3):
        body += _text(at(10.0**k, 1)[0], TALL - BOTTOM + 14, f"1e{k}")
    body += _path([at(h, n) for h, _, n in points], "var(--good)") + _path(
        [at(h, a) for h, a, _ in points], "var(--bad)"
    )
    body += _text((LEFT + W) / 2, TALL - 4, "step h")
    return figure(
        body,
        "central difference D(h) at the worst element: distance to the extrapolated value (green) and to the "
        "analytic one (red)",
    )


def _frame() -> str:
    return (
        f'<rect x="{LEFT}" y="8" width="{W - LEFT - 8}" height="{TALL - BOTTOM - 8}" fill="none" stroke="var(--line)"/>'
    )


def _line(a: tuple[float, float], b: tuple[float, float], colour: str, dash: str = "") -> str:
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    ends = f'x1="{a[0]:.1f}" y1="{a[1]:.1f}" x2="{b[0]:.1f}" y2="{b[1]:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="1.5"{dashed}/>'


def _path(points: Points, colour: str) -> str:
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{corners}" fill="none" stroke="{colour}" stroke-width="1.8"/>'


def _text(x: float, y: float, text: str, anchor: str = "middle") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{text}</text>'


def _side(text: str) -> str:
    middle = (TALL - BOTTOM) / 2
    return f'<text x="14" y="{middle}" text-anchor="middle" transform="rotate(-90 14 {middle})">{text}</text>'
