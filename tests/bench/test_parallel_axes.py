"""The trials as lines across parallel axes: where they lie, which are emphasised, what the axes say."""

from pathlib import Path

import pytest

pytest.importorskip("matplotlib")
import bench
from bench.solvers.planning.spaces import Range
from bench.solvers.presenting.figures import PLOTS, figures
from bench.solvers.presenting.parallel_axes import _place, _ticks, lines_of
from bench.solvers.reading.measures import best
from plots import style
from plots.sweeps import Lines, Scale, log_ticks, parallel
from tests.bench.test_sweep_plots import overhang, words

RATE = Scale("learning_rate\n(log)", [0.0, 0.5, 1.0], [(0.0, "0.01"), (1.0, "1")])


def some(chosen: list[int], ended: list[str], measure: list[float] | None = None) -> dict[str, Lines]:
    return {"a": Lines([RATE], [0.1, 0.01, 0.5] if measure is None else measure, chosen, ended)}


def test_a_line_goes_through_its_settings_to_its_measure() -> None:
    axes = parallel(some([1], ["ok"] * 3), measure="error").axes[0]
    drawn = [line for line in axes.lines if len(line.get_xdata()) == 2 and list(line.get_xdata()) == [0, 1]]
    assert [line.get_ydata()[0] for line in drawn] == [1.0, 0.0, 0.5]  # the worst first, the chosen one last
    assert [line.get_ydata()[1] for line in drawn] == pytest.approx([1.0, 0.5886, 0.0], abs=1e-4)
    assert drawn[-1].get_color() == style.VERMILION
    assert drawn[-1].get_linewidth() > drawn[0].get_linewidth()


def test_dark_is_good() -> None:
    axes = parallel(some([], ["ok"] * 3), measure="error").axes[0]
    drawn = [line.get_color() for line in axes.lines if list(line.get_xdata()) == [0, 1]]
    light = [sum(colour[:3]) for colour in drawn]
    assert light == sorted(light, reverse=True)
    assert len(set(light)) == 3


def test_what_ended_early_is_marked_and_named() -> None:
    figure = parallel(some([1], ["diverged", "ok", "pruned"]), measure="error")
    assert sorted(line.get_marker() for line in figure.axes[0].lines if line.get_marker() in ("x", "|")) == ["x", "|"]
    assert {"diverged", "stopped early", "chosen"} <= words(figure)
    assert not {"diverged", "stopped early"} & words(parallel(some([1], ["ok"] * 3), measure="error"))
    assert "chosen in a study" in words(parallel(some([0, 1], ["ok"] * 3), measure="error"))


@pytest.mark.parametrize("measure", [[0.5] * 3, [0.0, 0.1, 0.2], [float("inf"), 0.1, float("nan")], [-1.0, 0.0, 0.0]])
def test_measures_that_a_logarithm_has_no_place_for(measure: list[float]) -> None:
    figure = parallel(some([0], ["ok"] * 3, measure), measure="error", target=0.3)
    figure.draw_without_rendering()
    assert "target" in words(figure)


@pytest.mark.parametrize("settings", [1, 5])
def test_no_text_of_parallel_axes_is_cut_off(settings: int) -> None:
    one = Lines([RATE] * settings, [0.1, 0.01, 0.5], [1], ["ok"] * 3)
    title = "deepobs-mnist-mlp: all tuning trials"
    measure = "best distance to the optimum\n(log)"
    assert overhang(parallel({"a": one, "b": one}, measure=measure, target=0.02, title=title)) < 0.02


@pytest.mark.parametrize("trials", [{}, {"a": Lines([RATE], [0.1], [], ["ok"])}, {"a": Lines([], [], [], [])}])
def test_lengths_that_do_not_fit_are_refused(trials: dict[str, Lines]) -> None:
    with pytest.raises(ValueError, match=r"^trials(\['a'\] has lengths| is empty)"):
        parallel(trials, measure="error")


@pytest.mark.parametrize(
    ("low", "high", "texts"),
    [
        (1e-5, 0.1, ["1e-05", "0.0001", "0.001", "0.01", "0.1"]),
        (1e-10, 1.0, ["1e-10", "1e-07", "0.0001", "0.1"]),
        (0.02, 0.9, ["0.03", "0.1", "0.3"]),
        (0.11, 0.12, ["0.11", "0.12"]),
    ],
)
def test_ticks_are_round_and_within(low: float, high: float, texts: list[str]) -> None:
    assert [text for _, text in log_ticks(low, high)] == texts


def test_a_momentum_rises_upwards_and_is_written_as_it_is() -> None:
    span = Range("one_minus_log", 0.001, 1.0)
    assert _place(span, 0.999) == pytest.approx(1)
    assert _place(span, 0.9) == pytest.approx(1 / 3)
    assert [(round(place, 6), text) for place, text in _ticks(span)] == [
        (1, "0.999"), (0.666667, "0.99"), (0.333333, "0.9"), (0, "0"),
    ]  # fmt: skip
    assert _ticks(Range("choice", 0, 2, choices=("constant", "cosine"))) == [(0.25, "constant"), (0.75, "cosine")]
    assert [text for _, text in _ticks(Range("linear", 2, 4, integer=True))] == ["2", "3", "4"]


def test_the_lines_are_the_trials_of_the_sweep(swept: Path) -> None:
    entry = next(entry for entry in bench.Results(swept).all if entry.solver == "momentum")
    lines = lines_of(entry)
    assert [scale.name for scale in lines.scales] == ["learning_rate\n(log)", "momentum\n(log of 1 - it)"]
    assert list(lines.measure) == [best(run, entry.problem) for run in entry.tuning]
    assert [entry.tuning[i].task.trial for i in lines.chosen] == [entry.choice.trial]
    lost = entry.tuning[0]._replace(outcome={**entry.tuning[0].outcome, "status": "diverged"})
    draw = entry.draws[0]._replace(tuning=[lost, *entry.tuning[1:]])
    assert lines_of(entry._replace(draws=[draw])).ended == ["diverged", *["ok"] * (len(entry.tuning) - 1)]
    short = entry.tuning[0]._replace(task=entry.tuning[0].task._replace(until=0.25))
    draw = entry.draws[0]._replace(tuning=[short, *entry.tuning[1:]])
    assert lines_of(entry._replace(draws=[draw])).ended == ["pruned", *["ok"] * (len(entry.tuning) - 1)]


def test_solvers_of_one_setting_are_named_and_not_shown(swept: Path) -> None:
    results = bench.Results(swept)
    figure = figures(results, ["parallel"])["tiny-parallel"]
    assert "tiny: all tuning trials (one setting, not shown: sgd, lbfgs)" in words(figure)
    assert {"momentum", "adam"} <= words(figure)
    assert list(PLOTS).index("parallel") == list(PLOTS).index("slices") + 1
