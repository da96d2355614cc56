"""What every entry point of gradcheck shares: the arguments and their names, and the check of a subject.

`OBSERVERS` are called with every report; the pytest plugin listens there.
"""

from collections.abc import Callable, Sequence
from typing import Any

from .check import Check
from .contracts.read_only_replay import where_raised
from .findings import Finding
from .options import Options, UsageError
from .report.report import Report
from .subject.arguments import Inputs, Source, drawn
from .subject.arrays import is_float
from .subject.border import require_checkable
from .subject.functions import unwrapped
from .subject.subject import Subject, argument_names

Function = Callable[..., Any]
OBSERVERS: list[Callable[[Report], None]] = []


def arguments_of(
    function: Function, args: tuple[Any, ...], inputs: Inputs | None, names: Sequence[str] | None, seed: int
) -> tuple[tuple[Any, ...], tuple[str, ...]]:
    """The arguments of the first probe (drawn where there are none) and a name for each.

    TypeError where `inputs` is no function, and where there is no float array among the arguments.
    """
    if inputs is not None:
        args = drawn(inputs, [seed, 0])
    if not any(is_float(a) for a in args):
        given = ", ".join(type(a).__name__ for a in args) or "none"
        raise TypeError(
            f"there is no float array to differentiate among the arguments ({given}): pass arrays or inputs="
        )
    return tuple(args), argument_names(function, args, names)


def wrt_of(wrt: Sequence[str] | str | None, names: Sequence[str]) -> list[str] | None:
    """The names to differentiate, None for every float array; ValueError for a name that no argument has."""
    if wrt is None:
        return None
    chosen = [wrt] if isinstance(wrt, str) else list(wrt)
    if not chosen:
        raise ValueError(f"wrt names no argument: nothing would be compared; the arguments are {', '.join(names)}")
    for name in chosen:
        if name not in names:
            raise ValueError(f"wrt names {name!r}; the arguments are {', '.join(names)}")
    return chosen


def run_check(
    subject: Subject, args: tuple[Any, ...], inputs: Inputs | None, options: Options, label: str | None
) -> Report:
    """Check a subject on its arguments and tell every observer; what goes wrong in it ends in the report."""
    require_checkable(zip(subject.names, args, strict=False), everything=subject.kind == "net")
    if label:
        subject.label = label
    params = tuple(n for n in subject.names if subject.kind == "net" and not n.startswith("#"))
    batch = "#X" if subject.kind == "net" and "#X" in subject.names else None
    source = Source(subject.names, None if inputs is not None else args, inputs, options.seed, params, batch)
    check = Check(subject, source, options)
    try:
        report = check.run()
    except UsageError:
        raise
    except Exception as error:  # a fault that surfaced outside of the contract stage still ends in a report
        report = _broken(check, error)
    report.place = place_of(subject.sources()[0]) if subject.sources() else None
    for observe in OBSERVERS:
        observe(report)
    return report


def place_of(function: Any) -> str | None:
    """'path/file.py:12' where a function begins, its decorators included; None for what is not written in Python."""
    code = getattr(unwrapped(function), "__code__", None)
    return f"{code.co_filename}:{code.co_firstlineno}" if code is not None else None


def _broken(check: Check, error: Exception) -> Report:
    message = f"the check could not be completed: {type(error).__name__}: {error}"
    check.report.findings.append(Finding("RAISES", "error", "backward", message, {}, where_raised(error)))
    return check.report
