"""The peak memory of training on MNIST, in a process of its own, with pixels as float32 or kept as bytes."""

import json
import os
import subprocess
import sys
from pathlib import Path

from .process import worker_environment

STORAGES = ("float32", "uint8")
STATUS = Path("/proc/self/status")


def peak_mib(storage: str, epochs: int = 1) -> float:
    """MiB of resident memory at the most; ValueError where the process could not train."""
    command = [sys.executable, "-m", "bench.speed.memory", storage, str(epochs)]
    child = subprocess.run(command, capture_output=True, text=True, env=worker_environment(1), check=False)
    if child.returncode:
        raise ValueError(child.stderr.strip().splitlines()[-1] if child.stderr.strip() else "the process died")
    return float(json.loads(child.stdout)["peak_mib"])


def train(storage: str, epochs: int) -> None:
    """Load MNIST, train 784-100-10 with it, and print the peak that the kernel has seen."""
    import mnist
    from models import mlp
    from solver import Solver

    raw = storage == "uint8"
    data = mnist.load("mnist", dtype=storage, scale="raw" if raw else True)
    model = mlp([784, 100, 10], dtype="float32", rng=0, input_scale=255 if raw else 1)
    Solver(model, data, update_rule="sgd_momentum", num_epochs=epochs, verbose=False).train()
    print(json.dumps({"peak_mib": _peak()}))


def _peak() -> float:
    if STATUS.exists():  # the kernel's own mark begins anew in each process; getrusage's is inherited
        return int(STATUS.read_text(encoding="utf-8").partition("VmHWM:")[2].split()[0]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 1024)


if __name__ == "__main__":
    os.environ.setdefault("PYTHONWARNINGS", "default")
    train(sys.argv[1], int(sys.argv[2]))
