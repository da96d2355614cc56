"""Writes docs/reference/: one page per registered layer and loss, from the registry and the docstrings.

Run by `make docs`; a test compares the pages with the code.
"""

import inspect
import re
from pathlib import Path

import layers

FOLDER = Path(__file__).parent.parent / "docs" / "reference"
MATHEMATICS = FOLDER.parent / "mathematics"


def main() -> None:
    """Write all pages and their index, and remove pages of layers that are gone."""
    FOLDER.mkdir(exist_ok=True)
    pages = {f"{name}.md": page(layer) for name, layer in layers.registered().items()} | {"index.md": index()}
    for old in FOLDER.glob("*.md"):
        if old.name not in pages:
            old.unlink()
    for name, text in pages.items():
        (FOLDER / name).write_text(text, encoding="utf-8")
    print(f"{len(pages)} pages in {FOLDER.name}/")


def index() -> str:
    """The list of all layers and losses, by kind."""
    lines = ["# Layers and losses", "", "Made by `make docs` from the registry.", ""]
    lines += ["| layer | kind | inputs | what it is |", "| --- | --- | --- | --- |"]
    for name, layer in sorted(layers.registered().items(), key=lambda item: (item[1].kind == "loss", item[0])):
        what = (inspect.getmodule(layer.forward).__doc__ or "").strip().splitlines()[0].replace("|", "\\|")
        lines.append(f"| [{name}]({name}.md) | {layer.kind} | {', '.join(layer.args)} | {what} |")
    return "\n".join(lines) + "\n"


def page(layer: layers.Layer) -> str:
    """One layer: signatures and docstrings of its functions, and what is declared about it."""
    facts = [f"kind: {layer.kind}", f"inputs: {', '.join(layer.args)}"]
    facts += [f"parameters: {', '.join(layer.params)}"] if layer.params else []
    facts += [f"targets: {', '.join(layer.targets)}"] if layer.targets else []
    facts += [f"structure, used and audited by the gradient checker: {layer.structure}"] if layer.structure else []
    derived = sections().get(layer.name)
    facts += [f"[the mathematics, derived](../mathematics/{derived[0]})"] if derived else []
    lines = [f"# {layer.name}", "", *(f"- {fact}" for fact in facts), ""]
    for function in (layer.forward, layer.backward):
        if function is not None:
            head = f"{function.__name__}{_signature(function)}"
            lines += ["```python", head, "```", "", inspect.getdoc(function), ""]
    return "\n".join(lines)


def sections() -> dict[str, tuple[str, str]]:
    """name -> (page and anchor, text) of each `## NAME` or `## NAME, NAME` of docs/mathematics."""
    found = {}
    for path in sorted(MATHEMATICS.glob("*.md")):
        for title, text in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", path.read_text("utf-8"), re.M | re.S):
            anchor = title.replace(",", "").replace(" ", "-")
            found |= dict.fromkeys(title.split(", "), (f"{path.name}#{anchor}", text))
    return found


def _signature(function) -> str:  # type: ignore[no-untyped-def]
    """Names and defaults; the types of arrays would say little."""
    parameters = inspect.signature(function).parameters.values()
    return str(inspect.Signature([p.replace(annotation=inspect.Parameter.empty) for p in parameters]))


if __name__ == "__main__":
    main()
