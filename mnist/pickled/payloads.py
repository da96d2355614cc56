"""The opcodes that carry payload: byte strings, which may be the pixels, and text.

What is kept is counted against one budget, and no text may cost more than a byte of memory a character.
"""

import codecs
import re
from collections.abc import Callable

import numpy as np

from ..errors import printable
from .machine import Machine

Handler = Callable[[Machine], None]
_BAD_ESCAPE = re.compile(rb"\\(?!['\"nrt]|x[0-9a-fA-F]{2})")
_BEYOND_LATIN = re.compile(rb"\\(?:U|u(?!00))")
_LAST_LATIN_LEAD = 0xC3  # UTF-8 of U+00FF begins with it
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
            machine.refuse(f"holds text of {count:,} bytes; the limit is {_LONGEST_TEXT:,} (protocol 3 needs no text)")
        raw = machine.stream.read(count)
        fits = not count or int(np.frombuffer(raw, np.uint8).max()) <= _LAST_LATIN_LEAD
        _push_latin(machine, raw, "utf-8", fits=fits)

    return push


def push_text_line(machine: Machine) -> None:
    """UNICODE: a line of Latin-1 bytes, some of them escaped."""
    raw = machine.line(_LONGEST_TEXT)
    _push_latin(machine, raw, "raw-unicode-escape", fits=not _BEYOND_LATIN.search(raw))


def _push_latin(machine: Machine, raw: bytes | bytearray, encoding: str, *, fits: bool) -> None:
    """Text of Latin-1 characters, which Python 3 writes in place of bytes: one byte of memory each, and no more."""
    if not fits:
        machine.refuse(f"holds text that is not Latin-1: {printable(bytes(raw[:40]))}")
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        machine.refuse(f"holds text that is not {encoding}: {printable(bytes(raw[:40]))}")
    machine.keep(len(text))
    machine.push(text)
