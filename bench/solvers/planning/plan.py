"""The plan of a sweep from the names of its problems and solvers, and the tuning tasks that follow from it."""

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, TypeVar

from .manifest import NAME, Manifest, read_manifest
from .own_code import with_arrays
from .problem import Problem, load_problem
from .spaces import Space, load_space
from .task import Task, report_tasks, tuning_tasks
from .untuned import untuned as untuned_reference

SOLVERS = ("sgd", "momentum", "nesterov", "rmsprop", "adam", "adamw", "lbfgs")
Named = TypeVar("Named")
Cell = tuple[Manifest, Problem, Space]  # a solver on a problem in one study; the manifest is that of the study


class Budget(NamedTuple):
    """Numbers by default. Six studies: with five, no exact two-sided test over studies can fall below 2/32."""

    trials: int
    seeds: int
    tuning_seeds: int
    studies: int


BUDGETS = {"quick": Budget(5, 6, 1, 1), "standard": Budget(20, 10, 3, 6), "full": Budget(50, 20, 3, 6)}
WORTH_IT = 25  # runs of a solver: fewer are over before their step is compiled


def plan(
    problems: Sequence[str | Path],
    solvers: Sequence[str | Path] | None = None,
    *,
    budget: str = "standard",
    trials: int | None = None,
    seeds: int | None = None,
    tuning_seeds: int | None = None,
    studies: int | None = None,
    seed: int = 0,
    untuned: bool | None = None,
    prune: bool = False,
    folder: Path | None = None,
) -> Manifest:
    """The manifest of a sweep; a budget is 5 trials and 6 seeds (quick), 20 and 10 (standard) or 50 and 20 (full).

    Beyond quick there are 3 seeds per trial, 6 studies, and the untuned reference of each problem as a solver; a folder
    of results has its own, unless they are given here.
    What is named twice counts once. ValueError for what is not known or does not fit.
    """
    if budget not in BUDGETS:
        raise ValueError(f"budget is {budget!r}; expected one of {', '.join(BUDGETS)}")
    given = {"trials": trials, "seeds": seeds, "tuning_seeds": tuning_seeds, "studies": studies}
    numbers = _numbers(BUDGETS[budget], given, folder)
    loaded = _distinct("problem", [_with_data(_to_be_run(name)) for name in problems], lambda one: one.name)
    spaces = _distinct("solver", [load_space(name) for name in solvers or SOLVERS], lambda one: one.solver)
    useless = [space.solver for space in spaces if not any(fits(space, one) for one in loaded)]
    if solvers and useless:
        raise ValueError(f"{useless[0]} takes the full batch and needs a loss without noise: no problem here has that")
    spaces = tuple(space for space in spaces if space.solver not in useless)
    asked = _asks_untuned(budget, folder) if untuned is None else untuned
    fixed = {one.name: space for one in loaded if (space := untuned_reference(one)) is not None} if asked else {}
    if taken := {space.solver for space in spaces} & {space.solver for space in fixed.values()}:
        raise ValueError(f"solver {min(taken)!r} has the untuned reference's name: rename it, or take --no-untuned")
    counts = (numbers.trials, numbers.seeds, numbers.tuning_seeds)
    return Manifest(loaded, spaces, *counts, seed, studies=numbers.studies, untuned=fixed, prune=prune)


def _asks_untuned(budget: str, folder: Path | None) -> bool:
    if folder is not None and (folder / NAME).exists():
        return bool(read_manifest(folder).untuned)
    return budget != "quick"


def _numbers(budget: Budget, given: Mapping[str, int | None], folder: Path | None) -> Budget:
    """What is given, else what the folder has (of studies and seeds per trial), else what the budget says."""
    for name, value in given.items():
        if value is not None and value < 1:
            raise ValueError(f"{name} is {value}; expected at least 1")
    if folder is not None and (folder / NAME).exists():
        old = read_manifest(folder)
        budget = budget._replace(tuning_seeds=old.tuning_seeds, studies=old.studies)
    return budget._replace(**{name: value for name, value in given.items() if value is not None})


def _to_be_run(name: str | Path) -> Problem:
    """The problem; ValueError where its target is still to be measured."""
    problem = load_problem(name)
    if problem.has_target:
        return problem
    file = name if Path(name).suffix == ".toml" else f"{problem.name}.toml"
    where = "there" if file == name else f"into {file}, a copy in the working folder"
    raise ValueError(
        f"the target of {problem.name} is not measured yet: 'layergraph bench target {name}' measures it and writes it"
        f" {where}; then 'layergraph bench run {file}'"
    )


def _with_data(problem: Problem) -> Problem:
    """The problem with the hash of its data, where these come from a function of the user's own."""
    return problem._replace(code=with_arrays(problem.code, problem.setup, problem.places))


def with_engine(manifest: Manifest, asked: str, folder: Path) -> Manifest:
    """The manifest with the engine of its runs, one for all: "numpy", "compiled", or with "auto" that of the folder.

    In a new folder "auto" compiles where Numba is installed and each solver has runs enough to pay for the compilation.
    ValueError where the folder's runs were made by another engine: their numbers agree to rounding only.
    """
    runs = manifest.studies * (manifest.trials * manifest.tuning_seeds + manifest.seeds)
    pays = runs >= WORTH_IT and importlib.util.find_spec("numba") is not None
    wanted = {"auto": "compiled" if pays else None, "numpy": None}.get(asked, asked)
    there = read_manifest(folder).engine if (folder / NAME).exists() else wanted
    if asked != "auto" and there != wanted:
        raise ValueError(
            f"{folder} holds runs by the engine {there or 'numpy'}, and --engine is {asked}. Use another --out."
        )
    return manifest._replace(engine=there)


def _distinct(kind: str, entries: Sequence[Named], name: Callable[[Named], str]) -> tuple[Named, ...]:
    """The entries, each once; ValueError where two that differ have one name, and would share their files."""
    found: dict[str, Named] = {}
    for one in entries:
        if found.setdefault(name(one), one) != one:
            raise ValueError(f"two different {kind}s are called {name(one)!r}: rename one of them")
    return tuple(found.values())


def fits(space: Space, problem: Problem) -> bool:
    """Whether a solver can do the problem: full-batch methods need a loss without noise."""
    return space.method is None or (problem.model["keep_input"] == 1 and problem.model["keep_hidden"] == 1)


def pairs(manifest: Manifest) -> list[tuple[Problem, Space]]:
    """Every problem with every solver that can do it, the untuned reference last."""
    return [(problem, space) for problem in manifest.problems for space in solvers_of(manifest, problem)]


def solvers_of(manifest: Manifest, problem: Problem) -> list[Space]:
    """The solvers that can do a problem, with its untuned reference, if that is asked for."""
    untuned = [manifest.untuned[problem.name]] if problem.name in manifest.untuned else []
    return [space for space in (*manifest.spaces, *untuned) if fits(space, problem)]


def cells(manifest: Manifest) -> list[Cell]:
    """Every problem with every solver that can do it, in every study; what follows takes the study's manifest."""
    return [(study, *pair) for study in manifest.split() for pair in pairs(study)]


def first_task(manifest: Manifest, problem: Problem, space: Space) -> Task:
    """A run of the first settings, as it would be reported: to try out and to time."""
    settings = space.draw(1, manifest.root)[0]
    return report_tasks(problem, space, settings, 1, manifest.root, engine=manifest.engine)[0]


def tuning(manifest: Manifest, problem: Problem, space: Space) -> list[Task]:
    """The tuning tasks of one solver on one problem in one study; none of one that is not tuned."""
    if space.fixed is not None:
        return []
    return tuning_tasks(problem, space, manifest.trials, manifest.root, manifest.tuning_seeds, manifest.engine)
