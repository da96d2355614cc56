"""Mutation testing: plants bugs in copies of the tree, one at a time, and counts those that the tests notice.

A seeded sample of one-token bugs per package, and all of semantic.toml, which are written by hand. Prints a table of
each, then the survivors with their reasons from survivors.toml. Exit code 1: a survivor has no reason; 2: the unmutated
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
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from by_hand import BY_HAND, written_by_hand
from figures import figures
from mutations import Mutant, sample
from outcomes import Outcomes
from table import Judged, judged, page, stale
from trees import HERE, ROOT, Tree, UnreadableError, Watched


def main() -> int:
    """Run it."""
    packages = tomllib.loads((HERE / "packages.toml").read_text(encoding="utf-8"))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mutants", type=int, default=60, help="per package and seed; 0: those by hand alone")
    parser.add_argument("--no-hand", action="store_true", help="the sample alone")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--packages", nargs="+", default=list(packages), choices=list(packages))
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument(
        "--outcomes", type=Path, default=ROOT / "runs" / "mutants.json", help="kept while no code changes"
    )
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
        found = run(chosen, drawn, args.jobs, Outcomes(args.outcomes))
    except UnreadableError as error:
        print(error, file=sys.stderr)
        return 2
    goals = {name: entry["goal"] for name, entry in chosen.items()}
    text = page(found, goals, args.mutants)
    print(text)
    if args.write:
        args.write.write_text(text, encoding="utf-8")
    if args.json:
        figures(args.json, args.mutants, args.seeds[0], found, goals)
    lines = {name: {line.strip() for file in sources(entry) for line in file.read_text(encoding="utf-8").splitlines()}
             for name, entry in chosen.items()}  # fmt: skip
    for entry in stale(lines):
        print(f"survivors.toml explains a line that is gone: {entry}", file=sys.stderr)
    everything = [one for some in found.values() for one in some]
    unexplained = [one for one in everything if one.survived and not one.reason]
    for one in unexplained:
        print(f"no reason in survivors.toml for {one.mutant.file}:{one.mutant.line}", file=sys.stderr)
    return 1 if unexplained else 0


def run(
    packages: dict[str, dict], drawn: dict[str, list[Mutant]], jobs: int, kept: Outcomes
) -> dict[str, list[Judged]]:
    """The mutants of each group, judged."""
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

        def suite(mutant: Mutant) -> tuple[str, str]:
            hand = mutant.kind == BY_HAND and "by_hand" in packages[mutant.package]
            return mutant.package, "by_hand" if hand else "tests"

        missing = sorted({suite(one) for some in drawn.values() for one in some if kept.get(one) is None})

        def watch(one: tuple[str, str]) -> Watched:
            return borrow(lambda tree: tree.watch(packages[one[0]][one[1]], packages[one[0]]["sources"]))

        watched = dict(zip(missing, pool.map(watch, missing), strict=True))

        def judge(mutant: Mutant) -> Judged:
            killer = kept.get(mutant)
            if killer is None:
                killer = borrow(lambda tree: tree.outcome(mutant, watched[suite(mutant)]))
                kept.put(mutant, killer)
            one = judged(mutant, killer)
            if one.survived and not one.reason:
                print(f"{mutant.file}:{mutant.line}  {mutant.before}  ->  {mutant.after}", file=sys.stderr, flush=True)
            return one

        return {group: list(pool.map(judge, some)) for group, some in drawn.items()}


def sources(entry: dict) -> list[Path]:
    """The files of a package, sorted."""
    return sorted(path for name in entry["sources"] for path in (ROOT / name).rglob("*.py"))


if __name__ == "__main__":
    sys.exit(main())
