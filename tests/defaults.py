"""What a caller gets of a package who leaves arguments out: tests hold it against what the pages say."""

import inspect
from types import ModuleType
from typing import Any


def defaults(package: ModuleType) -> dict[str, dict[str, Any]]:
    """Public function, class or method -> argument -> default, without those that are None."""
    found = {}
    for name, one in vars(package).items():
        if name.startswith("_") or not str(getattr(one, "__module__", "")).startswith(package.__name__):
            continue
        members = {name: one}
        if inspect.isclass(one):
            own = {key: getattr(value, "__func__", value) for key, value in vars(one).items() if key[0] != "_"}
            members |= {f"{name}.{key}": value for key, value in own.items() if inspect.isfunction(value)}
        for path, member in members.items():
            try:
                arguments = inspect.signature(member).parameters.values()
            except (TypeError, ValueError):
                continue
            given = {one.name: one.default for one in arguments if one.default not in (one.empty, None)}
            if given:
                found[path] = given
    return found
