"""The protocol in words, generated from the manifest, so that the page cannot say anything but what was done."""

import shlex
from collections.abc import Mapping
from typing import Any

from base.user_code import is_reference

from ..planning.halving import ETA, RUNGS
from ..planning.manifest import Manifest
from ..planning.problem import CONV, Problem, known_problems, load_problem
from ..planning.seeds import PURPOSES
from ..planning.spaces import Range, Space, is_bare, known_solvers, load_space
from .number_texts import counted

_SAMPLINGS = {
    "with_replacement": "random masks with replacement",
    "without_replacement": "random masks without replacement",
    "epoch": "shuffled epochs",
}
_SCALES = {"log": "log-uniform", "linear": "uniform", "one_minus_log": "1 minus log-uniform"}


def problem_words(problem: Problem) -> str:
    """Some sentences on data, model, training and target."""
    m, t = problem.model, problem.training
    conv = m.get("name", "").startswith(CONV)
    net = (
        f"a net with {_layers(m)}, {m['loss']} loss{_extras(problem)}, {_init(m['init'])}"
        if "name" not in m or conv
        else f"the author's own net {m['name']}{_extras(problem)}"
    )
    return (
        f"{problem.data['name']} with {problem.data['val']:,} training images held out for validation; {net},"
        f" {m['dtype']}. Batches of {t['batch']} ({_SAMPLINGS[t['sampling']]}) for {t['epochs']} epochs at a constant"
        f" learning rate (unless a search space draws a schedule), evaluated {t['evaluations_per_epoch']} times per"
        f" epoch. {_target(problem)}"
    )


def _layers(m: Mapping[str, Any]) -> str:
    hidden, activation = m["hidden"], m["activation"]
    if "name" in m:
        return f"the layers {m['name'].removeprefix(CONV)} (filters x window) and {activation} between them"
    if not hidden:
        return "no hidden layer"
    if len(hidden) == 1:
        return f"one hidden layer of {hidden[0]} {activation} units"
    return f"hidden layers of {', '.join(map(str, hidden))} {activation} units"


def _init(name: str) -> str:
    kind, _, deviation = name.partition(":")
    if kind == "truncated":
        return f"weights from a normal distribution of deviation {deviation}, cut at two deviations"
    return f"{kind.capitalize()} initialisation" if kind in ("he", "xavier") else f"initialisation {name}"


def _extras(problem: Problem) -> str:
    m = problem.model
    kept = f"dropout that keeps {m['keep_input']:g} of the inputs and {m['keep_hidden']:g} of the hidden units"
    parts = [f"an L2 penalty of {m['reg']:g}"] if m["reg"] > 0 else []
    parts += [kept] if m["keep_input"] < 1 or m["keep_hidden"] < 1 else []
    return f", {' and '.join(parts)}" if parts else ""


def _target(problem: Problem) -> str:
    target = problem.target
    source = f" ({target['source']})" if target["source"] else ""
    if target["measure"] == "val_error":
        article = "a " if problem.counts_rows else ""
        return f"Target: {article}{problem.measured} of {target['value']:g}{source}."
    known = f"its optimum, {target['optimum']:.6g}, which is known"
    return f"Target: a training objective within {target['value']:g} of {known}{source}."


def protocol(manifest: Manifest) -> list[str]:
    """The protocol, one paragraph a step."""
    m = manifest
    steps = [
        f"Tuning. Every solver gets {m.trials} trials (or as many as its space wants), the first points of a Halton"
        f" sequence scrambled with root seed {m.root}; solvers share the points of the settings that stand at the same"
        f" place of their lists. Each trial is run with {counted(m.tuning_seeds, 'seed')}"
        f"{'' if m.prune else ' over the whole budget'}.",
        "Choice. The trial that meets the target on the validation data in the fewest steps (by the median over tuning"
        " seeds); where none does, the one with the smallest best measure.",
        f"Report. The chosen settings are run again with {counted(m.seeds, 'fresh seed')}. Seeds to"
        f" {', '.join(PURPOSES[:-1])}, and for the {PURPOSES[-1]}, are disjoint. Initial weights and batches depend on"
        " root seed, problem and repetition, never on the solver: differences are paired. The test set is touched once"
        " per run, at the checkpoint that is best on validation.",
        "Measure. Steps to the target, at the resolution of the evaluations; a miss is infinite; a run that diverges is"
        " counted and keeps the error of its untrained net. Seconds are of training alone; the number of BLAS threads"
        " is given with the machine.",
        "Intervals. Medians come with an interval of 95 % between order statistics, interpolated; ratios of the times"
        " to the target, over paired seeds, with what Wilcoxon's signed-rank test does not reject, a miss ranking"
        " largest; p is that test's, under Holm's correction. With fewer than six seeds nothing is ranked.",
    ]
    if m.prune:
        rungs = " and ".join(", ".join(f"{100 * share:g} %" for share in RUNGS).rsplit(", ", 1))
        steps.insert(
            1,
            f"Pruning. Tuning trials are pruned by successive halving (Jamieson and Talwalkar, 2016): at {rungs} of the"
            f" budget one of {ETA} of a solver's trials goes on (rounded up), in the order of the choice below, by what"
            " it has reached until then; it begins anew, with the same seed and so with the same rows. The choice is"
            " among those that had the whole budget. Reporting runs are never pruned.",
        )
    if m.studies > 1:
        steps.insert(
            0,
            f"Studies. Everything that follows is done {m.studies} times, each time with trials, tuning seeds and"
            " reporting seeds of its own. The figures are medians over the studies of the medians over their seeds, the"
            " intervals are over the studies.",
        )
    if m.untuned:
        told = ", ".join(f"{space.solver} on {name}" for name, space in m.untuned.items())
        steps.append(
            f"Untuned. The reference of the target is run beside the others with the settings of the problem's file and"
            f" the same reporting seeds ({told}): it shows what tuning was worth."
        )
    if m.engine is not None:
        steps.append(
            "Engine. Steps are taken by the compiled engine, for rules that have a form for one number; by NumPy for"
            " others. Batches and noise are the same, numbers agree to rounding."
        )
    return steps + _full_batch(manifest)


def _full_batch(manifest: Manifest) -> list[str]:
    names = [space.solver for space in manifest.spaces if space.method]
    if not names:
        return []
    passes = ", ".join(f"{one.training['full_batch_passes']} on {one.name}" for one in manifest.problems)
    return [
        f"Full batch. {', '.join(names)} runs in float64 over all training data; one pass counts as an epoch's number"
        f" of steps, so that a step always means the same number of examples. Its budget in passes: {passes}."
    ]


def space_words(space: Space) -> str:
    """One line: the rule and its ranges."""
    ranges = "; ".join(f"{name} {_range(one)}" for name, one in space.ranges.items())
    what = f"rule {space.rule}" if space.rule else f"SciPy's {space.method}"
    what += f" (SHA-256 of its source {space.code})" if space.code else ""
    return f"{what}: {ranges}" + (f"; at most {space.trials} trials" if space.trials else "")


def _range(one: Range) -> str:
    if one.choices:
        return f"one of {', '.join(map(str, one.choices))}"
    return f"{_SCALES[one.scale]} in {one.low:g} to {one.high:g}"


def commands(manifest: Manifest, folder: str = "runs/bench") -> list[str]:
    """The commands that repeat the sweep and make this page; what does not come with the package is a .toml."""
    own_problems = [one.name for one in manifest.problems if not _comes_along(one)]
    own_solvers = [one.solver for one in manifest.spaces if not _comes_along(one)]
    names = " ".join(shlex.quote(one.name + ".toml" * (one.name in own_problems)) for one in manifest.problems)
    bare = {one.solver: str(one.rule) for one in manifest.spaces if is_bare(one)}
    own_solvers = [name for name in own_solvers if name not in bare]
    named = {**{name: f"{name}.toml" for name in own_solvers}, **bare}
    solvers = shlex.quote(",".join(named.get(one.solver, one.solver) for one in manifest.spaces))
    prune = " --prune" if manifest.prune else ""
    untuned = " --untuned" if manifest.untuned else " --no-untuned"
    run = (
        f"layergraph bench run {names} --solvers {solvers} --trials {manifest.trials} --seeds {manifest.seeds}"
        f" --tuning-seeds {manifest.tuning_seeds} --studies {manifest.studies}{untuned}{prune} --seed {manifest.root}"
        f" --engine {manifest.engine or 'numpy'} --out {folder}"
    )
    files = [f"{name}.toml" for name in [*own_problems, *own_solvers]]
    code = {label for one in manifest.problems for label in one.code if is_reference(label)}
    code |= {str(one.rule) for one in manifest.spaces if one.code and is_reference(one.rule)}
    own, sources = ", ".join(files), ", ".join(sorted({label.rpartition(":")[0] for label in code}))
    note = [f"# {own}: of the author's own; what they hold is in {folder}/manifest.json"] if own else []
    note += [f"# {sources}: code of the author's own, known here by the SHA-256 of its source"] if sources else []
    return [*note, run, f"layergraph bench table {folder}", f"layergraph bench report {folder} --out report.html"]


def _comes_along(one: Problem | Space) -> bool:
    """Whether the package holds this very problem or search space."""
    if isinstance(one, Problem):
        ours = load_problem(one.name) if one.name in known_problems() else None
        return ours is not None and ours.has_target and ours.setup == one.setup
    return one.solver in known_solvers() and load_space(one.solver) == one
