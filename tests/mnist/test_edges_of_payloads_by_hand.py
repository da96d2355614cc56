"""Texts in pickles, numbers brought back to bytes, pictures and sets that are fetched, each at an edge by hand."""

import ast
import types

import numpy as np
import pytest
from mnist_files import idx_bytes

import mnist
from mnist.own import fetching as of_family, pictures
from mnist.own.material import Material
from mnist.own.picture_file import Look
from mnist.pickled import payloads
from mnist.pickled.numpy_names import KNOWN
from mnist.pickled.opcodes import run
from mnist.recover import to_images, to_labels
from mnist.stream import ByteStream


def read(tmp_path, data):
    (tmp_path / "a.pkl").write_bytes(data)
    with ByteStream(tmp_path / "a.pkl", chunk=3) as stream:
        return run(stream, KNOWN)


@pytest.mark.parametrize(
    "text", [rb"a\\", rb"a\\\\", rb"a\\x", rb"a\\x4", rb"a\\x41", rb"\\\x41", rb"\x41", rb"\n\\n", rb"\\\\x", rb"x\\\'"]
)
def test_escapes_of_python_2_wherever_a_piece_ends(tmp_path, text):
    """The file comes in pieces of three bytes: an escape may be cut off, a backslash that is escaped is none."""
    for shift in range(4):
        found = read(tmp_path, b"S'" + b" " * shift + text + b"'\n.")
        assert bytes(found) == b" " * shift + ast.literal_eval(f"b'{text.decode()}'")


@pytest.mark.parametrize("code", [b"X%c\0\0\0", b"\x8c%c", b"\x8d%c\0\0\0\0\0\0\0"])
@pytest.mark.parametrize(("count", "fits"), [(0, True), (4, True), (5, False), (6, False)])
def test_a_text_is_no_longer_than_its_limit(tmp_path, monkeypatch, code, count, fits):
    monkeypatch.setattr(payloads, "_LONGEST_TEXT", 4)
    data = code % count + b"a" * count + b"."
    if fits:
        assert read(tmp_path, data) == "a" * count
    else:
        with pytest.raises(mnist.DataError, match=rf"holds text of {count} bytes; the limit is 4 \(protocol 3 needs"):
            read(tmp_path, data)


@pytest.mark.parametrize("code", [b"X%c\0\0\0", b"\x8c%c", b"\x8d%c\0\0\0\0\0\0\0"])
def test_a_text_holds_characters_up_to_255(tmp_path, code):
    assert read(tmp_path, code % 2 + "\u00ff".encode() + b".") == "\u00ff"
    with pytest.raises(mnist.DataError, match="holds text that is not Latin-1"):
        read(tmp_path, code % 2 + "\u0100".encode() + b".")


@pytest.mark.parametrize("kind", ["u1", "i2", "u4", "i8"])
def test_whole_numbers_of_0_and_1_are_pixels_as_they_are(kind):
    images = np.eye(28, dtype=kind)[None]
    np.testing.assert_array_equal(to_images(images, "images", "here"), images)


@pytest.mark.parametrize(
    ("shape", "hint"), [((5, 10), ": use y.argmax(1)"), ((5, 11), ""), ((5, 9), ""), ((5, 10, 10), "")]
)
def test_a_row_of_ten_may_be_one_hot(shape, hint):
    with pytest.raises(mnist.DataError) as caught:
        to_labels(np.zeros(shape, int), "labels", "here")
    assert str(caught.value).endswith(f"expected integers of shape (N,){hint}.")


def test_pictures_that_are_prepared_are_bytes(monkeypatch):
    asked = []
    monkeypatch.setattr(pictures, "read_picture", lambda path: path)
    monkeypatch.setattr(
        pictures, "prepare", lambda *given: asked.append(given) or types.SimpleNamespace(pixels=np.array([0, 0.6, 1]))
    )
    frame = mnist.Frame()
    found = pictures.drawn(frame).pixels("a.png")
    assert (found.dtype, found.tolist()) == (np.uint8, [0, 153, 255])
    assert asked == [("a.png", frame)]


def test_the_files_of_a_class_are_its_pictures(tmp_path):
    (tmp_path / "a" / "below").mkdir(parents=True)
    (tmp_path / "a" / "folder.png").mkdir()
    for name in ("2.png", "1.JPG", "notes.txt", "below/3.gif"):
        (tmp_path / "a" / name).write_bytes(b"")
    found = pictures._by_class(tmp_path)
    assert {name: [path.name for path in paths] for name, paths in found.items()} == {"a": ["1.JPG", "2.png", "3.gif"]}


def test_a_picture_of_one_column_stays_one():
    assert pictures._common_form([Look(1, 6400, True)], Material("here", "pictures", {})).size == (1, 64)


def test_where_a_set_is_put_that_nobody_has_told_otherwise(tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(of_family, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(of_family, "_install", lambda *given: asked.append(given))
    monkeypatch.setattr(of_family, "_download", lambda *given: asked.append(given))
    of_family.fetch_family("kmnist", tmp_path / "here")
    of_family.fetch_family("kmnist", "https://there", to=tmp_path / "to", verify=False, progress=True)
    assert asked[0][:4] == ("kmnist", tmp_path / "here", tmp_path / "kmnist", True)
    assert asked[1][:5] == ("kmnist", "https://there", tmp_path / "to", False, True)


def test_a_download_is_tried_as_often_as_is_said(tmp_path, monkeypatch):
    tried = []

    def cut(files, progress):
        tried.append(list(files))
        raise OSError("cut short")

    monkeypatch.setattr(of_family, "retrieve", cut)
    for attempts in (1, 2, 3):
        tried.clear()
        with pytest.raises(mnist.DataError, match="kmnist could not be downloaded from http://there"):
            of_family._download("kmnist", "http://there", tmp_path, True, False, str, attempts)
        assert len(tried) == attempts


def test_unpacked_files_have_no_sums(tmp_path):
    (tmp_path / "here").mkdir()
    for name in of_family.FAMILY["kmnist"].files:
        value = np.zeros((2, 28, 28) if "images" in name else 2, np.uint8)
        (tmp_path / "here" / name.removesuffix(".gz")).write_bytes(idx_bytes(value))
    lines = []
    placed = of_family.fetch_family("kmnist", tmp_path / "here", to=tmp_path / "to", log=lines.append)
    assert [path.parent for path in placed] == [tmp_path / "to"] * 4
    assert lines == [f"4 files in {tmp_path / 'to'}, not verified"]
