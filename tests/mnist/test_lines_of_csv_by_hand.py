"""Lines of CSV files that are easily taken for something else: the last one, remarks, and rows of unequal length."""

from pathlib import Path

import pytest

import mnist
from mnist.own import csv_file


def read(tmp_path, text):
    (tmp_path / "a.csv").write_text(text)
    found = csv_file.read_csv(tmp_path / "a.csv")
    return found.names, [column.tolist() for column in found.columns], found.lines.tolist()


@pytest.mark.parametrize(
    ("text", "names", "columns", "lines"),
    [
        ("a,b\n1,2\n3,4", ("a", "b"), [[1, 3], [2, 4]], [2, 3]),  # no newline at the end
        ("a,b\n1,x", ("a", "b"), [[1], ["x"]], [2]),
        ("# a,b\n# 1,2\n# 3,4", ("a", "b"), [["# 1", "# 3"], [2, 4]], [2, 3]),  # of remarks alone the first is a row
        ("a,b\n1,2\n#3,4\n", ("a", "b"), [["1", "#3"], [2, 4]], [2, 3]),  # a remark no more below the first row
        ("a,b\n1,2\n#3,4\n#5,6\n", ("a", "b"), [["1", "#3", "#5"], [2, 4, 6]], [2, 3, 4]),
        ("#a,b,c\n1,2\n3,4\n", ("column 1", "column 2"), [[1, 3], [2, 4]], [2, 3]),  # of another length: no names
        ("#a;b\n1;2\n", ("a", "b"), [[1], [2]], [2]),
        ("#\n#\n1,2\n3,4\n", ("column 1", "column 2"), [[1, 3], [2, 4]], [3, 4]),
    ],
)
def test_remarks_and_last_lines(tmp_path, text, names, columns, lines):
    assert read(tmp_path, text) == (names, columns, lines)


@pytest.mark.parametrize(
    ("text", "delimiter"),
    [
        ("a,b\tc\n1,2,3\t4\n", "\t"),  # a second line that is longer, ...
        ("a,b,c\td\n1,2\t4\n", "\t"),  # ... or shorter, is of another number
        ("a,b\tc\n1,2\t4\n", ","),
        ("a,b\tc\td\n1,2\t4\t5\n", "\t"),
        ("a b\n1 2\n", " "),
        ("a,b c d\n1,2 3 4\n", ","),
        ("a,b\tc\n" + 18 * "1,2\t3\n" + "1\t2\n" + 9 * "1,2\t3\n", "\t"),  # the twentieth line counts, ...
        ("a,b\tc\n" + 19 * "1,2\t3\n" + "1\t2\n", ","),  # ... the next one does not
    ],
)
def test_the_delimiter_is_the_one_that_cuts_most_of_the_first_twenty_lines_alike(text, delimiter):
    assert csv_file._delimiter(text, Path("a.csv")) == delimiter


def test_of_one_column_the_first_forty_characters_are_told(tmp_path):
    with pytest.raises(mnist.DataError) as caught:
        read(tmp_path, "abcdefghij" * 4 + "k\n1\n")
    assert str(caught.value).endswith(f"; it begins '{'abcdefghij' * 4}'.")


@pytest.mark.parametrize(("at", "text"), [(4095, False), (4096, True)])
def test_a_zero_among_the_first_4096_bytes_is_in_no_text(tmp_path, at, text):
    whole = bytearray(b"a,b\n" + 600 * b"1,12345\n")
    whole[at] = 0
    (tmp_path / "a.csv").write_bytes(whole)
    if text:
        assert len(csv_file.read_csv(tmp_path / "a.csv")) == 600
    else:
        with pytest.raises(mnist.DataError, match=r"a\.csv is no text: "):
            csv_file.read_csv(tmp_path / "a.csv")


@pytest.mark.parametrize("marks", [b"\xff\xfe", b"\xfe\xff"])
def test_text_of_two_bytes_a_character_holds_zeros(tmp_path, marks):
    order = "utf-16-le" if marks == b"\xff\xfe" else "utf-16-be"
    (tmp_path / "a.csv").write_bytes(marks + "a,b\n1,x\n".encode(order))
    assert csv_file.read_csv(tmp_path / "a.csv").names == ("a", "b")


def test_a_name_that_is_there_three_times_and_one_that_looks_like_it():
    assert csv_file._names(["x", " x", "x (2)", "x ", "y"]) == ("x", "x (2)", "x (2) (2)", "x (3)", "y")
