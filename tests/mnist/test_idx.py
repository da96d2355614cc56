"""The idx reader: round trips of every type, and each way in which a header, a size or a gzip stream can lie."""

import gzip
import io
import struct
import tracemalloc

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp
from mnist_files import idx_bytes, pack

from mnist import DataError, read_idx

CODES = {0x08: ">u1", 0x09: ">i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
LABELS = idx_bytes(np.arange(10, dtype=np.uint8))


def read(tmp_path, data: bytes, name="t10k-labels-idx1-ubyte.gz"):
    path = tmp_path / name
    path.write_bytes(data)
    return read_idx(path)


@given(data=st.data(), code=st.sampled_from(sorted(CODES)), packed=st.booleans())
def test_round_trip(tmp_path_factory, data, code, packed):
    shape = data.draw(hnp.array_shapes(max_dims=4, max_side=5, min_side=0))
    array = data.draw(hnp.arrays(CODES[code], shape))
    raw = bytes([0, 0, code, array.ndim]) + struct.pack(f">{array.ndim}I", *shape) + array.tobytes()
    got = read(tmp_path_factory.mktemp("idx"), pack(raw) if packed else raw, "a.gz" if packed else "a")
    assert got.shape == shape
    assert got.dtype == np.dtype(CODES[code]).newbyteorder("=")
    assert got.astype(CODES[code]).tobytes() == array.tobytes()


def header(magic: int, *dims: int) -> bytes:
    return struct.pack(f">I{len(dims)}I", magic, *dims)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"is no idx file: it is empty"),
        (b"\0\0", r"is no idx file: it starts with"),
        (b"<!DOCTYPE html><html>", r"it starts with '<!DOCTYPE' — a web error page was saved"),
        (b"\n <html><body>503", r"it starts with '<html' — a web error page was saved"),
        (b"version https://git-lfs.github.com/spec/v1\n", r"Git LFS pointer"),
        (b"PK\x03\x04rest", r"a zip archive"),
        (header(2050, 2, 5) + bytes(11), r"at least 1 bytes more than it should"),
        (header(0x0A01, 2) + bytes(2), r"magic number 2561, which is type code 0x0a"),
        (header(0x0800) + bytes(2), r"magic number 2048, which is type code 0x08 and 0 dimensions"),
        (header(0x08FF) + bytes(9), r"255 dimensions"),
        (header(2049, 2**31) + bytes(10), r"claims to hold 2147483648 values"),
        (header(2051, 2**32 - 1, 2**32 - 1, 2**32 - 1) + bytes(10), r"claims to hold 4294967295 x"),
        (header(2049, 11) + bytes(10), r"is cut short: its data end after 18 bytes"),
        (header(2049, 9) + bytes(10), r"holds at least 1 bytes more than it should"),
        (header(2049, 0) + bytes(1), r"more than it should"),
        (header(2051, 1), r"is cut short or damaged: 4 more bytes are due where it can hold at most 0"),
    ],
)
def test_refused(tmp_path, data, message):
    with pytest.raises(DataError, match=message) as raw:
        read(tmp_path, data, "labels-idx1-ubyte")
    assert "labels-idx1-ubyte" in str(raw.value)


@pytest.mark.parametrize("at", [0, 3, 10, 30, -5, -1])
def test_any_flipped_bit_of_the_gzip_data_is_noticed(tmp_path, at):
    good = np.random.default_rng(0).integers(0, 10, 2000).astype(np.uint8)
    packed = bytearray(pack(idx_bytes(good)))
    packed[at] ^= 4
    try:
        assert np.array_equal(read(tmp_path, bytes(packed)), good)  # a flip in the time stamp or the like
    except DataError:
        return
    assert at in (4, 5, 6, 7, 8, 9)


def test_gzip_is_read_to_its_checksum(tmp_path):
    """A reader that asks for n bytes never sees a wrong CRC; ours does, and says what it means."""
    packed = bytearray(pack(LABELS))
    packed[-8] ^= 1
    assert gzip.GzipFile(fileobj=io.BytesIO(bytes(packed))).read(len(LABELS)) == LABELS
    with pytest.raises(DataError, match=r"CRC-32 of the decoded data differs .*, so bits were changed"):
        read(tmp_path, bytes(packed))
    packed[-8] ^= 1
    packed[-4] ^= 1
    with pytest.raises(DataError, match=r"length of the decoded data differs"):
        read(tmp_path, bytes(packed))


@pytest.mark.parametrize("added", [pack(b"more"), pack(b""), b"\0\0\0\0", b"x"])
def test_nothing_may_follow_the_gzip_data(tmp_path, added):
    with pytest.raises(DataError, match=r"goes on after its gzip data"):
        read(tmp_path, pack(LABELS) + added)


@pytest.mark.parametrize("keep", [11, 20, -9, -8, -4, -1])
def test_truncated_gzip(tmp_path, keep):
    with pytest.raises(DataError, match=r"is cut short: the gzip data stop after \d+ bytes"):
        read(tmp_path, pack(LABELS)[:keep])


def test_not_gzip_in_spite_of_its_name(tmp_path):
    with pytest.raises(DataError, match=r"labels-idx1-ubyte\.gz is not gzip: it starts with '<!DOCTYPE' — a web error"):
        read(tmp_path, b"<!DOCTYPE html>")


def test_a_bomb_ends_at_the_size_its_header_names_and_a_lying_header_takes_no_memory(tmp_path):
    bomb = pack(header(2049, 10) + bytes(50_000_000))
    lie = pack(header(2049, 2**28 - 100) + bytes(100))
    tracemalloc.start()
    with pytest.raises(DataError, match="more than it should"):
        read(tmp_path, bomb)
    with pytest.raises(DataError, match="can give at most"):
        read(tmp_path, lie)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


def test_deflate_expands_by_1032_at_most(tmp_path):
    """RFC 1951: 258 bytes for two bits. One byte more is a lie; what a header may claim is read until the data end."""
    for more, message in ((0, "is cut short"), (1, "can give at most {most:,}: a wrong header")):
        size = len(pack(header(2049, 10**4) + bytes(9)))
        for _ in range(3):  # the header's own bytes change the size of the file
            packed = pack(header(2049, size * 1032 + more) + bytes(9))
            size = len(packed)
        with pytest.raises(DataError, match=message.format(most=size * 1032)):
            read(tmp_path, packed)


def test_the_limit_holds(tmp_path):
    (tmp_path / "a").write_bytes(header(2049, 1000) + bytes(1000))
    with pytest.raises(DataError, match="more than the limit of 500 bytes"):
        read_idx(tmp_path / "a", limit=500)


def test_sizes_that_no_array_can_have(tmp_path, monkeypatch):
    """No value at all, in a shape beyond what NumPy can index; and a machine without the memory."""
    (tmp_path / "a").write_bytes(header(0x0804, 2**32 - 1, 2**32 - 1, 2**32 - 1, 0))
    with pytest.raises(DataError, match=r"^a needs 0 bytes of memory, more than there is\.$"):
        read_idx(tmp_path / "a")

    def empty(shape, dtype):
        raise MemoryError

    (tmp_path / "b").write_bytes(LABELS)
    monkeypatch.setattr("mnist.idx.np.empty", empty)
    with pytest.raises(DataError, match=r"^b needs 10 bytes of memory, more than there is\.$"):
        read_idx(tmp_path / "b")


@pytest.mark.parametrize("dims", [1, 8])
def test_as_many_dimensions_as_are_read(tmp_path, dims):
    (tmp_path / "a").write_bytes(header(0x0800 + dims, *[1] * dims) + b"\7")
    assert read_idx(tmp_path / "a").tolist() == np.full((1,) * dims, 7).tolist()
    (tmp_path / "a").write_bytes(header(0x0809, *[1] * 9) + b"\7")
    with pytest.raises(DataError, match="and 9 dimensions; expected 2051 for images or 2049 for labels"):
        read_idx(tmp_path / "a")


def test_no_file_and_a_folder(tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*absent: No such file"):
        read_idx(tmp_path / "absent")
    with pytest.raises(DataError, match=r"cannot read .*: Is a directory"):
        read_idx(tmp_path)


def test_real_files(mnist_folder):
    labels = read_idx(mnist_folder / "t10k-labels-idx1-ubyte.gz")
    assert labels[:10].tolist() == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9]
    assert np.bincount(labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_what_is_packed_in_gzip_is_told_by_its_own_first_bytes(tmp_path):
    with pytest.raises(DataError, match=r"is no idx file: unpacked, it starts with 'abcd'\.$"):
        read(tmp_path, gzip.compress(b"abcdefgh"))
    with pytest.raises(DataError, match="is no idx file: it starts with 'abcdefgh'"):
        read(tmp_path, b"abcdefgh", "a")
