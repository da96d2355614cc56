"""Data of one's own at the edges of what is taken for pixels, classes, rows, parts and tables: numbers by hand."""

import numpy as np
import pytest
from mnist_files import idx_bytes

import mnist
from mnist.own import arrays, kept, labels, loading, scaling, tables
from mnist.own.features import Column, Features
from mnist.own.kept import Kept
from mnist.own.labels import Labels
from mnist.own.material import Material, Table
from mnist.own.pictures import Form
from mnist.own.scaling import Scaling

X, Y = np.arange(8.0).reshape(4, 2), np.array([0, 1, 1, 0])


def says(call, *arguments, **keywords):
    with pytest.raises(mnist.DataError) as caught:
        call(*arguments, **keywords)
    return str(caught.value)


def ramp(low, high):
    """(1, 64) from low to high, whole numbers but between 0 and 1."""
    values = np.linspace(low, high, 64)
    return (values if high <= 1 else np.rint(values))[None]


@pytest.mark.parametrize(
    ("X", "are"),
    [(ramp(0, 255), True), (ramp(1, 255), True), (ramp(0, 256), False), (ramp(0.5, 1), True), (ramp(-1, 200), False),
     (ramp(0, 1.5) / 1.5 * 1.25, False), (np.zeros((2, 1, 1)), True), (np.full((2, 1, 1), -0.5), False),
     (np.zeros((2, 1, 1, 3)), True), (np.ones((2, 65)), True), (np.ones((2, 63)), False), (np.ones((2, 784)), True)],
)  # fmt: skip
def test_what_is_taken_for_pixels(X, are):
    assert scaling.is_pixels(X) is are


@pytest.mark.parametrize(
    "one",
    [Scaling("raw"), Scaling("pixels", 255.0), Scaling("pixels", 1.0, 0.5, 0.25),
     Scaling("columns", 1.0, np.array([1.0, 2]), np.array([3.0, 4]))],
)  # fmt: skip
def test_a_scaling_comes_back_from_plain_values(one):
    back = Scaling.from_dict(one.as_dict())
    assert (back.kind, back.divisor) == (one.kind, one.divisor)
    for found, wanted in ((back.mean, one.mean), (back.std, one.std)):
        assert type(found) is type(wanted)
        np.testing.assert_array_equal(found, wanted)
    np.testing.assert_array_equal(back(X, "f8"), one(X, "f8"))


def test_what_is_not_scaled_is_not_copied():
    assert Scaling("raw", 2.0)(X, X.dtype) is X
    assert Scaling("pixels", 1.0)(X, X.dtype) is X
    assert Scaling("pixels", 1.0, 0.0, 2.0)(X, X.dtype).tolist() == (X / 2).tolist()


def test_numbers_of_named_classes_that_are_none():
    named = Labels(("cat", "dog"), first=1)
    for wrong in (0, -7, 3, 4, 99):
        assert says(named.code, np.array([2, wrong, 50]), "here") == f"here holds the label {wrong}; expected 1..2."


def test_the_first_of_labels_that_are_text_is_told():
    assert says(labels.plain_labels, np.array(["oak", "fir"]), "here", True) == (
        "here: the labels are text, as 'oak'; real targets must be numbers."
    )


@pytest.mark.parametrize(("rows", "values", "fits"), [(30, 15, True), (30, 16, False), (29, 29, True), (31, 16, False)])
def test_more_labels_than_half_of_thirty_rows_are_no_classes(rows, values, fits):
    y = np.arange(rows) % values
    if fits:
        assert labels.plain_labels(y, "here", False).tolist() == y.tolist()
    else:
        assert f"here: {rows} rows have {values} different labels: no classes." in says(
            labels.plain_labels, y, "here", False
        )
    assert labels.plain_labels(y, "here", True).dtype == np.float64


@pytest.mark.parametrize(
    ("files", "parts"),
    [
        (["train-images-idx3-ubyte", "train-labels-idx1-ubyte"], ["train"]),
        (["images-idx3-ubyte", "labels-idx1-ubyte"], ["train"]),
        (["images-idx3-ubyte", "labels-idx1-ubyte", "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"],
         ["train", "test"]),
        (["val-images.idx3", "val-labels.idx1", "train-images.idx3", "train-labels.idx1"], ["train", "val"]),
    ],
)  # fmt: skip
def test_the_parts_of_idx_files_are_told_by_their_names(tmp_path, files, parts):
    for at, name in enumerate(files):
        value = np.full((3, 2, 2), at, np.uint8) if "images" in name else np.full(3, at, np.uint8)
        (tmp_path / name).write_bytes(idx_bytes(value))
    pairs = arrays.read_idx_set("here", sorted(tmp_path.iterdir())).pairs
    assert list(pairs) == parts
    for part, (X, y) in pairs.items():
        name = next(name for name in files if "images" in name and (part[0] == name[0] or name[0] == "i"))
        wanted = files.index("t10k-images-idx3-ubyte" if part == "test" else name)
        assert (X.max(), y.max()) == (wanted, wanted + 1)


@pytest.mark.parametrize(
    "names", [("one.idx3", "labels.idx1"), ("images-a-idx3", "images-b-idx3"), ("y.idx1", "labels.idx1", "x.idx3")]
)
def test_idx_files_that_do_not_say_which_they_are(tmp_path, names):
    for name in names:
        (tmp_path / name).write_bytes(idx_bytes(np.zeros((3, 2, 2) if "3" in name else 3, np.uint8)))
    files = sorted(tmp_path.iterdir())
    listed = ", ".join(path.name for path in files)
    assert says(arrays.read_idx_set, "here", files).startswith(f"here: which of {listed} are images, labels, training")


def test_a_part_without_labels_is_none():
    held = {"x_train": X, "y_train": Y, "x_test": X, "y_val": Y}
    assert list(arrays.pairs_by_name(held, "here")) == ["train"]


@pytest.mark.parametrize(("rows", "told"), [(0, "which are the inputs"), (1, "all look like the labels (train)")])
def test_labels_without_inputs(rows, told):
    assert told in says(arrays.pairs_by_name, {"y": np.zeros(rows), "label": np.zeros(3)}, "here")


def test_labels_of_three_axes_stay_so(tmp_path):
    (tmp_path / "images-idx3-ubyte").write_bytes(idx_bytes(np.zeros((3, 2, 2), np.uint8)))
    (tmp_path / "labels-idx2-int").write_bytes(idx_bytes(np.zeros((3, 8, 2), np.uint8)))
    assert arrays.read_idx_set("here", sorted(tmp_path.iterdir())).pairs["train"].y.shape == (3, 8, 2)


def test_pictures_to_prepare_are_none_where_there_are_none(tmp_path):
    """A form is for folders of pictures: arrays are read as they are."""
    np.save(tmp_path / "X.npy", X)
    np.save(tmp_path / "y.npy", Y)
    for form in (None, Form("drawn", (28, 28)), Form("L", (2, 2))):
        assert loading.material_of(str(tmp_path), None, True, form).kind == "npy"
    with pytest.raises(ValueError, match=r"^prepare goes with a folder of pictures a class; .* is none\.$"):
        loading.read(tmp_path, None, (), Form("drawn", (28, 28)))


def test_an_empty_folder_is_told_what_mnist_would_be(tmp_path):
    assert says(loading.read, tmp_path, None, ()).startswith(f"MNIST not found in {tmp_path}. Put the four idx files")
    (tmp_path / "a.txt").write_text("")
    assert says(loading.read, tmp_path / "a.txt", None, ()).startswith(f"{tmp_path / 'a.txt'} holds no data that is")


def test_data_of_ones_own_have_the_name_of_their_file(tmp_path):
    np.savez(tmp_path / "trees.npz", X=np.repeat(X, 5, axis=0), y=np.repeat(Y, 5))
    assert mnist.load(tmp_path / "trees.npz").info.name == "trees.npz"


def test_the_labels_of_mnists_form_have_no_column(tmp_path):
    """What is asked of a table is not left unheard."""
    held = np.zeros((4, 28, 28), np.uint8), np.arange(4, dtype=np.uint8)
    np.savez(tmp_path / "a.npz", **dict(zip(("x_train", "y_train", "x_test", "y_test"), held * 2, strict=True)))
    assert says(mnist.load, tmp_path / "a.npz", label="y").startswith("label goes with a table or an X.npy;")
    assert says(mnist.load, tmp_path / "a.npz", drop=["y"]).startswith("drop goes with a table")


def kept_of(shape, **others):
    return Kept(Scaling("raw"), Labels(("a", "b")), shape, **others)


def test_one_row_alone_and_rows_that_have_the_shape_of_one(tmp_path):
    np.save(tmp_path / "a.npy", X)
    assert kept_of((4, 2)).read(tmp_path / "a.npy").shape == (1, 4, 2)
    assert kept_of((2,)).read(tmp_path / "a.npy").shape == (4, 2)


def test_of_several_arrays_that_fit_the_first_of_the_test_is_taken(tmp_path):
    held = {"one": X, "x_TEST": X + 1, "test_2": X + 2, "other": np.zeros((4, 3)), "test_words": np.full((4, 2), "a")}
    np.savez(tmp_path / "a.npz", **held)
    assert kept_of((2,)).read(tmp_path / "a.npz").tolist() == (X + 1).tolist()
    del held["x_TEST"], held["test_2"]
    np.savez(tmp_path / "a.npz", **held)
    assert kept_of((2,)).read(tmp_path / "a.npz").tolist() == X.tolist()
    assert says(kept_of((5,)).read, tmp_path / "a.npz").endswith(
        " has no rows of shape (5,); it holds one (4, 2), other (4, 3), test_words (4, 2)."
    )


@pytest.mark.parametrize(("shape", "end"), [((4,), ".npy."), ((4, 4), ".npy, or a picture.")])
def test_pictures_are_read_where_inputs_have_two_axes(tmp_path, shape, end):
    for name in ("a.txt", "a.png")[: 3 - len(shape)]:
        (tmp_path / name).write_text("")
        assert says(kept_of(shape).read, tmp_path / name).endswith(f"expected rows as .csv, .parquet, .npz or {end}")


@pytest.mark.parametrize(
    ("shape", "pictures", "mode"),
    [((4, 6), None, "L"), ((4, 6, 3), None, "RGB"), ((4, 6), "drawn", "drawn"), ((4, 6, 3), "L", "L")],
)
def test_the_form_of_pictures_is_that_of_the_runs(shape, pictures, mode):
    form = kept_of(shape, pictures=pictures).form
    assert (form.mode, form.size) == (mode, (6, 4))


@pytest.mark.parametrize(("count", "text", "are"), [(64, None, True), (63, None, False), (64, ("a", "b"), False)])
def test_a_table_of_64_columns_of_numbers_may_be_pixels(count, text, are):
    columns = tuple(Column(f"c{at}", text if at == 5 else None) for at in range(count))
    assert kept.is_array_of_pixels(Features(columns)) is are


NAMES = tuple("abcdefghijklm")


def table(names):
    return Table(names, tuple(np.zeros(2) for _ in names), np.arange(2))


@pytest.mark.parametrize(
    ("asked", "found"),
    [("b", "b"), ("B", "B"), ("1", "a"), ("3", "B"), ("-1", "c"), ("-4", "a"), ("C", "c"), ("4", "c"), ("0", None),
     ("5", None), ("-5", None), ("--1", None), ("\u00b2", None), ("", None)],
)  # fmt: skip
def test_a_column_by_its_name_or_number(asked, found):
    columns = table(("a", "b", "B", "c"))
    if found is None:
        message = says(tables._known, asked, columns, "here", "drop")
        assert message.startswith(f"here: drop is {asked!r}, but there is no such column.")
        assert message.endswith(" It has a, b, B, c.")
    else:
        assert tables._known(asked, columns, "here", "drop") == found


def test_twelve_columns_are_listed():
    assert tables._listed(table(NAMES[:12])) == ", ".join(NAMES[:12])
    assert tables._listed(table(NAMES)) == ", ".join(NAMES[:12]) + ", ... (13 in all)"
    assert tables._listed(table(("", "a"))) == "'', a"


@pytest.mark.parametrize(
    ("name", "column", "are"),
    [
        ("", [0.0, 1, 2], True), ("Index", [1.0, 2, 3], True), ("id", [2.0, 3, 4], False), ("id", [0.0, 1, 3], False),
        ("age", [0.0, 1, 2], False), ("id", [], False), ("row", [1.0], True), ("id", [-1.0, 0], False),
    ],
)  # fmt: skip
def test_a_column_that_counts_rows(name, column, are):
    assert tables._counts(name, np.array(column)) is are
    assert not tables._counts(name, np.array([str(value) for value in column], object))


def test_the_second_name_of_labels_is_taken_where_the_first_is_not_there():
    assert tables._label_column(table(("a", "Class", "TARGET", "y")), None, "here") == "TARGET"
    assert Material("here", "csv", {}).verified is False
