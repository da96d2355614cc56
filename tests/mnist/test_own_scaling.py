"""Labels, pixels, scaling, splits and kinds of files of one's own data, each by hand."""

import re

import numpy as np
import pytest

import mnist
from mnist.own import labels, loading, scaling
from mnist.own.labels import Labels
from mnist.own.material import Material, Pair, check_rows
from mnist.own.scaling import Scaling
from mnist.own.split import split

RAW = Scaling("raw")


def says(call, *arguments, **keywords):
    with pytest.raises(mnist.DataError) as caught:
        call(*arguments, **keywords)
    return str(caught.value)


def test_numbers_of_classes_with_names_are_known_by_the_first():
    named = Labels(("cat", "dog"), first=1)
    assert named.code(np.array([2, 1]), "here").tolist() == [1, 0]
    assert named.code(np.array(["dog"]), "here").tolist() == [1]
    assert says(named.code, np.array([1, 0]), "here") == "here holds the label 0; expected 1..2."
    assert says(named.code, np.array([3]), "here") == "here holds the label 3; expected 1..2."
    thirteen = Labels(tuple(f"c{i}" for i in range(13)))
    assert says(thirteen.code, np.array(["x"]), "here") == (
        "here holds the label 'x', which the training rows have not; they have "
        "c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, ...."
    )
    assert says(Labels(("a", "b")).code, np.array(["x"]), "here").endswith("they have a, b.")


def test_labels_of_one_axis():
    plain = labels.plain_labels
    assert plain(np.array([[3], [4]]), "here", False).tolist() == [3, 4]
    assert plain(np.array([[0, 1, 0], [1, 0, 0]]), "here", False).tolist() == [1, 0]
    assert plain(np.array([b"b ", b"a"]), "here", False).tolist() == ["b", "a"]
    assert plain(np.arange(29), "here", False).tolist() == list(range(29))
    assert plain(np.arange(32) % 16, "here", False).max() == 15  # two rows a class
    assert "here: 30 rows have 30 different labels: no classes." in says(plain, np.arange(30), "here", False)
    assert "33 rows have 17 different labels" in says(plain, np.arange(33) % 17, "here", False)
    assert plain(np.array([1, 2]), "here", True).dtype == np.float64
    for wrong in (np.array([[0, 1], [1, 1]]), np.array([[0, 2], [1, 0]]), np.zeros((2, 2, 1))):
        assert f"here: the labels have shape {wrong.shape}; expected (N,)" in says(plain, wrong, "here", False)
    assert (
        says(plain, np.array([1j]), "here", False) == "here: the labels have type complex128; expected numbers or text."
    )
    assert says(plain, np.array([1.0, np.nan]), "here", False, np.array([2, 5])) == (
        "here: no label in line 5. Leave such rows out."
    )
    assert says(plain, np.array(["a", " n/a "]), "here", False) == "here: no label in row 1. Leave such rows out."
    assert "the labels are no text that can be read" in says(plain, np.array([b"\xff"]), "here", False)
    with pytest.raises(
        mnist.DataError, match=r"^here: all labels are '7': with one class there is nothing to learn\.$"
    ):
        labels.learn([np.array([7, 7]), np.array([7])], "here")
    assert labels.learn([np.array([7, 7]), np.array([8])], "here").classes == ("7", "8")
    assert labels.learn([np.array([7.0]), np.array([7])], "here").classes is None


def pixels(*shape, high=255, whole=True, dtype=float):
    values = np.linspace(0, high, int(np.prod(shape))).reshape(shape)
    return (np.rint(values) if whole else values).astype(dtype)


@pytest.mark.parametrize(
    ("X", "are"),
    [
        (pixels(2, 3, dtype=np.uint8), True),
        (pixels(2, 3, 3), True),
        (pixels(2, 3, 3) - 1, False),
        (pixels(4, 64), True),
        (pixels(4, 63), False),
        (pixels(4, 64) - 1, False),
        (pixels(4, 64, high=256), False),
        (pixels(4, 64, high=1, whole=False), True),
        (pixels(5, 64, whole=False), False),
        (np.vstack([np.full((1, 64), 2.5), pixels(2000, 64)]), False),  # the first block is looked at
        (np.vstack([pixels(2000, 64), np.full((1, 64), 2.5)]), False),  # and the last
    ],
)
def test_pixels_are_bytes_images_or_many_columns_of_whole_numbers_or_of_fractions(X, are):
    assert scaling.is_pixels(X) is are


@pytest.mark.parametrize(
    ("high", "dtype", "white"),
    [(1, float, 1), (0.5, float, 1), (2, float, 2), (127, float, 127), (128, float, 255), (255, float, 255),
     (256, float, 256), (32767, int, 32767), (32768, int, 65535), (65535, int, 65535), (65536, int, 65536),
     (40000, float, 40000)],
)  # fmt: skip
def test_white_is_1_255_or_65535_where_values_come_near_it(high, dtype, white):
    assert scaling._maximum(np.array([[0, high]], dtype)) == white


def learned(X, scaled=True, standardise=False, continuous=None):
    return Scaling.learn(X, scaled=scaled, standardise=standardise, continuous=continuous, where="here")


def test_what_scaling_learns():
    images = pixels(4, 2, 2)
    assert learned(images) == Scaling("pixels", 255.0)
    assert learned(images, scaled=False) == Scaling("pixels", 1.0)
    assert learned(images, standardise=True)[2:] == (images.mean() / 255, images.std() / 255)
    assert "all training pixels are equal" in says(learned, images * 0, standardise=True)
    table_ = np.array([[1.0, 5, 3], [3, 5, 4]])
    found = learned(table_)
    assert (found.kind, found.mean.tolist(), found.std.tolist()) == ("columns", [2, 5, 3.5], [1, 1, 0.5])
    some = learned(table_, continuous=np.array([True, True, False]))
    assert (some.mean.tolist(), some.std.tolist()) == ([2, 5, 0], [1, 1, 1])
    assert learned(table_, scaled=False).kind == "raw"
    assert learned(table_, scaled=False, standardise=True).kind == "columns"
    assert learned(-pixels(4, 2, 2)).kind == "raw"
    assert found(table_, "f8").tolist() == [[-1, 0, -1], [1, 0, 1]]
    assert Scaling("pixels", 4.0)(np.array([[2.0]]), "f4").tolist() == [[0.5]]
    assert Scaling("pixels", 1.0, 1.0, 2.0)(np.array([[2.0]]), "f4").tolist() == [[0.5]]
    tall = np.arange(3000.0)[:, None]
    np.testing.assert_array_equal(Scaling("pixels", 2.0)(tall, "f8"), tall / 2)
    words = [Scaling("pixels", 255.0).words, Scaling("pixels", 1.0, 0.5, 2.0).words, found.words, RAW.words]
    assert words == ["pixels / 255", "pixels / 1, standardised", "columns standardised by the training rows",
                     "values as stored"]  # fmt: skip


@pytest.mark.parametrize(
    ("mean", "spread", "constant"),
    [(0, 1e-13, True), (0, 1.5e-12, False), (1e6, 1e-7, True), (1e6, 1e-5, False), (3, 0, True), (-1e6, 1e-7, True)],
)
def test_a_column_that_varies_by_rounding_alone_is_constant(mean, spread, constant):
    """By a millionth of a millionth of its mean, or of 1."""
    found = learned(np.array([[mean - spread], [mean + spread]]))
    assert found.std[0] == pytest.approx(1 if constant else spread, rel=1e-3)


def test_numbers_too_large_for_the_type_are_said():
    message = says(Scaling("pixels", 2.0), np.array([[1.0, -3e38]]), "f2")
    assert message.startswith("the data: holds numbers as large as 3e+38, too large for float16 once scaled by the")
    assert says(learned, np.array([[1e308, 1], [1e308, 2]])).startswith("here: holds numbers as large as 1e+308")


def test_what_goes_with_which_kind_of_file(tmp_path):
    np.save(tmp_path / "X.npy", np.ones((2, 2)))
    np.savez(tmp_path / "a.npz", X=np.ones((2, 2)), y=[0, 1])
    (tmp_path / "a.csv").write_text("a,y\n1,0\n2,1\n")
    read = loading.read
    assert "drop goes with a table (.csv, .parquet)" in says(read, tmp_path / "a.npz", None, ["a"])
    assert "holds inputs alone: name the file of the labels" in says(read, tmp_path / "X.npy", None, ())
    assert "label goes with a table or an X.npy" in says(read, tmp_path / "a.npz", "y", ())
    assert says(read, tmp_path, None, ()).count("which are the inputs") == 1
    (tmp_path / "X.npy").unlink()
    assert says(read, tmp_path, None, ()) == (
        f"{tmp_path} holds no data that is known here: expected .csv, .parquet, .npz, X.npy with y.npy, idx files, or "
        "a folder of pictures for each class. Name the file: a.csv, a.npz."
    )
    np.save(tmp_path / "b.npy", np.ones((2, 2)))
    np.save(tmp_path / "l.npy", np.array([0, 1]))
    assert read(tmp_path / "b.npy", "l.npy", ()).pairs["train"].y.tolist() == [0, 1]  # beside the inputs
    assert loading.exists(tmp_path / "a.csv")
    assert not loading.exists(tmp_path / "no")
    (tmp_path / "emnist-images-idx3-ubyte").write_bytes(b"")
    assert loading.exists(tmp_path / "emnist")
    assert not loading.exists(tmp_path / "mnist")
    assert loading.material_of(str(tmp_path / "a.csv"), "y", True).label == "y"
    assert loading.material_of(str(tmp_path / "a.npz"), "y", True).pairs["train"].y.tolist() == [0, 1]
    assert says(loading.material_of, "nowhere", None, True) == (
        "there is no nowhere: expected data of the same form as the net's own."
    )


def test_the_sum_of_a_folder_is_that_of_names_and_sizes(tmp_path):
    (tmp_path / "in").mkdir()
    for name, text in (("in/a", "xy"), ("in/b", "z")):
        (tmp_path / name).write_text(text)
    before, alone = loading.file_sum(tmp_path / "in"), loading.file_sum(tmp_path / "in/a")
    (tmp_path / "in/a").write_text("uv")
    assert loading.file_sum(tmp_path / "in") == before
    assert loading.file_sum(tmp_path / "in/a") != alone
    (tmp_path / "in/b").write_text("zz")
    assert loading.file_sum(tmp_path / "in") != before
    assert loading.file_sum(tmp_path / "in") != loading.file_sum(tmp_path / "none")
    (tmp_path / "set-1").write_text("x")
    first = loading.file_sum(tmp_path / "set")  # of the files whose names begin so
    (tmp_path / "set-2").write_text("x")
    assert loading.file_sum(tmp_path / "set") != first


@pytest.mark.parametrize(
    ("X", "y", "message"),
    [
        (np.ones((4, 2)), np.ones(3), "here: 4 rows of inputs but 3 labels (train)."),
        (np.ones((4, 3)), np.ones(3), " The inputs have shape (4, 3), an example for each place of axis 1: save X.T."),
        (np.ones((4, 2, 3)), np.ones(3), "an example for each place of axis 2: save np.moveaxis(X, 2, 0)."),
        (np.ones((4, 2)), np.ones(1), "here: 4 rows of inputs but 1 labels (train)."),
        (np.ones((4, 2)), np.ones((1, 3)), "here: 4 rows of inputs but 1 labels (train)."),
        (np.ones((4, 2)), np.ones((2, 4)), "an example for each place of axis 1: save X.T."),
        (np.ones((4, 2)), np.ones((1, 4)), " The labels have shape (1, 4): save y.ravel()."),
        (np.ones((0, 2)), np.ones(0), "here holds no rows (train)."),
        (np.ones((2, 0)), np.ones(2), "here: the inputs have no columns, their shape is (2, 0)."),
    ],
)
def test_rows_and_labels_that_do_not_belong_together(X, y, message):
    assert says(check_rows, Material("here", "npz", {"train": Pair(X, y)})).endswith(message)


def test_how_many_rows_are_held_out():
    y = np.arange(100) % 2
    rows = split(y, {"val": None, "test": None}, 0, "here")
    assert {part: len(at) for part, at in rows.items()} == {"val": 10, "test": 20, "train": 70}
    assert sorted(np.concatenate(list(rows.values()))) == list(range(100))
    assert len(split(y[:3] * 0, {"val": None, "test": None}, 0, "here")["train"]) == 1  # one each, at least
    assert {part: len(at) for part, at in split(y, {"val": 0, "test": 7}, 0, "here").items()} == {
        "val": 0, "test": 7, "train": 93}  # fmt: skip
    assert len(split(y, {"val": 49, "test": 50}, 0, "here")["train"]) in (1, 2)
    assert len(split(y * 0, {"val": 0, "test": 99}, 0, "here")["train"]) == 1
    assert says(split, y, {"val": 50, "test": 50}, 0, "here") == (
        "here has 100 rows; 50 for val and 50 for test leave none for training. Ask for fewer with val and test."
    )
    real = split(y / 3, {"test": 4}, 0, "here")
    assert [len(real[part]) for part in ("test", "train")] == [4, 96]
    assert not np.array_equal(real["test"], split(y / 3, {"test": 4}, 1, "here")["test"])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"limit": 8}, "limit is 8, but only 7 training rows are left."),
        ({"dtype": "uint8"}, "dtype is 'uint8', but {where} does not hold bytes: use 'float32' or 'float64'."),
    ],
)
def test_settings_that_do_not_fit_the_rows(tmp_path, settings, message):
    np.savez(tmp_path / "a.npz", X=np.ones((10, 2)) * np.arange(10)[:, None], y=np.arange(10) % 2)
    where = tmp_path / "a.npz"
    with pytest.raises(ValueError, match=f"^{re.escape(message.format(where=where))}$"):
        mnist.load(where, scale="raw", **settings)
    assert len(mnist.load(where, limit=7)["y_train"]) == 7
