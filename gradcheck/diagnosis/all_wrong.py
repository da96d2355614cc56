"""Every tensor that is wrong is named in the report, also where one cause has been found for another tensor."""

from collections.abc import Sequence

from ..findings import Finding
from ..probe_run import ProbeRun
from .describe import how_many
from .order import causes_first

FOLLOWS = "follows"  # key of a finding's evidence: tensors that lie behind the same fault, as a diagnosis found


def say_all(findings: Sequence[Finding], runs: Sequence[ProbeRun]) -> list[Finding]:
    """The findings, with those tensors added that are wrong and in no finding.

    An edit that passes every check mends them too, so they are put into the words of its finding.
    """
    told = {f.where for f in findings}
    left = [n for n in dict.fromkeys(n for s in runs for n in s.bad()) if n not in told]
    errors = [f for f in findings if f.severity == "error"]
    if not left or not errors:
        return list(findings)
    edit = next((f for f in errors if f.fix_verified), None)
    if edit is not None:
        edit.message += f". {_are(left)} wrong as well; the edit mends {'it' if len(left) == 1 else 'them'} too"
        return list(findings)
    for f in errors:
        behind = [n for n in f.evidence.get(FOLLOWS, ()) if n in left]
        if behind:
            f.message += f". {_are(behind)} wrong as well, and may follow from this"
            left = [n for n in left if n not in behind]
    others = [
        Finding("UNNAMED", "error", n, f"{n} is wrong as well; not explained by the above: {how_many(runs, n)}")
        for n in left
    ]
    return causes_first(findings, others)


def _are(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"
