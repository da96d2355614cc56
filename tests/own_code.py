"""Code as a user would bring it: a rule, a net, data, an activation, a loss, an initialiser, schedules."""

from pathlib import Path

RULE = """import numpy as np
from my_helper import FACTOR


def signum(w, dw, config):
    config.setdefault("learning_rate", 0.01)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    config["velocity"] = v = config["momentum"] * v + dw
    return w - FACTOR * config["learning_rate"] * np.sign(v), config
"""
HELPER = "FACTOR = 1\n"
NET = """import numpy as np


class Net:
    def __init__(self, input_dim, num_classes, hidden, rng, dtype):
        rng = np.random.default_rng(rng)
        self.params = {
            "W1": (rng.standard_normal((input_dim, hidden)) * 0.1).astype(dtype), "b1": np.zeros(hidden, dtype),
            "W2": (rng.standard_normal((hidden, num_classes)) * 0.1).astype(dtype), "b2": np.zeros(num_classes, dtype),
        }

    def loss(self, X, y=None):
        p = self.params
        h = np.maximum(X @ p["W1"] + p["b1"], 0)
        scores = h @ p["W2"] + p["b2"]
        if y is None:
            return scores
        e = np.exp(scores - scores.max(axis=1, keepdims=True))
        d = e / e.sum(axis=1, keepdims=True)
        loss = -np.log(d[np.arange(len(y)), y]).mean()
        d[np.arange(len(y)), y] -= 1
        d /= len(y)
        dh = d @ p["W2"].T * (h > 0)
        return loss, {"W1": X.T @ dh, "b1": dh.sum(axis=0), "W2": h.T @ d, "b2": d.sum(axis=0)}


def build(input_dim, num_classes, rng=None, dtype=np.float32):
    return Net(input_dim, num_classes, 12, rng, dtype)
"""
DATA = """import numpy as np


def load():
    rng = np.random.default_rng(0)
    y = rng.integers(3, size=300)
    return rng.standard_normal((300, 6)) + 3 * np.eye(6)[y], y
"""
PIECES = """import numpy as np


def swish_forward(x):
    s = 1 / (1 + np.exp(-x))
    return x * s, (x, s)


def swish_backward(dout, cache):
    x, s = cache
    return dout * (s + x * s * (1 - s))


def mean_square(x, y):
    d = x - np.eye(x.shape[1], dtype=x.dtype)[y]
    return float((d * d).sum(axis=1).mean()), 2 * d / len(d)


def small(rng, n_in, n_out):
    return 0.1 * rng.standard_normal((n_in, n_out))


def halving(step, every=20):
    return 0.5 ** (step // every)


def ramp(total=1):
    return lambda step: min(1.0, (step + 1) / total)
"""
PROBLEM = """name = "mine"
title = "Three blobs, a net of one's own"
[data]
name = "my_data.py:load"
val = 30
[model]
name = "my_net.py:build"
dtype = "float32"
[training]
batch = 30
epochs = 2
evaluations_per_epoch = 2
full_batch_passes = 5
[target]
measure = "val_error"
value = 0.3
"""
SPACE = 'rule = "my_rule.py:signum"\n[space.learning_rate]\nscale = "log"\nlow = 1e-3\nhigh = 1e-1\n'


def write(folder: Path) -> Path:
    """All of it, each in a file."""
    folder.mkdir(exist_ok=True, parents=True)
    files = {"my_rule.py": RULE, "my_helper.py": HELPER, "my_net.py": NET, "my_data.py": DATA, "my_pieces.py": PIECES}
    for name, text in {**files, "mine.toml": PROBLEM, "signum.toml": SPACE}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder
