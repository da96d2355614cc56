"""Writes docs/errata.md from `errata_source`: each error, its right form, and what the gradient checker really says.

Run by `make docs`.
"""

import inspect
import sys
import warnings
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "errata.md"
sys.path.insert(0, str(HERE))

from errata_source import bugs  # noqa: E402
from errata_source.checks import report  # noqa: E402
from errata_source.entries import ENTRIES, Entry  # noqa: E402

HEAD = """# Errata of the classical texts

Errors that learners meet in well-known texts, courses and their mirrors, each with the right form. Where the gradient
checker sees one, the lines under *checker* are its own, on the code above them. 中文在后半部分。

Made by `make docs`.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), encoding="utf-8")
    print(f"{len(ENTRIES)} entries in {PAGE.name}")


def page() -> str:
    """The page: English with the checker's reports, then Chinese."""
    parts = [HEAD, "## English\n"]
    parts += [_english(number, entry) for number, entry in enumerate(ENTRIES, start=1)]
    parts.append("## 中文\n\n代码与检查器的报告见上文同号条目。\n")
    parts += [_chinese(number, entry) for number, entry in enumerate(ENTRIES, start=1)]
    return "\n".join(parts)


def _english(number: int, entry: Entry) -> str:
    lines = [f"### {number}. {entry.title}\n", f"- written: `{entry.wrong}`", f"- right: `{entry.right}`\n"]
    lines.append(entry.why + "\n")
    for name in entry.checks:
        lines += ["```python", inspect.getsource(getattr(bugs, name)).rstrip(), "```\n", "*checker*\n", "```text"]
        lines += [*findings(name), "```\n"]
    return "\n".join(lines)


def _chinese(number: int, entry: Entry) -> str:
    return f"### {number}. {entry.title_zh}\n\n- 原文:`{entry.wrong}`\n- 应为:`{entry.right}`\n\n{entry.why_zh}\n"


def findings(name: str) -> list[str]:
    """One line a finding: code, place, message, and the correction where there is one."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the bug itself: overflow, log(0)
        found = report(name)
    lines = [f"{finding.code} ({finding.where}): {finding.message}" for finding in found.findings]
    return lines or ["nothing"]


if __name__ == "__main__":
    main()
