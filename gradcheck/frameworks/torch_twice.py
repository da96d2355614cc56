"""The derivative of a Function's backward: its gradients are the outputs, its arguments and grad_output the inputs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from base.arrays import Array

from ..contracts.contracts import Contract
from ..findings import Finding
from ..subject.arrays import is_float
from ..subject.subject import Subject, Values
from .torch_arrays import Tape, to_array
from .torch_function import FunctionSubject, hold_stream

UPSTREAM = "grad_output"
HINT = "save inputs and outputs only; what forward computes in between is a constant here: compute it in backward"


class TwiceSubject(Subject):
    """`gradients = backward(grad_output)` as a function of the arguments of apply and of grad_output.

    The values are autograd's first derivatives, which were checked before; their derivative is what autograd makes of
    the operations in backward.
    """

    dialect = "torch"
    _function = None  # there is nothing to exchange, and no edit is looked for: the first derivative was checked before

    def __init__(self, first: FunctionSubject, upstream: Sequence[Array]):
        self._first = first
        self._count = len(upstream)
        names = [UPSTREAM if len(upstream) == 1 else f"{UPSTREAM}{k}" for k in range(len(upstream))]
        super().__init__(first.label, (*first.names, *names), None, ())
        hold_stream(self.streams)

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """The first derivatives; the cache is their graph."""
        leaves = [
            torch.from_numpy(v).requires_grad_() if is_float(v) else self._first.tensor(v) for v in values.values()
        ]
        given, upstream = leaves[: -self._count], leaves[-self._count :]
        outs = self._first.applied(given)
        wanted = [t for t in given if isinstance(t, torch.Tensor) and t.requires_grad]
        grads = torch.autograd.grad(outs, wanted, upstream, create_graph=True, allow_unused=True)
        found = [g for g in grads if g is not None]
        return [to_array(g).copy() for g in found], Tape(found, leaves)

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """name -> second derivative, zero where autograd knows of no way."""
        names = [n for n, v in values.items() if is_float(v)]
        leaves = [t for t in cache.leaves if isinstance(t, torch.Tensor) and t.requires_grad]
        pairs = [(g, torch.from_numpy(d)) for g, d in zip(cache.outs, douts, strict=True) if g.requires_grad]
        if not pairs:
            return {n: np.zeros_like(values[n]) for n in names}
        got = torch.autograd.grad(
            [g for g, _ in pairs], leaves, [d for _, d in pairs], allow_unused=True, retain_graph=True
        )
        return {n: np.zeros_like(values[n]) if g is None else to_array(g) for n, g in zip(names, got, strict=True)}

    def gradients(self, raw: Any, values: Values) -> dict[str, Any]:
        """They come by name."""
        return {n: raw[n] for n in self.targets(values)}

    def own_contracts(self, c: Contract, values: Values, douts: list[Array]) -> None:
        """Memory that second derivatives share is autograd's affair."""
        c.findings = [f for f in c.findings if f.code != "ALIASED"]


def in_words(finding: Finding) -> Finding:
    """A finding about the second derivative."""
    finding.message = f"double backward: {finding.message}"
    finding.where = f"second derivative by {finding.where}"
    finding.fix = None if finding.code == "RAISES" else HINT
    return finding
