"""Mutation testing: plants bugs in copies of the tree, one at a time, and counts those that the tests notice.

A seeded sample of one-token bugs per package, and all of semantic.toml, which are written by hand. Prints a table of
each, then the survivors with their reasons from survivors.toml. A mutant meets the test files nearest to it; one that
survives them meets every test of its package that executes its line, the quick ones first. For these the package's
tests are measured once (runs/watched; delete that to measure anew). --near is a lower bound: the nearest test files
alone. Mutants that survivors.toml calls equivalent are not run. Exit code 1: a survivor has no reason; 2: the unmutated
tests fail, or an outcome cannot be read.
Run: python tests/mutation/run.py [--mutants 60] [--seeds 0 1] [--packages layers models] [--write docs/mutants.md]
"""

import argparse
import os
import queue
import signal
import sys
import tempfile
import tomllib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

from by_hand import BY_HAND, written_by_hand
from figures import figures
from measured import Watched
from mutations import Mutant, sample
from near import near_files
from outcomes import Outcomes
from table import Judged, judged, page, stale
from trees import HERE, ROOT, Tree, UnreadableError

WATCHED = ROOT / "runs" / "watched"  # who executes what, a file a package
OUTCOMES = ROOT / "runs" / "mutants-near.json", ROOT / "runs" / "mutants.json"  # by the nearest tests, and by all


def main() -> int:
    """Run it."""
    packages = tomllib.loads((HERE / "packages.toml").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=60, help="per package and seed; 0: those by hand alone")
    parser.add_argument("--near", action="store_true", help="measure nothing, and ask the nearest tests alone")
    parser.add_argument(
        "--no-hand", action="store_true", help="the sample alone; the table of the rest stays as it was"
    )
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--packages", nargs="+", default=list(packages), choices=list(packages))
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--write", type=Path, help="a Markdown file for the tables")
    parser.add_argument("--json", type=Path, help="a file for the figures, as those of the campaigns")
    args = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and so would tests
    chosen = {name: packages[name] for name in args.packages}
    drawn = {
        f"seed {seed}": [
            one for name, entry in chosen.items() for one in sample(name, sources(entry), ROOT, args.mutants, seed)
        ]
        for seed in (args.seeds if args.mutants else [])
    }
    if not args.no_hand:
        drawn[BY_HAND] = written_by_hand({name: sources(entry) for name, entry in chosen.items()})
    try:
        found = run(chosen, drawn, args.jobs, args.near)
    except UnreadableError as error:
        print(error, file=sys.stderr)
        return 2
    goals = {name: entry["goal"] for name, entry in chosen.items()}
    absent = {files: library for entry in chosen.values() for library, files in missing(entry).items()}
    before = args.write.read_text(encoding="utf-8") if args.write and args.write.exists() else ""
    text = page(found, goals, args.mutants, args.near, absent, before)
    print(text)
    if args.write:
        args.write.write_text(text, encoding="utf-8")
    if args.json:
        figures(args.json, args.mutants, args.seeds[0], found, goals, args.near)
    lines = {name: {line.strip() for file in sources(entry) for line in file.read_text(encoding="utf-8").splitlines()}
             for name, entry in chosen.items()}  # fmt: skip
    for entry in stale(lines):
        print(f"survivors.toml explains a line that is gone: {entry}", file=sys.stderr)
    everything = [one for some in found.values() for one in some]
    unexplained = [one for one in everything if one.survived and not one.reason]
    for one in unexplained:
        print(f"no reason in survivors.toml for {one.mutant.file}:{one.mutant.line}", file=sys.stderr)
    return 1 if unexplained else 0


def run(packages: dict[str, dict], drawn: dict[str, list[Mutant]], jobs: int, near: bool) -> dict[str, list[Judged]]:
    """The mutants of each group, judged by the nearest test files and, where near is false, then by all tests."""
    everything = [one for some in drawn.values() for one in some if judged(one, "").kind != "equivalent"]
    by_near, by_all = map(Outcomes, OUTCOMES)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(jobs) as pool:
        trees: queue.SimpleQueue[Tree] = queue.SimpleQueue()
        for i in range(jobs):
            trees.put(Tree(Path(folder).resolve() / str(i)))

        def borrow(work):
            tree = trees.get()
            try:
                return work(tree)
            finally:
                trees.put(tree)

        def watch(name: str) -> Watched:
            kept = WATCHED / f"{name}.json"
            if (watched := Watched.read(kept)) is None:
                watched = borrow(lambda tree: tree.watch(packages[name]["tests"], packages[name]["sources"]))
                watched.write(kept)
            return watched

        def judge(mutant: Mutant, outcomes: Outcomes, work: Callable[[Tree], str]) -> None:
            killer = borrow(work)
            outcomes.put(mutant, killer)
            print(f"{mutant.file}:{mutant.line}  {mutant.before}  ->  {mutant.after}\n    {killer or 'SURVIVED'}",
                  file=sys.stderr, flush=True)  # fmt: skip

        new = [one for one in everything if by_near.get(one) is None]
        nearest = {  # now: while mutants are judged, somebody may go on writing tests
            one: near_files(one, tuple(packages[one.package]["tests"]), packages[one.package].get("near", {}))
            for one in new
        }
        list(pool.map(lambda one: judge(one, by_near, lambda tree: tree.near(one, nearest[one])), new))
        if not near:
            left = [one for one in everything if not by_near.get(one) and by_all.get(one) is None]
            names = sorted({one.package for one in left})
            watched = dict(zip(names, pool.map(watch, names), strict=True))
            list(pool.map(lambda one: judge(one, by_all, lambda tree: tree.outcome(one, watched[one.package])), left))
        killers = {one: by_near.get(one) or (not near and by_all.get(one)) or "" for one in everything}
        if tests := sorted({killer for killer in killers.values() if "::" in killer}):
            borrow(lambda tree: tree.confirm(tests))
    return {group: [judged(one, killers.get(one, "")) for one in some] for group, some in drawn.items()}


def sources(entry: dict) -> list[Path]:
    """The files of a package, sorted, without those whose tests would skip."""
    skipped = {path for pattern in missing(entry).values() for path in ROOT.glob(pattern)}
    return sorted(path for name in entry["sources"] for path in (ROOT / name).rglob("*.py") if path not in skipped)


def missing(entry: dict) -> dict[str, str]:
    """Library that is not installed -> pattern of the files that need it."""
    return {name: files for name, files in entry.get("needs", {}).items() if find_spec(name) is None}


if __name__ == "__main__":
    sys.exit(main())
