"""The settings that name code of the user's own: where it lies, and the hashes of its source, kept with the run."""

from collections.abc import Mapping, Sequence

from base.user_code import UserCodeError, is_reference, source

from .recipe_file import CODE
from .settings import TrainSettings

OF_A_MODEL = ("model", "activation", "output", "loss", "init")


def references(settings: TrainSettings, keys: Sequence[str] = CODE) -> list[str]:
    """What the settings name in files or modules of the user's own."""
    named = [getattr(settings, key) for key in keys]
    return [name for name in named if is_reference(name) and not name.startswith(("mlp:", "conv:"))]


def sources(settings: TrainSettings) -> dict[str, str]:
    """Reference -> SHA-256 of its source, what it imports from its folder included."""
    return {name: source(name).sha256 for name in references(settings)}


def refuse_changed(before: Mapping[str, str], names: list[str], what: str) -> None:
    """UserCodeError where the source of one of `names` is no longer the one whose hash `before` holds, or not there."""
    for name in names:
        if name not in before:
            continue
        try:
            now = source(name).sha256
        except UserCodeError as error:
            raise UserCodeError(f"{what} needs {name}: {error}. Give the command where that lies") from None
        if now != before[name]:
            raise UserCodeError(
                f"{what}: the source of {name} has changed since (it was {before[name][:8]}, it is {now[:8]} now)."
                " Put it back, or start another run"
            )


def lines(settings: TrainSettings) -> list[str]:
    """One line where the run uses code of the user's own."""
    named = [f"{name} (sha256 {digest[:8]})" for name, digest in sources(settings).items()]
    return [f"code    {', '.join(named)}"] if named else []
