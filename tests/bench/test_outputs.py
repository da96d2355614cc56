"""What comes out of a sweep: tables in every format, warnings, plots, the export, the commands and their exit codes."""

import csv
import io
import json
import math
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import bench
from bench.solvers.planning.problem import load_problem
from bench.solvers.planning.spaces import load_space
from bench.solvers.planning.task import Task, tuning_tasks
from bench.solvers.presenting import figures
from bench.solvers.presenting.export import export
from bench.solvers.presenting.guards import warnings_of
from bench.solvers.presenting.tables import table
from bench.solvers.reading.measures import time_to
from bench.solvers.reading.summary import summarise
from bench.solvers.running.progress import Progress, Remaining, clock
from bench.solvers.running.run_one import Done
from bench.solvers.statistics import compare
from cli.main import main
from tests.bench.conftest import SOLVERS


def layergraph(*words: object) -> int:
    return main(["bench", *map(str, words)])


def test_the_table_is_a_table(swept: Path) -> None:
    text = bench.Results(swept).table()
    lines = text.splitlines()
    assert lines[0].startswith("problem tiny (id ")
    assert "6 seeds, paired" in lines[0]
    assert sorted(line.split()[0] for line in lines[2:6]) == sorted(SOLVERS)
    assert "reference" in next(line for line in lines if line.startswith("adam"))


def test_formats_agree(swept: Path) -> None:
    results = bench.Results(swept)
    values = json.loads(table(results, "json"))["tiny"]
    rows = {row["solver"]: row for row in csv.DictReader(table(results, "csv").splitlines())}
    assert [row["solver"] for row in values["rows"]] == list(rows)
    for row in values["rows"]:
        median = row["steps"]["median"]
        assert float(rows[row["solver"]]["steps_median"]) == (math.inf if median is None else median)
        assert int(rows[row["solver"]]["hits"]) == row["hits"]
    markdown = table(results, "md").splitlines()
    assert markdown[2].count("|") == markdown[3].count("|") == markdown[4].count("|")
    assert table(results, "html").count("<tr>") == 1 + len(SOLVERS)


def test_every_format_tells_all_settings_that_were_chosen(swept: Path) -> None:
    results = bench.Results(swept)
    entry = next(entry for entry in results.all if entry.solver == "momentum")
    rate, momentum = (entry.choice.settings[name] for name in ("learning_rate", "momentum"))
    told = f"learning_rate {rate:g}, momentum {momentum:.7g}"
    text = results.table()
    assert "settings as tuned:" in text
    assert f"  momentum  {told}" in text.splitlines()
    assert f"momentum: {told}" in table(results, "md")
    assert f"<b>momentum</b> {told}" in table(results, "html")
    assert next(one for one in json.loads(table(results, "json"))["tiny"]["rows"] if one["solver"] == "momentum")[
        "settings"
    ] == {"learning_rate": rate, "momentum": momentum}


def test_the_comparison_pairs_the_same_seeds(swept: Path) -> None:
    results = bench.Results(swept)
    ends = {
        entry.solver: {run.task.repetition: time_to(run, entry.problem) for run in entry.report}
        for entry in results.all
    }
    ours, theirs = ([ends[name][r] for r in range(6)] for name in ("sgd", "adam"))
    row = next(row for row in summarise(results, results.problems[0]) if row.solver == "sgd")
    assert row.versus == compare(ours, theirs)
    assert row.versus != compare(ours, theirs[::-1])


def test_another_target_reads_the_same_runs_anew(swept: Path) -> None:
    easy, hard = bench.Results(swept, target=0.8), bench.Results(swept, target=1e-6)
    first, last = (summarise(one, one.problems[0]) for one in (easy, hard))
    assert all(row.hits == row.seeds for row in first if row.solver != "lbfgs")
    assert all(row.hits == 0 and math.isinf(row.steps.median) for row in last)


def test_the_metric_is_what_is_counted(swept: Path) -> None:
    by_steps, by_examples = (bench.Results(swept, target=0.8, metric=name) for name in ("steps", "examples"))
    rows = {row.solver: row.steps.median for row in summarise(by_steps, by_steps.problems[0])}
    for row in summarise(by_examples, by_examples.problems[0]):
        if row.solver != "lbfgs":  # whose rows are whole passes over the data
            assert row.steps.median == 64 * rows[row.solver]
    assert "examples to target" in by_examples.table()
    with pytest.raises(ValueError, match="metric is 'hours'; expected one of steps, examples, epochs, seconds"):
        bench.Results(swept, metric="hours")


def test_few_seeds_are_said_and_not_ranked(tiny: Path, tmp_path: Path) -> None:
    results = bench.run(tiny, ["sgd", "adam"], budget="quick", trials=2, seeds=5, out=tmp_path, progress=False)
    text = results.table()
    assert "5 seeds give at best a 93.75 % interval; use --seeds 6 or more for 95 %" in text
    assert [row.solver for row in summarise(results, results.problems[0])] == ["sgd", "adam"]
    assert "[" not in text.splitlines()[2]


def test_guards(swept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    results = bench.Results(swept)
    problem = results.problems[0]
    rows = summarise(results, problem)
    entry = next(e for e in results.all if e.solver == "momentum")
    entry.choice.settings["learning_rate"] = 0.99  # of 1e-4 to 1
    for run in (run for one in results.all for run in (*one.tuning, *one.report)):
        run.machine["load"].update(before=0.01, after=0.01, cpu_share=1.0)
    entry.report[0].machine["load"].update(after=0.011, cpu_share=0.3)
    for solver, reached in (("sgd", 1), ("momentum", 2)):  # the evaluation that meets the target, on every seed
        for run in next(e for e in results.all if e.solver == solver).report:
            for number in range(len(run.rows)):
                run.rows.kept["val_acc"][number] = float(number >= reached)
    rows = [row._replace(failures=(1, 2)) if row.solver == "adam" else row for row in rows]
    found = {(warning.guard, warning.solver): warning.text for warning in warnings_of(results, problem, rows)}
    assert "widen it before comparing" in found["edge", "momentum"]
    assert "slower than sgd, its special case" in found["special case", "momentum"]
    assert found["diverged", "adam"].startswith("2 of 6 reporting runs")
    assert found["machine", ""] == (
        "the machine was busy in 1 of 24 reporting runs (one had its processor for only 30 % of its time; a fixed"
        " product took up to 10 % longer than at best): read steps, not seconds"
    )
    assert ("edge", "lbfgs") not in found


def test_every_plot_is_drawn_and_repeats(swept: Path, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    results = bench.Results(swept)
    paths = results.plot(out=tmp_path / "a")
    assert [path.name for path in paths] == [f"tiny-{name}.svg" for name in figures.PLOTS] + ["profile.svg"]
    again = results.plot(["curves", "profile"], out=tmp_path / "b")
    for path in again:
        assert path.read_bytes() == (tmp_path / "a" / path.name).read_bytes()
        ET.parse(path)


def test_plots_hold_their_data(swept: Path) -> None:
    pytest.importorskip("matplotlib")
    results = bench.Results(swept)
    problem = results.problems[0]
    drawn = figures.figures(results, ["time_to_target", "budget", "curves"])
    texts = {text.get_text() for text in drawn["tiny-time_to_target"].findobj(lambda a: hasattr(a, "get_text"))}
    assert set(SOLVERS) <= texts
    budget = drawn["tiny-budget"].axes[0]
    sgd = next(line for line in budget.lines if len(line.get_xdata()) == 4)
    assert sgd.get_ydata()[0] >= sgd.get_ydata()[-1]
    assert drawn["tiny-curves"].axes[1].get_ylabel() == "validation error"
    assert any(y == problem.target["value"] for line in drawn["tiny-curves"].axes[1].lines for y in line.get_ydata())


def test_a_plot_that_is_not_there_is_named(swept: Path) -> None:
    pytest.importorskip("matplotlib")
    with pytest.raises(ValueError, match=r"unknown plot 'curve'\. Did you mean 'curves'\? Known: curves, time_to"):
        bench.Results(swept).plot(["curve"])


def test_export_for_benchopt(swept: Path, tmp_path: Path) -> None:
    results = bench.Results(swept)
    rows = list(csv.DictReader(export(results, tmp_path / "out.csv").read_text().splitlines()))
    assert len(rows) == sum(len(run.rows) for entry in results.all for run in entry.report)
    assert {row["data_name"] for row in rows} == {"digits"}
    assert {row["idx_rep"] for row in rows} == set("012345")
    assert all(float(row["time"]) >= 0 and 0 <= float(row["objective_val_error"]) <= 1 for row in rows)
    with pytest.raises(ValueError, match="format is 'xls'; expected one of benchopt"):
        export(results, tmp_path / "out.xls", "xls")


def test_commands(swept: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert layergraph("table", swept, "--format", "md", "--out", tmp_path / "t.md") == 0
    assert "| solver |" in (tmp_path / "t.md").read_text()
    assert layergraph("export", swept, "--out", tmp_path / "x.csv") == 0
    capsys.readouterr()
    assert layergraph("table", swept, "--json") == 0
    assert json.loads(capsys.readouterr().out)["tiny"]["reference"] == "adam"


def test_run_and_dry_run(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("run", tiny, "--solvers", "sgd,lbfgs", "--budget", "quick", "--trials", 2, "--seeds", 1, "--out", tmp_path)
    assert layergraph(*words, "--dry-run") == 0
    said = capsys.readouterr().out
    assert "3 of 3" in said
    assert "with 1 at a time" in said
    assert not list(tmp_path.iterdir())
    assert layergraph(*words, "--json", "--quiet") == 0
    assert json.loads(capsys.readouterr().out) == {"out": str(tmp_path), "complete": True, "failed": []}
    assert layergraph(*words, "--dry-run") == 0
    assert "0 of 3" in capsys.readouterr().out


def test_a_shard_alone_is_not_complete(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (
        "run", tiny, "--solvers", "sgd",
        "--budget", "quick", "--trials", 3, "--seeds", 2, "--out", tmp_path, "--shard",
    )  # fmt: skip
    assert layergraph(*words, "0/3") == 0
    assert "bring the files of all shards together" in capsys.readouterr().out
    assert layergraph(*words, "3/3") == 2
    assert "--shard is '3/3'; expected I/N with 0 <= I < N" in capsys.readouterr().err


def test_a_failed_run_is_exit_1(tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    space = tmp_path / "broken.toml"
    space.write_text('rule = "sgd"\n[space.nonsense]\nscale = "linear"\nlow = 0.0\nhigh = 1.0\n', encoding="utf-8")
    words = (
        "run", tiny, "--solvers", space,
        "--budget", "quick", "--trials", 1, "--seeds", 1, "--out", tmp_path / "out", "--quiet",
    )  # fmt: skip
    assert layergraph(*words[:-1]) == 1
    said = capsys.readouterr().out
    assert "1 run failed; the same command tries again." in said
    assert "  1 x TypeError: " in said or "  1 x ValueError: " in said
    assert "nonsense" in said


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("table", "nowhere"), "nowhere holds no results"),
        (("run", "digits-mlp"), "unknown problem 'digits-mlp'"),
        (("run", "digits-mlp32", "--jobs", 0), "jobs is 0 and threads 1; expected at least 1 of each"),
    ],
)
def test_bad_input_is_one_line(words: tuple[object, ...], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert layergraph(*words) == 2
    error = capsys.readouterr().err
    assert error.startswith("layergraph: error: ")
    assert message in error
    assert error.count("\n") == 1


def test_the_target_command_writes_into_the_file(tiny: Path, tmp_path: Path) -> None:
    copy = tmp_path / "tiny.toml"
    copy.write_text(tiny.read_text(), encoding="utf-8")
    assert layergraph("target", copy, "--seeds", 3, "--out", tmp_path, "--quiet") == 0
    problem = load_problem(copy)
    assert problem.target["source"] == "median best of momentum (learning_rate 0.1, momentum 0.9) over 3 seeds, rounded"
    assert 0 < problem.target["value"] < 0.3
    assert problem.setup == load_problem(tiny).setup


def test_remaining_time_knows_the_kinds_apart(tiny: Path) -> None:
    problem = load_problem(tiny)
    fast, slow = (tuning_tasks(problem, load_space(name), 3, 0) for name in ("sgd", "lbfgs"))
    remaining = Remaining([*fast, *slow], jobs=2)
    assert remaining.estimate() is None
    remaining.add(Done(fast[0], "done", 1.0))
    remaining.add(Done(slow[0], "done", 100.0))
    assert remaining.estimate() == (2 * 1 + 2 * 100) / 2
    assert clock(3725.4) == "1:02:05"


class Terminal(io.StringIO):
    """A stream that says it is one."""

    def isatty(self) -> bool:
        return True


def show(progress: Progress, tasks: list[Task], ended: list[Done]) -> None:
    """A phase of which these runs have ended."""
    progress.begin("runs", tasks, {})
    for done in ended:
        progress.ended(done)
    progress.end()


def test_the_bar_on_a_terminal_and_lines_elsewhere(tiny: Path) -> None:
    pytest.importorskip("tqdm")
    tasks = tuning_tasks(load_problem(tiny), load_space("sgd"), 3, 0)
    ended = [Done(tasks[0], "done", 7200.0), Done(tasks[1], "failed", 0.5), Done(tasks[2], "done", 7200.0)]
    for stream in (Terminal(), io.StringIO()):
        show(Progress(1, stream), tasks, ended)
        said = stream.getvalue()
        assert "3/3" in said
        assert "about 0:00:00 left" in said
        assert ("\r" in said) == ("3/3, tiny sgd 7200.0 s" in said) == stream.isatty()
    quiet = io.StringIO()
    show(Progress(1, quiet, quiet=True), tasks, ended)
    assert quiet.getvalue() == ""
