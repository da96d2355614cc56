"""`layergraph data list|get|verify|info`: what data sets there are, bringing them here, checking files, looking inside.

mnist (and with it NumPy) is imported when a subcommand runs, after the number of BLAS threads has been set.
"""

import argparse
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .flags_and_output import Subparsers, common_flags, dump, say

if TYPE_CHECKING:
    from mnist.report import Held, Report

OK, USAGE, DATA = 0, 2, 3
OWN = (".csv", ".tsv", ".csv.gz", ".parquet", ".npy")  # names of data of the user's own, besides folders


def add_parser(subparsers: Subparsers) -> None:
    """Add `data` and its four subcommands."""
    parser = subparsers.add_parser("data", help="find, fetch, verify and describe data sets")
    parser.set_defaults(run=lambda _: _help(parser))
    inner = parser.add_subparsers(metavar="list|get|verify|info")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        one: argparse.ArgumentParser = inner.add_parser(name, help=text, description=text, parents=[common_flags()])
        one.set_defaults(run=run)
        return one

    command("list", run_list, "the known data sets and where they were found")
    get = command("get", run_get, "put the files of MNIST or one of its family into a folder, verified")
    get.add_argument("name", metavar="NAME", help="mnist, fashion-mnist, kmnist, qmnist, emnist-letters, ...")
    where = "a folder or file here, or a URL (default: where its makers serve it)"
    get.add_argument("--from", dest="source", metavar="PATH|URL", help=where)
    get.add_argument("--to", metavar="DIR", help="where to put them (default: the cache folder)")
    get.add_argument("--no-verify", action="store_true", help="take files of other sums")
    verify = command("verify", run_verify, "check that files are MNIST to the last bit; exit 3 if one is not")
    verify.add_argument("paths", nargs="+", metavar="FILE|DIR")
    info = command("info", run_info, "shape, type, sum, classes and pixel statistics of a data file")
    info.add_argument("path", metavar="FILE")
    info.add_argument("--label", metavar="NAME", help="of a table: the column of the labels")


def run_list(args: argparse.Namespace) -> int:
    """The known data sets; reading MNIST to verify it takes about a second."""
    rows = [_mnist_row(), _digits_row(), *_family_rows()]
    say(args, *(f"{row['name'] + '  ':8}{row['state']}" for row in rows))
    return _result(args, rows)


def run_get(args: argparse.Namespace) -> int:
    """Fetch or copy MNIST or a set of its family."""
    import mnist
    from base.words import did_you_mean
    from mnist.own.family import FAMILY

    bar = sys.stderr.isatty() and not args.quiet and not args.json
    verify = not args.no_verify
    if args.name != "mnist" and args.name not in FAMILY:
        known = ["mnist", *FAMILY]
        raise ValueError(f"unknown data set {args.name!r}.{did_you_mean(args.name, known)} Known: {', '.join(known)}")
    if args.name in FAMILY:
        files = mnist.fetch_family(
            args.name, args.source, to=args.to, verify=verify, progress=bar, log=lambda line: say(args, line)
        )
        return _result(args, {"kind": "idx", "files": [str(path) for path in files]})
    source = mnist.fetch(args.source, to=args.to, verify=verify, progress=bar, log=lambda line: say(args, line))
    return _result(args, {"kind": source.kind, "files": [str(path) for path in source.files]})


def run_verify(args: argparse.Namespace) -> int:
    """One line a file: ok and what it is, or what is wrong with it."""
    import mnist

    reports: list[Report] = []
    for path in map(Path, args.paths):
        reports += mnist.verify_folder(path) if path.is_dir() else [mnist.verify_file(path)]
    for report in reports:
        what = ", ".join(f"{one.name} {_times(one.shape)}" for one in report.held)
        say(args, f"failed  {report.error}" if report.error else f"ok      {Path(report.file).name}: {what}, sha256 ok")
    _result(args, [report.as_dict() for report in reports])
    return DATA if any(report.error for report in reports) else OK


def run_info(args: argparse.Namespace) -> int:
    """What a file holds."""
    import mnist

    if Path(args.path).is_dir() or args.path.lower().endswith(OWN):
        return _info_of_own(args)
    report = mnist.describe(args.path)
    say(args, f"{report.file}   {report.kind}", *(line for one in report.held for line in _lines(one)))
    return _result(args, report.as_dict())


def _info_of_own(args: argparse.Namespace) -> int:
    """What data of the user's own look like to `train`: rows, columns, classes, what is done to them."""
    import mnist

    data = mnist.load(args.path, label=args.label, scale="raw")
    classes = data.info.classes
    counts = {part: len(data[f"y_{part}"]) for part in ("train", "val", "test")}
    say(
        args,
        f"{data.info.name}   {data.info.source}   rows of {_times(data.info.shape)}",
        "  rows    " + "  ".join(f"{part}: {count:,}" for part, count in counts.items()),
        f"  classes {', '.join(classes)}" if classes else "  real targets",
        *(f"  {note}" for note in data.info.notes),
    )
    return _result(args, {"rows": counts, **data.info.as_dict()})


def _family_rows() -> list[dict[str, Any]]:
    from mnist.locate import search_folders
    from mnist.own.family import FAMILY, family_files

    rows: list[dict[str, Any]] = []
    for name, member in FAMILY.items():
        places = [folder / sub for folder in search_folders() for sub in (name, member.folder)]
        found = next((place for place in places if family_files(name, place)), None)
        state = f"in {found}" if found else f"not here: layergraph data get {name}"
        rows.append({"name": name, "found": found is not None, "classes": len(member.classes), "state": state})
    return rows


def _mnist_row() -> dict[str, Any]:
    import mnist
    from mnist.locate import find_mnist

    row: dict[str, Any] = {"name": "mnist", "found": False, "verified": False}
    try:
        source = find_mnist()
        row.update(found=True, place=source.place, kind=source.kind)
        data = mnist.load(val=0, dtype="uint8", scale="raw")
    except mnist.DataError as error:
        return {**row, "state": str(error), "error": str(error)}
    counts = [len(data["y_train"]), len(data["y_test"])]
    state = f"{counts[0]:,} + {counts[1]:,} images of 28 x 28, {source.kind} in {source.place}, {data.state}"
    return {**row, "verified": True, "counts": counts, "state": state}


def _digits_row() -> dict[str, Any]:
    size = "1,437 + 360 images of 8 x 8"
    try:
        found = version("scikit-learn")
    except PackageNotFoundError:
        return {"name": "digits", "found": False, "state": f"{size}; needs scikit-learn: pip install scikit-learn"}
    return {"name": "digits", "found": True, "counts": [1437, 360], "state": f"{size}, from scikit-learn {found}"}


def _lines(one: "Held") -> list[str]:
    """An array's description for people."""
    lines = [f"{one.name}   {_times(one.shape)}   {one.dtype}" + (f"   (MNIST's {one.part})" if one.part else "")]
    if one.sha256:
        lines.append(f"  sha256  {one.sha256}")
    if one.counts is not None:
        lines.append("  classes " + "  ".join(f"{label}: {count:,}" for label, count in one.counts.items()))
    if one.mean is not None and one.std is not None:
        lines.append(f"  pixels  mean {one.mean:.4f}, standard deviation {one.std:.4f}")
    return lines


def _times(shape: tuple[int, ...]) -> str:
    return " x ".join(f"{size:,}" for size in shape)


def _result(args: argparse.Namespace, result: Any) -> int:
    if args.json:
        print(dump(result))
    return OK


def _help(parser: argparse.ArgumentParser) -> int:
    parser.print_help()
    return USAGE
