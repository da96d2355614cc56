"""Drawings in a folder a class: prepared for training, and for nets of MNIST's kind, alike in eval and predict."""

import json
from pathlib import Path

import numpy as np
import pytest

import mnist
from cli.main import main
from mnist.drawn.shapes import find_digit

pillow = pytest.importorskip("PIL.Image")
NET = "--model mlp:24 --batch 16 --epochs 60 --seed 1 --quiet --no-pictures --out run".split()


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def stroke(kind: str, rng: np.random.Generator) -> np.ndarray:
    """A bar, a hook or a ring of ink 0..1 on (90, 110), anywhere on the sheet, in any size."""
    size, sheet = int(rng.integers(30, 60)), np.zeros((90, 110))
    top, left = rng.integers(4, 86 - size), rng.integers(4, 106 - size)
    one = np.zeros((size, size))
    pen = max(4, size // 9)
    if kind == "1":
        one[:, size // 2 : size // 2 + pen] = 1
    else:
        one[:pen], one[:, -pen:] = 1, 1
        if kind == "0":
            one[-pen:], one[:, :pen] = 1, 1
    sheet[top : top + size, left : left + size] = one
    return sheet


def photos(folder: str, count: int, seed: int = 0, bright: bool = True) -> None:
    rng = np.random.default_rng(seed)
    for kind in ("0", "1", "7"):
        Path(folder, kind).mkdir(parents=True)
        for at in range(count):
            ink = stroke(kind, rng)
            sheet = 230 - 190 * ink if bright else 20 + 200 * ink
            pillow.fromarray(np.round(sheet + rng.normal(size=ink.shape)).astype(np.uint8)).save(
                f"{folder}/{kind}/{at}.png"
            )


def answer(capsys: pytest.CaptureFixture[str], *flags: str):
    assert main([*flags, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_a_folder_of_photos_is_prepared_and_so_are_those_to_predict(capsys):
    photos("photos", 20)
    photos("others", 3, seed=9, bright=False)
    assert main(["train", "--data", "photos", "--prepare", *NET]) == 0
    result = json.loads(Path("run/result.json").read_text())
    assert result["data"]["shape"] == [28, 28]
    assert result["test_accuracy"] >= 0.9
    assert "prepare = true" in Path("run/config.toml").read_text()
    assert answer(capsys, "eval", "run/run.npz", "--data", "others")["all"]["accuracy"] == 1
    files = sorted(str(path) for path in Path("others").rglob("*.png"))
    rows = answer(capsys, "predict", "run/run.npz", *files)
    assert [row["label"] for row in rows] == [Path(file).parent.name for file in files]


def test_a_net_of_mnists_kind_measures_a_folder_of_photos(capsys):
    photos("photos", 15)
    data = mnist.load("photos", prepare=True, scale="raw", dtype="uint8", flatten=False)
    for kind, name in enumerate(data.info.classes):
        Path("small", name).mkdir(parents=True)
        for at, image in enumerate(data["X_train"][data["y_train"] == kind]):
            pillow.fromarray(image).save(f"small/{name}/{at}.png")
    assert main(["train", "--data", "small", *NET]) == 0
    photos("others", 2, seed=5)
    assert answer(capsys, "eval", "run/run.npz", "--data", "others")["all"] == pytest.approx(
        {"rows": 6, "loss": 0, "accuracy": 1}, abs=0.2
    )
    files = sorted(str(path) for path in Path("others").rglob("*.png"))
    rows = answer(capsys, "predict", "run/run.npz", *files)
    assert [row["label"] for row in rows] == [Path(file).parent.name for file in files]


def test_one_photo_a_digit_is_enough_for_eval(capsys):
    pytest.importorskip("sklearn")
    assert main(["train", "--data", "digits", *NET, "--epochs", "3"]) == 0
    photos("few", 1)
    found = answer(capsys, "eval", "run/run.npz", "--data", "few")
    assert found["all"]["rows"] == 3
    Path("words/cat").mkdir(parents=True)
    Path("few/1/0.png").rename("words/cat/0.png")
    assert main(["eval", "run/run.npz", "--data", "words"]) == 3
    assert "words has the classes cat; this net knows the digits 0..9" in capsys.readouterr().err


def test_a_limit_of_the_run_is_not_one_of_other_data(capsys):
    pytest.importorskip("sklearn")
    assert main(["train", "--data", "digits", "--set", "limit=300", *NET, "--epochs", "3"]) == 0
    assert answer(capsys, "eval", "run/run.npz")["train"]["rows"] == 300
    assert answer(capsys, "eval", "run/run.npz", "--data", "digits")["train"]["rows"] == 1257


def test_images_that_stand_in_no_frame_are_resized_as_in_training():
    frame = mnist.Frame()
    images = mnist.prepare(255 * stroke("7", np.random.default_rng(0))).pixels[None]
    assert frame.holds(images)
    assert not frame.holds(np.roll(images, 5, axis=1))
    assert not frame.holds(np.zeros((3, 28, 28)))
    assert not frame.holds(1 - images)


@pytest.mark.parametrize("name", ["photos/1/0.png", "table.csv"])
def test_only_folders_of_pictures_are_prepared(name):
    photos("photos", 1)
    Path("table.csv").write_text("a,y\n1,0\n")
    with pytest.raises(ValueError, match="prepare goes with a folder of pictures a class"):
        mnist.load(name, prepare=True)
    with pytest.raises(ValueError, match="prepare is 'yes'; expected True"):
        mnist.load("photos", prepare="yes")
    with pytest.raises(ValueError, match="prepare goes with data of your own, not with 'digits'"):
        mnist.load("digits", prepare=True)


def test_thousands_of_grains_group_as_a_few_do():
    mask = np.zeros((300, 300), bool)
    mask[::4, ::4] = True  # 5,625 grains of one pixel
    mask[100:140, 100:106] = True
    found = find_digit(mask)
    assert found is not None
    assert found.mask.sum() == mask[99:141, 99:107].sum() - mask[99:141, 99].sum() - mask[99:141, 106].sum()
    assert found.digits == 1
