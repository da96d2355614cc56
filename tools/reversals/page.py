"""Fills docs/reversals.md from results/reversals: the tables and the pictures of the experiment.

python tools/reversals/page.py
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from analysis import Problem, findings, first_places, other_winner, read, signs, winners
from collect import OUT
from controls import MARGINS, by_margin, by_test, decided_by_steps, same_settings, winner_misses
from design import DESIGNS, ONE_SEED, TARGETS
from marked_page import fill
from pictures import draw
from rates import MOST, agreement, alike, needed, reversal

from bench.solvers.planning.problem import load_problem

PAGE = Path(__file__).resolve().parents[2] / "docs" / "reversals.md"
BEGIN, END = "<!-- reversals: begin (made by `make reversals`) -->", "<!-- reversals: end -->"
SEEDS = (1, 2, 3, 5, 10)


def main() -> None:
    """Fill the page."""
    problems = [read(OUT / f"{name}.jsonl") for name in DESIGNS if (OUT / f"{name}.jsonl").exists()]
    problems = [one for one in problems if len(one.studies) > 1]
    parts = [summary(problems), differences(problems), single_studies(problems)]
    for problem in problems:
        parts.append(f"### {problem.name}")
        for target in TARGETS:
            said = [won(problem, target), pairs(problem, target), trials(problem, target)]
            said += [seeds(problem, target), tuning_seeds(problem, target)]
            parts += [f"**{words(problem, target)}.** {said[0]}", *filter(None, said[1:])]
    fill(PAGE, BEGIN, END, "\n\n".join([*parts, *draw(problems, PAGE.parent / "figures")]))


def words(one: Problem, target: str) -> str:
    """What is to be reached."""
    value = one.design.easier if target == "easier" else load_problem(one.name).target["value"]
    return f"{'Easier target' if target == 'easier' else 'Target'} {100 * value:g} %"


def table(head: list[str], rows: list[list[str]]) -> str:
    """Markdown."""
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *rows])


def percent(value: float) -> str:
    """Of a share."""
    return "-" if np.isnan(value) else f"{100 * value:.0f} %"


def summary(problems: list[Problem]) -> str:
    """One row a problem, at the full amounts."""
    rows = []
    for one, target, runs in _full(problems):
        d = one.design
        found = [reversal(order) for order in signs(runs, d.seeds).values()]
        shares = [each.share for each in found]
        half = [reversal(order).share for order in signs(runs, d.seeds // 2).values()]
        rows.append([
            one.name, words(one, target), f"{len(one.studies)} of {d.studies}",
            percent(float(np.median(shares))), percent(max(shares)),
            f"{sum(share > 0.05 for share in shares)} ({sum(each.low > 0.05 for each in found)})",
            percent(other_winner(winners(runs, d.seeds))),
            percent(float(np.median(half))), percent(float(np.median(same_settings(runs, d.seeds)))),
            percent(float(np.median(by_test(runs, d.seeds)))),
        ])  # fmt: skip
    head = [
        "problem", "to reach", "studies", "reversal, median of the pairs", "most",
        "pairs of 15 above 5 % (their whole interval)", "another winner", "another study, half the seeds",
        "same settings, other half", "by test error",
    ]  # fmt: skip
    return "At the full numbers of trials and seeds:\n\n" + table(head, rows)


def differences(problems: list[Problem]) -> str:
    """How large the differences are that reverse."""
    rows = []
    for one, target, runs in _full(problems):
        margins = by_margin(runs, one.design.seeds)
        cells = [f"{percent(float(np.median(each)))}, {percent(max(each))}" for each in margins.values()]
        missed = f"{winner_misses(runs, one.design.seeds)} of {len(runs)}"
        rows.append([one.name, words(one, target), percent(decided_by_steps(runs, one.design.seeds)), missed, *cells])
    head = ["problem", "to reach", "orders decided by steps", "studies whose winner misses in the median"]
    head += [f"reversed by a factor > {margin} each way: median, most" for margin in MARGINS]
    title = "How large the differences are (orders that steps do not decide go by the error at the end):"
    return f"{title}\n\n{table(head, rows)}"


def single_studies(problems: list[Problem]) -> str:
    """What the tests of single studies say, and others say to it."""
    rows = []
    for one, target, runs in _full(problems):
        said = findings(runs)
        rows.append([one.name, words(one, target), f"{100 * said.made:.1f} %", f"{100 * said.chance:.1f} %",
                     f"{said.opposed} of {said.both}", percent(said.not_repeated)])  # fmt: skip
    head = ["problem", "to reach", "p <= 0.05 in one study", "the same by chance",
            "of two studies that find one: opposite", "another study does not find it"]  # fmt: skip
    title = "Single studies, every pair tested by itself at 5 % (chance: each seed's two results change sides by lot):"
    return f"{title}\n\n{table(head, rows)}"


def _full(problems: list[Problem]) -> Iterator[tuple[Problem, str, list]]:
    for one in problems:
        for target in TARGETS:
            yield one, target, one.all_runs(one.design.trials, one.design.tuning_seeds, target)


def won(one: Problem, target: str) -> str:
    """Who came first how often."""
    d = one.design
    names = winners(one.all_runs(d.trials, d.tuning_seeds, target), d.seeds)
    listed = ", ".join(f"{name} {count:.3g}" for name, count in first_places(names).items())
    tied = sum(len(each) > 1 for each in names)
    low, high = map(percent, alike(len(one.studies)))
    return (
        f"First places in {len(one.studies)} studies of {d.trials} trials: {listed} ({tied} studies tie, and are "
        f"shared). If all six solvers were equal, two sets would name one winner in {low} to {high} (95 %)."
    )


def pairs(one: Problem, target: str) -> str:
    """The pairs of solvers at the full amounts."""
    d = one.design
    rows = []
    for (a, b), order in signs(one.all_runs(d.trials, d.tuning_seeds, target), d.seeds).items():
        found = reversal(order)
        first, second, up, down = (a, b, found.ahead, found.behind)
        if down > up:
            first, second, up, down = second, first, down, up
        m = needed(up, down, len(order))
        said = "-" if not found.settled else f"over {MOST}" if m is None else str(m)
        rows.append((-found.share, [
            first, second, f"{up} : {down}", f"{percent(found.share)} [{percent(found.low)}, {percent(found.high)}]",
            said,
        ]))  # fmt: skip
    head = ["ahead more often", "than", "studies", "reversal [95 %]", "studies needed"]
    return table(head, [row for _, row in sorted(rows, key=lambda each: each[0])])


def trials(one: Problem, target: str) -> str:
    """Against the number of trials."""
    d = one.design
    rows = []
    for k in (k for k in (1, 2, 3, 5, 10, 15, 20) if k in d.budgets):
        runs = one.all_runs(k, d.tuning_seeds, target)
        rows.append([str(k), *_figures(runs, d.seeds)])
    head = ["trials", "reversal, median", "most", "another winner", "one winner of two sets", "pairs alike"]
    return table(head, rows)


def seeds(one: Problem, target: str) -> str:
    """Against the number of fresh seeds."""
    d = one.design
    runs = one.all_runs(d.trials, d.tuning_seeds, target)
    rows = [[str(r), *_figures(runs, r)] for r in sorted({r for r in SEEDS if r <= d.seeds} | {d.seeds})]
    head = ["fresh seeds", "reversal, median", "most", "another winner", "one winner of two sets", "pairs alike"]
    return table(head, rows)


def tuning_seeds(one: Problem, target: str) -> str:
    """Trials judged by one seed, and by all; empty where there is one."""
    d = one.design
    if d.tuning_seeds == 1:
        return ""
    rows = [
        [str(k), str(tuned), *_figures(one.all_runs(k, tuned, target), d.seeds)]
        for k in ONE_SEED
        for tuned in (1, d.tuning_seeds)
    ]
    head = ["trials", "tuning seeds", "reversal, median", "most", "another winner", "one winner of two sets",
            "pairs alike"]  # fmt: skip
    return table(head, rows)


def _figures(runs: list, r: int) -> list[str]:
    order = signs(runs, r)
    shares = [reversal(each).share for each in order.values()]
    halves = agreement(order)[-1]
    return [percent(float(np.median(shares))), percent(max(shares)), percent(other_winner(winners(runs, r))),
            f"{percent(halves.winner)} (of {halves.studies})", percent(halves.pairs)]  # fmt: skip


if __name__ == "__main__":
    main()
