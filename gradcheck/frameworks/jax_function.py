"""A `jax.custom_vjp` as a subject: the function is the truth, fwd and bwd are called as JAX calls them.

Everything runs with 64 bits. The function itself is compiled (its values are needed hundreds of times); fwd and bwd
are not, so that what they raise keeps its line.
"""

import ast
from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from base.arrays import Array

from ..subject.border import call
from ..subject.functions import tree_of, unpacked_from
from ..subject.gradients import MISSING
from ..subject.subject import Subject, Values
from .jax_tree import Arguments, cotangents, is_array, outputs_of, to_jax, to_numpy, words_of

Function = Callable[..., Any]
STRUCTURE = "(structure)"


class JaxSubject(Subject):
    """What custom_vjp, custom_jvp and plain functions share: arguments as trees, 64 bits, and a compiled forward."""

    dialect = "jax"
    makes_outputs = "plain"
    swapped = False  # whether another rule stands in the place of the user's

    def __init__(self, function: Any, plain: Function, arguments: Arguments, wrt: Sequence[str] | None, roots: Any):
        super().__init__(getattr(function, "__name__", "function"), arguments.leaf_names, wrt, roots)
        self.function, self.plain, self.arguments = function, plain, arguments
        self._compiled: Any = None
        self._held: list[Any] = []
        self.last: Any = None

    def outputs(self, result: Any) -> list[Array]:
        """The differentiated leaves of what the function returned."""
        leaves, used, _ = outputs_of(result)
        outs = [to_numpy(leaf) for leaf, is_used in zip(leaves, used, strict=True) if is_used]
        if not outs:
            got = ", ".join(str(jax.numpy.result_type(leaf)) for leaf in leaves) or "nothing"
            raise TypeError(f"{self.label} returns no array of floats to differentiate (it returns {got})")
        return [np.asarray(o) for o in outs]

    def outputs_at(self, values: Values) -> list[Array]:
        """The outputs of the function itself."""
        with jax.enable_x64(True):
            return self.outputs(self._value(list(values.values())))

    def _value(self, leaves: list[Any]) -> Any:
        """The function's value: compiled where that can be, with what is no array held fast."""
        held = [leaf for leaf in leaves if not is_array(leaf)]
        if self._compiled is None or (self._compiled is not False and not _identical(held, self._held)):
            self._held, self._compiled = held, self._compile(leaves)
        arrays = [leaf for leaf in leaves if is_array(leaf)]
        if self._compiled is not False:
            try:
                return self._compiled(*arrays)
            except Exception:  # it looks at values, or leaves JAX: such a function runs as it is
                self._compiled = False
        return call(self.plain, *self.arguments.build(leaves))

    def _compile(self, leaves: list[Any]) -> Any:
        fixed = [None if is_array(leaf) else leaf for leaf in leaves]
        places = [k for k, leaf in enumerate(leaves) if is_array(leaf)]

        def run(*arrays: Any) -> Any:
            filled = list(fixed)
            for k, array in zip(places, arrays, strict=True):
                filled[k] = array
            return self.plain(*self.arguments.build(filled))

        return jax.jit(run)

    def gradients(self, raw: Any, values: Values) -> dict[str, Any]:
        """Argument by argument, and leaf by leaf where an argument is a tree."""
        items = list(raw) if isinstance(raw, (tuple, list)) else [raw]
        found: dict[str, Any] = {}
        for position, k in enumerate(self.differentiable()):
            names = self.arguments.leaf_names_of(k)
            item = items[position] if position < len(items) else MISSING
            leaves = [item] if item is MISSING or item is None else jax.tree_util.tree_leaves(item)
            if len(names) != len(leaves):
                leaves = [None if item is None else MISSING] * len(names)
            found.update(zip(names, leaves, strict=True))
        return {n: _gradient(found.get(n, MISSING)) for n in self.targets(values)}

    def targets(self, values: Values) -> list[str]:
        """The float leaves of the arguments that have a derivative."""
        able = {name for k in self.differentiable() for name in self.arguments.leaf_names_of(k)}
        return [n for n in super().targets(values) if n in able]

    def differentiable(self) -> list[int]:
        """The positions of the arguments that are not excluded by nondiff_argnums."""
        excluded = getattr(self.function, "nondiff_argnums", ())
        return [k for k in range(len(self.arguments.names)) if k not in excluded]

    def split(self, arguments: list[Any]) -> tuple[list[Any], list[Any]]:
        """(those without a derivative, the others)."""
        able = self.differentiable()
        return [a for k, a in enumerate(arguments) if k not in able], [arguments[k] for k in able]

    def swap_forward(self, function: Function | None) -> Any:
        """Exchange the function itself."""
        if function is not None:  # one with switches remembers: it cannot be compiled
            self._compiled = None if function is self.function.fun else False
        return super().swap_forward(function)

    def read(self, value: Any) -> Any:
        """An array of JAX as one of NumPy."""
        return to_numpy(value)

    def write(self, value: Any) -> Any:
        """The reverse."""
        return to_jax(value)


class VjpSubject(JaxSubject):
    """A custom_vjp: `out, residuals = fwd(*args)`, `gradients = bwd(residuals, g)`."""

    makes_gradients = "_bwd"

    def __init__(self, function: Any, arguments: Arguments, wrt: Sequence[str] | None):
        self._fwd, self._bwd = function.fwd, function.bwd
        self._residuals = residual_names(self._bwd, self._fwd, len(getattr(function, "nondiff_argnums", ())))
        super().__init__(function, function.fun, arguments, wrt, (function.fun, function.fwd, function.bwd))

    def forward(self, values: Values) -> tuple[list[Array], Any]:
        """The outputs that fwd returns, and its residuals by their names."""
        with jax.enable_x64(True):
            result = call(self._fwd, *self.arguments.build(list(values.values())))
            if not isinstance(result, (tuple, list)) or len(result) != 2:
                what = f"{len(result)} values" if isinstance(result, (tuple, list)) else type(result).__name__
                raise TypeError(f"fwd returns {what}; expected the output and the residuals: return out, (x, w)")
            outs = self.outputs(result[0])
            cache, keys, tree = name_leaves(result[1], self._residuals)
            cache[STRUCTURE] = (keys, tree, outputs_of(result[0]))
        return outs, cache

    def backward(self, douts: list[Array], cache: Any, values: Values) -> Any:
        """What bwd returns."""
        keys, tree, (leaves, used, structure) = cache[STRUCTURE]
        with jax.enable_x64(True):
            residuals = jax.tree_util.tree_unflatten(tree, [to_jax(cache[key]) for key in keys])
            fixed, _ = self.split(self.arguments.build(list(values.values())))
            self.last = raw = call(self._bwd, *fixed, residuals, cotangents(leaves, used, structure, douts))
        return raw

    @property
    def swapped(self) -> bool:  # type: ignore[override]
        """Whether another bwd stands in the place of the custom_vjp's, which stays as it is."""
        return self._bwd is not self.function.bwd


def name_leaves(residuals: Any, names: Sequence[str]) -> tuple[dict[str, Any], list[str], Any]:
    """(name -> array, the names in order, structure) of residuals."""
    paths, tree = jax.tree_util.tree_flatten_with_path(residuals)
    top = isinstance(residuals, (tuple, list)) and len(residuals) == len(names)
    cache: dict[str, Any] = {}
    for path, leaf in paths:
        words = words_of(path)
        if top:
            words[0] = names[int(words[0])]
        elif len(names) == 1:
            words = [names[0], *words]
        key = ".".join(words) or "residual"
        cache[key if key not in cache else f"{key} ({len(cache)})"] = to_numpy(leaf)
    return cache, list(cache), tree


def residual_names(bwd: Function, fwd: Function, skipped: int) -> list[str]:
    """The names under which bwd unpacks the residuals (`x, w = res`), else those with which fwd returns them."""
    try:
        tree: Any = tree_of(bwd)
        parameter = tree.body[0].args.args[skipped].arg
        if names := unpacked_from(tree, lambda text: text == parameter, alone=True):
            return names
        last = [n.value for n in ast.walk(tree_of(fwd)) if isinstance(n, ast.Return)][-1]
        second = last.elts[1] if isinstance(last, ast.Tuple) and len(last.elts) == 2 else None
        return [ast.unparse(p) for p in second.elts] if isinstance(second, ast.Tuple) else []
    except (IndexError, AttributeError):
        return []


def _gradient(value: Any) -> Any:
    if value is MISSING or value is None:
        return value
    array = to_numpy(value)
    array = np.asarray(array) if not isinstance(array, np.ndarray) else array
    return array if array.dtype.kind in "fiubc" else None


def _identical(a: list[Any], b: list[Any]) -> bool:
    return len(a) == len(b) and all(map(_alike, a, b))


def _alike(a: Any, b: Any) -> bool:
    """The same object, number or word, or an equal key of random numbers: copies of arguments are copies of keys."""
    if a is b or (isinstance(a, (int, float, str)) and a == b):
        return True
    if not isinstance(a, jax.Array) or not isinstance(b, jax.Array) or a.dtype != b.dtype:
        return False
    a, b = (jax.random.key_data(k) if jnp.issubdtype(k.dtype, jax.dtypes.prng_key) else k for k in (a, b))
    return np.array_equal(np.asarray(a), np.asarray(b))
