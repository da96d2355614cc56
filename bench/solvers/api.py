"""The benchmark of solvers from Python: `bench.run(...)` gives what `layergraph bench run` leaves, as an object."""

from collections.abc import Sequence
from pathlib import Path

from .planning.manifest import NAME
from .planning.plan import plan, with_engine
from .planning.task import Shard
from .results import Results
from .running.engine import Engine
from .running.progress import Progress
from .running.sweep import run_sweep


def run(
    problems: str | Path | Sequence[str | Path],
    solvers: Sequence[str | Path] | None = None,
    *,
    budget: str = "standard",
    trials: int | None = None,
    seeds: int | None = None,
    tuning_seeds: int | None = None,
    studies: int | None = None,
    untuned: bool | None = None,
    prune: bool = False,
    out: str | Path = "runs/bench",
    n_jobs: int | None = None,
    backend: str = "loky",
    scheduler: str | None = None,
    threads: int = 1,
    shard: Shard | None = None,
    seed: int = 0,
    progress: bool = True,
) -> Results:
    """Tune the solvers on the problems and run each choice with fresh seeds, in every study; the results.

    problems: names or TOML files.
    solvers: names or TOML files, seven by default.
    budget: "quick" (5 trials, 6 seeds), "standard" (20, 10) or "full" (50, 20), which trials and seeds override.
    tuning_seeds: runs per trial, 1 (quick) or 3.
    studies: how often everything is tuned anew, 1 (quick) or 6; more of them later extend what is there.
    untuned: whether the reference of each problem's target is run beside the others as it is; not in quick.
    prune: stop the worse half of a solver's tuning trials at 1/8, 1/4 and 1/2 of the budget (successive halving;
        Jamieson and Talwalkar, 2016). Reporting runs are never pruned.
    out: the folder of the result files; what is there is not run again.
    n_jobs: runs at a time, 1 by default, of a running Dask cluster all its workers; -1 for one per processor.
    backend: "sequential", "loky", "dask", "ray" or "mpi"; scheduler: the address of a running Dask cluster.
    threads: of BLAS in each run.
    shard: (i, n) does every n-th run.
    seed: the root of all seeds.
    progress: show how far it is.
    Raises ValueError for what does not fit.
    """
    named = [problems] if isinstance(problems, str | Path) else problems
    if not named:
        raise ValueError("problems is empty; expected the name of a problem, or several")
    if shard is not None and not 0 <= shard[0] < shard[1]:
        raise ValueError(f"shard is {shard}; expected (i, n) with 0 <= i < n, as in (0, 3)")
    manifest = plan(
        named, solvers, budget=budget, trials=trials, seeds=seeds, tuning_seeds=tuning_seeds, studies=studies,
        untuned=untuned, prune=prune, seed=seed, folder=Path(out),
    )  # fmt: skip
    if (Path(out) / NAME).exists():  # a folder goes on by the engine that it was begun with
        manifest = with_engine(manifest, "auto", Path(out))
    engine = Engine(n_jobs, backend, threads, scheduler).checked()
    run_sweep(manifest, Path(out), engine, shard, Progress(engine.jobs or 1, quiet=not progress))
    return Results(out)
