"""The benchmark at scale: a hundred thousand runs are made up, read and tabled; tasks that do nothing are sent.

Passes where the reading takes at most 60 s and 500 MB, and a task on Dask costs at most 5 ms beside its work.
"""

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).parent.parent
BEGIN, END = "<!-- made by: make scale -->", "<!-- made by: end -->"
sys.path[:0] = [str(ROOT), str(ROOT / "tools")]

from marked_page import fill as fill_page  # noqa: E402

from bench.solvers.planning.manifest import write_manifest  # noqa: E402
from bench.solvers.planning.plan import cells, plan, tuning  # noqa: E402
from bench.solvers.planning.task import Task  # noqa: E402
from bench.solvers.reading.choice import choose, report_of  # noqa: E402
from bench.solvers.running.dask_pool import dask_pool  # noqa: E402
from bench.solvers.running.flow import flow  # noqa: E402
from bench.solvers.running.pools import loky_pool  # noqa: E402
from bench.solvers.running.run_one import Done  # noqa: E402
from bench.solvers.storage.log_line import written  # noqa: E402
from bench.solvers.storage.record import Record  # noqa: E402
from bench.solvers.storage.store import Store  # noqa: E402

ROWS = 50
MOST_SECONDS, MOST_MB, MOST_MS = 60.0, 500.0, 5.0
SOLVERS = ["sgd", "momentum", "adam", "rmsprop"]
MACHINE = {
    "python": "3.11",
    "numpy": "2",
    "scipy": "1",
    "blas": "openblas",
    "cpu": "made up",
    "threads": 1,
}


def made_up(task: Task, number: int) -> Record:
    """A run that nobody has made: its error falls, from one run to the next a little differently."""
    errors = [0.9 / (1 + step * (0.3 + number % 97 / 100)) + number % 13 / 1000 for step in range(ROWS)]
    rows = [
        {
            "step": 110 * k, "epoch": 0.2 * k, "examples": 11000 * k, "seconds_train": 0.01 * k + number * 1e-6,
            "seconds_eval": 0.001 * k, "loss": 2 * error, "train_loss": 2 * error, "val_loss": 2.1 * error,
            "val_acc": 1 - error, "lr": 0.1, "grad_norm": error,
        }
        for k, error in enumerate(errors)
    ]  # fmt: skip
    outcome = {"status": "ok", "error": None, "steps": rows[-1]["step"], "best_step": rows[-1]["step"]}
    if task.purpose == "report":
        outcome |= {"test_loss": errors[-1], "test_acc": 1 - errors[-1]}
    load = {"before": 0.001, "after": 0.001, "seconds": 1.0, "cpu_share": 1.0}
    return Record(task, outcome, {**MACHINE, "load": load}, rows)


def fill(folder: Path, runs: int) -> int:
    """A folder of about so many runs: four solvers, studies of a hundred trials with three seeds, ten to report."""
    studies = max(1, runs // (len(SOLVERS) * 310))
    manifest = plan(["mnist-mlp100"], SOLVERS, trials=100, seeds=10, tuning_seeds=3, studies=studies, untuned=False)
    folder.mkdir(parents=True)
    manifest = write_manifest(folder, manifest)
    log, count = Quick(folder), 0
    for cell in cells(manifest):
        records = []
        for task in tuning(*cell):
            records.append(made_up(task, count))
            log.append(written(records[-1]))
            count += 1
        study, problem, space = cell
        for task in report_of(study, problem, space, choose(records, problem)):
            log.append(written(made_up(task, count)))
            count += 1
    log.stream.close()
    return count


class Quick:
    """A log that is not written through to the disk with each line: all of it is made up at once."""

    def __init__(self, folder: Path):
        self.stream = (folder / "runs-scale-0-00000000.jsonl").open("wb")

    def append(self, line: bytes) -> None:
        """Add a line."""
        self.stream.write(line)


def read(folder: Path) -> None:
    """In a process of its own: the table, and what it took."""
    from bench import Results

    begin = time.perf_counter()
    results = Results(folder)
    loaded = time.perf_counter() - begin
    runs = sum(len(entry.tuning) + len(entry.report) for entry in results.all)
    results.table()
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{runs} {loaded:.1f} {seconds:.1f} {peak:.0f} {results.missing} {time.process_time():.1f}")


def nothing(tasks: Sequence[Task]) -> list[Done]:
    """Do no work, on a worker."""
    return [Done(task, "done", 1e-6, b"\n") for task in tasks]


def overhead(name: str, count: int, folder: Path) -> float:
    """Milliseconds a task that does nothing costs, on two workers."""
    manifest = plan(["mnist-mlp100"], SOLVERS[:1], trials=count, seeds=1, tuning_seeds=1, studies=1, untuned=False)
    tasks = tuning(*cells(manifest)[0])
    started = dask_pool(nothing, 2, None) if name == "dask" else loky_pool(nothing, 2, 1)
    with started as pool:
        list(flow(pool, tasks[:20], Store(folder / f"{name}-warm"), lambda task: ()))
        begin = time.perf_counter()
        ended = sum(1 for _ in flow(pool, tasks[20:], Store(folder / name), lambda task: ()))
        return 1000 * (time.perf_counter() - begin) / ended


def block(runs: int, seconds: float, peak: float, tasks: int, costs: Mapping[str, float]) -> str:
    """The figures as a sentence of docs/cluster.md."""
    per_task = f"{costs['loky']:.2f} ms on loky and {costs['dask']:.2f} ms on Dask, over {tasks:,} tasks on two workers"
    read = f"{runs:,} runs of {ROWS} rows were read and tabled in {seconds:.1f} s, with a peak of {peak:.0f} MB"
    return f"{read}; a task of\nnothing cost {per_task}."


def main() -> int:
    """Run it all, print the figures, and say whether they pass."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100_000)
    parser.add_argument("--tasks", type=int, default=10_000)
    parser.add_argument("--docs", type=Path, help="fill the figures into this page, where they pass")
    parser.add_argument("--read", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.read:
        read(args.read)
        return 0
    passed, costs = True, dict[str, float]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        begin = time.perf_counter()
        count = fill(folder / "runs", args.runs)
        size = sum(path.stat().st_size for path in (folder / "runs").iterdir()) / 1e6
        took = time.perf_counter() - begin
        print(f"made up {count:,} runs of {ROWS} rows: {size:.0f} MB in {took:.0f} s", flush=True)
        command = [sys.executable, __file__, "--read", str(folder / "runs")]
        found = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        seconds, peak = float(found[2]), float(found[3])
        what = f"read {int(found[0]):,} of them in {found[1]} s, and tabled in {seconds} s"
        print(f"{what} ({found[5]} s of a processor); peak {peak:.0f} MB", flush=True)
        passed &= seconds <= MOST_SECONDS and peak <= MOST_MB and int(found[0]) == count and found[4] == "0"
        for backend in ("loky", "dask"):
            costs[backend] = each = overhead(backend, args.tasks, folder)
            print(f"{backend}: {each:.2f} ms a task beside its work, over {args.tasks:,} tasks", flush=True)
            passed &= each <= MOST_MS
    print(f"{'passed' if passed else 'FAILED'}: at most {MOST_SECONDS:g} s, {MOST_MB:g} MB, {MOST_MS:g} ms a task")
    if args.docs and passed:
        fill_page(args.docs, BEGIN, END, block(count, seconds, peak, args.tasks, costs))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
