"""Names in a user's own files on the command line: train, go on, eval, predict, from flags and from TOML."""

import json
from pathlib import Path

import pytest

from cli.main import main
from tests import own_code

QUICK = ["--epochs", "2", "--quiet", "--no-pictures"]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(own_code.write(tmp_path / "work"))
    return tmp_path / "work"


OWN = {
    "rule": ["--data", "digits", "--rule", "my_rule.py:signum", "--set", "learning_rate=0.003"],
    "net": ["--data", "digits", "--model", "my_net.py:build"],
    "data": ["--data", "my_data.py:load", "--model", "mlp:8"],
    "pieces": [
        *("--data", "my_data.py:load", "--model", "mlp:8", "--activation", "my_pieces.py:swish"),
        *("--loss", "my_pieces.py:mean_square", "--init", "my_pieces.py:small", "--schedule", "my_pieces.py:halving"),
    ],
    "a pair": ["--data", "digits", "--model", "mlp:8", "--activation", "my_pieces.py:swish_forward,swish_backward"],
    "a factory of schedules": ["--data", "digits", "--model", "mlp:8", "--schedule", "my_pieces.py:ramp"],
    "a module": ["--data", "my_data:load", "--model", "my_net:build", "--rule", "my_rule:signum"],
}


@pytest.mark.parametrize("flags", OWN.values(), ids=OWN)
def test_what_is_ones_own_trains_goes_on_and_is_measured(flags: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *flags, *QUICK, "--out", "run"]) == 0
    assert main(["train", *flags, *QUICK, "--epochs", "3", "--out", "whole"]) == 0
    assert main(["train", "--out", "run", "--resume", "--epochs", "3", "--quiet", "--no-pictures"]) == 0
    results = [json.loads(Path(folder, "result.json").read_text()) for folder in ("run", "whole")]
    if "my_pieces.py:ramp" not in flags:  # which is laid out over the first length of the run
        assert results[0]["train_losses"] == results[1]["train_losses"]
    assert results[0]["code"] == results[1]["code"] != {}
    assert main(["eval", "run/run.npz", "--json"]) == 0
    measured = json.loads(capsys.readouterr().out)
    assert measured["test"]["accuracy"] == pytest.approx(results[0]["test_accuracy"])
    assert main(["predict", "run/run.npz", "--first", "2"]) == 0
    assert capsys.readouterr().out.count("class") == 2
    assert main(["train", "run/config.toml", "--out", "again", "--quiet", "--no-pictures"]) == 0
    again = json.loads(Path("again/result.json").read_text())
    assert again["test_accuracy"] == results[1]["test_accuracy"]


@pytest.mark.parametrize(
    ("flags", "file"),
    [
        (OWN["rule"], "my_rule.py"), (OWN["rule"], "my_helper.py"), (OWN["net"], "my_net.py"),
        (OWN["data"], "my_data.py"), (OWN["pieces"], "my_pieces.py"),
    ],
)  # fmt: skip
def test_a_run_does_not_go_on_with_changed_code(
    flags: list[str], file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *flags, *QUICK, "--out", "run"]) == 0
    text = Path(file).read_text()
    Path(file).write_text(text + "\n# changed\n")
    before = Path("run/run.npz").read_bytes()
    assert main(["train", "--out", "run", "--resume", "--epochs", "3"]) == 2
    error = capsys.readouterr().err
    assert "layergraph: error: --resume: the source of my_" in error
    assert "has changed since" in error
    assert error.count("\n") == 1
    assert Path("run/run.npz").read_bytes() == before
    Path(file).write_text(text)
    assert main(["train", "--out", "run", "--resume", "--epochs", "3", "--quiet", "--no-pictures"]) == 0


@pytest.mark.parametrize(("flags", "file"), [(OWN["net"], "my_net.py"), (OWN["pieces"], "my_pieces.py")])
def test_a_net_is_measured_with_the_code_it_was_trained_with_or_not_at_all(
    flags: list[str], file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", *flags, *QUICK, "--out", "run"]) == 0
    text = Path(file).read_text()
    Path(file).write_text(text + "\n# changed\n")
    assert main(["predict", "run/run.npz"]) == 2
    assert "run/run.npz: the source of my_" in capsys.readouterr().err
    Path(file).unlink()
    assert main(["eval", "run/run.npz"]) == 2
    assert f"there is no file {file}" in capsys.readouterr().err


def test_a_net_does_not_need_the_rule_that_trained_it() -> None:
    assert main(["train", *OWN["rule"], "--model", "my_net.py:build", *QUICK, "--out", "run"]) == 0
    Path("my_rule.py").unlink()
    assert main(["eval", "run/run.npz", "--quiet"]) == 0


def test_a_toml_names_files_beside_it(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("run.toml").write_text(
        'data = "my_data.py:load"\nmodel = "my_net.py:build"\nrule = "my_rule.py:signum"\nepochs = 1\n'
        'schedule = "my_pieces.py:halving"\n[schedule_settings]\nevery = 2\n[settings]\nlearning_rate = 0.01\n'
    )
    monkeypatch.chdir(here.parent)
    assert main(["train", "work/run.toml", "--quiet", "--no-pictures", "--out", "run"]) == 0
    rows = Path("run/history.csv").read_text().splitlines()
    rate = [float(row.split(",")[rows[0].split(",").index("lr")]) for row in rows[1:]]
    assert rate == [0.01, 0.01]  # two steps in one epoch: the factor falls after the second
    assert main(["train", "run/config.toml", "--quiet", "--no-pictures", "--out", "again"]) == 0


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        ("--rule my_rule.py:signm", "'my_rule.py' has no 'signm'. Did you mean 'signum'?"),
        ("--rule my_rule.py", "'my_rule.py' names a file: which of its names? Write my_rule.py:NAME; it has signum"),
        ("--rule my_helper.py:FACTOR", "my_helper.py:1: my_helper.py:FACTOR is 1; expected an update rule"),
        ("--rule my_rul.py:signum", "there is no file my_rul.py. Did you mean 'my_rule.py' or"),
        ("--model my_net.py:Net", "my_net.py:4: my_net.py:Net needs hidden, which nobody has"),
        ("--model my_data.py:load", "my_data.py:4: my_data.py:load has no 'params': a model has params and loss(X, y)"),
        ("--model my_net.py:build --activation tanh", "activation goes with an mlp; my_net.py:build does not take it"),
        ("--activation my_pieces.py:swosh", "'my_pieces.py' has no 'swosh'. Did you mean 'swish'?"),
        ("--activation my_pieces.py:small", "my_pieces.py:19: my_pieces.py:small is function; expected a pair"),
        ("--loss my_pieces.py:small", "my_pieces.py:19: my_pieces.py:small takes (rng, n_in, n_out); expected a loss"),
        (
            "--init my_pieces.py:halving",
            "my_pieces.py:23: my_pieces.py:halving takes (step, every=20); expected an init",
        ),
        (
            "--schedule my_pieces.py:small",
            "my_pieces.py:19: my_pieces.py:small takes (rng, n_in, n_out); expected a sched",
        ),
        (
            "--data my_pieces.py:halving",
            "my_pieces.py:23: my_pieces.py:halving takes (step, every=20); expected a func",
        ),
        ("--data nowhere:load", "'nowhere' cannot be imported: there is no such module in "),
    ],
)
def test_messages(flags: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--data", "digits", *flags.split(), *QUICK, "--out", "run"]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert error.count("\n") == 1
    assert not Path("run").exists()


ANSWERS = {
    "return {'X_train': X, 'y_train': y, 'X_test': X[:9], 'y_test': y[:9]}": (270, 30, 9),
    "return {'X_train': X, 'y_train': y, 'X_val': X[:5], 'y_val': y[:5], 'X_test': X[:9], 'y_test': y[:9]}": (
        300,
        5,
        9,
    ),
    "return X, y, X[:7], y[:7]": (270, 30, 7),
    "return X, y": (243, 27, 30),
    "return X, y.astype(float)": (243, 27, 30),
    "return X.tolist(), y.tolist()": (243, 27, 30),
    "return (X[:200], y[:200]), (X[200:], y[200:])": (180, 20, 100),
    "return (X[:200], y[:200]), (X[200:240], y[200:240]), [X[240:], y[240:]]": (200, 40, 60),
    "return {'data': X, 'target': y, 'target_names': ['a', 'b', 'c'], 'DESCR': 'words', 'frame': None}": (243, 27, 30),
    "return {'images': X.reshape(-1, 2, 3), 'data': X, 'labels': y}": (243, 27, 30),
    "return {'x_train': X[:200], 'y_train': y[:200], 'test_images': X[200:], 'test_labels': y[200:]}": (180, 20, 100),
    "return X.reshape(300, 2, 3), y": (243, 27, 30),
}


@pytest.mark.parametrize(("answer", "rows"), ANSWERS.items(), ids=ANSWERS)
def test_data_come_in_many_forms(answer: str, rows: tuple[int, int, int]) -> None:
    import mnist

    text = own_code.DATA.replace("return ", "X, y = ") + f"    {answer}\n"
    Path("my_data.py").write_text(text)
    data = mnist.load("my_data.py:load")
    assert tuple(len(data[f"y_{part}"]) for part in ("train", "val", "test")) == rows
    assert (data["X_train"].shape[1], data["X_train"].dtype, data["y_train"].dtype) == (6, "float32", "int64")
    assert main(["train", "--data", "my_data.py:load", "--model", "mlp:4", *QUICK, "--out", "run"]) == 0


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ("return None", "it gives None; expected a dict of X_train"),
        ("return {'x': X}", "what it gives holds 'x' (300, 6): which are the inputs and the labels for training? Name"),
        ("return {'X': 'a.npy', 'y': 'b.npy'}", "it gives X, y; expected a dict of X_train"),
        ("return X.T, y", "expected numbers for 6 rows, classes from 0 on. Is X transposed? X.T has 300 rows."),
        ("return X, y[:-1]", "y of train is int64 of shape (299,); expected numbers for 300 rows"),
        ("return X, y.astype(str)", "; expected numbers for 300 rows, classes from 0 on"),
        ("return X * np.nan, y", "X of train holds NaN or infinity"),
        ("return X[:0], y[:0]", "X of train is float64 of shape (0, 6); expected numbers"),
        ("return X[:1], y[:1]", "it gives 1 rows, of which 1 are asked for test: leave one for training"),
    ],
)
def test_data_that_are_none(answer: str, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    Path("my_data.py").write_text(own_code.DATA.replace("return ", "X, y = ") + f"    {answer}\n")
    assert main(["train", "--data", "my_data.py:load", *QUICK, "--out", "run"]) == 3
    error = capsys.readouterr().err
    assert message in error
    assert "my_data.py:4: " in error


def test_a_setting_that_the_rule_does_not_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", *OWN["rule"], "--set", "momentm=0.5", *QUICK, "--out", "run"]) == 0
    said = capsys.readouterr().err
    assert "note: my_rule.py:signum nowhere names the setting 'momentm', so that nobody may read it. Did" in said
    assert "'learning_rate'" not in said


def test_what_ones_own_code_prints_is_no_part_of_the_json(capsys: pytest.CaptureFixture[str]) -> None:
    Path("my_data.py").write_text("print('loading')\n" + own_code.DATA)
    assert main(["train", "--data", "my_data.py:load", "--model", "mlp:4", *QUICK, "--json", "--out", "run"]) == 0
    assert json.loads(capsys.readouterr().out)["data"]["name"] == "my_data.py:load"
