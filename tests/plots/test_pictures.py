"""What all pictures have in common: files, bytes that repeat, no trace left in matplotlib, and a lazy import."""

import io
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import matplotlib
import numpy as np
import pytest
from PIL import Image

import plots
from plots.style import percent

RNG = np.random.default_rng(3)
HISTORY = {"loss": np.linspace(3, 1, 80), "val_acc": [0.1, 0.5, 0.6], "steps_per_epoch": 40}
DRAW = {
    "curves": lambda path: plots.curves(HISTORY, path),
    "weights": lambda path: plots.weights(np.arange(36.0).reshape(9, 4) - 18, path=path),
    "confusion": lambda path: plots.confusion([0, 1, 2, 2], [0, 1, 2, 1], path),
    "mistakes": lambda path: plots.mistakes(np.arange(36.0).reshape(4, 9), [0, 1, 1, 0], np.full((4, 2), 0.5), path),
}  # fmt: skip


@pytest.fixture(params=DRAW)
def draw(request):
    return DRAW[request.param]


def test_png_is_whole_and_as_large_as_the_figure(draw, tmp_path):
    figure = draw(tmp_path / "a.png")
    with Image.open(tmp_path / "a.png") as picture:
        picture.load()
        assert picture.format == "PNG"
        assert picture.size == pytest.approx(tuple(150 * figure.get_size_inches()), abs=1)
        assert np.asarray(picture.convert("L")).std() > 5
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


def test_svg_is_well_formed(draw, tmp_path):
    draw(str(tmp_path / "a.SVG"))
    root = ElementTree.parse(tmp_path / "a.SVG").getroot()
    assert root.tag == "{http://www.w3.org/2000/svg}svg"
    assert b"<dc:date>" not in (tmp_path / "a.SVG").read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".svg"])
def test_bytes_repeat_whatever_the_users_settings(draw, suffix, tmp_path):
    draw(tmp_path / f"a{suffix}")
    with matplotlib.rc_context({"font.size": 20, "axes.facecolor": "black", "savefig.dpi": 30, "svg.hashsalt": "x"}):
        draw(tmp_path / f"b{suffix}")
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_matplotlib_is_left_as_it_was(draw):
    before = dict(matplotlib.rcParams)
    with matplotlib.rc_context():
        draw(None)
        assert dict(matplotlib.rcParams) == before


def test_the_figure_can_still_be_saved_by_its_owner(draw):
    file = io.BytesIO()
    draw(None).savefig(file, format="png")
    assert file.getvalue().startswith(b"\x89PNG")


def test_inputs_are_not_written_to():
    images, true, shares = RNG.random((4, 9)), np.array([0, 1, 1, 0]), np.full((4, 2), 0.5)
    loss = np.array([3.0, np.nan, 1.0])
    for array in (images, true, shares, loss):
        array.setflags(write=False)
    plots.mistakes(images, true, shares)
    plots.weights(images.T, side=3)
    plots.confusion(true, true)
    plots.curves({"loss": loss})


@pytest.mark.parametrize("name", ["a.jpg", "a", "a.pdf"])
def test_unknown_types_are_refused(draw, name, tmp_path):
    with pytest.raises(ValueError, match=r"ends in \.png or \.svg"):
        draw(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_an_absent_folder_is_named(draw, tmp_path):
    with pytest.raises(FileNotFoundError, match="create it first"):
        draw(tmp_path / "absent" / "a.png")


def test_a_picture_is_replaced_not_written_over(draw, tmp_path):
    (tmp_path / "a.png").write_bytes(b"old")
    (tmp_path / "link.png").hardlink_to(tmp_path / "a.png")
    draw(tmp_path / "a.png")
    assert (tmp_path / "link.png").read_bytes() == b"old"
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_a_failed_write_leaves_the_old_picture(draw, tmp_path, monkeypatch):
    target = tmp_path / "a.png"
    target.write_bytes(b"old")

    def fail(_figure, file, **_):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr("matplotlib.figure.Figure.savefig", fail)
    with pytest.raises(OSError, match="disk full"):
        draw(target)
    assert target.read_bytes() == b"old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.png"]


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.9786, "97.9 %"), (1, "100 %"), (0, "0 %"), (0.99996, "> 99.9 %"), (0.0002, "< 0.1 %"), (0.001, "0.1 %")],
)
def test_percent(share, text):
    assert percent(share) == text


def run(code):
    root = Path(plots.__file__).parents[1]
    return subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=False)


def test_importing_plots_loads_no_matplotlib_and_drawing_no_pyplot():
    code = (
        "import sys, plots; assert 'matplotlib' not in sys.modules; assert 'scipy' not in sys.modules\n"
        "plots.curves({'loss': [2.0, 1.0]}); assert 'matplotlib.pyplot' not in sys.modules; print('fine')"
    )
    assert run(code).stdout == "fine\n"


def test_a_missing_matplotlib_says_what_to_install():
    done = run("import sys; sys.modules['matplotlib'] = None\nimport plots; plots.curves({'loss': [2.0, 1.0]})")
    assert done.stderr.splitlines()[-1] == "ImportError: plotting needs matplotlib: pip install matplotlib"
