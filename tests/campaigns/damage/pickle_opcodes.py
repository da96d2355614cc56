"""Damage to pickles that knows their opcodes: dropped, doubled, moved, exchanged, their arguments changed."""

import pickletools
import struct
from random import Random

from .raw import EDGES, harm

SIMPLE = b"().]}0125NQRabdelostu\x81\x85\x86\x87\x88\x89\x92\x93\x94\x97\x98"
FOREIGN = (b"cos\nsystem\n", b"cbuiltins\neval\n", b"cnumpy\nndarray\n", b"cnumpy\ndtype\n", b"I1000000000\n", b"L7L\n",
           b"I01\n", b"F1e308\n", b"F-inf\n", b"G\x7f\xf8\0\0\0\0\0\0", b"K\xff", b"J\xff\xff\xff\x7f", b"U\3abc",
           b"X\1\0\0\0O", b"S'O8'\n", b"p99\n", b"g0\n", b"q\xff", b"h\0", b"\x95\xff\xff\xff\xff\xff\xff\xff\x7f",
           b"\x80\5", b"\x82\1", b"Ppid\n", b"\x8a\xff", b"B\0\0\0\x7f", b"\x8e" + b"\xff" * 8)  # fmt: skip


def opcodes(data: bytes) -> list[bytes]:
    """The pickle, opcode by opcode, with their arguments."""
    places = [place for _, _, place in pickletools.genops(data)]
    return [data[a:b] for a, b in zip(places, [*places[1:], len(data)], strict=True)]


def harm_pickle(data: bytes, rng: Random) -> tuple[str, bytes]:
    """One way; what cannot be taken apart any more is harmed as bytes."""
    try:
        ops = opcodes(data)
    except ValueError:
        return harm(data, rng)
    at, other = rng.randrange(len(ops)), rng.randrange(len(ops))
    way = rng.choice(("raw", "dropped", "doubled", "moved", "exchanged", "inserted", "argument", "argument", "argument",
                      "payload", "joined", "protocol", "no end", "memo"))  # fmt: skip
    if way == "raw":
        return harm(data, rng)
    if way == "dropped":
        del ops[at : at + rng.choice((1, 1, 2, 5))]
    elif way == "doubled":
        ops[at:at] = ops[at : at + rng.choice((1, 3))]
    elif way == "moved":
        ops.insert(other, ops.pop(at))
    elif way == "exchanged":
        ops[at], ops[other] = ops[other], ops[at]
    elif way == "inserted":
        ops.insert(at, rng.choice((*FOREIGN, bytes([rng.choice(SIMPLE)]), bytes([rng.randrange(256)]))))
    elif way == "argument":
        small = [k for k, op in enumerate(ops) if 1 < len(op) < 60]
        at = rng.choice(small)
        ops[at] = _other_argument(ops[at], rng)
    elif way == "payload":
        at = max(range(len(ops)), key=lambda k: len(ops[k]))
        ops[at] = ops[at][:9] + harm(ops[at][9:], rng)[1]
    elif way == "joined":
        return way, rng.choice((data + data, data[:-1] + data, data + b"N.", b"N0" + data, data[:-1] + b"0N."))
    elif way == "protocol":
        ops[0] = b"\x80" + bytes([rng.choice((0, 1, 2, 3, 4, 5, 6, 255))])
    elif way == "no end":
        ops.pop()
    else:
        number = rng.randrange(60)
        ops[at] = rng.choice((b"g%d\n" % number, b"h" + bytes([number]), b"p%d\n" % number))
    return way, b"".join(ops)


def _other_argument(op: bytes, rng: Random) -> bytes:
    """The same opcode with another argument of the same kind."""
    code, rest = op[:1], op[1:]
    if code in b"KMJ":
        width = {b"K": 1, b"M": 2, b"J": 4}[code]
        return code + (rng.choice(EDGES) % 256**width).to_bytes(width, "little")
    if code in b"I":
        return b"I%d\n" % rng.choice((*EDGES, -1, -(2**63), 10**12, int(rest) + 1))
    if code == b"c":
        module, name = rest.split(b"\n")[:2]
        pool = (b"os", b"numpy", b"numpy.core.multiarray", b"numpy._core.multiarray", b"_codecs", b"builtins", module)
        names = (b"system", b"ndarray", b"dtype", b"_reconstruct", b"encode", b"load", b"scalar", name, b"")
        return b"c" + rng.choice(pool) + b"\n" + rng.choice(names) + b"\n"
    if code in b"UX\x8cC":
        width = {b"X": 4}.get(code, 1)
        text = rng.choice((b"f4", b"f8", b"u1", b"i8", b"O8", b"O", b"S9", b"V99999", b"<", b">", b"b", b"os", b"",
                           b"\xff", b"latin1", b"zlib", b"f4" * 20))  # fmt: skip
        length = len(text) + rng.choice((0, 0, 0, 1, -1, 99))
        return code + struct.pack({1: "<B", 4: "<I"}[width], max(0, length)) + text
    return code + harm(rest, rng)[1]
