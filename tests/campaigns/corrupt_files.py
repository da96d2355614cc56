"""Campaign: damaged files of every format, read by ours and by the usual few lines of Python.

Ours must give the content to the last bit or one error of the project that names the file: never other content, never
another exception, within two seconds and the memory of the content + 64 MiB. Two sets of damages, by turns: the second
was written without a look at the first. Run: python tests/campaigns/corrupt_files.py [--formats idx,npz] [--replay
FORMAT:INDEX], which keeps the files.
"""

import collections
import contextlib
import os
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from campaign import Campaign, Row, parser
from damage import first, second
from limits import for_memory, limited, memory
from readers import Format, formats

SECONDS, MEMORY = 2.0, 64 << 20
OUTCOMES = ("exact", "refused", "silently wrong", "other exception", "slow", "memory")
USUAL_LIMIT = 2 << 30  # of the usual loaders, which take gigabytes on a header's word


def damaged(form: str, kept: Format, index: int, seed: int) -> tuple[str, dict[str, bytes]]:
    """Damage and files of one case; even ones by the first set, odd ones by the second."""
    rng = Random(f"{form}:{index}:{seed}")
    whole = rng.choice(kept.variants)
    if index % 2 == 0:
        return first.damaged(form, whole, index, seed)
    return second.damaged(form, whole, rng)


def write(folder: Path, files: dict[str, bytes]) -> None:
    """The folder holds these files and no others."""
    for old in folder.iterdir():
        if old.name not in files:
            old.unlink()
    for name, data in files.items():
        (folder / name).write_bytes(data)


def outcome_of(read: Callable[[Path], Any], folder: Path, whole: Any, kept: Format | None) -> str:
    """What a reader makes of the folder; every exception is a refusal where `kept`, which knows ours, is None."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error" if kept else "ignore")
            same = read(folder) == whole
    except Exception as error:
        if kept is None:
            return "refused"
        if for_memory(error):
            return "memory"
        said = str(error)
        names = [*kept.variants[0], folder.name]
        right = isinstance(error, kept.errors) and any(name in said for name in names) and len(said) < 700
        return "refused" if right and said.isprintable() else "other exception"
    return "exact" if same else "silently wrong"


def usual_outcome(form: str, kept: Format, folder: Path, whole: Any) -> str:
    """What the usual loader makes of it; an unpickler in a process of its own, for damaged pickles crash Python."""
    with limited(USUAL_LIMIT):
        if form != "pkl.gz":
            return outcome_of(kept.usual, folder, whole, None)
        child = os.fork()
        if not child:
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
            os._exit(OUTCOMES.index(outcome_of(kept.usual, folder, whole, None)))
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        return OUTCOMES[code] if code >= 0 else "crashed"


def timed(read: Callable[[Path], Any], folder: Path, whole: Any, kept: Format | None) -> tuple[str, float, int]:
    """The outcome, the seconds (the better of two where the first were too many), the peak of memory taken."""
    seconds = float("inf")
    for _ in range(2):
        before, start = memory("VmRSS", fresh=True), time.perf_counter()
        outcome = outcome_of(read, folder, whole, kept)
        seconds = min(seconds, time.perf_counter() - start)
        taken = memory("VmHWM") - before
        if seconds <= SECONDS:
            break
    return ("slow" if seconds > SECONDS else outcome), seconds, taken


def attack(form: str, kept: Format, amount: int, seed: int, folder: Path) -> dict[str, Any]:
    """Counts, extremes and the bad cases of one format."""
    write(folder, kept.variants[0])
    whole, usual_whole = kept.ours(folder), kept.usual(folder)
    payload = sum(map(len, kept.variants[0].values()))
    ours: collections.Counter[str] = collections.Counter()
    usual: collections.Counter[str] = collections.Counter()
    sets: tuple[collections.Counter[str], ...] = collections.Counter(), collections.Counter()
    slowest, most, bad = 0.0, 0, []
    for index in range(amount):
        how, files = damaged(form, kept, index, seed)
        write(folder, files)
        with limited(max(payload, sum(map(len, files.values()))) + MEMORY):
            outcome, seconds, taken = timed(kept.ours, folder, whole, kept)
        outcome = "memory" if taken > payload + MEMORY else outcome
        ours[outcome] += 1
        sets[index % 2][outcome] += 1
        slowest, most = max(slowest, seconds), max(most, taken)
        if outcome not in ("exact", "refused"):
            bad.append(f"{form}:{index} {how}: {outcome}")
        usual[usual_outcome(form, kept, folder, usual_whole)] += 1
    return {"ours": ours, "usual": usual, "sets": sets, "slowest": slowest, "mib": most / 2**20, "bad": bad}


def row(form: str, amount: int, found: dict[str, Any]) -> Row:
    """The row of one format."""
    ours, usual = found["ours"], found["usual"]
    words = ", ".join(f"{ours[name]:,} {name}" for name in OUTCOMES if ours[name] or name in OUTCOMES[:3])
    return Row(
        f"damaged files: {form}", amount, "files",
        f"{words}; slowest {found['slowest']:.2f} s, most memory {found['mib']:.0f} MiB; "
        f"usual loader: {usual['silently wrong']:,} silently wrong"
        + (f", {usual['crashed']:,} crashes of Python" if usual["crashed"] else ""),
        "the very same content or one error that names the file; 2 s; content + 64 MiB", not found["bad"],
    )  # fmt: skip


def main() -> int:
    """Run the campaign."""
    options = parser(__doc__, 10_000, "files a format")
    options.add_argument("--formats", type=lambda text: text.split(","), help="separated by commas; all by default")
    options.add_argument("--replay", metavar="FORMAT:INDEX", help="one case only; its files are kept")
    args = options.parse_args()
    campaign = Campaign("corrupt files", args)
    with tempfile.TemporaryDirectory(prefix="corrupt-") as name:
        known = formats(Path(name))
        if args.replay:
            return replay(known, args.replay, args.seed)
        folder, results = Path(name) / "case", {}
        folder.mkdir()
        for form in args.formats or known:
            results[form] = attack(form, known[form], args.amount, args.seed, folder)
    bad = [case for found in results.values() for case in found["bad"]]
    print(*bad[:50], sep="\n", end="\n" if bad else "")
    total, silent = args.amount * len(results), sum(found["usual"]["silently wrong"] for found in results.values())
    counts: collections.Counter[str] = sum((found["ours"] for found in results.values()), collections.Counter())
    line = f"{total:,} files of {len(results)} formats: " + ", ".join(f"{counts[one]:,} {one}" for one in OUTCOMES)
    rows = [row(form, args.amount, found) for form, found in results.items()]
    figures = {form: {key: found[key] for key in found if key != "bad"} for form, found in results.items()}
    return campaign.finish(f"{line}; usual loaders: {silent:,} silently wrong", rows, figures)


def replay(known: dict[str, Format], case: str, seed: int) -> int:
    """Read one case again and say all."""
    form, _, index = case.rpartition(":")
    kept, folder = known[form], Path(tempfile.mkdtemp(prefix="corrupt-"))
    write(folder, kept.variants[0])
    whole = kept.ours(folder)
    how, files = damaged(form, kept, int(index), seed)
    write(folder, files)
    print(folder, how, timed(kept.ours, folder, whole, kept), sep="   ")
    with contextlib.suppress(*kept.errors):
        kept.ours(folder)
        return 0
    try:
        kept.ours(folder)
    except kept.errors as error:
        print(f"{type(error).__name__}: {error}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
