"""Finds the line of a mutation: everything is made read-only, the call repeated, and NumPy raises at the spot.

Other libraries write into read-only memory without a word; there the arrays are looked at after every line instead.
Also reads file, line and source text from a traceback, leaving out the frames of this package.
"""

import linecache
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Any

from ..subject.arrays import changed, freeze, snapshot, thaw

HERE = str(Path(__file__).parents[1])


def mutating_line(call: Callable[[], Any], *protected: Any) -> str | None:
    """'file.py:12  source text' of the line that writes into one of `protected` when `call` runs, None if not found."""
    shots = snapshot(protected)
    frozen = freeze(list(protected))
    try:
        call()
    except ValueError as error:
        if "read-only" in str(error) or "readonly" in str(error):
            return where_raised(error)
    except Exception:  # another error says nothing about the mutation
        return None
    finally:
        thaw(frozen)
    if not changed(shots):
        return None
    for _, array, before in shots:
        array[...] = before
    return _line_after_which(call, shots)


def _line_after_which(call: Callable[[], Any], shots: list[tuple[str, Any, Any]]) -> str | None:
    """The line of the innermost frame of the user's code after which one of the arrays is another."""
    found: list[str] = []
    before: dict[FrameType, int] = {}

    def trace(frame: FrameType, event: str, _: Any) -> Any:
        file = frame.f_code.co_filename
        if found or file.startswith((HERE, "<frozen")) or "site-packages" in file:
            return None
        if event in ("line", "return") and frame in before and changed(shots):
            text = linecache.getline(file, before[frame]).strip()
            found.append(f"{Path(file).name}:{before[frame]}" + (f"  {text}" if text else ""))
        before[frame] = frame.f_lineno
        return trace

    outer = sys.gettrace()
    sys.settrace(trace)
    try:
        call()
    except Exception:  # what it raises is told elsewhere
        return None
    finally:
        sys.settrace(outer)
    return next(iter(found), None)


def where_raised(error: BaseException) -> str | None:
    """'file.py:12  source text' of the innermost frame of the user's code."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(HERE)]
    own = [f for f in frames if "site-packages" not in f.filename and not f.filename.startswith("<frozen")]
    if not frames:
        return None
    frame = (own or frames)[-1]
    return f"{Path(frame.filename).name}:{frame.lineno}" + (f"  {frame.line}" if frame.line else "")
