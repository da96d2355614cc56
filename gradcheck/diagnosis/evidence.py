"""What a diagnosis has to go by: the function under test, its runs on the probes, and what the stages before found."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from ..contracts.contracts import Contract
from ..contracts.linearity import Linearity
from ..probe_run import ProbeRun
from ..subject.arguments import Source
from ..subject.subject import Subject


@dataclass
class Evidence:
    """`fewer_rows` makes further runs with less examples than the given ones, for the diagnosis of nets."""

    subject: Subject
    source: Source
    runs: Sequence[ProbeRun]
    contract: Contract
    linear: Mapping[str, Linearity]
    dtype_tol: float | None
    fewer_rows: Callable[[Sequence[ProbeRun]], list[ProbeRun]]
