"""Run by mpiexec: trains over the ranks in several ways and lets rank 0 print what came out as JSON."""

import contextlib
import hashlib
import io
import json
from typing import Any

import numpy as np
from mpi4py import MPI

import models
from solver import Solver
from solver.parallel import DataParallel

COMM = MPI.COMM_WORLD


def data() -> dict[str, Any]:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((600, 20)), rng.integers(0, 3, 600)
    return {"X_train": X, "y_train": y, "X_val": X[:50], "y_val": y[:50]}


def net() -> Any:
    return models.mlp([20, 16, 3], reg=0.01, rng=COMM.rank)  # ranks begin apart: rank 0's weights are to count


def solver(model: Any, **settings: Any) -> Solver:
    given = {"update_rule": "sgd_momentum", "optim_config": {"learning_rate": 0.1}, "batch_size": 101, "num_epochs": 12,
             "verbose": False}  # fmt: skip
    return Solver(model, data(), restore_best=False, seed=1, comm=COMM, **{**given, **settings})


def digest(model: Any) -> str:
    return hashlib.sha256(b"".join(np.ascontiguousarray(a).tobytes() for a in model.params.values())).hexdigest()


class Course:
    """A model with nothing but params and loss."""

    def __init__(self) -> None:
        self.inner = net()
        self.params = {name: array.copy() for name, array in self.inner.params.items()}

    def loss(self, X: Any, y: Any = None) -> Any:
        for name, array in self.params.items():
            self.inner.params[name] = array
        return self.inner.loss(X, y)


class StopsAt:
    """One rank alone wants to stop."""

    def __init__(self, model: DataParallel, step: int):
        self.model, self.step = model, step

    def on_step(self, one: Solver, logs: dict[str, Any]) -> None:
        self.model.asked_to_stop |= COMM.rank == COMM.size - 1 and logs["step"] == self.step


def main() -> None:
    result: dict[str, Any] = {"ranks": COMM.size}
    for name, model in (("first", net()), ("again", net()), ("course", Course())):
        one = solver(model)
        one.train()
        result[name] = COMM.gather(digest(model))
        if name == "first":
            result["weights"], result["loss"] = model.params.flat.tolist(), one.loss_history[-1]
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        solver(net(), num_epochs=1, verbose=True, print_every=10**6).train()
    result["said"] = COMM.gather(said.getvalue())
    few = net()
    solver(few, batch_size=3, num_epochs=1).train()  # fewer rows than four ranks
    result["few"] = COMM.gather(digest(few))
    model = net()
    stopped = solver(model)
    stopped.run.callbacks.hooks["on_step"].append(StopsAt(stopped.model, 7).on_step)
    stopped.train()
    result["stopped"] = COMM.gather((stopped.step, stopped.stopped_reason))
    apart = DataParallel(net(), COMM)
    apart.model.params["b2"][0] += COMM.rank
    apart.calls = 99
    try:
        apart.loss(data()["X_train"], data()["y_train"])
        result["noticed"] = COMM.gather("")
    except RuntimeError as error:
        result["noticed"] = COMM.gather(str(error))
    if COMM.rank == 0:
        print(json.dumps(result))


if __name__ == "__main__":
    main()
