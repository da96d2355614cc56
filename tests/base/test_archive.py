"""Our archives: a changed byte anywhere is refused, older files without a seal are read, and nothing hides in them."""

import io
import random
import zipfile
from pathlib import Path

import numpy as np
import pytest

from base.files.archive import MARK, ArchiveError, read_archive, write_archive

ARRAYS = {
    "param/W": np.arange(600.0).reshape(20, 30),
    "param/b": np.zeros(3, np.float32),
    "n": np.array(7),
    "e": np.zeros(0),
}


@pytest.fixture(scope="module")
def content() -> bytes:
    stream = io.BytesIO()
    write_archive(stream, ARRAYS)
    return stream.getvalue()


def older(arrays) -> bytes:
    """A file as earlier versions wrote it: without a seal, and seekable while it was written."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as part:
                np.lib.format.write_array(part, array, allow_pickle=False)
    return stream.getvalue()


def read(folder: Path, data: bytes):
    (folder / "f.npz").write_bytes(data)
    return read_archive(folder / "f.npz", "a model")


def refused(folder: Path, data: bytes) -> bool:
    """Whether the file is refused, by us or by the readers that we use; never anything but its own arrays."""
    try:
        arrays = read(folder, data)
    except Exception:
        return True
    assert {name: array.tobytes() for name, array in arrays.items()} == {n: a.tobytes() for n, a in ARRAYS.items()}
    return False


def test_it_comes_back_and_numpy_reads_it(content, tmp_path):
    for name, array in read(tmp_path, content).items():
        np.testing.assert_array_equal(array, ARRAYS[name], strict=True)
    with np.load(tmp_path / "f.npz", allow_pickle=False) as file:
        assert sorted(file.files) == sorted(ARRAYS)
        np.testing.assert_array_equal(file["param/W"], ARRAYS["param/W"])
    again = io.BytesIO()
    write_archive(again, ARRAYS)
    assert again.getvalue() == content, "equal arrays, equal bytes"


def test_every_single_byte_counts(content, tmp_path):
    for at in range(len(content)):
        changed = bytearray(content)
        changed[at] ^= 1 << at % 8
        assert refused(tmp_path, bytes(changed)), f"byte {at}"


def test_cuts_holes_and_splices(content, tmp_path):
    rng = random.Random(3)
    for _ in range(300):
        a, b = sorted(rng.sample(range(len(content) + 1), 2))
        for data in (
            content[:a],
            content[:a] + content[b:],
            content[:b] + content[a:],
            content[:a] + b"\0" + content[a:],
        ):
            assert data == content or refused(tmp_path, data)


@pytest.mark.parametrize("make", [older, lambda arrays: sealed(arrays)], ids=["older", "sealed"])
def test_a_second_archive_or_directory_is_refused(make, tmp_path):
    other = {name: array + 1 for name, array in ARRAYS.items()}
    first, second = make(ARRAYS), make(other)
    directory = second[second.index(b"PK\1\2") :]
    for data in (
        first + second, second + first, first + older(other), older(other) + first, first + b"\0", first + b"PK",
        b"\0" + first, first + directory, first[: first.index(b"PK\1\2")] + second, b"PK\3\4" + first,
        first[: first.index(b"PK\1\2")] + b"hidden" + first[first.index(b"PK\1\2") :],
    ):  # fmt: skip
        with pytest.raises(Exception, match=r"."):
            read(tmp_path, data)


def sealed(arrays) -> bytes:
    stream = io.BytesIO()
    write_archive(stream, arrays)
    return stream.getvalue()


def test_an_older_file_is_read_and_a_flipped_bit_in_its_numbers_is_not(tmp_path):
    data = older(ARRAYS)
    assert MARK not in data
    assert not refused(tmp_path, data)
    at = data.index(ARRAYS["param/W"].tobytes()) + 100
    assert refused(tmp_path, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])


def test_the_reason_is_said(content, tmp_path):
    with pytest.raises(ArchiveError, match="the SHA-256 of the whole file does not fit"):
        read(tmp_path, content.replace(ARRAYS["param/W"].tobytes(), (ARRAYS["param/W"] + 1).tobytes()))
    with pytest.raises(ArchiveError, match="does not end as such a file ends"):
        read(tmp_path, content + b"more")
    with pytest.raises(ArchiveError, match="does not begin where the member before it ends"):
        read(tmp_path, older(ARRAYS) + older(ARRAYS))


def test_large_pieces_and_small_ones_make_one_digest(tmp_path):
    arrays = {"large": np.zeros(3_000_000), "small": np.zeros(1), **{str(k): np.zeros(k) for k in range(20)}}
    found = read(tmp_path, sealed(arrays))
    assert {name: array.shape for name, array in found.items()} == {name: array.shape for name, array in arrays.items()}
