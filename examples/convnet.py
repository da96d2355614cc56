"""A convolutional net on the small digits: its layers, its gradient checked, trained, and what its filters look for.

Run: python examples/convnet.py   (a few seconds; filters.png is drawn where matplotlib is installed)
"""

import argparse
from importlib.util import find_spec

import numpy as np

import gradcheck
import mnist
from models import convnet
from solver import Solver


def main(fast: bool) -> None:
    data = mnist.load("digits")  # rows of 64 pixels, images of 8 x 8
    net = convnet("16x3p1,pool,32x3p1,pool,64", image=(8, 8), batch_norm=True, dropout=0.3, dtype=np.float32, seed=0)
    net.summary()

    small = convnet("2x3,pool,4", image=(8, 8), activation="tanh", seed=0)
    print(gradcheck.model(small, data["X_train"][:5].astype(float), data["y_train"][:5]).verdict, "the gradient check")

    solver = Solver(net, data, update_rule="adamw", optim_config={"learning_rate": 0.003, "weight_decay": 0.05},
                    lr_schedule="cosine", sampling="epoch", batch_size=50, num_epochs=2 if fast else 30, seed=0,
                    print_every=10_000)  # fmt: skip
    solver.train()
    images = data["X_test"].reshape(-1, 1, 8, 8)  # images go in as rows do
    print(f"test accuracy: {net.accuracy(images, data['y_test']):.4f}")

    if find_spec("matplotlib"):
        import plots

        plots.weights(net.params["W1"], path="filters.png")
        print("filters.png: the windows that the 16 filters of the first layer respond to most")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--fast", action="store_true", help="two epochs only, to see it run")
    main(parser.parse_args().fast)
