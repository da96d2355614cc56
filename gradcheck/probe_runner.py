"""Runs the function on a probe: forward, backward, numeric derivative, judgement of every element.

What is too large to be differentiated element by element is sampled, or, for a two-layer net, done by column updates.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from base.arrays import Array

from .numeric.central_differences import Derivative, differentiate
from .numeric.complex_step import sides_with_analytic
from .numeric.cost import cost
from .numeric.judgement import Judgement, judge, rounding_budget
from .numeric.net_gradients import WholeNet, whole_net
from .numeric.noise import own_noise
from .numeric.sampling import disagreeing, sample
from .numeric.smoothing import allowed, slack_of
from .numeric.structure import Structure, plan
from .numeric.ties import wrong_together
from .options import Options, UsageError
from .probe_run import ProbeRun
from .subject import probes as draws
from .subject.arrays import clone, is_float
from .subject.gradients import MISSING, looks_constant
from .subject.probes import Probe
from .subject.subject import Subject, Values

PATIENCE = {"auto": 4e8, "fast": 1e8}  # units of `cost`, about nanoseconds, for the numeric derivative of one probe
NAMING = 1e9  # for a probe on which something is wrong: a name needs more elements than a verdict
EVALUATIONS = 10  # per element or group, on the average


class ProbeRunner:
    """Runs one subject on probes; keeps the runs, and the notes on what was left out."""

    def __init__(self, subject: Subject, options: Options):
        self.subject, self.options = subject, options
        self.native_low = False  # the arguments came in float32 or float16
        self.runs: list[ProbeRun] = []
        self.notes: list[str] = []
        subject.slack = slack_of(subject.related())
        self.notes += allowed(subject.slack)
        self.averaged: list[str] = []  # parameters whose gradients carry 1/m by convention

    def douts(self, outs: Sequence[Array], rng: np.random.Generator, values: Values) -> list[Array]:
        """The upstream gradient: 1 for a loss, the given one where it fits, else a random one."""
        if self.subject.kind != "layer":
            return [np.ones(o.shape) for o in outs]
        given = self.options.dout
        if given is not None and not isinstance(given, str):
            arrays = [np.array(d, dtype=np.float64) for d in (given if isinstance(given, (tuple, list)) else [given])]
            if [a.shape for a in arrays] == [o.shape for o in outs]:
                return arrays
            if not self.runs:
                raise UsageError(f"dout has shape {arrays[0].shape}; the output has shape {outs[0].shape}")
        low = self.native_low and all(o.dtype == outs[0].dtype for o in outs)
        douts = draws.draw_dout(outs, rng)
        return [
            d.astype(o.dtype) if low and o.dtype.kind == "f" and not _all64(values) else d
            for d, o in zip(douts, outs, strict=True)
        ]

    def run(self, probe: Probe) -> ProbeRun | None:
        """Forward, backward, numeric derivative and judgement; None where the forward is not finite or raises."""
        s, values = self.subject, draws.in_float64(probe.values)
        s.streams.rewind()
        outs, cache = s.forward(s.fresh(values))
        outs = [np.array(o) for o in outs]
        if not all(np.all(np.isfinite(o)) for o in outs if o.dtype.kind == "f"):
            return None
        rng = np.random.default_rng([self.options.seed, len(self.runs), 6])
        douts = self.douts(outs, rng, values)
        _, analytic = s.run(values, douts)
        names = [n for n in s.targets(values) if n in analytic]
        base = s.evaluate(values)
        dout = np.concatenate([np.asarray(d, dtype=np.float64).ravel() for d in douts])
        whole = self._whole_net(values, names)
        structures = self._structures(values, names, outs)
        count = sum(len(np.unique(t.group)) if (t := (structures or {}).get(n)) else values[n].size for n in names)
        elements = self._elements(values, names, count) if whole is None else whole.audit
        numeric = differentiate(s.evaluate, values, names, dout, base, elements, structures, outs[0].shape)
        if whole is not None and (merged := whole.merge(numeric)) is None:
            elements = self._elements(values, names, count)
            numeric = differentiate(s.evaluate, values, names, dout, base, elements)
        elif whole is not None and merged is not None:
            numeric, elements = merged, None
        run = ProbeRun(probe, values, outs, douts, clone(cache), analytic, numeric)
        self._times_m(run)
        self._judge(run)
        if elements is not None and self._look_further(run, elements, base, count):
            self._judge(run)
        return run

    def passes(self, run: ProbeRun, grads: dict[str, Any]) -> bool:
        """Whether these gradients would pass on a run."""
        for name, d in run.numeric.items():
            a = grads.get(name)
            if not isinstance(a, np.ndarray) or a.shape != d.value.shape or a.dtype.kind != "f":
                return False
            budget = rounding_budget(a, d, run.dout, self.options.dtype_tol, self.subject.slack)
            verdict = judge(a, d, run.values[name], kinks=self.options.kinks, budget=budget)
            if verdict.bad.any() or verdict.convention.any():
                return False
        return True

    def compare_times_m(self, names: list[str]) -> None:
        """From now on, and in the runs that there are, the gradients of these parameters are compared times m."""
        self.averaged = names
        for run in self.runs:
            for found in (run.judged, run.misshapen, run.absent, run.tied):
                found.clear()
            self._times_m(run)
            self._judge(run)

    def _times_m(self, run: ProbeRun) -> None:
        for name in self.averaged:
            a = run.analytic.get(name)
            if isinstance(a, np.ndarray):
                run.analytic[name] = a * a.dtype.type(run.n) if a.dtype.kind == "f" else a

    def _elements(
        self, values: Values, names: Sequence[str], count: int, patience: float | None = None
    ) -> dict[str, Array] | None:
        """Which elements are differentiated: all, unless that would take too long."""
        if self.options.mode == "full":
            return None
        if count < 100:
            return None
        rows = max((len(v) for k, v in values.items() if k not in names and np.ndim(v)), default=1)
        work = cost(self.subject.evaluate, values, rows) * EVALUATIONS * count
        limit = patience or PATIENCE[self.options.mode]
        total = sum(values[n].size for n in names)
        if work <= limit:
            return None
        chosen = sample(values, names, limit / work * count / total, np.random.default_rng([self.options.seed, 8]))
        looked = sum(map(len, chosen.values()))
        self.notes.append(f"{looked} of {total} elements differentiated, the rest tested by random directions")
        return chosen

    def _look_further(self, run: ProbeRun, elements: dict[str, Array], base: Array, count: int) -> bool:
        """After a sample: more elements where something is wrong, random directions through all where nothing is."""
        s, names = self.subject, list(run.numeric)
        rng = np.random.default_rng([self.options.seed, 51])
        more: dict[str, Array] | None = elements
        if run.bad():
            more = self._elements(run.values, names, count, NAMING)
        else:
            led = {n: disagreeing(s.evaluate, run.values, n, run.analytic[n], run.dout, rng) for n in run.judged}
            if not any(k.size for k in led.values()):
                return False
            more = {n: np.union1d(elements[n], led.get(n, elements[n])) for n in names}
        run.numeric = differentiate(s.evaluate, run.values, names, run.dout, base, more)
        for found in (run.judged, run.misshapen, run.absent):
            found.clear()
        return True

    def _whole_net(self, values: Values, names: Sequence[str]) -> WholeNet | None:
        """Column updates for a large two-layer net; None for everything else."""
        if self.subject.kind != "net" or self.options.mode == "fast" or sum(values[n].size for n in names) < 2000:
            return None
        return whole_net(self.subject, values, names, self.options.seed)

    def _structures(
        self, values: Values, names: Sequence[str], outs: list[Array]
    ) -> dict[str, Structure | None] | None:
        """Which elements may share evaluations, declared or guessed from the shapes; for one output array only."""
        if len(outs) != 1 or outs[0].ndim == 0 or self.subject.kind != "layer" or not names:
            return None
        lead = values[names[0]].shape
        return {n: plan(self.options.structure, k, values[n].shape, outs[0].shape, lead) for k, n in enumerate(names)}

    def _judge(self, run: ProbeRun) -> None:
        size = max((float(np.nanmax(np.abs(d.value), initial=0)) for d in run.numeric.values()), default=0.0)
        for name, d in run.numeric.items():
            a = run.analytic[name]
            if a is None or a is MISSING:
                self._judge_absent(run, name, d, size)
            elif a.shape != d.value.shape or a.dtype.kind == "c":
                run.misshapen[name] = a
            else:
                run.judged[name] = j = self._judge_present(run, name, a, d, size)
                if j.bad.any() and self.options.second_opinion and not j.nonfinite.any():
                    self._second_opinion(run, name, j)
                if self.options.kinks != "skip" and np.any(d.kink & ~d.lonely & ~j.nonfinite):
                    tied = wrong_together(self.subject.evaluate, run.values, name, d, a, run.dout)
                    j.bad |= tied
                    run.tied[name] = tied

    def _judge_present(self, run: ProbeRun, name: str, a: Array, d: Derivative, size: float) -> Judgement:
        budget = rounding_budget(a, d, run.dout, self.options.dtype_tol, self.subject.slack)
        judged = partial(judge, a, d, run.values[name], kinks=self.options.kinks, scale=size)
        j = judged(budget=budget)
        if j.bad.any() and not j.nonfinite.any() and (rough := own_noise(self.subject, run.values, run.douts, name, a)):
            return judged(budget=budget + rough)
        return j

    def _second_opinion(self, run: ProbeRun, name: str, j: Judgement) -> None:
        """Where a validated complex step sides with the analytic gradient, the numeric derivative is at fault."""
        analytic, numeric = run.analytic[name], run.numeric[name].value
        if sides_with_analytic(self.subject, run.values, run.dout, name, analytic, numeric, j.bad):
            self.notes.append(f"{name}: central differences disagree, but the complex step agrees with the gradient")
            j.inconclusive |= j.bad
            j.bad[...] = False

    def _judge_absent(self, run: ProbeRun, name: str, d: Derivative, size: float) -> None:
        matters = np.nanmax(np.abs(d.value) - 10 * d.bound, initial=0.0) > 1e-9 * size
        x = run.values[name]
        if matters and not looks_constant(x):
            run.absent[name] = run.analytic[name]


def _all64(values: Values) -> bool:
    return all(v.dtype == np.float64 for v in values.values() if is_float(v))
