"""`layergraph show`: what a trained net is made of, and its training step written out."""

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .flags_and_output import Subparsers, common_flags, say


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand."""
    parser = subparsers.add_parser(
        "show", parents=[common_flags()], help="what a trained net is made of",
        description="Print the layers, shapes and rule of a run; with --source its training step as plain Python, the"
        " text that the compiled engine compiles: gather, forwards, loss, backwards, update. --diff: settings,"
        " versions, parameters and history in which two runs differ; --plot: its nodes as SVG.",
    )  # fmt: skip
    parser.add_argument("run_file", type=Path, metavar="RUN.npz", help="checkpoint that `layergraph train` wrote")
    parser.add_argument("--source", action="store_true", help="the training step, written out")
    parser.add_argument("--diff", type=Path, metavar="OTHER.npz", help="what another run has otherwise; exit 1 if any")
    parser.add_argument("--plot", type=Path, metavar="FILE.svg", help="write the graph of its nodes as a picture")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print the table, or the step; ValueError names a layer or rule that has no scalar form."""
    from models import Graph, describe
    from solver import checkpoint

    from .experiment import data_and_model, trained_net

    if args.diff is not None:
        from .experiment import difference

        return difference.show(args, args.run_file, args.diff)
    net, saved = trained_net.load(args.run_file, "last"), checkpoint.read(args.run_file)
    graph = net.model if isinstance(net.model, Graph) else None
    if args.source and graph is None:
        raise ValueError(f"{net.settings.model} is a net of your own: only a graph's step can be written out")
    if args.plot and graph is None:
        raise ValueError(f"{net.settings.model} is a net of your own: only a graph's nodes can be drawn")
    if args.plot and graph is not None:
        graph.plot(args.plot)
        say(args, f"{args.plot}: the graph of its nodes")
        return 0
    if args.source:
        print(_source(net, saved.meta["settings"]), end="")
        return 0
    rule = ", ".join(f"{name}={value:g}" for name, value in saved.meta["rule"]["base"].items())
    print(describe(graph) if graph is not None else data_and_model.describe_model(net.model, net.settings))
    print(f"trained for {saved.meta['counters']['step']:,} steps with {net.settings.rule} ({rule})")
    return 0


def _source(net: Any, settings: Mapping[str, Any]) -> str:
    """The step under the run's rule and limits."""
    from solver import rules

    rule = rules.get(net.settings.rule)
    if rule.element is None:
        raise ValueError(f"update rule {rule.name!r} has no form for one number, from which a step is written")
    config = {**rule.settings, **net.settings.settings}
    names = ("clip_norm", "clip_value", "max_norm")
    limits = {name: settings[name] for name in names if settings.get(name) is not None}
    labels = net.settings.coding == "labels" and "labels" in net.model.loss_layer.targets
    source: str = net.model.step_source(rule.element(config), limits, labels=labels, average=bool(settings["average"]))
    return source
