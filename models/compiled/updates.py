"""Writes what follows on the gradient in a compiled step: penalties, clipping, the update rule, averages."""

from collections.abc import Mapping

from base.arrays import Array

from .options import Options, Update
from .scalars import definition
from .text import Number, Text


class Updates:
    """Writes the parts; `numbers` are those of the run by name, `columns` those that differ from step to step."""

    def __init__(self, text: Text, update: Update, options: Options, numbers: Mapping[str, Number]):
        self.text, self.update, self.options, self.numbers = text, update, options, numbers
        self.columns = [*update.numbers, *(["flush"] if update.slots else []), *(["rate"] if options.average else [])]

    def penalties(self, reg: bool, l1: bool) -> None:
        """Those that the model has, added to loss and gradient."""
        text = self.text
        for present, name, value, slope in (
            (reg, "reg", "0.5 * {} * squares(w[:decaying])", "w[i]"),
            (l1, "l1", "{} * absolutes(w[:decaying])", "T(np.sign(w[i]))"),
        ):
            if present:
                number = text.constant(name, self.numbers[name])
                text(f"# penalty {name}")
                text(f"loss += {value.format(number)}")
                with text.block("for i in range(decaying):"):
                    text(f"g[i] += T({number}) * {slope}")

    def write(self, params: Mapping[str, Array]) -> None:
        """The update of all weights, and of the averages of them."""
        text, update, options = self.text, self.update, self.options
        text(f"# update: {update.name}")
        if options.clip_norm:
            limit = text.constant("clip_norm", self.numbers["clip_norm"])
            text("scale, norm = T(1), math.sqrt(squares(g))")
            with text.block(f"if norm > {limit}:"):
                text(f"scale = T({limit} / norm)")
        for column, number in enumerate(update.numbers):
            text(f"{text.name('rule_', number)} = numbers[t, {column}]")
        text("good = True")
        decays = "weight_decay" in update.numbers
        for start, stop, decay in (("0", "decaying", True), ("decaying", "len(w)", False)) if decays else (
            ("0", "len(w)", True),
        ):  # fmt: skip
            with text.block(f"for i in range({start}, {stop}):"):
                self._element(decay)
        if options.max_norm:
            limit = text.constant("max_norm", self.numbers["max_norm"])
            for name, array in params.items():
                if array.ndim == 2:
                    norms = text.name("norms_", name)
                    text.scratch[norms] = f"{text.parameter(name)}.shape[1]"
                    text(f"limit_columns({text.parameter(name)}, {norms}, {limit})")
        if update.slots:
            with text.block(f"if numbers[t, {self.columns.index('flush')}] > 0:"):
                for slot in update.slots:
                    text(f"flush({text.name('state_', slot)}, LEAST)")
        if options.average:
            text(f"move_average(average, w, numbers[t, {self.columns.index('rate')}])")

    def _element(self, decay: bool) -> None:
        """The rule for one weight."""
        text, update, options = self.text, self.update, self.options
        gradient = "g[i]"
        if options.clip_norm or options.clip_value:
            text("d = g[i] * scale" if options.clip_norm else "d = g[i]")
            gradient = "d"
        if options.clip_value:
            limit = text.constant("clip_value", self.numbers["clip_value"])
            text(f"d = min(max(d, T(-{limit})), T({limit}))")
        name = text.define(f"{update.name}_element", lambda name: definition(update.function, name, update.numbers))
        state = [f"{text.name('state_', slot)}[i]" for slot in update.slots]
        numbers = [
            text.name("rule_", number) if decay or number != "weight_decay" else "0.0" for number in update.numbers
        ]
        text(f"{', '.join(['w[i]', *state])} = {name}({', '.join(['w[i]', gradient, *state, *numbers])})")
        text("good &= abs(w[i]) <= LARGEST")
