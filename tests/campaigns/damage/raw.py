"""Damage to a string of bytes of any format: what a bad cable, disk, transfer, editor or mischief leaves of it.

Each way is a function of the bytes and a random stream; `harm` draws one or a few of them.
"""

import struct
from collections.abc import Callable
from random import Random

EDGES = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 2**63 - 1, 2**64 - 1)
FOREIGN = (b"<!DOCTYPE html><title>404</title>\n", b"\x1f\x8b", b"PK\x03\x04", b"PK\x05\x06", b"\x80\x04",
           b"\x93NUMPY", b"\xef\xbb\xbf", b"\r\n", b"\0" * 64, b"version https://git-lfs\n")  # fmt: skip


def flipped(data: bytes, rng: Random) -> bytes:
    """One to eight bits, anywhere."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 8))):
        out[rng.randrange(len(out))] ^= 1 << rng.randrange(8)
    return bytes(out)


def neighbour(data: bytes, rng: Random) -> bytes:
    """A byte that became a little more or less."""
    out, at = bytearray(data), rng.randrange(len(data))
    out[at] = (out[at] + rng.choice((-35, -2, -1, 1, 2, 35))) % 256
    return bytes(out)


def edge_number(data: bytes, rng: Random) -> bytes:
    """A number of one to eight bytes that became an extreme one, in either byte order; often within the first 64."""
    width, order = rng.choice((1, 2, 4, 8)), rng.choice("<>")
    value = rng.choice(EDGES) % 256**width
    number = struct.pack(order + {1: "B", 2: "H", 4: "I", 8: "Q"}[width], value)
    at = rng.randrange(min(len(data), rng.choice((64, len(data)))))
    return data[:at] + number + data[at + width :]


def cut(data: bytes, rng: Random) -> bytes:
    """The beginning only; often all but a few bytes, or hardly any."""
    few = rng.randrange(min(40, len(data)))
    return data[: rng.choice((rng.randrange(len(data)), few, len(data) - 1 - few))]


def beheaded(data: bytes, rng: Random) -> bytes:
    """The end only."""
    return data[1 + rng.randrange(rng.choice((16, len(data)))) :]


def hole(data: bytes, rng: Random) -> bytes:
    """A stretch is missing."""
    at = rng.randrange(len(data))
    return data[:at] + data[at + 1 + rng.randrange(rng.choice((4, 64, len(data)))) :]


def zeroed(data: bytes, rng: Random) -> bytes:
    """A sector that was never written: zeros, on a boundary of 512 or of nothing."""
    size = rng.choice((1, 16, 512, 4096))
    at = rng.randrange(len(data)) // size * size
    return data[:at] + bytes(len(data[at : at + size])) + data[at + size :]


def noise(data: bytes, rng: Random) -> bytes:
    """A stretch of random bytes in place of what was there."""
    at, size = rng.randrange(len(data)), rng.choice((2, 8, 100, 512))
    return data[:at] + rng.randbytes(len(data[at : at + size])) + data[at + size :]


def inserted(data: bytes, rng: Random) -> bytes:
    """Bytes of elsewhere pushed in between."""
    at = rng.randrange(len(data) + 1)
    return data[:at] + rng.choice((*FOREIGN, rng.randbytes(1 + rng.randrange(40)))) + data[at:]


def repeated(data: bytes, rng: Random) -> bytes:
    """A stretch that was sent twice."""
    a = rng.randrange(len(data))
    b = a + 1 + rng.randrange(rng.choice((8, 512, len(data))))
    return data[:b] + data[a:b] + data[b:]


def swapped(data: bytes, rng: Random) -> bytes:
    """Two blocks of one size that changed places."""
    size = 1 + rng.randrange(rng.choice((4, 512)))
    a, b = sorted(rng.randrange(max(1, len(data) - size)) for _ in range(2))
    b = max(b, a + size)
    return data[:a] + data[b : b + size] + data[a + size : b] + data[a : a + size] + data[b + size :]


def trailed(data: bytes, rng: Random) -> bytes:
    """More behind the end: zeros, noise, another beginning, the whole again."""
    return data + rng.choice((bytes(1 + rng.randrange(600)), rng.randbytes(9), rng.choice(FOREIGN), data, data[-22:]))


def as_text(data: bytes, rng: Random) -> bytes:
    """Sent as text: line ends changed, the high bit lost, or UTF-8 made of Latin-1."""
    return rng.choice((
        lambda: data.replace(b"\n", b"\r\n"), lambda: data.replace(b"\r\n", b"\n").replace(b"\r", b"\n"),
        lambda: bytes(byte & 0x7F for byte in data), lambda: data.decode("latin-1").encode(),
        lambda: data.decode("utf-8", "replace").encode(), lambda: data.partition(b"\x1a")[0],
    ))()  # fmt: skip


def replaced(data: bytes, rng: Random) -> bytes:
    """Another file altogether."""
    return rng.choice((b"", rng.choice(FOREIGN), rng.randbytes(len(data)), bytes(len(data)), data[::-1]))


def spliced(data: bytes, rng: Random) -> bytes:
    """The head of the file and a tail of it that begins elsewhere."""
    return data[: rng.randrange(len(data))] + data[rng.randrange(len(data)) :]


WAYS: tuple[Callable[[bytes, Random], bytes], ...] = (
    flipped, flipped, neighbour, edge_number, cut, beheaded, hole, zeroed, noise, inserted, repeated, swapped, trailed,
    as_text, replaced, spliced,
)  # fmt: skip


def harm(data: bytes, rng: Random) -> tuple[str, bytes]:
    """The name of what was done, and the harmed bytes; one time in six, two or three ways after each other."""
    names = []
    for _ in range(rng.choice((1, 1, 1, 1, 1, 3))):
        way = rng.choice(WAYS)
        if data:
            names.append(way.__name__)
            data = way(data, rng)
    return " + ".join(names), data


def bomb_size(rng: Random) -> int:
    """Mebibytes of zeros that a bomb unfolds to; the largest are rare, for they take long to make."""
    return rng.choice((1,) * 12 + (20,) * 7 + (300,))
