"""What the compiled step costs before its first step: once for a kind of net, and again in each process."""

import json
import os
import subprocess
import sys
import tempfile
import time

from .process import worker_environment

NAMES = {
    "import": "importing Numba",
    "compile": "writing and compiling the step, the first time for this kind of net, rule and dtype",
    "load": "loading it from the cache, in every later process",
}


def measure() -> dict[str, float]:
    """Seconds of each, in processes of their own with a cache folder of their own; ValueError where one died."""
    with tempfile.TemporaryDirectory(prefix="layergraph-") as folder:
        first, later = (_process(folder) for _ in range(2))
    return {"import": later["import"], "compile": first["step"], "load": later["step"]}


def _process(folder: str) -> dict[str, float]:
    command, environment = [sys.executable, "-m", "bench.speed.compiling"], worker_environment(1)
    environment["LAYERGRAPH_CACHE"] = folder
    child = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if child.returncode:
        raise ValueError(child.stderr.strip().splitlines()[-1] if child.stderr.strip() else "the process died")
    seconds: dict[str, float] = json.loads(child.stdout)
    return seconds


def sentence(seconds: dict[str, float]) -> str:
    """The figures in words."""
    parts = ", ".join(f"{seconds[name]:.2f} s for {what}" for name, what in NAMES.items())
    return f"Before its first step the compiled engine takes {parts}."


def main() -> None:
    """In a process of its own: import Numba, then train one step."""
    import numpy as np

    from models import mlp
    from solver import Solver

    begin = time.perf_counter()
    import numba  # noqa: F401

    imported = time.perf_counter()
    X, y = np.ones((20, 784), np.float32), np.zeros(20, np.int64)
    data = {"X_train": X, "y_train": y, "X_val": X, "y_val": y}
    model = mlp([784, 30, 10], dtype="float32", rng=0)
    Solver(
        model, data, update_rule="sgd_momentum", batch_size=20, num_epochs=1, engine="compiled", verbose=False
    ).train()
    print(json.dumps({"import": imported - begin, "step": time.perf_counter() - imported}))


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "default")
    main()
