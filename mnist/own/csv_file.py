"""CSV files as they come: comma, semicolon, tab or bar between the cells, with a header or without, decimal commas."""

import csv
import gzip
import io
import re
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from base.arrays import Array

from ..errors import DataError, printable, shown, starts_with
from ..stream import LIMIT
from .material import Table

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz")
MISSING = ("", "na", "n/a", "nan", "null", "none", "?", "<na>")
_EMPTY = ("", "na", "n/a", "nan", "null", "<na>")  # of text: "none" may well be a value
_DELIMITERS = (",", ";", "\t", "|")
_FIRST = 20  # lines that tell the delimiter


def read_csv(path: Path) -> Table:
    """The columns of a CSV file; DataError names the line that does not fit."""
    text = _text(path)
    if not text.strip():
        raise DataError(f"{shown(path)} is empty: it holds no rows.")
    text = _without_remarks(text)
    delimiter = _delimiter(text, path)
    first = next(_rows(text, delimiter, path))
    headed = _is_header(text, delimiter, path)
    width = len(first[1])
    names = _names(first[1] if headed else [f"column {at}" for at in range(1, width + 1)])
    fast = _numbers_alone(text, delimiter, headed, width)
    if fast is not None:
        return Table(names, tuple(fast.T), np.arange(1 + headed, len(fast) + 1 + headed))
    lines: list[int] = []
    cells: list[list[str]] = []
    for line, row in _rows(text, delimiter, path):
        if headed and not lines and line == first[0]:
            continue
        if len(row) != width:
            raise DataError(f"{shown(path)}, line {line}: {len(row)} cells where the first line has {width}. "
                            "Are there delimiters inside of a cell that is not quoted?")  # fmt: skip
        lines.append(line)
        cells.append(row)
    if not cells:
        raise DataError(f"{shown(path)} holds no rows" + (" below its header." if headed else "."))
    columns = [list(column) for column in zip(*cells, strict=True)]
    kept = [at for at, cells in enumerate(columns) if names[at] or any(cell.strip() for cell in cells)]
    # what has neither a name nor a cell is the delimiter that some programs write at each line's end
    found = tuple(column_of(columns[at], comma=delimiter != ",") for at in kept)
    return Table(tuple(names[at] for at in kept), found, np.array(lines))


def column_of(cells: list[str], *, comma: bool = False) -> Array:
    """Cells as float64 (what is missing as NaN) where all others are numbers, else as text ("" where missing)."""
    cells = [cell.strip() for cell in cells]
    given = [cell if cell.lower() not in MISSING else None for cell in cells]
    try:
        if any(given):
            return np.array([np.nan if cell is None else _number(cell, comma) for cell in given])
    except ValueError:
        pass
    return np.array([cell if cell.lower() not in _EMPTY else "" for cell in cells], object)


def _number(cell: str, comma: bool) -> float:
    if "_" in cell:  # Python's own way to write numbers
        raise ValueError(cell)
    if comma and re.fullmatch(r"[-+]?\d*,\d+", cell):
        cell = cell.replace(",", ".")
    return float(cell)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw.startswith(b"\x1f\x8b"):
            with gzip.open(io.BytesIO(raw)) as unpacked:
                raw = unpacked.read(LIMIT + 1)
            if len(raw) > LIMIT:
                raise DataError(f"{shown(path)} unpacks to more than {LIMIT:,} bytes: unpack it, if that is right.")
    except zlib.error as error:
        raise DataError(f"{shown(path)} is damaged: its gzip data do not decode ({error}). Fetch it again.") from error
    except (OSError, EOFError) as error:
        raise DataError(f"cannot read {shown(path)}: {getattr(error, 'strerror', None) or error}.") from error
    if b"\0" in raw[:4096] and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataError(f"{shown(path)} is no text: {starts_with(raw[:64])}")
    wide = raw.startswith((b"\xff\xfe", b"\xfe\xff"))
    for encoding in ("utf-16",) if wide else ("utf-8-sig", "cp1252", "latin-1"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise DataError(f"{shown(path)} is no text that can be read (UTF-8 expected).")


def _without_remarks(text: str) -> str:
    """Lines that begin with `#` before the first row made blank; the last of them is kept, where it names the columns.

    That is one with as many cells as the row below it.
    """
    lines = text.split("\n")
    count = next((at for at, line in enumerate(lines) if not line.startswith("#")), 0)
    if count == 0:
        return text
    last, below = lines[count - 1], lines[count]
    names = any(mark in below and last.count(mark) == below.count(mark) for mark in _DELIMITERS)
    blank = count - names
    return "\n".join([*[""] * blank, *lines[blank:]])


def _rows(text: str, delimiter: str, path: Path) -> Iterator[tuple[int, list[str]]]:
    """(line, cells) of each row that is not blank; a leading `# ` of the header, as NumPy writes it, is dropped."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    first = True
    try:
        for row in reader:
            if not any(cell.strip() for cell in row):
                continue
            if first and row[0].startswith("#"):
                row[0] = row[0].lstrip("# ")
            first = False
            yield reader.line_num, row
    except csv.Error as error:
        raise DataError(f"{shown(path)}, line {reader.line_num}: {error}.") from error


def _delimiter(text: str, path: Path) -> str:
    """The one that cuts the first lines into the most cells of equal number."""
    head = "\n".join(text.splitlines()[:_FIRST])
    best = (0, 0, ",")
    for delimiter in (*_DELIMITERS, " "):
        if delimiter == " " and best[0]:
            break  # spaces stand in text as well
        widths = [len(row) for _, row in _rows(head, delimiter, path)]
        if widths and widths[0] > 1:
            same = sum(width == widths[0] for width in widths)
            best = max(best, (same, widths[0], delimiter))
    if not best[0]:
        raise DataError(f"{shown(path)} has one column alone: cells are parted by , ; tab | or space; "
                        f"it begins {printable(head[:40])}.")  # fmt: skip
    return best[2]


def _is_header(text: str, delimiter: str, path: Path) -> bool:
    """Whether the first row names the columns: no cell of it is a number, or words stand over numbers."""
    rows = [row for _, row in zip(range(_FIRST), (row for _, row in _rows(text, delimiter, path)), strict=False)]
    comma = delimiter != ","
    numeric = [[_is_number(cell, comma) for cell in row] for row in rows]
    over = any(not a and b and cell.strip() for a, b, cell in zip(numeric[0], numeric[-1], rows[0], strict=False))
    return not all(numeric[0]) and (over or not any(numeric[0]))


def _is_number(cell: str, comma: bool) -> bool:
    try:
        _number(cell.strip(), comma)
    except ValueError:
        return False
    return True


def _names(cells: list[str]) -> tuple[str, ...]:
    """The names, each once: a second `x` is `x (2)`."""
    names: list[str] = []
    for cell in cells:
        name, at = cell.strip(), 2
        while name in names:
            name, at = f"{cell.strip()} ({at})", at + 1
        names.append(name)
    return tuple(names)


def _numbers_alone(text: str, delimiter: str, headed: bool, width: int) -> Array | None:
    """(N, width) float64 by NumPy's reader, much faster than cells one by one; None where it finds other things."""
    if text.startswith("\n") or (headed and "\n" not in text.strip()):
        return None  # lines that count otherwise; a header alone
    try:
        with io.StringIO(text, newline="") as stream:
            array = np.loadtxt(stream, delimiter=delimiter, skiprows=int(headed), ndmin=2, comments=None, quotechar='"')
    except ValueError:
        return None
    whole = len(array) and array.shape[1] == width and np.isfinite(array).all()
    return array if whole and text.count("\n\n") == 0 else None
