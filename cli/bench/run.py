"""`layergraph bench run PROBLEM...`: tune, choose, repeat with fresh seeds; finished runs are never repeated."""

import argparse
from pathlib import Path
from typing import Any

from ..flags_and_output import Subparsers, common_flags, dump, say

OK, FAILED, INTERRUPTED = 0, 1, 130


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "run", parents=[common_flags()], help="run a sweep of solvers on problems, or go on with it",
        description="Tune every solver on every problem, choose by validation, repeat the choice with fresh seeds."
        " Finished runs are skipped: the same command continues an interrupted sweep. Exit 1: some runs failed.",
    )  # fmt: skip
    parser.add_argument("problems", nargs="+", metavar="PROBLEM", help="name of a problem, or a TOML file")
    parser.add_argument("--solvers", metavar="A,B", help="names, TOMLs of spaces, or FILE.py:RULE (default: seven)")
    parser.add_argument(
        "--budget", choices=("quick", "standard", "full"), default="standard", help="of trials and seeds"
    )
    parser.add_argument(
        "--trials", type=int, metavar="N", help="tuning trials per solver (quick 5, standard 20, full 50)"
    )
    parser.add_argument(
        "--seeds", type=int, metavar="N", help="fresh seeds for the report (quick 6, standard 10, full 20)"
    )
    parser.add_argument("--tuning-seeds", type=int, metavar="N", help="runs per trial (quick 1, standard and full 3)")
    parser.add_argument(
        "--studies", type=int, metavar="N", help="tune everything anew so often (quick 1, standard and full 6)"
    )
    parser.add_argument(
        "--untuned", action=argparse.BooleanOptionalAction, help="run the target's reference untuned, too; not in quick"
    )
    parser.add_argument(
        "--prune", action="store_true",
        help="stop the worse half of a solver's tuning trials at 1/8, 1/4 and 1/2 of the budget (successive halving)",
    )  # fmt: skip
    parser.add_argument(
        "--jobs", type=int, metavar="N", help="runs at a time (default 1, with --scheduler all workers; -1: processors)"
    )
    parser.add_argument("--backend", choices=("sequential", "loky", "dask", "ray", "mpi"), default="loky")
    parser.add_argument("--scheduler", metavar="ADDRESS", help="of a running Dask cluster (default: a local one)")
    parser.add_argument(
        "--engine", choices=("auto", "numpy", "compiled"), default="auto",
        help="what takes the steps: auto compiles sweeps of 25 runs a solver or more, where numba is installed",
    )  # fmt: skip
    parser.add_argument("--shard", metavar="I/N", help="only every N-th run, the I-th of 0..N-1")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), metavar="DIR", help="default runs/bench")
    parser.add_argument("--resume", action="store_true", help="accepted for clarity: a sweep always goes on")
    parser.add_argument(
        "--dry-run", action="store_true", help="print the runs and what they would cost, and run nothing"
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Run the sweep that `args` describe."""
    from bench.solvers.planning.plan import SOLVERS, plan, with_engine
    from bench.solvers.presenting.guards import few_seeds
    from bench.solvers.running.cost import describe
    from bench.solvers.running.engine import Engine
    from bench.solvers.running.pools import LostWorkersError
    from bench.solvers.running.progress import Progress
    from bench.solvers.running.sweep import run_sweep

    if args.dtype:
        raise ValueError("--dtype does not go with bench: the problem's file says dtype in its [model] table")
    shard = parse_shard(args.shard) if args.shard else None
    manifest = plan(
        args.problems, args.solvers.split(",") if args.solvers else None, budget=args.budget, trials=args.trials,
        seeds=args.seeds, tuning_seeds=args.tuning_seeds, studies=args.studies, untuned=args.untuned,
        prune=args.prune, seed=args.seed or 0, folder=args.out,
    )  # fmt: skip
    manifest = with_engine(manifest, args.engine, args.out)
    ran = {space.solver for space in manifest.spaces}
    lost = [] if args.solvers else [name for name in SOLVERS if name not in ran]
    if lost:
        why = "takes the full batch, and no problem here has a loss without noise"
        say(args, f"note: {', '.join(lost)} is left out: it {why}")
    note = few_seeds(manifest.seeds) if manifest.studies == 1 else few_seeds(manifest.studies, "studies")
    if note:
        say(args, f"note: {note}")
    engine = Engine(args.jobs, args.backend, args.threads or 1, args.scheduler).checked()
    if args.dry_run:
        lines, result = describe(manifest, args.out, engine.jobs or 1, shard)
        say(args, *lines)
        if args.json:
            print(dump(result))
        return OK
    try:
        swept = run_sweep(manifest, args.out, engine, shard, Progress(engine.jobs or 1, quiet=args.quiet))
    except KeyboardInterrupt:
        say(args, f"interrupted; finished runs are in {args.out}, the same command goes on")
        return INTERRUPTED
    except LostWorkersError as error:
        raise LostWorkersError(f"{error}; finished runs are in {args.out}, the same command goes on") from None
    return _report(args, swept)


def parse_shard(text: str) -> tuple[int, int]:
    """(I, N) from "I/N"; ValueError unless 0 <= I < N."""
    index, _, count = text.partition("/")
    if not (index.isdecimal() and count.isdecimal() and int(index) < int(count)):
        raise ValueError(f"--shard is {text!r}; expected I/N with 0 <= I < N, as in 0/3")
    return int(index), int(count)


def _reasons(folder: Path, failed: list[Any]) -> list[str]:
    """Each reason once, the most frequent first, with the number of runs and the file of the first."""
    from bench.solvers.storage.failures import failure_path, read_failure

    found: dict[str, list[Any]] = {}
    for task in failed:
        found.setdefault(read_failure(folder, task), []).append(task)
    often = sorted(found.items(), key=lambda item: -len(item[1]))
    return [f"  {len(tasks)} x {reason}  ({failure_path(folder, tasks[0])})" for reason, tasks in often[:5]]


def _saved(folder: Path) -> Any:
    from bench import Results
    from bench.solvers.reading.saved import saved

    return saved(Results(folder).all)


def _report(args: argparse.Namespace, swept: Any) -> int:
    complete, failed, lost = swept
    told = _saved(args.out) if args.prune and complete else None
    if told is not None:
        say(args, f"pruned: {told.words}")
    if lost:
        some = "1 run was" if len(lost) == 1 else f"{len(lost)} runs were"
        say(args, f"{some} reported done and {'is' if len(lost) == 1 else 'are'} not in {args.out}: was it removed?")
    if failed:
        some = "1 run failed" if len(failed) == 1 else f"{len(failed)} runs failed"
        say(args, f"{some}; the same command tries again. The reasons, from the files *.failed.json:")
        say(args, *_reasons(args.out, failed))
    if complete:
        say(args, f"complete: layergraph bench table {args.out}")
    elif args.shard:
        say(
            args,
            "this shard has done what it can; bring the files of all shards together and run it again for the rest",
        )
    if args.json:
        paths = {"failed": [str(task.path) for task in failed]}
        if lost:
            paths["lost"] = [str(task.path) for task in lost]
        pruned = {} if told is None else {"pruned": told._asdict()}
        print(dump({"out": str(args.out), "complete": complete, **paths, **pruned}))
    return FAILED if failed or lost else OK
