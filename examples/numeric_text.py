"""A text's class that has no backward pass, trained unchanged: `models.numeric` supplies the gradients.

Its `params` and its scalar `loss(x, t)` are all that the solver needs; the class is imported as it stands.
"""

import numpy as np
from support import fast, images
from texts.numeric_two_layer import TwoLayerNet

from models import numeric
from solver import Solver


def main() -> None:
    data = images(300)
    net = TwoLayerNet(data["X_train"].shape[1], 4 if fast() else 10, 10, weight_init_std=0.1, rng=0)
    small = {**data, "X_val": data["X_val"][:200], "y_val": data["y_val"][:200]}
    model = numeric(net)
    grads = model.loss(data["X_train"][:5], data["y_train"][:5])[1]
    own = net.numerical_gradient(data["X_train"][:5], data["y_train"][:5])
    apart = max(np.abs(grads[name] - own[name]).max() for name in own)
    print(f"largest difference from the text's own gradients: {apart:.1e}")
    small["X_train"], small["y_train"] = data["X_train"][:300], data["y_train"][:300]
    solver = Solver(model, small, optim_config={"learning_rate": 0.5}, batch_size=50, num_epochs=1 if fast() else 4,
                    verbose=False, restore_best=False)  # fmt: skip
    before = net.loss(data["X_test"], data["y_test"])
    solver.train()
    print(f"loss {before:.3f} -> {net.loss(data['X_test'], data['y_test']):.3f}, test accuracy "
          f"{net.accuracy(data['X_test'], data['y_test']):.3f} after {solver.step} steps")  # fmt: skip


if __name__ == "__main__":
    main()
