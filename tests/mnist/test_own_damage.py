"""Data of one's own, damaged: one error that names the file, where a foreign one came out or infinities went in."""

import gzip
import io

import numpy as np
import pytest

import mnist
from mnist.npz import read_npz


@pytest.fixture
def table():
    rng = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'xyz'[k % 3]}" for k, (a, b) in enumerate(rng.random((40, 2)))]
    return ("a,b,label\n" + "\n".join(rows) + "\n").encode()


def test_a_packed_table_of_several_members_is_read(table, tmp_path):
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(table[:200]) + gzip.compress(table[200:]))
    assert len(mnist.load(tmp_path / "t.csv.gz", label="label")["y_train"]) > 20


@pytest.mark.parametrize("kind", ["no block", "cut", "wrong sum"])
def test_a_damaged_packed_table_is_named(table, tmp_path, kind):
    packed = gzip.compress(table, mtime=0)
    (tmp_path / "t.csv.gz").write_bytes({
        "no block": packed[:10] + b"\x07" + packed[11:], "cut": packed[:-20], "wrong sum": packed[:-8] + bytes(8),
    }[kind])  # fmt: skip
    with pytest.raises(mnist.DataError, match=r"t\.csv\.gz"):
        mnist.load(tmp_path / "t.csv.gz", label="label")


def test_a_packed_table_that_never_ends_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("mnist.own.csv_file.LIMIT", 1000)
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(b"1,2\n" * 300))
    with pytest.raises(mnist.DataError, match=r"t\.csv\.gz unpacks to more than 1,000 bytes"):
        mnist.load(tmp_path / "t.csv.gz", label="label")


def test_a_packed_table_may_have_as_many_bytes_as_the_limit(table, tmp_path, monkeypatch):
    monkeypatch.setattr("mnist.own.csv_file.LIMIT", len(table))
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress(table))
    assert mnist.load(tmp_path / "t.csv.gz", label="label")
    monkeypatch.setattr("mnist.own.csv_file.LIMIT", len(table) - 1)
    with pytest.raises(mnist.DataError, match="unpacks to more than"):
        mnist.load(tmp_path / "t.csv.gz", label="label")


@pytest.mark.parametrize("code", [0x110000, 0xFFFFFFFF, 0xD800])
def test_text_of_no_characters_is_refused(code, tmp_path):
    text = np.array(["ab", "cd"])
    text.view(np.uint32)[1] = code
    out = io.BytesIO()
    np.savez(out, y=text)
    (tmp_path / "d.npz").write_bytes(out.getvalue())
    with pytest.raises(mnist.DataError, match=r"d\.npz, .*y\.npy.*characters that are none"):
        read_npz(tmp_path / "d.npz", text=True)


def test_other_text_is_read(tmp_path):
    text = np.array(["", "é", "日本", "\U0010ffff"])
    np.savez(tmp_path / "d.npz", y=text, none=np.array([], "U3"))
    found = read_npz(tmp_path / "d.npz", text=True)
    assert found["y"].tolist() == text.tolist()
    assert found["none"].shape == (0,)


@pytest.mark.parametrize("part", ["X_train", "X_test"])
def test_numbers_too_large_to_scale_are_told(part, tmp_path):
    rng = np.random.default_rng(0)
    arrays = {"X_train": rng.random((40, 5)), "X_test": rng.random((9, 5))}
    arrays[part][3, 2] = 1e300
    np.savez(tmp_path / "d.npz", y_train=np.arange(40) % 3, y_test=np.arange(9) % 3, **arrays)
    with pytest.raises(mnist.DataError, match=r"numbers as large as 1e\+300, too large for float"):
        mnist.load(tmp_path / "d.npz")
