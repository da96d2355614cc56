"""Campaign: SIGKILL a training process at random times, also within saves; resume to the end; all bits must agree.

Every first-order rule x {float32, float64} x {random masks, shuffled epochs}, a save after every step (every fourth of
the compiled engine, which takes the steps between at once). Prints one line of counts, exit code 1 on any loss.
Run: python tests/campaigns/kill_resume.py [--kills 200] [--seed 0] [--engine compiled]
"""

import argparse
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from random import Random

sys.path.insert(0, str(Path(__file__).resolve().parent))

from exact_resume import DTYPES, SAMPLINGS, digest, problem

from base.atomic import leftovers
from solver import CheckpointError, Solver, checkpoint, rules

WINDOW = 0.35  # seconds after the first save within which a kill falls


def train(folder: str, rule: str, dtype: str, sampling: str, epochs: str, engine: str) -> None:
    """In the child: go on from the checkpoint, or start; say when training begins; print the digest at the end."""
    path = Path(folder) / "run.npz"
    model, data = problem(dtype)
    if path.exists():
        solver = Solver.load(path, model, data)
    else:
        solver = Solver(
            model, data, update_rule=rule, batch_size=15, num_epochs=int(epochs), sampling=sampling, verbose=False,
            num_train_samples=20, checkpoint_name=path, checkpoint_every=4 if engine == "compiled" else 1,
            engine=engine,
        )  # fmt: skip
    print("training", flush=True)
    print(digest(solver.train()), flush=True)


def start(folder: str, case: tuple[str, str, str, str, str]) -> subprocess.Popen[str]:
    """A child that has begun to train."""
    child = subprocess.Popen([sys.executable, __file__, "--child", folder, *case], stdout=subprocess.PIPE, text=True)
    line = child.stdout.readline() if child.stdout else ""
    if line.strip() != "training":
        raise SystemExit(f"{' '.join(case)}: the child did not start: {line!r}")
    return child


def wanted(case: tuple[str, str, str, str, str]) -> str:
    """The digest of a run that nobody disturbs, without checkpoints."""
    rule, dtype, sampling, epochs, engine = case
    model, data = problem(dtype)
    solver = Solver(
        model, data, update_rule=rule, batch_size=15, num_epochs=int(epochs), sampling=sampling, verbose=False,
        num_train_samples=20, engine=engine,
    )  # fmt: skip
    return digest(solver.train())


def attack(
    case: tuple[str, str, str, str, str], kills: int, window: float, random: Random, counts: Counter[str]
) -> None:
    """Kill one run `kills` times, each within `window` seconds of a first save, then let it finish."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.npz"
        for _ in range(kills):
            child = start(folder, case)
            time.sleep(random.uniform(0, window))
            child.send_signal(signal.SIGKILL)
            child.wait()
            names = {-signal.SIGKILL: "kills", 0: "finished before the kill"}
            counts[names.get(child.returncode, "crashed")] += 1
            counts["within a save"] += bool(leftovers(path))
            counts["unreadable"] += not readable(path)
        child = start(folder, case)
        answer = (child.communicate()[0] or "").strip()
        counts["runs"] += 1
        counts["differ"] += answer != wanted(case)
        counts["stray files"] += len(list(Path(folder).iterdir())) - 1


def readable(path: Path) -> bool:
    """Whether the checkpoint, if there is one, is whole."""
    try:
        return not path.exists() or bool(checkpoint.read(path).meta)
    except CheckpointError as error:
        print(error)
        return False


def main() -> int:
    """Run the campaign, or, as a child, train."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rules", default=",".join(rules.known()))
    parser.add_argument("--window", type=float, default=WINDOW, help="seconds after a first save in which a kill falls")
    parser.add_argument("--epochs", default="40", help="of six steps, the length of a run")
    parser.add_argument("--engine", choices=("numpy", "compiled"), default="numpy")
    parser.add_argument("--child", nargs=6, metavar=("FOLDER", "RULE", "DTYPE", "SAMPLING", "EPOCHS", "ENGINE"))
    args = parser.parse_args()
    if args.child:
        train(*args.child)
        return 0
    chosen = [rule for rule in args.rules.split(",") if rules.get(rule).element or args.engine == "numpy"]
    cases = [
        (rule, dtype, sampling, args.epochs, args.engine)
        for rule in chosen for dtype in DTYPES for sampling in SAMPLINGS
    ]  # fmt: skip
    random, counts = Random(args.seed), Counter[str]()
    for number, case in enumerate(cases):
        share = args.kills * (number + 1) // len(cases) - args.kills * number // len(cases)
        if share:
            attack(case, share, args.window, random, counts)
    names = ("kills", "within a save", "finished before the kill", "crashed", "unreadable", "runs", "differ")
    names += ("stray files",)
    print(f"kill and resume, {args.engine}: " + ", ".join(f"{counts[name]} {name}" for name in names))
    return 1 if any(counts[name] for name in ("crashed", "unreadable", "differ", "stray files")) else 0


if __name__ == "__main__":
    raise SystemExit(main())
