"""Campaign: pickles that act when they are loaded, given to every reader of ours in a process under an audit hook.

Every opcode that names or calls, in protocols 0 to 5, with the names that attacks use; what Python, NumPy and joblib
write of acting objects, nested in object arrays, archives, checkpoints; bombs of memory. Nothing may be executed,
imported, opened or written, no 256 MiB taken, and each refusal names the offending name or opcode. Beside it the
well-known allow-list of four names, and pickle itself with names that are harmless.
"""

import gzip
import json
import os
import pickle
import pickletools
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

from campaign import Campaign, Row, parser
from damage import hostile
from limits import for_memory, limited, memory
from readers import AllowList

MOST = 256 << 20
FILES = {"pickle": "hostile.pkl", "packed": "hostile.pkl.gz", "npy": "X.npy", "npz": "mnist.npz", "model": "net.npz",
         "checkpoint": "run.npz"}  # fmt: skip
Case = tuple[str, str, bytes, tuple[str, ...]]


def cases(sentinel: str, amount: int, seed: int) -> list[Case]:
    """Label, kind, bytes, and what a refusal may name: both sets, or so many of them, drawn."""
    from hostile_pickles import NAMES, all_cases, mechanisms  # the first set: beside the tests of mnist

    found: list[Case] = [(label, "pickle", data, (needle,)) for label, data, needle in all_cases()]
    for name in NAMES:
        for how, data in mechanisms(name):
            bare = data[2:] if data[:1] == b"\x80" else data
            found += [(f"{how} {name}, protocol {protocol}", "pickle", b"\x80" + bytes([protocol]) + bare, (name,))
                      for protocol in range(6)]  # fmt: skip
    found += [(label, kind, data, offences(data)) for label, kind, data in hostile.all_cases(sentinel)]
    random = Random(seed)
    return found if amount >= len(found) else random.sample(found, amount)


def offences(data: bytes) -> tuple[str, ...]:
    """Names and opcodes in a pickle; what an archive or array that holds one is refused for."""
    named = ["object", "not that of a plain array", "is a pickle", "starts with", "no .npy array",
             "holds an array of dtype"]  # fmt: skip
    try:
        ops = list(pickletools.genops(data))
    except ValueError:
        return tuple(named)
    texts = [str(argument) for op, argument, _ in ops if isinstance(argument, str)]
    return (*named, *(text.replace(" ", ".") for text in texts if text), *{op.name for op, _, _ in ops})


def doors() -> dict[str, list[tuple[Callable[[Path], Any], tuple[type[Exception], ...]]]]:
    """Kind of file -> our readers of it, and the errors that are the project's own."""
    import mnist
    import models
    from mnist.npz import read_npy, read_npz
    from solver import CheckpointError, checkpoint

    data = (mnist.DataError,)

    def labelled(path: Path) -> Any:
        return mnist.load(path, label=str(path))  # its own labels, so that there are any

    return {
        "pickle": [(mnist.read_pickle, data), (mnist.load, data)],
        "packed": [(mnist.read_pickle, data), (mnist.load, data)],
        "npy": [(read_npy, data), (labelled, data)],
        "npz": [(read_npz, data), (mnist.load, data)],
        "model": [(models.load, (ValueError,))],
        "checkpoint": [(checkpoint.read, (CheckpointError,)), (models.load, (ValueError,))],
    }


class Watch:
    """An audit hook that notes, and stops, all but reading the one file; the hook cannot be taken away again."""

    def __init__(self) -> None:
        self.armed, self.path, self.events = False, Path(), list[str]()
        sys.addaudithook(self.hook)

    def hook(self, event: str, args: tuple[Any, ...]) -> None:
        """Called by the interpreter."""
        if not self.armed or event.startswith(("object.__getattr__", "os.listdir", "os.scandir")):
            return
        reads = event == "open" and str(args[0]) == str(self.path) and (args[1] in ("r", "rb", None))
        if not reads:
            self.events.append(f"{event} {args!r:.100}")
            raise PermissionError(event)


def ours(folder: Path, amount: int, seed: int) -> dict[str, Any]:
    """In the child: every case through its doors."""
    sentinel, open_doors, watch = folder / "sentinel", doors(), Watch()
    counts: Counter[str] = Counter()
    bad, most, slowest = [], 0, 0.0
    todo = cases(str(sentinel), amount, seed)
    warm_up(folder, open_doors)
    packed = [(a, "packed", gzip.compress(c, 1), d) for a, kind, c, d in todo[::5] if kind == "pickle"]
    for label, kind, data, needles in todo + packed:
        path = watch.path = folder / FILES[kind]
        path.write_bytes(data)
        for read, errors in open_doors[kind]:
            before, start = memory("VmRSS", fresh=True), time.perf_counter()
            with limited(MOST):
                what = refused(read, path, errors, needles, watch)
            slowest, most = max(slowest, time.perf_counter() - start), max(most, memory("VmHWM") - before)
            counts["refused" if not what else "other"] += 1
            bad += [f"{label} by {read.__module__}.{read.__name__}: {what}"] if what else []
        path.unlink()
    touched = sentinel.exists()
    return {"refused": counts["refused"], "bad": bad, "events": watch.events, "touched": touched, "cases": len(todo),
            "mib": most / 2**20, "slowest": slowest}  # fmt: skip


def refused(read: Callable[[Path], Any], path: Path, errors: Any, needles: tuple[str, ...], watch: Watch) -> str:
    """What is wrong with how the reader took it; empty where it refused as it must."""
    watch.armed = True
    try:
        read(path)
        return "was read"
    except errors as error:
        if for_memory(error):
            return "took memory"
        said = str(error)
        right = path.name in said and len(said) < 700 and any(needle in said for needle in needles)
        return "" if right else f"refused with {said:.300}"
    except BaseException as error:
        return f"raised {error!r:.300}"
    finally:
        watch.armed = False


def warm_up(folder: Path, open_doors: Any) -> None:
    """Read something of each kind, so that what is imported or found out once is so before the watch begins."""
    from mnist_files import npz_bytes, pickle_bytes, small_parts

    good = pickle_bytes(small_parts(), 0)
    for kind, name in FILES.items():
        npz = npz_bytes(small_parts())
        content = {"pickle": good, "packed": gzip.compress(good), "npy": b"nothing"}.get(kind, npz)
        for read, errors in open_doors[kind]:
            for data in (content, b"\x80\x04N.", b"nothing"):
                (folder / name).write_bytes(data)
                try:
                    read(folder / name)
                except errors:
                    continue
        (folder / name).unlink()


def usual(folder: Path, amount: int, seed: int) -> Counter[str]:
    """In the same child process, one fork a case: what the allow-list of four names lets through."""
    counts: Counter[str] = Counter()
    names = "refused", "read", "took 256 MiB", "slow"
    for _, kind, data, _ in cases(str(folder / "sentinel"), amount, seed):
        if kind == "pickle":
            child = os.fork()
            if not child:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
                os._exit(names.index(allow_listed(data)))
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            counts[names[code] if code >= 0 else "slow" if code == -14 else "crashed"] += 1
    return counts


def allow_listed(data: bytes) -> str:
    """What the usual restricted unpickler does."""
    import io
    import signal

    signal.alarm(2)  # no handler: it ends the process
    with limited(MOST):
        try:
            AllowList(io.BytesIO(data), encoding="latin1").load()
            return "read"
        except Exception as error:
            return "took 256 MiB" if for_memory(error) else "refused"


def executed_by_pickle() -> tuple[int, int]:
    """How many of the ways to name and call, in all protocols, pickle itself executes, on a name that is harmless."""
    from hostile_pickles import mechanisms

    calls: list[Any] = []
    bait = type(sys)("layergraph_bait")
    bait.take = lambda *args: calls.append(args)  # type: ignore[attr-defined]
    sys.modules["layergraph_bait"] = bait
    tried = done = 0
    for _, data in mechanisms("layergraph_bait.take"):
        for protocol in range(6):
            calls.clear()
            tried += 1
            try:
                bare = data[2:] if data[:1] == b"\x80" else data
                pickle.loads(b"\x80" + bytes([protocol]) + bare, encoding="latin1")
            except Exception:
                pass
            done += bool(calls)
    del sys.modules["layergraph_bait"]
    return done, tried


def main() -> int:
    """Run the campaign, or, as a child, one of its halves."""
    options = parser(__doc__, 10_000, "files at most")
    options.add_argument("--child", choices=("ours", "usual"))
    options.add_argument("--folder", type=Path)
    args = options.parse_args()
    if args.child:
        print(json.dumps({"ours": ours, "usual": usual}[args.child](args.folder, args.amount, args.seed)))
        return 0
    campaign = Campaign("hostile files", args)
    with tempfile.TemporaryDirectory(prefix="hostile-") as name:
        found = {}
        for half in ("ours", "usual"):
            command = [sys.executable, __file__, "--child", half, "--folder", name, "--amount", str(args.amount)]
            child = subprocess.run([*command, "--seed", str(args.seed)], stdout=subprocess.PIPE, text=True, check=True)
            found[half] = json.loads(child.stdout)
    mine, other, (done, tried) = found["ours"], found["usual"], executed_by_pickle()
    bad = [*mine["bad"], *mine["events"], *(["the sentinel was touched"] if mine["touched"] else [])]
    print(*bad[:50], sep="\n", end="\n" if bad else "")
    rows = [
        Row("pickles that act when they are loaded, in every file that could hold one", mine["cases"], "files",
            f"{mine['refused']:,} times refused by name, {len(mine['bad'])} otherwise, {len(mine['events'])} forbidden "
            f"acts, slowest {mine['slowest']:.2f} s, most memory {mine['mib']:.0f} MiB; an allow-list of four names "
            f"reads {other.get('read', 0):,}, takes 256 MiB for {other.get('took 256 MiB', 0)}; pickle executes {done} "
            f"of {tried} ways to call", "0 executed, 0 of 256 MiB, each refused by the offending name",
            not bad and mine["mib"] < 256),
    ]  # fmt: skip
    line = (
        f"{mine['cases']:,} files, {mine['refused']:,} times refused by name, {len(mine['bad'])} otherwise, "
        f"{len(mine['events'])} forbidden acts, {mine['mib']:.0f} MiB at most; allow-list: " +
        ", ".join(f"{count:,} {name}" for name, count in other.items()) + f"; pickle executes {done} of {tried}"
    )  # fmt: skip
    figures = {key: mine[key] for key in ("cases", "refused", "mib", "slowest")}
    return campaign.finish(line, rows, {**figures, "allow_list": other, "pickle_executes": [done, tried]})


if __name__ == "__main__":
    sys.exit(main())
