"""The arguments of `mnist.load`, the rows of each part, and what a path may be: borders and whole texts."""

import numpy as np
import pytest

import mnist
from mnist import loading
from mnist.errors import printable, shown, starts_with
from mnist.own.arrays import as_numbers, part_and_kind
from mnist.own.pictures import form_of
from mnist.stream import _reason


def says(error, call, *arguments, **keywords):
    with pytest.raises(error) as caught:
        call(*arguments, **keywords)
    return str(caught.value)


def check(dtype="float32", scale=True, standardise=False, **integers):
    return loading._check({name: (value, 1) for name, value in integers.items()}, dtype, scale, standardise)


def test_arguments_have_their_borders():
    assert check(limit=1, val=None, more=np.int64(3)) == (True, np.float32)
    assert check("float64", "raw") == (False, np.float64)
    assert check(np.uint8, "raw") == (False, np.uint8)
    for bad in (0, -1, 2.0, "3", True):
        assert says(ValueError, check, limit=bad) == f"limit is {bad!r}; expected an integer of at least 1, or None."
    for bad in ("yes", 1, None):
        assert says(ValueError, check, scale=bad) == (
            f"scale is {bad!r}; expected True (pixels in 0..1) or 'raw' (as stored)."
        )
    for bad in ("float16", "int64", "number", object):
        assert says(ValueError, check, bad) == f"dtype is {bad!r}; expected 'float32', 'float64' or 'uint8'."
    for settings in ({}, {"scale": "raw", "standardise": True}, {"standardise": True}):
        assert "uint8" in says(ValueError, check, "uint8", **settings)
    assert loading._frame(True) == mnist.Frame()
    assert loading._frame(False) is None
    frame = mnist.Frame(box=18)
    assert loading._frame(frame) is frame
    for bad in (None, 1, "yes"):
        assert says(ValueError, loading._frame, bad) == f"prepare is {bad!r}; expected True, False or a mnist.Frame."


def test_the_rows_of_training_and_validation():
    def rows(*arguments):
        return [np.arange(10)[part].tolist() for part in loading._split(10, *arguments)]

    assert rows(3, None, None) == [[0, 1, 2, 3, 4, 5, 6], [7, 8, 9]]
    assert rows(3, None, 2) == [[0, 1], [7, 8, 9]]
    assert rows(3, None, 7) == [[0, 1, 2, 3, 4, 5, 6], [7, 8, 9]]
    assert rows(0, None, None) == [list(range(10)), []]
    assert rows(9, None, None) == [[0], list(range(1, 10))]
    train, held = rows(3, 0, None)
    assert sorted(train + held) == list(range(10))
    assert (len(held), held, train) == (3, sorted(held), sorted(train))
    assert held != [7, 8, 9]
    assert rows(3, 0, 4) == [train[:4], held]
    assert rows(3, 1, None)[1] != held
    assert says(ValueError, rows, 10, None, None) == (
        "val is 10, but the training file has 10 rows: leave at least one for training."
    )
    assert says(ValueError, rows, 3, None, 8) == (
        "limit is 8, but only 7 training rows are left after 3 for validation."
    )


def test_what_there_is_not(tmp_path):
    text = says(ValueError, loading._known_path, "mnits")
    assert text.startswith("unknown data set 'mnits'. Did you mean 'mnist'")
    assert text.endswith(", or the path of a folder or file.")
    for path in ("mnits.npz", "a/mnits", tmp_path / "no"):
        assert says(mnist.DataError, loading._known_path, path) == (
            f"there is no {path}. Give a folder with the four idx files, mnist.npz or mnist.pkl.gz; or data of your"
            " own: .csv, .parquet, .npz, .npy, folders of pictures."
        )
    assert loading._known_path(tmp_path) == tmp_path


@pytest.mark.parametrize(
    ("name", "promise"),
    [
        ("x_train", ("train", "x")), ("trainImages", ("train", "x")), ("Xval", ("val", "x")), ("ytst", ("test", "y")),
        ("test-labels", ("test", "y")), ("data_labels", (None, "y")), ("image_class", (None, "x")), ("y", (None, "y")),
        ("class", (None, "y")), ("classes", (None, "y")), ("label_x", (None, "y")), ("t10k_data", ("test", "x")),
        ("dev_test", ("val", None)), ("x_y", (None, "x")), ("weights", (None, None)), ("xdev", ("val", "x")),
        ("Xtrn", ("train", "x")), ("y2", (None, None)),
    ],
)  # fmt: skip
def test_what_a_name_promises(name, promise):
    assert part_and_kind(name) == promise


def test_inputs_are_finite_numbers():
    assert as_numbers(np.arange(3), "here").tolist() == [[0], [1], [2]]
    assert as_numbers(np.ones((2, 3, 4)), "here").shape == (2, 3, 4)
    assert says(mnist.DataError, as_numbers, np.array(["a"]), "here") == (
        "here: the inputs have type <U1; expected numbers."
    )
    bad = np.ones((3, 2, 2))
    bad[1, 1, 0] = np.inf
    assert says(mnist.DataError, as_numbers, bad, "here") == (
        "here: the inputs hold NaN or infinity, first in row 1. Fill it or leave the row out."
    )


def test_the_form_of_prepared_pictures():
    assert form_of("drawn", (28, 28)).frame == mnist.Frame()
    assert form_of("drawn", (14, 12)).frame == mnist.Frame.scaled_to((14, 12))
    assert form_of("drawn", (14, 12)).size == (12, 14)
    assert form_of("L", (28, 28)).frame is None
    assert (form_of("RGB", (4, 6, 3)).mode, form_of("RGB", (4, 6, 3)).size) == ("RGB", (6, 4))


def test_what_a_file_begins_with():
    assert starts_with(b"") == "it is empty (0 bytes). Fetch it again. It was cut short before its first byte."
    assert starts_with(b"  <HTML>") == "it starts with '<HTML' \u2014 a web error page was saved."
    assert starts_with(b"abc") == "it starts with 'abc' and is cut short there. Fetch it again."
    assert starts_with(b"abcd") == "it starts with 'abcd'."
    assert starts_with(b"abcdefghi") == "it starts with 'abcdefgh'."
    assert printable(b"a" * 80) == "'" + "a" * 80 + "'"
    assert printable(b"a" * 81) == "'" + "a" * 80 + "'..."
    assert printable("\u00e9abc", 3) == "'\\xe9ab'..."


def test_paths_as_a_person_would_write_them(tmp_path, monkeypatch):
    monkeypatch.setattr("pathlib.Path.home", lambda: tmp_path)
    assert shown(tmp_path / "a" / "b") == "~/a/b"
    assert shown(tmp_path.parent) == str(tmp_path.parent)

    def homeless():
        raise RuntimeError

    monkeypatch.setattr("pathlib.Path.home", homeless)
    assert shown(tmp_path) == str(tmp_path)


def test_reasons_of_zlib_in_plain_words():
    assert _reason(ValueError("Error -3 while decompressing data: incorrect data check")).startswith(
        "the CRC-32 of the"
    )
    assert _reason(ValueError("Error -3: incorrect length check")).startswith("the length of the decoded data differs")
    assert _reason(ValueError("Error -3: a: invalid block type")) == "its gzip data do not decode (invalid block type)"
    assert _reason(ValueError("odd")) == "its gzip data do not decode (odd)"
