"""What the net saw: as blocks in the terminal, and on a sheet of enlarged pixels as PNG."""

import sys
from pathlib import Path

import numpy as np

from base.arrays import Array
from base.atomic import atomic_write
from mnist.own.picture_file import pillow

SHADES, ASCII = " ░▒▓█", " .:*#"
_TILE, _GAP, _MOST = 168, 8, 40  # pixels of a tile, between tiles; rows on one sheet


def blocks(image: Array) -> list[str]:
    """Lines of text, two characters a pixel, for an image (H, W) in 0..1: the brighter, the fuller."""
    encoding = getattr(sys.stdout, "encoding", None) or "ascii"
    try:
        SHADES.encode(encoding)
        shades = SHADES
    except (UnicodeEncodeError, LookupError):
        shades = ASCII
    steps = np.clip(np.round(image * (len(shades) - 1)), 0, len(shades) - 1).astype(int)
    return ["".join(shades[step] * 2 for step in row).rstrip() for row in steps]


def write_sheet(path: Path, rows: list[tuple[Array | None, Array, str]]) -> None:
    """A PNG with a row a picture: the file's picture, what the net saw (0..1, enlarged), and lines of text."""
    image = pillow()
    from PIL import ImageDraw

    rows = rows[:_MOST]
    height = _TILE + 2 * _GAP
    sheet = image.new("RGB", (2 * _TILE + 3 * _GAP + 220, height * len(rows) + _GAP), (205, 213, 222))
    for k, (picture, pixels, text) in enumerate(rows):
        top = _GAP + k * height
        if picture is not None:
            small = image.fromarray(_bytes(picture))
            small.thumbnail((_TILE, _TILE))
            paper = small.convert("RGBA")
            sheet.paste(paper, (_GAP, top), paper)
        scale = max(1, _TILE // max(pixels.shape))
        enlarged = np.kron(_bytes(pixels), np.ones((scale, scale), np.uint8))
        sheet.paste(image.fromarray(enlarged), (2 * _GAP + _TILE, top))
        ImageDraw.Draw(sheet).multiline_text((3 * _GAP + 2 * _TILE, top), text, fill=(20, 20, 20), spacing=6)
    atomic_write(path, lambda stream: sheet.save(stream, format="PNG", optimize=True))


def _bytes(picture: Array) -> Array:
    values = np.asarray(picture)
    if values.dtype == np.uint8:
        return values
    return np.round(np.clip(values.astype(np.float64), 0, 1) * 255).astype(np.uint8)
