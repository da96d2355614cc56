"""The protocol in words, generated from the manifest, so that the page cannot say anything but what was done."""

from ..manifest import Manifest
from ..problem import Problem
from ..seeds import PURPOSES
from ..spaces import Range, Space


def problem_words(problem: Problem) -> str:
    """Two or three sentences on data, model, training and target."""
    m, t = problem.model, problem.training
    layers = f"{len(m['hidden'])} hidden layers of {', '.join(map(str, m['hidden']))}" if len(m["hidden"]) > 1 else (
        f"one hidden layer of {m['hidden'][0]}" if m["hidden"] else "no hidden layer"
    )  # fmt: skip
    units = f" {m['activation']} units" if m["hidden"] else ""
    extras = [f"an L2 penalty of {m['reg']:g}"] * (m["reg"] > 0)
    extras += [f"dropout that keeps {m['keep_input']:g} of the inputs and {m['keep_hidden']:g} of the hidden units"] * (
        m["keep_hidden"] < 1 or m["keep_input"] < 1
    )
    add = f", {' and '.join(extras)}" if extras else ""
    sampling = {"with_replacement": "random masks with replacement", "epoch": "shuffled epochs"}.get(
        t["sampling"], "random masks without replacement"
    )
    return (
        f"{problem.data['name']} with {problem.data['val']:,} training images held out for validation; a net with {layers}"
        f"{units}, {m['loss']} loss{add}, {m['init']} initialisation, {m['dtype']}. Batches of {t['batch']} ({sampling}) for"
        f" {t['epochs']} epochs at a constant learning rate, evaluated {t['evaluations_per_epoch']} times per epoch."
        f" {_target(problem)}"
    )


def _target(problem: Problem) -> str:
    target = problem.target
    what = (
        "a validation error of" if target["measure"] == "val_error"
        else f"a training objective within (its optimum, {target['optimum']:.6g}, is known) "
    )  # fmt: skip
    source = f" ({target['source']})" if target["source"] else ""
    return f"Target: {what} {target['value']:g}{source}."


def protocol(manifest: Manifest) -> list[str]:
    """The protocol, one paragraph a step."""
    m = manifest
    full = [space.solver for space in m.spaces if space.method]
    passes = ", ".join(f"{one.training['full_batch_passes']} on {one.name}" for one in m.problems)
    steps = [
        f"Tuning. Every solver gets {m.trials} trials (or as many as its space wants), the first points of a Halton sequence"
        f" scrambled with root seed {m.root}; settings of the same place in the list share their points between solvers."
        f" Each trial is run with {m.tuning_seeds} seed{'s' * (m.tuning_seeds > 1)} over the whole budget.",
        "Choice. The trial that meets the target on the validation data in the fewest steps (by the median over tuning"
        " seeds); where none does, the one with the smallest best measure.",
        f"Report. The chosen settings are run again with {m.seeds} fresh seeds. Seeds for {', '.join(PURPOSES[:-1])} and for"
        f" the {PURPOSES[-1]} are disjoint. Initial weights and batches depend on root seed, problem and repetition, never"
        " on the solver: differences are paired. The test set is touched once per run, at the checkpoint that is best on"
        " validation.",
        "Measure. Steps to the target, at the resolution of the evaluations; a miss is infinite, a run that diverges is"
        " counted and keeps the error of its untrained net. Seconds are of training alone, with one BLAS thread.",
        "Intervals. Medians come with the interval between two order statistics that covers them with at least 95 %; ratios"
        " of final measures with the BCa bootstrap over paired seeds, their tests are Wilcoxon's signed-rank test, exact,"
        " under Holm's correction. With fewer than six seeds nothing is ranked.",
    ]
    if full:
        steps.append(
            f"Full batch. {', '.join(full)} runs in float64 over all training data; one pass counts as an epoch's number of"
            f" steps, so that a step always means the same number of examples. Its budget in passes: {passes}."
        )
    return steps


def space_words(space: Space) -> str:
    """One line: the rule and its ranges."""
    ranges = "; ".join(f"{name} {_range(one)}" for name, one in space.ranges.items())
    what = f"rule {space.rule}" if space.rule else f"SciPy's {space.method}"
    return f"{what}: {ranges}" + (f"; at most {space.trials} trials" if space.trials else "")


def _range(one: Range) -> str:
    kind = {"log": "log-uniform", "linear": "uniform", "one_minus_log": "1 minus log-uniform"}[one.scale]
    return f"{kind} in {one.low:g} to {one.high:g}"


def commands(manifest: Manifest, folder: str) -> list[str]:
    """The commands that repeat the sweep and make this page."""
    names = " ".join(problem.name for problem in manifest.problems)
    solvers = ",".join(space.solver for space in manifest.spaces)
    run = (
        f"layergraph bench run {names} --solvers {solvers} --trials {manifest.trials} --seeds {manifest.seeds}"
        f" --tuning-seeds {manifest.tuning_seeds} --seed {manifest.root} --out {folder}"
    )
    return [run, f"layergraph bench table {folder}", f"layergraph bench report {folder} --out report.html"]
