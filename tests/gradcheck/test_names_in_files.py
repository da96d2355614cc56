"""What belongs together in a file, told from its names: pairs, losses, nets in three functions, their settings."""

import ast
import linecache
import types

import numpy as np
import pytest

from gradcheck.finder import names
from gradcheck.finder.find import NOTHING_FOUND, existing, files_of, find_some
from gradcheck.finder.initialisers import _NAME, _calls, _ends, _is_harmless
from gradcheck.finder.loading import _defines, cell_of, load_file, notebook_source

HEAD = "import numpy as np\n"


def found(source):
    module = types.ModuleType("mine")
    path = f"<names {hash(source)}>"
    linecache.cache[path] = (len(source), None, source.splitlines(keepends=True), path)
    exec(compile(source, path, "exec"), vars(module))
    return [
        (one.name, one.kind, *[getattr(f, "__name__", None) for f in one.functions]) for one in names.found_in(module)
    ]


def functions(*heads, body="return 1, 2"):
    return "\n".join(f"def {head}:\n    {body}" for head in heads)


@pytest.mark.parametrize(
    ("forward", "backward", "name"),
    [("affine_forward", "affine_backward", "affine"), ("relu_fwd", "relu_bwd", "relu"), ("fprop", "bprop", "fprop"),
     ("net_forward", "net_back", "net"), ("net_forward", "net_grad", "net"), ("reluForward", "reluBackward", "relu"),
     ("forward_propagation", "back_propagation", "forward_propagation"), ("fc_f", "fc_b", "fc_f"),
     ("relu", "relu_backward", "relu"), ("feedforward", "backprop", "feedforward"), ("forward", "backward", "forward")],
)  # fmt: skip
def test_pairs_are_told_by_their_names(forward, backward, name):
    asked = found(functions(f"{forward}(x, w)", f"{backward}(dout, cache)"))
    assert [one[1:] for one in asked] == [("layer", forward, backward)]
    if name != forward or forward == "forward":
        assert asked[0][0] == name


def test_a_forward_may_have_several_backwards_and_others_have_none():
    heads = "norm_forward(x)", "norm_backward(dout, cache)", "norm_backward_alt(dout, cache)"
    assert found(functions(*heads)) == [
        ("norm", "layer", "norm_forward", "norm_backward"), ("norm_alt", "layer", "norm_forward", "norm_backward_alt")
    ]  # fmt: skip
    more = (*heads, "norm_forward_alt(x)")
    assert ("norm_alt", "layer", "norm_forward_alt", "norm_backward_alt") in found(functions(*more))
    assert len(found(functions(*more))) == 2
    assert found(functions("f_of(x)", "b_of(dout)")) == []
    assert found(functions("relu(x)", "relu_backward(dout)")) == [("relu", "pointwise", "relu", "relu_backward")]
    assert found(functions("add(x, y)", "add_backward(dout)"))[0][1] == "layer"


def test_losses_and_nets_of_several_functions():
    assert found(functions("softmax_loss(x, y)")) == [("softmax_loss", "loss", "softmax_loss")]
    assert found(functions("softmax_loss(x, y)", body="return 1")) == []
    asked = found(functions("mse_loss(x, y)", "mse_loss_grad(x, y)", body="return 1"))
    assert asked == [("mse_loss", "chain", "mse_loss", None, "mse_loss_grad")]
    net = functions("forward_propagation(X, parameters)") + "\n" + functions(
        "backward_propagation(X, Y, cache)") + "\n" + functions("compute_cost(A2, Y)", body="return 1")  # fmt: skip
    assert ("forward_propagation", "chain", "forward_propagation", "compute_cost", "backward_propagation") in found(net)


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("softmax_loss", True), ("compute_cost", True), ("cost", True), ("costs", True), ("cost_function", True),
     ("objective", True), ("propagate", True), ("mse_error", True), ("errors", False), ("loss_backward", False),
     ("plot_loss", False), ("grad_loss", False), ("svm_loss_inputs", False), ("relu", False)],
)  # fmt: skip
def test_names_of_losses(name, is_one):
    assert names.is_loss(name) is is_one


@pytest.mark.parametrize(
    ("name", "stem"),
    [("affine_forward", "affine"), ("conv_forward_naive", "conv_naive"), ("forward", "forward"),
     ("reluForward", "relu"),
     ("relu_bwd", "relu"), ("forwarding", "forwarding")],
)  # fmt: skip
def test_the_stem_of_a_name(name, stem):
    assert names.stem(name) == stem


def test_settings_that_a_function_compares_with_texts():
    source = (
        "def act_forward(x, kind, other):\n    if kind == 'relu': return 1\n    if kind in ('tanh', 'relu'): return 2\n"
        "    return 3 if other == 4 else 5\ndef act_backward(dout, cache):\n    return 1\n"
    )
    assert [one[0] for one in found(source)] == ["act[relu]", "act[tanh]"]
    one = source.replace("('tanh', 'relu')", "('relu',)")
    assert [entry[0] for entry in found(one)] == ["act"]


def module_of(source):
    module = types.ModuleType("mine")
    exec(source, vars(module))
    return vars(module)


def test_backwards_that_take_labels_are_those_of_a_net():
    known = module_of(functions(
        "net_back(A, Y, cache)", "pair_back(y, cache)", "layer_back(dA, y, cache)", "plain(x, cache)",
        "default_back(A, y=None)"))  # fmt: skip
    assert [n for n in known if not n.startswith("__") and names._labels_only(known[n])] == ["net_back", "pair_back"]
    assert names._labels_first(known["net_back"], known["pair_back"])
    assert not names._labels_first(known["net_back"], known["net_back"])
    assert not names._labels_first(known["net_back"], known["default_back"])


def test_the_cost_of_a_net_is_the_one_with_its_labels():
    known = module_of(functions("forward_with_reg(X)", "forward(X)", "back(A, t)", body="return 1") + "\n" + functions(
        "cost(A, Y)", "cost_with_reg(A, Y)", "loss_t(A, t)", "grad_cost(A, t)", "loss_without(A)", body="return 1")
    )  # fmt: skip
    functions_ = {k: v for k, v in known.items() if not k.startswith("__")}

    def cost(forward):
        found = names._cost_for(functions_[forward], functions_["back"], functions_)
        return found and found.__name__

    assert cost("forward_with_reg") == "cost_with_reg"
    assert cost("forward") == "loss_t"
    del functions_["loss_t"]
    assert cost("forward") == "cost"
    assert names._cost_for(functions_["cost"], functions_["back"], functions_) is None


def test_only_files_that_speak_of_it_are_run(tmp_path):
    def written(name, text="def relu_forward(x):\n    return x\n"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    for name in ("b.py", "sub/a.py", "test_b.py", "conftest.py", "setup.py", ".hidden/c.py", "venv/d.py", "build/e.py"):
        written(name)
    written("data.py", "def read(path):\n    return path\n")
    written("broken.py", "def (:\n")
    written("class.py", "class Loss:\n    pass\n")
    written("notes.ipynb", "no json")
    written("backprop.ipynb", "no json")
    assert [p.relative_to(tmp_path).as_posix() for p in files_of(tmp_path)] == [
        "b.py", "backprop.ipynb", "broken.py", "class.py", "sub/a.py"
    ]  # fmt: skip
    written("empty.py", "x = 1\n")
    with pytest.raises(ValueError, match=NOTHING_FOUND[:30]):
        find_some(tmp_path / "empty.py")
    for name, words in (("no.ipynb", "there is no file"), ("text.txt", "neither a .py file nor a notebook")):
        if name == "text.txt":
            written(name)
        with pytest.raises(ValueError, match=words):
            existing(tmp_path / name)


@pytest.mark.parametrize(
    ("statement", "kept"),
    [("def f(): pass", True), ("class A: pass", True), ("import os", True), ("from os import path", True),
     ("x = np.zeros((3, 4))", True), ("x = float(3)", True), ("x = 3", True), ("x: int = 3", True), ("x: int", False),
     ("x = train()", False), ("x = np.zeros(train())", False), ("train()", False), ("for i in x: pass", False),
     ("try:\n    import a\nexcept ImportError:\n    a = None", True),
     ("try:\n    import a\nexcept ImportError:\n    train()", False), ("x = (lambda: 3)()", False)],
)  # fmt: skip
def test_statements_that_only_define(statement, kept):
    assert _defines(ast.parse(statement).body[0]) is kept


def test_lines_of_cells(tmp_path):
    assert [cell_of([1, 4, 9], line) for line in (1, 3, 4, 8, 9, 12)] == [
        "cell 1, line 1", "cell 1, line 3", "cell 2, line 1", "cell 2, line 5", "cell 3, line 1", "cell 3, line 4"
    ]  # fmt: skip
    path = tmp_path / "a.ipynb"
    path.write_text(
        '{"cells": [{"cell_type": "markdown", "source": ["# no"]}, {"cell_type": "code", "source": "%magic\\nx = 1\\n'
        '!ls\\nnp.sum?"}, {"cell_type": "code", "source": ["%%bash\\n", "ls"]}, {"cell_type": "code", "source":'
        ' ["y = 2\\n", "z ="]}]}'
    )
    text, starts = notebook_source(path)
    assert text.split("\n") == [
        "", "x = 1", "", "", "", "", "# cell 3, line 2 is not Python: invalid syntax", "", ""
    ]  # fmt: skip
    assert starts == [1, 5, 7]
    path.write_text("[]")
    with pytest.raises(ValueError, match=r"a\.ipynb: this is no notebook of format 4 \(TypeError"):
        notebook_source(path)


def test_what_is_missing_is_stood_in_for(tmp_path):
    path = tmp_path / "needs.py"
    path.write_text(
        "import nobody.has as n, another\nfrom nobody import jit\n\n\n@jit\ndef f_forward(x):\n    return n.call(x)\n"
    )
    loaded = load_file(path)
    assert loaded.notes == [
        "nobody is not installed: it is stood in for, and what needs it will fail",
        "another is not installed: it is stood in for, and what needs it will fail",
    ]
    with pytest.raises(ModuleNotFoundError, match=r"nobody.*call was called, and nobody is not installed"):
        loaded.module.f_forward(1)
    with pytest.raises(ModuleNotFoundError):
        import nobody  # noqa: F401
    path.write_text(f"{HEAD}K = 3\ntrain()\n\n\ndef f_forward(x):\n    return x * K\n")
    loaded = load_file(path)
    assert loaded.module.f_forward(2) == 6
    assert len(loaded.notes) == 1
    assert loaded.notes[0].endswith("; only its definitions are used")
    assert load_file(path, definitions_only=True).notes == []


def test_initialisers_are_called_as_their_parameters_ask():
    def call(function):
        return list(_calls(function, 3))

    assert call(lambda sizes: 0) == [(([4, 6, 3],), {})]
    assert call(lambda n_x, n_y: 0) == [((4, 3), {})]
    assert call(lambda n_x, n_h, n_y: 0) == [((4, 6, 3), {})]
    assert call(lambda a, b, c, d: 0) == [((4, 6, 5, 3), {})]
    assert call(lambda a, b, c, d, e: 0) == []
    assert call(lambda: 0) == [((), {})]
    assert call(lambda D=784, C=10, seed=0: 0) == [((), {"D": 4, "C": 3}), ((), {})]
    assert call(lambda D=784, scale=0.1: 0) == [((), {})]
    ones = [np.ones((8, 5)), np.ones((8, 1)), np.ones((3, 8))]
    assert list(_ends(ones)) == [(8, 8), (8, 3), (5, 8), (5, 3)]
    assert list(_ends([np.ones((8, 1)), np.ones(3)])) == [(8, 1), (8, 8), (1, 1), (1, 8)]
    assert list(_ends([np.ones(3)])) == []
    assert list(_ends([np.ones((0, 9)), np.ones((8, 5))])) == [(8, 5), (8, 8), (5, 5), (5, 8)], "none of an empty one"
    assert [bool(_NAME.match(n)) for n in ("init", "initialize_parameters_deep", "make_net", "he_init", "initial")] == [
        True, True, True, False, False
    ]  # fmt: skip


def init_of_data(X_train):
    return {}


def init_nothing(n):
    n + 1


def init_right(n):
    return {"W": n}


def test_what_trains_or_gives_nothing_is_not_called():
    assert [_is_harmless(f) for f in (init_of_data, init_nothing, init_right)] == [False, False, True]
