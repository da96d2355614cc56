"""A reader for the few pickle opcodes that NumPy arrays in tuples are written with; it imports and calls nothing.

Not a restricted unpickler: there is no way from here to an import, an attribute or a call. A name in the stream is
looked up in a table of our own, and every other opcode or name is refused by name.
"""

from collections.abc import Callable, Mapping
from typing import NoReturn

from ..errors import printable
from ..stream import ByteStream

MAX_KEPT = 240_000_000  # bytes; mnist.pkl.gz keeps 220,080,000
_MAX_NAME = 256
_MARK = object()

Build = Callable[[tuple[object, ...]], object]


class Global:
    """A name from the stream, standing for one of our own functions (None: it may only be passed on)."""

    def __init__(self, name: str, build: Build | None) -> None:
        self.name, self.build = name, build


class Machine:
    """The stack, the marks and the memo of one pickle."""

    def __init__(self, stream: ByteStream, known: Mapping[str, Build | None]) -> None:
        self.stream = stream
        self.known = {name: Global(name, build) for name, build in known.items()}
        self.stack: list[object] = []
        self.memo: dict[int, object] = {}
        self.kept = 0

    def refuse(self, reason: str) -> NoReturn:
        """Stop with a DataError about this file."""
        raise self.stream.error(f"{reason}. Only tuples of plain arrays are read; nothing of the pickle was executed.")

    def keep(self, count: int) -> None:
        """Account for `count` bytes of payload that stay in memory."""
        self.kept += count
        if self.kept > MAX_KEPT:
            self.refuse(f"holds more than {MAX_KEPT:,} bytes")

    def result(self) -> object:
        """The one value that is left at the end."""
        value = self.pop()
        if self.stack:
            self.refuse(f"ends with {len(self.stack) + 1} values on its stack")
        return value

    def push(self, value: object) -> None:
        """Put `value` on the stack."""
        self.stack.append(value)

    def pop(self) -> object:
        """Take the top of the stack, which may not be a mark."""
        if not self.stack or self.stack[-1] is _MARK:
            self.refuse("takes a value from an empty stack")
        return self.stack.pop()

    def top(self) -> object:
        """Look at the top of the stack."""
        value = self.pop()
        self.stack.append(value)
        return value

    def mark(self) -> None:
        """Put a mark on the stack."""
        self.stack.append(_MARK)

    def pop_to_mark(self) -> list[object]:
        """Take all values down to the last mark, and the mark."""
        at = len(self.stack) - 1
        while at >= 0 and self.stack[at] is not _MARK:
            at -= 1
        if at < 0:
            self.refuse("looks for a mark that is not there")
        values = self.stack[at + 1 :]
        del self.stack[at:]
        return values

    def find(self, module: str, name: str) -> Global:
        """Our stand-in for `module.name`; any name that is not in the table is refused."""
        full = f"{module}.{name}"
        if full not in self.known:
            self.refuse(f"names {printable(full)}, which does not belong to an array")
        return self.known[full]

    def call(self, function: object, arguments: object) -> object:
        """REDUCE: the stand-in's own function of ours, on a tuple."""
        if not isinstance(function, Global) or function.build is None or not isinstance(arguments, tuple):
            what = function.name if isinstance(function, Global) else type(function).__name__
            self.refuse(f"calls {printable(what)}, which may not be called")
        try:
            made = function.build(arguments)
        except ValueError as error:
            self.refuse(f"calls {function.name} with arguments of the wrong form ({error})")
        if isinstance(made, bytes):
            self.keep(len(made))
        return made

    def build(self, target: object, state: object) -> None:
        """BUILD: hand the state to an object of ours."""
        take = getattr(target, "set_state", None)
        if take is None:
            self.refuse(f"sets the state of a {type(target).__name__}")
        try:
            take(state)
        except ValueError as error:
            self.refuse(f"sets a state of the wrong form ({error})")

    def line(self, most: int = _MAX_NAME) -> bytes:
        """The argument of a text opcode: the bytes up to the newline."""
        return self.stream.read_line(most)

    def name(self) -> str:
        """A line that is part of a name."""
        return self.line().decode("utf-8", "backslashreplace")

    def number(self, width: int, *, signed: bool = False) -> int:
        """A little-endian integer of `width` bytes."""
        return int.from_bytes(self.stream.read(width), "little", signed=signed)
