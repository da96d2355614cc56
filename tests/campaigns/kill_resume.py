"""Campaign: SIGKILL a training process at random times, also within saves; resume to the end; all bits must agree.

Every first-order rule x {float32, float64} x {random masks, shuffled epochs}, a save after every step (every fourth of
the compiled engine, which takes the steps between at once, and gets a third of the kills). Beside it a process that
calls np.savez, as one does. Run: python tests/campaigns/kill_resume.py [--amount 600] [--engine compiled]
"""

import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from campaign import Campaign, Row, parser
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


def start(folder: str, case: tuple[str, str, str, str, str], errors: int | None = None) -> subprocess.Popen[str]:
    """A child that has begun to train; `errors`: where its standard error goes."""
    command = [sys.executable, __file__, "--child", folder, *case]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True)
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
    case: tuple[str, str, str, str, str], kills: int, window: float, random: Random, counts: Counter[str],
    times: list[tuple[float, bool]],
) -> None:  # fmt: skip
    """Kill one run `kills` times, each within `window` seconds of its first step, then let it finish."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.npz"
        for _ in range(kills):
            child = start(folder, case)
            seconds = random.uniform(0, window)
            time.sleep(seconds)
            child.send_signal(signal.SIGKILL)
            child.wait()
            names = {-signal.SIGKILL: "kills", 0: "finished before the kill"}
            counts[names.get(child.returncode, "crashed")] += 1
            within = bool(leftovers(path))
            counts["within a save"] += within
            counts["unreadable"] += not readable(path)
            times.append((round(seconds, 4), within))
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


SAVEZ = """
import sys, numpy as np
arrays = {f"a{k}": np.full((100, 100), k, "f4") for k in range(12)}
np.savez(sys.argv[1], **arrays)
print("training", flush=True)
while True:
    np.savez(sys.argv[1], **arrays)
"""


def usual(kills: int, window: float, random: Random) -> int:
    """How many of the kills leave a file that np.load cannot read, of a process that calls np.savez without end."""
    lost = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.npz"
        for _ in range(kills):
            child = subprocess.Popen([sys.executable, "-c", SAVEZ, str(path)], stdout=subprocess.PIPE, text=True)
            child.stdout.readline()  # type: ignore[union-attr]
            time.sleep(random.uniform(0, window))
            child.kill()
            child.communicate()
            try:
                with path.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
                    [file[name] for name in file.files]
            except Exception:
                lost += 1
    return lost


def cases_of(engine: str, chosen: list[str], epochs: str) -> list[tuple[str, str, str, str, str]]:
    """The runs of an engine; only rules for one number at a time are compiled."""
    able = [rule for rule in chosen if rules.get(rule).element or engine == "numpy"]
    return [(rule, dtype, sampling, epochs, engine) for rule in able for dtype in DTYPES for sampling in SAMPLINGS]


def campaign_of(engine: str, args: Any, kills: int, random: Random) -> tuple[Counter[str], list[tuple[float, bool]]]:
    """All kills of an engine, shared out evenly among its runs."""
    cases, counts, times = cases_of(engine, args.rules.split(","), args.epochs), Counter[str](), []
    for number, case in enumerate(cases):
        share = kills * (number + 1) // len(cases) - kills * number // len(cases)
        if share:
            attack(case, share, args.window, random, counts, times)
    return counts, times


def row(engine: str, counts: Counter[str], amount: int) -> Row:
    """What came of an engine's kills."""
    lost = [f"{counts[name]} {name}" for name in LOSSES]
    return Row(
        f"SIGKILL of a training process, {engine} engine, resumed to the end", amount, "kills",
        f"{counts['within a save']} within a save; {', '.join(lost)} of {counts['runs']} runs",
        "0 unreadable checkpoints, every run the same to the last bit", not any(counts[name] for name in LOSSES),
    )  # fmt: skip


LOSSES = ("crashed", "unreadable", "differ", "stray files")


def main() -> int:
    """Run the campaign, or, as a child, train."""
    options = parser(__doc__, 600, "kills")
    options.add_argument("--rules", default=",".join(rules.known()))
    options.add_argument("--window", type=float, default=WINDOW, help="seconds after a start in which a kill falls")
    options.add_argument("--epochs", default="40", help="of six steps, the length of a run")
    options.add_argument("--engine", choices=("numpy", "compiled"), help="one only")
    options.add_argument("--child", nargs=6, metavar=("FOLDER", "RULE", "DTYPE", "SAMPLING", "EPOCHS", "ENGINE"))
    args = options.parse_args()
    if args.child:
        train(*args.child)
        return 0
    campaign, random = Campaign("kill and resume", args), Random(args.seed)
    shares = {"numpy": args.amount - args.amount // 3, "compiled": args.amount // 3}
    shares = {args.engine: args.amount} if args.engine else shares
    if "compiled" in shares and find_spec("numba") is None:
        print("left out: the compiled engine, which needs numba (extra fast)", file=sys.stderr)
        shares.pop("compiled")
    found = {engine: campaign_of(engine, args, kills, random) for engine, kills in shares.items()}
    plain = max(1, args.amount // 4)
    lost = usual(plain, args.window, random)
    total = sum((counts for counts, _ in found.values()), Counter[str]())
    rows = [row(engine, counts, counts["kills"]) for engine, (counts, _) in found.items()]
    rows.append(Row("the same with np.savez in the place of our save", plain, "kills", f"{lost} unreadable files",
                    "shown for comparison", True))  # fmt: skip
    names = ("kills", "within a save", "finished before the kill", *LOSSES, "runs")
    line = ", ".join(f"{total[name]} {name}" for name in names) + f"; np.savez: {lost} of {plain} unreadable"
    times = {engine: times for engine, (_, times) in found.items()}
    return campaign.finish(line, rows, {"counts": total, "times": times, "savez": [lost, plain]})


if __name__ == "__main__":
    raise SystemExit(main())
