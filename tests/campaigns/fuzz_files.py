"""The corrupt-file campaign: thousands of damaged files a format, read by ours and by the usual few lines of Python.

    python tests/campaigns/fuzz_files.py [--count 10000] [--seed 0] [--docs docs/data.md] [--replay FORMAT:INDEX]

Ours must give the data to the last bit or one DataError that names the file: exit 1 if it ever does anything else.
"""

import argparse
import collections
import gzip
import pickle
import resource
import struct
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "mnist"), str(HERE.parents[1])]

import numpy as np  # noqa: E402
from fuzz_mutations import FORMATS, PARTS, case  # noqa: E402
from mnist_files import sums, three_sets  # noqa: E402
from peak_memory import peak_mib  # noqa: E402

from mnist.checksums import check_sums  # noqa: E402
from mnist.containers import read_source  # noqa: E402
from mnist.errors import DataError  # noqa: E402
from mnist.locate import STEMS, Source  # noqa: E402

SLOW, ADDRESS_SPACE = 2.0, 3 << 30
OUTCOMES = ("exact", "refused", "silently wrong", "other error", "slow")
BEGIN, END = "<!-- fuzz_files.py: begin -->", "<!-- fuzz_files.py: end -->"
SUMS = sums(PARTS)


def ours(form: str, folder: Path) -> str:
    """What our reader makes of the files: one of OUTCOMES."""
    start = time.perf_counter()
    outcome = _ours(form, folder)
    return "slow" if time.perf_counter() - start > SLOW else outcome


def _ours(form: str, folder: Path) -> str:
    suffix = ".gz" if form == "idx.gz" else ""
    files = {"npz": ["mnist.npz"], "pkl.gz": ["mnist.pkl.gz"]}.get(form, [stem + suffix for stem in STEMS])
    kind = {"npz": "npz", "pkl.gz": "pickle"}.get(form, "idx")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            parts = read_source(Source(kind, tuple(folder / name for name in files)))
            check_sums(parts, folder.name, expected=SUMS)
    except DataError as error:
        named = any(name in str(error) for name in [*files, folder.name])
        return "refused" if named and len(str(error)) < 700 else "other error"
    except Exception:
        return "other error"
    same = all(np.array_equal(mine, theirs) for mine, theirs in zip(parts, PARTS, strict=True))
    return "exact" if same else "silently wrong"


def naive(form: str, folder: Path) -> str:
    """What the usual loader makes of them; any exception at all counts as refused."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            got = _NAIVE[form](folder)
            expected = [array for pair in three_sets(PARTS) for array in pair] if form == "pkl.gz" else PARTS
            same = all(np.array_equal(np.asarray(a), b) for a, b in zip(got, expected, strict=True))
    except Exception:
        return "refused"
    return "exact" if same else "silently wrong"


def _naive_idx(folder: Path) -> list[np.ndarray]:
    arrays = []
    for stem, images in zip(STEMS, (True, False, True, False), strict=True):
        raw = (folder / stem).read_bytes()
        values = np.frombuffer(raw, np.uint8, offset=16 if images else 8)
        arrays.append(values.reshape(-1, 28, 28) if images else values)
    return arrays


def _naive_idx_gz(folder: Path) -> list[np.ndarray]:
    arrays = []
    for stem, images in zip(STEMS, (True, False, True, False), strict=True):
        with gzip.open(folder / f"{stem}.gz") as file:
            if images:
                _, count, rows, columns = struct.unpack(">4I", file.read(16))
                values = np.frombuffer(file.read(count * rows * columns), np.uint8).reshape(count, rows, columns)
            else:
                _, count = struct.unpack(">2I", file.read(8))
                values = np.frombuffer(file.read(count), np.uint8)
        arrays.append(values)
    return arrays


def _naive_npz(folder: Path) -> list[np.ndarray]:
    with (folder / "mnist.npz").open("rb") as raw, np.load(raw, allow_pickle=False) as file:
        return [file[name] for name in ("x_train", "y_train", "x_test", "y_test")]


class _AllowList(pickle.Unpickler):
    """The well-known allow-list of four names; a plain pickle.load of damaged bytes would be no safe comparison."""

    def find_class(self, module: str, name: str) -> object:
        if (module, name) in {("numpy", "ndarray"), ("numpy", "dtype"), ("_codecs", "encode")}:
            return super().find_class(module, name)
        if name in ("_reconstruct", "_frombuffer") and module.startswith("numpy."):
            return super().find_class(module.replace("numpy.core", "numpy._core"), name)
        raise pickle.UnpicklingError(name)


def _naive_pickle(folder: Path) -> list[np.ndarray]:
    with gzip.open(folder / "mnist.pkl.gz") as file:
        sets = _AllowList(file, encoding="latin1").load()
    return [array for pair in sets for array in pair]


_NAIVE = {"idx": _naive_idx, "idx.gz": _naive_idx_gz, "npz": _naive_npz, "pkl.gz": _naive_pickle}


def run_case(reader: Callable[[str, Path], str], form: str, index: int, seed: int, folder: Path) -> tuple[str, str]:
    """Damage and outcome of one case, read by `ours` or `naive`; `folder` is overwritten."""
    kind, files = case(form, index, seed)
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return kind, reader(form, folder)


def campaign(form: str, count: int, seed: int, folder: Path) -> tuple[str, list[str]]:
    """Our counts as text, and the bad cases as `FORMAT:INDEX damage: outcome`."""
    counts: collections.Counter[str] = collections.Counter()
    bad = []
    for index in range(count):
        kind, outcome = run_case(ours, form, index, seed, folder)
        counts[outcome] += 1
        if outcome not in ("exact", "refused"):
            bad.append(f"{form}:{index} {kind}: {outcome}")
    return f"{form:7} {count:,} files   ours: " + ", ".join(f"{counts[name]:,} {name}" for name in OUTCOMES), bad


def comparison(form: str, count: int, seed: int, folder: Path) -> str:
    """The usual loader's counts as text."""
    counts = collections.Counter(run_case(naive, form, index, seed, folder)[1] for index in range(count))
    return "   usual loader: " + ", ".join(f"{counts[name]:,} {name}" for name in OUTCOMES[:3])


def main() -> int:
    """Run the campaign and print one line a format."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=10_000, help="files a format")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--docs", type=Path, help="write the lines into this page, between its markers")
    parser.add_argument("--replay", metavar="FORMAT:INDEX", help="one case only; its files are kept")
    args = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    if args.replay:
        form, _, index = args.replay.rpartition(":")
        folder = Path(tempfile.mkdtemp(prefix="fuzz-"))
        for reader in (ours, naive):
            print(folder, reader.__name__, *run_case(reader, form, int(index), args.seed, folder), sep="   ")
        return 0
    before = peak_mib()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        results = [campaign(form, args.count, args.seed, Path(name)) for form in FORMATS]
        grown = peak_mib() - before  # before the usual loaders, which take gigabytes on a header's word
        lines = [line + comparison(form, args.count, args.seed, Path(name))
                 for form, (line, _) in zip(FORMATS, results, strict=True)]  # fmt: skip
    bad = [one for _, found in results for one in found]
    lines.append(f"peak memory of our readers over all files: {grown:.0f} MiB above the start")
    print(*lines, *bad[:50], sep="\n")
    if args.docs:
        command = f"python tests/campaigns/fuzz_files.py --count {args.count} --seed {args.seed}"
        _write_docs(args.docs, [f"$ {command}", *lines])
    return 1 if bad else 0


def _write_docs(page: Path, lines: list[str]) -> None:
    text = page.read_text()
    head, tail = text.index(BEGIN) + len(BEGIN), text.index(END)
    page.write_text(text[:head] + "\n```\n" + "\n".join(lines) + "\n```\n" + text[tail:])


if __name__ == "__main__":
    sys.exit(main())
