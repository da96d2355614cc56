"""What installed packages bring: entry points of the groups `layergraph.rules`, `layergraph.layers`, `.problems`.

They are looked at only where a name is not among ours, and loaded only where it is theirs.
"""

from typing import TYPE_CHECKING, Any

from .user_code import UserCodeError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint


def names(group: str) -> list[str]:
    """The names that packages offer in `layergraph.GROUP`, sorted."""
    from importlib.metadata import entry_points  # some hundredths of a second, which most runs can do without

    return sorted({point.name for point in entry_points(group=f"layergraph.{group}")})


def find(group: str, name: str) -> "EntryPoint | None":
    """The entry point of that name, or None; UserCodeError where two packages offer it."""
    from importlib.metadata import entry_points

    found = {point.value: point for point in entry_points(group=f"layergraph.{group}", name=name)}
    if len(found) > 1:
        raise UserCodeError(f"{name!r} is offered by several packages ({', '.join(found)}): name one of these instead")
    return next(iter(found.values()), None)


def load(point: "EntryPoint") -> Any:
    """The object behind an entry point; UserCodeError where its package cannot be loaded."""
    try:
        return point.load()
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        package = f" of {point.dist.name}" if point.dist is not None else ""
        raise UserCodeError(
            f"{point.name!r} is {point.value}{package}, which cannot be loaded: {type(error).__name__}: {error}"
        ) from None
