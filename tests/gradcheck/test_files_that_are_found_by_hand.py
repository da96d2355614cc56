"""Which calls of a script are harmless, what stands in for a missing module, where cells begin; and names of places."""

import ast

import pytest

from gradcheck.finder import find, loading


@pytest.mark.parametrize(
    ("call", "is_plain"),
    [("np.zeros(3)", True), ("np.random.default_rng(0).normal(3)", False), ("numpy.linalg.inv(x)", True),
     ("math.sqrt(2)", True), ("partial(f)", True), ("namedtuple('A', 'b')", True), ("open('a')", False),
     ("torch.zeros(3)", False), ("(lambda: 3)()", False), ("f()()", False), ("range(3)", True)],
)  # fmt: skip
def test_calls_that_take_no_time(call, is_plain):
    assert loading._plain_call(ast.parse(call).body[0].value) is is_plain


@pytest.mark.parametrize(
    ("statement", "kept"),
    [("x = np.zeros(float(3))", True), ("x = np.zeros(read())", False), ("x: int = read()", False), ("x: int", False),
     ("x += 1", False), ("with open('a') as f: pass", False), ("if x: import a", False), ("print(3)", False),
     ("try:\n    x = 1\nfinally:\n    train()", True), ("async def f(): pass", False)],
)  # fmt: skip
def test_statements_that_are_kept(statement, kept):
    assert loading._defines(ast.parse(statement).body[0]) is kept


@pytest.mark.parametrize(
    ("name", "found"),
    [("nobody", True), ("nobody.has.it", True), ("nobodys", False), ("other", False), ("a.nobody", False)],
)
def test_stand_ins_are_for_what_is_missing_alone(name, found):
    spec = loading._Stubs(["nobody"]).find_spec(name)
    assert (spec is not None) is found
    assert spec is None or (spec.name, spec.submodule_search_locations) == (name, [])


def plain(x):
    return x


def test_a_stand_in_leaves_a_decorated_function_and_raises_for_all_else():
    absent = loading._Absent("nobody.has")
    assert absent.jit(plain) is plain
    for args in ((), (3,), (plain, plain), (plain, 3)):
        with pytest.raises(ModuleNotFoundError, match=r"nobody\.has\.jit was called, and nobody is not installed"):
            absent.jit(*args)
    with pytest.raises(AttributeError, match="__path_of__"):
        absent.__path_of__


@pytest.mark.parametrize(
    ("cells", "line", "words"),
    [([1], 1, "cell 1, line 1"), ([1], 9, "cell 1, line 9"), ([1, 4], 3, "cell 1, line 3"),
     ([1, 4], 4, "cell 2, line 1"), ([1, 1, 4], 2, "cell 2, line 2"), ([3, 5], 2, "cell 1, line 0")],
)  # fmt: skip
def test_the_cell_of_a_line(cells, line, words):
    assert loading.cell_of(cells, line) == words


@pytest.mark.parametrize(
    ("name", "text", "speaks"),
    [
        ("a.py", "def relu_forward(x): pass", True), ("a.py", "class Cost: pass", True), ("a.py", "forward = 3", False),
        ("a.py", "def read(x):\n    def bprop(): pass", True), ("a.py", "def (", True), ("a.ipynb", "no", False),
        ("my_loss.ipynb", "no", True), ("gradient.py", "x = 3", False), ("a.py", "def fwd(x): pass", True),
    ],
)  # fmt: skip
def test_files_that_speak_of_what_can_be_checked(tmp_path, name, text, speaks):
    (tmp_path / name).write_text(text)
    assert find._speaks(tmp_path / name) is speaks


@pytest.mark.parametrize(
    ("name", "looked_at"),
    [("a.py", True), ("sub/a.py", True), ("test_a.py", False), ("a_test_.py", True), ("conftest.py", False),
     ("setup.py", False), ("setups.py", True), (".git/a.py", False), ("venv/a.py", False), ("env/sub/a.py", False),
     ("dist/a.py", False), ("build.py", True), ("a.txt", False)],
)  # fmt: skip
def test_files_of_a_folder(tmp_path, name, looked_at):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True, parents=True)
    path.write_text("def relu_forward(x): pass")
    assert find.files_of(tmp_path) == ([path.resolve()] if looked_at else [])


PACKAGE = "from .other import twice\n\n\ndef f_forward(x):\n    return twice(x)\n"


@pytest.mark.parametrize(("folder", "deep"), [("pack_of_hand", True), ("plain_folder_of_hand", False)])
def test_a_file_that_imports_its_neighbours_is_loaded_within_its_package(tmp_path, folder, deep):
    inner = tmp_path / folder / "inner_of_hand" if deep else tmp_path / folder
    inner.mkdir(parents=True)
    if deep:
        for place in (tmp_path / folder, inner):
            (place / "__init__.py").write_text("")
    (inner / "other.py").write_text("def twice(x):\n    return 2 * x\n")
    (inner / "mine.py").write_text(PACKAGE)
    loaded = loading.load_file(inner / "mine.py")
    assert loaded.module.f_forward(4) == 8
    assert loaded.module.__name__ == (f"{folder}.inner_of_hand.mine" if deep else f"{folder}.mine")
    assert (loaded.notes, loaded.cells) == ([], [])
