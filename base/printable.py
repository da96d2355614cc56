"""Outside text (names and words from files) made printable, and streams on which nothing else appears.

What controls a terminal (ESC, BEL, carriage returns, marks that turn the direction of writing) is shown as an escape:
a file must not colour, overwrite or forge what a command says.
"""

import re
import unicodedata
from typing import Any, TextIO

_OUR_COLOURS = re.compile(r"(\x1b\[(?:0|31|32|33)m)")


def printable(text: object) -> str:
    """Text of one line in which every control character is an escape, as in '\\x1b[2J'."""
    return _escaped(str(text), "")


def brief(text: object, most: int = 300) -> str:
    """`printable`, with the middle left out of what is longer than `most`: an error may quote a whole damaged file."""
    shown = printable(str(text)[:most] + str(text)[most:][-most:])
    return shown if len(shown) <= most else f"{shown[: most * 2 // 3]} ... {shown[-(most // 3) :]}"


def _escaped(text: str, kept: str) -> str:
    if text.isprintable():
        return text
    return "".join(char if _harmless(char) or char in kept else _escape(char) for char in text)


def _harmless(char: str) -> bool:
    return char.isprintable() or unicodedata.category(char) == "Zs"  # other widths of a space


def _escape(char: str) -> str:
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


class PrintableStream:
    """A text stream that hands on to `underlying` what can be printed: lines, tabs, and our colours on a terminal."""

    def __init__(self, underlying: TextIO):
        self.underlying = underlying

    def write(self, text: str) -> int:
        """Write `text` without what controls a terminal; the number of characters taken."""
        if self.underlying.isatty():
            pieces = _OUR_COLOURS.split(text)  # every second one is a colour
            pieces[::2] = [_escaped(piece, "\n\t") for piece in pieces[::2]]
            self.underlying.write("".join(pieces))
        else:
            self.underlying.write(_escaped(text, "\n\t"))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write each of `lines`."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.underlying, name)


def underlying(stream: Any) -> Any:
    """The stream beneath a PrintableStream, for bars of our own, which move the cursor; else the stream itself."""
    return getattr(stream, "underlying", stream)
