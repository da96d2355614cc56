"""What commands write into pages stands between two marks; the text around it is written by hand."""

from pathlib import Path


def fill(page: Path, begin: str, end: str, block: str) -> None:
    """Replace what stands between the marks; ValueError where a mark is missing, and the page stays as it is."""
    head, first, rest = page.read_text(encoding="utf-8").partition(begin)
    _, second, tail = rest.partition(end)
    if not first or not second:
        raise ValueError(f"{page} lacks the marks {begin!r} and {end!r}")
    page.write_text(f"{head}{begin}\n\n{block}\n\n{end}{tail}", encoding="utf-8")
