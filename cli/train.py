"""`layergraph train`: settings -> data -> model -> Solver -> run folder with history, parameters and pictures."""

import argparse
import contextlib
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from base.words import readable

from .blas_threads import use_threads
from .experiment import result_summary
from .experiment.settings import TrainSettings, gather
from .flags_and_output import Subparsers, common_flags, dump, say

SAMPLINGS = ("with_replacement", "without_replacement", "epoch")


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand and its flags; each flag is also a key of the TOML file."""
    parser = subparsers.add_parser(
        "train", parents=[common_flags()], help="train a net and keep what it did",
        description="Train a net. Flags go over the TOML file, which goes over the defaults. Exit 1: target missed.",
    )  # fmt: skip
    parser.add_argument("config", nargs="?", type=Path, metavar="CONFIG", help="TOML file of settings")
    parser.add_argument("--variant", metavar="NAME", help="which of the runs of a recipe")
    parser.add_argument("--smoke", action="store_true", help="the recipe's smallest budget, only to see it run")
    what = parser.add_argument_group("what is trained")
    what.add_argument("--data", metavar="NAME|PATH", help="mnist (default), digits, kmnist, ...; or your own")
    what.add_argument("--label", metavar="NAME", help="of a table: the column of the labels")
    what.add_argument("--drop", metavar="A,B", help="of a table: columns to leave out")
    what.add_argument("--val", type=int, metavar="N", help="validation rows (default: 5000 of MNIST's training file)")
    what.add_argument("--test", type=int, metavar="N", help="test rows of data that have none apart (default: a fifth)")
    what.add_argument("--prepare", action="store_true", default=None, help="drawings, a folder a class: as MNIST was")
    what.add_argument("--no-verify", dest="verify", action="store_false", default=None, help="take files of other sums")
    what.add_argument("--scale", choices=("unit", "raw"), help="pixels in 0..1 (default) or as stored")
    what.add_argument("--standardise", action="store_true", default=None, help="subtract mean, divide by std")
    what.add_argument("--model", metavar="mlp:H1,H2|conv:LAYERS|FILE.py:NAME",
                      help="hidden sizes (default mlp:100), conv:32x5,pool,64x5,pool,512, or yours")  # fmt: skip
    what.add_argument("--activation", metavar="NAME", help="between layers (default relu)")
    what.add_argument("--output", metavar="NAME", help="an activation after the last layer (default none)")
    what.add_argument("--loss", metavar="NAME", help="softmax (default), svm, squared, logistic")
    what.add_argument("--init", metavar="NAME", help="he (default), lecun, xavier, normal, normal:STD")
    what.add_argument("--bias-init", choices=("zero", "normal"), help="initial biases (default zero)")
    what.add_argument("--reg", type=float, metavar="F", help="L2 penalty 0.5 F sum W^2")
    what.add_argument("--l1", type=float, metavar="F", help="L1 penalty F sum |W|")
    how = parser.add_argument_group("how")
    how.add_argument("--engine", choices=("auto", "numpy", "compiled"), help="what takes the steps (default auto)")
    how.add_argument("--rule", metavar="NAME", help="update rule (default sgd_momentum, rate 0.1), or FILE.py:NAME")
    how.add_argument("--set", action="append", metavar="NAME=VALUE", help="of the rule, e.g. learning_rate=0.01")
    how.add_argument("--schedule", metavar="NAME", help="of the learning rate, e.g. cosine")
    how.add_argument("--lr-decay", type=float, metavar="F", help="factor on the learning rate at each epoch's end")
    how.add_argument("--epochs", type=int, metavar="N", help="in all, resumed or not (default 10)")
    how.add_argument("--batch", type=int, metavar="N", help="rows per step (default 100)")
    how.add_argument("--sampling", choices=SAMPLINGS, help="random masks (default) or shuffled epochs")
    how.add_argument("--clip", type=float, metavar="F", help="largest norm of the gradient")
    how.add_argument("--patience", type=int, metavar="N", help="stop after N evaluations without a better one")
    how.add_argument("--target", type=float, metavar="F", help="stop at this validation accuracy or R2; exit 1 if not")
    how.add_argument("--max-seconds", type=float, metavar="F", help="stop after this time")
    how.add_argument("--watch-layers", action="store_true", default=None, help="weights, gradients, units over time")
    where = parser.add_argument_group("where")
    where.add_argument("--out", type=Path, metavar="DIR", help="run folder (default runs/DATA-MODEL-RULE-seedN)")
    where.add_argument("--resume", action="store_true", help="go on from the folder's checkpoint, bit for bit")
    where.add_argument("--overwrite", action="store_true", help="replace the run that --out holds")
    where.add_argument("--progress", choices=("auto", "bar", "line", "lines", "none"), default="auto")
    where.add_argument("--no-pictures", action="store_true", help="leave the pictures out")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Train as `args` say and return 0, or 1 where a target was set and missed."""
    if args.resume and args.out and not args.config:
        args.config = args.out / "config.toml"
        if not args.config.exists():
            raise ValueError(f"--resume: {args.out} holds no run; leave --resume out to start one")
    settings = gather(args)
    use_threads(settings.threads)
    from .experiment import data_and_model, run_folder, training  # NumPy is loaded here, after the thread count is set

    shown = contextlib.redirect_stdout(sys.stderr) if args.json else contextlib.nullcontext()
    with shown, run_folder.held(settings, args.out, args.resume, args.overwrite) as folder:
        data = data_and_model.load_data(settings)
        solver = training.make_solver(settings, data, folder, args)
        say(args, *training.headlines(settings, data, solver))
        begin = time.process_time()
        try:
            solver.train()
        except KeyboardInterrupt:
            command = f"layergraph train --out {shlex.quote(str(folder))} --resume"
            say(args, f"interrupted at step {solver.step}; go on with: {command}")
            return 130
        cpu = None if args.resume else time.process_time() - begin  # of a resumed run it would be a part
        result = training.finish(settings, data, folder, solver, pictures=not args.no_pictures, cpu_seconds=cpu)
    _report(args, settings, folder, result)
    return 1 if settings.target is not None and result["target_reached"] is False else 0


def _report(args: argparse.Namespace, settings: TrainSettings, folder: Path, result: dict[str, Any]) -> None:
    if args.json:
        print(dump(result))
        return
    measure = result["measure"]
    best, last, chosen = (result[key.format(measure)] for key in ("best_val_{}", "test_{}", "test_{}_best"))
    held_out = "" if chosen is None else f", {chosen:.4f} (best on validation)"
    when = f"step {result['step']} (epoch {result['epoch']:.3g}, {result['seconds']:.1f} s)"
    say(
        args,
        f"stopped: {result['stopped']} at {when}" + ("" if best is None else f"   best val {best:.4f}"),
        f"test    {readable(measure)} {last:.4f} (last step){held_out}",
        f"saved   {folder}/run.npz, history, result; again: layergraph train {folder}/config.toml",
        *([f"pictures: {', '.join(str(path) for path in result['pictures'])}"] if result["pictures"] else []),
        *reference_lines(settings, result),
    )


def reference_lines(settings: TrainSettings, result: dict[str, Any]) -> list[str]:
    """The published figure of a recipe beside our own."""
    reference = settings.reference
    if not reference:
        return []
    published = f"published {reference.get('text', 'no figure')}"
    lines = [f"{published}   ({reference['source']})" if "source" in reference else published]
    return [*lines, f"here      {result_summary.sentence(result)}"]
