"""Puts the output of `layergraph bench speed --out runs/speed` into docs/speed.md, between its two marks.

Run it as `make speed` in an environment with the extra `peers`; the figures are those of speed.md in each folder, and
the picture is that of the first.
"""

import shutil
import sys
from pathlib import Path

from marked_page import fill

PAGE = Path(__file__).parent.parent / "docs" / "speed.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def main(folders: list[str]) -> None:
    """Replace what stands between the marks by the speed.md of each folder, and the picture by the first one's."""
    parts = [(Path(folder) / "speed.md").read_text(encoding="utf-8").strip() for folder in folders]
    fill(PAGE, BEGIN, END, "\n\n".join(parts))
    (picture,) = sorted(Path(folders[0]).glob("speed-*.png"))
    shutil.copyfile(picture, PAGE.parent / "figures" / "speed.png")


if __name__ == "__main__":
    main(sys.argv[1:] or ["runs/speed"])
