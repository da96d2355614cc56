"""What is told of data of one's own: how they were split, what was scaled, and where a row is that cannot be used."""

import numpy as np
import pytest

import mnist
from mnist import from_function
from mnist.own.labels import Labels, plain_labels
from mnist.own.pictures import Form, drawn, read_pictures


def csv(path, cells, labels):
    path.write_text("a,y\n" + "".join(f"{cell},{label}\n" for cell, label in zip(cells, labels, strict=True)))
    return path


def test_a_row_that_was_drawn_from_the_file_is_said_to_be_in_the_file(tmp_path):
    """Twenty rows 100..119, of which some go to the test: the number is their line."""
    cells, labels = [str(100 + i) for i in range(20)], [i % 2 for i in range(20)]
    drawn_one = int(mnist.load(csv(tmp_path / "a.csv", cells, labels), scale="raw")["X_test"][0, 0]) - 100
    cells[drawn_one] = ""
    with pytest.raises(mnist.DataError) as caught:
        mnist.load(csv(tmp_path / "a.csv", cells, labels))
    assert str(caught.value).startswith(f"{tmp_path / 'a.csv'}: column 'a' is empty in line {drawn_one + 2} (1 such")


def test_rows_of_a_part_of_their_own_are_said_to_be_in_it(tmp_path):
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    np.savez(tmp_path / "a.npz", x_train=X, y_train=y, x_test=X[:4], y_test=[0, 1, 2, 0])
    with pytest.raises(mnist.DataError, match=r"a\.npz \(test\) holds the label '2', which the training rows have not"):
        mnist.load(tmp_path / "a.npz")


@pytest.mark.parametrize("part", ["val", "test"])
def test_rows_of_another_shape_are_said_to_be_in_their_part(tmp_path, part):
    X, y = np.arange(40.0).reshape(20, 2), np.arange(20) % 2
    np.savez(tmp_path / "a.npz", x_train=X, y_train=y, **{f"x_{part}": np.ones((4, 3)), f"y_{part}": y[:4]})
    with pytest.raises(mnist.DataError, match=rf"a\.npz \({part}\): rows have shape \(3,\), but the net was trained"):
        mnist.load(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("y", "how"),
    [(np.arange(40) % 2, "; split with the classes in their proportions"), (np.arange(40) / 7, "; split at random")],
)
def test_how_rows_were_split_is_noted(tmp_path, y, how):
    X = np.arange(80.0).reshape(40, 2)
    np.savez(tmp_path / "a.npz", X=X, y=y)
    assert mnist.load(tmp_path / "a.npz").info.notes == (f"columns standardised by the training rows{how}",)
    parts = {f"{name}_{part}": a for part in ("train", "val", "test") for name, a in (("x", X), ("y", y))}
    np.savez(tmp_path / "b.npz", **parts)
    assert mnist.load(tmp_path / "b.npz").info.notes == ("columns standardised by the training rows",)


@pytest.mark.parametrize(
    ("shape", "least", "scale", "scaled"),
    [((4, 3), 0, True, True), ((4, 3), 0, "raw", False), ((4, 3), -1, True, False), ((2,), 0, True, False)],
)
def test_pixels_alone_are_scaled_by_their_maximum(tmp_path, shape, least, scale, scaled):
    """Images with negative values are none of pixels, and columns have a mean and a deviation each."""
    X = np.random.default_rng(0).random((30, *shape))
    X[0] = least
    np.savez(tmp_path / "a.npz", X=X, y=np.arange(30) % 2)
    assert mnist.load(tmp_path / "a.npz", scale=scale).info.scaled is scaled


def test_pictures_are_noted_to_be_prepared_where_they_are(tmp_path):
    image = pytest.importorskip("PIL.Image")
    for name in "ab":
        (tmp_path / name).mkdir()
        image.new("L", (2, 2)).save(tmp_path / name / "0.png")
    assert read_pictures(tmp_path, Form("L", (2, 2))).notes == []
    told = "each picture prepared as MNIST was, 28 x 28; 2 of them are blank"
    assert read_pictures(tmp_path, drawn(mnist.Frame())).notes == [told]


@pytest.mark.parametrize(("count", "end"), [(12, "k, l."), (13, "k, l, ....")])
def test_twelve_classes_are_listed(count, end):
    with pytest.raises(mnist.DataError) as caught:
        Labels(tuple("abcdefghijklm"[:count])).code(np.array(["zz"]), "here")
    assert str(caught.value).startswith("here holds the label 'zz', which the training rows have not; they have a, b,")
    assert str(caught.value).endswith(end)


def test_two_columns_of_one_hot_rows_are_two_classes():
    assert plain_labels(np.array([[1, 0], [0, 1], [0, 1]]), "here", False).tolist() == [0, 1, 1]
    with pytest.raises(mnist.DataError, match=r"^here: the labels have shape \(\); expected \(N,\), \(N, 1\)"):
        plain_labels(np.array(3), "here", False)


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"X": np.array(3.0), "y": np.arange(3)}, r"a\.npz holds 'X' \(\), 'y' \(3,\): which are the inputs"),
        ({"X": np.ones((3, 2)), "y": np.array(1)}, r"a\.npz holds 'X' \(3, 2\), 'y' \(\): which are the inputs"),
    ],
)
def test_numbers_alone_are_neither_inputs_nor_labels(tmp_path, arrays, message):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(mnist.DataError, match=message):
        mnist.load(tmp_path / "a.npz")
    for name in "Xy":
        np.save(tmp_path / f"{name}.npy", arrays[name])
    with pytest.raises(mnist.DataError, match=r"X\.npy: inputs \(.*\) and labels \(.*\) have no rows \(train\)\.$"):
        mnist.load(tmp_path / "X.npy", label="y.npy")


def test_a_number_beside_inputs_and_labels_is_left_alone(tmp_path):
    held = {"data": np.arange(40.0).reshape(20, 2), "image": np.array(7.0), "y": np.arange(20) % 2}
    np.savez(tmp_path / "a.npz", **held)
    assert len(mnist.load(tmp_path / "a.npz", val=2, test=2)["y_train"]) == 16


def test_a_function_is_handed_what_is_given_of_what_it_names(tmp_path):
    (tmp_path / "mine.py").write_text(
        "import numpy as np\n\n\ndef data(seed=7, limit=9):\n"
        "    return np.full((40, 2, 3), 10.0 * seed + limit), np.arange(40) % 2\n"
    )
    for given, value in (({}, 79), ({"seed": 1}, 19), ({"limit": 2}, 72), ({"seed": 0, "limit": 3}, 3)):
        data = mnist.load(f"{tmp_path / 'mine.py'}:data", flatten=False, **given)
        assert (data["X_test"].max(), data.info.shape) == (value, (2, 3))


@pytest.mark.parametrize(("rows", "hint"), [(3, " Is X transposed? X.T has 3 rows."), (5, ""), (2, "")])
def test_inputs_are_transposed_where_the_labels_are_as_many_as_their_columns(rows, hint):
    with pytest.raises(mnist.DataError) as caught:
        from_function._pair("here", "train", np.ones((20, 3)), np.ones(rows))
    assert str(caught.value).endswith(f"expected numbers for 20 rows, classes from 0 on.{hint}")


@pytest.mark.parametrize("count", [4, 5])
def test_no_more_rows_are_held_out_than_leave_one(count):
    parts = {"train": (np.arange(8).reshape(4, 2), np.arange(4))}
    with pytest.raises(mnist.DataError, match=rf"^here: it gives 4 rows, of which {count} are asked for val"):
        from_function._hold_out(parts, "val", count, np.random.default_rng(0), "here")
    from_function._hold_out(parts, "val", 3, np.random.default_rng(0), "here")
    assert sorted([*parts["train"][1], *parts["val"][1]]) == [0, 1, 2, 3]
    assert len(parts["val"][0]) == 3
