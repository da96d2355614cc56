"""Runs a check from the first contract to the report: contracts, linearity, probes, judgement, diagnosis, repair.

The order matters: what needs no numeric derivative comes first, and may end the check.
"""

import time
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from .contracts.broadcasting import column_against_row
from .contracts.constant import constant, moves
from .contracts.contracts import Contract, check_contracts
from .contracts.linearity import Linearity, test_linearity
from .contracts.overflow import overflow
from .diagnosis.all_wrong import say_all
from .diagnosis.course_mean import averaged, told
from .diagnosis.diagnose import diagnose
from .diagnosis.doubt import reasons
from .diagnosis.evidence import Evidence
from .diagnosis.order import causes_first
from .diagnosis.scalars import scalars_of
from .findings import Finding
from .numeric.step_sweep import step_sweep
from .options import Options
from .probe_run import ProbeRun
from .probe_runner import ProbeRunner
from .repair.log_softmax import log_softmax
from .repair.repair import REFUSED, TRIED, VERIFIED, find_fix, locate
from .report.report import Report
from .subject import probes as draws
from .subject.arrays import is_float
from .subject.gradients import MISSING
from .subject.layout import find_batch
from .subject.probes import Probe, Source
from .subject.subject import Subject, Values


class Check:
    """One check of one subject."""

    def __init__(self, subject: Subject, source: Source, options: Options):
        self.subject, self.source, self.options = subject, source, options
        self.runner = ProbeRunner(subject, options)
        self.runs = self.runner.runs
        self.report = Report(subject.label, seed=options.seed, notes=self.runner.notes)
        self.contract = Contract()
        self.original_overflow: Finding | None = None  # of the function without any edit
        self.linear: dict[str, Linearity] = {}

    def run(self) -> Report:
        """The whole check. Warnings of the function under test are silenced, random streams put back."""
        start = time.perf_counter()
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._run()
        finally:
            self.subject.streams.restore()
        self.report.compared = sum(run.compared(self.options.kinks != "skip") for run in self.runs)
        self.report.sweep = self._sweep
        self._attach_source()
        self.report.nfev = self.subject.nfev
        self.report.seconds = time.perf_counter() - start
        return self.report

    def _run(self) -> None:
        find_batch(self.subject, self.source)
        main = draws.first(self.source)
        native = main.values
        self.runner.native_low = any(is_float(v) and v.dtype != np.float64 for v in native.values())
        main.values = draws.in_float64(native)
        self.contract = self._contracts(native)
        self.report.findings.extend(self.contract.findings)
        if self.contract.stop:
            if self.contract.raised and self.contract.ran:
                self._diagnose_raise(main)
            return
        if self.runner.native_low:
            self._contracts(main.values)
        run = self.runner.run(main)
        if run is None:
            self._nonfinite(main)
            return
        self._linearity(run)
        self.runs.append(run)
        if self._constant(run):
            self._tensors()
            return
        self._more_probes(main, run)
        self._never_returned(run)
        self._tensors()
        self._absorb()

    def _constant(self, run: ProbeRun) -> bool:
        """Whether nothing moves the loss, neither here nor elsewhere: it is not written yet.

        A layer may be constant and right (dropout that drops all), and so is the softmax of one class: a note.
        """
        answer = constant(self.subject, run.values, run.outs, run.numeric, run.analytic)
        if isinstance(answer, Finding):
            self.report.findings.append(answer)
        elif answer is not None:
            self.report.inconclusive = True
            self.report.notes.append(answer)
        return isinstance(answer, Finding)

    def _never_returned(self, run: ProbeRun) -> None:
        """A net's gradient that is missing where the loss happens to be flat is missing all the same."""
        if self.subject.kind != "net":
            return
        for name, a in run.analytic.items():
            if (a is None or a is MISSING) and not any(name in s.absent for s in self.runs):
                if moves(self.subject, run.values, [name]):
                    run.absent[name] = a
                else:
                    self.report.notes.append(f"no gradient is returned for {name}; the loss does not move with it")

    def _contracts(self, values: Values) -> Contract:
        douts, rng = self.runner.douts, np.random.default_rng([self.options.seed, 5])
        return check_contracts(self.subject, values, lambda outs: douts(outs, rng, values))

    def _linearity(self, run: ProbeRun) -> None:
        if self.subject.kind == "layer" and run.judged:
            rng = np.random.default_rng([self.options.seed, 9])
            self.linear = test_linearity(self.subject, run.values, run.douts, rng)

    def _nonfinite(self, main: Probe) -> None:
        if self.subject.kind == "layer":
            self.report.inconclusive = True
            self.report.notes.append("the forward is not finite at these inputs: nothing could be judged")
            return
        self.report.findings.append(Finding("NONFINITE", "error", "loss", "the loss is not finite at these inputs"))

    def _more_probes(self, main: Probe, run: ProbeRun) -> None:
        targets = self.subject.targets(run.values)
        plan: list[Callable[[], Probe | None]] = [
            partial(draws.second, self.source, main, k) for k in range(1, self.options.probes)
        ]
        if self.options.mode != "fast":
            plan += [
                lambda: draws.stratified(self.source, main, targets),
                lambda: draws.single(self.source, main),
                lambda: draws.square(self.source, main),
            ]
        for make in plan:
            seen = len(self.runs) >= self.options.probes and any(s.bad() for s in self.runs)
            if seen and not self._averaged():
                break
            self._attempt(make())
        if not any(s.bad() for s in self.runs) and self.subject.kind != "net":
            self._huge(draws.huge(self.source, main, targets))

    def _averaged(self) -> bool:
        """Whether all that is wrong so far is a convention; it is taken back, and the parameters compared times m."""
        names = averaged(self.subject, self.runs) if self.subject.kind == "layer" and not self.runner.averaged else []
        if names:
            self.report.findings.append(told(names, [n for n in self.runs[0].numeric if n not in names]))
            self.runner.compare_times_m(names)
        return bool(names)

    def _fewer_rows(self, runs: Sequence[ProbeRun]) -> list[ProbeRun]:
        """One more run with few rows, for the diagnosis of nets: dW = X.T dZ can be solved for dZ while N <= D."""
        rows = min((s.n for s in runs), default=1)
        if rows <= 3:
            return []
        before = len(self.runs)
        run = self._attempt(draws.few(self.source, runs[0].probe, 3))
        del self.runs[before:]
        return [run] if run is not None else []

    def _attempt(self, probe: Probe | None) -> ProbeRun | None:
        """Run a further probe; one that raises or is not finite is dropped and noted."""
        if probe is None:
            return None
        try:
            if not self.subject.targets(probe.values):
                return None
            run = self.runner.run(probe)
            if run is not None and self.source.inputs is None and self.runs and not run.same_kind(self.runs[0]):
                return None
        except Exception as error:
            self.report.notes.append(f"probe '{probe.name}' raises {type(error).__name__}: dropped")
            return None
        if run is not None:
            self.runs.append(run)
        return run

    def _huge(self, probe: Probe | None) -> None:
        if (finding := self._overflow(probe)) is None:
            return
        if self.options.repair and self.subject.kind == "loss":
            fix = find_fix(self.subject, self.runs, self.runner.passes, lambda _: self._stays_finite(), [], log_softmax)
            if fix is not None:
                finding.fix, finding.fix_verified, finding.source = fix.text, fix.verified, fix.source
        self.report.findings.append(finding)

    def _stays_finite(self) -> str:
        (again := Check(self.subject, self.source, replace(self.options, repair=False)))._run()
        return VERIFIED if not again.report.findings else REFUSED

    def _overflow(self, probe: Probe | None) -> Finding | None:
        douts, rng = self.runner.douts, np.random.default_rng(3)
        return overflow(self.subject, probe, lambda outs: douts(outs, rng, probe.values)) if probe else None

    def _diagnose_raise(self, main: Probe) -> None:
        """A backward that raises may still run on equal sizes, where the reason shows (a missing transpose, often)."""
        run = self._attempt(draws.equal_sizes(self.source, main)) if self.subject.kind == "layer" else None
        if run is not None and run.bad():
            self.report.findings += self._diagnose()
        if self.options.repair and run is not None:
            self._repair()

    def _tensors(self) -> None:
        for name in self.runs[0].numeric:
            self.report.tensors[name] = self._shown(name).result(name)

    def _shown(self, name: str) -> ProbeRun:
        """The run that is printed of an argument: the first on which its gradient is wrong, else the first."""
        return next((run for run in self.runs if name in run.bad() and name in run.numeric), self.runs[0])

    def _diagnose(self) -> list[Finding]:
        stages = self.runs, self.contract, self.linear
        return diagnose(Evidence(self.subject, self.source, *stages, self.options.dtype_tol, self._fewer_rows))

    def _absorb(self) -> None:
        """Turn the judged runs into findings."""
        if any(j.inconclusive.any() for s in self.runs for j in s.judged.values()):
            self.report.inconclusive = True
            self.report.notes += reasons(self.subject, self.runs)
        self.report.findings = causes_first(self.report.findings, self._diagnose())
        crossed = None if self.report.ok else column_against_row(self.subject, self.runs[0])
        if crossed is not None:  # no edit of the gradient may cement a loss over all pairs
            self.report.findings = [crossed, *(replace(f, fix=None, fix_tried=False) for f in self.report.findings)]
        elif self.options.repair and not self.report.ok:
            self._repair()
        self.report.findings = say_all(self.report.findings, self.runs)

    def _sweep(self, name: str) -> list[tuple[float, float, float]]:
        if not self.runs:
            return []
        s = self._shown(name)
        return step_sweep(self.subject, s.values, s.dout, name, s.analytic[name], s.numeric[name].value)

    def _attach_source(self) -> None:
        """The function in which the fault lies, for the page."""
        found = locate(self.subject.sources()[0]) if not self.report.ok and self.subject.sources() else None
        if found is not None:
            self.report.source_text, self.report.source_start = "".join(found.lines), found.start

    def _repair(self) -> None:
        """Look for a one-place edit that passes; it becomes the fix of the first error and names what had no name."""
        huge = draws.huge(self.source, self.runs[0].probe, self.subject.targets(self.runs[0].values))
        self.original_overflow = self._overflow(huge)
        try:
            known = list(scalars_of(self.subject, self.runs[0]).values())
            fix = find_fix(self.subject, self.runs, self.runner.passes, self._verify, self.report.notes, None, known)
        except Exception as error:  # the search's own fault is no finding about the user's function
            self.report.notes.append(f"the search for an edit stopped: {type(error).__name__}: {error}")
            return
        if fix is None:
            return
        worst = next(f for f in self.report.findings if f.severity != "note")
        worst.fix, worst.source, worst.fix_verified = fix.text, worst.source or fix.source, fix.verified
        worst.fix_tried = not fix.verified
        if worst.code == "UNNAMED" and fix.edit.code != "UNNAMED":
            worst.code = fix.edit.code
            worst.message += f". The edit that passes every check tells what it is: {fix.edit.text}"
            self.report.findings = [f for f in self.report.findings if f.code != "UNNAMED"]

    def _verify(self, brings_a_size: bool) -> str:
        """The whole check again, of the edited function that the subject holds now, and once more with other sizes.

        What puts in a size has to hold there; where the function takes no other sizes, it was tried on these only.
        """
        subject = self.subject
        protect, mark = subject.protect, subject.streams.marked
        try:
            again = Check(subject, self.source, replace(self.options, repair=False))
            again._run()
            found = again.report.findings
            if again.report.verdict == "fail" or any(f.code == "NONFINITE" and not self._own(f) for f in found):
                return REFUSED
            other = again._attempt(draws.other_sizes(self.source, again.runs[0].probe))
            if other is None:
                return TRIED if brings_a_size else VERIFIED
            return TRIED if other.bad() else VERIFIED
        finally:
            subject.protect, subject.streams.marked = protect, mark

    def _own(self, overflow: Finding) -> bool:
        """Whether the function overflows so without the edit as well."""
        mine = self.original_overflow
        if mine is None or mine.where not in (overflow.where, "loss"):
            return False
        return overflow.severity == "note" or mine.severity == "error"
