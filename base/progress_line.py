"""One line on a terminal that says how far something is and writes itself over: what tqdm does, for where it is not."""

import shutil
import time
from typing import TextIO

from .printable import printable, underlying

_EVERY = 0.1  # seconds between two states of the line


class ProgressLine:
    """`epoch 3/10  350/1000 steps  loss 0.31`; the methods are those of a tqdm bar that are used here.

    On what is no terminal nothing is written.
    """

    def __init__(self, total: int, stream: TextIO, initial: int = 0, unit: str = ""):
        self.n, self.total, self.unit = initial, total, unit
        self._stream, self._words, self._state = underlying(stream), "", ""
        self._shown = bool(getattr(stream, "isatty", lambda: False)())
        self._written, self._length = -float("inf"), 0

    def update(self, count: int = 1) -> None:
        """So many more are done."""
        self.n += count
        if time.monotonic() - self._written >= _EVERY:
            self._write()

    def set_description(self, text: str, refresh: bool = True) -> None:
        """What stands before the count."""
        self._words = text
        if refresh:
            self._write()

    def set_postfix_str(self, text: str, refresh: bool = True) -> None:
        """What stands after the count."""
        self._state = text
        if refresh:
            self._write()

    def close(self) -> None:
        """Leave the last state and end the line."""
        if self._shown:
            self._write()
            self._stream.write("\n")
            self._stream.flush()
            self._shown = False

    def _write(self) -> None:
        if not self._shown:
            return
        count = f"{self.n}/{self.total}{' ' * bool(self.unit)}{self.unit}"
        text = printable("  ".join(part for part in (self._words, count, self._state) if part))
        text = text[: shutil.get_terminal_size().columns - 1]
        self._stream.write(f"\r{text}{' ' * (self._length - len(text))}")
        self._stream.flush()
        self._written, self._length = time.monotonic(), len(text)
