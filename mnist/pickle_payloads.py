"""The opcodes that carry payload: byte strings, which may be the pixels, and text.

What is kept is counted against one budget, and no text may cost more than a byte of memory a character.
"""

import codecs
import re
from collections.abc import Callable

from .errors import printable
from .pickle_machine import Machine

Handler = Callable[[Machine], None]
_BAD_ESCAPE = re.compile(rb"\\(?!['\"nrt]|x[0-9a-fA-F]{2})")
_LONGEST_TEXT = 1 << 26


def push_escaped(machine: Machine) -> None:
    """STRING: Python 2's repr of a byte string on one line, decoded piece by piece since it may be the pixels."""
    out, rest = bytearray(), b""
    for piece in machine.stream.line_pieces():
        rest += piece
        ready = _unbroken(rest)
        if _BAD_ESCAPE.search(rest[:ready].replace(b"\\\\", b"")):
            machine.refuse("holds a string with an unknown escape")
        decoded = codecs.escape_decode(rest[:ready])[0]
        machine.keep(len(decoded))
        out += decoded
        rest = rest[ready:]
    if rest or len(out) < 2 or out[:1] != out[-1:] or out[0] not in b"'\"":
        machine.refuse("holds a string without quotes")
    del out[:1], out[-1:]
    machine.push(out)


def _unbroken(text: bytes) -> int:
    """How much of `text` ends before an escape sequence that is cut off."""
    at = text.rfind(b"\\", -4)
    if at < 0:
        return len(text)
    slashes = len(text[: at + 1]) - len(text[: at + 1].rstrip(b"\\"))
    needed = 4 if text[at + 1 : at + 2] == b"x" else 2
    return at if slashes % 2 and len(text) - at < needed else len(text)


def _text(machine: Machine, raw: bytes | bytearray, encoding: str = "utf-8") -> None:
    """Text of Latin-1 characters only, which Python 3 writes in place of bytes; so one byte of memory a character."""
    try:
        text = raw.decode(encoding)
        text.encode("latin-1")
    except UnicodeError:
        machine.refuse(f"holds text that is not Latin-1: {printable(bytes(raw[:40]))}")
    machine.keep(len(text))
    machine.push(text)


def push_bytes(width: int) -> Handler:
    """The opcodes that hold bytes after their count, an integer of `width` bytes."""

    def push(machine: Machine) -> None:
        count = machine.number(width)
        machine.keep(count)
        machine.push(machine.stream.read(count))

    return push


def push_text(width: int) -> Handler:
    """The opcodes that hold UTF-8 after its count."""

    def push(machine: Machine) -> None:
        count = machine.number(width)
        if count > _LONGEST_TEXT:
            machine.refuse(f"holds text of {count:,} bytes; the limit is {_LONGEST_TEXT:,}")
        _text(machine, machine.stream.read(count))

    return push


def push_text_line(machine: Machine) -> None:
    """UNICODE: a line of text, other characters than Latin-1 escaped."""
    _text(machine, machine.line(_LONGEST_TEXT), "raw-unicode-escape")
