"""Makes docs/figures/demo*.png: `layergraph demo` with a digit drawn on it, in light and dark and on a telephone.

Also the pictures of docs/looking_inside.md: the graph of a net, and what its layers do while it is trained.

Run: python tools/make_demo.py; it needs playwright, Chromium and the real MNIST (LAYERGRAPH_DATA).
"""

import shutil
import tempfile
from pathlib import Path

from cli.demo import page
from cli.demo.reading import Reading
from cli.experiment import trained_net
from cli.main import main

FIGURES = Path(__file__).resolve().parent.parent / "docs" / "figures"
SHOTS = {
    "demo.png": {"viewport": {"width": 1180, "height": 640}, "color_scheme": "light"},
    "demo-dark.png": {"viewport": {"width": 1180, "height": 640}, "color_scheme": "dark"},
    "demo-phone.png": {"viewport": {"width": 390, "height": 844}, "color_scheme": "light"},
}
FIVE = [
    [(0.66, 0.2), (0.38, 0.2), (0.36, 0.45), (0.42, 0.42), (0.52, 0.41), (0.6, 0.45), (0.65, 0.53), (0.65, 0.64),
     (0.6, 0.74), (0.5, 0.8), (0.4, 0.79), (0.33, 0.74)],
]  # fmt: skip
WATCHED = "train --data digits --model mlp:32,32,32 --activation sigmoid --epochs 30 --watch-layers --quiet --out {out}"
TRAIN = "train --data mnist --model mlp:100 --epochs 5 --seed 0 --quiet --no-pictures --out"


def make(folder: Path) -> None:
    """Train, write the page, and take its pictures."""
    from playwright.sync_api import sync_playwright

    for line in (WATCHED, f"show {{run}} --plot {FIGURES / 'net.svg'}"):
        if main(line.format(out=folder / "watched", run=folder / "watched" / "run.npz").split()) != 0:
            raise SystemExit(f"failed: {line}")
    shutil.copy(folder / "watched" / "layers.png", FIGURES / "layers.png")
    if main([*TRAIN.split(), str(folder / "run")]) != 0:
        raise SystemExit("the training failed: is the real MNIST at hand?")
    file = folder / "page.html"
    file.write_text(page.static(Reading(trained_net.load(folder / "run" / "run.npz", "last"), "run")), encoding="utf-8")
    with sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        for name, options in SHOTS.items():
            tab = chromium.new_page(**options)
            tab.goto(file.as_uri())
            tab.evaluate("strokes => { drawing.strokes = strokes; drawing.update(); }", FIVE)
            while not tab.evaluate("document.getElementById('sure').textContent"):
                tab.wait_for_timeout(20)
            tab.wait_for_timeout(400)  # the bars move
            tab.screenshot(path=FIGURES / name)
            print(f"{FIGURES / name}: the net says {tab.locator('#verdict').inner_text()}")
            tab.close()
        chromium.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as name:
        make(Path(name))
