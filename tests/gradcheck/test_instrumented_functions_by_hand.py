"""Where switches stand in a forward: the sites of an expression, and the functions that it calls."""

import ast
import types
from types import SimpleNamespace

import numpy as np
import pytest

from gradcheck.diagnosis.paths.sites import Instrument, instrumented, names_called
from gradcheck.diagnosis.paths.switches import Experiment, Switches, _is_floating, _moved, _visible

MINE = types.ModuleType("mine")
MINE.act = np.tanh
KNOWN = {"np": np, "c": 2.0, "k": 1, "act": np.tanh, "mine": MINE}
X, V = np.array([[0.5, -1.0], [2.0, 0.3]]), np.array([[1.0, 2.0], [-3.0, 0.5]])
SELF = SimpleNamespace(w=3.0, act=np.tanh)
USE_X, USE_W = "use x", "use w"


def of(text, depth=0):
    """The sites of a function with this body, and the value of the original and of the copy."""
    body = text if "return" in text else f"return {text}"
    tree = ast.parse(f"def f(x, w, self, params) -> y:\n    {body}", "net.py")
    before, found, looked_up = ast.dump(tree), [], []
    copy = instrumented(tree, Instrument(found, "net.py", 10, "f", KNOWN, depth))
    assert ast.dump(tree) == before, "the tree is not touched"
    switches = SimpleNamespace(
        use=lambda k, value: value, unary=lambda k, f, u: f(u), product=lambda k, f, a, b: f(a, b),
        method=lambda owner, name: looked_up.append(name) or getattr(owner, name),
    )  # fmt: skip
    values = []
    tree.body[0].returns = None
    for each in (tree, copy):
        names = {**KNOWN, "_sites_": switches}
        exec(compile(each, "net.py", "exec"), names)
        values.append(names["f"](X.copy(), V, SELF, {"W": V, "a": {"b": V}}))
    np.testing.assert_array_equal(*values)
    return found, looked_up


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("x", [USE_X]), ("x + w", [USE_X, USE_W]), ("-x", [USE_X]), ("c", []), ("c * k", ["* c * k"]),
        ("x > c", [USE_X]), ("x + c", ["unary x + c", USE_X]), ("c - x", ["unary c - x", USE_X]),
        ("x * c", ["unary x * c", USE_X]),
        ("np.exp(-x)", ["unary np.exp(-x)", USE_X]), ("act(x)", ["unary act(x)", USE_X]),
        ("1 / (1 + np.exp(-x))", ["unary 1 / (1 + np.exp(-x))", "unary np.exp(-x)", USE_X]),
        ("np.tanh(x) ** 2", ["unary np.tanh(x) ** 2", "unary np.tanh(x)", USE_X]),
        ("np.tanh(x ** 2)", ["unary np.tanh(x ** 2)", "unary x ** 2", USE_X]),
        ("np.tanh(x * 2)", ["unary np.tanh(x * 2)", USE_X]),
        ("np.exp(x @ w)", ["unary np.exp(x @ w)", "@ x @ w", USE_X, USE_W]),
        ("np.abs(np.exp(x @ w))", ["unary np.abs(np.exp(x @ w))", "unary np.exp(x @ w)", "@ x @ w", USE_X, USE_W]),
        ("np.exp(x + w)", ["unary np.exp(x + w)", USE_X, USE_W]),
        ("x * w", ["* x * w", USE_X, USE_W]), ("np.dot(x, w)", ["@ x @ w", USE_X, USE_W]),
        ("np.matmul(x, w)", ["@ x @ w", USE_X, USE_W]), ("np.multiply(x, w)", ["* x * w", USE_X, USE_W]),
        ("x.dot(w)", ["@ x @ w", USE_X, USE_W]), ("np.dot(x, c)", ["unary np.dot(x, c)", USE_X]),
        ("np.dot(x, w, out=None)", [USE_X, USE_W]), ("np.dot(*[x, w])", [USE_X, USE_W]),
        ("np.subtract(x, w)", [USE_X, USE_W]), ("np.multiply(x, w, x)", [USE_X, USE_W, USE_X]),
        ("x * x", ["unary x * x", USE_X, USE_X, USE_X]), ("x + x * c", ["unary x + x * c", USE_X, USE_X, USE_X]),
        ("np.where(x > 0, x, 0)", ["unary np.where(x > 0, x, 0)", USE_X, USE_X, USE_X]),
        ("np.tanh(x - x * x)", ["unary np.tanh(x - x * x)", USE_X, USE_X, USE_X, USE_X]),
        ("x * (lambda: x)()", ["* x * (lambda: x)()", USE_X]), ("(x > 0) * w", ["* (x > 0) * w", USE_X, USE_W]),
        ("np.abs(x > 0)", ["unary np.abs(x > 0)", USE_X]), ("np.sum(x, axis=k)", ["unary np.sum(x, axis=k)", USE_X]),
        ("np.clip(x, c, a_max=w)", [USE_X, USE_W]), ("f'{x}'", []), ("x[0]", [USE_X]), ("x[k:]", [USE_X]),
        ("self.w * x", ["* self.w * x", "use self.w", USE_X]),
        ("np.exp(self.w)", ["unary np.exp(self.w)", "use self.w"]),
        ("params['W'] @ x", ["@ params['W'] @ x", "use params['W']", USE_X]),
        ("params['a']['b']", ["use params['a']['b']"]), ("x.T @ w", ["@ x.T @ w", USE_X, USE_W]),
        ("(lambda v=x: v)()", []),
        ("x += w; return x", [USE_W, USE_X]), ("y: z = w; return y", [USE_W, "use y"]),
        ("y = w; del x; return y", [USE_W, "use y"]),
        ("y: z; return w", [USE_W]), ("x[0] = w[0]; return x", [USE_W, USE_X]),
    ],
)  # fmt: skip
def test_sites_of_an_expression(text, right):
    assert [f"{s.kind} {s.name}" for s in of(text)[0]] == right


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("mine.act(x)", ["act"]), ("self.act(x)", ["act"]), ("x.sum()", ["sum"]), ("np.tanh(x)", []), ("act(x)", []),
        ("np.linalg.norm(x)", []), ("mine.act(x) + w", ["act"]), ("x.clip(w, w)", ["clip"]), ("np.add(x, w)", []),
        ("x.dot(w)", []), ("np.dot(x, w, out=None)", []), ("np.exp(x.mean()) + 0 * mine.act(x)", ["mean", "act"]),
    ],
)  # fmt: skip
def test_methods_that_may_be_written_in_python_are_looked_up(text, right):
    assert of(text)[1] == right


def test_words_of_sites():
    body = "y = x\n    if c:\n        z = (y,\n             w)\n    return y, z[1]"
    found = of(body, 2)[0]
    assert [(s.name, s.line, s.statement) for s in found] == [
        ("x", 11, "y = x"), ("y", 13, "z = (y, w)"), ("w", 14, "z = (y, w)"), ("y", 15, "return y, z[1]"),
        ("z", 15, "return y, z[1]"),
    ]  # fmt: skip
    assert {(s.file, s.function, s.depth) for s in found} == {("net.py", "f", 2)}
    for length, end in ((90, "x"), (91, "...")):
        name = "y" * (length - 4)
        (s, *_) = of(f"{name} = x; return w")[0]
        assert (len(s.statement), s.statement.endswith(end)) == (90, True)
        assert s.statement.startswith(name[:86])


def test_names_of_a_function():
    assert list(names_called(ast.parse("a(b, c.d)(a, lambda e: f)"))) == ["a", "b", "f", "c"]


def inner(x):
    return np.tanh(x) * 3


def two(x):
    return inner(x) + inner(2 * x)


def three(x):
    return two(x) - 1


def four(x):
    return three(x) * x


def five(x):
    return four(x)


def again(x, n=2):
    return x + other(x, n - 1)


def other(x, n):
    return again(x, n) if n > 0 else 0.5 * x


def reads(x):
    return x if x is not None else input(x)


def around(x):
    return reads(x) + inner(x)


def sites_of(function, filled=0):
    """The functions that the copy has sites in, with their depth; the copy; its switches."""
    switches = Switches()
    switches.sites = [None] * filled
    made = switches.copy_of(function)
    return sorted({(s.depth, s.function) for s in switches.sites[filled:]}), made, switches


def test_functions_that_are_called_are_copied_as_well():
    found, made, switches = sites_of(five)
    assert found == [(0, "five"), (1, "four"), (2, "three"), (3, "two")], "no deeper than three calls"
    np.testing.assert_allclose(made(X), five(X))
    assert switches.copy_of(five) is made
    assert [s.line - five.__code__.co_firstlineno for s in switches.sites if s.function == "five"] == [1, 1]
    assert sites_of(four)[0] == [(0, "four"), (1, "three"), (2, "two"), (3, "inner")]
    found, made, _ = sites_of(again)
    assert found == [(0, "again"), (1, "other")]
    np.testing.assert_allclose(made(X), 2.5 * X)
    found, made, _ = sites_of(around)
    assert found == [(0, "around"), (1, "inner")], "what asks somebody is not run in another form"
    np.testing.assert_allclose(made(X), around(X))


def test_functions_that_have_no_copy():
    assert sites_of(np.tanh)[1] is sites_of(np.linalg.norm)[1] is sites_of(reads)[1] is sites_of(len)[1] is None
    assert sites_of(np.isscalar)[1] is None, "NumPy's own, although it is written in Python"
    assert sites_of(inner, 400)[1] is not None
    assert sites_of(inner, 401)[1] is None
    assert Switches()._copy(inner, 3) is not None
    assert Switches()._copy(inner, 4) is None


def test_lambdas_are_rebuilt_around_their_functions():
    mine = types.ModuleType("mine")
    mine.inner = inner
    scale = 2.0
    of_globals, of_closure = (lambda x, k=3.0: inner(x) * k), (lambda x, *, k=5.0: mine.inner(x) * k * scale)
    for function, right in ((of_globals, 9), (of_closure, 30)):
        found, made, switches = sites_of(function)
        np.testing.assert_allclose(made(X), right * np.tanh(X))
        assert {s.function for s in switches.sites} == {"inner"}
        assert {s.depth for s in switches.sites} == {1}
        assert found in ([], [(1, "inner")]), "a module's are looked up when it runs"
    assert Switches()._rebuilt(of_globals, 1) is None
    assert sites_of(lambda x: reads(x))[1](4) == 4, "the function itself where it has no copy"


class Layer:
    scale = 2.0

    def plain(self, x):
        return self.scale * np.tanh(x)

    @staticmethod
    def static(x):
        return 3 * np.tanh(x)

    @classmethod
    def of_class(cls, x):
        return cls.scale * np.tanh(x) + 1


@pytest.mark.parametrize(
    ("owner", "name", "right"),
    [(Layer(), "plain", 2 * np.tanh(X)), (Layer(), "static", 3 * np.tanh(X)), (Layer(), "of_class", 2 * np.tanh(X) + 1),
     (types.ModuleType("mine"), "inner", 3 * np.tanh(X))],
)  # fmt: skip
def test_methods_with_switches(owner, name, right):
    if isinstance(owner, types.ModuleType):
        owner.inner = inner
    switches = Switches()
    found = switches.method(owner, name)(X)
    np.testing.assert_allclose(found, right)
    assert {(s.depth, s.function) for s in switches.sites} == {(1, name)}


def test_methods_without_switches():
    layer, switches = Layer(), Switches()
    layer.scale = 7.0
    np.testing.assert_allclose(switches.method(layer, "plain")(X), 7 * np.tanh(X))
    np.testing.assert_allclose(switches.method(layer, "of_class")(X), 2 * np.tanh(X) + 1, err_msg="of the class")
    layer.plain = inner
    assert switches.method(layer, "plain") is inner, "what the object has set itself"
    assert switches.method(np, "tanh") is np.tanh
    assert switches.method(X, "sum")() == X.sum()


def test_switches_of_a_copy_hold_what_they_recorded():
    switches = Switches()
    made = switches.copy_of(inner)
    subject = SimpleNamespace(evaluate=lambda values: made(values["x"]))
    assert not switches.recording
    np.testing.assert_array_equal(switches.record(subject, {"x": X}), inner(X))
    names = [f"{s.kind} {s.name}" for s in switches.sites]
    assert names == ["unary np.tanh(x) * 3", "unary np.tanh(x)", "use x"]
    for k in range(3):
        assert switches.passes(k) == 1
        np.testing.assert_array_equal(switches.evaluate(subject, Experiment((k,)), {"x": V}), inner(X))
    np.testing.assert_array_equal(switches.evaluate(subject, Experiment(()), {"x": V}), inner(V))
    twice = Experiment((1,), lambda f, u, out: 2 / np.cosh(u) ** 2)
    right = 3 * (np.tanh(X) + 2 / np.cosh(X) ** 2 * (V - X))
    np.testing.assert_allclose(switches.evaluate(subject, twice, {"x": V}), right)
    subject.evaluate = lambda values: 1 / 0
    for call in (lambda: switches.record(subject, {}), lambda: switches.evaluate(subject, twice, {})):
        with pytest.raises(ZeroDivisionError):
            call()
        assert (switches.recording, switches.experiment) == (False, Experiment(()))
    assert switches.passes(0) == 0, "a new recording"


def test_names_that_a_function_can_see():
    scale, np_ = 3.0, np

    def function(x, inner=0.5, k=2, word="w", flag=None):
        two = x
        return scale * np_.tanh(two) * three(x)

    seen = _visible(function)
    assert (seen["scale"], seen["np_"], seen["three"], seen["inner"], seen["k"]) == (3.0, np, three, 0.5, 2)
    assert not {"two", "word", "flag", "x"} & set(seen), "local variables, and defaults that are no numbers"


def test_numbers_that_can_be_held():
    for value, held in ((0.5, True), (np.float32(1), True), (X, True), (X.astype(np.float32), True), (3, False),
                        (True, False), (np.arange(3), False), (X > 0, False), (X + 1j, False), (None, False),
                        ("a", False)):  # fmt: skip
        assert _is_floating(value) is held
    assert _moved(3.5, 2.0) == 1.5
    assert _moved(np.array([True, False, True]), np.array([False, True, True])).tolist() == [1, -1, 0]
    switches = Switches(read=lambda v: 2 * v)
    assert (switches._kept(0.5), switches._kept(1)) == (1.0, None)
    kept = Switches()._kept(X)
    assert kept is not X
    assert kept.tolist() == X.tolist()
