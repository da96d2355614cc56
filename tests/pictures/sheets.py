"""A digit on many kinds of sheets, and what came of each: run this to write `golden_sheets.json` anew."""

import json
from pathlib import Path

import numpy as np

import mnist
from mnist.drawn.grey import grey
from mnist.drawn.preparing import _seen

GOLDEN = Path(__file__).with_name("golden_sheets.json")


def drawn_seven() -> np.ndarray:
    """A 7 of ink 0..1 on (120, 200), off-centre, strokes 8 wide, 60 high."""
    sheet = np.zeros((120, 200))
    sheet[20:28, 110:150] = 1
    for row in range(60):
        left = 142 - round(row * 0.4)
        sheet[20 + row, left : left + 8] = 1
    return sheet


def on_paper(ink, paper=1.0, pen=0.0):
    return np.round((paper + (pen - paper) * ink) * 255).astype(np.uint8)


SHEETS = {
    "bright on dark": lambda ink: on_paper(ink, 0.0, 1.0),
    "grey paper": lambda ink: on_paper(ink, 0.6, 0.4),
    "fractions": lambda ink: 1 - ink,
    "16 bits": lambda ink: (65535 * (1 - ink)).astype(np.uint16),
    "truth values": lambda ink: ink < 0.5,
    "colours of one brightness": lambda ink: np.where(ink[..., None] > 0, [255, 0, 0], [0, 130, 0]).astype(np.uint8),
    "black ink, the rest clear": lambda ink: np.dstack([0 * ink, ink]),
    "white ink, the rest clear": lambda ink: np.dstack([0 * ink + 1] * 3 + [ink]),
    "a clear rim": lambda ink: np.pad(np.dstack([1 - ink, 0 * ink + 1]), ((30, 30), (30, 30), (0, 0))),
    "half in the shade": lambda ink: (1 - 0.9 * ink) * np.where(np.arange(200) < 70, 0.5, 1.0),
    "a lamp at one side": lambda ink: (1 - 0.9 * ink) * np.linspace(0.3, 1, 200),
    "grain": lambda ink: np.clip(0.8 - 0.6 * ink + np.random.default_rng(0).normal(0, 0.08, ink.shape), 0, 1),
    "dots for grey": lambda ink: np.random.default_rng(0).uniform(size=ink.shape) < 0.9 - 0.8 * ink,
    "odd pixels": lambda ink: np.where(np.random.default_rng(0).uniform(size=ink.shape) < 0.01, 0, 1 - ink),
    "a thin frame": lambda ink: 1 - np.maximum(ink, np.pad(np.zeros((116, 196)), 2, constant_values=1)),
    "a frame inside": lambda ink: 1 - np.maximum(
        ink, np.pad(np.pad(np.zeros((108, 188)), 2, constant_values=1), 4)
    ),
    "a dark table": lambda ink: np.pad(1 - ink, 25, constant_values=0.35),
    "a speck": lambda ink: 1 - np.maximum(ink, np.pad(np.ones((3, 3)), ((100, 17), (10, 187)))),
    "ruled paper": lambda ink: 1 - np.maximum(ink, 0.3 * (np.arange(120) % 24 == 9)[:, None]),
    "four times as large": lambda ink: np.kron(1 - ink, np.ones((4, 4))),
    "twelve times as large": lambda ink: np.kron(on_paper(ink), np.ones((12, 12), np.uint8)),
    "a small part of a large sheet": lambda ink: np.pad(on_paper(ink)[::2, ::2], 700, constant_values=255),
    "cut at its edges": lambda ink: (1 - ink)[20:80, 110:150],
}  # fmt: skip


def summary(picture):
    """How unlikely its digit is, and the mean of each block of 4 x 4 pixels of what is made of it."""
    pixels, cost = mnist.prepare(picture).pixels, _seen(grey(picture), None, strokes=True).cost
    return [round(float(value), 5) for value in (cost, *pixels.reshape(7, 4, 7, 4).mean((1, 3)).ravel())]


if __name__ == "__main__":
    found = {name: summary(make(drawn_seven())) for name, make in SHEETS.items()}
    GOLDEN.write_text(
        "{\n" + ",\n".join(f"{json.dumps(name)}: {json.dumps(row)}" for name, row in found.items()) + "\n}\n"
    )
