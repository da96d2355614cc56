"""The parts of reading data of one's own, each by hand: what is kept, columns, labels, scaling, kinds of files."""

import re
import sys
import types
from pathlib import Path

import numpy as np
import pytest

import mnist
from mnist.own import csv_file, labels, loading, scaling, tables
from mnist.own.features import Column, Features
from mnist.own.kept import Kept
from mnist.own.labels import Labels
from mnist.own.material import Material, Pair, Table, check_rows
from mnist.own.scaling import Scaling
from mnist.own.split import split

RAW = Scaling("raw")


def table(**columns):
    arrays = [np.array(c, float) if not isinstance(c[0], str) else np.array(c, object) for c in columns.values()]
    return Table(tuple(columns), tuple(arrays), np.arange(2, 2 + len(arrays[0])))


def says(call, *arguments, **keywords):
    with pytest.raises(mnist.DataError) as caught:
        call(*arguments, **keywords)
    return str(caught.value)


NUMBERS = Kept(RAW, Labels(("a", "b")), (2,), Features((Column("p"), Column("q"))))
WORDS = Kept(RAW, Labels(("a", "b")), (3,), Features((Column("p"), Column("c", ("red", "tan")))))
ARRAYS = Kept(RAW, Labels(("a", "b")), (2, 3))


def test_rows_to_predict_are_a_table_or_an_array_as_in_training():
    X = np.arange(6.0).reshape(1, 2, 3)
    assert ARRAYS.inputs(X, "f8", "here").tolist() == [[0, 1, 2, 3, 4, 5]]
    assert ARRAYS.inputs(X.reshape(1, 6), "f8", "here", flatten=False).tolist() == X.tolist()
    assert says(ARRAYS.inputs, X[:, :, :2], "f8", "here") == (
        "here: rows have shape (2, 2), but the net was trained on (2, 3)."
    )
    assert says(ARRAYS.inputs, table(p=[1]), "f8", "here") == "here is a table; the net was trained on arrays (2, 3)."
    assert NUMBERS.inputs(table(q=[1], p=[2]), "f8", "here").tolist() == [[2, 1]]
    assert NUMBERS.inputs(np.array([[5.0, 6.0]]), "f8", "here").tolist() == [[5, 6]]  # numbers alone: an array will do
    assert WORDS.inputs(table(p=[1, 2], c=["tan", "blue"]), "f8", "here").tolist() == [[1, 0, 1], [2, 0, 0]]
    assert says(WORDS.inputs, np.ones((1, 3)), "f8", "here") == (
        "here holds arrays; the net was trained on a table with columns of text: give a table."
    )


def test_labels_to_compare_with_are_coded_as_in_training():
    assert NUMBERS.targets(np.array(["b", "a"]), "here").tolist() == [1, 0]
    real = NUMBERS._replace(labels=Labels(None))
    assert real.targets(np.array([1, 2]), "here").dtype == np.float64
    assert says(real.targets, np.array(["b"]), "here") == (
        "here: the labels are text, as 'b'; real targets must be numbers."
    )


def test_files_to_predict(tmp_path):
    X = np.arange(12.0).reshape(2, 2, 3)
    np.save(tmp_path / "two.npy", X)
    np.save(tmp_path / "one.npy", X[0])
    np.savez(tmp_path / "all.npz", X_train=X, X_test=X[1:], y=np.arange(2), words=np.full((2, 2, 3), "a"))
    np.savez(tmp_path / "first.npz", X_train=X, X_val=X[1:])
    np.savez(tmp_path / "no.npz", y=np.arange(2))
    (tmp_path / "a.csv").write_text("p,q\n1,2\n3,4\n")
    (tmp_path / "a.txt").write_text("p")
    assert ARRAYS.read(tmp_path / "two.npy").tolist() == X.tolist()
    assert ARRAYS.read(tmp_path / "one.npy").tolist() == X[:1].tolist()
    assert ARRAYS.read(tmp_path / "all.npz").tolist() == X[1:].tolist()  # the test's, where there are several
    assert ARRAYS.read(tmp_path / "first.npz").tolist() == X.tolist()
    assert says(ARRAYS.read, tmp_path / "no.npz").endswith("no.npz has no rows of shape (2, 3); it holds y (2,).")
    assert ARRAYS.read(tmp_path / "a.csv").names == ("p", "q")
    assert says(ARRAYS.read, tmp_path / "none.csv") == f"there is no {tmp_path / 'none.csv'}."
    expected = f"{tmp_path / 'a.txt'}: expected rows as .csv, .parquet, .npz or .npy"
    assert says(ARRAYS.read, tmp_path / "a.txt") == expected + ", or a picture."
    assert says(ARRAYS._replace(shape=(6, 6, 3)).read, tmp_path / "a.txt") == expected + ", or a picture."
    assert says(NUMBERS.read, tmp_path / "a.txt") == expected + "."
    assert says(NUMBERS.read, tmp_path / "a.csv" / "b.png") == f"there is no {tmp_path / 'a.csv' / 'b.png'}."


@pytest.mark.parametrize("kept", [NUMBERS, WORDS, ARRAYS._replace(labels=Labels(None), pictures="L", label="y")])
def test_what_is_kept_comes_back(kept):
    assert Kept.from_dict(kept.as_dict()) == kept


def test_pictures_of_a_run_have_its_form():
    assert (ARRAYS.form.mode, ARRAYS.form.size) == ("L", (3, 2))
    assert (ARRAYS._replace(shape=(2, 4, 3)).form.mode, ARRAYS._replace(shape=(2, 4, 3)).form.size) == ("RGB", (4, 2))
    assert ARRAYS._replace(pictures="RGB").form.mode == "RGB"


def test_text_becomes_a_column_a_value_unless_rows_have_one_each():
    def learn(different, count):
        return Features.learn(table(c=[f"v{i % different:02}" for i in range(count)]), "here")

    assert learn(3, 4).columns == (Column("c", ("v00", "v01", "v02")),)
    assert says(learn, 4, 7).startswith("here: column 'c' holds text of 4 different values, as 'v00': leave it out")
    assert len(learn(4, 8).columns[0].values) == 4
    assert len(learn(30, 100).columns[0].values) == 30
    assert "holds text of 31 different values" in says(learn, 31, 100)
    long = table(c=["x" * 40 + str(i) for i in range(9)])
    assert f"as '{'x' * 30}'...: leave it out" in says(Features.learn, long, "here")
    assert Features.learn(table(n=[1, 2], c=["", "b"]), "here").columns == (Column("n"), Column("c", ("b",)))


def test_cells_that_cannot_be_inputs_name_their_line():
    features = Features((Column("n"), Column("c", ("1", "b"))))
    assert features.numbers(table(n=[1, 2], c=[1.0, 2.5]), "here").tolist() == [[1, 1, 0], [2, 0, 0]]
    assert says(features.numbers, table(n=[1, np.nan, np.nan], c=["b"] * 3), "here") == (
        "here: column 'n' is empty in line 3 (2 such rows). Fill it, leave the rows out, or the column with --drop."
    )
    assert "column 'n' is inf in line 2 (1 such rows)" in says(features.numbers, table(n=[np.inf], c=["b"]), "here")
    assert "column 'c' is empty in line 3 (1 such rows)" in says(features.numbers, table(n=[1, 2], c=["b", ""]), "here")
    assert says(features.numbers, table(n=["y" * 31, "2"], c=["b", "b"]), "here") == (
        f"here: column 'n' holds the text '{'y' * 30}'...; it held numbers in training."
    )
    assert says(features.numbers, table(n=[1]), "here") == "here has no column 'c', which the net was trained with."
    assert features.continuous.tolist() == [True, False, False]
    assert [column.width for column in features.columns] == [1, 2]


def test_columns_are_found_by_name_in_any_case_and_by_number():
    known = table(Alpha=[1], beta=[1], BETA=[1])
    for name, found in (("Alpha", "Alpha"), ("alpha", "Alpha"), ("beta", "beta"), ("1", "Alpha"), ("3", "BETA"),
                        ("-1", "BETA"), ("-3", "Alpha")):  # fmt: skip
        assert tables._known(name, known, "here", "label") == found
    for name in ("0", "4", "-4", "Beta", "x"):
        assert f"here: label is {name!r}, but there is no such column." in says(
            tables._known, name, known, "here", "label"
        )
    many = table(**{f"c{i:02}": [1] for i in range(13)})
    assert says(tables._known, "x", many, "here", "label").endswith("It has c00, c01, c02, c03, c04, c05, c06, c07, "
                                                                    "c08, c09, c10, c11, ... (13 in all).")  # fmt: skip
    assert tables._listed(many.without(["c00"])).endswith("c11, c12")
    assert tables._listed(table(**{"": [1], "b": [1]})) == "'', b"


@pytest.mark.parametrize(
    ("name", "column", "counts"),
    [
        ("", [0, 1, 2], True),
        ("ID", [1, 2, 3], True),
        ("id", [2, 3, 4], False),
        ("id", [0, 1, 3], False),
        ("rownames", [1], True),
        ("age", [1, 2, 3], False),
        ("id", ["1", "2"], False),
    ],
)
def test_a_column_that_counts_the_rows(name, column, counts):
    assert tables._counts(name, table(a=column).columns[0]) is counts
    assert not tables._counts("id", np.zeros(0))


def test_counting_columns_are_left_out_and_labels_are_told_by_their_name(tmp_path):
    (tmp_path / "a.csv").write_text("id,a,species,y\n1,5,oak,0\n2,6,elm,1\n3,5,oak,1\n")
    found = tables.read_table(tmp_path / "a.csv", None, ())
    assert (found.label, found.kind, found.notes) == ("y", "csv", ["column 'id' only counts the rows: left out"])
    assert found.pairs["train"].X.names == ("a", "species")
    assert found.pairs["train"].y.tolist() == [0, 1, 1]
    assert tables.read_table(tmp_path / "a.csv", "species", ["4", "ID"]).pairs["train"].X.names == ("a",)
    assert says(tables.read_table, tmp_path / "a.csv", "y", ["a", "species"]).endswith(
        "a.csv has no columns beside 'y' to learn from."
    )
    assert "which column holds the labels?" in says(tables._label_column, table(a=[1]), None, "here")


@pytest.fixture
def parquet(monkeypatch, tmp_path):
    """A Parquet file is what pyarrow makes of it: columns by name, each a list."""

    def reads(answer):
        class Column(list):
            type = "date32"

            def to_pylist(self):
                return list(self)

        def read_table(path):
            if isinstance(answer, Exception):
                raise answer
            held = {name: Column(values) for name, values in answer.items()}
            return types.SimpleNamespace(column_names=list(held), columns=list(held.values()),
                                         num_rows=len(next(iter(held.values()))))  # fmt: skip

        pyarrow, reader = types.ModuleType("pyarrow"), types.ModuleType("pyarrow.parquet")
        pyarrow.ArrowException, pyarrow.parquet, reader.read_table = LookupError, reader, read_table
        monkeypatch.setitem(sys.modules, "pyarrow", pyarrow)
        monkeypatch.setitem(sys.modules, "pyarrow.parquet", reader)
        return tables.read_columns(tmp_path / "a.parquet")

    return reads


def test_columns_of_parquet_are_numbers_or_text(parquet):
    found = parquet({"n": [1, None, 2.5], "t": ["a", None, "b"], "b": [True, False, None], "one": [None, None, 3]})
    assert found.names == ("n", "t", "b", "one")
    np.testing.assert_array_equal(found.columns[0], [1, np.nan, 2.5])
    assert [column.tolist() for column in found.columns[1:3]] == [["a", "", "b"], ["True", "False", ""]]
    np.testing.assert_array_equal(found.columns[3], [np.nan, np.nan, 3])
    assert found.lines.tolist() == [1, 2, 3]


@pytest.mark.parametrize("error", [LookupError("bad magic"), OSError("bad magic"), ValueError("bad magic")])
def test_what_is_no_parquet_is_said(parquet, error, tmp_path):
    assert says(parquet, error) == f"{tmp_path / 'a.parquet'} is no Parquet file that can be read: bad magic."
    assert says(parquet, {"d": [b"1"]}) == (
        f"{tmp_path / 'a.parquet'}: column 'd' holds date32; expected numbers or text. Leave it out."
    )


CELLS = [
    (["1", " 2 ", "3e1"], False, [1, 2, 30]),
    (["1", "NA", ""], False, [1, np.nan, np.nan]),
    (["", "na"], False, ["", ""]),
    (["1_0", "2"], False, ["1_0", "2"]),  # Python's way to write ten is no number of a table
    (["1,5", "-2,25", ",5"], True, [1.5, -2.25, 0.5]),
    (["1,5", "2"], False, ["1,5", "2"]),
    (["1,500,000", "2"], True, ["1,500,000", "2"]),
    (["a", "None", "NaN"], False, ["a", "None", ""]),
]


@pytest.mark.parametrize(("cells", "comma", "wanted"), CELLS)
def test_cells_are_numbers_where_all_that_are_given_are(cells, comma, wanted):
    found = csv_file.column_of(cells, comma=comma)
    if isinstance(wanted[0], str):
        assert found.dtype == object
        assert found.tolist() == wanted
    else:
        assert found.dtype == np.float64
        np.testing.assert_array_equal(found, wanted)


@pytest.mark.parametrize(
    ("text", "headed"),
    [
        ("a,b\n1,2\n", True),
        ("1,2\n3,4\n", False),
        ("a,2\n1,2\n", True),  # a word stands over a number
        ("a,2\nb,2\n", False),
        ("x,y\na,b\n", True),  # no cell of it is a number
        (",2\n1,2\n", False),  # an empty cell is no word
        ("1;2\n1,5;2\n", False),
        ("a,b\n", True),
    ],
)
def test_the_first_row_is_a_header_where_words_stand_over_numbers(text, headed):
    assert csv_file._is_header(text, ";" if ";" in text else ",", Path("a.csv")) is headed


def read_csv(tmp_path, text):
    (tmp_path / "a.csv").write_bytes(text if isinstance(text, bytes) else text.encode())
    return csv_file.read_csv(tmp_path / "a.csv")


@pytest.mark.parametrize(
    ("text", "names", "columns", "lines"),
    [
        ("a,a,a\n1,2,3\n4,5,6\n", ("a", "a (2)", "a (3)"), [[1, 4], [2, 5], [3, 6]], [2, 3]),
        ("1,2\n\n3,4\n", ("column 1", "column 2"), [[1, 3], [2, 4]], [1, 3]),
        ("\na,b\n1,2\n", ("a", "b"), [[1], [2]], [3]),
        ("a;b\n1,5;2\n", ("a", "b"), [[1.5], [2]], [2]),
        ("a;b\n1;x\n", ("a", "b"), [[1], ["x"]], [2]),
        ("# made by hand\n# a,b\n1,2\n", ("a", "b"), [[1], [2]], [3]),
        ("# made by hand\n1,2\n3,4\n", ("column 1", "column 2"), [[1, 3], [2, 4]], [2, 3]),
        ("a,b,\n1,2,\n3,x,\n", ("a", "b"), [[1, 3], ["2", "x"]], [2, 3]),  # a delimiter at each line's end
        ("caf\u00e9,b\n1,x\n".encode("cp1252"), ("caf\u00e9", "b"), [[1], ["x"]], [2]),
        (b"caf\x81,b\n1,x\n", ("caf\x81", "b"), [[1], ["x"]], [2]),
        ('"a","b"\n"1","2"\n', ("a", "b"), [[1], [2]], [2]),
    ],
)
def test_csv_of_many_hands(tmp_path, text, names, columns, lines):
    found = read_csv(tmp_path, text)
    assert (found.names, [column.tolist() for column in found.columns], found.lines.tolist()) == (names, columns, lines)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty: it holds no rows."),
        (" \n \n", "is empty: it holds no rows."),
        ("#\n#\n", "has one column alone"),
        ("a,b\n", "holds no rows below its header."),
        ("a,b\n1,x\n2\n", "line 3: 1 cells where the first line has 2. Are there delimiters inside of a cell"),
        ("abc\ndef\n", "has one column alone: cells are parted by , ; tab | or space; it begins 'abc\\ndef'."),
        ("a,b\n\0,1\n", "is no text: it starts with 'a,b\\n\\x00,1\\n'."),
        (b"\xff\xfea", "is no text that can be read (UTF-8 expected)."),
        (b"\x1f\x8b\x08\x00", "cannot read"),
    ],
)
def test_what_is_no_table_is_said(tmp_path, text, message):
    assert message in says(read_csv, tmp_path, text)


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
