"""Names in users' files: loaded by path under a private name, hashed with what they import, refused in one line."""

import importlib
import sys
from pathlib import Path

import pytest

import layers
from base import entry_points
from base.own_packages import is_own
from base.user_checks import require_callable
from base.user_code import UserCodeError, find, is_reference, source


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("my_rule.py:signum", True), ("a/b/my_rule.py:signum", True), ("package.module:x", True), ("my_rule.py", True),
        (r"C:\code\my_rule.py:f", True), ("my rule.py:f", True), ("module:name", True), ("sgd", False), (3, False),
        ("mlp:100", False), ("mlp:100,50", False), ("normal:0.01", False), ("a.csv", False), ("folder/", False),
        ("x.py:", False),
    ],
)  # fmt: skip
def test_what_is_a_reference(text: object, expected: bool) -> None:
    assert is_reference(text) is expected


@pytest.mark.parametrize("name", ["layergraph", "models"])
def test_the_repository_may_lie_beside_the_file_under_the_name_of_a_package(name: str) -> None:
    """As it does after `git clone` of a repository of that name, in the folder where one works."""
    Path(name).symlink_to(Path(layers.__file__).parent.parent, target_is_directory=True)
    Path("mine.py").write_text("import numpy as np\n\ndef f(): return np.float64(3)\n")
    assert find("mine.py:f")() == 3
    assert not is_own(name)
    assert is_own(Path(name) / "layers")
    assert is_own(Path(name) / "layers" / "relu.py")
    assert not is_own(Path(name) / "tests")


def test_a_file_is_loaded_under_a_private_name_and_hides_nothing() -> None:
    Path("layers.py").write_text("def f(): return 'mine'\n")
    assert find("layers.py:f")() == "mine"
    assert sys.modules["layers"] is layers
    assert importlib.import_module("layers") is layers
    assert not Path("__pycache__").exists()


def test_the_folder_of_a_file_is_importable_and_hides_neither_ours_nor_pythons() -> None:
    Path("code").mkdir()
    Path("code/helper.py").write_text("VALUE = 7\n")
    Path("code/plots.py").write_text("VALUE = 3\n")
    Path("code/json.py").write_text("raise RuntimeError('not this one')\n")
    Path("code/mine.py").write_text(
        "import json, plots\nfrom helper import VALUE\ndef f():\n    import later\n    return VALUE + later.VALUE\n"
    )
    Path("code/later.py").write_text("VALUE = 1\n")
    assert find("code/mine.py:f")() == 8
    assert find("code/mine.py:plots").VALUE == 3  # for his own files it is his, for all others ours
    assert hasattr(importlib.import_module("plots"), "curves")
    before = source("code/mine.py:f").sha256
    Path("code/plots.py").write_text("VALUE = 4\n")
    assert source("code/mine.py:f").sha256 != before


def test_two_folders_may_have_helpers_of_one_name() -> None:
    for folder, value in (("a", 1), ("b", 2)):
        Path(folder).mkdir()
        Path(folder, "helper.py").write_text(f"VALUE = {value}\n")
        Path(folder, "mine.py").write_text("from helper import VALUE\ndef f(): return VALUE\n")
    assert [find(f"{folder}/mine.py:f")() for folder in ("a", "b", "a")] == [1, 2, 1]


@pytest.mark.parametrize("changed", ["mine.py", "helper.py", "package/deep.py"])
def test_changed_code_is_loaded_again_even_within_the_second_and_has_another_hash(changed: str) -> None:
    Path("package").mkdir()
    Path("package/__init__.py").write_text("from .deep import DEEP\n")
    Path("package/deep.py").write_text("DEEP = 1\n")
    Path("helper.py").write_text("HELP = 1\n")
    Path("mine.py").write_text(
        "import helper\nfrom package import DEEP\nOWN = 1\ndef f(): return OWN, helper.HELP, DEEP\n"
    )
    before = source("mine.py:f").sha256
    assert find("mine.py:f")() == (1, 1, 1)
    text = Path(changed).read_text()
    Path(changed).write_text(text.replace("= 1", "= 2"))
    assert sorted(find("mine.py:f")()) == [1, 1, 2]
    assert source("mine.py:f").sha256 != before
    Path(changed).write_text(text)
    assert find("mine.py:f")() == (1, 1, 1)
    assert source("mine.py:f").sha256 == before


def test_the_hash_is_of_the_code_and_not_of_its_place_or_line_ends() -> None:
    Path("a").mkdir()
    Path("mine.py").write_bytes(b"def f():\n    return 1\n")
    Path("a/mine.py").write_bytes(b"def f():\r\n    return 1\r\n")
    Path("beside.py").write_text("not imported")
    assert source("mine.py:f")[:2] == source("a/mine.py:f")[:2]


def test_a_module_of_the_working_folder_is_found_and_hashed() -> None:
    Path("package").mkdir()
    Path("package/__init__.py").write_text("")
    Path("package/module.py").write_text("def f(): return 1\n")
    assert find("package.module:f")() == 1
    before = source("package.module:f").sha256
    Path("package/module.py").write_text("def f(): return 2\n")
    assert source("package.module:f").sha256 != before
    assert find("package.module:f")() == 2


FAULTS = {
    "def g(): pass\n": r"'mine.py' has no 'f'\. \(it has g\)",
    "def ff(): pass\n": r"'mine.py' has no 'f'\. Did you mean 'ff'\? \(it has ff\)",
    "\n\nx = 1 / 0\n": r"^mine\.py:3: mine\.py cannot be loaded: ZeroDivisionError: division by zero\. Mend it and try",
    "def f(): pass\nraise SystemExit(2)\n": r"^mine\.py:2: mine\.py cannot be loaded: SystemExit: 2 \(what runs",
    "import sys\nsys.exit()\n": r"^mine\.py:2: mine\.py cannot be loaded: SystemExit",
    "import nowhere_to_be_found\n": r"^mine\.py:1: .* ModuleNotFoundError: No module named 'nowhere_to_be_found'",
    "from broken import x\n": r"^broken\.py:2: mine\.py cannot be loaded: NameError: name 'y' is not defined",
    "def f(:\n": r"^mine\.py:1: mine\.py cannot be loaded: SyntaxError",
    "def f():\n\treturn 1\n        return 2\n": r"^mine\.py:3: mine\.py cannot be loaded: (TabError|IndentationError)",
    "\0": r"^mine\.py.*: mine\.py cannot be loaded: ",
    "class E(BaseException): pass\nraise E('mine')\n": r"^mine\.py:2: mine\.py cannot be loaded: E: mine",
    "raise ValueError('two\\nlines')\n": r"^mine\.py:1: .*two lines",
}


@pytest.mark.parametrize(("text", "message"), FAULTS.items(), ids=[repr(text)[:20] for text in FAULTS])
def test_faults_are_one_line_with_file_and_line(text: str, message: str) -> None:
    Path("broken.py").write_text("\nx = y\n")
    Path("mine.py").write_text(text)
    with pytest.raises(UserCodeError, match=message) as caught:
        find("mine.py:f")
    assert "\n" not in str(caught.value)


def test_an_interrupt_while_loading_is_none() -> None:
    Path("mine.py").write_text("raise KeyboardInterrupt\n")
    with pytest.raises(KeyboardInterrupt):
        find("mine.py:f")


@pytest.mark.parametrize(
    ("reference", "message"),
    [
        ("nowhere.py:f", r"there is no file nowhere\.py\. \(looked for in "),
        ("mien.py:f", r"there is no file mien\.py\. Did you mean 'mine\.py'\?"),
        ("mine.py", r"'mine\.py' names a file: which of its names\? Write mine\.py:NAME; it has f, LIMIT"),
        ("nowhere.module:f", r"'nowhere\.module' cannot be imported: there is no such module in "),
    ],
)
def test_what_is_not_there(reference: str, message: str) -> None:
    Path("mine.py").write_text("def f(): pass\nLIMIT = 3\n")
    with pytest.raises(UserCodeError, match=message):
        find(reference)
    with pytest.raises(UserCodeError):
        source(reference)


def test_what_cannot_be_called_is_named_with_its_line() -> None:
    Path("mine.py").write_text("\nLIMIT = 3\n\ndef f(w): pass\n")
    with pytest.raises(UserCodeError, match=r"^mine\.py:2: mine\.py:LIMIT is 3; expected a rule"):
        require_callable("mine.py:LIMIT", find("mine.py:LIMIT"), ["w"], "a rule")
    with pytest.raises(UserCodeError, match=r"^mine\.py:4: mine\.py:f takes \(w\); expected a rule"):
        require_callable("mine.py:f", find("mine.py:f"), ["w", "dw"], "a rule")
    assert require_callable("mine.py:f", find("mine.py:f"), ["w"], "a rule") is find("mine.py:f")


def installed(folder: Path, monkeypatch: pytest.MonkeyPatch, group: str, entries: str, module: str) -> None:
    """A package `theirs` that brings entry points."""
    info = folder / "theirs-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: theirs\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[layergraph.{group}]\n{entries}\n")
    (folder / "theirs.py").write_text(module)
    monkeypatch.syspath_prepend(str(folder))
    monkeypatch.delitem(sys.modules, "theirs", raising=False)


def test_entry_points_are_found_by_name_and_loaded_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entries = "one = theirs:f\nbroken = theirs:nothing\ntwice = theirs:f"
    installed(tmp_path / "site", monkeypatch, "rules", entries, "def f(): return 5\n")
    assert entry_points.names("rules") == ["broken", "one", "twice"]
    assert entry_points.names("layers") == []
    assert "theirs" not in sys.modules
    point = entry_points.find("rules", "one")
    assert point is not None
    assert entry_points.load(point)() == 5
    assert entry_points.find("rules", "two") is None
    broken = entry_points.find("rules", "broken")
    assert broken is not None
    with pytest.raises(UserCodeError, match=r"'broken' is theirs:nothing of theirs, which cannot be loaded: Attribute"):
        entry_points.load(broken)


def test_packages_bring_rules_and_layers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from models import mlp
    from solver import rules

    module = (
        "def lookahead(w, dw, config):\n    return w, config\n"
        "def forward(x):\n    return x, None\ndef backward(dout, cache):\n    return dout\n"
        "identity = forward, backward\nwrong = forward\n"
    )
    installed(tmp_path / "a", monkeypatch, "rules", "lookahead = theirs:lookahead", module)
    assert rules.get("lookahead").name == "lookahead"
    with pytest.raises(ValueError, match=r"unknown update rule 'lookahed'\. Did you mean 'lookahead'"):
        rules.get("lookahed")
    info = tmp_path / "a" / "theirs-1.0.dist-info" / "entry_points.txt"
    info.write_text("[layergraph.layers]\nidentity = theirs:identity\nwrong = theirs:wrong\n")
    importlib.invalidate_caches()
    assert [node.layer.name for node in mlp([3, 4, 2], activation="identity").nodes][1] == "forward"
    with pytest.raises(ValueError, match=r"unknown activation 'identit'\. Did you mean 'identity'"):
        mlp([3, 4, 2], activation="identit")
    with pytest.raises(UserCodeError, match="theirs:wrong is function; expected a pair"):
        mlp([3, 4, 2], activation="wrong")
