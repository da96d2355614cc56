"""The npz reader: what NumPy writes is read back to the bit, and what lies, bombs or pickles is refused."""

import io
import zipfile

import numpy as np
import pytest
from hypothesis import given, strategies as st
from hypothesis.extra import numpy as hnp

from mnist import DataError, npz, read_npz

DTYPES = ["u1", "i1", "<i2", ">i4", "<i8", "<f4", ">f8", "?", "<f2"]


def archive(members: dict[str, bytes], method=zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as file:
        for name, data in members.items():
            file.writestr(name, data)
    return out.getvalue()


def npy(header: str, data: bytes = b"", version=(1, 0)) -> bytes:
    raw = header.encode() + b"\n"
    return b"\x93NUMPY" + bytes(version) + len(raw).to_bytes(2 if version == (1, 0) else 4, "little") + raw + data


def read(tmp_path, data: bytes, **settings):
    (tmp_path / "mnist.npz").write_bytes(data)
    return read_npz(tmp_path / "mnist.npz", **settings)


@given(data=st.data(), packed=st.booleans(), fortran=st.booleans())
def test_round_trip(tmp_path_factory, data, packed, fortran):
    dtypes = st.sampled_from(DTYPES).map(np.dtype)
    array = data.draw(dtypes.flatmap(lambda d: hnp.arrays(d, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0))))
    array = np.asfortranarray(array) if fortran else array
    out = io.BytesIO()
    (np.savez_compressed if packed else np.savez)(out, a=array, b=array[..., None])
    got = read(tmp_path_factory.mktemp("npz"), out.getvalue())
    assert list(got) == ["a", "b"]
    assert got["a"].shape == array.shape
    assert got["a"].dtype == array.dtype.newbyteorder("=")
    assert got["a"].astype(array.dtype).tobytes() == array.tobytes()
    assert np.array_equal(got["b"][..., 0], got["a"], equal_nan=array.dtype.kind == "f")


def test_python_2_headers(tmp_path):
    raw = npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3L,), }", b"abc")
    assert read(tmp_path, archive({"x.npy": raw}))["x"].tolist() == [97, 98, 99]


GOOD = "{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }"


@pytest.mark.parametrize(("version", "known"), [(0, False), (1, True), (2, True), (3, True), (4, False)])
def test_versions_of_the_format(tmp_path, version, known):
    data = archive({"x.npy": npy(GOOD, b"abc", (version, 0))})
    if known:
        assert read(tmp_path, data)["x"].tolist() == [97, 98, 99]
        return
    with pytest.raises(DataError, match=r"is no \.npy array: it starts with '.x93NUMPY' "):
        read(tmp_path, data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"is no npz archive: it is empty"),
        (b"<!DOCTYPE html>", r"is no npz archive: it starts with '<!DOCTYPE' — a web error page"),
        (archive({"a.npy": npy(GOOD, b"abc")})[:-30], r"is damaged or cut short"),
        (archive({}), r"lacks a; it holds nothing"),
        (archive({"b.npy": npy(GOOD, b"abc")}), r"lacks a; it holds 'b'\.$"),
        (archive({f"{i}.npy": npy(GOOD, b"abc") for i in range(9)}), r"it holds '0', '1', .*'6', '7'\.$"),
        (archive({"a.npy": b"no array"}), r"'a\.npy': is no \.npy array: it starts with 'no array'"),
        (archive({"a.npy": npy(GOOD, b"ab")}), r"claims \(3,\) of uint8, 3 bytes; there are 2"),
        (archive({"a.npy": npy(GOOD, b"abcd")}), r"3 bytes; there are 4"),
        (archive({"a.npy": npy(GOOD.replace("3,", "1000000000000,"))}), r"1,000,000,000,000 bytes; there are 0"),
        (archive({"a.npy": npy(GOOD.replace("3,", "-5,"), b"abc")}), r"is not that of a plain array"),
        (archive({"a.npy": npy(GOOD.replace("|u1", "|O"), b"abc")}), r"Object arrays are pickles and are not read"),
        (archive({"a.npy": npy(GOOD.replace("'|u1'", "[('a', '<f4')]"), b"abc")}), r"is not that of a plain array"),
        (archive({"a.npy": npy("__import__('os').system('x')", b"abc")}), r"is not that of a plain array"),
        (archive({"a.npy": npy(GOOD + " " * 20_000, b"abc", (2, 0))}), r"is not that of a plain array"),
        (archive({"a.npy": npy(GOOD, b"abc")}, zipfile.ZIP_LZMA), r"is packed by a method other than deflate"),
        (archive({"a.npy": npy(GOOD, bytes(2_000_000))}), r"claims 2,000,\d+ bytes in all; the limit is 1,000,000"),
    ],
)
def test_refused(tmp_path, data, message):
    with pytest.raises(DataError, match=message) as raw:
        read(tmp_path, data, names=["a"], limit=1_000_000)
    assert "mnist.npz" in str(raw.value)


def test_object_arrays_written_by_numpy_are_refused(tmp_path):
    out = io.BytesIO()
    np.savez(out, a=np.array([{}, []], dtype=object), allow_pickle=True)
    with pytest.raises(DataError, match="Object arrays are pickles"):
        read(tmp_path, out.getvalue())


def test_the_same_name_twice(tmp_path):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as file:
        file.writestr("a.npy", npy(GOOD, b"abc"))
        with pytest.warns(UserWarning, match="Duplicate name"):
            file.writestr("a.npy", npy(GOOD, b"xyz"))
    with pytest.raises(DataError, match="holds 'a' twice"):
        read(tmp_path, out.getvalue())


def test_a_directory_that_lies_about_sizes(tmp_path):
    """The central directory's size of the unpacked member, raised to a gigabyte: refused before memory is taken."""
    data = bytearray(archive({"a.npy": npy(GOOD, b"abc")}))
    at = data.rindex(b"PK\x01\x02") + 24
    data[at : at + 4] = (2**30).to_bytes(4, "little")
    with pytest.raises(DataError, match=r"claims 1,073,741,824 bytes packed in \d+: impossible"):
        read(tmp_path, bytes(data), limit=2**31)
    with pytest.raises(DataError, match=r"claims 1,073,741,824 bytes in all; the limit is 268,435,456"):
        read(tmp_path, bytes(data))


def test_a_flipped_bit_in_a_member_is_named(tmp_path):
    data = bytearray(archive({"a.npy": npy(GOOD, b"abc")}, zipfile.ZIP_STORED))
    data[data.index(b"abc")] ^= 1
    with pytest.raises(DataError, match=r"short: Bad CRC-32 for file 'a\.npy'\. Fetch it again\.$"):
        read(tmp_path, bytes(data))


@pytest.mark.parametrize("more", [0, 1, 100])
def test_a_foreign_reason_is_quoted_up_to_a_hundred_characters(tmp_path, more):
    """A name in the archive may have any length, and zipfile repeats it."""
    name = "n" * (100 - len("Bad CRC-32 for file ''") - len(".npy") + more) + ".npy"
    data = bytearray(archive({name: npy(GOOD, b"abc")}, zipfile.ZIP_STORED))
    data[data.index(b"abc")] ^= 1
    with pytest.raises(DataError, match="cut short: Bad CRC-32") as raw:
        read(tmp_path, bytes(data))
    reason = f"Bad CRC-32 for file '{name}'"
    assert len(reason) == 100 + more
    assert str(raw.value).endswith(f": {reason[:100] + '...' if more else reason}. Fetch it again.")


def test_an_encrypted_member(tmp_path):
    data = bytearray(archive({"a.npy": npy(GOOD, b"abc")}))
    for start, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(start) + at] |= 1
    with pytest.raises(DataError, match=r"mnist\.npz, 'a\.npy': is encrypted"):
        read(tmp_path, bytes(data))


def test_no_file(tmp_path):
    with pytest.raises(DataError, match=r"cannot read .*none\.npz: No such file"):
        read_npz(tmp_path / "none.npz")


def test_a_file_of_one_array_has_the_same_borders(tmp_path):
    np.save(tmp_path / "a.npy", np.arange(3, dtype=np.uint8))
    size = (tmp_path / "a.npy").stat().st_size
    assert npz.read_npy(tmp_path / "a.npy", limit=size).tolist() == [0, 1, 2]
    with pytest.raises(DataError, match=rf"^a\.npy: holds {size:,} bytes; the limit is {size - 1:,}\.$"):
        npz.read_npy(tmp_path / "a.npy", limit=size - 1)
    whole = (tmp_path / "a.npy").read_bytes()
    damaged = {
        whole[:-1]: r"3 bytes; there are 2: it is cut short\.",
        whole + b"x": r"3 bytes; there are 4\.",
        whole[:7]: r"is cut short after 7 bytes\. Fetch it again",
        whole[:40]: r"is not that of a plain array of numbers \(it is cut short\): ",
        whole.replace(b"|u1", b"|V1"): r"is not that of a plain array of numbers: ",
        b"other": r"is no \.npy array: it",
    }
    for cut, text in damaged.items():
        (tmp_path / "a.npy").write_bytes(cut)
        with pytest.raises(DataError, match=text):
            npz.read_npy(tmp_path / "a.npy")
    with pytest.raises(DataError, match=r"^cannot read .*none\.npy: No such file"):
        npz.read_npy(tmp_path / "none.npy")


def test_text_that_is_none_is_damaged(tmp_path):
    np.save(tmp_path / "a.npy", np.array(["ab", "c"]))
    assert npz.read_npy(tmp_path / "a.npy").tolist() == ["ab", "c"]
    raw = bytearray((tmp_path / "a.npy").read_bytes())
    raw[-1] = 0x7F  # a character beyond all of Unicode
    (tmp_path / "a.npy").write_bytes(bytes(raw))
    with pytest.raises(DataError, match="holds text with characters that are none: it is damaged"):
        npz.read_npy(tmp_path / "a.npy")


def test_what_ends_too_early_says_where():
    target = bytearray(5)
    with pytest.raises(DataError, match=r"^here: is cut short after 3 of 5 bytes\.$"):
        npz._fill(io.BytesIO(b"abc"), memoryview(target), "here")
    npz._fill(io.BytesIO(b"abcdefg"), memoryview(target), "here")
    assert target == b"abcde"


def test_kinds_of_numbers_that_are_no_data_are_named(tmp_path):
    refused = [
        (np.ones(2, complex), "Complex numbers and dates"), (np.array(["2020"], "M8[Y]"), "Complex numbers"),
        (np.array([{}], object), "Object arrays are pickles"),
    ]  # fmt: skip
    for array, how in refused:
        np.save(tmp_path / "a.npy", array, allow_pickle=True)
        with pytest.raises(DataError, match=f"its header is not that of a plain array of numbers: .*{how}"):
            npz.read_npy(tmp_path / "a.npy")
