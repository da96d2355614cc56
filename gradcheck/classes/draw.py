"""Draws what an object's methods take: arrays of the shapes that its weights and its class's name suggest.

Shapes are tried in turn, and the first is taken with which the forward and the method of the gradients run.
"""

import inspect
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..subject.arguments import N_FIRST
from .forms import Form, is_label, methods_of
from .object_subject import ObjectSubject
from .signatures import needed, parameters, plain
from .sizes import CHANNELS, CLASSES, HIDDEN, INPUT, NOTHING, SIDE, STEPS, is_penalty, number_of
from .state import by_identity, every_path
from .undrawn import UndrawnError

STATES = frozenset(
    ("h", "prev_h", "h_prev", "hprev", "c", "prev_c", "c_prev", "h0", "c0", "prev_hidden", "hidden", "state")
)
Shape = tuple[int | str, ...]  # "n" stands for the batch size


@dataclass(frozen=True)
class Recipe:
    """How one argument is drawn. what: 'normal', 'labels', 'hot', 'binary', 'positive', 'mask', 'words' or 'fixed'."""

    what: str
    shape: Shape = ()
    value: Any = None
    classes: int = CLASSES

    def draw(self, rng: np.random.Generator, n: int) -> Any:
        """One argument for a batch of n."""
        shape = tuple(n if s == "n" else int(s) for s in self.shape)
        if self.what == "fixed":
            return self.value
        if self.what in ("labels", "words"):
            return rng.integers(self.classes, size=shape)
        if self.what == "hot":
            rows = rng.integers(self.classes, size=n)
            hot = np.eye(self.classes)[rows]
            hot = hot.T if len(shape) == 2 and shape[0] == self.classes != n else hot
            return hot.reshape(shape) if hot.size == int(np.prod(shape)) else np.eye(self.classes)[:, :1].reshape(shape)
        if self.what == "binary":
            return rng.integers(2, size=shape).astype(float)
        if self.what == "positive":
            return rng.uniform(0.1, 0.9, shape)
        if self.what == "mask":
            return (rng.random(shape) < 0.7).astype(float)
        return rng.standard_normal(shape)


@dataclass(frozen=True)
class Plan:
    """The arguments of a form's methods: their names and recipes, and the subject that ran on a first draw."""

    recipes: dict[str, Recipe]
    subject: ObjectSubject

    def draw(self, rng: np.random.Generator, n: int) -> tuple[Any, ...]:
        """Inputs and parameters for a batch of n, in the subject's order."""
        inputs = [r.draw(rng, n) for r in self.recipes.values()]
        return self.subject.arguments(inputs, {k: spread(a, rng) for k, a in self.subject.roles.parameters.items()})


def spread(array: Any, rng: np.random.Generator) -> Any:
    """Another array like a parameter, large enough to matter: zeros of a bias hide a penalty on it."""
    if np.ptp(array) == 0 and np.all(array == 1):
        return 1.0 + 0.3 * rng.standard_normal(array.shape)
    size = float(np.std(array)) if array.size > 1 else 0.0
    return (min(max(size, 0.4), 1.5) * rng.standard_normal(array.shape)).astype(array.dtype)


def plan_for(thing: Any, form: Form) -> Plan:
    """The first recipes with which the methods run; UndrawnError where none do."""
    names = arguments_of(form, type(thing))
    first, fallback = None, None
    one_by_one = _one_by_one(form, type(thing))
    for recipes in _recipes(thing, form, names):
        rng = np.random.default_rng(0)
        try:
            inputs = {k: r.draw(rng, N_FIRST) for k, r in recipes.items()}
            with np.errstate(all="ignore"):
                subject = ObjectSubject(thing, form, inputs)
                values = dict(zip(subject.names, subject.arguments(list(inputs.values())), strict=True))
                outs, _ = subject.forward(subject.fresh(values))
        except UndrawnError:
            raise
        except Exception as error:
            first = first or error
            continue
        if not _sensible(outs, form):
            continue
        plan = Plan(recipes, subject)
        if subject.wrt and subject.ran and (subject.fits or not one_by_one):
            if fallback is not None and fallback.subject.ran and next(iter(recipes.values())).shape[1:] == (1,):
                subject.roles.told.append("checked with one example in a column: with several, the shapes do not fit")
            return plan
        fallback = plan if fallback is None or (subject.ran and not fallback.subject.ran) else fallback
    cls = type(thing).__name__
    if fallback is not None:
        if not fallback.subject.ran:
            shapes = ", ".join(f"{k} {r.shape}" for k, r in fallback.recipes.items() if r.shape)
            told = f"arguments were drawn ({shapes}): if they are not of that kind, define {cls}_inputs"
            fallback.subject.roles.told.append(told)
        return fallback
    told = f"{', '.join(names)} of {form.title or cls} cannot be drawn" + (f" ({first})" if first else "")
    raise UndrawnError(cls, told, f"{cls}(...), {', '.join(names) or 'x'}") from first


def _one_by_one(form: Form, cls: type) -> bool:
    """Whether nothing in the methods speaks of several examples: no axis, no mean, no size."""
    try:
        texts = [inspect.getsource(plain(methods_of(cls)[m])) for m in (form.forward, form.backward) if m]
    except (OSError, TypeError):
        return False
    return not any(re.search(r"axis|shape\[|mean|keepdims|len\((?!self)|\bsum\(|\.T\b.*/", t) for t in texts)


def arguments_of(form: Form, cls: type) -> list[str]:
    """The names of what is drawn: those of forward, and the labels where a loss follows it."""
    methods = methods_of(cls)
    names = needed(methods[form.forward])
    if not names and parameters(methods[form.forward]):
        names = [parameters(methods[form.forward])[0].name]
    if form.kind in ("net", "loss") and not any(map(is_label, names)):
        names += [p.name for p in parameters(methods[form.forward]) if p.name not in names and is_label(p.name)][:1]
    if form.loss:
        more = [n for m in (form.loss, form.backward) if m in methods for n in needed(methods[m]) if is_label(n)]
        names += [n for n in more[:1] if n not in names] or ["y"]
    penalties = [n for m in (form.forward, form.loss, form.backward) if m in methods for n in penalties_of(methods[m])]
    return list(dict.fromkeys(names + penalties))


def penalties_of(member: Any) -> list[str]:
    """The parameters with a number as default that are weights of a penalty: at 0 they would hide its gradient."""
    return [p.name for p in parameters(member) if is_penalty(p.name, p.default)]


def _sensible(outs: Sequence[Any], form: Form) -> bool:
    if not outs or any(o.dtype.kind not in "fiu" for o in outs) or not all(np.all(np.isfinite(o)) for o in outs):
        return False
    return not (form.kind == "net" and outs[0].size != 1)


def _recipes(thing: Any, form: Form, names: Sequence[str]) -> Iterator[dict[str, Recipe]]:
    arrays = [a for a, _ in by_identity(every_path(thing))]
    matrices = [a for a in arrays if a.ndim == 2]
    for lead in _shapes(thing, form, arrays, matrices):
        yield from _with_lead(lead, names, matrices, form)


def _shapes(thing: Any, form: Form, arrays: list[Any], matrices: list[Any]) -> Iterator[Recipe]:
    """The leading argument, the likeliest first."""
    word = f"{type(thing).__name__} {form.title} {form.forward}".lower()
    flat = [a.size for a in arrays if a.ndim == 1]
    tensors = [a for a in arrays if a.ndim >= 3]
    sizes: list[Shape] = [*(("n", c, SIDE, SIDE) for c in (CHANNELS, 3, 1)), ("n", SIDE, SIDE, CHANNELS)]
    images = [Recipe("normal", s) for s in sizes]
    if any(k in word for k in ("embed", "word", "lookup")):
        yield from (Recipe("words", s, classes=3) for s in ((("n",), ("n", STEPS))))
    axes = _axes(thing, form)
    if axes == 3 or any(k in word for k in ("time", "rnn", "lstm", "gru")):
        rows = [a.shape[0] for a in matrices[:1]] or [INPUT]
        yield from (Recipe("normal", s) for r in rows for s in (("n", STEPS, r), ("n", r)))
        yield Recipe("words", ("n", STEPS), classes=3)
    image = axes == 4 or any(k in word for k in ("conv", "pool", "2d", "im2col", "spatial"))
    if image or any(t.ndim == 4 for t in tensors):
        for t in tensors:
            yield from (
                Recipe("normal", s)
                for s in (("n", t.shape[1], SIDE, SIDE), ("n", SIDE, SIDE, t.shape[2]), (t.shape[1], SIDE, SIDE))
            )
        yield from images
        yield from (Recipe("normal", s) for s in ((CHANNELS, SIDE, SIDE), (SIDE, SIDE), ("n", CHANNELS, 8, 8)))
    for m in matrices[:3]:
        a, b = m.shape
        shapes: tuple[Shape, ...] = (("n", a), ("n", b), (b, "n"), (a, "n"), (b, 1), (1, a), (b,), (a,))
        yield from (Recipe("normal", s) for s in shapes if s != ("n", 1) and s != (1, "n"))
        yield from (Recipe("normal", s) for s in (("n", a + 1), ("n", a - 1)) if s[1] > 1)
    yield from (Recipe("normal", ("n", s)) for s in flat[:3] if s > 1)
    yield Recipe("normal", ("n", INPUT))
    yield Recipe("normal", (INPUT,))
    yield Recipe("normal", ("n", STEPS, INPUT))
    yield from images
    yield Recipe("words", ("n",), classes=3)


def _axes(thing: Any, form: Form) -> int:
    """How many axes the forward takes its input to have, by its own words: N, T, D = x.shape, or x[:, t]."""
    try:
        text = inspect.getsource(plain(methods_of(type(thing))[form.forward]))
    except (OSError, TypeError):
        return 0
    found = re.search(r"^\s*(\w+(?:, ?\w+)+) = \w+\.shape *(#.*)?$", text, re.MULTILINE)
    if found:
        return found.group(1).count(",") + 1
    return 3 if re.search(r"\[:, ?t[\],]", text) else 0


def _with_lead(lead: Recipe, names: Sequence[str], matrices: list[Any], form: Form) -> Iterator[dict[str, Recipe]]:
    """The other arguments beside a leading one."""
    labels = [n for n in names if is_label(n)]
    rest = [n for n in names if n not in labels]
    if not labels:
        yield from _others(lead, rest, matrices, {})
        return
    columns = len(lead.shape) == 2 and lead.shape[1] in ("n", 1) and lead.shape[0] != "n"
    widths = list(dict.fromkeys([s for m in reversed(matrices) for s in (m.shape[::-1] if not columns else m.shape)]))
    if form.kind == "loss" and not matrices:
        widths = [int(s) for s in lead.shape if s != "n"][-1:] or [1]
        recipes = [Recipe("hot", lead.shape, classes=widths[0]), Recipe("labels", ("n",), classes=widths[0])]
        recipes += [Recipe("positive", lead.shape), Recipe("binary", lead.shape)]
        leads = [lead, Recipe("positive", lead.shape)]
        for first in reversed(leads) if _wants_probabilities(names, form) else leads:
            for r in recipes:
                yield from _others(first, rest, matrices, dict.fromkeys(labels, r), list(names))
        return
    for c in widths[:4] or [CLASSES]:
        hot: Shape = ((c, "n") if lead.shape[1] == "n" else (c, 1)) if columns else ("n", c)
        hot = hot if len(lead.shape) > 1 else (c,)
        kinds = [Recipe("binary", hot)] if c == 1 else [Recipe("hot", hot, classes=c)]
        kinds += [Recipe("labels", ("n",), classes=c)] if c > 1 else [Recipe("binary", ("n",))]
        for r in kinds:
            yield from _others(lead, rest, matrices, dict.fromkeys(labels, r), list(names))
    if lead.what == "words":
        yield from _others(lead, rest, matrices, {k: Recipe("labels", lead.shape, classes=3) for k in labels})


def _wants_probabilities(names: Sequence[str], form: Form) -> bool:
    word = f"{form.title} {' '.join(names)}".lower()
    return any(part in word for part in ("entropy", "pred", "prob", "hat", "bce", "nll"))


def _others(
    lead: Recipe, rest: Sequence[str], matrices: list[Any], fixed: dict[str, Recipe], order: Sequence[str] = ()
) -> Iterator[dict[str, Recipe]]:
    """Recipes for all names: the leading one, states of a recurrent step, flags and numbers, others like the first."""
    found = {**fixed}
    hidden = matrices[1].shape[0] if len(matrices) > 1 else HIDDEN
    for k, name in enumerate(rest):
        low = name.lower()
        number = number_of(name)
        if k == 0:
            found[name] = lead
        elif low in STATES:
            found[name] = Recipe("normal", ("n", hidden) if "n" in lead.shape else (hidden,))
        elif "mask" in low:
            found[name] = Recipe("mask", lead.shape)
        elif number is not NOTHING and not isinstance(number, str) and low not in ("a", "p"):
            found[name] = Recipe("fixed", value=number)
        else:
            found[name] = Recipe("normal", lead.shape)
    yield {n: found[n] for n in (order or list(found)) if n in found}
