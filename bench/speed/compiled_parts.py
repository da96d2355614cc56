"""Where a compiled step goes: the step cut off after each of its parts, timed in turns; a part is the difference.

The text of the step is the very one that trains, with a `continue` before the next part.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from models.compiled.cache import load

from .contenders import compiled
from .inside import alternate
from .parts import products_of
from .problem import Problem
from .ratios import Ratio, ratio

CUTS = {"gather": "# affine1", "passes": "# guard", "guard": "# update", "update": None}
PARTS = {
    "gather": "rows of a large array are cold: memory, whose lines are asked for four rows ahead",
    "passes": "biases, relu and its slope, softmax, sums over the batch; less the five products",
    "guard": "factors of products and weights are looked at while they are made, the gradient only if these are large",
    "update": "one pass over weights, state and gradient",
    "Python": "drawing rows, the numbers of the rule, the history: once a chunk",
}


def measure(hidden: int, batch: int, rounds: int, dtype: str = "float32") -> dict[str, Ratio]:
    """Part -> its time in a momentum step of 784-H-10, as a multiple of the time of the five products."""
    problem = Problem(hidden, batch, dtype)
    X, y = problem.data()
    products, steps = products_of(problem, X, y, most=4000)
    solver = compiled.start(problem, X, y, None).solver(10**9)
    solver.run.advance(1)
    times = alternate({"products": products.round} | _pieces(solver.run, steps), rounds)
    parts = {"gather": times["gather"]}
    for before, part in zip(list(CUTS), list(CUTS)[1:], strict=False):
        parts[part] = [b - a for a, b in zip(times[before], times[part], strict=True)]
    parts["passes"] = [a - b for a, b in zip(parts["passes"], times["products"], strict=True)]
    parts["Python"] = [a - b for a, b in zip(times["step"], times["update"], strict=True)]
    return {part: ratio({**parts, "step": times["step"]}[part], times["products"]) for part in (*PARTS, "step")}


def _pieces(run: Any, steps: int) -> dict[str, Callable[[], Any]]:
    """The step cut off after each part, and the whole chunk as the Solver runs it."""
    program, source = run.compiled.program, run.compiled.program.step.source
    rows, starts = run.sampler.draw_many(steps)
    numbers = np.repeat(run.compiled._numbers(1), steps, axis=0)
    whole = program._function

    def cut(mark: str | None) -> Callable[[], Any]:
        text = source if mark is None else source.replace(f"        {mark}", f"        continue\n        {mark}", 1)
        function = load(text)

        def loop() -> None:
            program._function = function
            run.compiled._call(rows, starts, numbers, np.empty(steps))
            program._function = whole

        return loop

    return {part: cut(mark) for part, mark in CUTS.items()} | {"step": lambda: run.advance(run.step + steps)}
