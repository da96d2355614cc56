"""Time to 98 % on MNIST's test set: a recipe of ours, the same recipe in PyTorch, and scikit-learn at its best.

Settings were chosen on the validation split (the last 5,000 training rows). Each seed trains everybody in turn; a time
is that of training to the recipe's end, without loading and testing.
"""

import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import numpy as np

from .problem import UnavailableError
from .process import Process, served, threads_asked_for
from .ratios import ratio

HIDDEN, BATCH, EPOCHS, RATE, GOAL = 256, 64, 3, 0.18, 0.98  # recipes/time_to_98.toml, nesterov 0.9 in one cycle
SKLEARN = (256, 128, 7, 0.1)  # hidden units, batch, epochs, rate, nesterov 0.9: first of 16 at 98 % of validation rows
NAMES = ("ours", "compiled", "torch", "sklearn")


def measure(seeds: int, threads: int | None, say: Callable[[str], None]) -> dict[str, Any]:
    """Seconds and test accuracy of every contender for every seed; reasons for those that cannot run."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in NAMES}
    missing: dict[str, str] = {}
    with ExitStack() as stack:
        processes = {n: stack.enter_context(Process(n, threads, "bench.speed.target")) for n in NAMES}
        for seed in range(seeds):
            say(f"seed {seed}")
            for name in NAMES[seed % len(NAMES) :] + NAMES[: seed % len(NAMES)]:
                answer = processes[name].ask(seed=seed) if name not in missing else {}
                if "unavailable" in answer:
                    missing[name] = answer["unavailable"]
                elif answer:
                    runs[name].append(answer)
    return {"goal": GOAL, "threads": threads, "runs": runs, "missing": missing}


def rows(result: dict[str, Any]) -> list[list[str]]:
    """Cells of the table: accuracy, seeds that reached the goal, time as a multiple of ours."""
    cells = [["", "test accuracy, mean (lowest)", f"seeds at {GOAL:.0%}", "time / layergraph's, median (quartiles)"]]
    ours = [run["seconds"] for run in result["runs"]["ours"]]
    for name, runs in result["runs"].items():
        if runs:
            found = [run["accuracy"] for run in runs]
            reached = f"{sum(accuracy >= GOAL for accuracy in found)} of {len(found)}"
            times = str(ratio([run["seconds"] for run in runs], ours)) if name != "ours" else "1"
            cells.append([name, f"{np.mean(found):.2%} ({min(found):.2%})", reached, times])
    return cells


def ours(data: Any, seed: int, engine: str = "numpy") -> tuple[float, float]:
    """(seconds, test accuracy) of the recipe by the Solver."""
    from models import mlp
    from solver import Solver

    begin = time.perf_counter()
    rng = np.random.default_rng(np.random.SeedSequence(seed).spawn(4)[0])
    model = mlp([784, HIDDEN, 10], dtype="float32", rng=rng)
    solver = Solver(
        model, data, update_rule="nesterov", optim_config={"learning_rate": RATE}, lr_schedule="one_cycle",
        batch_size=BATCH, num_epochs=EPOCHS, sampling="epoch", seed=seed, verbose=False, restore_best=False,
        num_train_samples=1, num_val_samples=1, engine=engine,
    )  # fmt: skip
    solver.train()
    return time.perf_counter() - begin, model.accuracy(data["X_test"], data["y_test"])


def compiled(data: Any, seed: int) -> tuple[float, float]:
    """The same by the compiled engine; the first seed also loads, or compiles, its step."""
    try:
        return ours(data, seed, "compiled")
    except ImportError:
        raise UnavailableError("numba is not installed (extra fast)") from None


def torch(data: Any, seed: int) -> tuple[float, float]:
    """The same recipe in PyTorch, eager."""
    try:
        import torch
    except ImportError:
        raise UnavailableError("torch is not installed") from None
    from solver.schedules import SCHEDULES

    nn, X, y = torch.nn, torch.from_numpy(data["X_train"]), torch.from_numpy(data["y_train"])
    torch.manual_seed(seed)
    begin = time.perf_counter()
    model = nn.Sequential(nn.Linear(784, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10))
    for layer in (model[0], model[2]):
        nn.init.kaiming_normal_(layer.weight)
        nn.init.zeros_(layer.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=RATE, momentum=0.9, nesterov=True, fused=True)
    factor = SCHEDULES["one_cycle"](EPOCHS * -(-len(X) // BATCH))
    for step in range(EPOCHS * -(-len(X) // BATCH)):
        if step % -(-len(X) // BATCH) == 0:
            batches = iter(torch.randperm(len(X)).split(BATCH))
        index = next(batches)
        optimizer.param_groups[0]["lr"] = RATE * factor(step)
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(model(X[index]), y[index]).backward()
        optimizer.step()
    seconds = time.perf_counter() - begin
    with torch.no_grad():
        scores = model(torch.from_numpy(data["X_test"])).numpy()
    return seconds, float(np.mean(scores.argmax(axis=1) == data["y_test"]))


def sklearn(data: Any, seed: int) -> tuple[float, float]:
    """scikit-learn's classifier with the settings that served it best."""
    try:
        from sklearn.neural_network import MLPClassifier
    except ImportError:
        raise UnavailableError("scikit-learn is not installed") from None
    import warnings

    hidden, batch, epochs, rate = SKLEARN
    net = MLPClassifier(
        (hidden,),
        solver="sgd",
        alpha=0.0,
        batch_size=batch,
        learning_rate_init=rate,
        max_iter=epochs,
        random_state=seed,
    )
    begin = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the epochs were few
        net.fit(data["X_train"], data["y_train"])
    return time.perf_counter() - begin, float(net.score(data["X_test"], data["y_test"]))


def _serve(name: str, threads: int | None) -> None:
    import mnist

    data = mnist.load("mnist")
    contender = {"ours": ours, "compiled": compiled, "torch": torch, "sklearn": sklearn}[name]

    def answer(request: dict[str, Any]) -> dict[str, Any]:
        seconds, accuracy = contender(data, request["seed"])
        return {"seconds": seconds, "accuracy": accuracy}

    served(answer, threads)


if __name__ == "__main__":
    _serve(sys.argv[1], threads_asked_for())
