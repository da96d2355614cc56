"""Damage to gzip (RFC 1952): members, flags and trailers that lie, bombs, right checksums around harmed contents."""

import functools
import gzip
import struct
import zlib
from collections.abc import Callable
from random import Random

from .raw import bomb_size

Inner = Callable[[bytes, Random], tuple[str, bytes]]


def deflated(content: bytes, level: int = 6) -> bytes:
    """The raw deflate stream of the content."""
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(content) + packer.flush()


def member(
    content: bytes, *, flags: int = 0, method: int = 8, extra: bytes = b"", crc: int = 0, size: int = 0
) -> bytes:
    """A member whose flags, method and sums can be made wrong; `crc` and `size` are added to the true ones."""
    head = struct.pack("<4BIBB", 0x1F, 0x8B, method, flags, 0, 0, 255)
    tail = struct.pack("<II", (zlib.crc32(content) + crc) % 2**32, (len(content) + size) % 2**32)
    return head + extra + deflated(content) + tail


@functools.lru_cache(maxsize=64)
def bomb(content: bytes, mebibytes: int) -> bytes:
    """The content, then zeros without end, in one member with honest sums."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts, zeros = [packer.compress(content)], bytes(1 << 20)
    parts += [packer.compress(zeros) for _ in range(mebibytes)]
    return b"".join(parts) + packer.flush()


def harm_gzip(packed: bytes, rng: Random, inner: Inner) -> tuple[str, bytes]:
    """One way out of many; `inner` harms the unpacked content, which is then packed with right sums."""
    content = gzip.decompress(packed)
    half = rng.randrange(len(content) + 1)
    name = rng.choice(("inner", "inner", "inner", "members", "members", "flags", "sums", "blocks", "bomb", "nested"))
    if name == "inner":
        how, harmed = inner(content, rng)
        return f"packed again: {how}", gzip.compress(harmed, rng.choice((0, 1, 6, 9)), mtime=0)
    if name == "members":
        return "members", rng.choice((
            lambda: packed + packed, lambda: packed + member(b""), lambda: member(b"") + packed,
            lambda: member(content[:half]) + member(content[half:]), lambda: packed + member(bytes(rng.randrange(300))),
            lambda: packed + bytes(rng.randrange(1, 40)), lambda: packed + packed[: rng.randrange(1, 20)],
            lambda: packed + rng.randbytes(7), lambda: member(content[half:]) + member(content[:half]),
        ))()  # fmt: skip
    if name == "flags":
        return "flags", rng.choice((
            lambda: member(content, flags=8, extra=b"name\0"), lambda: member(content, flags=8),
            lambda: member(content, flags=8, extra=b"n" * 70_000 + b"\0"),
            lambda: member(content, flags=4, extra=b"\xff\xff"), lambda: member(content, flags=4, extra=b"\4\0abcd"),
            lambda: member(content, flags=16, extra=b"a comment\0"), lambda: member(content, flags=2, extra=b"\0\0"),
            lambda: member(content, flags=1 << rng.randrange(5, 8)), lambda: member(content, method=rng.randrange(8)),
            lambda: member(content, flags=31),
        ))()  # fmt: skip
    if name == "sums":
        wrong = rng.choice((1, -1, rng.randrange(2**32)))
        return "sums", rng.choice((lambda: member(content, crc=wrong), lambda: member(content, size=wrong),
                                   lambda: member(content)[:-4], lambda: member(content)[:-8]))()  # fmt: skip
    if name == "blocks":
        return "blocks", _block_damage(packed, content, rng)
    if name == "nested":
        others = (gzip.compress(packed, mtime=0), zlib.compress(content), deflated(content), content)
        return "nested", rng.choice(others)
    return "bomb", bomb(content[: rng.choice((0, 16, len(content)))], bomb_size(rng))


def _block_damage(packed: bytes, content: bytes, rng: Random) -> bytes:
    """Within the deflate stream: a changed bit, stored blocks whose lengths lie, a stream that never ends."""
    stream, head, tail = bytearray(deflated(content)), packed[:10], packed[-8:]
    way = rng.randrange(4)
    if way == 0:
        stream[rng.randrange(len(stream))] ^= 1 << rng.randrange(8)
        return head + bytes(stream) + tail
    if way == 1:  # a stored block: its length and the complement of it
        length = min(len(content), 60_000)
        lie = (length + rng.choice((-1, 1, 5))) % 65536
        return head + b"\1" + struct.pack("<HH", lie, lie ^ 0xFFFF) + content[:length] + tail
    if way == 2:  # not the last block, and no block after it
        return head + b"\0" + struct.pack("<HH", 3, 3 ^ 0xFFFF) + content[:3] + tail
    return head + bytes([rng.choice((6, 7, 4, 5))]) + bytes(stream[1:]) + tail  # another kind of block
