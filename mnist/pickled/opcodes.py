"""The opcodes that the pickle machine knows, one line or one short function each, in the order of the protocols 0 to 5.

Source of the codes and their arguments: CPython, Lib/pickletools.py (a description of the format). All others are
refused: those that make objects, look up extensions or persistent ids, or have no place in a tuple of arrays.
"""

import re
from collections.abc import Callable, Mapping

from ..errors import printable
from ..stream import ByteStream
from .machine import Build, Machine
from .payloads import push_bytes, push_escaped, push_text, push_text_line

Handler = Callable[[Machine], None]
_STOP = ord(".")
MAX_OPCODES = 10_000  # mnist.pkl.gz has under 200
_REFUSED = {
    "i": "INST", "o": "OBJ", "\x81": "NEWOBJ", "\x92": "NEWOBJ_EX", "\x82": "EXT1", "\x83": "EXT2", "\x84": "EXT4",
    "P": "PERSID", "Q": "BINPERSID", "}": "EMPTY_DICT", "d": "DICT", "s": "SETITEM", "u": "SETITEMS",
    "\x8f": "EMPTY_SET", "\x90": "ADDITEMS", "\x91": "FROZENSET", "0": "POP", "1": "POP_MARK", "2": "DUP", "F": "FLOAT",
    "G": "BINFLOAT", "\x8b": "LONG4", "\x97": "NEXT_BUFFER", "\x98": "READONLY_BUFFER",
}  # fmt: skip


def run(stream: ByteStream, known: Mapping[str, Build | None]) -> object:
    """What the pickle in `stream` holds; `known`: the names that it may use, and our functions that they stand for.

    Raises DataError: an opcode or name that is not known, a stack that does not fit, more than 10,000 opcodes.
    """
    machine, done = Machine(stream, known), 0
    while (code := stream.read(1)[0]) != _STOP:
        HANDLERS[code](machine)
        done += 1
        if done > MAX_OPCODES:
            machine.refuse(f"has more than {MAX_OPCODES:,} opcodes")
    return machine.result()


def _integer(machine: Machine) -> None:
    """INT: decimal digits, with 00 and 01 for the booleans."""
    text = machine.line(24)
    machine.push({b"00": False, b"01": True}[text] if text in (b"00", b"01") else _decimal(machine, text))


def _decimal(machine: Machine, text: bytes) -> int:
    if not re.fullmatch(rb"-?\d{1,20}", text):
        machine.refuse(f"holds {printable(text)} where an integer is due")
    return int(text)


def _number(width: int, *, signed: bool = False) -> Handler:
    return lambda machine: machine.push(machine.number(width, signed=signed))


def _long1(machine: Machine) -> None:
    width = machine.number(1)
    if width > 8:
        machine.refuse(f"holds an integer of {width} bytes")
    machine.push(machine.number(width, signed=True))


def _constant(value: object) -> Handler:
    return lambda machine: machine.push(value)


def _tuple(count: int) -> Handler:
    return lambda machine: machine.push(tuple([machine.pop() for _ in range(count)][::-1]))


def _append(machine: Machine, values: list[object]) -> None:
    target = machine.top()
    if not isinstance(target, list):
        machine.refuse(f"appends to a {type(target).__name__}")
    target.extend(values)


def _put(machine: Machine, key: int) -> None:
    machine.memo[key] = machine.top()


def _get(machine: Machine, key: int) -> None:
    if key not in machine.memo:
        machine.refuse(f"asks for value {key}, which was not kept")
    machine.push(machine.memo[key])


def _global(machine: Machine) -> None:
    module = machine.name()
    machine.push(machine.find(module, machine.name()))


def _stack_global(machine: Machine) -> None:
    name, module = machine.pop(), machine.pop()
    if not isinstance(name, str) or not isinstance(module, str):
        machine.refuse("names something by values that are no text")
    machine.push(machine.find(module, name))


def _reduce(machine: Machine) -> None:
    arguments, function = machine.pop(), machine.pop()
    machine.push(machine.call(function, arguments))


def _build(machine: Machine) -> None:
    state = machine.pop()
    machine.build(machine.top(), state)


def _protocol(machine: Machine) -> None:
    number = machine.number(1)
    if number > 5:
        machine.refuse(f"claims pickle protocol {number}; 0 to 5 are known")


def _frame(machine: Machine) -> None:
    """FRAME: a hint for buffering, not needed here."""
    machine.number(8)


def _inst(machine: Machine) -> None:
    module, name = machine.name(), machine.name()
    machine.refuse(f"makes an object of {printable(f'{module}.{name}')} (opcode INST)")


def _persistent(machine: Machine) -> None:
    machine.refuse(f"asks for the persistent object {printable(machine.line())} (opcode PERSID)")


def _extension(width: int) -> Handler:
    return lambda machine: machine.refuse(f"asks for extension {machine.number(width)} (opcode EXT{width})")


def _unknown(code: int) -> Handler:
    name = _REFUSED.get(chr(code))
    what = f"uses the opcode {name}" if name else f"holds the byte {code:#04x}, which is no pickle opcode"
    return lambda machine: machine.refuse(what)


HANDLERS: list[Handler] = [_unknown(code) for code in range(256)]
_KNOWN: dict[str, Handler] = {
    "(": Machine.mark, ")": _constant(()), "]": lambda m: m.push([]), "N": _constant(None),
    "\x88": _constant(True), "\x89": _constant(False),
    "I": _integer, "L": lambda m: m.push(_decimal(m, m.line(24).removesuffix(b"L"))),
    "J": _number(4, signed=True), "K": _number(1), "M": _number(2), "\x8a": _long1,
    "S": push_escaped, "T": push_bytes(4), "U": push_bytes(1), "B": push_bytes(4), "C": push_bytes(1),
    "\x8e": push_bytes(8), "\x96": push_bytes(8), "V": push_text_line, "X": push_text(4), "\x8c": push_text(1),
    "\x8d": push_text(8),
    "t": lambda m: m.push(tuple(m.pop_to_mark())), "l": lambda m: m.push(m.pop_to_mark()),
    "\x85": _tuple(1), "\x86": _tuple(2), "\x87": _tuple(3),
    "a": lambda m: _append(m, [m.pop()]), "e": lambda m: _append(m, m.pop_to_mark()),
    "p": lambda m: _put(m, _decimal(m, m.line(24))), "q": lambda m: _put(m, m.number(1)),
    "r": lambda m: _put(m, m.number(4)), "\x94": lambda m: _put(m, len(m.memo)),
    "g": lambda m: _get(m, _decimal(m, m.line(24))), "h": lambda m: _get(m, m.number(1)),
    "j": lambda m: _get(m, m.number(4)),
    "c": _global, "\x93": _stack_global, "R": _reduce, "b": _build,
    "\x80": _protocol, "\x95": _frame,
    "i": _inst, "P": _persistent, "\x82": _extension(1), "\x83": _extension(2), "\x84": _extension(4),
}  # fmt: skip
for _code, _handler in _KNOWN.items():
    HANDLERS[ord(_code)] = _handler
