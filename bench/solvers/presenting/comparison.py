"""Two folders side by side: the sentence, the text and the plain values of what `reading.two_folders` has found."""

import math
from collections.abc import Sequence
from typing import Any

from ..reading.load import load_of
from ..reading.results import SweepResults
from ..reading.sameness import Difference, differences
from ..reading.two_folders import Compared, Pair
from ..statistics.medians import FEWEST, SIGNIFICANT
from ..storage.record import rounded
from .number_texts import count, counted, interval, percent, setting, versus
from .tables import padded

Two = tuple[SweepResults, SweepResults]


def sentence(found: Compared, two: Two) -> str:
    """What the comparison of one problem says, and no more than it carries."""
    pairs = found.pairs
    if not pairs:
        return "No solver has reporting runs in both."
    runs = sum(pair.paired for pair in pairs)
    if runs and all(pair.same.equal == pair.paired for pair in pairs):
        equal = f"Equal: all {runs} runs that both have are the same to the last digit kept, times aside."
        return equal + _pace(pairs, two)
    if all(math.isnan(pair.p) for pair in pairs):
        return f"Too few to compare: it takes {FEWEST} seeds that both have (of several studies {FEWEST} studies)."
    metric = two[0].metric
    told = _direction(pairs, f"fewer {metric}", f"more {metric}", "p", "ratio")
    level = [pair.solver for pair in pairs if not pair.p <= SIGNIFICANT]
    told += [f"not distinguishable: {', '.join(level)}"] if level and told else []
    text = f"{'; '.join(told)}." if told else f"Not distinguishable in {metric} to the target: {', '.join(level)}."
    once = all(one.manifest.studies == 1 for one in two) and any(pair.retuned for pair in pairs)
    text = f"For these two tuning draws: {text[0].lower() if not told else text[0]}{text[1:]}" if once else text
    return f"{text}{_pace(pairs, two)}"


def _direction(pairs: Sequence[Pair], less: str, more: str, p: str, ratio: str) -> list[str]:
    """B takes less with these, more with those."""
    said = list[str]()
    for word, below in ((less, True), (more, False)):
        named = [
            f"{pair.solver} ({versus(getattr(pair, ratio))}, p {getattr(pair, p):.2g})"
            for pair in pairs
            if getattr(pair, p) <= SIGNIFICANT and (getattr(pair, ratio).ratio < 1) == below
        ]
        said += [f"{'B takes ' if not said else ''}{word} with {', '.join(named)}"] if named else []
    return said


def _pace(pairs: Sequence[Pair], two: Two) -> str:
    """About seconds a step, where the machines were quiet."""
    if any(_busy(one) for one in two) or all(math.isnan(pair.pace_p) for pair in pairs):
        return ""
    told = _direction(pairs, "less time a step", "more time a step", "pace_p", "pace")
    return f" {'; '.join(told)}." if told else " In seconds a step the two are not distinguishable."


def _busy(results: SweepResults) -> str:
    load = load_of(results.all)
    return load.words if load.busy else ""


def comparison_text(found: Sequence[Compared], two: Two) -> str:
    """For a terminal."""
    a, b = two
    lines = padded([["A", str(a.folder)], ["B", str(b.folder)]])
    told = differences(a, b)
    if told:
        lines += ["they differ in", *padded([["  what", "A", "B"], *map(_difference, told)])]
    else:
        lines.append("they do not differ in plan, search spaces, machine and versions")
    for one in found:
        lines += ["", *_problem_text(one, two)]
    lines += [f"! {text}" for text in warnings(found, two)]
    return "\n".join(lines)


def _difference(one: Difference) -> list[str]:
    return [f"  {one[0]}", *one[1:]]


def _problem_text(one: Compared, two: Two) -> list[str]:
    problem, metric = one.problem, two[0].metric
    goal = percent(problem.target["value"]) if problem.counts_rows else f"{problem.target['value']:g}"
    head = [f"problem {problem.name} (id {problem.id[:8]})", f"target {problem.measured} <= {goal}"]
    sides = [text for side in "AB" for text in (f"{side}: {metric} [95 %]", "hit")]
    columns = ["solver", *sides, "B / A [95 %]", "p (Holm)", "seconds a step, B / A [95 %]", "p (Holm)", "compared"]
    rows = [_texts(pair) for pair in one.pairs]
    lines = ["   ".join(head), *(padded([columns, *rows]) if rows else []), sentence(one, two)]
    tuned = [_settings(pair) for pair in one.pairs if pair.retuned]
    lines += ["settings that differ:", *padded([["  solver", "A", "B"], *tuned])] if tuned else []
    return lines


def _texts(pair: Pair) -> list[str]:
    sides = [text for side in (pair.a, pair.b) for text in (interval(side.times, count), f"{side.hits}/{side.seeds}")]
    return [pair.solver, *sides, versus(pair.ratio), _p(pair.p), versus(pair.pace), _p(pair.pace_p), basis(pair)]


def _p(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2g}"


def basis(pair: Pair) -> str:
    """What the test of a pair is over, in words."""
    if pair.paired:
        return f"{f'{pair.studies} studies, ' if pair.studies else ''}{counted(pair.paired, 'seed')}, paired"
    if pair.studies:
        return f"{pair.a.studies} and {pair.b.studies} studies, unpaired"
    return f"{pair.a.seeds} and {pair.b.seeds} seeds, unpaired"


def _settings(pair: Pair) -> list[str]:
    """Only those that differ, of the median study."""
    a, b = pair.a.settings, pair.b.settings
    names = [name for name in {**a, **b} if a.get(name) != b.get(name)]
    texts = [", ".join(f"{name} {setting(one[name])}" for name in names if name in one) for one in (a, b)]
    return [f"  {pair.solver}", *(text or "- (in other studies)" for text in texts)]


def warnings(found: Sequence[Compared], two: Two) -> list[str]:
    """What a careful reader would ask: who is missing, which seeds are compared, how busy the machines were."""
    said = []
    for one in found:
        for where, names in (("A", one.only_a), ("B", one.only_b)):
            said += [f"{one.problem.name}: only in {where}: {', '.join(names)}"] if names else []
        apart = [pair.solver for pair in one.pairs if not pair.paired]
        if apart:
            said.append(
                f"{one.problem.name}: {', '.join(apart)}: no seed is in both folders, so the times are compared"
                " as two samples (rank-sum test), which sees less than pairs"
            )
        part = [pair.solver for pair in one.pairs if 0 < pair.paired < max(pair.a.seeds, pair.b.seeds)]
        if part:
            said.append(f"{one.problem.name}: {', '.join(part)}: only the seeds that both have are compared")
    said += [f"only in {where}: problem {name}" for where, name in _alone(found, two)]
    for where, results in zip("AB", two, strict=True):
        said += [f"{where}: {results.missing} planned runs are missing"] if results.missing else []
        said += [f"{where}: {_busy(results)}: read steps, not seconds"] if _busy(results) else []
    return said


def _alone(found: Sequence[Compared], two: Two) -> list[tuple[str, str]]:
    shared = {one.problem.name for one in found}
    return [(where, p.name) for where, one in zip("AB", two, strict=True) for p in one.problems if p.name not in shared]


def comparison_values(found: Sequence[Compared], two: Two) -> dict[str, Any]:
    """As plain values; a miss, infinity, is null."""
    return dict(rounded({
        "a": str(two[0].folder), "b": str(two[1].folder), "metric": two[0].metric,
        "differences": [dict(zip(("what", "a", "b"), one, strict=True)) for one in differences(*two)],
        "problems": {one.problem.name: _problem_values(one, two) for one in found},
        "warnings": warnings(found, two),
    }))  # fmt: skip


def _problem_values(one: Compared, two: Two) -> dict[str, Any]:
    rows = [_pair_values(pair) for pair in one.pairs]
    return {"id": one.problem.id, "target": one.problem.target, "finding": sentence(one, two), "rows": rows,
            "only_a": one.only_a, "only_b": one.only_b}  # fmt: skip


def _pair_values(pair: Pair) -> dict[str, Any]:
    plain = {name: value._asdict() if hasattr(value, "_asdict") else value for name, value in pair._asdict().items()}
    for side in ("a", "b"):
        plain[side] = {**plain[side], "times": getattr(pair, side).times._asdict()}
    return {**plain, "distinguishable": None if math.isnan(pair.p) else pair.p <= SIGNIFICANT}
