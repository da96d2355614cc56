"""Campaign: every point of every save fails in every way; then the old file or the new one is there, whole, and alone.

Files: checkpoints, saved models, manifests, results, and whole trainings of both engines with their checkpoint and
logs, which are then resumed. Points: opening, each write, fsync, replace, the folder's. Ways: no space, input/output
error, quota, read-only, no permission, before the work is done or after it; writes that stop short; interrupts. Then
the kernel's own limit on a file's size at every length, and folders and file systems that are read-only.
"""

import contextlib
import os
import resource
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

from campaign import Campaign, Row, parser
from exact_resume import digest, problem
from points import MODES, Points

from solver import CheckpointError, Solver, checkpoint

FAULTS = (OSError, CheckpointError, KeyboardInterrupt)
OUTCOMES = ("the new file", "the old file", "neither", "stray files", "silent", "another error")


@dataclass(frozen=True)
class Saved:
    """A kind of file: how version 0 or 1 of it is written into a folder, and how it is read from there."""

    name: str
    write: Callable[[Path, int], Any]
    read: Callable[[Path], Any]


def solver_of(epochs: int, engine: str = "numpy", **settings: Any) -> Solver:
    """A run that has ended."""
    model, data = problem("float64")
    return Solver(model, data, update_rule="adam", batch_size=15, num_epochs=epochs, verbose=False, engine=engine,
                  num_train_samples=20, **settings)  # fmt: skip


def kinds() -> list[Saved]:
    """The kinds of files that are written whole."""
    import models
    from bench.solvers.planning.manifest import read_manifest, write_manifest
    from bench.solvers.planning.plan import pairs, plan, tuning
    from bench.solvers.storage.failures import read_failure, write_failure

    solvers = [solver_of(epochs).train() for epochs in (1, 2)]
    nets = [models.mlp([6, 5, 3], rng=seed) for seed in (0, 1)]
    plans = [plan(["digits-softmax"], names, budget="quick") for names in (["sgd"], ["sgd", "adam"])]
    task = tuning(plans[0], *next(iter(pairs(plans[0]))))[0]

    def run(folder: Path) -> Any:
        read = checkpoint.read(folder / "run.npz")
        return repr(read.meta), {name: array.tobytes() for name, array in read.arrays.items()}

    def net(folder: Path) -> Any:
        return {name: array.tobytes() for name, array in models.load(folder / "net.npz").params.items()}

    return [
        Saved("checkpoint", lambda folder, k: solvers[k].save(folder / "run.npz"), run),
        Saved("model", lambda folder, k: models.save(nets[k], folder / "net.npz"), net),
        Saved("manifest", lambda folder, k: write_manifest(folder, plans[k]),
              lambda folder: repr(read_manifest(folder))),
        Saved("reason", lambda folder, k: write_failure(folder, task, f"reason {k}"),
              lambda folder: read_failure(folder, task)),
    ]  # fmt: skip


def files_of(folder: Path) -> list[str]:
    """The names of all files below, but for locks: one that an interrupt leaves behind blocks nobody."""
    there = (path for path in folder.rglob("*") if path.is_file() and not path.name.endswith(".in-use"))
    return sorted(path.relative_to(folder).as_posix() for path in there)


def undisturbed(kind: Saved, folder: Path) -> tuple[Path, list[Any]]:
    """The folder of the new version, and what is read of the old one and the new, saved without a fault."""
    wanted = []
    for k in (0, 1):
        place = folder / f"whole{k}"
        place.mkdir()
        kind.write(place, k)
        wanted.append(kind.read(place))
    return place, wanted


def saves(kind: Saved, amount: int, random: Random, bad: list[str]) -> tuple[int, Counter[str], list[str]]:
    """Every point and way of one kind, or `amount` of them drawn: how many, what was there afterwards, the points."""
    counts = Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        place, wanted = undisturbed(kind, Path(name))
        alone, points = files_of(place), Points()
        with points.watched(place):
            kind.write(place, 1)
        tries = [(at, mode) for at in range(len(points.seen)) for mode in MODES]
        tries = tries if amount >= len(tries) else random.sample(tries, amount)
        for number, (at, mode) in enumerate(tries):
            folder = Path(name) / str(number)
            folder.mkdir()
            kind.write(folder, 0)
            outcome = save_with_fault(kind, folder, Points(at, mode), wanted, alone)
            counts[outcome] += 1
            if outcome not in ("the new file", "the old file"):
                bad.append(f"{kind.name}, point {at} ({points.seen[at]}), {mode}: {outcome}")
    return len(tries), counts, points.seen


def save_with_fault(kind: Saved, folder: Path, points: Points, wanted: list[Any], alone: list[str]) -> str:
    """What is there after the fault: one of OUTCOMES. A fault must be told, or the new file be there."""
    told = False
    try:
        with points.watched(folder):
            kind.write(folder, 1)
    except FAULTS:
        told = True
    except Exception:
        return "another error"
    if files_of(folder) != alone:
        return "stray files"
    try:
        found = kind.read(folder)
    except Exception:
        return "neither"
    if found not in wanted:
        return "neither"
    if found == wanted[0] and not told:
        return "silent"
    kind.write(folder, 1)  # and the next save goes through
    return ("the old file", "the new file")[wanted.index(found)] if kind.read(folder) == wanted[1] else "neither"


def trainings(engine: str, amount: int, random: Random, bad: list[str]) -> tuple[int, Counter[str]]:
    """Faults at random points of a training with checkpoint and logs, which is then resumed: the same bits."""
    counts = Counter[str]()

    def run(folder: Path) -> Solver:
        path = folder / "run.npz"
        if path.exists():
            return Solver.load(path, *problem("float64"), log=[folder / "h.csv", folder / "h.jsonl"])
        return solver_of(2, engine, checkpoint_name=path, checkpoint_every=2,
                         log=[folder / "h.csv", folder / "h.jsonl"])  # fmt: skip

    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "whole"
        points, solver = Points(), run(place)
        with points.watched(place):
            wanted = digest(solver.train())
        alone, lengths = files_of(place), lines(place)
        for number in range(amount):
            folder, at, mode = Path(name) / str(number), random.randrange(len(points.seen)), random.choice(MODES)
            with contextlib.suppress(*FAULTS), Points(at, mode).watched(folder):
                run(folder).train()
            try:
                solver = run(folder)
                same = digest(solver.train() if solver.stopped_reason != "finished" else solver) == wanted
                right = same and files_of(folder) == alone and lines(folder) == lengths
                outcome = "the same run" if right else "differs" if not same else f"files {files_of(folder)}"
            except Exception as error:
                outcome = f"{type(error).__name__}: {error}"
            counts["the same run" if outcome == "the same run" else "otherwise"] += 1
            if outcome != "the same run":
                bad.append(f"training, {engine}, point {at} ({points.seen[at]}), {mode}: {outcome}")
    return amount, counts


def lines(folder: Path) -> list[int]:
    """The lengths of the logs."""
    return [len((folder / name).read_text().splitlines()) for name in ("h.csv", "h.jsonl")]


def limited_sizes(kind: Saved, amount: int, random: Random, bad: list[str]) -> tuple[int, Counter[str]]:
    """A kernel that lets no file grow beyond so many bytes: the true short writes and errors of a full disk."""
    counts = Counter[str]()
    old_action = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:
        with tempfile.TemporaryDirectory() as name:
            place, wanted = undisturbed(kind, Path(name))
            size = max(path.stat().st_size for path in place.rglob("*") if path.is_file())
            for number in range(min(amount, size)):
                folder = Path(name) / str(number)
                folder.mkdir()
                kind.write(folder, 0)
                told, limit = False, random.randrange(size)
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
                try:
                    kind.write(folder, 1)
                except FAULTS:
                    told = True
                finally:
                    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
                right = told and files_of(folder) == files_of(place) and kind.read(folder) == wanted[0]
                counts["the old file" if right else "neither"] += 1
                if not right:
                    bad.append(f"{kind.name}, no file above {limit} bytes: told {told}, {files_of(folder)}")
    finally:
        signal.signal(signal.SIGXFSZ, old_action)
    return min(amount, size), counts


def read_only(kind: Saved, bad: list[str]) -> tuple[int, Counter[str]]:
    """A folder without leave to write, as a user without privileges; in a child, which gives them up."""
    counts = Counter[str]()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kind.write(folder, 0)
        before, old = files_of(folder), kind.read(folder)
        rooms = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
        Path(name).chmod(0o755)
        child = os.fork()
        if not child:
            with contextlib.suppress(PermissionError):
                os.setuid(65534) if os.geteuid() == 0 else None
            try:
                kind.write(folder, 1)
            except FAULTS:
                os._exit(0)
            os._exit(1)
        told = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
        right = told and files_of(folder) == before and kind.read(folder) == old
        counts["the old file" if right else "neither"] += 1
        if not right:
            bad.append(f"{kind.name}, a read-only folder of {len(rooms)}: told {told}, {files_of(folder)}")
    return 1, counts


def main() -> int:
    """Run the campaign."""
    args = parser(__doc__, 2000, "faults a kind of file, at most").parse_args()
    campaign, random, bad = Campaign("faults in saves", args), Random(args.seed), list[str]()
    rows, total, points, known = [], Counter[str](), Counter[str](), kinds()
    promise = "the old file or the new one, whole and alone; a failure is told"
    for kind in known:
        seen = [saves(kind, args.amount, random, bad), (*limited_sizes(kind, args.amount // 4, random, bad), []),
                (*read_only(kind, bad), [])]  # fmt: skip
        counts = sum((one for _, one, _ in seen), Counter[str]())
        points.update(seen[0][2])
        total += counts
        words = ", ".join(f"{counts[name]} {name}" for name in OUTCOMES if counts[name])
        right = not any(counts[name] for name in OUTCOMES[2:])
        what = f"faults at each of the {len(seen[0][2])} points of a save: {kind.name}"
        rows.append(Row(what, sum(n for n, *_ in seen), "faults", words, promise, right))
    for engine in ("numpy", "compiled") if find_spec("numba") else ("numpy",):
        amount, counts = trainings(engine, max(2, args.amount // 10), random, bad)
        total += counts
        rows.append(Row(f"faults in a training with checkpoint and logs, {engine} engine", amount, "faults",
                        f"{counts['the same run']} resumed to the same bits and files",
                        "every one resumed to the same bits", counts["the same run"] == amount))  # fmt: skip
    print(*bad[:40], sep="\n", end="\n" if bad else "")
    line = f"{sum(total.values()):,} faults: " + ", ".join(f"{count:,} {name}" for name, count in total.most_common())
    return campaign.finish(line, rows, {"points": points, "outcomes": total})


if __name__ == "__main__":
    sys.exit(main())
