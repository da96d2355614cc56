"""Runs the campaigns of campaigns.toml, two at a time, the longest first; each prints its line of counts.

    python tests/campaigns/run_all.py [NAME ...] [--sample] [--jobs 2] [--out results/reliability]

The figures of each are left as OUT/NAME.json, from which tools/make_reliability.py makes the page. Exit code 1 where a
pass line was missed.
"""

import argparse
import os
import subprocess
import sys
import time
import tomllib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
OUT = HERE.parents[1] / "results" / "reliability"


def listed() -> dict[str, dict[str, Any]]:
    """The entries of campaigns.toml, the longest first."""
    found = tomllib.loads((HERE / "campaigns.toml").read_text(encoding="utf-8"))
    return dict(sorted(found.items(), key=lambda item: -item[1]["seconds"]))


def command(name: str, entry: dict[str, Any], out: Path, sample: bool) -> list[str]:
    """The command line of one campaign."""
    parts = [sys.executable, str(HERE / entry["script"]), *entry.get("arguments", [])]
    parts += ["--json", str(out / f"{name}.json")]
    return parts + (["--amount", str(entry["sample"])] if sample else [])


def run(name: str, entry: dict[str, Any], out: Path, sample: bool) -> tuple[int, float]:
    """Run one, print what it says; its exit code and the seconds that it took."""
    start = time.perf_counter()
    env = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    child = subprocess.run(command(name, entry, out, sample), capture_output=True, text=True, env=env, check=False)
    seconds = time.perf_counter() - start
    print(f"{child.stdout.strip()}   [{seconds:.0f} s]", flush=True)
    if child.returncode:
        print(child.stderr.strip()[-2000:], file=sys.stderr, flush=True)
    return child.returncode, seconds


def estimate(entries: dict[str, dict[str, Any]], jobs: int) -> float:
    """Minutes until the last one ends, each started where a place comes free."""
    busy = [0.0] * jobs
    for entry in entries.values():
        first = busy.index(min(busy))
        busy[first] += entry["seconds"]
    return max(busy) / 60


def main() -> int:
    """Run them."""
    known = listed()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(known)}; all by default")
    parser.add_argument("--sample", action="store_true", help="the amounts of `make test`")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    if wrong := sorted(set(args.names) - set(known)):
        parser.error(f"no campaign {', '.join(wrong)}; known: {', '.join(known)}")
    chosen = {name: entry for name, entry in known.items() if not args.names or name in args.names}
    args.out.mkdir(parents=True, exist_ok=True)
    if not args.sample:
        print(f"{len(chosen)} campaigns, {args.jobs} at a time: about {estimate(chosen, args.jobs):.0f} minutes")
    start = time.perf_counter()
    with ThreadPoolExecutor(args.jobs) as pool:
        done = dict(zip(chosen, pool.map(lambda it: run(*it, args.out, args.sample), chosen.items()), strict=True))
    failed = [name for name, (code, _) in done.items() if code]
    verdict = f"missed: {', '.join(failed)}" if failed else "all pass lines met"
    print(f"{len(chosen)} campaigns in {(time.perf_counter() - start) / 60:.1f} minutes: {verdict}")
    return int(bool(failed))


if __name__ == "__main__":
    sys.exit(main())
