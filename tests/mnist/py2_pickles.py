"""Pickles as Python 2 and its NumPy wrote them, which no Python 3 can write: byte strings, and names of old NumPy.

Written from the format's description; `encoding="latin1"` lets Python 3 read them back, and a test does.
"""

import struct

import numpy as np


class Writer:
    """The opcodes of protocols 0, 1 and 2 for tuples of arrays and plain values."""

    def __init__(self, protocol: int):
        self.protocol, self.out, self.memos = protocol, bytearray(), 0
        if protocol == 2:
            self.out += b"\x80\x02"

    def memo(self):
        number, self.memos = self.memos, self.memos + 1
        if self.protocol == 0:
            self.out += b"p%d\n" % number
        else:
            self.out += b"q" + bytes([number]) if number < 256 else b"r" + struct.pack("<I", number)

    def integer(self, value):
        if isinstance(value, bool):
            self.out += (b"\x88" if value else b"\x89") if self.protocol == 2 else b"I%02d\n" % value
        elif self.protocol == 0:
            self.out += b"I%d\n" % value
        elif 0 <= value < 256:
            self.out += b"K" + bytes([value])
        elif 0 <= value < 65536:
            self.out += b"M" + struct.pack("<H", value)
        else:
            self.out += b"J" + struct.pack("<i", value)

    def string(self, value: bytes):
        if self.protocol == 0:
            self.out += b"S" + repr(bytes(value))[1:].encode() + b"\n"
        elif len(value) < 256:
            self.out += b"U" + bytes([len(value)]) + value
        else:
            self.out += b"T" + struct.pack("<i", len(value)) + value
        self.memo()

    def name(self, module: str, name: str):
        self.out += f"c{module}\n{name}\n".encode()
        self.memo()

    def tuple(self, *write):
        short = self.protocol == 2 and len(write) <= 3
        self.out += b"" if short else b"("
        for one in write:
            one()
        self.out += bytes([0x84 + len(write)]) if short else b"t"
        self.memo()

    def dtype(self, dtype: np.dtype):
        code, order = dtype.str[1:], dtype.str[0].encode()
        self.name("numpy", "dtype")
        self.tuple(lambda: self.string(code.encode()), lambda: self.integer(0), lambda: self.integer(1))
        self.out += b"R"
        self.memo()
        none = lambda: self.out.extend(b"N")  # noqa: E731
        self.tuple(lambda: self.integer(3), lambda: self.string(order), none, none, none,
                   lambda: self.integer(-1), lambda: self.integer(-1), lambda: self.integer(0))  # fmt: skip
        self.out += b"b"

    def array(self, array: np.ndarray):
        self.name("numpy.core.multiarray", "_reconstruct")
        self.tuple(lambda: self.name("numpy", "ndarray"), lambda: self.tuple(lambda: self.integer(0)),
                   lambda: self.string(b"b"))  # fmt: skip
        self.out += b"R"
        self.memo()
        self.tuple(lambda: self.integer(1), lambda: self.tuple(*(lambda n=n: self.integer(n) for n in array.shape)),
                   lambda: self.dtype(array.dtype), lambda: self.integer(False),
                   lambda: self.string(array.tobytes()))  # fmt: skip
        self.out += b"b"


def py2_dumps(sets, protocol: int) -> bytes:
    """A tuple of pairs of arrays as Python 2's cPickle wrote it."""
    writer = Writer(protocol)
    writer.tuple(*(lambda p=pair: writer.tuple(*(lambda a=a: writer.array(a) for a in p)) for pair in sets))
    return bytes(writer.out + b".")
