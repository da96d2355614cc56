"""Batches: what an epoch is, that rows are drawn as documented, and that a batch costs no copy of the data."""

import itertools

import numpy as np
import pytest
from solver_cases import CourseNet, quiet, softmax_data

from solver.sampling import Gather, Sampler
from solver.streams import streams


def sampler(sampling, rows=10, batch=4, seed=0):
    return Sampler(rows, batch, sampling, streams(seed).batches)


def test_steps_per_epoch():
    assert sampler("with_replacement").steps_per_epoch == 2
    assert sampler("without_replacement").steps_per_epoch == 2
    assert sampler("epoch").steps_per_epoch == 3
    assert sampler("with_replacement", rows=3, batch=100).steps_per_epoch == 1


def test_a_shuffled_epoch_is_a_pass_over_the_data():
    draw = sampler("epoch")
    orders = []
    for _ in range(4):
        masks = [draw.draw() for _ in range(3)]
        assert [len(mask) for mask in masks] == [4, 4, 2]
        orders.append(np.concatenate(masks))
        assert sorted(orders[-1]) == list(range(10))
    assert not np.array_equal(orders[0], orders[1])


def test_masks_without_replacement_hold_no_row_twice():
    draw = sampler("without_replacement")
    for _ in range(100):
        assert len(set(draw.draw())) == 4


def test_masks_with_replacement_are_independent_rows():
    draw = sampler("with_replacement", rows=10, batch=5000)
    counts = np.bincount(draw.draw(), minlength=10)
    assert abs(counts - 500).max() < 100
    assert any(len(set(sampler("with_replacement", batch=8, seed=s).draw())) < 8 for s in range(5))


@pytest.mark.parametrize("sampling", ["with_replacement", "without_replacement", "epoch"])
@pytest.mark.parametrize("before", range(8))
def test_a_sampler_continues_from_its_state(sampling, before):
    first = sampler(sampling)
    for _ in range(before):
        first.draw()
    stream = first.rng.bit_generator.state
    second = sampler(sampling, seed=9)
    second.rng.bit_generator.state = stream
    second.restore(first.state())
    for _ in range(9):
        assert np.array_equal(first.draw(), second.draw())


@pytest.mark.parametrize("sampling", ["with_replacement", "without_replacement", "epoch"])
def test_a_sampler_put_back_to_its_start_draws_its_second_order_too(sampling):
    """As after a chunk that diverged: it had drawn an order, which must not be taken for one it has begun."""
    once, again = (sampler(sampling, rows=5000, batch=4096) for _ in range(2))  # one or two masks an order
    state, stream = again.state(), again.rng.bit_generator.state
    again.draw()
    again.rng.bit_generator.state = stream
    again.restore(state)
    assert again.state() == state
    for _ in range(5):
        assert np.array_equal(once.draw(), again.draw())


@pytest.mark.parametrize("order", ["C", "F"])
def test_gathered_rows(order):
    X = np.asarray(np.arange(24.0).reshape(6, 4), order=order)
    y = np.arange(6)
    gather = Gather(X, y, 3)
    for mask in (np.array([5, 0, 5]), np.array([2])):
        batch = gather(mask)
        assert np.array_equal(batch.X, X[mask])
        assert np.array_equal(batch.y, y[mask])
    held = gather(np.array([1, 2, 3])).X
    assert (order == "C") == np.shares_memory(held, gather(np.array([0, 0, 0])).X)


def test_streams_are_independent_and_those_of_the_seed():
    ours, theirs = streams(3), [np.random.default_rng(child) for child in np.random.SeedSequence(3).spawn(4)]
    assert [stream.random() for stream in ours] == [stream.random() for stream in theirs]


def test_streams_go_on_from_their_state():
    first, second = streams(3), streams(4)
    for k, stream in enumerate(first):
        stream.random(k)
    state = first.state()
    wanted = [stream.random() for stream in first]
    second.restore(state)
    assert [stream.random() for stream in second] == wanted
    assert list(state) == ["initialisation", "batches", "noise", "evaluation"]


def test_accumulated_micro_batches_equal_the_large_batch():
    large = quiet(CourseNet(reg=0.1), batch_size=40).train()
    small = quiet(CourseNet(reg=0.1), batch_size=10, accumulate=4).train()
    assert small.steps_per_epoch == large.steps_per_epoch == 3
    np.testing.assert_allclose(small.loss_history, large.loss_history, rtol=1e-12)
    uneven = quiet(CourseNet(reg=0.1), batch_size=7, accumulate=5, sampling="epoch").train()
    whole = quiet(CourseNet(reg=0.1), batch_size=35, sampling="epoch").train()
    np.testing.assert_allclose(uneven.loss_history, whole.loss_history, rtol=1e-12)


def test_a_set_smaller_than_a_mask():
    data = softmax_data()
    data["X_train"], data["y_train"] = data["X_train"][:3], data["y_train"][:3]
    for sampling in ("with_replacement", "epoch"):
        assert len(quiet(CourseNet(), data, sampling=sampling).train().loss_history) == 5


def test_a_mask_of_all_rows_is_the_largest_without_replacement():
    assert sorted(sampler("without_replacement", rows=4, batch=4).draw()) == [0, 1, 2, 3]
    with pytest.raises(ValueError, match=r"batch_size 5 is larger than the 4 training rows"):
        sampler("without_replacement", rows=4, batch=5)
    assert len(sampler("with_replacement", rows=4, batch=5).draw()) == 5


def test_rows_drawn_so_far():
    """An epoch of ten rows in batches of four has the batches 4, 4 and 2; masks are all of one size."""
    assert [sampler("epoch").examples(step) for step in range(8)] == [0, 4, 8, 10, 14, 18, 20, 24]
    for sampling in ("with_replacement", "without_replacement"):
        assert [sampler(sampling).examples(step) for step in range(4)] == [0, 4, 8, 12]


def test_masks_drawn_ahead_are_those_drawn_one_by_one():
    """Ahead by 8,192 rows, so that the stream stands where it would after so many masks."""
    draw, rng = sampler("with_replacement", rows=50, batch=3000), streams(0).batches
    masks = [draw.draw() for _ in range(5)]
    for start in (0, 2):
        wanted = rng.integers(0, 50, 6000)
        np.testing.assert_array_equal(np.concatenate(masks[start : start + 2]), wanted)
    assert [len(mask) for mask in masks] == [3000] * 5
    large = sampler("with_replacement", rows=50, batch=10_000)
    np.testing.assert_array_equal(large.draw(), streams(0).batches.integers(0, 50, 10_000))
    assert large.state()["length"] == 10_000
    for batch, length in ((4096, 8192), (2731, 5462), (1, 8192)):  # as many masks as have 8,192 rows together
        draw = sampler("with_replacement", rows=50, batch=batch)
        draw.draw()
        assert draw.state()["length"] == length


@pytest.mark.parametrize("sampling", ["with_replacement", "without_replacement", "epoch"])
@pytest.mark.parametrize("batch", [1, 7, 16, 50])
def test_many_steps_are_drawn_as_one_after_the_other(sampling, batch):
    one, many = (Sampler(50, batch, sampling, np.random.default_rng(3)) for _ in range(2))
    for steps in (1, 5, 3, 700, 2):
        masks = [one.draw() for _ in range(steps)]
        rows, starts = many.draw_many(steps)
        assert [rows[a:b].tolist() for a, b in itertools.pairwise(starts)] == [mask.tolist() for mask in masks]
        assert many.last().tolist() == masks[-1].tolist()
        assert one.state() == many.state()
