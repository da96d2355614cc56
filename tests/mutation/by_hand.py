"""The bugs of semantic.toml: what people get wrong, as a lost 1/N, written by hand rather than by an operator."""

import tomllib
from pathlib import Path

from mutations import Mutant, means_something_else, where
from trees import HERE, ROOT

BY_HAND = "by hand"


def written_by_hand(packages: dict[str, list[Path]]) -> list[Mutant]:
    """All of them whose file lies in `packages`; LookupError where one no longer fits its source."""
    rows = tomllib.loads((HERE / "semantic.toml").read_text(encoding="utf-8"))["mutant"]
    owners = {path: name for name, files in packages.items() for path in files}
    return [_planted(owners[ROOT / row["file"]], row) for row in rows if ROOT / row["file"] in owners]


def _planted(package: str, row: dict[str, str]) -> Mutant:
    source, before = (ROOT / row["file"]).read_text(encoding="utf-8"), row["before"]
    text = source.replace(before, row["after"])
    if source.count(before) != 1 or not means_something_else(source, text):
        raise LookupError(f"semantic.toml: renew {row['bug']!r}: {before!r} must occur once in {row['file']}")
    indent = len(before) - len(before.lstrip())
    start = source[: source.index(before) + indent].count("\n") + 1
    line, (first, last), at_import, function = where(source, (start, 0))
    last = max(last, start + before.strip().count("\n"))
    after = " ".join(row["after"].split()) or "(removed)"
    return Mutant(package, row["file"], line, (first, last), at_import, function, row["bug"], after, text, BY_HAND)
