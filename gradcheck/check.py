"""Runs a check from the first contract to the report: contracts, linearity, probes, judgement, diagnosis.

The order matters: what needs no numeric derivative comes first, and may end the check.
"""

import time
import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from . import probes as draws
from .arrays import Array, clone, is_float
from .complexstep import acquits
from .contracts import Contract, check_contracts
from .diagnosis import diagnose
from .gradients import MISSING
from .linearity import Linearity, test_linearity
from .numeric import Derivative, differentiate
from .probes import Probe, Source
from .repair import find_fix, locate
from .report import Finding, Report, TensorResult
from .structure import Structure, plan
from .subject import Subject, Values
from .sweep import step_sweep
from .verdict import ABSOLUTE, Judgement, judge
from .wholenet import WholeNet, whole_net

MODES, KINKS = ("full", "fast", "auto"), ("convention", "interval", "skip")
PATIENCE = 4.0  # seconds that a full numeric derivative of one probe may take in mode 'auto'
EPS32 = float(np.finfo(np.float32).eps)


class UsageError(ValueError):
    """An argument of the check itself is at fault, not the function under test."""


@dataclass
class Options:
    """The options of a check; see `gradcheck.layer`."""

    probes: int = 2
    mode: str = "auto"
    kinks: str = "convention"
    dout: Any = None
    structure: str | None = None
    oracle: str = "central"
    second_opinion: str | None = "complex"
    dtype_tol: float | None = None
    repair: bool = True
    seed: int = 0

    def __post_init__(self) -> None:
        for name, value, known in (
            ("mode", self.mode, MODES), ("kinks", self.kinks, KINKS), ("oracle", self.oracle, ("central",)),
            ("second_opinion", self.second_opinion, ("complex", None)),
            ("structure", self.structure, (None, "elementwise", "rows", "affine")),
        ):  # fmt: skip
            if value not in known:
                raise ValueError(f"{name} is {value!r}; expected one of {', '.join(map(repr, known))}")
        if not isinstance(self.probes, int) or self.probes < 1:
            raise ValueError(f"probes is {self.probes!r}; expected a whole number, 1 or more")


@dataclass
class Scene:
    """One probe, played: arguments, outputs, upstream gradient, analytic and numeric gradients, judgements."""

    probe: Probe
    values: Values
    outs: list[Array]
    douts: list[Array]
    cache: Any
    analytic: dict[str, Any]
    numeric: dict[str, Derivative]
    judged: dict[str, Judgement] = field(default_factory=dict)
    misshapen: dict[str, Array] = field(default_factory=dict)
    absent: dict[str, Any] = field(default_factory=dict)

    @property
    def dout(self) -> Array:
        """All upstream gradients as one vector."""
        return np.concatenate([d.ravel() for d in self.douts])

    @property
    def n(self) -> int:
        """The batch size."""
        return self.probe.n

    def bad(self) -> list[str]:
        """Arguments whose gradient is wrong in any way, the convention at kinks left out."""
        wrong = [n for n, j in self.judged.items() if j.bad.any()]
        return [n for n in self.analytic if n in wrong or n in self.misshapen or n in self.absent]


class Check:
    """One check of one subject."""

    def __init__(self, subject: Subject, source: Source, options: Options):
        self.subject, self.source, self.options = subject, source, options
        self.report = Report(subject.label, seed=options.seed)
        self.linear: dict[str, Linearity] = {}
        self.native_low = False
        self.contract = Contract()
        self.scenes: list[Scene] = []

    def run(self) -> Report:
        """The whole check. Warnings of the function under test are silenced, random streams put back."""
        start = time.perf_counter()
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._run()
        finally:
            self.subject.streams.restore()
        self.report.sweep = lambda name: step_sweep(self.subject, self.scenes[0], name) if self.scenes else []
        self._attach_source()
        self.report.nfev = self.subject.nfev
        self.report.seconds = time.perf_counter() - start
        return self.report

    def _run(self) -> None:
        main = draws.first(self.source)
        native = main.values
        self.native_low = any(is_float(v) and v.dtype != np.float64 for v in native.values())
        main.values = draws.in_float64(native)
        self.contract = self._contracts(native)
        self.report.findings.extend(self.contract.findings)
        if self.contract.stop:
            if self.contract.raised:
                self._diagnose_raise(main)
            return
        if self.native_low:
            self._contracts(main.values)
        scene = self._play(main)
        if scene is None:
            self._nonfinite(main)
            return
        self._linearity(scene)
        self.scenes = [scene]
        self._tensors(scene)
        self._more_probes(main, scene)
        self._absorb()

    def _contracts(self, values: Values) -> Contract:
        rng = np.random.default_rng([self.options.seed, 5])
        return check_contracts(self.subject, values, lambda outs: self._douts(outs, rng, values))

    def _douts(self, outs: Sequence[Array], rng: np.random.Generator, values: Values) -> list[Array]:
        if self.subject.kind != "layer":
            return [np.ones(o.shape) for o in outs]
        given = self.options.dout
        if given is not None and not isinstance(given, str):
            arrays = [np.array(d, dtype=np.float64) for d in (given if isinstance(given, (tuple, list)) else [given])]
            if [a.shape for a in arrays] == [o.shape for o in outs]:
                return arrays
            if not self.scenes:
                raise UsageError(f"dout has shape {arrays[0].shape}; the output has shape {outs[0].shape}")
        low = self.native_low and all(o.dtype == outs[0].dtype for o in outs)
        douts = draws.draw_dout(outs, rng)
        return [d.astype(o.dtype) if low and o.dtype.kind == "f" and not _all64(values) else d
                for d, o in zip(douts, outs, strict=True)]  # fmt: skip

    def _play(self, probe: Probe) -> Scene | None:
        """Forward, backward, numeric derivative and judgement; None where the forward is not finite or raises."""
        s, values = self.subject, draws.in_float64(probe.values)
        s.streams.rewind()
        outs, cache = s.forward(s.fresh(values))
        outs = [np.array(o) for o in outs]
        if not all(np.all(np.isfinite(o)) for o in outs if o.dtype.kind == "f"):
            return None
        rng = np.random.default_rng([self.options.seed, len(self.scenes), 6])
        douts = self._douts(outs, rng, values)
        _, analytic = s.run(values, douts)
        names = [n for n in s.targets(values) if n in analytic]
        base = s.evaluate(values)
        dout = np.concatenate([np.asarray(d, dtype=np.float64).ravel() for d in douts])
        whole = self._whole_net(values, names)
        elements = self._elements(values, names, base) if whole is None else whole.audit
        structures = self._structures(values, names, outs)
        numeric = differentiate(s.evaluate, values, names, dout, base, elements, structures, outs[0].shape)
        if whole is not None:
            numeric = whole.merge(numeric) or differentiate(
                s.evaluate, values, names, dout, base, self._elements(values, names, base)
            )
        scene = Scene(probe, values, outs, douts, clone(cache), analytic, numeric)
        self._judge(scene)
        return scene

    def _whole_net(self, values: Values, names: Sequence[str]) -> WholeNet | None:
        """Column updates for a large two-layer net; None for everything else."""
        if self.subject.kind != "net" or self.options.mode == "fast" or sum(values[n].size for n in names) < 2000:
            return None
        return whole_net(self.subject, values, names, self.options.seed)

    def _structures(self, values: Values, names: Sequence[str], outs: list[Array]) -> dict[str, Structure | None] | None:
        """Which elements may share evaluations, declared or guessed from the shapes; for one output array only."""
        if len(outs) != 1 or outs[0].ndim == 0 or self.subject.kind != "layer" or not names:
            return None
        lead = values[names[0]].shape
        return {n: plan(self.options.structure, k, values[n].shape, outs[0].shape, lead) for k, n in enumerate(names)}

    def _elements(self, values: Values, names: Sequence[str], base: Array) -> dict[str, Array] | None:
        """Which elements are differentiated: all, unless that would take too long."""
        total = sum(values[n].size for n in names)
        if self.options.mode == "full":
            return None
        start = time.perf_counter()
        self.subject.evaluate(values)
        cost = (time.perf_counter() - start) * 4.5 * total
        limit = PATIENCE if self.options.mode == "auto" else PATIENCE / 40
        if cost <= limit or total < 100:
            return None
        rng = np.random.default_rng([self.options.seed, 8])
        share = limit / cost
        self.report.notes.append(f"checked about {max(share, 100 / total):.1%} of {total} elements, drawn at random")
        return {n: np.sort(rng.permutation(values[n].size)[: max(30, int(share * values[n].size))]) for n in names}

    def _judge(self, scene: Scene) -> None:
        size = max((float(np.nanmax(np.abs(d.value), initial=0)) for d in scene.numeric.values()), default=0.0)
        for name, d in scene.numeric.items():
            a = scene.analytic[name]
            if a is None or a is MISSING:
                self._judge_absent(scene, name, d, size)
            elif a.shape != d.value.shape or a.dtype.kind == "c":
                scene.misshapen[name] = a
            else:
                scene.judged[name] = j = judge(
                    a, d, scene.values[name], kinks=self.options.kinks, budget=self._budget(a, d, scene), scale=size
                )
                if j.bad.any() and self.options.second_opinion and not j.nonfinite.any():
                    self._second_opinion(scene, name, j)

    def _second_opinion(self, scene: Scene, name: str, j: Judgement) -> None:
        """Where a validated complex step sides with the analytic gradient, the numeric derivative is at fault."""
        if acquits(
            self.subject, scene.values, scene.dout, name, scene.analytic[name], scene.numeric[name].value, j.bad
        ):
            self.report.notes.append(f"{name}: central differences disagree, but the complex step agrees with the gradient")
            j.inconclusive |= j.bad
            j.bad[...] = False

    def _judge_absent(self, scene: Scene, name: str, d: Derivative, size: float) -> None:
        matters = np.nanmax(np.abs(d.value) - 10 * d.bound, initial=0.0) > 1e-9 * size
        x = scene.values[name]
        if matters and not draws.looks_constant(x):
            scene.absent[name] = scene.analytic[name]

    def _budget(self, a: Array, d: Derivative, scene: Scene) -> Array | float:
        floor = ABSOLUTE * float(np.max(np.abs(scene.dout), initial=0.0))
        if a.dtype == np.float64:
            return floor
        if self.options.dtype_tol is not None:
            return self.options.dtype_tol
        magnitude = np.abs(d.jac) @ np.abs(scene.dout) if d.jac is not None else np.abs(d.value).ravel()
        eps = float(np.finfo(a.dtype).eps) if a.dtype.kind == "f" else EPS32
        return np.asarray(16 * eps * (magnitude.reshape(a.shape) + np.nanmax(np.abs(d.value), initial=0.0)))

    def _linearity(self, scene: Scene) -> None:
        if self.subject.kind == "layer" and scene.judged:
            rng = np.random.default_rng([self.options.seed, 9])
            self.linear = test_linearity(self.subject, scene.values, scene.douts, rng)

    def _nonfinite(self, main: Probe) -> None:
        if self.subject.kind == "layer":
            self.report.inconclusive = True
            self.report.notes.append("the forward is not finite at these inputs: nothing could be judged")
            return
        self.report.findings.append(Finding("NONFINITE", "error", "loss", "the loss is not finite at these inputs"))

    def _more_probes(self, main: Probe, scene: Scene) -> None:
        targets = self.subject.targets(scene.values)
        plan = [lambda k=k: draws.second(self.source, main, k) for k in range(1, self.options.probes)]
        if self.options.mode != "fast":
            plan += [lambda: draws.stratified(self.source, main, targets), lambda: draws.single(self.source, main),
                     lambda: draws.square(self.source, main)]  # fmt: skip
        for make in plan:
            if len(self.scenes) >= self.options.probes and any(s.bad() for s in self.scenes):
                break
            self._attempt(make())
        if not any(s.bad() for s in self.scenes) and self.subject.kind != "net":
            self._huge(draws.huge(self.source, main, targets))

    def smaller_scenes(self, scenes: Sequence[Scene]) -> list[Scene]:
        """One more probe with few rows, for the diagnosis of nets: dW = X.T dZ can be solved for dZ while N <= D."""
        rows = min((s.n for s in scenes), default=1)
        if rows <= 3:
            return []
        probe = draws.few(self.source, scenes[0].probe, 3)
        before = len(self.scenes)
        scene = self._attempt(probe)
        del self.scenes[before:]
        return [scene] if scene is not None else []

    def _attempt(self, probe: Probe | None) -> Scene | None:
        """Play a further probe; one that raises or is not finite is dropped and noted."""
        if probe is None:
            return None
        try:
            if not self.subject.targets(probe.values):
                return None
            scene = self._play(probe)
            if scene is not None and self.source.inputs is None and self.scenes and not _same_kind(scene, self.scenes[0]):
                return None
        except Exception as error:
            self.report.notes.append(f"probe '{probe.name}' raises {type(error).__name__}: dropped")
            return None
        if scene is not None:
            self.scenes.append(scene)
        return scene

    def _huge(self, probe: Probe | None) -> None:
        if probe is None:
            return
        from .overflow import overflow

        finding = overflow(self.subject, probe, lambda outs: self._douts(outs, np.random.default_rng(3), probe.values))
        if finding is not None:
            self.report.findings.append(finding)

    def _diagnose_raise(self, main: Probe) -> None:
        """A backward that raises may still run on equal sizes, where the reason shows (a missing transpose, often)."""
        scene = self._attempt(draws.square(self.source, main)) if self.subject.kind == "layer" else None
        if scene is not None and scene.bad():
            self.report.findings += diagnose(self)
        if self.options.repair and scene is not None:
            self._repair()

    def _tensors(self, scene: Scene) -> None:
        for name, d in scene.numeric.items():
            a, j = scene.analytic[name], scene.judged.get(name)
            none = np.zeros(d.value.shape, bool)
            missing = a is None or a is MISSING
            self.report.tensors[name] = TensorResult(
                analytic=np.full(d.value.shape, np.nan) if missing else np.asarray(a), numeric=d.value, bound=d.bound,
                kink_mask=d.kink, bad_mask=j.bad | j.convention if j else ~none, inconclusive_mask=j.inconclusive if j else none,
                excess=j.excess if j else float("inf"), method=d.method, h=d.h,
                checked=d.value.size if d.checked is None else int(d.checked.sum()),
            )  # fmt: skip

    def _absorb(self) -> None:
        """Turn the judged scenes into findings."""
        self.report.inconclusive = any(j.inconclusive.any() for s in self.scenes for j in s.judged.values())
        self.report.findings.extend(diagnose(self))
        if self.options.repair and not self.report.ok and self.scenes:
            self._repair()

    def _attach_source(self) -> None:
        """The function in which the fault lies, for the page."""
        found = locate(self.subject.sources()[0]) if not self.report.ok and self.subject.sources() else None
        if found is not None:
            self.report.source_text, self.report.source_start = "".join(found.lines), found.start

    def _repair(self) -> None:
        """Look for a one-place edit that passes; it becomes the fix of the first error and names what had no name."""
        fix = find_fix(self.subject, self.scenes, self._good)
        if fix is None:
            return
        worst = next(f for f in self.report.findings if f.severity != "note")
        worst.fix, worst.fix_verified, worst.source = fix.text, True, worst.source or fix.source
        if worst.code == "UNNAMED" and fix.edit.code != "UNNAMED":
            worst.code = fix.edit.code
            worst.message += f". The edit that passes every check tells what it is: {fix.edit.text}"
            self.report.findings = [f for f in self.report.findings if f.code != "UNNAMED"]

    def _good(self, scene: Scene, grads: dict[str, Any]) -> bool:
        """Whether these gradients would pass on the scene."""
        for name, d in scene.numeric.items():
            a = grads.get(name)
            if not isinstance(a, np.ndarray) or a.shape != d.value.shape or a.dtype.kind != "f":
                return False
            verdict = judge(a, d, scene.values[name], kinks=self.options.kinks, budget=self._budget(a, d, scene))
            if verdict.bad.any() or verdict.convention.any():
                return False
        return True


def _same_kind(scene: Scene, main: Scene) -> bool:
    """Whether a probe cut from given arrays has the outputs of the first but for the batch size; else sizes were mixed up."""
    if scene.probe.name == "resized":
        return all(a.ndim == b.ndim for a, b in zip(scene.outs, main.outs, strict=True))
    return all(a.shape[1:] == b.shape[1:] and a.ndim == b.ndim and (not b.ndim or len(b) != main.n or len(a) == scene.n)
               for a, b in zip(scene.outs, main.outs, strict=True))  # fmt: skip


def _all64(values: Values) -> bool:
    return all(v.dtype == np.float64 for v in values.values() if is_float(v))
