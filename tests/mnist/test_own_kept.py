"""What is kept of data of one's own, and tables: columns by name, text as columns, rows to predict, each by hand."""

import sys
import types

import numpy as np
import pytest

import mnist
from mnist.own import tables
from mnist.own.features import Column, Features
from mnist.own.kept import Kept, is_array_of_pixels
from mnist.own.labels import Labels
from mnist.own.material import Table
from mnist.own.scaling import Scaling

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
    assert says(ARRAYS.inputs, np.ones((1, 2, 4)), "f8", "here").startswith("here: rows have shape (2, 4), but the net")
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


@pytest.mark.parametrize(
    ("count", "words", "are"), [(64, (), True), (63, (), False), (70, (), True), (70, ("a",), False)]
)
def test_many_columns_of_numbers_alone_may_be_pixels(count, words, are):
    columns = [Column(str(k)) for k in range(count)] + [Column(word, (word,)) for word in words]
    assert is_array_of_pixels(Features(tuple(columns))) is are


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
