"""The memory of training on MNIST in a process of its own: pixels as float32 or as bytes, either engine."""

import json
import os
import subprocess
import sys
from pathlib import Path

from .process import worker_environment

STORAGES = ("float32", "uint8")
ENGINES = ("numpy", "compiled")
STATUS, MARK = Path("/proc/self/status"), Path("/proc/self/clear_refs")
NEW_PEAK = "5"  # written to clear_refs, it makes the kernel's peak begin anew (proc(5))


def measure(storage: str, engine: str, epochs: int = 1) -> dict[str, float]:
    """MiB of resident memory: `peak` of the whole process, `added` by `epochs` more to what a first epoch left.

    The first epoch loads the engine (a compiler takes some 60 MiB, whatever it compiles). ValueError where the process
    could not train, as without Numba.
    """
    command = [sys.executable, "-m", "bench.speed.memory", storage, engine, str(epochs)]
    child = subprocess.run(command, capture_output=True, text=True, env=worker_environment(1), check=False)
    if child.returncode:
        raise ValueError(child.stderr.strip().splitlines()[-1] if child.stderr.strip() else "the process died")
    return {name: round(float(mib), 1) for name, mib in json.loads(child.stdout).items()}


def train(storage: str, engine: str, epochs: int) -> None:
    """Load MNIST, train 784-100-10 with it, and print what the kernel has seen."""
    import mnist
    from models import mlp
    from solver import Solver

    raw = storage == "uint8"
    data = mnist.load("mnist", dtype=storage, scale="raw" if raw else True)
    model = mlp([784, 100, 10], dtype="float32", rng=0, input_scale=255 if raw else 1)
    solver = Solver(model, data, update_rule="sgd_momentum", num_epochs=1, verbose=False, engine=engine).train()
    peak, before = _peak(), _now()
    if MARK.exists():
        MARK.write_text(NEW_PEAK, encoding="ascii")
    solver.train(1 + epochs)
    print(json.dumps({"peak": max(peak, _peak()), "added": _peak() - before}))


def rows(measured: dict[str, dict[str, float]]) -> list[list[str]]:
    """The table: a row for each storage and engine."""
    head = ["MNIST, 784-100-10, MiB", "peak of the process", "added by an epoch once the engine is loaded"]
    return [head] + [[name, f"{mib['peak']:.0f}", f"{mib['added']:.1f}"] for name, mib in measured.items()]


def _status(name: str) -> float:
    return int(STATUS.read_text(encoding="utf-8").partition(f"{name}:")[2].split()[0]) / 1024


def _now() -> float:
    return _status("VmRSS") if STATUS.exists() else _peak()


def _peak() -> float:
    if STATUS.exists():  # the kernel's own mark begins anew in each process; getrusage's is inherited
        return _status("VmHWM")
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "default")
    train(sys.argv[1], sys.argv[2], int(sys.argv[3]))
