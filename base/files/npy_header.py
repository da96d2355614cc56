"""The header of a .npy array, matched and never evaluated: NumPy's own reader hands the text to Python's parser.

Numbers, booleans and text of fixed width only: anything else, objects above all, has no match.
"""

import re
from collections.abc import Callable

import numpy as np

from ..arrays import Array

MAGIC, LONGEST = b"\x93NUMPY", 10_000
_HEADER = re.compile(
    rb"\{'descr': '([<>|=]?(?:b1|[iu][1248]|f[248]|f16|[US]\d{1,6}))', 'fortran_order': (True|False), "
    rb"'shape': \(((?:\d{1,12}L?,? ?)*)\),? ?\}\s*"
)
_DESCRIBED = re.compile(rb"'descr': *'([^']{1,40})'")

Header = tuple[np.dtype[np.generic], tuple[int, ...], bool]


def header_text(major: int, read: Callable[[int], bytes]) -> tuple[int, bytes]:
    """The length that is claimed and the text, empty where that is too long, of a header of version `major`.

    `read` gives so many of the bytes that follow magic and version (NumPy Enhancement Proposal 1).
    """
    length = int.from_bytes(read(2 if major == 1 else 4), "little")
    return length, read(length) if length <= LONGEST else b""


def parsed(text: bytes) -> Header | None:
    """Type, shape and whether the order is Fortran's; None where the text is no header of a plain array."""
    match = _HEADER.fullmatch(text)
    if match is None:
        return None
    shape = tuple(int(size.strip(b" L")) for size in match[3].split(b",") if size.strip(b" L"))
    try:
        return np.dtype(match[1].decode()), shape, match[2] == b"True"
    except TypeError:  # a float of 16 bytes is not on every machine
        return None


def is_text(array: Array) -> bool:
    """Whether every character of an array of text is one: of others NumPy makes no strings, but a SystemError."""
    codes = np.ascontiguousarray(array).reshape(-1).view(np.dtype(np.uint32).newbyteorder(array.dtype.byteorder))
    return not codes.size or bool(codes.max() <= 0x10FFFF and not ((codes >= 0xD800) & (codes <= 0xDFFF)).any())


def described(text: bytes) -> str:
    """The type that the text names, whatever it is worth, for the error."""
    match = _DESCRIBED.search(text)
    named = match[1].decode("latin-1") if match else "that is not said"
    return "object" if named in ("|O", "O") else named
