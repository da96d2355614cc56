"""Fills docs/reliability.md between its two marks from what the campaigns left in results/reliability, and draws it.

`make campaigns` runs it after the campaigns. Tables: every promise with its figures; damaged files, ours beside the
usual loaders; bits with other numbers of threads where that was measured. Pictures: docs/figures/reliability-*.png.
"""

import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from marked_page import fill
from reliability_pictures import draw

ROOT = Path(__file__).resolve().parent.parent
BEGIN, END = "<!-- campaigns: begin (made by `make campaigns`) -->", "<!-- campaigns: end -->"
TITLES = {
    "files": "What became of damaged files: our readers and the usual few lines of Python",
    "kills": "When the kills fell, and which of them within a save",
    "mutants": "Generated bugs that the tests of a package see, by kind",
    "gradients": "Relative errors of our gradients against numeric ones",
}
DAMAGED = "corrupt-files"
FILE_COLUMNS = ("exact", "refused", "silently wrong", "other exception", "slow", "memory")


def read(folder: Path) -> dict[str, dict[str, Any]]:
    """What each campaign left, by the name of its file."""
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))}


def table(head: Iterable[str], rows: Iterable[Iterable[Any]]) -> str:
    """A table in Markdown."""
    names = list(head)
    lines = [names, ["---"] * len(names), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


def summary(found: Mapping[str, Mapping[str, Any]]) -> str:
    """How many promises were kept, where it was measured."""
    rows = [row for one in found.values() for row in one["rows"]]
    missed = [row["what"] for row in rows if not row["met"]]
    words = f"{len(missed)} of {len(rows)} pass lines MISSED: {'; '.join(missed)}" if missed else (
        f"All {len(rows)} pass lines are met")  # fmt: skip
    places = {
        f"Python {e['python']}, NumPy {e['numpy']}, SciPy {e['scipy']}, {e['blas']} {e['blas_version']} "
        f"(kernel {e['blas_kernel']}, {e['threads']} thread), {e['cpu']}"
        for e in (one["environment"] for one in found.values())
    }
    minutes = sum(one["seconds"] for one in found.values()) / 60
    where = "; ".join(sorted(places))
    full = full_amounts()  # 0 where a script reckons it
    less = [f"{name} ({one['amount']:,} of {full[name]:,})" for name, one in found.items()
            if one["amount"] < full.get(name, 0)]  # fmt: skip
    smaller = f" Of these, smaller than `make campaigns` runs them: {', '.join(less)}." if less else ""
    missing = [name for name in full if name not in found]
    smaller += f" No figures here yet: {', '.join(missing)}." if missing else ""
    return f"{words}. {len(found)} campaigns, {minutes:.0f} minutes in all, each on one core; {where}.{smaller}"


def full_amounts() -> dict[str, int]:
    """The amount that each campaign of campaigns.toml has where none is given, read from its script."""
    folder = ROOT / "tests" / "campaigns"
    listed = tomllib.loads((folder / "campaigns.toml").read_text(encoding="utf-8"))
    scripts = {name: (folder / entry["script"]).read_text(encoding="utf-8") for name, entry in listed.items()}
    found = {name: re.search(r"parser\(__doc__, ([\d_]+),", text) for name, text in scripts.items()}
    return {name: int(match[1]) if match else 0 for name, match in found.items()}


def promises(found: Mapping[str, Mapping[str, Any]]) -> str:
    """Every row of every campaign but the damaged files, which have a table of their own."""
    rows = [
        (row["what"], f"{row['amount']:,} {row['unit']}", row["promise"], row["result"],
         "met" if row["met"] else "**MISSED**", f"`{name}`")
        for name, one in found.items() if name != DAMAGED for row in one["rows"]
    ]  # fmt: skip
    return table(("what", "amount", "promised", "found", "", "campaign"), rows)


def files(one_of: Mapping[str, Any]) -> str:
    """Damaged files by format: ours beside the usual loader."""
    rows = []
    for form, one in one_of["figures"].items():
        ours, usual = one["ours"], one["usual"]
        share = usual.get("silently wrong", 0) / max(1, sum(usual.values()) - usual.get("exact", 0))
        rows.append((form, *(f"{ours.get(name, 0):,}" for name in FILE_COLUMNS), f"{one['slowest']:.2f} s",
                     f"{one['mib']:.0f} MiB", f"{usual.get('silently wrong', 0):,} ({share:.0%})",
                     f"{usual.get('crashed', 0)}"))  # fmt: skip
    head = ("format", *FILE_COLUMNS, "slowest", "most memory", "usual loader: silently wrong", "crashes of Python")
    missed = [row["what"] for row in one_of["rows"] if not row["met"]]
    verdict = f"**missed** ({', '.join(missed)})" if missed else "met for every format"
    said = (
        f"Damaged files (`{DAMAGED}`, {one_of['amount']:,} of each format), ours beside the usual loader. Promised: "
        f"{one_of['rows'][0]['promise']}; {verdict}. The share is of those damages that the usual loader did not read"
        " as if nothing had happened. “Exact” are damages that do not touch the content (a time stamp, say)."
    )
    return f"{said}\n\n{table(head, rows)}"


def threads(rows: list[Mapping[str, Any]]) -> str:
    """Where bits agree: whatever the campaign of determinism tabled."""
    head = list(dict.fromkeys(name for row in rows for name in row))
    cells = [[_short(row.get(name, "")) for name in head] for row in rows]
    said = "Where bits agree, and where not; the digests are of weights, histories and random states:"
    return f"{said}\n\n{table(head, cells)}"


def _short(value: Any) -> str:
    """A cell; of a list of digests their beginnings."""
    return ", ".join(str(one)[:12] for one in value) if isinstance(value, list) else str(value)


def block(found: Mapping[str, Mapping[str, Any]], pictures: Iterable[str]) -> str:
    """What stands between the marks."""
    parts = [summary(found), promises(found)]
    if DAMAGED in found:
        parts.append(files(found[DAMAGED]))
    if isinstance(listed := found.get("determinism", {}).get("figures", {}).get("table"), list) and listed:
        parts.append(threads(listed))
    parts += [f"![{TITLES[name]}](figures/reliability-{name}.png)" for name in pictures]
    return "\n\n".join(parts)


def main(root: Path = ROOT) -> None:
    """Fill the page and draw the pictures."""
    found = read(root / "results" / "reliability")
    pictures = draw(found, root / "docs" / "figures", TITLES)
    page = root / "docs" / "reliability.md"
    fill(page, BEGIN, END, block(found, pictures))
    print(f"filled {page.relative_to(root)} from {len(found)} campaigns, {len(pictures)} pictures")


if __name__ == "__main__":
    main()
