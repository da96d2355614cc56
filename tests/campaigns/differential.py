"""Campaign: forward, backward and 100 steps of every rule against torch, nets against torch and scikit-learn; float64.

`--amount` seeds: each draws new inputs for every layer and loss, new weights and noise for every rule that torch has, a
net to train, and an MLP of scikit-learn whose weights are copied. Where torch is not installed its values are the
stored ones, which `tests/*/golden/make.py` write. Agreement is to 1e-12, relative to max(1, |value|), and to 1e-10
after 100 steps of a whole net.
Run: python tests/campaigns/differential.py [--amount 100]
"""

import importlib.util
import sys
import warnings
from collections.abc import Callable, Mapping
from importlib import metadata
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from campaign import Campaign, Row, parser

import models
from layers import softmax
from solver import Solver

ROOT = Path(__file__).resolve().parents[2]
TOLERANCE = 1e-12
GROWN = 1e-10  # of whole nets: what differs by rounding at a step grows along the next hundred (9.4e-12 was seen)
MODULES = {"torch": "torch", "scikit-learn": "sklearn"}
TORCH = importlib.util.find_spec("torch") is not None
Values = Mapping[str, np.ndarray]


class Tally:
    """Arrays compared, those that differ by more than the tolerance, and the largest difference."""

    def __init__(self, tolerance: float = TOLERANCE) -> None:
        self.tolerance = tolerance
        self.compared, self.worst, self.wrong = 0, 0.0, list[str]()

    def add(self, what: str, ours: Any, theirs: Any) -> None:
        """Compare two arrays."""
        ours, theirs = np.asarray(ours, float), np.asarray(theirs, float)
        same = ours.shape == theirs.shape
        error = float(np.max(np.abs(ours - theirs) / np.maximum(1, np.abs(theirs)), initial=0)) if same else np.inf
        self.compared += 1
        self.worst = max(self.worst, error)
        if not error <= self.tolerance:
            self.wrong.append(f"{what}: {error:.2g}")


def beside(package: str, name: str) -> ModuleType:
    """tests/PACKAGE/golden/NAME.py."""
    path = ROOT / "tests" / package / "golden" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"{package}_golden_{name}", path)
    if spec is None or spec.loader is None:
        raise ImportError(path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def layers(tally: Tally, seeds: range) -> None:
    """Every layer and loss: output and all gradients."""
    ours = beside("layers", "ours")
    for seed in seeds if TORCH else [0]:
        theirs = beside("layers", "make").values(seed) if TORCH else stored("layers", "values.npz")
        for case in ours.OURS:
            for name, array in ours.values(case, theirs).items():
                tally.add(f"seed {seed}, {name}", array, theirs[name])


def update_rules(tally: Tally, seeds: range) -> None:
    """Every rule, one array at a time and on the flat vector; those that torch has not, against the stored values."""
    make, ours = beside("solver", "make"), beside("solver", "ours")
    for name, case in make.CASES.items():
        kept = stored("solver", "golden.npz")
        compare(tally, name, ours, case, kept, {k: v for k, v in kept.items() if k.startswith(f"{name}/")})
        for seed in seeds if TORCH and name in make.FROM_TORCH else ():
            given = make.inputs(seed)
            theirs = {f"{name}/{key}": array for key, array in make.with_torch(name, given).items()}
            compare(tally, f"{name}, seed {seed}", ours, case, given, theirs)


def compare(tally: Tally, what: str, ours: ModuleType, case: Any, given: Values, theirs: Values) -> None:
    """A rule, in both its forms."""
    for form in (ours.run_separate, ours.run_flat):
        found = form(case, given)
        for key, array in theirs.items():
            tally.add(f"{what}, {form.__name__}, {key}", found[key.partition("/")[2]], array)


def stored(package: str, name: str) -> dict[str, np.ndarray]:
    """The committed values."""
    with np.load(ROOT / "tests" / package / "golden" / name, allow_pickle=False) as file:
        return dict(file)


def nets(tally: Tally, seeds: range) -> None:
    """A net of two hidden layers, 100 steps of momentum on the whole batch: losses and weights by torch's autograd."""
    import torch
    from torch.nn import functional as F  # noqa: N812

    activations: dict[str, Callable[..., Any]] = {
        "relu": F.relu, "tanh": torch.tanh, "sigmoid": torch.sigmoid, "softplus": F.softplus,
        "leaky_relu": F.leaky_relu, "elu": F.elu, "gelu": F.gelu,
    }  # fmt: skip
    for seed in seeds:
        rng = np.random.default_rng([seed, 1])
        activation, reg = str(rng.choice(list(activations))), float(rng.choice([0, 0.01]))
        X, y = rng.standard_normal((30, 6)), rng.integers(0, 4, 30)
        net = models.mlp([6, 8, 5, 4], activation=activation, reg=reg, dtype=np.float64, rng=seed)
        theirs = {name: torch.tensor(np.array(array), requires_grad=True) for name, array in net.params.items()}
        data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
        solver = Solver(
            net, data, update_rule="sgd_momentum", optim_config={"learning_rate": 0.1}, batch_size=30, num_epochs=100,
            sampling="epoch", verbose=False, eval_every=1000, restore_best=False, seed=seed,
        ).train()  # fmt: skip
        rule = torch.optim.SGD(theirs.values(), lr=0.1, momentum=0.9)
        losses = []
        for _ in range(100):
            hidden = torch.tensor(X)
            for k in (1, 2, 3):
                hidden = hidden @ theirs[f"W{k}"] + theirs[f"b{k}"]
                hidden = activations[activation](hidden) if k < 3 else hidden
            loss = F.cross_entropy(hidden, torch.tensor(y)) + 0.5 * reg * sum(
                (theirs[f"W{k}"] ** 2).sum() for k in (1, 2, 3)
            )
            rule.zero_grad()
            loss.backward()
            rule.step()
            losses.append(float(loss.detach()))
        tally.add(f"net of seed {seed}, losses", solver.loss_history, losses)
        for name, tensor in theirs.items():
            tally.add(f"net of seed {seed} ({activation}), {name}", net.params[name], tensor.detach().numpy())


def copied_weights(tally: Tally, seeds: range) -> None:
    """Probabilities and values of scikit-learn's MLPs, from our nets with their weights."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    for seed in seeds:
        rng = np.random.default_rng([seed, 2])
        kinds = {"relu": "relu", "tanh": "tanh", "sigmoid": "logistic"}
        activation = str(rng.choice(list(kinds)))
        sizes = [int(n) for n in rng.integers(2, 9, rng.integers(1, 4))]
        X, y, values = rng.standard_normal((40, 5)), rng.integers(0, 3, 40), rng.standard_normal((40, 2))
        settings = {"hidden_layer_sizes": sizes, "activation": kinds[activation], "max_iter": 5, "random_state": seed}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            pairs = [
                (MLPClassifier(**settings).fit(X, y), 3, "predict_proba", softmax),
                (MLPRegressor(**settings).fit(X, values), 2, "predict", lambda scores: scores),
            ]
        for theirs, outputs, method, link in pairs:
            net = models.mlp([5, *sizes, outputs], activation=activation, dtype=np.float64, rng=0)
            for k, (W, b) in enumerate(zip(theirs.coefs_, theirs.intercepts_, strict=True), 1):
                net.params[f"W{k}"], net.params[f"b{k}"] = W, b
            name = f"{type(theirs).__name__} of seed {seed}"
            tally.add(name, link(net.loss(X)), getattr(theirs, method)(X))


def main() -> int:
    """Run it."""
    campaign = Campaign("differential", parser(__doc__, 100, "seeds").parse_args())
    seeds = range(campaign.args.seed, campaign.args.seed + campaign.args.amount)
    torch = "torch" if TORCH else "torch's stored values (it is not installed)"
    parts: list[tuple[str, Callable[[Tally, range], None]]] = [
        (f"forward and backward of every layer and loss against {torch}", layers),
        (f"100 steps of every rule against {torch}; lion by optax, schedule-free by its authors, stored", update_rules),
    ]
    if TORCH:
        parts.append(("whole nets, 100 steps of momentum, against torch's autograd", nets))
    if importlib.util.find_spec("sklearn") is not None:
        parts.append(("predictions of scikit-learn's MLPs with copied weights", copied_weights))
    rows, found = [], {}
    for what, part in parts:
        tally = Tally(GROWN if part is nets else TOLERANCE)
        part(tally, seeds)
        print(*tally.wrong[:20], sep="\n", end="\n" if tally.wrong else "", file=sys.stderr)
        result = f"{len(tally.wrong)} differ; largest difference {tally.worst:.1e}"
        promise = f"within {tally.tolerance:.0e} in float64"
        rows.append(Row(what, tally.compared, "arrays", result, promise, not tally.wrong))
        found[part.__name__] = {"compared": tally.compared, "wrong": len(tally.wrong), "worst": tally.worst}
    arrays, wrong = (sum(one[key] for one in found.values()) for key in ("compared", "wrong"))
    line = f"{arrays} arrays compared with {'torch and scikit-learn' if TORCH else 'stored values'}, {wrong} differ"
    peers = {name: metadata.version(name) for name, module in MODULES.items() if importlib.util.find_spec(module)}
    return campaign.finish(line, rows, {"parts": found, "versions": peers})


if __name__ == "__main__":
    sys.exit(main())
