"""Pages that a command makes must be what the command would make now."""

import importlib.util
import re
from pathlib import Path

import pytest

import layers

ROOT = Path(__file__).parent.parent


def _script(path: Path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_reference_has_a_current_page_for_every_layer():
    script = _script(ROOT / "tools" / "make_reference.py")
    expected = {f"{name}.md": script.page(layer) for name, layer in layers.registered().items()}
    expected["index.md"] = script.index()
    found = {path.name: path.read_text(encoding="utf-8") for path in script.FOLDER.glob("*.md")}
    assert found == expected, "docs/reference is out of date: run `make docs`"


def test_the_translated_readme_has_the_same_blocks_pictures_and_links():
    blocks = _script(ROOT / "tools" / "make_readme.py").BLOCK
    english, chinese = ((ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md"))
    assert blocks.findall(chinese) == blocks.findall(english), "run `make docs`; a new block wants its place there"
    links = [set(re.findall(r"\]\(([^)]+)\)", blocks.sub("", text))) for text in (english, chinese)]
    assert links[0] - {"README.zh-CN.md"} <= links[1], "a link of README.md is not in README.zh-CN.md"
    sections = [len(re.findall(r"^## ", blocks.sub("", text), re.M)) for text in (english, chinese)]
    assert sections[0] == sections[1]


@pytest.mark.parametrize("name", layers.registered())
def test_the_mathematics_of_every_layer_is_derived(name):
    """A section `## NAME` in docs/mathematics: formula, derivation, shapes and source."""
    found = _script(ROOT / "tools" / "make_reference.py").sections()
    assert name in found, f"no page of docs/mathematics has a section '## {name}' (or '## a, {name}')"
    parts = re.split(r"^\*\*(\w+)\.\*\*", found[name][1], flags=re.MULTILINE)
    texts = dict(zip(parts[1::2], parts[2::2], strict=True))
    assert list(texts) == ["Forward", "Backward", "Shapes", "Source"], f"{name} in docs/mathematics/{found[name][0]}"
    assert all(texts[part].count("$$") >= 2 for part in ("Forward", "Backward")), f"{name}: its formula, in $$ lines"
    assert all(len(texts[part].split()) > 3 for part in texts), name


def test_the_page_of_reliability_is_what_the_campaigns_left(monkeypatch):
    monkeypatch.syspath_prepend(str(ROOT / "tools"))
    script = _script(ROOT / "tools" / "make_reliability.py")
    sources = _script(ROOT / "tools" / "reliability_pictures.py").SOURCES
    text = (ROOT / "docs" / "reliability.md").read_text(encoding="utf-8")
    held = text.partition(script.BEGIN)[2].partition(script.END)[0].strip()
    found = script.read(ROOT / "results" / "reliability")
    pictures = [name for name in script.TITLES if sources[name] in found]
    assert held == script.block(found, pictures).strip(), "out of date: run tools/make_reliability.py"
    missed = {name for name, one in found.items() if not all(row["met"] for row in one["rows"])}
    assert missed <= {"mutants"}, "only the score of generated mutants may stand there as missed, until it is reached"
    assert ("MISSED" in held) == bool(missed)


@pytest.mark.parametrize(
    ("first", "second", "circle"),
    [
        ("from .b import f\n", "from . import a\n", True),
        ("def f():\n    import rooms.b\n", "from rooms.a import g\n", True),
        ("import typing\n\nif typing.TYPE_CHECKING:\n    from rooms import b\n", "from .a import g\n", True),
        ("from .b import f\n", "from numpy import a\n", False),
        ("from . import x\n", "from .a import g\n", False),
    ],
)
def test_circles_between_files_are_found(first, second, circle, tmp_path):
    """However the import is written: relative or by name, within a function, or for the type checker alone."""
    folder = tmp_path / "rooms"
    folder.mkdir()
    for name, source in {"__init__.py": "", "py.typed": "", "a.py": first, "b.py": second}.items():
        (folder / name).write_text(source, encoding="utf-8")
    expected = [["rooms/a.py", "rooms/b.py"]] if circle else []
    assert _script(ROOT / "tools" / "imports.py").import_circles(tmp_path) == expected
