"""The pictures of a sweep from arrays made by hand: what they show, what they refuse, that no text is cut off."""

import numpy as np
import pytest

pytest.importorskip("matplotlib")
from plots.sweeps import (
    Band,
    Trials,
    bands,
    budget,
    ecdf,
    lr_sensitivity,
    pairs,
    profile,
    slices,
    time_to_target,
    updates,
)
from plots.sweeps.lr_sensitivity import _best_of_half_decades
from plots.sweeps.time_to_target import shifts

NAN, INF = float("nan"), float("inf")
TIMES = {"a": [100, 200, 300], "b": [150, INF, INF], "c": [INF, INF, INF]}
SPANS = {"a": (200, 100, 300), "b": (INF, 150, INF), "c": (INF, INF, INF)}


def words(figure: object) -> set[str]:
    return {text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text")) if text.get_text()}


def test_misses_stand_in_their_lane() -> None:
    figure = time_to_target(TIMES, SPANS, ["a", "b", "c"], xlabel="steps")
    said = words(figure)
    assert {"2 of 3", "3 of 3", "never"} <= said
    assert "1 of 3" not in said
    dots = [line for line in figure.axes[0].lines if line.get_marker() == "o"]
    assert sorted(x for line in dots for x in line.get_xdata()) == [100, 150, 200, 300]


def test_the_fastest_stands_on_top() -> None:
    figure = time_to_target(TIMES, SPANS, ["c", "b", "a"], xlabel="steps")
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()][-1] == "a"


def test_all_missed_is_a_picture_too() -> None:
    figure = time_to_target({"c": [INF] * 6}, {"c": (INF, INF, INF)}, ["c"], xlabel="steps")
    figure.canvas.draw()
    assert [label.get_text() for label in figure.axes[0].get_yticklabels()] == ["c"]
    assert list(figure.axes[0].get_xticks()) == []  # there is no time to put a number to


@pytest.mark.parametrize("target", [0.001, 5.0])
def test_a_target_that_no_curve_comes_near_is_on_the_picture(target: float) -> None:
    band = Band([1, 2], [0.5, 0.4], [0.4, 0.3], [0.6, 0.5])
    axes = bands({"error": {"a": band}}, ["a"], xlabel="steps", target=("error", target)).axes[0]
    low, high = axes.get_ylim()
    assert low < target < high


def overhang(figure: object) -> float:
    """Inches by which something drawn stands out of the picture."""
    figure.draw_without_rendering()
    box, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    return max(-box.x0, -box.y0, box.x1 - width, box.y1 - height)


@pytest.mark.parametrize("names", [["a", "b"], ["momentum", "nesterov", "schedule_free_adamw"], list("abcdefgh")])
def test_no_text_is_cut_off(names: list[str]) -> None:
    n = len(names)
    title = "deepobs-mnist-mlp:\nfirst to the target on the same seed"
    assert overhang(pairs(names, np.full((n, n), NAN), np.zeros((n, n)), np.ones((n, n)), title=title)) < 0.02
    band = Band([1, 2000], [0.5, 0.4], [0.4, 0.3], [0.6, 0.5])
    panels = {"training loss": dict.fromkeys(names, band), "validation error": dict.fromkeys(names, band)}
    assert overhang(bands(panels, names, xlabel="steps", target=("validation error", 0.01), title=title)) < 0.02
    layers = {f"{kind}{i}": [0.1, 0.01] for kind in "Wb" for i in range(1, 5)}
    assert overhang(updates(dict.fromkeys(names, ([1, 2], layers)), xlabel="steps", title=title)) < 0.02
    times, spans = dict.fromkeys(names, (100, 20000, INF)), dict.fromkeys(names, (20000, 100, INF))
    assert overhang(time_to_target(times, spans, names, xlabel="steps", title=title.replace("\n", " "))) < 0.02


def test_bands_without_an_interval_show_the_median() -> None:
    band = Band([0, 1, 2], [1.0, 0.5, 0.2], [NAN] * 3, [NAN] * 3)
    figure = bands({"loss": {"a": band}}, ["a"], xlabel="steps", target=("loss", 0.3))
    line = figure.axes[0].lines[0]
    assert list(line.get_xdata()) == [1, 2]  # step 0 has no place on a logarithmic axis
    assert "target 0.3" in words(figure)


def test_a_curve_that_was_lost_is_left_out() -> None:
    lost = Band([0, 1, 2], [1.0, INF, INF], [1.0, INF, INF], [INF] * 3)
    kept = Band([0, 1, 2], [1.0, 0.5, 0.2], [0.9, 0.4, 0.1], [1.1, 0.6, 0.3])
    figure = bands({"loss": {"lost": lost, "kept": kept}}, ["lost", "kept"], xlabel="steps")
    assert "kept" in words(figure)
    assert "lost" not in words(figure)


def test_profile_carries_its_areas() -> None:
    figure = profile([1, 2, 4], {"a": [0.5, 0.5, 0.5], "b": [0, 0, 0.9]}, ["a", "b"])
    assert {"a (50)", "b (30)"} <= words(figure)


def test_pairs_are_bold_only_where_the_interval_leaves_out_a_half() -> None:
    share = np.array([[NAN, 0.9], [0.1, NAN]])
    low, high = np.array([[NAN, 0.7], [0.0, NAN]]), np.array([[NAN, 1.0], [0.6, NAN]])
    figure = pairs(["a", "b"], share, low, high)
    bold = {t.get_text() for t in figure.axes[0].texts if t.get_fontweight() == "bold"}
    assert bold == {"90 %\n[70, 100]"}


def test_divergence_is_a_cross() -> None:
    figure = lr_sensitivity({"a": ([0.1, 1, 10], [0.2, 0.1, 0.9], [False, False, True])}, ["a"], ylabel="error")
    crosses = [line for line in figure.axes[0].lines if line.get_marker() == "x"]
    assert [list(line.get_xdata()) for line in crosses] == [[10]]


def test_the_line_joins_the_best_of_each_half_decade() -> None:
    x, y = np.array([0.011, 0.02, 0.05, 0.9]), np.array([0.5, 0.3, 0.4, 0.1])
    assert _best_of_half_decades(x, y) == [1, 2, 3]


def test_ecdf_budget_slices_and_updates_hold_their_data() -> None:
    reached = ecdf({"a": ([10, 20], [0.5, 1.0])}, ["a"], xlabel="steps").axes[0].lines[0]
    assert list(reached.get_ydata()) == [50, 100, 100]
    assert list(budget({"a": [3.0, 2.0]}, ["a"], ylabel="error").axes[0].lines[0].get_xdata()) == [1, 2]
    trials = {"a": Trials({"rate": ([0.1, 1.0], True)}, [0.5, 0.4], 1)}
    assert slices(trials, ["a"], ylabel="error").axes[0].lines[1].get_xdata() == [1.0]
    shown = updates({"a": ([1, 2], {"W1": [0.1, 0.0]})}, xlabel="steps").axes[0].lines[0].get_ydata()
    assert np.isnan(shown[1])


@pytest.mark.parametrize(
    "draw",
    [
        lambda: time_to_target({}, {}, [], xlabel="steps"),
        lambda: bands({}, [], xlabel="steps"),
        lambda: ecdf({}, [], xlabel="steps"),
        lambda: profile([1], {}, []),
        lambda: budget({}, [], ylabel="error"),
        lambda: lr_sensitivity({}, [], ylabel="error"),
        lambda: slices({}, [], ylabel="error"),
        lambda: updates({}, xlabel="steps"),
    ],
)
def test_nothing_to_draw_is_said(draw: object) -> None:
    with pytest.raises(ValueError, match="is empty; expected at least one"):
        draw()


def test_shapes_and_names_that_do_not_fit() -> None:
    with pytest.raises(ValueError, match=r"share has shape \(1, 1\); expected \(2, 2\)"):
        pairs(["a", "b"], [[1]], [[1]], [[1]])
    with pytest.raises(ValueError, match="expected every solver once"):
        budget({"a": [1.0]}, ["a", "a"], ylabel="error")


def test_ten_solvers_differ_in_colour_or_dash() -> None:
    from plots.sweeps.looks import looks

    names = [f"solver{i}" for i in range(14)]
    assert len({(look.colour, str(look.dash)) for look in looks(names).values()}) == 14


def test_the_dots_of_a_study_stand_together() -> None:
    assert shifts([1]).tolist() == [0.0]
    assert shifts([3]) == pytest.approx([-0.24, 0.0, 0.24])
    assert shifts([2, 3]) == pytest.approx([-0.24 + 0.48 * place / 6 for place in (0, 1, 4, 5, 6)])
    figure = time_to_target(
        {"a": [1.0, 2.0, INF, 4.0]}, {"a": (2.0, 1.0, 4.0)}, ["a"], xlabel="s", groups={"a": [2, 2]}
    )
    assert figure.axes[0].lines[0].get_ydata() == pytest.approx(shifts([2, 2])[[0, 1, 3]])
