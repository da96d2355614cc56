"""The order of the findings: the cause before what follows from it.

A gradient that is dout itself, unsummed or unmasked, also shares memory with dout; its reader wants the former first.
"""

from collections.abc import Sequence

from ..findings import Finding

CONSEQUENCES = ("ALIASED",)


def causes_first(contract: Sequence[Finding], values: Sequence[Finding]) -> list[Finding]:
    """The contract's findings, then those on values; sharing memory with dout or the cache comes after a wrong value.

    Two gradients that share one buffer stay in front: there the sharing may be the cause. Notes come last.
    """
    wrong = {f.where for f in values if f.severity != "note" and f.code != "UNNAMED"}
    late = [
        f for f in contract if f.code in CONSEQUENCES and f.where in wrong and not f.evidence.get("between_gradients")
    ]
    first = [f for f in contract if f not in late]
    found = [*first, *values, *late]
    return sorted(found, key=lambda f: f.severity == "note")
