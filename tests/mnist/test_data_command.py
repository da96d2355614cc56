"""`layergraph data`: what its four subcommands print, as text and as JSON, and their exit codes."""

import json

import pytest
from mnist_files import idx_files, npz_bytes, write_all

from cli.main import main
from mnist.locate import STEMS


@pytest.fixture(autouse=True)
def only_this_command(monkeypatch):
    monkeypatch.setattr("cli.main.COMMANDS", ("data",))


@pytest.fixture
def folder(tmp_path, parts):
    write_all(tmp_path, idx_files(parts, packed=True))
    return tmp_path


def run(capsys, *argv):
    code = main(["data", *map(str, argv)])
    out, err = capsys.readouterr()
    return code, out, err


def test_verify_accepts_the_real_files(mnist_folder, capsys):
    code, out, _ = run(capsys, "verify", mnist_folder)
    assert code == 0
    assert out.count("ok      ") == 4
    assert "ok      train-images-idx3-ubyte.gz: train images 60,000 x 28 x 28, sha256 ok" in out


def test_verify_names_what_is_wrong(mnist_folder, tmp_path, capsys):
    images, _, test_images, test_labels = ((mnist_folder / f"{stem}.gz").read_bytes() for stem in STEMS)
    flipped = bytearray(test_images)
    flipped[800_000] ^= 16
    write_all(tmp_path, {f"{STEMS[0]}.gz": images[: len(images) // 2], f"{STEMS[1]}.gz": test_labels,
                         f"{STEMS[2]}.gz": bytes(flipped), f"{STEMS[3]}.gz": b"<!DOCTYPE html>\n<p>403"})  # fmt: skip
    code, out, _ = run(capsys, "verify", tmp_path)
    assert code == 3
    assert "ok " not in out
    for text in (
        "failed  train-images-idx3-ubyte.gz is cut short: the gzip data stop after 4,859,719 bytes, before their end.",
        "failed  train-labels-idx1-ubyte.gz: these are the t10k labels where the train labels are expected.",
        "failed  t10k-images-idx3-ubyte.gz is damaged: ",
        "failed  t10k-labels-idx1-ubyte.gz is not gzip: it starts with '<!DOCTYPE' — a web error page was saved.",
    ):
        assert text in out


def test_verify_other_data(folder, capsys):
    code, out, _ = run(capsys, "verify", folder / f"{STEMS[0]}.gz", folder / f"{STEMS[1]}.gz", folder / "none.gz")
    assert code == 3
    assert "train-images-idx3-ubyte.gz: decoded train images have sha256" in out
    assert "cannot read" in out
    (folder / f"{STEMS[0]}.gz").unlink()
    code, out, _ = run(capsys, "verify", "--json", folder)
    reports = json.loads(out)
    assert code == 3
    assert [report["ok"] for report in reports] == [False] * 4
    assert reports[-1]["error"] == "train-images-idx3-ubyte.gz is missing."


def test_verify_containers(tmp_path, small_is_canonical, capsys):
    write_all(tmp_path, {"mnist.npz": npz_bytes(small_is_canonical), "README": b"not data"})
    assert run(capsys, "verify", tmp_path)[0] == 0
    code, out, _ = run(capsys, "verify", tmp_path / "README")
    assert code == 3
    assert "README is no data file that is known here (idx, npz, pkl.gz): it starts with 'not data'." in out
    empty = tmp_path / "empty"
    empty.mkdir()
    code, _, err = run(capsys, "verify", empty)
    assert code == 3
    assert err.startswith("layergraph: error: ")
    assert "holds no data files" in err


def test_info(folder, parts, capsys):
    code, out, _ = run(capsys, "info", folder / f"{STEMS[3]}.gz")
    assert code == 0
    assert "t10k labels   10   uint8" in out
    assert "classes 0: 1  1: 1  2: 1" in out
    code, out, _ = run(capsys, "info", folder / f"{STEMS[0]}.gz", "--json")
    held = json.loads(out)["held"][0]
    assert held["shape"] == [30, 28, 28]
    assert held["mean"] == pytest.approx(parts.train_images.mean())
    assert held["std"] == pytest.approx(parts.train_images.std())
    assert held["part"] is None
    code, _, err = run(capsys, "info", folder / "none")
    assert code == 3
    assert "No such file" in err


def test_info_of_the_real_labels(mnist_folder, capsys):
    code, out, _ = run(capsys, "info", mnist_folder / f"{STEMS[3]}.gz")
    assert code == 0
    assert "(MNIST's t10k labels)" in out
    assert "sha256  ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2" in out
    assert "classes 0: 980  1: 1,135  2: 1,032" in out


def test_list(tmp_path, monkeypatch, capsys, parts):
    monkeypatch.setenv("LAYERGRAPH_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert "mnist   MNIST not found" in out
    assert "digits  1,437 + 360 images of 8 x 8" in out
    write_all(tmp_path, {"mnist.npz": npz_bytes(parts)})
    rows = json.loads(run(capsys, "list", "--json")[1])
    assert rows[0]["found"]
    assert not rows[0]["verified"]
    assert "decoded train images have sha256" in rows[0]["error"]


def test_list_with_the_real_files(mnist_folder, capsys):
    code, out, _ = run(capsys, "list")
    assert code == 0
    assert "mnist   60,000 + 10,000 images of 28 x 28, idx in " in out
    assert "sha256 ok" in out


def test_get(folder, tmp_path, capsys):
    target = tmp_path / "to"
    code, out, err = run(capsys, "get", "mnist", "--from", folder, "--to", target)
    assert code == 3
    assert "decoded train images have sha256" in err
    code, out, _ = run(capsys, "get", "mnist", "--from", folder, "--to", target, "--no-verify")
    assert code == 0
    assert "4 files in" in out
    assert "not verified" in out
    code, out, _ = run(capsys, "get", "mnist", "--from", target, "--to", tmp_path / "third", "--no-verify", "--json")
    assert json.loads(out)["kind"] == "idx"
    assert len(list((tmp_path / "third").iterdir())) == 4


def test_usage(capsys):
    assert run(capsys)[0] == 2
    code, _, err = run(capsys, "get", "imagenet")
    assert code == 2
    assert "unknown data set 'imagenet'. Known: mnist, fashion-mnist, kmnist" in err
    assert "Did you mean 'kmnist'" in run(capsys, "get", "k-mnist")[2]


def test_info_of_data_of_ones_own(tmp_path, capsys):
    (tmp_path / "own.csv").write_text("a,b,kind\n" + "".join(f"{i},{-i},{'xy'[i % 2]}\n" for i in range(40)))
    code, out, _ = run(capsys, "info", tmp_path / "own.csv", "--label", "kind")
    assert code == 0
    assert "own.csv   csv   rows of 2" in out
    assert "rows    train: 28  val: 4  test: 8" in out
    assert "classes x, y" in out


def test_list_shows_the_family(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("LAYERGRAPH_DATA", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    (tmp_path / "kmnist").mkdir()
    write_all(tmp_path / "kmnist", dict.fromkeys((f"{stem}.gz" for stem in STEMS), b""))
    out = run(capsys, "list")[1]
    assert f"kmnist  in {tmp_path / 'kmnist'}" in out
    assert "fashion-mnist  not here: layergraph data get fashion-mnist" in out
