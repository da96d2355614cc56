"""`layergraph bench target FILE`: measure the target of a problem with its reference solver and write it down."""

import argparse
from pathlib import Path

from ..flags_and_output import Subparsers, common_flags, say


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its flags."""
    parser = subparsers.add_parser(
        "target", parents=[common_flags()], help="set a problem's target from its reference solver",
        description="Run the reference solver of a problem file with 20 seeds of its own; the target is the median of"
        " the best measures, rounded. For a problem with a known optimum, find that first. Writes both into the"
        " file; of a problem that comes along without its target, into a copy in the working folder.",
    )  # fmt: skip
    parser.add_argument("file", type=Path, metavar="FILE.toml", help="the problem, or a name such as fashion-mlp100")
    parser.add_argument("--seeds", type=int, default=20, metavar="N", help="runs of the reference (default 20)")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="runs at a time (default 1)")
    parser.add_argument("--out", type=Path, default=Path("runs/bench"), metavar="DIR", help="where the runs go")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Measure and write."""
    from bench.solvers.planning.problem import load_problem, own_copy
    from bench.solvers.presenting.number_texts import setting
    from bench.solvers.running.engine import Engine
    from bench.solvers.running.progress import Progress
    from bench.solvers.running.target import find_optimum, measure_target, write_values

    if args.seeds < 1:
        raise ValueError(f"--seeds is {args.seeds}; expected at least 1")
    file = args.file if args.file.suffix == ".toml" else own_copy(str(args.file))
    problem = load_problem(file)
    if problem.target["measure"] == "suboptimality":
        optimum = find_optimum(problem)
        write_values(file, {"optimum": optimum})
        say(args, f"optimum {optimum!r}")
        problem = load_problem(file)
    engine = Engine(args.jobs, threads=args.threads or 1).checked()
    value = measure_target(problem, args.out, engine, Progress(engine.jobs or 1, quiet=args.quiet), args.seeds)
    settings = ", ".join(f"{name} {setting(one)}" for name, one in problem.target["reference"]["settings"].items())
    source = f"median best of {problem.target['reference']['solver']} ({settings}) over {args.seeds} seeds, rounded"
    write_values(file, {"value": value, "source": source})
    say(args, f"target {value} ({source}), written to {file}")
    return 0
