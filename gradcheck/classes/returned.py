"""What a method returns, by the names that stand in its return statement: `return dx, dW` or `return grads`."""

import ast
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from ..subject.functions import tree_of, unpacked_from
from .signatures import plain

_PARAMS = re.compile(r"([\w.]+\.)?params")


def returned_names(member: Any) -> list[str]:
    """The names in the last return statement, '' for what has none; empty where there is no source or no return."""
    found = [n for n in ast.walk(tree_of(plain(member))) if isinstance(n, ast.Return) and n.value is not None]
    if not found:
        return []
    value = max(found, key=lambda n: n.lineno).value
    items = value.elts if isinstance(value, (ast.Tuple, ast.List)) else [value]
    return [_name(i) for i in items]


def _name(node: ast.expr | None) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return f"{_name(node.value)}.{node.slice.value!s}"
    return ""


def unpacked(member: Any) -> list[str]:
    """The names to which a method unpacks self.params: `W, b = self.params`."""
    return unpacked_from(tree_of(plain(member)), _PARAMS.fullmatch)


def by_path(returned: Any, names: list[str]) -> dict[str, Any]:
    """path -> array of what was returned, the paths beginning with the names that the source gives them."""
    if isinstance(returned, (tuple, list)) and len(returned) == len(names) != 1:
        pairs = list(zip(names, returned, strict=True))
    else:
        pairs = [(names[0] if len(names) == 1 else "", returned)]
    found: dict[str, Any] = {}
    for k, (name, value) in enumerate(pairs):
        _flatten(value, name or (f"#{k}" if len(pairs) > 1 else ""), found)
    return found


def _flatten(value: Any, path: str, found: dict[str, Any]) -> None:
    if isinstance(value, Mapping):
        for key, child in value.items():
            _flatten(child, f"{path}.{key}" if path else str(key), found)
    elif isinstance(value, (tuple, list)) and any(isinstance(v, (np.ndarray, tuple, list, Mapping)) for v in value):
        for k, child in enumerate(value):
            _flatten(child, f"{path}.{k}" if path else f"#{k}", found)
    elif isinstance(value, np.ndarray) and value.dtype.kind == "O":
        _flatten(list(value), path, found)
    else:
        found[path] = value
