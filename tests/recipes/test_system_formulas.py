"""The update formulas of the classical systems by hand; numeric gradients against the plain loop; lines; resuming."""

import numpy as np
import pytest

from cli.experiment.batches import Whole, gather
from cli.experiment.settings import TrainSettings
from cli.main import main
from gradcheck.numeric.graph_gradients import numeric_gradients
from layers import one_hot
from mnist import Distortion
from models import Coded, Graph, binary_code, mlp, numeric
from models.node import node
from models.numeric import by_moving
from solver import Solver
from solver.sampling import Gather

RNG = np.random.default_rng(0)
X = np.maximum(RNG.standard_normal((23, 6)), 0)
Y = RNG.integers(0, 3, 23)
DATA = {"X_train": X, "y_train": Y, "X_val": X, "y_val": Y}
OPTIONS = {"verbose": False, "restore_best": False, "seed": 5}


@pytest.mark.parametrize("penalty", ["l1", "l2"])
@pytest.mark.parametrize("loss", ["squared", "logistic"])
def test_system_1_updates(penalty, loss):
    """w - eta (lambda / n) sgn(w) - (eta / m) sum dC_x, or (1 - eta lambda / n) w - ...; m: the batch's own length."""
    eta, strength = 0.7, 0.05  # strength is lambda / n
    settings = {"l1": strength} if penalty == "l1" else {"reg": strength}
    output = "sigmoid" if loss == "squared" else None
    net = mlp([6, 4, 3], activation="sigmoid", output=output, loss=loss, init="normal", bias_init="normal", rng=0,
              **settings)  # fmt: skip
    w1, b1, w2, b2 = (net.params[name].copy() for name in ("W1", "b1", "W2", "b2"))
    seen = []

    class Recording:
        def __init__(self, gather):
            self.gather = gather

        def __call__(self, mask, step):
            seen.append(mask.copy())
            return self.gather(mask)

    solver = Solver(net, DATA, optim_config={"learning_rate": eta}, batch_size=10, num_epochs=1, sampling="epoch",
                    gather=Recording(Gather(X, Y, 10)), **OPTIONS)  # fmt: skip
    solver.train()
    assert sorted(map(len, seen)) == [3, 10, 10]
    assert sorted(np.concatenate(seen)) == list(range(23))
    for mask in seen:
        x, t, m = X[mask], one_hot(Y[mask], 3), len(mask)
        a1 = 1 / (1 + np.exp(-(x @ w1 + b1)))
        a2 = 1 / (1 + np.exp(-(a1 @ w2 + b2)))
        d2 = (a2 - t) * a2 * (1 - a2) if loss == "squared" else a2 - t
        d1 = d2 @ w2.T * a1 * (1 - a1)
        pull = (lambda w: w - eta * strength * np.sign(w)) if penalty == "l1" else (lambda w: (1 - eta * strength) * w)
        w1, w2 = pull(w1) - eta / m * x.T @ d1, pull(w2) - eta / m * a1.T @ d2
        b1, b2 = b1 - eta / m * d1.sum(axis=0), b2 - eta / m * d2.sum(axis=0)
    for name, expected in zip(("W1", "b1", "W2", "b2"), (w1, b1, w2, b2), strict=True):
        np.testing.assert_allclose(net.params[name], expected, rtol=1e-11, atol=1e-13)


@pytest.mark.parametrize(("reduction", "factor"), [("mean", 2.0), ("half_mean", 1.0)])
def test_system_2_descends_on_all_rows(reduction, factor):
    """dW = (2 / n) X'(s - y), db = (2 / n) sum (s - y); the text's G leaves out the 2."""
    net = mlp([6, 1], loss="squared", init="normal:0.1", rng=0, reduction=reduction)
    w, b = net.params["W1"].copy(), net.params["b1"].copy()
    targets = Y[:, None].astype(float)
    solver = Solver(net, {**DATA, "y_train": targets, "y_val": targets}, optim_config={"learning_rate": 0.01},
                    batch_size=len(X), num_epochs=5, sampling="epoch", gather=Whole(X, targets), **OPTIONS)  # fmt: skip
    solver.train()
    for _ in range(5):
        s = X @ w + b
        w, b = w - 0.01 * factor / 23 * X.T @ (s - targets), b - 0.01 * factor / 23 * (s - targets).sum(axis=0)
    np.testing.assert_allclose(net.params["W1"], w, rtol=1e-12)
    np.testing.assert_allclose(net.params["b1"], b, rtol=1e-12)


@pytest.mark.parametrize(
    "settings",
    [
        {"loss": "offset_softmax"},
        {"loss": "offset_softmax", "delta": 1e-3, "reg": 0.1, "l1": 0.01},
        {"activation": "tanh", "reg": 0.1},
        {"activation": "sigmoid", "use_bias": False},
        {"loss": "svm"},  # no rows are known for it: the plain loop
    ],
)
@pytest.mark.parametrize("sizes", [[6, 5, 3], [6, 3], [6, 5, 4, 3]])
def test_system_5_gradients_equal_the_plain_loop(settings, sizes):
    net = mlp(sizes, init="normal:0.5", bias_init="normal", rng=1, **settings)
    plain = by_moving(net, X, Y, 1e-4)
    loss, found = numeric(net, gradients=numeric_gradients).loss(X, Y)
    assert loss == net.loss(X, Y)[0]
    exact = net.loss(X, Y)[1]
    for name in net.params:
        np.testing.assert_allclose(found[name], plain[name], atol=1e-9)
        np.testing.assert_allclose(found[name], exact[name], atol=2e-4)
    known = settings.get("loss") != "svm" and len(sizes) < 4
    assert (numeric_gradients(net, X, Y, 1e-4) is not None) == known


def test_a_unit_that_only_one_of_the_two_moves_wakes():
    """Pre-activation -h/2 and input -1: W1 + h leaves the relu at rest, W1 - h does not; with +1 the reverse."""
    net = mlp([1, 1, 3], init="normal", rng=0)
    net.params["W1"], net.params["b1"] = np.zeros((1, 1)), np.array([-5e-5])
    for x in (np.array([[-1.0]]), np.array([[1.0]])):
        found, plain = numeric_gradients(net, x, Y[:1], 1e-4), by_moving(net, x, Y[:1], 1e-4)
        assert plain["W1"] != 0
        np.testing.assert_allclose(found["W1"], plain["W1"], rtol=1e-6)


def test_a_structure_that_is_not_a_chain_is_left_to_the_plain_loop():
    nodes = [node("a", "linear", "x", ("W",)), node("r", "relu", "a"), node("s", "add", ("a", "r"))]
    net = Graph(nodes, {"W": RNG.standard_normal((6, 3))})
    assert numeric_gradients(net, X, Y, 1e-4) is None
    assert numeric_gradients(mlp([6, 3], dtype=np.float32), X, Y, 1e-4) is None


def test_numeric_models_put_every_parameter_back_and_refuse_integers():
    class Fails:
        params = {"w": np.ones(3)}  # noqa: RUF012

        def loss(self, X, y):
            if self.params["w"][1] != 1:
                raise ArithmeticError("no")
            return float(self.params["w"].sum())

    with pytest.raises(ArithmeticError):
        numeric(Fails()).loss(X, Y)
    np.testing.assert_array_equal(Fails.params["w"], 1)

    class Integers:
        params = {"w": np.ones(3, int)}  # noqa: RUF012

    with pytest.raises(TypeError, match="parameter 'w' is int64, which a step of h cannot move"):
        numeric(Integers())
    with pytest.raises(ValueError, match="h is 0; expected a positive step"):
        numeric(mlp([6, 3]), h=0)


def test_binary_code():
    some = [[0, 0, 0, 0], [1, 0, 0, 0], [0, 1, 1, 0], [1, 0, 0, 1]]
    np.testing.assert_array_equal(binary_code(10)[[0, 1, 6, 9]], some)
    assert [binary_code(classes).shape[1] for classes in (2, 3, 4, 5, 10, 16, 17)] == [1, 2, 2, 3, 4, 4, 5]
    assert len({tuple(word) for word in binary_code(10)}) == 10


def test_coded_nets_learn_the_words_and_answer_the_nearest():
    net = mlp([6, 2], output="sigmoid", loss="squared", rng=0)
    coded = Coded(net, binary_code(3))
    loss, grads = coded.loss(X, Y)
    expected, wanted = net.loss(X, binary_code(3)[Y])
    assert loss == expected
    np.testing.assert_array_equal(grads.flat, wanted.flat)
    outputs = net.loss(X)
    nearest = np.linalg.norm(outputs[:, None] - binary_code(3), axis=2).argmin(axis=1)
    np.testing.assert_array_equal(coded.loss(X).argmax(axis=1), nearest)
    data_loss, accuracy = coded.evaluate(X, Y)
    assert data_loss == pytest.approx(loss)
    assert accuracy == np.mean(nearest == Y)
    with pytest.raises(ValueError, match=r"y must be integers 0\.\.2"):
        coded.loss(X, Y + 1)


def test_lines_steps_and_losses(tmp_path, capsys):
    config = tmp_path / "c.toml"
    config.write_text('data = "digits"\nmodel = "mlp:5"\nepochs = 2\nbatch = 100\nsteps = 20\nsampling = "epoch"\n'
                      "test_every = 1\nloss_every = 7\n")  # fmt: skip
    assert main(["train", str(config), "--out", str(tmp_path / "run"), "--no-pictures", "--progress", "none"]) == 0
    lines = capsys.readouterr().out.splitlines()
    epochs = [line for line in lines if line.startswith("Epoch")]
    assert len(epochs) == 1  # 15 steps each; the run ends at 20
    assert epochs[0].startswith("Epoch 1: ")
    assert epochs[0].endswith(" / 360")
    assert [line.split(":")[0] for line in lines if line.startswith("step")] == ["step 0", "step 7", "step 14"]


def test_each_step_has_its_own_distortions():
    settings = TrainSettings(distort={"elastic": 0.5, "sigma": 2.0, "rotation": 10.0}, seed=5, batch=8)
    images = RNG.random((30, 64)).astype(np.float32)
    data = {"X_train": images, "y_train": np.arange(30) % 3, "X_val": images, "y_val": np.arange(30) % 3}
    distorted = gather(settings, data, (8, 8))
    mask, distortion = np.arange(5, 13), Distortion(shape=(8, 8), **settings.distort)
    for step in (0, 1, 4):
        X, y = distorted(mask, step)
        np.testing.assert_array_equal(X, distortion.fields(5, step, 8).apply(images[mask]))
        np.testing.assert_array_equal(y, data["y_train"][mask])


def test_a_distorted_run_resumes_bit_for_bit(tmp_path):
    config = tmp_path / "c.toml"
    config.write_text('data = "digits"\nmodel = "mlp:8"\nbatch = 64\nsampling = "epoch"\ntest_every = 1\n'
                      "dropout = 0.2\n"
                      "distort = { elastic = 0.5, sigma = 2.0, rotation = 10.0 }\n")  # fmt: skip
    common = ["--no-pictures", "--quiet", "--progress", "none"]
    assert main(["train", str(config), "--epochs", "3", "--out", str(tmp_path / "whole"), *common]) == 0
    assert main(["train", str(config), "--epochs", "1", "--out", str(tmp_path / "parts"), *common]) == 0
    assert main(["train", "--epochs", "3", "--out", str(tmp_path / "parts"), "--resume", *common]) == 0
    whole, parts = (np.load(tmp_path / name / "run.npz") for name in ("whole", "parts"))
    names = [name for name in whole.files if name.startswith(("param/", "opt/", "hist/"))]
    assert len(names) > 5
    for name in names:
        np.testing.assert_array_equal(whole[name], parts[name], err_msg=name)
    plain = main(["train", str(config), "--epochs", "3", "--out", str(tmp_path / "plain"), *common, "--set", "seed=1"])
    assert plain == 0
    assert not np.array_equal(np.load(tmp_path / "plain" / "run.npz")[names[0]], whole[names[0]])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ('coding = "gray"', "coding is 'gray'; expected 'labels' or 'binary' or 'value'"),
        ("label_smoothing = 1.0", "label_smoothing is 1.0; expected a share, 0 or more and below 1"),
        ("standardise = true\ndistort = { shift = 1.0 }", "distort needs pixels in 0..1"),
        ("distort = { shift = -1.0 }", "shift is -1.0; expected a number 0 or more"),
    ],
)
def test_messages(line, message, tmp_path, capsys):
    config = tmp_path / "c.toml"
    config.write_text(f'data = "digits"\n{line}\n')
    assert main(["train", str(config), "--out", str(tmp_path / "run")]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
