"""The result files of recipes: one small JSON per recipe and variant, with its settings and one entry per seed."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from base.atomic import atomic_write
from base.files import json_text
from base.printable import brief

from ..experiment import recipe_file
from ..experiment.settings import TrainSettings

NOT_THE_RUN = ("seed", "threads", "recipe", "reference")  # what may change without making it another row


class Row(NamedTuple):
    """One row of the results page: a recipe, or one variant of it."""

    name: str
    variant: str | None
    path: Path
    settings: TrainSettings

    @property
    def label(self) -> str:
        """`name` or `name/variant`."""
        return self.name if self.variant is None else f"{self.name}/{self.variant}"

    @property
    def seeds(self) -> int:
        """How many seeds the recipe asks for."""
        return int(self.settings.recipe.get("seeds", 1))

    @property
    def command(self) -> str:
        """What repeats the row's first seed."""
        variant = "" if self.variant is None else f" --variant {self.variant}"
        return f"layergraph train recipes/{self.path.name}{variant}"


SHIPPED = Path(__file__).parent / "shipped"  # where the wheel puts recipes/


def folder(given: Path | None = None) -> Path:
    """The folder of recipes: the one given, ./recipes, or those that came with us. ValueError where none is.

    Ours lie beside the packages in a clone, and in `SHIPPED` where a wheel was installed.
    """
    places = [given] if given is not None else [Path("recipes"), Path(__file__).parents[2] / "recipes", SHIPPED]
    for place in places:
        if any(place.glob("*.toml")):
            return place
    raise ValueError(f"no recipes (*.toml) in {', '.join(map(str, places))}; name their folder with --folder")


def rows(place: Path, names: list[str] | None = None, *, smoke: bool = False) -> list[Row]:
    """All rows of the recipes in `place`, or of those named (`name` or `name/variant`), in the order of their names."""
    found: list[Row] = []
    for path in sorted(place.glob("*.toml")):
        for variant in recipe_file.variants(path) or (None,):
            values = recipe_file.read(path, variant, smoke=smoke)
            found.append(Row(path.stem, variant, path, TrainSettings.checked(values, path)))
    found.sort(key=lambda row: row.settings.recipe.get("order", 99))
    if not names:
        return found
    for name in names:
        if not any(name in (row.name, row.label) for row in found):
            known = ", ".join(dict.fromkeys(row.name for row in found))
            raise ValueError(f"there is no recipe {name!r}. There are: {known}")
    return [row for row in found if row.name in names or row.label in names]


def result_path(row: Row) -> Path:
    """Where the row's results lie: results/recipes/ of this repository, or results/ within a folder of your own.

    Of recipes that were installed with us: results/recipes/ in the working folder.
    """
    place = row.path.resolve().parent
    if place == SHIPPED.resolve():  # an installed package is not written into
        return Path("results") / "recipes" / (row.label.replace("/", "-") + ".json")
    kept = place.parent / "results" / "recipes"
    inside = kept if place.name == "recipes" and kept.is_dir() else place / "results"
    return inside / (row.label.replace("/", "-") + ".json")


def read(row: Row) -> list[dict[str, Any]]:
    """The runs of a row, by seed; empty where none has finished. ValueError where they had other settings."""
    path = result_path(row)
    if not path.exists():
        return []
    held = _held(path)
    if held["settings"] != identity(row.settings.as_dict()):
        changed = sorted(_changes(held["settings"], identity(row.settings.as_dict())))
        raise ValueError(f"{path} has other settings ({', '.join(changed)}): delete it, or restore the recipe")
    return sorted(held["runs"], key=lambda run: run["seed"])


def add(row: Row, run: Mapping[str, Any]) -> None:
    """Add one run to the row's file; the old file stays until the new one is whole."""
    runs = [held for held in read(row) if held["seed"] != run["seed"]] + [dict(run)]
    path = result_path(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    runs.sort(key=lambda held: held["seed"])
    head = {"recipe": row.name, "variant": row.variant, "settings": identity(row.settings.as_dict())}
    text = _sealed(head | {"runs": runs})
    atomic_write(path, lambda stream: stream.write(text.encode()))


def _held(path: Path) -> dict[str, Any]:
    """What a file of results holds; ValueError where it is not as it was written. Older files have no seal."""
    try:
        text = path.read_text(encoding="utf-8")
        content = json_text.loads(text)
        whole = content.pop(json_text.SEAL, None) is None or _sealed(content) == text
        if whole and {"settings", "runs"} <= set(content) <= {"recipe", "variant", "settings", "runs"}:
            return dict(content)
        reason = "its SHA-256 does not fit" if not whole else f"it holds {', '.join(content)}"
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        reason = str(error)
    raise ValueError(f"{path} is damaged: {brief(reason)}. Take it from version control, or delete it and run again")


def _sealed(content: Mapping[str, Any]) -> str:
    """The text of a file: the seal is of the text without it."""
    head = json.dumps({key: value for key, value in content.items() if key != "runs"})
    lines = ",\n".join(json.dumps(run, allow_nan=False) for run in content["runs"])  # a new seed is one line
    text = f'{head[:-1]}, "runs": [\n{lines}\n]'
    return f'{text}, "{json_text.SEAL}": "{hashlib.sha256(text.encode()).hexdigest()}"}}\n'


def identity(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings that make the run what it is, as JSON would return them; defaults are left out."""
    usual = vars(TrainSettings(rule=settings["rule"]))
    kept = {key: settings[key] for key in settings if key not in NOT_THE_RUN and settings[key] != usual.get(key)}
    plain: dict[str, Any] = json.loads(json.dumps(kept))
    return plain


def _changes(one: Mapping[str, Any], other: Mapping[str, Any]) -> set[str]:
    return {key for key in {*one, *other} if one.get(key) != other.get(key)}
