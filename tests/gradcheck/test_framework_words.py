"""What the fronts for other frameworks do without them: words of edits, which kind a thing is, what is missing."""

import ast

import pytest

import gradcheck
from gradcheck.frameworks import entry
from gradcheck.frameworks.kind import kind_of
from gradcheck.repair.edits import edits

TORCH = """
def backward(ctx, grad_output):
    x, w = ctx.saved_tensors
    grad_x = grad_output.mm(w)
    grad_x.mul_(2)
    return grad_x, x.t() @ grad_output, grad_output.mean(dim=1)
"""
JAX = """
def bwd(res, g):
    ids, table = res
    return None, table.at[ids].set(g)
"""


def sources(text, dialect):
    return [ast.unparse(e.tree) for e in edits(ast.parse(text), dialect)]


@pytest.mark.parametrize(
    "line",
    [
        "return (grad_x, x.T @ grad_output, grad_output.sum(dim=1))",
        "return (grad_x, x.T @ grad_output, grad_output.mean(dim=0))",
        "return (grad_x, x.T @ grad_output, grad_output.mean(dim=1, keepdim=True))",
        "return (grad_x, x @ grad_output, grad_output.mean(dim=1))",
        "return (grad_x, x.T @ grad_output, grad_output.mean(dim=1), None)",
        "return (grad_x.clone(), x.T @ grad_output, grad_output.mean(dim=1))",
        "grad_x = grad_output.matmul(w.T)",
        "grad_x.mul(2)",
        "grad_x.clone().mul_(2)",
    ],
)
def test_an_edit_is_made_in_the_words_of_torch(line):
    assert any(line in text for text in sources(TORCH, "torch"))


def test_no_edit_for_torch_uses_a_word_of_numpy_alone():
    for text in sources(TORCH, "torch"):
        assert ".copy()" not in text
        assert "axis=" not in text
        assert "keepdims" not in text


def test_a_repeated_index_of_jax_is_added():
    assert any("table.at[ids].add(g)" in text for text in sources(JAX, "jax"))


@pytest.mark.parametrize("thing", [None, 3, len, int, gradcheck, object()])
def test_what_belongs_to_no_framework_has_no_kind(thing):
    assert kind_of(thing) is None


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_a_missing_library_is_named_with_what_to_install(library, monkeypatch):
    monkeypatch.setattr(entry, "find_spec", lambda name: None)
    told = rf"gradcheck.{library} needs {library}: pip install 'layergraph\[{library}\]'"
    with pytest.raises(ImportError, match=told):
        getattr(gradcheck, library)(None)
