"""Pages that a command makes must be what the command would make now."""

import importlib.util
from pathlib import Path

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
