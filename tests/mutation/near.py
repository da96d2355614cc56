"""The test files that most likely notice a mutant: those that mention what its file is and defines.

They are tried first, in one short run, before anything is measured: most bugs die there.
"""

import ast
import math
import re
from collections import Counter
from functools import cache
from pathlib import Path

from mutations import Mutant
from trees import ROOT

MOST = 6  # files
BESIDE = 2  # files more where those are known that hold a source
ELSEWHERE = 0.4  # what a test file in a folder of another name is worth
LEAST = 0.2  # of the best one's worth: what lies below mentions what everything mentions


def near_files(mutant: Mutant, tests: tuple[str, ...], known: dict[str, str]) -> list[str]:
    """Of the test files of a package the nearest ones, best first; each name counts by how few files mention it.

    known: `near` of packages.toml, whose files come first. Files that packages.toml names by themselves are always
    among them, at the end: they look at definitions by the registry, and so name none.
    """
    files = words_of_tests(tests)
    spread = Counter(word for words in files.values() for word in words)
    sought = names_of(mutant)
    worth = {
        file: (1.0 if Path(file).parent.name in Path(mutant.file).parts else ELSEWHERE)
        * sum(weight * math.log(1 + len(files) / spread[word]) for word, weight in sought.items() if word in words)
        for file, words in files.items()
    }
    ranked = sorted(files, key=lambda file: -worth[file])
    first = known_files(mutant.file, known)
    more = [file for file in ranked if file not in first and worth[file] >= LEAST * worth[ranked[0]]]
    nearest = first + more[: BESIDE if first else MOST]
    return nearest + [name for name in tests if name.endswith(".py") and name not in nearest]


def known_files(file: str, known: dict[str, str]) -> list[str]:
    """The test files that the longest match in `known` names."""
    below = Path(file).relative_to(Path(file).parts[0])
    keys = [key for key in known if below == Path(key) or Path(key) in below.parents]
    words = known[max(keys, key=len)].split() if keys else []
    return [f"tests/{folder}/test_{name}.py" for folder, _, name in (word.rpartition("/") for word in words)]


def names_of(mutant: Mutant) -> dict[str, float]:
    """Word -> weight: the function and its class, the module, its folder, and what the module defines for others."""
    path = Path(mutant.file)
    defined = {node.name: 1.0 for node in ast.parse((ROOT / path).read_text(encoding="utf-8")).body
               if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_")}  # fmt: skip
    within = {name: 3.0 for name in mutant.function.split(".") if name}
    return {path.parent.name: 0.5, path.stem: 2.0} | defined | within


@cache
def words_of_tests(tests: tuple[str, ...]) -> dict[str, set[str]]:
    """Test file -> the words of its text, and the parts of its name."""
    found = [path for name in tests for path in [ROOT / name, *(ROOT / name).rglob("test_*.py")] if path.is_file()]
    return {
        file.relative_to(ROOT).as_posix(): {
            *re.findall(r"\w+", file.read_text(encoding="utf-8")),
            *file.stem.split("_"),
        }
        for file in sorted(found)
    }
