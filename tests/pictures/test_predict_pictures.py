"""`layergraph predict` with picture files: formats, warnings, bad files beside good ones, what the net saw."""

import json
import sys
from pathlib import Path

import numpy as np
import pytest

import mnist
from cli.experiment import seen
from cli.main import main

pillow = pytest.importorskip("PIL.Image")


@pytest.fixture(scope="session")
def run(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A short run on the digits of 8 x 8."""
    pytest.importorskip("sklearn")
    folder = tmp_path_factory.mktemp("run") / "digits"
    flags = "train --data digits --model mlp:32 --epochs 15 --seed 3 --quiet --no-pictures --out".split()
    assert main([*flags, str(folder)]) == 0
    return str(folder / "run.npz")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def sheet(seven: np.ndarray) -> np.ndarray:
    return np.round((1 - 0.9 * seven) * 255).astype(np.uint8)


def answers(capsys: pytest.CaptureFixture[str], *flags: str, code: int = 0) -> list[dict]:
    assert main(["predict", *flags, "--json"]) == code
    return json.loads(capsys.readouterr().out)


def save(sheet: np.ndarray) -> list[str]:
    """The same sheet in every way that files know."""
    image = pillow.fromarray(sheet)
    pillow.fromarray(sheet).save("grey.png")
    image.convert("RGB").save("colour.jpg", quality=90)
    image.convert("CMYK").save("cmyk.jpg", quality=90)
    image.convert("P").save("palette.png")
    image.convert("1").save("one_bit.png")
    image.convert("LA").save("grey_alpha.png")
    image.convert("RGBA").save("alpha.webp", lossless=True)
    pillow.fromarray(sheet.astype(np.uint16) * 257).save("deep.png")
    pillow.fromarray(sheet.astype(np.float32)).save("floats.tiff")
    image.save("still.gif")
    turned, exif = image.transpose(pillow.Transpose.ROTATE_90).convert("RGB"), pillow.Exif()
    exif[0x0112] = 6  # the camera was held upright
    turned.save("upright.jpg", exif=exif, quality=90)
    names = "grey.png colour.jpg cmyk.jpg palette.png one_bit.png grey_alpha.png alpha.webp deep.png floats.tiff"
    return [*names.split(), "still.gif", "upright.jpg"]


def test_every_kind_of_file_is_the_same_picture(run, sheet, capsys):
    rows = answers(capsys, run, *save(sheet))
    assert {row["class"] for row in rows} == {7}
    first = np.array(rows[0]["probabilities"])
    assert all(np.abs(np.array(row["probabilities"]) - first).max() < 0.2 for row in rows)


def test_options_stand_anywhere(run, sheet, capsys):
    pillow.fromarray(sheet).save("a.png")
    for flags in ([run, "--invert", "a.png"], ["--invert", run, "a.png"], [run, "a.png", "--invert"]):
        assert [row["class"] for row in answers(capsys, *flags)] == [7]
    assert len(answers(capsys, run, "a.png", "--weights", "last", "a.png")) == 2


def test_a_bad_file_does_not_end_the_rest(run, sheet, capsys):
    pillow.fromarray(sheet).save("good.png")
    Path("text.png").write_text("no picture")
    Path("cut.png").write_bytes(Path("good.png").read_bytes()[:200])
    Path("empty.png").touch()
    Path("folder.png").mkdir()
    pillow.new("1", (11_000, 10_000)).save("huge.png")
    pillow.new("1", (60_000, 6_000)).save("bomb.png")
    bad = ["text.png", "cut.png", "empty.png", "folder.png", "gone.png", "huge.png", "bomb.png"]
    assert main(["predict", run, *bad[:3], "good.png", *bad[3:], "good.png"]) == 3
    told = capsys.readouterr()
    assert [line.split()[0] for line in told.out.splitlines()] == ["good.png", "good.png"]
    errors = [line for line in told.err.splitlines() if "error" in line]
    assert [name in line for name, line in zip(bad, errors, strict=True)] == [True] * len(bad)
    assert "11000 x 10000 pixels; at most 100 million are read" in errors[5]
    rows = answers(capsys, run, "gone.png", "good.png", code=3)
    assert rows[0] == {"image": "gone.png", "error": "there is no gone.png"}
    assert rows[1]["class"] == 7


def test_warnings(run, sheet, capsys):
    pillow.fromarray(np.full((40, 50), 250, np.uint8)).save("blank.png")
    pillow.fromarray(np.hstack([sheet, sheet])).save("two.png")
    pillow.fromarray((np.indices((200, 200)) // 25).sum(0).astype(np.uint8) % 2 * 255).save("board.png")
    assert main(["predict", run, "blank.png", "two.png", "board.png"]) == 0
    errors = capsys.readouterr().err
    assert "blank.png: the picture is blank" in errors
    assert "two.png: 2 shapes stand apart" in errors
    assert "board.png: it" in errors
    rows = answers(capsys, run, "blank.png")
    assert "blank" in rows[0]["warnings"][0]


def test_what_the_net_saw(run, sheet, capsys):
    pillow.fromarray(sheet).save("a.png")
    assert main(["predict", run, "--show", "a.png", "a.png"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "what the net saw: seen.png"
    assert sum("█" in line for line in lines) >= 2 * 3
    with pillow.open("seen.png") as shown:
        values = np.asarray(shown.convert("L"))
    assert values.shape[0] > 2 * 168
    assert (values[:, 192:350] > 240).sum() > 1000
    assert main(["predict", run, "a.png", "--show-to", "other.png", "--quiet"]) == 0
    assert Path("other.png").stat().st_size > 500


def test_blocks_where_the_terminal_knows_ascii_alone(monkeypatch):
    assert seen.blocks(np.array([[0.0, 0.5, 1.0, 0.0]])) == ["  ▒▒██"]
    monkeypatch.setattr("sys.stdout", type("Old", (), {"encoding": "ascii"})())
    assert seen.blocks(np.array([[0.0, 0.5, 1.0, 0.0]])) == ["  ::##"]


def test_pictures_as_they_are(run, capsys):
    image = mnist.load("digits", flatten=False)["X_test"][0]
    pillow.fromarray(np.round(image * 255).astype(np.uint8)).save("small.png")
    pillow.fromarray(255 - np.kron(np.round(image * 255).astype(np.uint8), np.ones((4, 4), np.uint8))).save("large.png")
    np.save("same.npy", image)
    expected = answers(capsys, run, "same.npy")[0]["probabilities"]
    for flags in (["small.png", "--as-is"], ["large.png", "--as-is", "--invert"]):
        assert answers(capsys, run, *flags)[0]["probabilities"] == pytest.approx(expected, abs=0.01)


def test_training_images_that_are_gone(run, sheet, capsys, monkeypatch):
    """Prepared to MNIST's proportions; that nothing is compared is said."""

    def gone(*args, **kwargs):
        raise mnist.DataError("gone")

    monkeypatch.setattr("cli.experiment.trained_net.load_data", gone)
    pillow.fromarray(sheet).save("a.png")
    assert main(["predict", run, "a.png"]) == 0
    assert "not compared with the training images, which are not at hand: gone" in capsys.readouterr().err


def test_without_pillow_it_says_what_to_install(run, sheet, capsys, monkeypatch):
    pillow.fromarray(sheet).save("a.png")
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert main(["predict", run, "a.png"]) == 2
    assert "pip install pillow" in capsys.readouterr().err
