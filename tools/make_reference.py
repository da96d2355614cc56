"""Writes docs/reference/: one page per registered layer and loss, from the registry and the docstrings.

Run by `make docs`; a test compares the pages with the code.
"""

import inspect
from pathlib import Path

import layers

FOLDER = Path(__file__).parent.parent / "docs" / "reference"


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
    lines = [f"# {layer.name}", "", *(f"- {fact}" for fact in facts), ""]
    for function in (layer.forward, layer.backward):
        if function is not None:
            head = f"{function.__name__}{_signature(function)}"
            lines += ["```python", head, "```", "", inspect.getdoc(function), ""]
    return "\n".join(lines)


def _signature(function) -> str:  # type: ignore[no-untyped-def]
    """Names and defaults; the types of arrays would say little."""
    parameters = inspect.signature(function).parameters.values()
    return str(inspect.Signature([p.replace(annotation=inspect.Parameter.empty) for p in parameters]))


if __name__ == "__main__":
    main()
