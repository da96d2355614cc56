"""Hostile pickles: every way to name and call something, with the names that attacks use, and memory bombs.

Each case is (label, bytes, needle): the refusal must contain the needle, the offending name where there is one.
"""

import struct
from collections.abc import Iterator

NAMES = [
    "os.system", "posix.system", "nt.system", "os.popen", "builtins.eval", "builtins.exec", "__builtin__.eval",
    "__builtin__.execfile", "builtins.getattr", "builtins.__import__", "builtins.open", "builtins.compile",
    "subprocess.Popen", "subprocess.check_output", "runpy._run_code", "importlib.import_module", "functools.partial",
    "operator.attrgetter", "operator.methodcaller", "pip.main", "pip._internal.main", "webbrowser.open", "pdb.run",
    "bdb.Bdb.run", "timeit.timeit", "code.InteractiveInterpreter", "shutil.rmtree", "socket.create_connection",
    "ctypes.CDLL", "pickle.loads", "_pickle.Unpickler", "marshal.loads", "types.FunctionType", "types.CodeType",
    "numpy.load", "numpy.fromfile", "numpy.__builtins__", "numpy.testing._private.utils.runstring",
    "numpy.f2py.crackfortran.getlincoef", "numpy.core.multiarray.scalar", "numpy.core.multiarray.frombuffer",
    "numpy._core.multiarray.ndarray", "numpy.ndarray.tofile", "numpy.dtype.__reduce__", "joblib.load", "torch.load",
    "copyreg._reconstructor", "collections.Counter", "sys.exit", "_codecs.decode", "_codecs.lookup", "codecs.encode",
]  # fmt: skip

_PROTOCOL = {protocol: b"" if protocol < 2 else bytes([0x80, protocol]) for protocol in range(6)}


def text(value: str) -> bytes:
    raw = value.encode()
    return b"\x8c" + bytes([len(raw)]) + raw


def mechanisms(name: str) -> Iterator[tuple[str, bytes]]:
    """Every opcode by which a pickle can reach `name`, with "true" as the argument of the call."""
    module, _, attribute = name.rpartition(".")
    line = f"{module}\n{attribute}\n".encode()
    yield "GLOBAL REDUCE", _PROTOCOL[0] + b"c" + line + b"(S'true'\ntR."
    yield "GLOBAL BUILD", _PROTOCOL[2] + b"c" + line + b"N}b."
    yield "GLOBAL OBJ", _PROTOCOL[1] + b"(c" + line + b"S'true'\no."
    yield "GLOBAL NEWOBJ", _PROTOCOL[2] + b"c" + line + b")\x81."
    yield "GLOBAL NEWOBJ_EX", _PROTOCOL[4] + b"c" + line + b")}\x92."
    yield "INST", _PROTOCOL[0] + b"(S'true'\ni" + line + b"."
    yield "STACK_GLOBAL", _PROTOCOL[4] + text(module) + text(attribute) + b"\x93" + text("true") + b"\x85R."
    first, _, rest = name.partition(".")
    yield "dotted STACK_GLOBAL", _PROTOCOL[5] + text(first) + text(rest) + b"\x93" + text("true") + b"\x85R."
    yield "memo STACK_GLOBAL", _PROTOCOL[4] + text(module) + b"\x94" + text(attribute) + b"\x94h\x00h\x01\x93)R."
    array = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR"
    yield "in an array's state", array + b"(I1\n(I1\nt" + b"c" + line + b"(S'true'\ntRI00\nS'x'\ntb."
    yield "as an array's class", b"cnumpy.core.multiarray\n_reconstruct\n(c" + line + b"(I0\ntS'b'\ntR."
    yield "in a set", _PROTOCOL[3] + b"((" + b"c" + line + b"(tR" + b"tt."


def named_attacks() -> Iterator[tuple[str, bytes, str]]:
    for name in NAMES:
        for mechanism, data in mechanisms(name):
            yield f"{mechanism} {name}", data, name


def nameless_attacks() -> Iterator[tuple[str, bytes, str]]:
    """Extensions, persistent ids, buffers, and calls of things that may only be passed on."""
    yield "EXT1", b"\x80\x02\x82\x07)R.", "extension 7"
    yield "EXT2", b"\x80\x02\x83\x07\x01)R.", "extension 263"
    yield "EXT4", b"\x80\x02\x84\x07\x01\x00\x01)R.", "extension 16777479"
    yield "PERSID", b"Pevil-id\n.", "evil-id"
    yield "BINPERSID", b"U\x04evilQ.", "BINPERSID"
    yield "NEXT_BUFFER", b"\x80\x05\x97.", "NEXT_BUFFER"
    yield "READONLY_BUFFER", b"\x80\x05\x8c\x01a\x98.", "READONLY_BUFFER"
    yield "dictionary", b"}.", "EMPTY_DICT"
    yield "SETITEM on a list", b"]I0\nI0\ns.", "SETITEM"
    yield "call of a list", b"](tR.", "list"
    yield "call of a string", b"S'os.system'\n(tR.", "bytearray"
    yield "call of ndarray", b"cnumpy\nndarray\n(I100000000\ntR.", "numpy.ndarray"
    yield "BUILD on a tuple", b")Nb.", "tuple"
    yield "BUILD on a name", b"cnumpy\ndtype\nNb.", "Global"
    yield "name made of bytes", b"C\x02osC\x06system\x93.", "values that are no text"
    yield "unknown opcode", b"\xff.", "0xff"
    yield "protocol 6", b"\x80\x06N.", "protocol 6"
    yield "empty stack", b"R.", "empty stack"
    yield "no mark", b"t.", "mark"
    yield "a mark as result", b"(.", "empty stack"
    yield "two results", b"NN.", "2 values"
    yield "APPEND to a tuple", b")Na.", "appends to a tuple"
    yield "memo that is empty", b"h\x07.", "value 7"
    made = b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\n%s\n(I0\ntS'b'\ntR."
    yield "_reconstruct of another class", made % b"dtype", "numpy.core.multiarray._reconstruct"
    yield "a state that is set twice", _array(b"(I3\nt", after=b"(I1\n(I3\ntNI00\nNtb"), "state is set twice"
    yield "encode with a codec that unpacks", b"c_codecs\nencode\n(Vaa\nVzlib\ntR.", "_codecs.encode"


def _array(shape: bytes, dtype: bytes = b"S'u1'\n", payload: bytes = b"S'abc'\n", after: bytes = b"") -> bytes:
    return (b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I0\ntS'b'\ntR(I1\n" + shape
            + b"cnumpy\ndtype\n(" + dtype + b"I0\nI1\ntR(I3\nS'|'\nNNNI-1\nI-1\nI0\ntbI00\n" + payload
            + b"tb" + after + b".")  # fmt: skip


def bombs() -> Iterator[tuple[str, bytes, str]]:
    """A few bytes that ask for gigabytes, or for ever."""
    yield "_reconstruct of 1 GB", b"cnumpy.core.multiarray\n_reconstruct\n(cnumpy\nndarray\n(I1000000000\ntS'b'\ntR.", \
        "numpy.core.multiarray._reconstruct"  # fmt: skip
    yield "ndarray of 800 MB", b"cnumpy\nndarray\n(I100000000\ntR.", "numpy.ndarray"
    laughs = b"(lp0\n0" + b"".join(b"(lp%d\n" % (i + 1) + b"g%d\na" % i * 10 for i in range(20))
    yield "billion laughs with POP", laughs + b".", "POP"
    flat = b"]q\x00" + b"".join(b"]q" + bytes([i + 1]) + (b"h" + bytes([i]) + b"a") * 10 for i in range(20))
    yield "billion laughs", flat + b".", "values on its stack"
    yield "opcodes without end", b"N" * 20_000 + b".", "10,000 opcodes"
    yield "memo without end", b"N" + b"".join(b"p%d\n" % i for i in range(20_000)) + b".", "10,000 opcodes"
    yield "BINSTRING of 2 GB", b"T" + struct.pack("<I", 2**31 - 1) + b"abc.", "hostile.pkl"
    yield "BINBYTES8 of 2**60", b"\x80\x04\x8e" + struct.pack("<Q", 2**60) + b"abc.", "hostile.pkl"
    yield "BYTEARRAY8 of 2**63", b"\x80\x05\x96" + struct.pack("<Q", 2**63) + b"abc.", "hostile.pkl"
    yield "BINUNICODE8 of 1 GB", b"\x80\x04\x8d" + struct.pack("<Q", 2**30) + b"abc.", "limit"
    yield "integer of 255 bytes", b"\x80\x02\x8a\xff" + b"\x01" * 255 + b".", "255 bytes"
    yield "integer of 4 GB", b"\x80\x02\x8b\xff\xff\xff\xff.", "LONG4"
    yield "integer of 100,000 digits", b"L" + b"9" * 100_000 + b"L\n.", "line"
    yield "name of 100,000 letters", b"c" + b"a" * 100_000 + b"\nb\n.", "line"
    yield "text that grows fourfold", b"X\x05\x00\x00\x00\xf0\x9f\x98\x80a.", "Latin-1"
    yield "escaped text that grows", b"V\\U0001f600a\n.", "Latin-1"
    encode = b"c_codecs\nencode\np1\nV" + b"a" * 1_000_000 + b"\np2\nVlatin1\np3\n"
    yield "one text encoded for ever", encode + b"g1\n(g2\ng3\ntR" * 1500 + b".", "holds more than 240,000,000 bytes"
    for dtype in ("S1000000000", "V100000000", "U99999999", "O", "O8", "|O", "m8", "f16", "c16", "(1000000,)u1"):
        needle = "object dtype" if "O" in dtype else "numpy.dtype"
        yield f"dtype {dtype}", _array(b"(I3\nt", b"S'%s'\n" % dtype.encode()), needle
    for shape in (b"(I1000000000000\nt", b"(I-3\nt", b"(I0\nI1000000000\nt", b"(I4294967296\nI4294967296\nt",
                  b"(t", b"I3\n", b"(I3\nI1\nI1\nI1\nI1\nt", b"(I01\nt", b"(S'3'\nt"):  # fmt: skip
        yield f"shape {shape!r}", _array(shape), "state of the wrong form"
    yield "payload that is a list", _array(b"(I3\nt", payload=b"(lN"), "state of the wrong form"


def benign() -> bytes:
    """A good pickle of protocol 0, so that all codecs are loaded before the audit begins."""
    from mnist_files import pickle_bytes, small_parts

    return pickle_bytes(small_parts(), 0)


def all_cases() -> list[tuple[str, bytes, str]]:
    return [*named_attacks(), *nameless_attacks(), *bombs()]
