"""The reference of a problem's target as a solver beside the others: its settings stand in the problem's file.

It tells what tuning was worth. Its reporting runs have the seeds of the others, in every study.
"""

from collections.abc import Mapping
from typing import Any

from .problem import Problem
from .spaces import Space, load_space

KEYS = {"solver", "rule", "method", "code", "settings"}


def untuned(problem: Problem) -> Space | None:
    """The reference with its settings, called `SOLVER-untuned`; None where the problem names no reference."""
    found = reference(problem)
    if found is None:
        return None
    space = load_space(found[0])
    return space._replace(solver=f"{space.solver}-untuned", trials=None, contains=(), ranges={}, fixed=found[1])


def reference(problem: Problem) -> tuple[str, dict[str, Any]] | None:
    """(solver, settings) of the target's reference; None where there is none, ValueError where it is no such table."""
    named = problem.target.get("reference")
    if named is None:
        return None
    if not isinstance(named.get("solver"), str) or not isinstance(named.get("settings"), Mapping):
        raise ValueError(
            f"problem {problem.name}: target.reference is {named!r}; expected {{solver = ..., settings = {{...}}}}"
        )
    return named["solver"], dict(named["settings"])


def as_dict(space: Space) -> dict[str, Any]:
    """Plain values for the manifest."""
    head = {"solver": space.solver, "rule": space.rule, "method": space.method, "code": space.code}
    return {key: value for key, value in head.items() if value is not None} | {"settings": dict(space.fixed or {})}


def from_dict(content: Mapping[str, Any]) -> Space:
    """The space from those values; ValueError for others."""
    if strangers := set(content) - KEYS:
        raise ValueError(f"an untuned solver has unknown keys {sorted(strangers)}")
    rule, method = content.get("rule"), content.get("method")
    if (rule is None) == (method is None) or not isinstance(content["settings"], Mapping):
        raise ValueError(f"untuned solver {content['solver']!r} needs settings, and either a rule or a method")
    fixed = dict(content["settings"])
    return Space(content["solver"], rule, method, None, (), {}, content.get("code"), fixed=fixed)
