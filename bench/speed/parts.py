"""Where a training step goes: each part of it timed alone, in turns, as a multiple of the five products."""

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from base.arrays import Array

from .contenders import Contender, floor, ours
from .inside import alternate
from .problem import Problem
from .ratios import Ratio, ratio

SECONDS = 0.03  # of the products in a round
PARTS = {
    "loss and gradient": "`model.loss` on one batch that stays in the cache, less its products",
    "draw and gather": "rows of a large array are cold: memory, not instructions",
    "guard": "one pass over weights and gradient",
    "update": "four passes over the flat vector",
    "rest": "the loop, the history, and what the parts cost by evicting each other's data from the caches",
}


def measure(hidden: int, batch: int, rounds: int, dtype: str = "float32") -> dict[str, Ratio]:
    """Part -> its time in a momentum step of 784-H-10, as a multiple of the time of the five products."""
    problem = Problem(hidden, batch, dtype)
    X, y = problem.data()
    products, steps = products_of(problem, X, y)
    solver = ours.start(problem, X, y, None).solver(10**9)  # no evaluation in between
    solver.run.train_step(False)
    parts = {part: _repeated(work, steps) for part, work in _parts(solver).items()}
    times = alternate({"products": products.round} | parts, rounds)
    times["loss and gradient"] = _less(times["loss and gradient"], times["products"])
    alone = [times[part] for part in PARTS if part != "rest"]
    times["rest"] = _less(times["step"], times["products"], *alone)
    return {part: ratio(times[part], times["products"]) for part in (*PARTS, "step")}


def products_of(problem: Problem, X: Array, y: Array, most: int = 10**9) -> tuple[Contender, int]:
    """The five products of a step, ready for rounds of SECONDS, and of how many steps (at most `most`) a round is."""
    products = floor.start(problem, X, y, None)
    steps = products.prepare(20)
    begin = time.perf_counter()
    products.round()
    return products, products.prepare(max(10, min(most, round(SECONDS * steps / (time.perf_counter() - begin)))))


def _parts(solver: Any) -> dict[str, Callable[[], Any]]:
    run = solver.run
    gradient, rows = run.gradient, run.gather(run.sampler.draw(), 0)
    gradient.compute(*rows)
    return {
        "loss and gradient": lambda: gradient.compute(*rows),
        "draw and gather": lambda: run.gather(run.sampler.draw(), 0),
        "guard": lambda: gradient.guard(1.0),
        "update": lambda: run.updater.apply(gradient, 1),
        "step": lambda: run.train_step(False),  # of the NumPy engine
    }


def _repeated(part: Callable[[], Any], times: int) -> Callable[[], None]:
    def loop() -> None:
        for _ in range(times):
            part()

    return loop


def _less(times: Sequence[float], *others: Sequence[float]) -> list[float]:
    return [time - sum(rest) for time, *rest in zip(times, *others, strict=True)]


def rows(result: dict[str, dict[str, Any]], parts: Mapping[str, str] = PARTS) -> list[list[str]]:
    """Cells of the table, a column for each size "H, B"; parts: name -> what bounds it."""
    cells = [["part", *result, "what bounds it"]]
    for part, why in {**parts, "step": "all of it, with its products"}.items():
        cells.append([part, *(str(Ratio(*column[part])) for column in result.values()), why])
    return cells
