"""`layergraph predict` and `layergraph eval`: a run used again."""

import json
from pathlib import Path

import numpy as np
import pytest

import mnist
from cli.main import main


def test_eval_gives_the_accuracy_of_the_run(digits_run: Path, capsys: pytest.CaptureFixture[str]):
    result = json.loads((digits_run / "result.json").read_text())
    for weights, key in (("last", "test_accuracy"), ("best", "test_accuracy_best")):
        assert main(["eval", str(digits_run / "run.npz"), "--weights", weights, "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["test"]["accuracy"] == pytest.approx(result[key], abs=1e-12)


def test_predict_reads_npy_idx_and_png(digits_run: Path, capsys: pytest.CaptureFixture[str]):
    data = mnist.load("digits", scale="raw", flatten=False)
    images, labels = data["X_test"][:20], data["y_test"][:20]
    np.save("many.npy", images)
    np.save("one.npy", images[0])
    pillow = pytest.importorskip("PIL.Image")
    pillow.fromarray((images[0] / 16 * 255).astype(np.uint8)).save("one.png")
    pillow.fromarray((255 - images[0] / 16 * 255).astype(np.uint8)).save("dark.png")
    assert main(["predict", str(digits_run / "run.npz"), "many.npy", "--first", "20", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert np.mean([row["class"] for row in rows] == labels) > 0.7
    for flags in (["one.npy"], ["one.png"], ["dark.png", "--invert"]):
        assert main(["predict", str(digits_run / "run.npz"), *flags, "--json"]) == 0
        (row,) = json.loads(capsys.readouterr().out)
        assert row["class"] == rows[0]["class"]
        assert row["probabilities"] == pytest.approx(rows[0]["probabilities"], abs=1e-3)


def test_predict_without_images_takes_the_test_set(digits_run: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["predict", str(digits_run / "run.npz"), "--first", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["test[0]", "test[1]", "test[2]"]
    assert all("class" in line and "%" in line for line in lines)


@pytest.mark.parametrize(
    ("write", "text"),
    [
        (lambda path: path.write_bytes(b"nonsense"), "is not a picture"),
        (lambda path: None, "there is no image.png"),
    ],
)
def test_bad_images(write, text: str, digits_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    pytest.importorskip("PIL.Image")
    write(tmp_path / "image.png")
    assert main(["predict", str(digits_run / "run.npz"), "image.png"]) == 3
    assert text in capsys.readouterr().err


def test_images_of_another_size(digits_run: Path, capsys: pytest.CaptureFixture[str]):
    np.save("big.npy", np.zeros((28, 28)))
    assert main(["predict", str(digits_run / "run.npz"), "big.npy"]) == 3
    assert "images are (28, 28), but the net was trained on (8, 8)" in capsys.readouterr().err


def test_what_is_no_checkpoint(capsys: pytest.CaptureFixture[str]):
    Path("old.pkl").write_bytes(b"\x80\x04.")
    for name, text in (("old.pkl", "layergraph never unpickles"), ("gone.npz", "gone.npz")):
        assert main(["eval", name]) == 3
        assert text in capsys.readouterr().err
