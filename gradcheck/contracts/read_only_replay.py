"""Finds the line of a mutation: everything is made read-only, the call repeated, and NumPy raises at the spot.

Also reads file, line and source text from a traceback, leaving out the frames of this package.
"""

import linecache
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..subject.arrays import freeze, thaw

HERE = str(Path(__file__).parent)


def mutating_line(call: Callable[[], Any], *protected: Any) -> str | None:
    """'file.py:12  source text' of the line that writes into one of `protected` when `call` runs, if NumPy objects."""
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
    return None


def where_raised(error: BaseException) -> str | None:
    """'file.py:12  source text' of the innermost frame of the user's code."""
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith(HERE)]
    own = [f for f in frames if "site-packages" not in f.filename and not f.filename.startswith("<frozen")]
    if not frames:
        return None
    frame = (own or frames)[-1]
    text = linecache.getline(frame.filename, frame.lineno or 0).strip()
    return f"{Path(frame.filename).name}:{frame.lineno}" + (f"  {text}" if text else "")
