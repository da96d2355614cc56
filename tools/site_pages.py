"""Hooks of the documentation site (mkdocs.yml): which files are its pages, and how formulas become MathML.

The pages keep their paths in the repository, so that a link is right there and here. What is no file is made on the
way: a page of the public names of each package, and one of each notebook that `make notebooks` has executed.
"""

import html
import importlib
import inspect
import logging
import re
from pathlib import Path

from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files
from nbconvert import MarkdownExporter

ROOT = Path(__file__).parent.parent
PACKAGES = ("layergraph", "layers", "models", "solver", "gradcheck", "mnist", "bench", "plots")
EXECUTED = ROOT / "build" / "notebooks"
# Seen by mkdocs, which counts it: a formula or a link that is wrong ends a strict build.
log = logging.getLogger("mkdocs.plugins.site_pages")

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)
# A line of a docstring that begins something new: `name: what it is`, or `Raises ...`.
ITEM = re.compile(r"(?<=[.:;])\n\s*(?=[a-z]\w*(?:, \w+)*: |Raises |Source: |Kept: )")
NOTEBOOK = re.compile(r"\]\(((?:\.\./)?notebooks/\w+)\.py\)")
LINK = re.compile(r"\]\(([^)#\s:]+)(?:#[^)\s]*)?\)")


def on_config(config):
    """A folder in the navigation stands for its pages, the index first."""
    config.nav = _unfolded(config.nav)
    return config


def on_files(files, config):
    """The pages and what they link to, in place of what lies in docs_dir."""
    kept = [file for file in files if file.src_dir != config.docs_dir]
    paths = sorted({*ROOT.glob("*.md"), *(p for p in (ROOT / "docs").rglob("*") if p.is_file())})
    paths += [*sorted(_linked(paths) - set(paths)), ROOT / "tools" / "site.css"]
    kept += [File.generated(config, p.relative_to(ROOT).as_posix(), abs_src_path=str(p)) for p in paths]
    kept += [File.generated(config, uri, content=content) for uri, content in _made()]
    return Files(kept)


def on_page_markdown(markdown, **_):
    """A link to a notebook's script leads to its page, where it has been executed."""
    return NOTEBOOK.sub(r"](\1.md)", markdown)


def on_page_content(content, page, **_):
    """The page's formulas in MathML, which browsers draw without a script; the lines of a docstring as lines."""
    if page.file.src_uri.startswith(("api/", "docs/reference/")):
        content = re.sub(r"<p>.*?</p>", lambda one: ITEM.sub("<br>\n", one[0]), content, flags=re.DOTALL)
    return FORMULA.sub(lambda found: _formula(found[3], found[2] == "[", page.file.src_uri), content)


def _unfolded(entry):
    if isinstance(entry, list):
        return [_unfolded(one) for one in entry]
    if isinstance(entry, dict):
        return {title: _unfolded(below) for title, below in entry.items()}
    return _pages_of(entry) if entry.endswith("/") else entry


def _pages_of(folder):
    if folder == "api/":
        return [f"api/{name}.md" for name in PACKAGES]
    endings = "*.py" if folder == "notebooks/" else "*.md"
    names = sorted((path.stem for path in (ROOT / folder).glob(endings)), key=lambda name: (name != "index", name))
    return [f"{folder}{name}.md" for name in names]


def _linked(paths):
    """Files of the repository that pages link to and that are no pages: examples, notebooks."""
    pages = [path for path in paths if path.suffix == ".md"]
    targets = {(page.parent / link).resolve() for page in pages for link in LINK.findall(page.read_text("utf-8"))}
    return {target for target in targets if target.is_file() and target.is_relative_to(ROOT)}


def _made():
    for name in PACKAGES:
        yield f"api/{name}.md", _names_of(name)
    for script in sorted((ROOT / "notebooks").glob("*.py")):
        executed = EXECUTED / f"{script.stem}.ipynb"
        if not executed.exists():
            log.warning("%s is not executed yet: `make site` does that first", script.name)
            continue
        names = {"output_files_dir": f"{script.stem}_files"}
        text, resources = MarkdownExporter().from_filename(str(executed), resources=names)
        yield f"notebooks/{script.stem}.md", text
        for name, content in resources["outputs"].items():
            yield f"notebooks/{name}", content


def _names_of(package):
    """The page of a package; functions that have the name of their file are named by it, or they would be hidden."""
    lines = [f"# {package}", "", f"::: {package}"]
    for name, value in sorted(vars(importlib.import_module(package)).items()):
        home = getattr(value, "__module__", "")
        if inspect.isroutine(value) and home.startswith(f"{package}.") and home.endswith(f".{name}"):
            lines += ["", f"## {name}", "", f"::: {home}.{name}", "    options: {heading_level: 3}"]
    return "\n".join(lines) + "\n"


def _formula(source, display, where):
    tex = html.unescape(source).strip().replace("{aligned}", "{split}")  # the same thing by a name that is known
    try:
        made = convert(tex, display="block" if display else "inline")
    except Exception as error:
        log.warning("%s: a formula cannot be read (%r): %s", where, error, tex)
        return html.escape(tex)
    made = made.replace("<mi>&#x00064;</mi>", '<mi mathvariant="normal">d</mi>')  # of \\mathrm{d}, which is upright
    made = re.sub(r"(<mi>(?:log|tanh|exp|sign)</mi>)(?!<mo stretchy)", r'\1<mspace width="0.17em" />', made)
    if "\\" in made or "<mi>&</mi>" in made:
        log.warning("%s: a formula has a command that is not known: %s", where, tex)
    return made
