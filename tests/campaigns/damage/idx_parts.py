"""Damage to an idx file that knows the format: magic numbers, sizes, labels, and parts that do not belong together."""

import struct
from random import Random

from .raw import harm

SIZES = (0, 1, 9, 27, 29, 255, 256, 784, 65_535, 2**24, 2**31 - 1, 2**31, 2**32 - 28, 2**32 - 1)


def parsed(data: bytes) -> tuple[int, list[int], bytes]:
    """Magic number, sizes, values."""
    dims = data[3]
    sizes, values = data[4 : 4 + 4 * dims], data[4 + 4 * dims :]
    return int.from_bytes(data[:4], "big"), list(struct.unpack(f">{dims}I", sizes)), values


def built(magic: int, sizes: list[int], values: bytes, order: str = ">") -> bytes:
    """The file again."""
    return struct.pack(f"{order}{len(sizes) + 1}I", magic, *sizes) + values


def harm_idx(data: bytes, rng: Random) -> tuple[str, bytes]:
    """One way; half of the time the one of raw bytes."""
    if rng.random() < 0.4 or len(data) < 8:
        return harm(data, rng)
    magic, sizes, values = parsed(data)
    way = rng.choice(_WAYS)
    return way.__name__.strip("_"), way(magic, sizes, values, rng)


def _other_type(magic: int, sizes: list[int], values: bytes, rng: Random) -> bytes:
    code, dims = rng.choice((0, 7, 8, 9, 0x0A, 0x0B, 0x0C, 0x0D, 0x0E, 0x0F, 0xFF)), magic & 0xFF
    return built(code << 8 | dims, sizes, values)


def _other_magic(magic: int, sizes: list[int], values: bytes, rng: Random) -> bytes:
    other = rng.choice((2049, 2050, 2051, 2052, magic << 16, magic | 1 << 24, 0, 2**32 - 1, 0x0800, 0x08FF))
    return built(other, sizes, values)


def _one_size_lies(magic: int, sizes: list[int], values: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(sizes))
    lie = rng.choice((*SIZES, sizes[at] + 1, max(0, sizes[at] - 1), sizes[at] * 2))
    return built(magic, [lie if k == at else size for k, size in enumerate(sizes)], values)


def _sizes_overflow(magic: int, sizes: list[int], values: bytes, rng: Random) -> bytes:
    """Products that are right modulo 2**32 or 2**64, or zero times very much."""
    lies = rng.choice(([2**16, 2**16, len(values)], [2**32 - 1] * 3, [0, 2**32 - 1, 2**32 - 1], [2**31, 2, len(values)],
                       [2**30, 4, 2**30], [len(values), 1, 0], [1] * 3))  # fmt: skip
    return built(magic, lies[: len(sizes)], values)


def _same_product(magic: int, sizes: list[int], values: bytes, rng: Random) -> bytes:
    """Other sizes of as many values: turned, flattened, split."""
    count = len(values)
    made = rng.choice(([count], [1, count], [count, 1], [count // 28, 28], [count // 56, 14, 56], [*sizes, 1],
                       sizes[::-1], [count // 784, 784], [1, *sizes], [1] * 7 + [count], [1] * 40 + [1]))  # fmt: skip
    return built(0x0800 | len(made), made, values)


def _count_and_values(magic: int, sizes: list[int], values: bytes, rng: Random) -> bytes:
    """Fewer or more rows than the file had, and a header that says so: a whole file of other data."""
    row, rows = len(values) // max(sizes[0], 1), rng.choice((0, 1, sizes[0] - 1, sizes[0] + 1, 2 * sizes[0]))
    return built(magic, [rows, *sizes[1:]], (values * 2)[: row * rows])


def _little_endian(magic: int, sizes: list[int], values: bytes, rng: Random) -> bytes:
    return built(rng.choice((magic, int.from_bytes(magic.to_bytes(4, "big"), "little"))), sizes, values, "<")


def _another_value(magic: int, sizes: list[int], values: bytes, rng: Random) -> bytes:
    """One value that is possible in such a file, or a label that is not."""
    at, value = rng.randrange(len(values)), rng.choice((0, 1, 9, 10, 11, 127, 128, 255))
    return built(magic, sizes, values[:at] + bytes([value]) + values[at + 1 :])


def _two_rows_swapped(magic: int, sizes: list[int], values: bytes, rng: Random) -> bytes:
    row = len(values) // sizes[0]
    rows = [values[k * row : (k + 1) * row] for k in range(sizes[0])]
    a, b = rng.sample(range(len(rows)), 2)
    rows[a], rows[b] = rows[b], rows[a]
    return built(magic, sizes, b"".join(rows))


def _shifted(magic: int, sizes: list[int], values: bytes, rng: Random) -> bytes:
    """The same length, the values moved along."""
    by = rng.randrange(1, len(values))
    return built(magic, sizes, values[by:] + values[:by])


def _negated(magic: int, sizes: list[int], values: bytes, rng: Random) -> bytes:
    return built(magic, sizes, bytes(255 - value for value in values))


_WAYS = (_other_type, _other_magic, _one_size_lies, _one_size_lies, _sizes_overflow, _same_product, _count_and_values,
         _little_endian, _another_value, _another_value, _two_rows_swapped, _shifted, _negated)  # fmt: skip
