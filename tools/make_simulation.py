"""Coverage of every interval and size and power of every test of the benchmark, on data like a benchmark's.

    python tools/make_simulation.py [--replications 4000] [--seed 0] [--json results/simulation.json]

The functions of `bench.solvers.statistics` themselves are called. Fills docs/statistics.md. Exit code 1 where a test is
larger than 5.5 %, or an interval covers less than 94 %.
"""

import argparse
import functools
import json
import math
import sys
from pathlib import Path

import numpy as np
from marked_page import fill

from bench.solvers.statistics import compare, compare_studies, location, median_interval, wins

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "statistics.md"
COUNTS, HITS = (6, 10, 20), (0.3, 0.5, 0.7, 0.9, 1.0)
GRID = 110.0  # steps between two evaluations
TYPICAL, SPREAD, SHARED = 3000.0, 0.35, 0.25  # steps; standard deviations of their logarithm, of a run and of a seed
WILD = 0.1  # the share of runs with tails
STUDY = 0.3  # ... and of a tuning draw
SLOWER = 1.5  # the ratio at which power is counted
FLOOR, CEILING, SIZE = 0.94, 0.97, 0.055
Cell = dict[str, float | int | str]


def times(rng: np.random.Generator, shape: tuple[int, ...], limit: float, shift: float = 0.0, grid: bool = True,
          seed: np.ndarray | float = 0.0) -> np.ndarray:  # fmt: skip
    """Steps to a target, infinite beyond the limit; a tenth of the runs have five times the spread (heavy tails)."""
    spread = np.where(rng.random(shape) < WILD, 5 * SPREAD, SPREAD)
    steps = TYPICAL * np.exp(shift + seed + spread * rng.standard_normal(shape))
    if grid:
        steps = GRID * np.ceil(steps / GRID)
    return np.where(steps <= limit, steps, math.inf)


def budget(hit: float, study: float = 0.0) -> float:
    """The steps within which `hit` of the runs reach the target where no ratio slows them; of all: far more."""
    from scipy.stats import norm

    whole = math.hypot(SPREAD, SHARED, study)
    return TYPICAL * math.exp(6 if hit == 1 else whole * float(norm.ppf(hit)))


def median_cell(rng: np.random.Generator, n: int, hit: float, times_: int) -> Cell:
    """Coverage of the interval of a median; infinite where half of the runs miss."""
    truth = TYPICAL if hit > 0.5 else math.inf
    inside = 0
    for _ in range(times_):
        found = median_interval(times(rng, (n,), budget(hit), grid=False, seed=SHARED * rng.standard_normal(n)))
        inside += found.low <= truth <= found.high
    return {"what": "median of steps", "kind": "interval", "n": n, "hit": hit, "value": inside / times_,
            "replications": times_}  # fmt: skip


def paired_cells(rng: np.random.Generator, n: int, hit: float, times_: int) -> list[Cell]:
    """Coverage of the ratio, size and power of its test, and the same of the mean's bootstrap where nothing misses."""
    covered = size = power = 0
    limit = budget(hit)
    for _ in range(times_):
        seed = SHARED * rng.standard_normal(n)
        b = times(rng, (n,), limit, seed=seed)
        size += compare(times(rng, (n,), limit, seed=seed), b, limit).p <= 0.05
        found = compare(times(rng, (n,), limit, math.log(SLOWER), seed=seed), b, limit)
        power += found.p <= 0.05
        covered += found.low <= SLOWER <= found.high
    cell = {"n": n, "hit": hit, "replications": times_}
    return [
        {"what": "ratio of two solvers", "kind": "interval", **cell, "value": covered / times_},
        {"what": "test of two solvers", "kind": "size", **cell, "value": size / times_},
        {"what": "test of two solvers", "kind": "power", **cell, "value": power / times_},
    ]


def study_cells(rng: np.random.Generator, n: int, hit: float, times_: int, seeds: int = 10) -> list[Cell]:
    """The same of studies, each with a tuning draw's effect of its own on either solver."""
    covered = size = power = inside = 0
    limit = budget(hit, STUDY)
    for _ in range(times_):
        seed = SHARED * rng.standard_normal((n, seeds))
        draws = STUDY * rng.standard_normal((3, n, 1))
        b, a, slow = (
            times(rng, (n, seeds), limit, seed=seed + draw + more)
            for draw, more in zip(draws, (0.0, 0.0, math.log(SLOWER)), strict=True)
        )
        size += compare_studies(list(a), list(b), limit).p <= 0.05
        found = compare_studies(list(slow), list(b), limit)
        power += found.p <= 0.05
        covered += found.low <= SLOWER <= found.high
        interval = median_interval([median_interval(one).median for one in b])
        inside += interval.low <= TYPICAL <= interval.high
    cell = {"n": n, "hit": hit, "replications": times_}
    found_cells: list[Cell] = [
        {"what": "ratio over studies", "kind": "interval", **cell, "value": covered / times_},
        {"what": "test over studies", "kind": "size", **cell, "value": size / times_},
        {"what": "test over studies", "kind": "power", **cell, "value": power / times_},
    ]
    if hit > 0.5:
        found_cells.append({"what": "median over studies", "kind": "interval", **cell, "value": inside / times_})
    return found_cells


def wins_cell(rng: np.random.Generator, n: int, share: float, times_: int) -> Cell:
    """Coverage of the share of seeds won, by the binomial distribution itself."""
    from scipy.stats import binom

    bounds = [wins([0.0] * k + [1.0] * (n - k), [1.0] * k + [0.0] * (n - k)) for k in range(n + 1)]
    chances = binom.pmf(range(n + 1), n, share)
    inside = sum(p for p, one in zip(chances, bounds, strict=True) if one.low <= share <= one.high)
    return {"what": "share of seeds won (exact)", "kind": "interval", "n": n, "hit": share, "value": float(inside)}


def falling_cell(rng: np.random.Generator, n: int, times_: int) -> Cell:
    """Size of "still falls" where the measure only trembles: differences of whole images, symmetric about zero."""
    found = [location(np.rint(2 * rng.standard_normal(n)) / 5000).p <= 0.05 for _ in range(times_)]
    return {"what": "curve still falls", "kind": "size", "n": n, "hit": 1.0, "value": float(np.mean(found)),
            "replications": times_}  # fmt: skip


def bootstrap_cell(rng: np.random.Generator, n: int, times_: int) -> Cell:
    """For comparison: coverage of the BCa bootstrap of the mean logarithm of paired ratios, nothing missed."""
    from scipy.stats import bootstrap

    inside = 0
    for _ in range(times_):
        logs = math.log(SLOWER) + math.sqrt(2) * SPREAD * rng.standard_normal(n)
        bounds = bootstrap((logs,), np.mean, method="BCa", n_resamples=999, rng=rng).confidence_interval
        inside += bounds.low <= math.log(SLOWER) <= bounds.high
    return {"what": "for comparison: BCa bootstrap of a ratio", "kind": "interval", "n": n, "hit": 1.0,
            "value": inside / times_}  # fmt: skip


def simulate(replications: int, seed: int) -> list[Cell]:
    """All cells; each has random numbers of its own."""
    found: list[Cell] = []
    for i, n in enumerate(COUNTS):
        for j, hit in enumerate(HITS):
            new = functools.partial(np.random.default_rng, np.random.SeedSequence(seed, spawn_key=(i, j)))
            found.append(median_cell(new(), n, hit, replications))
            found += paired_cells(new(), n, hit, replications)
            found += study_cells(new(), n, hit, max(replications // 4, 50))
            found.append(wins_cell(new(), n, hit, replications))
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(i, 99)))
        found += [falling_cell(rng, n, replications), bootstrap_cell(rng, n, max(replications // 4, 50))]
    return found


def missed(cells: list[Cell]) -> list[Cell]:
    """The cells that do not hold what is promised, by more than chance: coverage below .94, a size above .055."""
    return [
        cell for cell in cells
        if not str(cell["what"]).startswith("for comparison")
        and (
            (cell["kind"] == "interval" and float(cell["value"]) < FLOOR - noise(cell))
            or (cell["kind"] == "size" and float(cell["value"]) > SIZE + noise(cell))
        )
    ]  # fmt: skip


def noise(cell: Cell) -> float:
    """Two standard errors of a share near .95 or .05, over the replications of the cell; 0 where it is exact."""
    count = int(cell.get("replications", 0))
    return 2 * math.sqrt(0.95 * 0.05 / count) if count else 0.0


def page(cells: list[Cell], replications: int, seed: int) -> str:
    """The tables in Markdown."""
    rows = {}
    for cell in cells:
        rows.setdefault((cell["kind"], cell["what"], cell["n"]), {})[cell["hit"]] = cell["value"]
    parts = [f"{replications:,} replications a cell (a quarter for studies and bootstrap), seed {seed}."]
    for kind, title in (("interval", "Coverage of intervals at 95 %"), ("size", "Size of tests at 5 %"),
                        ("power", f"Power where one takes {SLOWER:g} times the steps")):  # fmt: skip
        parts.append(f"**{title}**\n\n| what | n | " + " | ".join(f"{100 * hit:.0f} % hit" for hit in HITS) + " |")
        parts[-1] += "\n| --- | --- |" + " --- |" * len(HITS)
        for (one, what, n), values in rows.items():
            if one == kind:
                parts[-1] += f"\n| {what} | {n} | " + " | ".join(_shown(kind, values.get(hit)) for hit in HITS) + " |"
    inside = [c for c in cells if c["kind"] == "interval" and not str(c["what"]).startswith("for comparison")]
    above = sum(float(c["value"]) > CEILING for c in inside)
    below, large = (sum(c["kind"] == kind for c in missed(cells)) for kind in ("interval", "size"))
    sizes = sum(c["kind"] == "size" for c in cells)
    error, of_studies = (math.sqrt(0.95 * 0.05 / count) for count in (replications, max(replications // 4, 50)))
    parts.append(
        f"Of {len(inside)} coverages {below} lie below .94 by more than two standard errors (which are {error:.3f}, of"
        f" studies {of_studies:.3f}), and {above} above .97; of {sizes} sizes {large} lie above .055 by more."
    )
    return "\n\n".join(parts)


def _shown(kind: str, value: float | None) -> str:
    if value is None:
        return "-"
    outside = (kind == "interval" and not FLOOR <= value <= CEILING) or (kind == "size" and value > SIZE)
    text = f"{value:.3f}".removeprefix("0")
    return f"**{text}**" if outside else text


def main() -> int:
    """Simulate, write, fill the page."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replications", type=int, default=4_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, default=ROOT / "results" / "simulation.json")
    args = parser.parse_args()
    cells = simulate(args.replications, args.seed)
    args.json.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps({"replications": args.replications, "seed": args.seed, "cells": cells}, indent=0)
    args.json.write_text(text + "\n", encoding="utf-8")
    fill(PAGE, "<!-- simulation: begin (made by `make simulate`) -->", "<!-- simulation: end -->",
         page(cells, args.replications, args.seed))  # fmt: skip
    wrong = missed(cells)
    for cell in wrong:
        print(f"{cell['what']}, n = {cell['n']}, hit rate {cell['hit']}: {cell['kind']} {cell['value']:.3f}")
    print(f"{len(cells)} cells, {len(wrong)} miss what is promised")
    return int(bool(wrong))


if __name__ == "__main__":
    sys.exit(main())
