"""`layergraph train`: what a run leaves, and that the same settings give the same bits."""

import csv
import json
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest

from base.files import json_text
from cli.main import main
from cli.recipes.command import _result
from solver import checkpoint

SHORT = "train --data digits --model mlp:16 --epochs 2 --quiet --no-pictures".split()


def params(folder: Path) -> dict[str, np.ndarray]:
    return checkpoint.read(folder / "run.npz").params


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "history.csv").open() as file:
        return list(csv.DictReader(file))


def test_a_run_leaves_its_folder(digits_run: Path):
    names = {path.name for path in digits_run.iterdir()}
    pictures = {"curves.png", "weights.png", "confusion.png", "mistakes.png"}
    assert names == {"run.npz", "history.csv", "history.jsonl", "config.toml", "result.json"} | pictures
    result = json.loads((digits_run / "result.json").read_text())
    assert result["test_accuracy"] > 0.85
    assert result["stopped"] == "finished"
    assert result["settings"]["seed"] == 3
    names = {"python", "numpy", "scipy", "blas", "blas_version", "blas_kernel", "cpu", "threads"}
    assert set(result["environment"]) == names
    rows = table(digits_run)
    assert len(rows) == 6  # before training, and after each of 5 epochs
    assert len((digits_run / "history.jsonl").read_text().splitlines()) == 6


def test_a_changed_result_is_known_for_it(digits_run: Path, tmp_path: Path):
    text = (digits_run / "result.json").read_bytes()
    assert json_text.unsealed(text)["stopped"] == "finished"
    recipe = tmp_path / "result.json"
    for at in range(0, len(text), 97):
        recipe.write_bytes(text[:at] + bytes([text[at] ^ 1]) + text[at + 1 :])
        if b'"sha256"' not in recipe.read_bytes():
            continue  # the seal's own name: no reader knows the key
        with pytest.raises(ValueError, match=r"result\.json is damaged: .* Delete it: the run then goes on"):
            _result(tmp_path)
    recipe.write_bytes(text)
    assert _result(tmp_path)["stopped"] == "finished"


def test_config_repeats_the_run_bit_for_bit(digits_run: Path, tmp_path: Path):
    again = tmp_path / "again"
    assert main(["train", str(digits_run / "config.toml"), "--quiet", "--no-pictures", "--out", str(again)]) == 0
    for name, array in params(digits_run).items():
        assert array.tobytes() == params(again)[name].tobytes(), name


def test_resumed_run_equals_an_uninterrupted_one(tmp_path: Path):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert main([*SHORT, "--epochs", "4", "--out", str(whole)]) == 0
    assert main([*SHORT, "--out", str(parts)]) == 0
    assert main(["train", "--out", str(parts), "--resume", "--epochs", "4", "--quiet", "--no-pictures"]) == 0
    for name, array in params(whole).items():
        assert array.tobytes() == params(parts)[name].tobytes(), name
    rows = [len((folder / "history.csv").read_text().splitlines()) for folder in (whole, parts)]
    assert rows == [6, 6]  # one header, no row lost or doubled


def test_json_is_alone_on_stdout(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main("train --data digits --model mlp:8 --epochs 1 --no-pictures --json --out run".split()) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["step"] > 0
    assert "digits" in err


def test_target_decides_the_exit_code(capsys: pytest.CaptureFixture[str]):
    assert main([*SHORT, "--target", "0.5", "--out", "easy"]) == 0
    assert main([*SHORT, "--target", "1.0", "--out", "hard"]) == 1
    assert json.loads(Path("easy/result.json").read_text())["stopped"] == "target"


@pytest.mark.parametrize(
    "flags",
    ["--loss svm", "--loss logistic --rule sgd --set learning_rate=0.1",
     "--activation sigmoid --loss squared --output sigmoid --init xavier --epochs 8 --set learning_rate=0.5",
     "--activation tanh --init xavier --reg 1e-4 --l1 1e-5", "--model mlp:12,8 --sampling epoch --dtype float64",
     "--model mlp", "--standardise --bias-init normal --init lecun", "--schedule cosine --clip 1"],
)  # fmt: skip
def test_variants_learn(flags: str):
    assert main([*SHORT, *flags.split(), "--out", "run"]) == 0
    rows = table(Path("run"))
    assert float(rows[-1]["val_acc"]) > float(rows[0]["val_acc"]) + 0.1


def test_default_folders_count_up(tmp_path: Path):
    assert main(SHORT) == 0
    assert main(SHORT) == 0
    assert sorted(path.name for path in Path("runs").iterdir()) == [
        "digits-mlp16-sgd_momentum-seed0",
        "digits-mlp16-sgd_momentum-seed0-2",
    ]


def test_a_run_is_not_overwritten_unasked(capsys: pytest.CaptureFixture[str]):
    assert main([*SHORT, "--out", "run"]) == 0
    before = Path("run/run.npz").read_bytes()
    assert main([*SHORT, "--out", "run"]) == 2
    assert "--resume continues it, --overwrite replaces it" in capsys.readouterr().err
    assert Path("run/run.npz").read_bytes() == before
    assert main([*SHORT, "--out", "run", "--overwrite"]) == 0


def test_toml_and_flags_are_merged(tmp_path: Path):
    text = 'data = "digits"\nmodel = "mlp:8"\nepochs = 9\nrule = "sgd"\n[settings]\nlearning_rate = 1\n'
    Path("run.toml").write_text(text)
    assert main("train run.toml --epochs 1 --set learning_rate=0.5 --quiet --no-pictures --out run".split()) == 0
    config = tomllib.loads(Path("run/config.toml").read_text())
    assert (config["model"], config["epochs"], config["settings"]) == ("mlp:8", 1, {"learning_rate": 0.5})


def test_a_class_of_the_users_own_trains(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    Path("my_net.py").write_text(
        "import layers\nfrom models import TwoLayerNet\n\n\nclass TanhNet(TwoLayerNet):\n"
        "    activation = layers.tanh_forward, layers.tanh_backward\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    assert main([*SHORT, "--model", "my_net:TanhNet", "--out", "run"]) == 0


@pytest.mark.parametrize(
    ("flags", "code", "text"),
    [
        ("--rule adm", 2, "unknown update rule 'adm'. Did you mean 'adam' or 'adamw'? Known rules: adadelta, "),
        ("--set learnig_rate=1", 2, "sgd_momentum does not take 'learnig_rate'. Did you mean 'learning_rate'?"),
        ("--set learning_rate", 2, "expected NAME=VALUE"),
        ("--model mlp:1x", 2, "expected hidden sizes, as in 'mlp:100' or 'mlp:100,50'"),
        ("--model nothing:Net", 2, "'nothing' cannot be imported"),
        ("--model json:Net", 2, "'json' has no 'Net'"),
        ("--activation rel", 2, "unknown activation 'rel'. Did you mean 'relu' or 'elu'?"),
        ("--loss svn", 2, "Did you mean 'svm_loss'"),
        ("--init hee", 2, "unknown init 'hee'. Did you mean 'he'?"),
        ("--schedule cosin", 2, "Did you mean 'cosine'?"),
        ("--batch 0", 2, "batch_size must be an integer of at least 1; got 0."),
        ("--data nowhere/mnist.npz", 3, "there is no nowhere/mnist.npz"),
        ("--resume", 2, "--resume: there is no"),
        ("--set epochs=ten", 2, "epochs is 'ten'; expected int"),
    ],
)
def test_messages(flags: str, code: int, text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    assert main([*SHORT, *flags.split(), *([] if flags == "--resume" else ["--out", "run"])]) == code
    err = capsys.readouterr().err
    assert err.startswith("layergraph: error: ")
    assert text in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir()), "a refused run leaves nothing behind"


def test_unknown_key_in_toml(capsys: pytest.CaptureFixture[str]):
    Path("run.toml").write_text('modle = "mlp:8"\n')
    assert main(["train", "run.toml"]) == 2
    assert "run.toml has an unknown key 'modle'. Did you mean 'model'?" in capsys.readouterr().err


def test_divergence_is_one_line_and_keeps_the_state(capsys: pytest.CaptureFixture[str]):
    assert main([*SHORT, "--set", "learning_rate=1e20", "--out", "run"]) == 1
    err = capsys.readouterr().err
    assert "Try a smaller learning_rate (now 1e+20)" in err
    assert Path("run/diverged.npz").exists()


def test_mnist_defaults_reach_their_accuracy(mnist_folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("LAYERGRAPH_DATA", str(mnist_folder))
    assert main("train --data mnist --model mlp:100 --epochs 5 --seed 0 --quiet --no-pictures --out run".split()) == 0
    assert json.loads(Path("run/result.json").read_text())["test_accuracy"] > 0.965


@pytest.mark.parametrize(
    ("flags", "text"),
    [
        ("--activation tanh", "activation was 'relu'"),
        ("--reg 5", "reg was 0.0"),
        ("--set learning_rate=5", "settings was"),
    ],
)
def test_resume_refuses_to_become_another_run(flags: str, text: str, capsys: pytest.CaptureFixture[str]):
    assert main([*SHORT, "--out", "run"]) == 0
    before = Path("run/run.npz").read_bytes()
    assert main(["train", "--resume", "--out", "run", "--epochs", "3", *flags.split()]) == 2
    assert text in capsys.readouterr().err
    assert Path("run/run.npz").read_bytes() == before


def test_a_resumed_run_writes_down_its_settings():
    assert main([*SHORT, "--out", "run"]) == 0
    assert main("train --resume --out run --epochs 3 --quiet --no-pictures".split()) == 0
    assert tomllib.loads(Path("run/config.toml").read_text())["epochs"] == 3


def test_without_matplotlib_the_result_is_kept(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    assert main("train --data digits --model mlp:8 --epochs 1 --quiet --out run".split()) == 0
    assert "no pictures: plotting needs matplotlib: pip install matplotlib" in capsys.readouterr().err
    assert json.loads(Path("run/result.json").read_text())["test_accuracy"] > 0.1


def test_threads_of_a_file_are_used(monkeypatch: pytest.MonkeyPatch):
    Path("run.toml").write_text('data = "digits"\nmodel = "mlp:8"\nepochs = 1\nthreads = 2\n')
    assert main("train run.toml --quiet --no-pictures --out run".split()) == 0
    assert json.loads(Path("run/result.json").read_text())["environment"]["threads"] in (2, None)
    assert main("train run.toml --quiet --no-pictures --out run2 --threads 0".split()) == 2


def test_an_error_in_the_users_class_names_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    Path("broken_net.py").write_text(
        "import numpy as np\n\n\nclass Net:\n    params = {'W': np.zeros((64, 10))}\n\n"
        "    def loss(self, X, y=None):\n        return X @ self.params['W'] if y is None else nothing\n"
    )
    assert main([*SHORT, "--model", "broken_net.py:Net", "--out", "run"]) == 2
    assert "broken_net.py:8: NameError: name 'nothing' is not defined" in capsys.readouterr().err
