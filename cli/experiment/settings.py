"""The settings of a training run: defaults, then a TOML file, then flags; one name for each in all three places."""

import argparse
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from base.files.toml_text import to_toml

from . import recipe_file

# tables of a TOML file; all other keys are plain
TABLES = ("settings", "loss_settings", "schedule_settings", "distort", "recipe", "reference")
ENGINES = ("auto", "numpy", "compiled")
CODINGS = ("labels", "binary", "value")
# what the configs of runs of before did not know
LATER = {"verify": True, "prepare": False, "layer_norm": False, "watch_layers": False}
GRADIENTS = ("backprop", "numeric")


@dataclass
class TrainSettings:
    """What `layergraph train` needs to know; the field names are the flags and the TOML keys."""

    data: str = "mnist"
    val: int | None = None  # 0: train on all rows; the first thousand of them are then watched
    test: int | None = None  # of data of one's own without test rows
    limit: int | None = None
    label: str | None = None  # the column of a table; the file of labels beside an X.npy
    drop: str | None = None  # columns of a table to leave out, parted by commas
    prepare: bool = False  # each picture of a folder is made into an image as MNIST's are
    verify: bool = True  # false: files that are not MNIST's to the last bit are taken as well
    coding: str = "labels"
    label_smoothing: float = 0.0
    scale: str = "unit"
    standardise: bool = False
    model: str = "mlp:100"
    activation: str = "relu"
    output: str | None = None
    loss: str = "softmax"
    init: str = "he"
    bias_init: str = "zero"
    use_bias: bool = True
    batch_norm: bool = False
    layer_norm: bool = False
    dropout: float = 0.0
    input_dropout: float = 0.0
    noise: float = 0.0
    reg: float = 0.0
    l1: float = 0.0
    gradient: str = "backprop"
    numeric_h: float = 1e-4
    rule: str = "sgd_momentum"
    schedule: str | None = None
    lr_decay: float = 1.0
    batch: int = 100
    full_batch: bool = False
    epochs: int = 10
    steps: int | None = None  # the run ends there, if its epochs have not ended before
    sampling: str = "with_replacement"
    clip: float | None = None
    max_norm: float | None = None
    average: float | None = None
    patience: int | None = None
    target: float | None = None
    max_seconds: float | None = None
    test_every: int = 0  # epochs between lines "Epoch j: correct / n_test"
    loss_every: int = 0  # steps between lines with the loss after the update
    watch_layers: bool = False  # keep what weights, gradients and activations of each layer do
    seed: int = 0
    dtype: str = "float32"
    engine: str = "auto"
    threads: int = 1
    settings: dict[str, Any] = field(default_factory=dict)  # of the rule
    loss_settings: dict[str, Any] = field(default_factory=dict)
    schedule_settings: dict[str, Any] = field(default_factory=dict)
    distort: dict[str, Any] = field(default_factory=dict)  # settings of mnist.Distortion
    recipe: dict[str, Any] = field(default_factory=dict)  # title, system, seeds: for the results page
    reference: dict[str, Any] = field(default_factory=dict)  # text, source, note: the published figure

    def __post_init__(self) -> None:
        if self.rule == "sgd_momentum":
            self.settings = {"learning_rate": 0.1, "momentum": 0.9} | self.settings
        self._among("coding", CODINGS)
        self._among("gradient", GRADIENTS)
        self._among("engine", ENGINES)
        if not 0 <= self.label_smoothing < 1:
            raise ValueError(f"label_smoothing is {self.label_smoothing!r}; expected a share, 0 or more and below 1")

    @classmethod
    def checked(cls, values: Mapping[str, Any], path: Any) -> "TrainSettings":
        """The settings in `values`, read from `path`. ValueError for an unknown key or a value of another type."""
        _check_keys(values, path)
        return cls(**{key: _typed(key, value) for key, value in values.items()})

    def _among(self, name: str, known: tuple[str, ...]) -> None:
        if getattr(self, name) not in known:
            raise ValueError(f"{name} is {getattr(self, name)!r}; expected {' or '.join(map(repr, known))}")

    def as_dict(self) -> dict[str, Any]:
        """Plain values, without what is not set."""
        values = {key: value for key, value in asdict(self).items() if value not in (None, {})}
        for key, usual in LATER.items():
            if values[key] is usual:
                del values[key]
        return values

    def to_toml(self) -> str:
        """A TOML file that repeats this run: `layergraph train config.toml`."""
        return to_toml(self.as_dict())


def gather(args: argparse.Namespace) -> TrainSettings:
    """Settings from the TOML file (args.config), the flags, and --set NAME=VALUE, each over the one before.

    Raises ValueError for a key or value that does not fit, with the nearest known name.
    """
    known = {f.name for f in fields(TrainSettings)}
    variant, smoke = getattr(args, "variant", None), getattr(args, "smoke", False)
    if not args.config and (variant or smoke):
        raise ValueError(f"{'--variant' if variant else '--smoke'} needs a recipe: layergraph train recipes/NAME.toml")
    values = recipe_file.read(args.config, variant, smoke=smoke) if args.config else {}
    _check_keys(values, args.config)
    values |= {key: value for key, value in vars(args).items() if key in known and value is not None}
    for text in args.set or ():
        name, equals, value = text.partition("=")
        if not equals:
            raise ValueError(f"--set {text!r}: expected NAME=VALUE, as in --set learning_rate=0.01")
        if name in known and name not in TABLES:
            values[name] = _value(value)
        else:
            values["settings"] = {**values.get("settings", {}), name: _value(value)}
    return TrainSettings(**{key: _typed(key, value) for key, value in values.items()})


def _check_keys(values: Mapping[str, Any], path: Any) -> None:
    known = {f.name for f in fields(TrainSettings)}
    for key in values:
        if key not in known:
            raise ValueError(f"{path} has an unknown key {key!r}.{_near(key, known)}")


def _typed(key: str, value: Any) -> Any:
    """The value as the field's type; whole numbers are welcome where a fraction may stand."""
    annotation = {f.name: f.type for f in fields(TrainSettings)}[key]
    base = str(annotation).removesuffix(" | None")
    if isinstance(annotation, type):
        base = annotation.__name__
    wanted = {"int": int, "float": float, "str": str, "bool": bool}.get(base.partition("[")[0], dict)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise ValueError(f"{key} is {value!r}; expected {wanted.__name__}")
    return value


def _value(text: str) -> Any:
    """A value as TOML reads it; what is none is a string."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def _near(key: str, known: set[str]) -> str:
    from base.words import did_you_mean  # NumPy's: not before the number of threads is set

    return did_you_mean(key, known) or f" Known: {', '.join(sorted(known))}."
