"""Which arrays, columns and pictures of one's own are taken for what, each on a few shapes and names."""

import re

import numpy as np
import pytest
from mnist_files import idx_bytes

import mnist
from mnist.own import arrays, loading, pictures
from mnist.own.material import Material, Pair
from mnist.own.picture_file import Look

X, Y = np.arange(8.0).reshape(4, 2), np.array([0, 1, 1, 0])


@pytest.mark.parametrize(
    ("one", "two", "inputs"),
    [
        ((4, 2), (4,), "a"), ((4,), (4, 2), "b"), ((4, 2), (4, 1), "a"), ((4, 1), (4, 2), None), ((4, 2, 3), (4,), "a"),
        ((4, 2), (4, 2), None), ((4, 1), (4, 1), None), ((4, 2), (3,), None), ((4,), (4,), None),
        ((4, 2, 3), (4, 2), None), ((4, 3), (4, 2), None), ((4, 1), (4,), "a"), ((4, 2, 1), (4, 1), "a"),
        ((4, 0), (4, 1), None),
    ],
)  # fmt: skip
def test_of_two_arrays_without_names_the_one_with_columns_is_the_inputs(one, two, inputs):
    held = {"a": np.zeros(one), "b": np.ones(two)}
    found = arrays._by_shape(held)
    labels = {"a": "b", "b": "a", None: None}[inputs]
    assert found == ({} if inputs is None else {("train", "x"): [inputs], ("train", "y"): [labels]})


def test_of_several_names_the_array_that_fits_is_taken():
    held = {"data": X, "x": X[:, 0], "y": Y, "label": Y[:3], "target": np.array(1), "classes": np.array(["no", "yes"])}
    pair = arrays.pairs_by_name(held, "here")["train"]
    assert (pair.X is X, pair.y is Y) == (True, True)
    with pytest.raises(
        mnist.DataError, match=r"^here: 'y' and 'label' all look like the labels \(train\)\. Name them X"
    ):
        arrays.pairs_by_name({"x": X, "y": Y, "label": Y}, "here")


def test_what_an_archive_holds_is_told_by_its_first_eight_arrays():
    many = {f"a{k}": np.zeros(k + 1) for k in range(9)}
    with pytest.raises(mnist.DataError) as caught:
        arrays.pairs_by_name(many, "here")
    assert "here holds 'a0' (1,), 'a1' (2,)" in str(caught.value)
    assert "'a7' (8,): which are the inputs" in str(caught.value)
    with pytest.raises(mnist.DataError, match=r"^here holds nothing: which are"):
        arrays.pairs_by_name({}, "here")


@pytest.mark.parametrize(
    ("name", "columns", "kept"),
    [("labels-idx2-int", 8, ()), ("labels-idx2-int", 7, (7,)), ("labels-idx2-ubyte", 8, (8,))],
)
def test_the_first_of_eight_columns_is_the_label_in_qmnists_files_alone(tmp_path, name, columns, kept):
    rows = np.eye(columns, dtype=np.uint8)[np.arange(12) % columns]
    (tmp_path / "images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((12, 2, 2), np.uint8)))
    (tmp_path / name).write_bytes(idx_bytes(rows))
    pair = arrays.read_idx_set("here", sorted(tmp_path.iterdir())).pairs["train"]
    assert pair.y.shape == (12, *kept)
    assert pair.y.tolist() == (rows if kept else rows[:, 0]).tolist()


@pytest.mark.parametrize(
    ("sizes", "form", "notes"),
    [
        ([(64, 10)], (64, 10), []),
        ([(65, 10)], (64, 10), ["pictures of 65 x 10 made smaller, 64 x 10"]),
        ([(10, 128)], (5, 64), ["pictures of 10 x 128 made smaller, 5 x 64"]),
        ([(6400, 1)], (64, 1), ["pictures of 6400 x 1 made smaller, 64 x 1"]),
        ([(3, 4), (5, 6), (5, 6)], (5, 6), ["pictures of 2 sizes: all resized to 5 x 6, which most have"]),
    ],
)
def test_the_size_that_most_pictures_have_and_64_at_most(sizes, form, notes):
    material = Material("here", "pictures", {})
    assert pictures._common_form([Look(*size, True) for size in sizes], material) == ("L", form, None)
    assert material.notes == notes
    assert pictures._common_form([Look(2, 2, True), Look(2, 2, False)], material).mode == "RGB"


def test_blank_pictures_are_counted():
    form = pictures.form_of("drawn", (28, 30))
    images = np.zeros((3, 28, 30), np.uint8)
    images[1, 27, 29] = 1
    told = "each picture prepared as MNIST was, 28 x 30"
    assert pictures._prepared({"train": Pair(images[1:2], Y)}, form) == told
    assert pictures._prepared({"train": Pair(images[:2], Y), "test": Pair(images[2:] + 9, Y)}, form) == (
        f"{told}; 2 of them are blank"
    )


def test_pictures_two_folders_down_are_found_and_hidden_folders_are_left_out(tmp_path):
    for place, found in ((".", False), ("a", True), ("train/a", True), ("data/train/a", False)):
        folder = tmp_path / f"of {place.replace(chr(47), chr(32))}"
        (folder / place).mkdir(parents=True)
        (folder / place / "0.PNG").write_bytes(b"")
        (folder / place / "0.txt").write_bytes(b"")
        assert pictures.holds_pictures(folder) is found
    for name in (".cache", "b", "a"):
        (tmp_path / "of" / name).mkdir(parents=True)
        (tmp_path / "of" / name / "0.png").write_bytes(b"")
    (tmp_path / "of" / "empty").mkdir()
    assert list(pictures._by_class(tmp_path / "of")) == ["a", "b"]


@pytest.mark.parametrize(
    ("size", "message"),
    [(2**33, "is no .npy array"), (2**33 + 1, "holds 8,589,934,593 bytes; the limit is 8,589,934,592.")],
)
def test_files_of_ones_own_may_have_eight_gigabytes(tmp_path, size, message):
    with (tmp_path / "X.npy").open("wb") as file:
        file.truncate(size)  # a hole: no byte is on the disk
    with pytest.raises(mnist.DataError, match=re.escape(message)):
        arrays.read_npy_folder(tmp_path, [tmp_path / "X.npy"])


def test_a_folder_of_several_tables_names_five_of_them(tmp_path):
    for name in "abcdef":
        (tmp_path / f"{name}.csv").write_text("a,y\n1,0\n")
    (tmp_path / "z.txt").write_text("")
    with pytest.raises(mnist.DataError, match=r" Name the file: a\.csv, b\.csv, c\.csv, d\.csv, e\.csv\.$"):
        loading.read(tmp_path, None, ())
    for path in tmp_path.glob("*.csv"):
        path.unlink()
    with pytest.raises(mnist.DataError, match=re.escape("or a folder of pictures for each class.") + "$"):
        loading.read(tmp_path, None, ())


def test_targets_are_real_in_all_parts_where_they_are_in_one(tmp_path):
    rows = np.arange(40.0).reshape(20, 2)
    np.savez(tmp_path / "a.npz", x_train=rows, y_train=np.arange(20) % 3, x_test=rows[:4], y_test=np.arange(4) / 2)
    data = mnist.load(tmp_path / "a.npz")
    assert data.info.classes is None
    assert (data["y_train"].dtype, data["y_test"].tolist()) == (np.float64, [0, 0.5, 1, 1.5])
