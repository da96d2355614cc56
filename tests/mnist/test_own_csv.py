"""CSV by hand: cells, headers, lines, and what is no table."""

from pathlib import Path

import numpy as np
import pytest

import mnist
from mnist.own import csv_file


def says(call, *arguments, **keywords):
    with pytest.raises(mnist.DataError) as caught:
        call(*arguments, **keywords)
    return str(caught.value)


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
        ("a,2\n,2\n1,2\n", True),  # the last row is compared
        ("a,2\n1,2\nb,2\n", False),
        ("a,2\n" + 18 * "b,2\n" + "1,2\nb,2\n", True),  # of the first twenty
        ("1,5\t2\n3,5\t4\n", False),  # decimal commas
        ("a\t2\n1,5\t2\n", True),
    ],
)
def test_the_first_row_is_a_header_where_words_stand_over_numbers(text, headed):
    assert csv_file._is_header(text, next((mark for mark in ";\t" if mark in text), ","), Path("a.csv")) is headed


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
        ("the height,the weight\nx y,3 4\n", ("the height", "the weight"), [["x y"], ["3 4"]], [2]),  # spaces in text
        ("a,b\tc\n1,2\t3\n", ("a", "b\tc"), [[1], ["2\t3"]], [2]),  # of equal ones the comma
        ("a,x\tb\tc\n1,5\t2\t3\n", ("a,x", "b", "c"), [[1.5], [2], [3]], [2]),  # the one that gives the most cells
        ("a|b\n1|2\n", ("a", "b"), [[1], [2]], [2]),
        ("\n1,2\n3,4\n", ("column 1", "column 2"), [[1, 3], [2, 4]], [2, 3]),
        ("1,5\t2\t7\n3,5\t4\t8\n", ("column 1", "column 2", "column 3"), [[1.5, 3.5], [2, 4], [7, 8]], [1, 2]),
        ('"1,5",2\n"3,5",4\n', ("column 1", "column 2"), [["1,5", "3,5"], [2, 4]], [1, 2]),
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
        ("a,b\n1,x\n2,3,4\n", "line 3: 3 cells where the first line has 2. Are there delimiters inside of a cell"),
        ("# a,b", "holds no rows below its header."),
        ("abc\ndef\n", "has one column alone: cells are parted by , ; tab | or space; it begins 'abc\\ndef'."),
        ("a,b\n\0,1\n", "is no text: it starts with 'a,b\\n\\x00,1\\n'."),
        (b"\xff\xfea", "is no text that can be read (UTF-8 expected)."),
        (b"\x1f\x8b\x08\x00", "a.csv: Compressed file ended before the end-of-stream marker was reached."),
        (b"\x1f\x8b\x07" + bytes(20), "a.csv: Unknown compression method."),
    ],
)
def test_what_is_no_table_is_said(tmp_path, text, message):
    assert message in says(read_csv, tmp_path, text)


def test_the_reason_why_a_file_cannot_be_read_is_the_systems_own(tmp_path):
    (tmp_path / "a.csv").mkdir()
    assert says(csv_file.read_csv, tmp_path / "a.csv") == f"cannot read {tmp_path / 'a.csv'}: Is a directory."


@pytest.mark.parametrize(
    ("text", "delimiter", "headed", "rows"),
    [
        ("a,b\n1,2\n", ",", True, [[1, 2]]),
        ("1,2\n3,4", ",", False, [[1, 2], [3, 4]]),
        ("1;2\n", ";", False, [[1, 2]]),
        ('"1","2"\n', ",", False, [[1, 2]]),
        ("a,b\n", ",", True, None),
        ("1,5;2\n", ";", False, None),  # a decimal comma
        ("1,x\n", ",", False, None),
        ("1,nan\n", ",", False, None),
        ("1,inf\n", ",", False, None),
        ("1,2,3\n", ",", False, None),
        ("1\n2\n", ",", False, None),
        ("\n1,2\n", ",", False, None),  # its lines would be counted from the first number
        ("1,2\n\n3,4\n", ",", False, None),
    ],
)
def test_the_fast_way_takes_finite_numbers_in_every_line_and_nothing_else(text, delimiter, headed, rows):
    found = csv_file._numbers_alone(text, delimiter, headed, 2)
    assert (found if found is None else found.tolist()) == rows
