"""A classical text's own class beside ours: it trains unchanged, and from equal weights both take the same step.

What differs is only the layout: columns against rows, (n_out, n_in) against (n_in, n_out); see docs/glossary.md.
"""

import numpy as np
from support import fast, images
from texts.sigmoid_network import Network

from layers import one_hot
from models import mlp
from solver import sgd


def columns(X, y, coded):
    """The text's list of pairs: x (D, 1), and y as a one-hot column or as the label."""
    targets = one_hot(y, 10)[:, :, None] if coded else y
    return list(zip(X[:, :, None], targets, strict=True))


def twin(text):
    """Our net with the text's weights."""
    net = mlp(text.sizes, activation="sigmoid", output="sigmoid", loss="squared")
    for i, (w, b) in enumerate(zip(text.weights, text.biases, strict=True), start=1):
        net.params[f"W{i}"], net.params[f"b{i}"] = w.T, b[:, 0]
    return net


def main() -> None:
    data = images(1000 if fast() else 5000)
    pixels = data["X_train"].shape[1]
    text = Network([pixels, 30, 10], rng=0)
    ours, rows = twin(text), slice(0, 10)
    batch = columns(data["X_train"][rows], data["y_train"][rows], coded=True)
    text.update_mini_batch(batch, eta=3.0)
    _, grads = ours.loss(data["X_train"][rows], data["y_train"][rows])
    sgd(ours.params.flat, grads.flat, {"learning_rate": 3.0}, out=ours.params.flat)
    apart = np.abs(twin(text).params.flat - ours.params.flat).max()
    print(f"one step of the text's class and of ours: largest difference {apart:.1e}")
    training = columns(data["X_train"], data["y_train"], coded=True)
    test = columns(data["X_test"], data["y_test"], coded=False)
    text.SGD(training, epochs=2 if fast() else 5, mini_batch_size=10, eta=3.0, test_data=test)


if __name__ == "__main__":
    main()
