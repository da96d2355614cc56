"""What keeps runs from starting is found before the first of them: data, model, and code of the user's own."""

import numpy as np

from base.user_code import UserCodeError, is_reference, users_line
from solver import DivergedError, rules

from ..planning.manifest import Manifest
from ..planning.own_code import is_ours, located
from ..planning.plan import first_task, pairs
from ..planning.problem import Problem
from ..planning.task import located_task
from .building import build_model
from .engine import Engine
from .first_order import timing
from .full_batch import pass_seconds


def try_out(manifest: Manifest, engine: Engine | None = None) -> None:
    """Build every model; where there is code of the user's own, take a step with every solver.

    Raises what keeps every run of a problem or solver from starting (no data, a loss that does not exist), with file
    and line where that is the user's own code.
    """
    for problem in manifest.problems:
        _build(problem, manifest)
    for space in manifest.spaces:
        if engine is not None:
            _known_elsewhere(space.rule, engine)
    for problem, space in pairs(manifest):
        if not (problem.code or space.code):
            continue
        task = located_task(first_task(manifest, problem, space), manifest.places)
        what = f"a first step of {space.solver} on {problem.name} failed"
        try:
            with np.errstate(all="ignore"):
                pass_seconds(task) if task.rule is None else timing(task, steps=1)
        except DivergedError:
            continue
        except Exception as error:
            raise _worded(what, error) from error


def _worded(what: str, error: Exception) -> Exception:
    """An error with what failed, and with file and line where that is the user's own code."""
    line = users_line(error)
    if line is None:
        return ValueError(f"{what}: {error}") if isinstance(error, ValueError | TypeError) else error
    return UserCodeError(f"{line}: {what}: {type(error).__name__}: {error}")


def _build(problem: Problem, manifest: Manifest) -> None:
    """Build the model; one of the user's own twice, for a seed must give the same weights."""
    setup = located(problem.setup, manifest.places)
    first = build_model(setup, np.random.default_rng(0))
    if "name" not in setup["model"]:
        return
    second = build_model(setup, np.random.default_rng(0))
    if any(not np.array_equal(first.params[name], second.params[name]) for name in first.params):
        raise UserCodeError(
            f"{problem.model['name']} gives other weights each time: let it take rng (or seed) and draw from"
            " np.random.default_rng(rng), so that runs repeat and solvers start from the same weights"
        )


def _known_elsewhere(rule: str | None, engine: Engine) -> None:
    """ValueError for a rule that a script has registered, where runs go to processes that have not run the script."""
    if rule is None or engine.alone or is_reference(rule) or is_ours(rule):
        return
    module = rules.get(rule).function.__module__
    raise ValueError(
        f"rule {rule!r} was registered by {module}, which other processes do not know: name it as FILE.py:NAME in the"
        " search space, or run one at a time"
    )
