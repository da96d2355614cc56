"""Writes the loss of a compiled step, row by row, and the gradient of the scores."""

from collections.abc import Callable, Mapping

from layers.scalars import Rows

from .options import Model, Options
from .scalars import definition
from .text import Number, Text


def row_of(model: Model, options: Options) -> Callable[..., float] | None:
    """The loss of one row, of such targets."""
    rows = model.loss.scalar
    if not isinstance(rows, Rows):
        return None
    return rows.labels if options.labels else rows.targets


def write_loss(text: Text, model: Model, options: Options, width: Mapping[str, str], seen: bool) -> None:
    """The loop over the rows of scores; seen: whether the size of their gradient is looked at."""
    rows, last = model.loss.scalar, model.nodes[-1].name
    function = row_of(model, options)
    if function is None or not isinstance(rows, Rows):  # `reason_against` has seen to it
        raise TypeError(f"{model.loss.name} has no scalar form")
    scores, d = text.value(last), text.gradient(last)
    settings = list(rows.numbers(**model.loss_settings))
    name = text.define(f"{model.loss.name}_row", lambda name: definition(function, name, settings))
    text.arrays[d] = width[last]
    numbers = [text.constant(f"{setting} of the loss", _setting(model, rows, setting)) for setting in settings]
    text(f"# {model.loss.name}")
    averaged = rows.averaged(model.loss_settings)
    text("share = T(1) / T(whole)" if averaged else "share = T(size) / T(whole)")
    text("total = 0.0")
    with text.block("for n in range(size):"):
        text("label = y[rows[first + n]]")
        if options.labels:
            with text.block(f"if label < 0 or label >= {width[last]}:"):
                text("return -1 - t")
        text(f"total += {name}({', '.join([f'{scores}[n]', 'label', f'{d}[n]', *numbers])})")
        with text.block(f"for c in range({width[last]}):"):
            text(f"{d}[n, c] *= share")
            if seen:
                text(f"small &= abs({d}[n, c]) <= SMALL")
    text("loss += total / whole" if averaged else "loss += total * size / whole")


def _setting(model: Model, rows: Rows, name: str) -> Number:
    """Where the present value of a setting of the loss is found."""
    return lambda: rows.numbers(**model.loss_settings)[name]
