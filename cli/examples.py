"""Examples below the help of every command: whole lines that can be pasted, each with what it is for."""

import argparse
from collections.abc import Iterator

RUN = "runs/digits/run.npz"
EXAMPLES: dict[str, tuple[tuple[str, str], ...]] = {
    "train": (
        ("layergraph train --data digits --model mlp:64 --epochs 20 --out runs/digits", "no download needed"),
        ("layergraph train --data mnist --rule adam --set learning_rate=0.001", "the run folder is named for you"),
        ("layergraph train --data table.csv --label species --standardise", "rows of your own"),
        ("layergraph train runs/digits/config.toml --seed 1", "the same settings, another seed"),
        ("layergraph train --out runs/digits --resume --epochs 40", "go on, bit for bit"),
    ),
    "predict": (
        (f"layergraph predict {RUN}", "ten rows of the test set"),
        (f"layergraph predict {RUN} my_digit.png --show", "a picture, and what the net saw of it"),
    ),
    "eval": (
        (f"layergraph eval {RUN} --weights best", "on all parts of the run's data"),
        (f"layergraph eval {RUN} --data more_rows.npz --json", "on other data, for a program"),
    ),
    "show": (
        (f"layergraph show {RUN}", "layers, shapes, rule"),
        (f"layergraph show {RUN} --plot net.svg", "the graph as a picture"),
        (f"layergraph show {RUN} --diff runs/other/run.npz", "in what two runs differ"),
    ),
    "demo": (
        ("layergraph demo", "trains a small net first"),
        (f"layergraph demo {RUN} --port 0 --open", "any free port, in the browser"),
    ),
    "export": (
        (f"layergraph export {RUN} --to onnx --raw", "takes pixels as stored"),
        (f"layergraph export {RUN} --out net.safetensors --weights best", "for torch and others"),
        (f"layergraph export {RUN} --to html", "a page to draw on"),
    ),
    "import": (("layergraph import net.safetensors --out again.npz", "a run again, for predict, eval, show"),),
    "completion": (
        ("layergraph completion bash > ~/.local/share/bash-completion/completions/layergraph", "from the next shell"),
        ("layergraph completion zsh > ~/.zfunc/_layergraph", "zsh; ~/.zfunc must be in fpath"),
        ("layergraph completion fish > ~/.config/fish/completions/layergraph.fish", "fish"),
    ),
    "gradcheck": (
        ("layergraph gradcheck relu softmax_loss", "two layers of ours"),
        ("layergraph gradcheck my_layers.py", "everything in a file of yours"),
        ("layergraph gradcheck my_layers.py:my_forward,my_backward --html report.html", "one pair, as a page"),
        ("layergraph gradcheck --grade submissions --against reference.py", "points for a class"),
    ),
    "data list": (("layergraph data list", "what there is, and where it was found"),),
    "data get": (
        ("layergraph data get mnist", "from where its makers serve it"),
        ("layergraph data get kmnist --from ~/Downloads", "from files that are here"),
    ),
    "data verify": (("layergraph data verify ~/.cache/layergraph", "to the last bit"),),
    "data info": (("layergraph data info table.csv --label species", "columns, classes, statistics"),),
    "bench run": (
        ("layergraph bench run digits-softmax --solvers sgd,adam --budget quick --out runs/bench", "some minutes"),
        ("layergraph bench run digits-mlp32 --solvers adam,my_rule.py:signum", "with a rule of yours"),
        ("layergraph bench run digits-mlp32 --prune --out runs/pruned", "half of the steps of tuning"),
    ),
    "bench table": (
        ("layergraph bench table runs/bench --format md", "for a README"),
        ("layergraph bench table runs/bench --ert", "and what runs cost that are started again until one succeeds"),
    ),
    "bench plot": (("layergraph bench plot runs/bench --format png", "all plots"),),
    "bench report": (("layergraph bench report runs/bench --out report.html", "one page"),),
    "bench export": (
        ("layergraph bench export runs/bench --format csv --out runs.csv", "the rows behind it"),
        ("layergraph bench export runs/bench --out benchopt.parquet", "for benchopt publish"),
        ("layergraph bench export runs/bench --format coco --out coco", "then: python -m cocopp coco/adam coco/sgd"),
    ),
    "bench watch": (
        ("layergraph bench watch runs/bench", "in another terminal, while bench run works"),
        ("layergraph bench watch runs/bench --once now.html", "the page as it is now, as a file"),
    ),
    "bench merge": (("layergraph bench merge from-a from-b --out merged", "runs of two machines in one folder"),),
    "bench compare": (("layergraph bench compare runs/before runs/after", "what a change has done"),),
    "bench target": (
        ("layergraph bench target my_problem.toml --seeds 5", "a target for a problem of yours"),
        ("layergraph bench target fashion-mlp100 --jobs 2", "of one that comes without, into a copy here"),
    ),
    "bench speed": (("layergraph bench speed --rounds 7 --seconds 0.1", "a training step against its products"),),
    "recipes list": (("layergraph recipes list", "each with its published figure"),),
    "recipes run": (("layergraph recipes run --smoke", "all of them, only to see them run"),),
    "recipes table": (("layergraph recipes table --no-figures", "docs/results.md from the result files"),),
}


def add_examples(parser: argparse.ArgumentParser) -> None:
    """Put the examples of every command below its help."""
    for command, leaf in leaves(parser):
        rows = EXAMPLES.get(command, ())
        if rows:
            leaf.epilog = "examples:\n" + "\n".join(f"  {line}\n      {why}" for line, why in rows)


Named = tuple[str, argparse.ArgumentParser]


def leaves(parser: argparse.ArgumentParser, path: tuple[str, ...] = ()) -> Iterator[Named]:
    """(words after `layergraph`, parser) of every command that has no subcommands."""
    inner = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]
    if not inner:
        yield " ".join(path), parser
    for action in inner:
        for name, child in action.choices.items():
            yield from leaves(child, (*path, name))
