"""Runs that a table must not stumble over: all of a solver diverged, names beyond ASCII, a budget that ended."""

import math
import tomllib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from bench.solvers.planning import problem as problems, spaces
from bench.solvers.planning.manifest import Manifest, write_manifest
from bench.solvers.planning.plan import tuning
from bench.solvers.planning.task import report_tasks
from bench.solvers.presenting import figures
from bench.solvers.presenting.guards import _budget, _falling
from bench.solvers.presenting.tables import table
from bench.solvers.reading.choice import Choice
from bench.solvers.reading.entry import Draw, Entry, known_until
from bench.solvers.reading.results import SweepResults
from bench.solvers.reading.summary import paired
from bench.solvers.running import run_one
from bench.solvers.storage.failures import write_failure
from bench.solvers.storage.log import logs
from bench.solvers.storage.log_line import head, written
from bench.solvers.storage.record import Record
from bench.solvers.storage.store import Store
from bench.solvers.watching.state import look
from tests.bench.conftest import TINY

PROBLEM = problems.from_dict(tomllib.loads(TINY))  # the target: an error of 0.3; a budget of 3 epochs
RATE = {"learning_rate": {"scale": "log", "low": 0.1, "high": 1.0}}
SGD = spaces.from_dict("sgd", {"rule": "sgd", "space": RATE})
WILD = spaces.from_dict("wild", {"rule": "sgd", "space": RATE})
LBFGS = spaces.from_dict("lbfgs", {"method": "L-BFGS-B", "space": {"maxcor": RATE["learning_rate"]}})


def entry(space: spaces.Space, errors: list[float], status: str = "ok", each: int = 10, seeds: int = 6) -> Entry:
    """A solver whose runs are all alike: an evaluation every so many steps, ten of which are an epoch."""
    rows = [
        {"step": each * i, "epoch": each * i / 10, "val_acc": 1 - error, "update_ratio": {"W1": 0.001 * i}}
        for i, error in enumerate(errors)
    ]
    outcome = {"status": status, "error": None, "steps": rows[-1]["step"]}
    tasks = report_tasks(PROBLEM, space, {"learning_rate": 0.1}, seeds, root=0)
    runs = [Record(task, outcome, {"load": {}}, rows) for task in tasks]
    return Entry(PROBLEM, space, [Draw(0, 0, [], Choice({"learning_rate": 0.1}, 0), runs)], 0)


def holding(*entries: Entry) -> Any:
    """As much of the results of a sweep as a plot asks for."""
    manifest: Any = SimpleNamespace(studies=1, seeds=6)
    manifest.split = lambda: [SimpleNamespace(root=0)]
    return SimpleNamespace(
        entries=lambda problem: list(entries), all=list(entries), problems=[PROBLEM], manifest=manifest, axis="step",
        metric="steps", solvers=[one.solver for one in entries],
    )  # fmt: skip


def test_runs_that_diverged_are_slower_than_any_that_met_the_target() -> None:
    """On six seeds one meets it at step 30, the other diverges by step 10: it is known to miss, p = 2 / 2^6."""
    good, lost = entry(SGD, [0.9, 0.8, 0.5, 0.3]), entry(WILD, [0.9, 0.9], "diverged")
    found = paired(good, lost, "step")
    assert found is not None
    assert (found.ratio, found.p) == (0.0, 2 / 2**6)
    assert (known_until(good, "step"), known_until(lost, "step")) == (30.0, math.inf)


def test_a_solver_that_diverges_before_its_first_evaluation_is_compared_and_does_not_fall() -> None:
    lost, good = entry(WILD, [0.9], "diverged"), entry(SGD, [0.9, 0.8])
    assert known_until(lost, "step") == math.inf
    found = paired(lost, good, "step")  # nobody met the target: nothing is known
    assert found is not None
    assert (found.ratio, found.p) == (1.0, 1.0)
    rows: Any = [SimpleNamespace(solver="wild"), SimpleNamespace(solver="sgd")]
    assert [warned.solver for warned in _falling([lost, good], rows)] == ["sgd"]
    assert known_until(entry(LBFGS, [0.9]), "step") == 1e-6  # cut at its start: a logarithm is taken of it


def test_plots_at_the_target_stop_where_all_budgets_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """L-BFGS meets the target at its fourth epoch, when the three of the others are over: for the table it missed."""
    shown: dict[str, Any] = {}
    for name in ("pairs", "profile", "time_to_target"):
        monkeypatch.setattr(figures.sweeps, name, lambda *given, name=name, **how: shown.update({name: given}))
    results = holding(entry(SGD, [0.9, 0.8, 0.7, 0.6]), entry(LBFGS, [0.9, 0.8, 0.7, 0.6, 0.2]))
    figures.time_to_target(results, PROBLEM)
    figures.pairs(results, PROBLEM)
    figures.profile(results)
    assert shown["time_to_target"][0] == {"sgd": [math.inf] * 6, "lbfgs": [math.inf] * 6}
    assert all(math.isnan(share) for share in shown["pairs"][1].ravel())  # nobody won a seed
    assert [float(shares.max()) for shares in shown["profile"][1].values()] == [0.0, 0.0]


def test_the_budget_is_spoken_of_where_the_table_cuts_it() -> None:
    full, others = entry(LBFGS, [0.9, 0.8, 0.7, 0.6, 0.2]), entry(SGD, [0.9, 0.8, 0.7, 0.6])
    assert [one.text[:44] for one in _budget([full, others], [])] == ["its 4 passes are counted to the 3 epochs of "]
    waiting = others._replace(draws=[others.draws[0]._replace(report=[])])  # its tuning is under way
    assert list(_budget([full, waiting], [])) == []


def test_a_run_that_diverged_does_not_cut_the_sizes_of_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[str, Any] = {}
    monkeypatch.setattr(figures.sweeps, "updates", lambda ratios, **how: shown.update(ratios))
    good, lost = entry(SGD, [0.9, 0.8, 0.7]), entry(SGD, [0.9, 0.9], "diverged", seeds=1)
    mixed = good._replace(draws=[good.draws[0]._replace(report=good.report + lost.report)])
    figures.updates(holding(mixed), PROBLEM)
    steps, ratios = shown["sgd"]
    assert steps == [10, 20]
    assert ratios["W1"].tolist() == [0.001, 0.002]
    assert not figures._has_data("updates", holding(lost), PROBLEM)


@pytest.mark.parametrize("name", ["my problem", "größe", "mlp+2.1"])
def test_a_run_of_any_legal_name_is_found_again(name: str) -> None:
    named = PROBLEM._replace(name=name)
    solver = SGD._replace(solver=name)
    (task,) = report_tasks(named, solver, {"learning_rate": 0.1}, 1, root=0)
    line = written(Record(task, {"status": "ok", "steps": 1}, {"load": {}}, [{"step": 1}]))
    assert head(line) == (int(task.id, 16), name, "report")


def test_failures_of_the_past_are_not_told(tmp_path: Path) -> None:
    """Of a version of the user's code that is gone, of a run that was made since, of the target's measurement."""
    manifest = Manifest((PROBLEM,), (SGD,), trials=2, seeds=1, tuning_seeds=1, root=0)
    write_manifest(tmp_path, manifest)
    first, second = tuning(manifest, PROBLEM, SGD)
    (aim,) = report_tasks(PROBLEM, SGD, {"learning_rate": 0.1}, 1, root=0, purpose="target")
    store = Store(tmp_path)
    store.append(Record(first, {"status": "ok", "steps": 1}, {"load": {"seconds": 1.0}}, [{"step": 1, "val_acc": 0.5}]))
    for task in (first, first._replace(code="0" * 64), aim):
        write_failure(tmp_path, task, "ValueError: of the past")
    assert SweepResults(tmp_path).failures(PROBLEM, SGD) == ""
    assert [part.failed for part in look(tmp_path).parts] == [0]
    write_failure(tmp_path, second, "ValueError: now")
    assert SweepResults(tmp_path).failures(PROBLEM, SGD) == "1 failed, the first by ValueError: now"
    assert [(part.failed, part.reasons) for part in look(tmp_path).parts] == [(1, ["ValueError: now"])]


def test_a_reason_in_html_is_text(monkeypatch: pytest.MonkeyPatch) -> None:
    reason = "problem tiny: no run has finished (1 failed, the first by TypeError: <class 'int'>)"
    monkeypatch.setattr("bench.solvers.presenting.tables.absent_words", lambda results, problem: reason)
    monkeypatch.setattr("bench.solvers.presenting.tables.table_content", lambda *given: None)
    monkeypatch.setattr("bench.solvers.presenting.tables._html", lambda content: "the table")
    results: Any = SimpleNamespace(problems=[PROBLEM], absent=[PROBLEM])
    assert table(results, "html").endswith("TypeError: &lt;class &#x27;int&#x27;&gt;).</p>")


def test_a_run_of_a_portion_is_on_the_disk_before_the_next_begins(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen = []

    def one(task: Any, *rest: Any) -> run_one.Done:
        seen.append([line for path in logs(tmp_path) for line in path.read_bytes().splitlines()])
        return run_one.Done(task, "done", 0.0, task)

    monkeypatch.setattr(run_one, "run_one", one)
    done = run_one.run_batch([b"a\n", b"b\n"], tmp_path, 1, {}, None)  # type: ignore[list-item]
    assert seen == [[], [b"a"]]
    assert [found.line for found in done] == [b"", b""]
    assert [line for path in logs(tmp_path) for line in path.read_bytes().splitlines()] == [b"a", b"b"]
