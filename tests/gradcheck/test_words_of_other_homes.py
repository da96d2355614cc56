"""Frameworks that are not there, told by stand-ins; the names of their arguments; the parts of a notebook's magic."""

import inspect
import sys
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck import Finding, Report, magic
from gradcheck.classes.undrawn import UndrawnError
from gradcheck.contracts.contracts import Contract
from gradcheck.frameworks import drawing, entry
from gradcheck.frameworks.kind import kind_of
from gradcheck.frameworks.same import close, comparable


class Function:
    @classmethod
    def apply(cls):
        pass


class Mine(Function):
    pass


class Module:
    pass


class Rule:
    pass


class Jvp:
    pass


def test_what_is_not_loaded_has_no_objects(monkeypatch):
    for name in ("torch", "jax"):
        monkeypatch.setitem(sys.modules, name, None)
    assert [kind_of(one) for one in (Mine, Mine.apply, Module(), Rule(), 3)] == [None] * 5
    torch = SimpleNamespace(autograd=SimpleNamespace(Function=Function), nn=SimpleNamespace(Module=Module))
    monkeypatch.setitem(sys.modules, "torch", torch)
    asked = (Mine, Mine.apply, Module(), Function, Function.apply, Module, Rule(), np.sin, Mine())
    assert [kind_of(one) for one in asked] == ["torch", "torch", "torch", None, None, None, None, None, None]
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace(custom_vjp=Rule, custom_jvp=Jvp))
    assert [kind_of(one) for one in (Rule(), Jvp(), Mine, Rule)] == ["jax", "jax", "torch", None]
    monkeypatch.setitem(sys.modules, "torch", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "jax", SimpleNamespace())
    assert [kind_of(one) for one in (Mine, Rule())] == [None, None], "half loaded"


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_a_library_that_is_missing_is_named_with_what_installs_it(monkeypatch, library):
    monkeypatch.setattr(entry, "find_spec", lambda name: None)
    with pytest.raises(
        ImportError, match=rf"gradcheck.{library} needs {library}: pip install 'layergraph\[{library}\]'"
    ):
        entry.check(library, len)
    monkeypatch.setattr(entry, library, lambda *args, **options: (args, options))
    assert entry.check(library, len, 3, seed=1) == ((len, 3), {"seed": 1})


def test_two_answers_are_the_same_within_rounding():
    a = np.array([1.0, -100.0])
    assert close(a, np.add(a, [0.9e-7, 0]))
    assert not close(a, np.add(a, [1.1e-7, 0]))
    single = a.astype(np.float32)
    assert close(single, np.add(a, [0.9e-2, 0]))
    assert close(np.add(a, [0.9e-2, 0]), single)
    assert not close(single, np.add(a, [1.1e-2, 0]))
    assert close(a.astype(np.float16), np.add(a, [0.9e-2, 0]))
    holes = np.array([np.nan, np.inf, 1.0])
    assert close(holes, holes)
    assert not close(holes, np.array([np.nan, np.inf, 2.0]))
    assert not close(a, a[:1])
    assert close(np.zeros(2), np.zeros(2))
    assert not close(np.full(2, 1e-12), np.zeros(2))


def test_another_answer_is_news_where_nothing_is_wrong_so_far():
    values = {"x": np.ones(2), "w": np.ones(3)}

    def of(findings=(), **grads):
        return comparable(Contract(findings=list(findings), grads=grads), values)

    assert of(x=np.ones(2), w=None)
    assert not of(x=np.ones(3), w=np.ones(3))
    assert not of(x=2.0)
    assert of([Finding("SIGN", "warning", "x", "")], x=np.ones(2))
    assert not of([Finding("SIGN", "error", "x", "")], x=np.ones(2))


def known(function):
    return list(inspect.signature(function).parameters.values())


def test_names_of_so_many_arguments():
    assert drawing.names_for("f", known(lambda x, w=2, *, key=3: 0), 2) == ("x", "w")
    assert drawing.names_for("f", known(lambda x, w=2: 0), 1) == ("x",)
    assert drawing.names_for("f", known(lambda x, *more: 0), 3)[0] == "x"
    assert len(drawing.names_for("f", known(lambda x, *more: 0), 3)) == 3
    with pytest.raises(TypeError, match=r"f takes 2 arguments \(x, w\); got 3"):
        drawing.names_for("f", known(lambda x, w, *, key=3: 0), 3)


def test_the_best_arguments_of_two_kinds_are_drawn(monkeypatch):
    asked = []

    def found(scores):
        def find(kind, name, parameters, fixed, trial):
            asked.append((kind, name, [p.name for p in parameters], fixed))
            return scores[kind] and SimpleNamespace(kind=kind, score=scores[kind])

        monkeypatch.setattr(drawing, "find_arguments", find)
        return drawing.drawn_for("f", known(lambda x, y, *, key=3: 0), None)

    assert found({"layer": 1.0, "loss": 2.0}).kind == "loss"
    assert found({"layer": 2.0, "loss": 2.0}).kind == "layer"
    assert found({"layer": None, "loss": 1.0}).kind == "loss"
    assert asked[:2] == [("layer", "f", ["x", "y"], {}), ("loss", "f", ["x", "y"], {})]
    with pytest.raises(UndrawnError, match=r"no arguments for f\(x, y\) are found by their names"):
        found({"layer": None, "loss": None})


def affine_forward(x):
    return x


def test_which_pairs_a_cell_is_about():
    pair = SimpleNamespace(name="affine.step", functions=(affine_forward, np.float64(1.0)))
    asked = ("affine.step", "affine", "affine_forward", "forward", "step")
    assert [magic._matches(pair, {name}) for name in asked] == [True, True, True, False, False]
    assert not magic._matches(pair, set())
    shell = SimpleNamespace(transform_cell=lambda cell: cell.replace("%time", ""))
    cell = "%time\ndef f():\n    def inner(): pass\nasync def g(): pass\nclass A: pass\nx = 1"
    assert magic._defined(shell, cell) == {"f", "g", "A"}
    names = {"_hidden": affine_forward, "relu_forward": lambda x: (x, None), "relu_backward": lambda dout, cache: dout}
    assert [one.name for one in magic._subjects(SimpleNamespace(user_ns=names))] == ["relu"]


def test_the_flags_of_a_cell():
    assert vars(magic._flags("")) == {"names": [], "seed": 0, "no_repair": False}
    assert vars(magic._flags("'a b' c --seed 3 --no-repair")) == {"names": ["a b", "c"], "seed": 3, "no_repair": True}


def test_lines_of_a_cell_are_called_as_the_notebook_calls_it():
    def told(name, place="/tmp/12.py:3"):
        findings = [Finding("SIGN", "error", "x", "", {}, source) for source in ("12.py:4  code", None, "a12.py:4")]
        report = Report(label="f", place=place)
        report.findings = findings
        shell = SimpleNamespace(compile=SimpleNamespace(format_code_name=lambda file: name))
        magic._name_cells(shell, report)
        return [one.source for one in findings]

    assert told(("Cell", "In[3]")) == ["In[3]:4  code", None, "a12.py:4"]
    assert told(None) == told(("Cell", "In[3]"), None) == ["12.py:4  code", None, "a12.py:4"]
