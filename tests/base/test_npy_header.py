"""The header of a .npy array: what NumPy writes is read, all else has no match and is not evaluated."""

import io

import numpy as np
import pytest

from base.files import npy_header

PLAIN = ["<f4", ">f8", "<f2", "|b1", "|u1", "<i8", ">u2", "<U7", "|S3", "|i1"]


def header(array):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, array)
    stream.seek(8)
    return npy_header.header_text(1, stream.read)


@pytest.mark.parametrize("descr", PLAIN)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 3), (1, 2, 3)])
def test_what_numpy_writes_is_read(descr, shape):
    array = np.zeros(shape, descr)
    length, text = header(array)
    assert len(text) == length
    dtype, found, fortran = npy_header.parsed(text)
    assert (dtype, found, fortran) == (array.dtype, shape, False)
    if len(shape) > 1:
        assert npy_header.parsed(header(np.asfortranarray(array))[1])[2]


@pytest.mark.parametrize("descr", ["|O", "<c16", "<M8[ns]", "|V8", "<f1", "|b2", "<f3", "<u16", "", "[('a', '<f4')]"])
def test_other_types_have_no_match(descr):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': (3,), }}\n".encode()
    assert npy_header.parsed(text) is None


@pytest.mark.parametrize("text", [b"", b"{}", b"[" * 9000, b"__import__('os').getpid()", b"{'descr': '<f8'}",
                                  b"{'descr': '<f8', 'fortran_order': False, 'shape': (-3,), }",
                                  b"{'descr': '<f8', 'fortran_order': False, 'shape': (1.5,), }"])  # fmt: skip
def test_other_texts_have_no_match(text):
    assert npy_header.parsed(text) is None


def test_a_long_header_is_not_read():
    claimed = (60_000).to_bytes(2, "little")
    assert npy_header.header_text(1, io.BytesIO(claimed + b" " * 60_000).read) == (60_000, b"")


def test_the_type_is_named_whatever_it_is():
    assert npy_header.described(b"{'descr': '|O', 'x") == "object"
    assert npy_header.described(b"{'descr': '<c16'") == "<c16"
    assert npy_header.described(b"") == "that is not said"
