"""The one-place edits that a repair tries: each of them, in its order, with its words; and which may not be trusted."""

import ast
import functools

import numpy as np
import pytest
from edits_of_functions import GOLDEN, everything

from gradcheck.repair import repair
from gradcheck.repair.edit import Edit, altered, replaced, spell


def test_every_edit_is_the_one_that_was_written_down():
    assert everything().splitlines() == GOLDEN.read_text(encoding="utf-8").splitlines()


def parsed(text):
    return ast.parse(text)


def edit(text):
    return Edit(parsed(text), "SIGN", "", 1)


def test_a_tree_is_copied_with_another_node():
    tree = parsed("a = b + c")
    new = replaced(tree, tree.body[0].value.left, parsed("d[0]").body[0].value)
    assert ast.unparse(new) == "a = d[0] + c"
    assert ast.unparse(tree) == "a = b + c"
    assert ast.unparse(altered(tree.body[0].value, op=ast.Sub())) == "b - c"
    assert spell(parsed("x" * 49)) == "x" * 49
    assert spell(parsed("x" * 50)) == "x" * 47 + "..."


@pytest.mark.parametrize(
    ("before", "after", "brings"),
    [("a * b", "a * 7", True), ("a * b", "a * 2", False), ("a * b", "a * 0.5", False), ("a * 7", "a / 7", False),
     ("a * 7", "a * 7 + 7", True), ("a", "a / len(b)", True), ("a", "a.shape", True), ("a", "a.size", True),
     ("a.shape", "b.shape", False), ("a", "a.T", False), ("a", "a * 1", False), ("a", "len", False)],
)  # fmt: skip
def test_a_number_or_a_length_may_only_happen_to_fit(before, after, brings):
    assert repair._brings_a_size(edit(after), parsed(before)) is brings


def test_a_number_may_be_a_keep_probability():
    def fits(after, *constants):
        return repair._may_happen_to_fit(edit(after), parsed("a * 3"), constants)

    assert fits("a * 3 * 0.5", 0.5)
    assert fits("a * 3 * 2", 0.5)
    assert not fits("a * 3 * 2", 0.4)
    assert not fits("a * 3", 3.0)
    assert not fits("a * 3 * 1", 1.0)


def test_a_size_of_another_array_may_always_be_one():
    ones = repair._with_ones(edit("a / b.shape[1] + c.shape[0]"), parsed("a + c.shape[0]"))
    assert ast.unparse(ones) == "a / 1 + c.shape[0]"
    assert repair._with_ones(edit("a / c.shape[1]"), parsed("a / c.shape[0]")) is None


@pytest.mark.parametrize(
    ("body", "unsafe"),
    [("return x", False), ("while x: pass", True), ("import os", True), ("from os import path", True),
     ("return x.system(1)", True), ("return input", True), ("return x.input", False), ("return eval(x)", True)],
)  # fmt: skip
def test_what_touches_files_or_has_no_bound_is_not_run_edited(body, unsafe):
    assert repair.is_unsafe(parsed(f"def f(x):\n    {body}")) is unsafe
    assert not repair.is_unsafe(parsed("def f(input):\n    return input"))


def decorated(function):
    return function


@decorated
def original(x, y=2):
    return x + y + GLOBAL


GLOBAL = 10


class Owner:
    __secret = 5

    def method(self, x):
        return x + self.__secret

    def parent(self, x):
        return super().__repr__() and x + 1


def test_an_edited_copy_lives_in_the_surroundings_of_its_function():
    found = repair.locate(functools.partial(original, 1))
    assert found.lines[found.tree.body[0].lineno - 1].startswith("def original")
    assert found.tree.body[0].decorator_list == []
    tree = ast.parse(ast.unparse(found.tree).replace("x + y", "x - y"))
    assert repair.compile_copy(found, tree)(1) == 1 - 2 + 10
    assert repair.compile_copy(found, tree, {"GLOBAL": 20})(1) == 1 - 2 + 20
    assert repair.compile_copy(found, ast.parse("def original(x): return x\nreturn 3")) is None
    told = repair._describe(found, Edit(tree, "SIGN", "+ -> -", 3), True)
    assert told.source == f"test_edits.py:{found.start + 2}  return x + y + GLOBAL"
    assert told.text == f"line {found.start + 2}: + -> -"
    assert repair._describe(found, Edit(tree, "SIGN", "+ -> -", 4), False).source.endswith("  ")
    for name, expected in (("method", 6), ("parent", 2)):
        found = repair.locate(getattr(Owner, name))
        tree = ast.parse(ast.unparse(found.tree))
        assert repair.compile_copy(found, tree)(Owner(), 1) == expected
    assert repair.locate(lambda x: x) is None
    assert repair.locate(len) is None


def test_an_edit_takes_the_place_of_the_original():
    new = repair.rebind(functools.partial(original, 1, y=3), lambda x, y: (x, y))
    assert (type(new), new()) == (functools.partial, (1, 3))
    thing = Owner()
    assert repair.rebind(thing.method, lambda self, x: (self, x))(2) == (thing, 2)
    assert repair.rebind(original, np.sum) is np.sum
