"""mnist.pkl.gz: every protocol of Python 2 and 3 gives back the bytes; other structures are refused in plain words."""

import gzip
import pickle

import numpy as np
import pytest
from hypothesis import given, strategies as st
from mnist_files import pickle_bytes, three_sets
from py2_pickles import Writer, py2_dumps

from mnist import DataError, read_pickle
from mnist.pickled.numpy_names import KNOWN
from mnist.pickled.opcodes import run
from mnist.stream import ByteStream

WRITERS = [(2, protocol) for protocol in range(3)] + [(3, protocol) for protocol in range(6)]


def load(folder, data: bytes, name="mnist.pkl"):
    path = folder / name
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return read_pickle(path)


@pytest.mark.parametrize(("python", "protocol"), WRITERS)
@pytest.mark.parametrize(("scale", "dtype"), [(256, "<f4"), (255, "<f8"), (1, ">f4")])
def test_every_protocol_gives_the_bytes_back(tmp_path, parts, python, protocol, scale, dtype):
    data = pickle_bytes(parts, protocol, python=python, scale=scale, dtype=dtype)
    got = load(tmp_path, data, "mnist.pkl.gz")
    assert all(np.array_equal(mine, theirs) and mine.dtype == np.uint8 for mine, theirs in zip(got, parts, strict=True))


@pytest.mark.parametrize("protocol", range(3))
def test_the_python_2_writer_of_these_tests_writes_what_python_3_can_read(parts, protocol):
    sets = three_sets(parts)
    back = pickle.loads(py2_dumps(sets, protocol), encoding="latin1")
    for (x, y), (x_back, y_back) in zip(sets, back, strict=True):
        assert np.array_equal(x, x_back)
        assert np.array_equal(y, y_back)


AWKWARD = st.lists(st.sampled_from([b"\\", b"x", b"'", b'"', b"\0", b"\n", b"\xff", b"n", b"4"]), max_size=60).map(
    b"".join
)


@given(value=st.one_of(st.binary(max_size=300), AWKWARD), split=st.integers(1, 40))
def test_python_2_strings_survive_any_cut(tmp_path_factory, value, split):
    """The escaped text of protocol 0 comes in pieces; an escape sequence that is cut in two is put together."""
    writer = Writer(0)
    writer.string(value)
    path = tmp_path_factory.mktemp("p") / "s.pkl"
    path.write_bytes(bytes(writer.out + b"."))
    with ByteStream(path, chunk=split) as stream:
        assert run(stream, KNOWN) == value


@pytest.mark.parametrize("data", [b"C\xff" + bytes(255), b"S'" + b"x" * 255 + b"'\n", b"X\xff\0\0\0" + b"x" * 255])
def test_what_is_kept_in_memory_is_counted(tmp_path, monkeypatch, data):
    (tmp_path / "k.pkl").write_bytes(data * 4 + b"ttt.")
    monkeypatch.setattr("mnist.pickled.machine.MAX_KEPT", 1000)
    with pytest.raises(DataError, match=r"k\.pkl holds more than 1,000 bytes"):
        read_pickle(tmp_path / "k.pkl")
    monkeypatch.setattr("mnist.pickled.machine.MAX_KEPT", 1100)
    with pytest.raises(DataError, match=r"looks for a mark"):
        read_pickle(tmp_path / "k.pkl")


def test_fortran_order_and_lists(tmp_path, parts):
    sets = [[np.asfortranarray(x), y] for x, y in three_sets(parts)]
    for protocol in (2, 4, 5):
        got = load(tmp_path, pickle.dumps(sets, protocol))
        assert np.array_equal(got.train_images, parts.train_images)


X_NAN, X_ODD = np.full((3, 784), np.nan, "f4"), np.full((3, 784), 0.3, "f4")


def arrays(rows=3, width=784):
    return np.zeros((rows, width), "f4"), np.arange(rows)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ((arrays(), arrays()), r"holds a tuple of 2; expected three pairs"),
        ("text", r"holds a str; expected three pairs"),
        ((arrays(), arrays(), 5), r"holds a int as its t10k set"),
        ((arrays(), ((1, 2), (3, 4)), arrays()), r"holds no arrays in its validation set"),
        ((arrays(), arrays(width=700), arrays()), r"validation images have shape \(3, 700\)"),
        ((arrays(), arrays(), (X_NAN, np.arange(3))), r"t10k images hold nan \(image 0, row 0"),
        ((arrays(), arrays(), (X_ODD, np.arange(3))), r"pixels of the t10k images are no bytes"),
        ((arrays(), arrays(), (arrays()[0], np.array([0, 1, 10]))), r"t10k labels must be 0\.\.9; number 2 is 10"),
        ((arrays(), arrays(), (arrays()[0], np.array([0, -1, 1]))), r"number 1 is -1"),
        ((arrays(), arrays(), (arrays()[0], np.eye(3, 10))), r"expected integers of shape \(N,\): use y\.argmax\(1\)"),
        ((arrays(), arrays(), (np.array([[{}] * 784]), np.arange(1))), r"object dtype"),
        ({"train": 1}, r"uses the opcode EMPTY_DICT"),
        ((1.5, 2.5, 3.5), r"uses the opcode BINFLOAT"),
    ],
)
def test_other_contents_are_refused(tmp_path, value, message):
    with pytest.raises(DataError, match=message) as raw:
        load(tmp_path, pickle.dumps(value, 4))
    assert "mnist.pkl" in str(raw.value)


def test_trailing_bytes_are_refused(tmp_path, parts):
    with pytest.raises(DataError, match="holds at least 1 bytes more"):
        load(tmp_path, pickle_bytes(parts, 4) + b"x")


@pytest.mark.parametrize("keep", [0, 1, 2, 50, 200, 5000])
def test_truncated_pickles(tmp_path, parts, keep):
    with pytest.raises(DataError, match=r"mnist\.pkl "):
        load(tmp_path, pickle_bytes(parts, 4)[:keep])
