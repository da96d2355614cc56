"""Reading idx files, MNIST's own format, plain or gzip: magic number, sizes, then the values, big-endian.

The header is checked against the bytes that the file can hold before memory is taken, and the file must
end with its data.
"""

from math import prod
from pathlib import Path

import numpy as np

from base.arrays import Array

from .errors import starts_with
from .stream import LIMIT, ByteStream

_TYPES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MAX_DIMS = 8


def read_idx(path: str | Path, *, limit: int = LIMIT) -> Array:
    """The array in an idx or idx.gz file, in the file's type and the machine's byte order.

    Format: two zero bytes, a type code, the number of dimensions, each size as a big-endian uint32, the values
    (LeCun, Cortes & Burges, "The MNIST database", section "File formats").

    Raises DataError: not idx, unknown type, sizes that do not match the data, damaged or overlong gzip data,
    more than `limit` bytes.
    """
    with ByteStream(Path(path), limit) as stream:
        dtype, shape = _read_header(stream)
        count = prod(shape) * dtype.itemsize
        try:
            array = np.empty(shape, dtype)
        except (MemoryError, ValueError) as error:
            raise stream.error(f"needs {count:,} bytes of memory, more than there is.") from error
        if count:
            stream.read_into(array.reshape(-1).view(np.uint8).data)
        stream.finish()
    return array.astype(dtype.newbyteorder("="), copy=False)


def idx_header(shape: tuple[int, ...]) -> bytes:
    """The header of an idx file of unsigned bytes with `shape`."""
    return bytes([0, 0, 0x08, len(shape)]) + b"".join(size.to_bytes(4, "big") for size in shape)


def _read_header(stream: ByteStream) -> tuple[np.dtype[np.generic], tuple[int, ...]]:
    """Type and shape, believed only where the file can hold them."""
    if not stream.gzipped and (stream.size < 4 or not stream.head.startswith(b"\0\0")):
        raise stream.error(f"is no idx file: {starts_with(stream.head)}")
    magic = bytes(stream.read(4))
    if magic[:2] != b"\0\0":
        raise stream.error(f"is no idx file: unpacked, {starts_with(magic)}")
    code, dims = magic[2], magic[3]
    if code not in _TYPES or not 1 <= dims <= _MAX_DIMS:
        raise stream.error(f"has the magic number {int.from_bytes(magic, 'big')}, which is type code {code:#04x} and "
                           f"{dims} dimensions; expected 2051 for images or 2049 for labels.")  # fmt: skip
    dtype = np.dtype(_TYPES[code])
    shape = tuple(int.from_bytes(stream.read(4), "big") for _ in range(dims))
    claimed, most = prod(shape) * dtype.itemsize, stream.most
    if claimed > most:
        if stream.gzipped:
            stream.drain()  # of a cut file that is the error; where gzip's own sums hold, the header is wrong
        why = "a wrong header" if stream.gzipped else "it is cut short, or its header is wrong. Fetch it again"
        raise stream.error(f"claims to hold {' x '.join(map(str, shape))} values of {dtype.itemsize} bytes, but "
                           f"a file of {stream.size:,} bytes can give at most {most:,}: {why}.")  # fmt: skip
    return dtype, shape
