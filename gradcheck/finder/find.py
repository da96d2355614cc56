"""What can be checked in a file or a module, each as a Subject that checks itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from base.user_code import load

from .. import api
from ..entry import place_of
from ..report.report import Report


@dataclass
class Subject:
    """One thing to check. functions: (forward, backward) of a layer, (loss,) of a loss; where: 'path:line'.

    inputs: inputs(rng, n) -> arguments, None where they cannot be drawn; `missing` then says what to write.
    """

    name: str
    kind: str
    where: str
    functions: tuple[Any, ...]
    inputs: Callable[..., Any] | None
    missing: str | None = None

    def check(self, inputs: Callable[..., Any] | None = None, **options: Any) -> Report:
        """The report, on the arguments of `inputs` or its own; LookupError where there are neither."""
        inputs = inputs or self.inputs
        if inputs is None:
            raise LookupError(self.missing)
        options = {"label": self.name, **options}
        return (api.layer if self.kind == "layer" else api.loss)(*self.functions, inputs=inputs, **options)


def find(target: str | Path | ModuleType) -> list[Subject]:
    """The pairs NAME_forward, NAME_backward and the losses NAME_loss, in the order in which they are defined."""
    names = vars(target if isinstance(target, ModuleType) else load(str(target), exits=True))
    subjects = []
    for name, value in names.items():
        if not callable(value):
            continue
        stem = name.removesuffix("_forward")
        backward = names.get(f"{stem}_backward")
        inputs = names.get(f"{stem}_inputs", names.get("inputs"))
        missing = None if inputs else f"the arguments of {name}: write def {stem}_inputs(rng, n): return ..."
        if name.endswith("_forward") and callable(backward):
            subjects.append(Subject(stem, "layer", place_of(value) or "", (value, backward), inputs, missing))
        elif name.endswith("_loss"):
            subjects.append(Subject(name, "loss", place_of(value) or "", (value,), inputs, missing))
    return subjects
