"""Survivors and their reasons; the tables."""

import re
import tomllib
from collections import Counter
from dataclasses import dataclass

from by_hand import BY_HAND
from mutations import OPERATORS, Mutant
from trees import HERE

EARLIER = "These were planted in an earlier run than the sample."
KINDS = ("equivalent", "accepted")


@dataclass(frozen=True)
class Judged:
    """A mutant, what killed it ("" for a survivor), and why it may survive."""

    mutant: Mutant
    killer: str
    kind: str
    reason: str

    @property
    def survived(self) -> bool:
        """Whether all tests passed."""
        return not self.killer


def judged(mutant: Mutant, killer: str) -> Judged:
    """With the kind and reason of survivors.toml, empty where there is none."""
    kind, reason = ("", "") if killer else known_survivors().get((mutant.package, *mutant.name), ("", ""))
    return Judged(mutant, killer, kind, reason)


def known_survivors() -> dict[tuple[str, ...], tuple[str, str]]:
    """(package, function, before, after) -> (kind, reason)."""
    found = {}
    for entry in tomllib.loads((HERE / "survivors.toml").read_text(encoding="utf-8")).get("survivor", []):
        if entry["kind"] not in KINDS or not entry["reason"].strip():
            raise ValueError(f"survivors.toml: {entry} needs a kind of {KINDS} and a reason")
        name = entry["package"], entry["function"], entry["before"], entry["after"]
        found[name] = entry["kind"], entry["reason"]
    return found


def stale(lines: dict[str, set[str]]) -> list[str]:
    """Entries of survivors.toml whose line is gone; `lines`: package -> all lines of its sources, stripped."""
    known = ((package, before) for package, _, before, _ in known_survivors())
    return [f"{package}: {before}" for package, before in known if before not in lines.get(package, {before})]


def page(
    found: dict[str, list[Judged]],
    goals: dict[str, float],
    amount: int,
    near: bool,
    absent: dict[str, str],
    before: str,
) -> str:
    """The tables of all seeds and the list of survivors, as Markdown.

    near: judged by the nearest test files alone; absent: files left out -> the library that their tests miss; before:
    the page as it was, whose table of the bugs by hand stands where none were planted.
    """
    lines = [
        "# Mutation testing", "",
        "Made by `make mutants`. A mutant is the code with one bug planted, by cosmic-ray or by hand; it is killed",
        "when a test of its own package fails, or when they take five times as long as they should.",
        "",
        f"Generated: a seeded sample, here of at most {amount} mutants a package and seed."
        if amount
        else "Generated: a seeded sample, which `make mutants MUTANTS=60` adds; this page was made without it.",
        f"Operators: {OPERATORS}.", "",
        "Each mutant met the tests nearest to it alone: all of its package's tests can only raise a score."
        if near
        else "Each mutant met the tests nearest to it, and then all of its package's that execute its line.",
        *(f"Left out for want of {library}, which their tests need: `{files}`." for files, library in absent.items()),
        "",
        "By hand: the bugs of `tests/mutation/semantic.toml`, as a lost 1/N, a transpose, a mask at 0, a stale seed;",
        "all must be killed.", "", "Score: killed / (mutants - equivalent).",
    ]  # fmt: skip
    for group, some in found.items():
        lines += ["", f"## {group[0].upper()}{group[1:]}", "",
                  "| package | mutants | killed | survived | equivalent | score | goal |",
                  "|---|---|---|---|---|---|---|"]  # fmt: skip
        for name, goal in goals.items():
            of_package = [one for one in some if one.mutant.package == name]
            if of_package:
                lines.append(_row(name, of_package, 100 if group == BY_HAND else goal))
    if BY_HAND not in found and (table := re.search(rf"\n## {BY_HAND.capitalize()}\n.*?(?=\n## )", before, re.DOTALL)):
        kept = "\n".join(line for line in table[0].splitlines() if line != EARLIER).strip()
        lines += ["", *kept.splitlines(), "", EARLIER]
    survivors = {one.mutant: one for some in found.values() for one in some if one.survived}
    lines += ["", "## Survivors", ""] + ([] if survivors else ["None."])
    for mutant, one in sorted(survivors.items(), key=lambda item: (item[0].file, item[0].line)):
        lines += [f"- `{mutant.file}:{mutant.line}` in `{mutant.function}`: `{mutant.before}` -> `{mutant.after}`",
                  f"  {one.kind or 'UNEXPLAINED'}: {one.reason or 'no reason given'}"]  # fmt: skip
    return "\n".join(lines) + "\n"


def counted(some: list[Judged]) -> tuple[int, int, int]:
    """(killed, those that could be, equivalent ones)."""
    count = Counter(one.kind if one.survived else "killed" for one in some)
    return count["killed"], len(some) - count["equivalent"], count["equivalent"]


def _row(name: str, some: list[Judged], goal: float) -> str:
    killed, asked, equivalent = counted(some)
    score = f"{100 * killed / asked:.1f} %" if asked else "-"
    return f"| {name} | {len(some)} | {killed} | {asked - killed} | {equivalent} | {score} | {goal:.0f} % |"
