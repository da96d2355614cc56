"""Each opcode by itself, written by hand: the value that Python's own reader gives, and its limits to the last unit."""

import pickle

import numpy as np
import pytest

from mnist import DataError
from mnist.pickled.machine import Global
from mnist.pickled.numpy_names import KNOWN, PickledArray, PickledType, from_buffer
from mnist.pickled.opcodes import run
from mnist.stream import ByteStream

STREAMS = {
    "MARK TUPLE": b"(t.", "EMPTY_TUPLE": b").", "EMPTY_LIST": b"].", "NONE": b"N.", "NEWTRUE": b"\x88.",
    "NEWFALSE": b"\x89.", "INT": b"I-70\n.", "INT true": b"I01\n.", "INT false": b"I00\n.", "INT one": b"I1\n.",
    "LONG": b"L-123L\n.", "LONG without L": b"L123\n.", "BININT": b"J\xfe\xff\xff\xff.", "BININT1": b"K\xfe.",
    "BININT2": b"M\x01\xfe.", "LONG1": b"\x8a\x02\x00\xff.", "LONG1 of no bytes": b"\x8a\x00.",
    "LONG1 of eight": b"\x8a\x08\x01\x02\x03\x04\x05\x06\x07\x88.", "STRING": b"S'a\\x41\\n\\\\\\'\"'\n.",
    "STRING in double quotes": b'S"it\'s"\n.', "BINSTRING": b"T\x03\x00\x00\x00a\xffb.",
    "SHORT_BINSTRING": b"U\x03a\xffb.", "BINBYTES": b"B\x03\x00\x00\x00a\xffb.", "SHORT_BINBYTES": b"C\x03a\xffb.",
    "BINBYTES8": b"\x8e\x03" + bytes(7) + b"a\xffb.", "BYTEARRAY8": b"\x96\x03" + bytes(7) + b"a\xffb.",
    "UNICODE": b"Va\xe9\\u0041\\u00ff\n.", "BINUNICODE": b"X\x03\x00\x00\x00a\xc3\xbf.",
    "SHORT_BINUNICODE": b"\x8c\x03a\xc3\xbf.", "BINUNICODE8": b"\x8d\x03" + bytes(7) + b"a\xc3\xbf.",
    "empty text": b"\x8c\x00.", "TUPLE": b"(K\x01K\x02K\x03t.", "TUPLE of the last mark": b"(K\x01(K\x02tt.",
    "LIST": b"(K\x01K\x02l.", "TUPLE1": b"K\x01\x85.", "TUPLE2": b"K\x01K\x02\x86.", "TUPLE3": b"K\x01K\x02K\x03\x87.",
    "APPEND": b"]K\x01aK\x02a.", "APPENDS": b"](K\x01K\x02eK\x03a.", "PUT GET": b"K\x05p300\nK\x06g300\n\x87.",
    "BINPUT BINGET": b"K\x05q\x03K\x06h\x03\x87.", "LONG_BINPUT": b"K\x05r\x03\x01\x00\x00K\x06j\x03\x01\x00\x00\x87.",
    "MEMOIZE": b"(K\x05\x94K\x06\x94h\x01h\x00t.", "PROTO": b"\x80\x05K\x01.", "PROTO 0": b"\x80\x00K\x01.",
    "FRAME": b"\x95\x03\x00\x00\x00\x00\x00\x00\x00K\x01.", "GLOBAL": b"c_codecs\nencode\n(Va\xe9\nVlatin1\ntR.",
    "STACK_GLOBAL": b"\x8c\x07_codecs\x8c\x06encode\x93\x8c\x03a\xc3\xa9\x8c\x07latin-1\x86R.",
}  # fmt: skip


def read(tmp_path, data: bytes):
    (tmp_path / "one.pkl").write_bytes(data)
    with ByteStream(tmp_path / "one.pkl") as stream:
        value = run(stream, KNOWN)
        stream.finish()
    return value


@pytest.mark.parametrize("name", STREAMS)
def test_the_value_of_every_opcode(tmp_path, name):
    found, wanted = read(tmp_path, STREAMS[name]), pickle.loads(STREAMS[name], encoding="bytes")
    assert found == wanted
    assert type(found) is type(wanted) or {type(found), type(wanted)} == {bytes, bytearray}


LINE = 256
KEPT = 240_000_000
TEXT = 1 << 26


@pytest.mark.parametrize(
    ("last", "first", "message"),
    [
        (b"(" + b"N" * 9_998 + b"t.", b"(" + b"N" * 9_999 + b"t.", r"has more than 10,000 opcodes"),
        (b"\x8a\x08" + bytes(8) + b".", b"\x8a\x09" + bytes(9) + b".", r"holds an integer of 9 bytes"),
        (b"\x80\x05N.", b"\x80\x06N.", r"claims pickle protocol 6; 0 to 5 are known"),
        (b"I" + b"1" * 20 + b"\n.", b"I" + b"1" * 21 + b"\n.", r"holds '1{21}' where an integer is due"),
        (b"I-" + b"1" * 20 + b"\n.", b"I--" + b"1" * 20 + b"\n.", r"where an integer is due"),
        (b"L" + b"1" * 20 + b"L\n.", b"L" + b"1" * 20 + b"LL\n.", r"where an integer is due"),
        (b"N.", b"I" + b"1" * 25 + b"\n.", r"holds a line of more than 24 bytes"),
        (b"N.", b"I" + b"1" * 24 + b"\n.", r"where an integer is due"),
        (b"N.", b"c" + b"n" * LINE + b"\nx\n.", r"names 'n+'\.\.\., which does not belong"),
        (b"N.", b"c" + b"n" * (LINE + 1) + b"\nx\n.", r"holds a line of more than 256 bytes"),
        (b"N.", b"B" + KEPT.to_bytes(4, "little") + b".", r"is cut short or damaged: 240,000,000 more bytes"),
        (b"N.", b"B" + (KEPT + 1).to_bytes(4, "little") + b".", r"holds more than 240,000,000 bytes"),
        (b"N.", b"X" + TEXT.to_bytes(4, "little") + b".", r"is cut short or damaged: 67,108,864 more bytes"),
        (b"N.", b"X" + (TEXT + 1).to_bytes(4, "little") + b".", r"text of 67,108,865 bytes; the limit is 67,108,864 "),
        (b"\x8c\x02\xc3\xbf.", b"\x8c\x02\xc4\x80.", r"holds text that is not Latin-1"),
        (b"N.", b"V" + b"a" * 60 + b"\\u0100\n.", r"text that is not Latin-1: 'a{40}'\. Only"),
        (b"N.", b"\x8c\x60" + b"a" * 60 + b"\xff" * 36 + b".", r"text that is not Latin-1: 'a{40}'\. Only"),
        (b"N.", b"\x8c\x60" + b"a" * 60 + b"\x80" * 36 + b".", r"text that is not utf-8: 'a{40}'\. Only"),
        (b"V\\u00ff\n.", b"V\\u0100\n.", r"holds text that is not Latin-1"),
        (b"V\\u00ff\n.", b"V\\U000000ff\n.", r"holds text that is not Latin-1"),
        (b"N.", b"\x8c\x02\xc3\x41.", r"holds text that is not utf-8"),
        (b"N.", b"V\\u00f\n.", r"holds text that is not raw-unicode-escape"),
        (b"S''\n.", b"S'\n.", r"holds a string without quotes"),
        (b"S''\n.", b"S\n.", r"holds a string without quotes"),
        (b"S'ab'\n.", b"S'ab\"\n.", r"holds a string without quotes"),
        (b"S'ab'\n.", b"Saba\n.", r"holds a string without quotes"),
        (b"S'\\t'\n.", b"S'\\q'\n.", r"holds a string with an unknown escape"),
        (b"S'\\x4a'\n.", b"S'\\x4'\n.", r"holds a string with an unknown escape"),
        (b"K\x01q\x00h\x00\x86.", b"K\x01q\x00h\x01\x86.", r"asks for value 1, which was not kept"),
        (b"]K\x01a.", b")K\x01a.", r"appends to a tuple"),
        (b"K\x01K\x02\x86.", b"K\x02\x86.", r"takes a value from an empty stack"),
        (b"(K\x02t.", b"(K\x02.", r"ends with 2 values on its stack"),
        (b"K\x02.", b"K\x01K\x02K\x03.", r"ends with 3 values on its stack"),
        (b"(t.", b"(.", r"takes a value from an empty stack"),
        (b"(N\x85t.", b"(\x85t.", r"takes a value from an empty stack"),
        (b"(K\x01t.", b"K\x01t.", r"looks for a mark that is not there"),
        (b"(t.", b"t.", r"looks for a mark that is not there"),
        (b"N.", b"\x8c\x01aN\x93.", r"names something by values that are no text"),
        (b"N.", b"N\x8c\x01a\x93.", r"names something by values that are no text"),
    ],
)  # fmt: skip
def test_the_last_that_is_read_and_the_first_that_is_refused(tmp_path, last, first, message):
    try:
        read(tmp_path, last)
    except DataError as error:
        pytest.fail(str(error))
    with pytest.raises(DataError, match=message):
        read(tmp_path, first)


@pytest.mark.parametrize("code", [code for code in range(256) if code != ord(".")])
def test_a_byte_is_read_as_python_reads_it_or_refused(tmp_path, code):
    """Behind values enough for anything: no byte is taken for another opcode than its own."""
    stream = b"(" + b"K\x07" * 4 + bytes([code]) + b"\x01\x00\x00\x00\x00\x00\x00\x00\n.."
    try:
        found = read(tmp_path, stream[:-1])
    except DataError:
        return
    assert found == pickle.loads(stream[:-1], encoding="bytes")


U1 = PickledType("u1")


@pytest.mark.parametrize(
    ("payload", "kind", "shape", "message"),
    [
        (b"abc", "u1", (3,), "no plain dtype"),
        ("abc", U1, (3,), "bytes expected, got str: object arrays are not read"),
        (b"abc", U1, [3], "shape must be a tuple of 1 to 4 sizes"),
        (b"a", U1, (), "shape must be a tuple of 1 to 4 sizes"),
        (b"a", U1, (1,) * 5, "shape must be a tuple of 1 to 4 sizes"),
        (b"abc", U1, (True, 3), "3 bytes do not fill the shape"),
        (b"abc", U1, (3.0,), "3 bytes do not fill the shape"),
        (b"abc", U1, (-1, -3), "3 bytes do not fill the shape"),
        (b"abc", U1, (2,), "3 bytes do not fill the shape"),
        (b"abc", U1, (4,), "3 bytes do not fill the shape"),
        (b"abc", PickledType("u2"), (3,), "3 bytes do not fill the shape"),
    ],
)
def test_a_buffer_that_does_not_fit(payload, kind, shape, message):
    with pytest.raises(ValueError, match=message):
        from_buffer(payload, kind, shape, False)


def test_a_buffer_that_fits():
    for fortran, order in ((False, "C"), (True, "F")):
        for shape in ((24,), (4, 6), (2, 3, 4), (2, 3, 2, 2)):
            array = np.arange(24, dtype="u1").reshape(shape)
            assert np.array_equal(from_buffer(array.tobytes(order), U1, shape, fortran), array)
    assert from_buffer(bytearray(), U1, (0, 3), False).shape == (0, 3)


@pytest.mark.parametrize("order", ["<", ">", "|", "="])
@pytest.mark.parametrize("more", [0, 4])
def test_the_byte_order_of_a_type(order, more):
    kind = PickledType("u2")
    kind.set_state((3, order, None, None, None) + (-1,) * more)
    assert kind.dtype == np.dtype("u2").newbyteorder(order)


@pytest.mark.parametrize(
    "state",
    [[3, "<", None, None, None], (3, "<", None, None), (3, "<", *[None] * 8), (3, "!", None, None, None),
     (3, "<", 1, None, None), (3, "<", None, 1, None), (3, "<", None, None, 1), (3, "<" * 17, None, None, None)],
)  # fmt: skip
def test_the_state_of_no_plain_type(state):
    with pytest.raises(ValueError, match=r"a structured or unknown dtype|an unknown byte order|a short text expected"):
        PickledType("u2").set_state(state)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "dtype ''; known are u1, i1, u2"),
        (("u3",), "dtype 'u3'; known are"),
        (("u1", False, True, 1), "dtype 'u1'"),
        (("<O",), "object dtype"),
        (("O8",), "object dtype"),
        (("u" * 17,), "a short text expected"),
        ((b"u" * 17,), "a short text expected"),
        ((5,), "a short text expected"),
    ],
)
def test_a_type_that_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        KNOWN["numpy.dtype"](arguments)


def test_types_that_are_taken():
    for code in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"):
        for arguments in ((code,), (code.encode(), False), (code, False, True)):
            assert KNOWN["numpy.dtype"](arguments).dtype == np.dtype(code)


def test_text_is_encoded_as_latin_1_alone():
    encode = KNOWN["_codecs.encode"]
    for name in ("latin1", "latin-1", b"latin1"):
        assert encode(("a\xe9", name)) == b"a\xe9"
    for arguments in ((), ("a",), ("a", "latin1", "strict"), (b"a", "latin1"), (5, "latin1"), ("a", "utf-8"), ("a", 5)):
        with pytest.raises(ValueError, match="expected"):
            encode(arguments)


def test_an_array_is_rebuilt_empty_or_not_at_all():
    rebuild, ndarray = KNOWN["numpy.core.multiarray._reconstruct"], Global("numpy.ndarray", None)
    assert rebuild((ndarray, (0,), b"b")).array is None
    kinds = ((Global("numpy.dtype", None), (0,), b"b"), ("numpy.ndarray", (0,), b"b"))
    sizes = ((ndarray, (), b"b"), (ndarray, (1,), b"b"))
    for arguments in ((), (ndarray, (0,)), (ndarray, (0,), b"b", 1), *sizes, *kinds):
        with pytest.raises(ValueError, match="an empty ndarray expected"):
            rebuild(arguments)


def test_the_state_of_an_array_is_set_once_and_whole():
    made = PickledArray()
    for state in (None, [1, (1,), U1, False, b"a"], (1, (1,), U1, False), (1, (1,), U1, False, b"a", 1)):
        with pytest.raises(ValueError, match=r"not \(version, shape, dtype, order, bytes\)"):
            made.set_state(state)
    made.set_state((1, (2, 1), U1, True, b"ab"))
    assert made.array.tolist() == [[97], [98]]
    with pytest.raises(ValueError, match="an array whose state is set twice"):
        made.set_state((1, (1,), U1, False, b"a"))


def test_a_buffer_of_protocol_5():
    make = KNOWN["numpy._core.numeric._frombuffer"]
    assert make((b"abcdef", U1, (2, 3), "F")).array.tolist() == [[97, 99, 101], [98, 100, 102]]
    assert make((b"abcdef", U1, (2, 3), "C")).array.tolist() == [[97, 98, 99], [100, 101, 102]]
    for arguments in ((b"a", U1, (1,)), (b"a", U1, (1,), "C", 1)):
        with pytest.raises(ValueError, match=r"\(bytes, dtype, shape, order\) expected"):
            make(arguments)
