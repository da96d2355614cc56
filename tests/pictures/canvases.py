"""Real digits put on canvases as people bring them, by Pillow's filters: nothing of the preparation is used."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

COLOURS = ("dark on bright", "bright on dark")
STROKES = ("thin", "as they are", "thick")
PAPERS = ("clean", "grey", "grain", "gradient light", "all of it")


@dataclass(frozen=True)
class Kind:
    """How a canvas is made."""

    colour: str
    strokes: str
    paper: str


def canvas(digit: np.ndarray, kind: Kind, rng: np.random.Generator, size: tuple[int, int], share: float) -> np.ndarray:
    """Bytes (height, width): the digit's ink, 28 x 28 bytes, `share` of the shorter side large, anywhere it fits."""
    side = max(12, round(share * min(size)))
    ink = _large(digit, side, kind.strokes)
    room = size[0] - ink.shape[0], size[1] - ink.shape[1]
    top, left = (int(rng.integers(0, max(r, 0) + 1)) for r in room)
    sheet = np.zeros(size)
    sheet[top : top + ink.shape[0], left : left + ink.shape[1]] = ink[: size[0], : size[1]]
    return _on_paper(sheet, kind, rng)


def _large(digit: np.ndarray, side: int, strokes: str) -> np.ndarray:
    """Ink 0..1, the longer side about `side`: enlarged by Lanczos' filter, its strokes thinned or widened."""
    rows, columns = np.flatnonzero(digit.max(1) > 60), np.flatnonzero(digit.max(0) > 60)
    cut = Image.fromarray(np.pad(digit[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1], 2))
    scale = 400 / max(cut.size)
    work = cut.resize((round(cut.width * scale), round(cut.height * scale)), Image.Resampling.LANCZOS)
    work = work.filter(ImageFilter.GaussianBlur(5)).point(lambda v: 255 if v > 110 else 0)
    for _ in range(3 if strokes != "as they are" else 0):
        work = work.filter(ImageFilter.MaxFilter(9) if strokes == "thick" else ImageFilter.MinFilter(5))
    box = work.getbbox() or (0, 0, *work.size)
    work = work.crop(box)
    scale = side / max(work.size)
    new = max(1, round(work.width * scale)), max(1, round(work.height * scale))
    work = work.resize(new, Image.Resampling.HAMMING)
    return np.asarray(work, dtype=np.float64) / 255


def _on_paper(ink: np.ndarray, kind: Kind, rng: np.random.Generator) -> np.ndarray:
    everything = kind.paper == "all of it"
    paper, pen = 1.0, 0.0
    if kind.paper == "grey" or everything:
        paper, pen = rng.uniform(0.6, 0.9), rng.uniform(0.05, 0.25)
    if kind.colour == "bright on dark":
        paper, pen = 1 - paper, 1 - pen
    sheet = paper + (pen - paper) * ink
    if kind.paper == "gradient light" or everything:
        angle, dim = rng.uniform(0, 2 * np.pi), rng.uniform(0.3, 0.6)
        y, x = np.meshgrid(*(np.linspace(-0.5, 0.5, n) for n in ink.shape), indexing="ij")
        along = (np.cos(angle) * x + np.sin(angle) * y) / (abs(np.cos(angle)) + abs(np.sin(angle))) + 0.5
        sheet = sheet * (1 - dim * along)
    if kind.paper == "grain" or everything:
        sheet = sheet + rng.normal(0, rng.uniform(0.02, 0.06), ink.shape)
    return np.round(np.clip(sheet, 0, 1) * 255).astype(np.uint8)


# Each digit as one pen would draw it, on a sheet of 10 x 16 with y downwards.
LINES: dict[int, list[list[tuple[float, float]]]] = {
    0: [[(5, 0), (2, 2), (0, 8), (2, 14), (5, 16), (8, 14), (10, 8), (8, 2), (5, 0)]],
    1: [[(5, 0), (5, 16)]],
    2: [[(0, 4), (2, 1), (5, 0), (8, 1), (9, 4), (8, 7), (4, 12), (0, 16), (10, 16)]],
    3: [[(0, 1), (4, 0), (8, 1), (9, 4), (7, 7), (4, 8), (8, 9), (10, 12), (8, 15), (4, 16), (0, 15)]],
    4: [[(1, 0), (0, 9), (9, 9)], [(8, 1), (7.5, 16)]],
    5: [[(9, 0), (1, 0), (0, 7), (5, 6), (9, 9), (9, 13), (6, 16), (0, 15)]],
    6: [[(7, 0), (3, 4), (0, 10), (1, 14), (4, 16), (8, 15), (9, 12), (7, 9), (4, 9), (1, 12)]],
    7: [[(0, 0), (10, 0), (6, 8), (4, 16)]],
    8: [[(5, 8), (1, 5), (1, 2), (5, 0), (9, 2), (9, 5), (5, 8), (1, 11), (1, 14), (5, 16), (9, 14), (9, 11), (5, 8)]],
    9: [[(9, 4), (6, 8), (2, 7), (0, 4), (2, 1), (6, 0), (9, 3), (9, 8), (7, 16)]],
}


def pen_points(digit: int, rng: np.random.Generator) -> list[np.ndarray]:
    """The strokes of a digit as points (n, 2) in 0..1 of its height, a little crooked and slanted."""
    slant, wide = rng.uniform(-0.2, 0.1), rng.uniform(0.85, 1.15)
    strokes = [np.array(line, dtype=np.float64) + rng.normal(0, 0.3, (len(line), 2)) for line in LINES[digit]]
    return [np.stack([s[:, 0] * wide + slant * (16 - s[:, 1]), s[:, 1]], axis=1) / 16 for s in strokes]


def pillow_lines(digit: int, rng: np.random.Generator, size: int, width: int) -> np.ndarray:
    """The digit drawn with Pillow's lines, dark on white, off-centre, bytes (size, size)."""
    sheet = Image.new("L", (size, size), 255)
    height = rng.uniform(0.35, 0.7) * size
    corner = rng.uniform(0.15 * size, 0.95 * size - height, 2)
    for stroke in pen_points(digit, rng):
        points = [tuple(map(float, p)) for p in stroke * height + corner]
        ImageDraw.Draw(sheet).line(points, fill=20, width=width, joint="curve")
    return np.asarray(sheet)


def matplotlib_lines(digit: int, rng: np.random.Generator, size: int, width: float) -> np.ndarray:
    """The digit plotted by matplotlib without axes, in blue on its white figure: RGBA bytes (size, size, 4)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(size / 100, size / 100), dpi=100)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.axis("off")
    corner = rng.uniform(0.1, 0.5, 2)
    for stroke in pen_points(digit, rng):
        axes.plot(*(stroke * 0.4 + corner).T, color="C0", linewidth=width, solid_capstyle="round")
    axes.set(xlim=(0, 1), ylim=(1, 0))
    drawn = FigureCanvasAgg(figure)
    drawn.draw()
    return np.asarray(drawn.buffer_rgba()).copy()
