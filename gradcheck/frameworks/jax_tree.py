"""Arguments of a JAX function, which may be trees of arrays, as a flat list of named leaves and back again."""

from collections.abc import Sequence
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

FLOAT0 = jax.dtypes.float0


def to_numpy(leaf: Any) -> Any:
    """A writeable array for what JAX computes with; keys of its random numbers and Python's values as they are."""
    if isinstance(leaf, jax.Array) and not jnp.issubdtype(leaf.dtype, jax.dtypes.prng_key):
        key = leaf.dtype == jnp.uint32 and leaf.shape[-1:] == (2,)  # jax.random.PRNGKey
        if key:
            return leaf
        array = np.array(leaf)
        return array.astype(np.float32) if array.dtype == jnp.bfloat16 else array
    return leaf


def to_jax(leaf: Any) -> Any:
    """The array as JAX's; everything else as it is."""
    return jnp.asarray(leaf) if isinstance(leaf, np.ndarray) else leaf


def is_array(value: Any) -> bool:
    """Whether the value is an array whose elements have a derivative or an index."""
    return isinstance(value, np.ndarray) and value.dtype.kind in "fiub"


class Arguments:
    """The names and trees of a function's arguments."""

    def __init__(self, names: Sequence[str], arguments: Sequence[Any]):
        self.names = tuple(names)
        self.trees: list[Any] = []
        self.leaf_names: list[str] = []
        self.owner: list[int] = []  # the argument to which a leaf belongs
        for k, (name, argument) in enumerate(zip(names, arguments, strict=True)):
            paths, tree = jax.tree_util.tree_flatten_with_path(argument)
            self.trees.append(tree)
            self.leaf_names += [".".join([name, *words_of(path)]) for path, _ in paths]
            self.owner += [k] * len(paths)

    def leaves(self, arguments: Sequence[Any]) -> tuple[Any, ...]:
        """The leaves of all arguments in order. ValueError where a draw has another structure than the first one."""
        found = []
        for name, argument, tree in zip(self.names, arguments, self.trees, strict=True):
            leaves, mine = jax.tree_util.tree_flatten(argument)
            if mine != tree:
                raise ValueError(f"{name} has the structure {mine}; the first draw had {tree}")
            found += [to_numpy(leaf) for leaf in leaves]
        return tuple(found)

    def build(self, leaves: Sequence[Any]) -> list[Any]:
        """The arguments with these leaves, converted to JAX's arrays."""
        made, queue = [], [to_jax(leaf) for leaf in leaves]
        for tree in self.trees:
            count = tree.num_leaves
            made.append(jax.tree_util.tree_unflatten(tree, queue[:count]))
            queue = queue[count:]
        return made

    def leaf_names_of(self, k: int) -> list[str]:
        """The names of the leaves of argument k."""
        return [name for name, owner in zip(self.leaf_names, self.owner, strict=True) if owner == k]


def words_of(path: tuple[Any, ...]) -> list[str]:
    """The keys, indices and attributes along the path to a leaf."""
    return [str(getattr(p, "key", getattr(p, "idx", getattr(p, "name", p)))) for p in path]


def outputs_of(tree: Any) -> tuple[list[Any], list[bool], Any]:
    """(leaves, which of them are differentiated, structure) of what a function returned."""
    leaves, structure = jax.tree_util.tree_flatten(tree)
    return leaves, [jnp.issubdtype(jnp.result_type(leaf), jnp.floating) for leaf in leaves], structure


def cotangents(leaves: Sequence[Any], used: Sequence[bool], structure: Any, douts: Sequence[Any]) -> Any:
    """The upstream gradients in the structure of the outputs; those without a derivative get JAX's float0."""
    queue, made = list(douts), []
    for leaf, differentiated in zip(leaves, used, strict=True):
        shape, dtype = np.shape(leaf), jnp.result_type(leaf)
        made.append(jnp.asarray(queue.pop(0), dtype) if differentiated else np.zeros(shape, FLOAT0))
    return jax.tree_util.tree_unflatten(structure, made)
