"""Copies the code blocks of README.md into README.zh-CN.md, in their order; the words around them are written by hand.

Run by `make docs`; a test compares the two.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
ORIGINAL, TRANSLATION = ROOT / "README.md", ROOT / "README.zh-CN.md"
BLOCK = re.compile(r"(?:^<!--(?:(?!-->).)*-->\n)*^```[^\n]*\n.*?^```$", re.DOTALL | re.MULTILINE)


def main() -> int:
    """Write the translation with the blocks as they are now; 1 where it has more or fewer of them."""
    text, blocks = TRANSLATION.read_text(encoding="utf-8"), BLOCK.findall(ORIGINAL.read_text(encoding="utf-8"))
    if len(BLOCK.findall(text)) != len(blocks):
        print(f"README.md has {len(blocks)} code blocks, README.zh-CN.md {len(BLOCK.findall(text))}", file=sys.stderr)
        return 1
    TRANSLATION.write_text(BLOCK.sub(lambda _: blocks.pop(0), text), encoding="utf-8")
    print("README.zh-CN.md has the blocks of README.md")
    return 0


if __name__ == "__main__":
    sys.exit(main())
