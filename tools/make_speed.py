"""Puts the output of `layergraph bench speed --out runs/speed` into docs/speed.md, between its marks.

Run it as `make speed` in an environment with the extra `peers`; the figures are those of speed.md in each folder, and
the picture is that of the first. A folder `speed-layers` has marks of its own and may be given alone.
"""

import shutil
import sys
from pathlib import Path

from marked_page import fill

PAGE = Path(__file__).parent.parent / "docs" / "speed.md"
OWN = ("layers",)  # parts of the page with marks of their own, from the folder speed-NAME


def main(folders: list[str]) -> None:
    """Replace what stands between the marks by the speed.md of each folder, and the picture by the first one's."""
    by_mark: dict[str, list[Path]] = {}
    for folder in map(Path, folders):
        name = folder.name.removeprefix("speed-")
        by_mark.setdefault(name if name in OWN else "measured", []).append(folder)
    for mark, found in by_mark.items():
        parts = [(folder / "speed.md").read_text(encoding="utf-8").strip() for folder in found]
        fill(PAGE, f"<!-- {mark}: begin -->", f"<!-- {mark}: end -->", "\n\n".join(parts))
    if "measured" in by_mark:
        (picture,) = sorted(by_mark["measured"][0].glob("speed-*.png"))
        shutil.copyfile(picture, PAGE.parent / "figures" / "speed.png")


if __name__ == "__main__":
    main(sys.argv[1:] or ["runs/speed"])
