"""Curves: what is drawn is what was given, at its place on the axis, whatever is missing from the history."""

import numpy as np
import pytest
from picture_checks import texts_of, unreadable

import plots
from plots.history import read_history
from plots.lines import spread
from plots.smoothing import moving_mean, window_for


def history(epochs=4, steps=50, start=2.3):
    rng = np.random.default_rng(0)
    x = np.arange(1, epochs * steps + 1) / steps
    e = np.arange(epochs + 1)
    return {
        "loss": start * np.exp(-x) * rng.lognormal(0, 0.2, x.size),
        "train_loss": start * np.exp(-e), "val_loss": start * np.exp(-e) + 0.05,
        "train_acc": 1 - 0.9 * np.exp(-1.5 * e), "val_acc": 1 - 0.9 * np.exp(-1.3 * e),
        "steps_per_epoch": steps,
    }  # fmt: skip


def line(axes, label):
    (found,) = [one for one in axes.get_lines() if one.get_label() == label]
    return found


def test_what_is_drawn_is_what_was_given():
    given = history()
    loss, accuracy = plots.curves(given).axes
    np.testing.assert_array_equal(line(loss, "loss").get_ydata(), given["loss"])
    np.testing.assert_allclose(line(loss, "loss").get_xdata()[[0, 49, -1]], [0.02, 1.0, 4.0])
    for key in ("train_loss", "val_loss"):
        np.testing.assert_array_equal(line(loss, key).get_xydata(), np.c_[np.arange(5), given[key]])
    for key in ("train_acc", "val_acc"):
        np.testing.assert_allclose(line(accuracy, key).get_xydata(), np.c_[np.arange(5), 100 * given[key]])
    assert (loss.get_xlabel(), accuracy.get_xlabel(), accuracy.get_ylabel()) == ("epoch", "epoch", "accuracy (%)")


def test_lines_are_named_at_their_ends_with_their_last_values():
    given = history()
    given["val_acc"][-1], given["train_acc"][-1] = 0.9891, 0.9988
    figure = plots.curves(given)
    assert {"validation 98.9 %", "training 99.9 %"} <= set(texts_of(figure))
    assert figure.axes[1].get_title(loc="left") == "Best validation accuracy 98.9 %, epoch 4"
    assert figure.axes[0].get_legend() is None


@pytest.mark.parametrize(
    "change",
    [{}, {"val_acc": None, "val_loss": []}, {"val_acc": [np.nan] * 5, "val_loss": None},
     {"train_acc": [0.1, 0.98, 0.981, 0.982, 0.983], "val_acc": [0.1, 0.98, 0.9811, 0.982, 0.9829]},
     {"loss": None}, {"val_acc": [0.1, 0.2, np.nan, np.nan, np.nan]}, {"train_loss": [2.3, np.inf, 1, 1, 1]}],
)  # fmt: skip
def test_every_word_can_be_read(change):
    figure = plots.curves(history() | change)
    assert len(figure.axes) == 2
    assert unreadable(figure) == []


def test_without_validation_no_word_speaks_of_it():
    figure = plots.curves(history() | {"val_acc": [], "val_loss": None})
    assert not [text for text in texts_of(figure) if "alidation" in text]
    assert figure.axes[1].get_title(loc="left").startswith("Best training accuracy")


def test_the_loss_alone_is_one_panel_over_steps():
    (axes,) = plots.curves({"loss": [3.0, 2.0, 1.5]}).axes
    assert axes.get_xlabel() == "step"
    np.testing.assert_array_equal(line(axes, "loss").get_xdata(), [1, 2, 3])


def test_a_single_step_is_visible():
    (axes,) = plots.curves({"loss": [3.0]}).axes
    assert line(axes, "loss").get_marker() == "."
    assert axes.get_ylim()[0] < 3.0 < axes.get_ylim()[1]


def test_one_epoch_shows_both_of_its_evaluations():
    figure = plots.curves(history(epochs=1))
    np.testing.assert_array_equal(line(figure.axes[1], "val_acc").get_xdata(), [0, 1])
    assert line(figure.axes[1], "val_acc").get_marker() == "o"
    assert unreadable(figure) == []


def test_divergence_is_marked_and_leaves_a_gap():
    given = history()
    given["loss"][120] = np.inf
    given["loss"][121:] = np.nan
    loss, _ = plots.curves(given).axes
    assert loss.get_title(loc="left") == "Loss not finite from step 121 on"
    drawn = line(loss, "loss").get_ydata()
    assert np.isnan(drawn[120:]).all()
    assert np.isfinite(drawn[:120]).all()
    assert loss.get_xlim()[0] < 0
    assert loss.get_xlim()[1] > 4, "markers at the edges stay whole"
    (mark,) = [one for one in loss.get_lines() if one.get_linestyle() == ":"]
    assert mark.get_xdata()[0] == 121 / 50


def test_a_far_fall_takes_a_logarithmic_axis_and_a_negative_loss_does_not():
    far = history(epochs=8)
    assert plots.curves(far).axes[0].get_ylabel() == "loss (log scale)"
    far["loss"][-60:] -= 1.0
    assert plots.curves(far).axes[0].get_yscale() == "linear"


@pytest.mark.parametrize("huge", [1e300, 1.7e308, -1.7e308])
def test_numbers_at_the_end_of_float64_are_drawn(huge, tmp_path):
    given = history()
    given["loss"][100:110] = huge
    given["val_loss"][3] = huge
    plots.curves(given, tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 0


def test_lists_of_different_lengths_without_a_loss():
    figure = plots.curves({"train_acc": [0.1], "val_acc": [0.1, 0.97, 0.98, 0.981]})
    assert unreadable(figure) == []


def test_the_entry_before_training_does_not_flatten_the_rest():
    given = history() | {"train_acc": None, "val_acc": [0.098, 0.962, 0.971, 0.975, 0.979]}
    figure = plots.curves(given)
    low, high = figure.axes[1].get_ylim()
    assert 95 < low < 96.2
    assert 97.9 < high < 99
    assert "from 9.8 % before training" in texts_of(figure)


@pytest.mark.parametrize(
    ("count", "steps", "places"),
    [(4, 150, [0, 1, 2, 3]), (3, 150, [1, 2, 3]), (2, 75, [0, 1]), (3, 75, [0, 1, 1.5]), (1, 75, [1])],
)
def test_evaluations_stand_at_the_epochs_they_belong_to(count, steps, places):
    read, unit = read_history({"loss": [1.0] * steps, "val_acc": [0.5] * count, "steps_per_epoch": 50})
    np.testing.assert_allclose(read["val_acc"].x, places)
    assert unit == "epoch"


def test_given_epochs_are_kept():
    read, _ = read_history({"loss": [1.0] * 75, "val_acc": [0.1, 0.5], "epoch": [0.25, 1.5], "steps_per_epoch": 50})
    np.testing.assert_array_equal(read["val_acc"].x, [0.25, 1.5])


@pytest.mark.parametrize(
    ("given", "text"),
    [({}, "nothing to draw"), ({"loss": [np.nan]}, "nothing to draw"),
     ({"val_accuracy": [0.5]}, "unknown key 'val_accuracy'"),
     ({"val_acc": [97.2]}, "val_acc holds 97.2; expected fractions"),
     ({"loss": [[1.0]]}, r"loss has shape \(1, 1\)"), ({"loss": ["a"]}, "loss is no list of numbers"),
     ({"loss": [1.0], "val_acc": [0.5]}, "share an axis only with steps_per_epoch"),
     ({"loss": [1.0], "steps_per_epoch": 0}, "steps_per_epoch is 0"),
     ({"loss": [1.0] * 9, "val_acc": [0.5] * 6, "steps_per_epoch": 3}, "val_acc has 6 entries for 3 epochs"),
     ({"val_acc": [0.5] * 2, "epoch": [1, 0]}, "expected 2 rising numbers"),
     ({"val_acc": [0.5] * 2, "epoch": [1]}, "expected 2 rising numbers")],
)  # fmt: skip
def test_a_history_that_is_none_is_refused(given, text):
    with pytest.raises(ValueError, match=text):
        plots.curves(given)


def test_a_list_is_no_history():
    with pytest.raises(TypeError, match="history is a list"):
        plots.curves([1.0, 2.0])


def test_moving_mean_by_hand():
    np.testing.assert_allclose(moving_mean(np.array([1.0, 2.0, 6.0, np.nan]), 3), [1.5, 3.0, 4.0, 6.0])
    np.testing.assert_array_equal(moving_mean(np.array([np.nan, np.nan, 1.0]), 1), [np.nan, np.nan, 1.0])


def test_moving_mean_keeps_a_spike_in_its_window():
    values = np.ones(100)
    values[50] = 1e300
    mean = moving_mean(values, 5)
    np.testing.assert_array_equal(np.delete(mean, range(48, 53)), 1.0)


def test_window_is_odd_and_bounded():
    windows = [window_for(n) for n in (1, 59, 60, 1000, 10**6)]
    assert windows == [1, 1, 3, 33, 501]


@pytest.mark.parametrize("heights", [[0.5] * 3, [0.0, 1.0, 1.0], [0.2, 0.9, 0.21], [1.0] * 3, [0.0] * 3])
def test_labels_are_spread(heights):
    placed = np.array(spread(heights, 0.1))
    assert np.diff(np.sort(placed)).min() >= 0.1 - 1e-12
    assert placed.max() <= 1
    assert placed.min() >= 0


def test_labels_with_room_stay():
    assert spread([0.9, 0.1, 0.5], 0.1) == [0.9, 0.1, 0.5]


def test_another_measure_has_its_own_name_and_no_per_cent():
    values = {"train_acc": [-2.5, 0.3, 0.6, 0.7, 0.75], "val_acc": [-3.0, 0.2, 0.5, 0.6, 0.7]}
    given = history() | values | {"measure": "r2"}
    figure = plots.curves(given)
    measure = figure.axes[1]
    np.testing.assert_allclose(line(measure, "val_acc").get_ydata(), given["val_acc"])
    assert measure.get_ylabel() == "R2"
    assert measure.get_title(loc="left") == "Best validation R2 0.7, epoch 4"
    assert {"validation 0.7", "training 0.75"} <= set(texts_of(figure))
    assert not [text for text in texts_of(figure) if "ccuracy" in text or "%" in text]
    assert unreadable(figure) == []


def test_a_share_by_another_name_stays_in_per_cent():
    figure = plots.curves(history() | {"measure": "subset_accuracy"})
    assert figure.axes[1].get_ylabel() == "subset accuracy (%)"


def test_the_name_of_a_measure_is_text():
    with pytest.raises(ValueError, match="measure is 3; expected the name"):
        plots.curves(history() | {"measure": 3})
