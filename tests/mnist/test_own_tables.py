"""Tables: delimiters, headers, decimal commas, odd columns, text that becomes columns, cells that are empty."""

import gzip

import numpy as np
import pytest
from own_data import NAMES, rows, write_csv

import mnist
from mnist.own import Kept

X, Y, COLOURS = rows()


def codes(data):
    return [data.info.classes, data["X_train"], data["y_train"], data["X_test"], data["y_test"]]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(codes(one), codes(other), strict=True))


def test_text_labels_and_text_columns(tmp_path):
    data = mnist.load(write_csv(tmp_path / "trees.csv"), label="species", dtype="f8")
    assert data.info.classes == ("birch", "oak", "pine")
    assert data["X_train"].shape == (84, 6)
    assert np.allclose(data["X_train"][:, :3].mean(axis=0), 0)
    assert np.allclose(data["X_train"][:, :3].std(axis=0), 1)
    assert np.array_equal(np.unique(data["X_train"][:, 3:]), [0, 1])
    assert np.array_equal(data["X_train"][:, 3:].sum(axis=1), np.ones(84))
    assert same(data, mnist.load(tmp_path / "trees.csv", label="SPECIES", dtype="f8"))
    assert same(data, mnist.load(tmp_path / "trees.csv", dtype="f8"))  # a column of that name is found


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_other_delimiters(tmp_path, delimiter):
    wanted = mnist.load(write_csv(tmp_path / "a.csv"))
    assert same(wanted, mnist.load(write_csv(tmp_path / "b.csv", delimiter=delimiter)))


def test_spaces_where_nothing_else_parts_the_cells(tmp_path):
    (tmp_path / "a.csv").write_text("a  b kind\n" + "".join(f"{i}   {-i} {'xy'[i % 2]}\n" for i in range(40)))
    data = mnist.load(tmp_path / "a.csv", label="kind")
    assert data["X_train"].shape == (28, 2)
    assert data.info.classes == ("x", "y")


def test_text_with_a_value_for_nearly_every_row_is_no_category(tmp_path):
    (tmp_path / "a.csv").write_text("when,b,kind\n" + "".join(f"day {i},{-i},{'xy'[i % 2]}\n" for i in range(30)))
    with pytest.raises(mnist.DataError, match="column 'when' holds text of 21 different values"):
        mnist.load(tmp_path / "a.csv", label="kind")


def test_packed_with_a_mark_and_with_decimal_commas(tmp_path):
    wanted = mnist.load(write_csv(tmp_path / "a.csv"))
    text = write_csv(tmp_path / "b.csv", delimiter=";").read_text("utf-8")
    (tmp_path / "b.csv.gz").write_bytes(gzip.compress(text.encode("utf-8-sig")))
    assert same(wanted, mnist.load(tmp_path / "b.csv.gz"))
    head, _, body = text.partition("\n")
    (tmp_path / "c.csv").write_text(head + "\n" + body.replace(".", ","), "utf-16")
    assert same(wanted, mnist.load(tmp_path / "c.csv"))


def test_without_a_header(tmp_path):
    np.savetxt(tmp_path / "bare.csv", np.c_[X, Y], delimiter=",")
    data = mnist.load(tmp_path / "bare.csv", label="-1")
    assert data["X_train"].shape == (84, 3)
    assert same(data, mnist.load(tmp_path / "bare.csv", label="column 4"))
    np.savetxt(tmp_path / "named.csv", np.c_[X, Y], delimiter=",", header="a,b,c,y")
    assert same(data, mnist.load(tmp_path / "named.csv"))
    with pytest.raises(
        mnist.DataError, match=r"which column holds the labels\? Name it with --label .*column 1, column 2"
    ):
        mnist.load(tmp_path / "bare.csv")


def test_numbers_alone_are_read_the_fast_way_to_the_same_numbers(tmp_path):
    np.savetxt(tmp_path / "fast.csv", np.c_[X, Y], delimiter=",", header="a,b,c,y", comments="")
    text = (tmp_path / "fast.csv").read_text()
    (tmp_path / "slow.csv").write_text(text.replace("\n", "\n\n", 1))
    assert same(mnist.load(tmp_path / "fast.csv"), mnist.load(tmp_path / "slow.csv"))


def test_a_column_that_counts_the_rows_is_left_out_and_others_on_request(tmp_path):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1], "name": [f"tree {i}" for i in range(120)], "y": NAMES[Y]})
    frame.to_csv(tmp_path / "own.csv")
    with pytest.raises(mnist.DataError, match=r"column 'name' holds text of 84 different values, .*--drop"):
        mnist.load(tmp_path / "own.csv")
    data = mnist.load(tmp_path / "own.csv", drop=["name"])
    assert data["X_train"].shape == (84, 2)
    assert data.info.notes[0] == "column '' only counts the rows: left out"
    with pytest.raises(mnist.DataError, match=r"drop is 'nam', but there is no such column\. Did you mean 'name'"):
        mnist.load(tmp_path / "own.csv", drop=["nam"])


def test_parquet(tmp_path):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    wanted = mnist.load(write_csv(tmp_path / "a.csv"))
    pandas.read_csv(tmp_path / "a.csv").astype({"colour": "category"}).to_parquet(tmp_path / "a.parquet")
    assert same(wanted, mnist.load(tmp_path / "a.parquet"))
    (tmp_path / "b.parquet").write_bytes((tmp_path / "a.parquet").read_bytes()[:100])
    with pytest.raises(mnist.DataError, match=r"b\.parquet is no Parquet file that can be read"):
        mnist.load(tmp_path / "b.parquet")


def test_other_rows_are_treated_alike(tmp_path):
    data = mnist.load(write_csv(tmp_path / "trees.csv"), dtype="f8")
    kept = Kept.from_dict(data.info.as_dict()["own"])
    new = tmp_path / "new.csv"
    new.write_text(f'colour,noise,height,"weight, kg"\nred,{X[0, 2]},{X[0, 0]},{X[0, 1]}\nviolet,0,0,0\n')
    rows_ = kept.inputs(kept.read(new), "f8", "new.csv")
    everything = kept.inputs(kept.read(tmp_path / "trees.csv"), "f8", "trees.csv")
    assert np.array_equal(rows_[0, :3], everything[0, :3])
    assert np.array_equal(rows_[:, 3:], [[0, 0, 1], [0, 0, 0]])
    new.write_text("colour,noise,height\nred,0,0\n")
    with pytest.raises(mnist.DataError, match=r"has no column 'weight, kg', which the net was trained with"):
        kept.inputs(kept.read(new), "f8", "new.csv")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda lines: [lines[0]], "holds no rows below its header"),
        (lambda lines: [], "holds no rows"),
        (lambda lines: [*lines, "1,2,3"], "line 122: 3 cells where the first line has 5"),
        (lambda lines: [*lines, ",1,2,red,oak"], r"column 'height' is empty in line 122 \(1 such rows\)"),
        (lambda lines: [*lines, "NA,1,2,red,oak"], "column 'height' is empty in line 122"),
        (lambda lines: [*lines, "inf,1,2,red,oak"], "column 'height' is inf in line 122"),
        (lambda lines: [*lines, "1,1,2,,oak"], "column 'colour' is empty in line 122"),
        (lambda lines: [*lines, "1,1,2,red,"], "no label in line 122"),
        (lambda lines: [line for line in lines if line.endswith(("oak", "species"))], "all labels are 'oak'"),
        (lambda lines: ["a"] * 9, "has one column alone"),
    ],
)
def test_what_cannot_be_used_is_said(tmp_path, change, message):
    path = write_csv(tmp_path / "trees.csv")
    path.write_text("".join(f"{line}\n" for line in change(path.read_text().splitlines())))
    for seed in range(8):  # the row may lie in any part, and what holds it must say so
        with pytest.raises(mnist.DataError, match=message) as caught:
            mnist.load(path, label="species", seed=seed)
        assert "trees.csv" in str(caught.value)


def test_files_that_are_none(tmp_path):
    (tmp_path / "a.csv").write_bytes(b"PK\x03\x04\0\0\0")
    with pytest.raises(mnist.DataError, match=r"a\.csv is no text: it starts with 'PK.*a zip archive"):
        mnist.load(tmp_path / "a.csv")
    with pytest.raises(mnist.DataError, match=r"there is no .*b\.csv"):
        mnist.load(tmp_path / "b.csv")


def test_a_delimiter_at_each_lines_end_is_no_column(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,kind,\n" + "".join(f"{at},{at % 7},{'xy'[at % 2]},\n" for at in range(20)))
    data = mnist.load(path, label="kind")
    assert data["X_train"].shape[1] == 2
    path.write_text("a,b,kind,\n" + "".join(f"{at},{at % 7},{'xy'[at % 2]},{'!' * (at == 3)}\n" for at in range(20)))
    with pytest.raises(mnist.DataError, match="column '' is empty in line"):
        mnist.load(path, label="kind")


@pytest.mark.parametrize(
    "head", ["# a,b,kind\n", "# made on Monday\n# by me, and others\na,b,kind\n", "#\n# a,b,kind\n"]
)
def test_remarks_before_the_first_row(tmp_path, head):
    path = tmp_path / "t.csv"
    path.write_text(head + "".join(f"{at},{at % 7},{at % 2}\n" for at in range(20)))
    data = mnist.load(path, label="kind", scale="raw")
    assert data.info.own["columns"] is not None
    assert sum(len(data[f"y_{part}"]) for part in ("train", "val", "test")) == 20
    path.write_text(head + "".join(f"{at},{'' if at == 4 else 1},{at % 2}\n" for at in range(20)))
    with pytest.raises(mnist.DataError, match=f"line {head.count(chr(10)) + 5}"):
        mnist.load(path, label="kind")
