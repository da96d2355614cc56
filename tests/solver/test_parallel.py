"""Training over ranks, here threads: the gradient of the batch from slices; ranks agree, stop and print together."""

import copy
import itertools
import sys
from types import SimpleNamespace

import numpy as np
import pytest
from ranks import IN_PLACE, on_ranks
from solver_cases import CourseNet, flat_net, quiet, softmax_data, weights

import models
from solver.parallel import DataParallel, Estimate, estimate


@pytest.fixture(autouse=True)
def no_mpi(monkeypatch):
    monkeypatch.setitem(sys.modules, "mpi4py", SimpleNamespace(MPI=SimpleNamespace(IN_PLACE=IN_PLACE)))


def raised(results):
    """The results, or the first error that is not the others' waiting for it."""
    for result in results:
        if isinstance(result, Exception) and "Barrier" not in type(result).__name__ + str(result):
            raise result
    return results


@pytest.mark.parametrize("make", [flat_net, CourseNet], ids=["flat", "course"])
@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("batch", [2, 20])
def test_ranks_agree_and_differ_from_one_process_by_rounding(make, size, batch):
    settings = {"batch_size": batch, "update_rule": "sgd_momentum", "num_epochs": 2, "seed": 4, "restore_best": False}
    alone = quiet(make(), **settings).train()

    def train(comm):
        model = make()
        if comm.rank:  # rank 0's weights are to count
            for array in model.params.values():
                array += comm.rank
        run = quiet(model, comm=comm, **settings)
        run.train()
        return weights(model), run.loss_history

    found = raised(on_ranks(size, train))
    for vector, losses in found:
        np.testing.assert_array_equal(vector, found[0][0])
        assert losses == found[0][1]
        np.testing.assert_allclose(vector, weights(alone.model), rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(losses, alone.loss_history, rtol=1e-10)


@pytest.mark.parametrize("size", [1, 2, 3, 8])
def test_loss_and_gradient_are_those_of_the_whole_batch(size):
    data = softmax_data()
    for rows in (1, 2, 7, 40):
        X, y = data["X_train"][:rows], data["y_train"][:rows]
        wanted, grads = flat_net().loss(X, y)

        def work(comm, X=X, y=y):
            parallel = DataParallel(flat_net(), comm)
            assert len(parallel.vector) == flat_net().params.flat.size + 2  # what travels: gradient, loss, and a wish
            np.testing.assert_array_equal(parallel.loss(X), flat_net().loss(X))
            loss, found = parallel.loss(X, y)
            return loss, {name: array.copy() for name, array in found.items()}

        for loss, found in raised(on_ranks(size, work)):
            assert loss == pytest.approx(wanted, rel=1e-12)
            for name, gradient in grads.items():
                np.testing.assert_allclose(found[name], gradient, rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("w", [[1, 2, 0, 4, 1, 3, 0], [0, 0, 0, 0, 0, 0, 5], [0] * 7])
def test_weights_of_rows_are_those_of_the_whole_batch(size, w):
    X, y, w = softmax_data()["X_train"][:7], softmax_data()["y_train"][:7], np.array(w, float)
    wanted, grads = flat_net(reg=0.1).loss(X, y, sample_weight=w)

    def work(comm):
        loss, found = DataParallel(flat_net(reg=0.1), comm).loss(X, y, w)
        return loss, {name: array.copy() for name, array in found.items()}

    for loss, found in raised(on_ranks(size, work)):
        assert loss == pytest.approx(wanted, rel=1e-12)
        for name, gradient in grads.items():
            np.testing.assert_allclose(found[name], gradient, rtol=1e-10, atol=1e-13)
    with pytest.raises(ValueError, match=r"CourseNet.loss takes no sample_weight"):
        raised(on_ranks(size, lambda comm: quiet(CourseNet(), comm=comm, class_weight="balanced")))


@pytest.mark.parametrize("asks", [0, 1])
def test_all_stop_after_the_step_in_which_they_hear_of_it(asks):
    def train(comm):
        def on_step(solver, logs):
            if comm.rank == asks and logs["step"] == 7:
                solver.model.asked_to_stop = True

        run = quiet(flat_net(), comm=comm, callbacks=[SimpleNamespace(on_step=on_step)])
        run.train()
        return len(run.loss_history)

    assert raised(on_ranks(2, train)) == [8, 8]


def test_a_rank_whose_time_is_up_stops_all():
    def train(comm):
        run = quiet(flat_net(), comm=comm, max_seconds=1e-9 if comm.rank else None)
        run.train()
        return len(run.loss_history)

    assert raised(on_ranks(2, train)) == [2, 2]


@pytest.mark.parametrize(("drifts_after", "noticed"), [(1, 100), (99, 100), (100, 200), (150, 200)])
def test_ranks_that_drift_apart_are_noticed_at_the_next_hundredth_step(drifts_after, noticed):
    X, y = softmax_data()["X_train"][:4], softmax_data()["y_train"][:4]

    def work(comm):
        model = flat_net()
        parallel = DataParallel(model, comm)
        for call in itertools.count(1):
            parallel.loss(X, y)
            if call == drifts_after and comm.rank:
                model.params.flat[0] += 1e-12
        return call

    for result in on_ranks(2, work):
        assert isinstance(result, RuntimeError)
        if "Barrier" not in type(result).__name__:
            assert str(result).startswith(f"the parameters differ between ranks after {noticed} steps: are NumPy, BLAS")


def test_rank_0_alone_prints_and_saves(tmp_path, capsys):
    def train(comm):
        folder = tmp_path / str(comm.rank)
        folder.mkdir()
        run = quiet(
            flat_net(), comm=comm, verbose=True, num_epochs=1, print_every=10**6,
            checkpoint_name=str(folder / "run"), log=folder / "log.jsonl",
        )  # fmt: skip
        run.train()
        return sorted(path.name for path in folder.iterdir())

    first, second = raised(on_ranks(2, train))
    assert "log.jsonl" in first
    assert any(name.startswith("run") for name in first)
    assert second == []
    assert capsys.readouterr().out.count("data parallel over 2 ranks") == 1


def test_what_cannot_be_sliced():
    nodes = [models.node("a", "affine", "x", ("W", "b")), models.node("d", "dropout", "a")]
    noisy = models.Graph(nodes, {"W": np.ones((12, 3)), "b": np.zeros(3)})
    running = models.mlp([12, 4, 3], batch_norm=True)
    for model in (noisy, running):
        with pytest.raises(ValueError, match="comm: a model with noise or running statistics cannot be sliced"):
            raise on_ranks(1, lambda comm, model=model: DataParallel(model, comm))[0]


def test_all_else_is_the_models():
    (parallel,) = on_ranks(1, lambda comm: DataParallel(flat_net(), comm))
    data = softmax_data()
    assert parallel.evaluate(data["X_val"], data["y_val"]) == parallel.model.evaluate(data["X_val"], data["y_val"])
    assert parallel.params is parallel.model.params
    assert not parallel.noisy
    parallel.comm = None
    assert copy.deepcopy(parallel).model is not parallel.model


@pytest.mark.parametrize(
    ("times", "speedup", "advice"),
    [
        ((4, 1.0, 0.3, 0.1), 2.5, ""),
        ((2, 0.012, 0.006, 0.004), 1.2, ""),
        ((2, 0.010, 0.006, 0.004), 1.0, ": SLOWER than one rank; take larger batches or layers, or one rank"),
        ((2, 0.001, 0.006, 0.004), 0.1, ": SLOWER than one rank; take larger batches or layers, or one rank"),
    ],
)
def test_the_estimate_by_hand(times, speedup, advice):
    found = Estimate(*times)
    assert found.speedup == pytest.approx(speedup, rel=1e-12)
    assert str(found) == (
        f"data parallel over {times[0]} ranks: gradient of the batch {times[1] * 1e3:.2f} ms on one rank; slice"
        f" {times[2] * 1e3:.2f} ms + all-reduce {times[3] * 1e3:.2f} ms = {speedup:.2f} times as fast{advice}"
    )


@pytest.mark.parametrize("repeats", [None, 3])
def test_an_estimate_leaves_the_first_run_out_and_takes_the_median(monkeypatch, repeats):
    """A clock by which the first run of each kind takes 100 s, the others 1, 2, 3, ... s."""
    X, y = softmax_data()["X_train"][:6], softmax_data()["y_train"][:6]
    count = repeats or 5
    takes = itertools.cycle([100.0, *range(1, count + 1)])
    ticks = (tick for at in itertools.count(0, 1000) for tick in (at, at + next(takes)))
    monkeypatch.setattr("solver.parallel.time", SimpleNamespace(perf_counter=lambda: next(ticks)))

    def work(comm):
        parallel, calls = DataParallel(flat_net(), comm), []
        whole = parallel.model.loss
        parallel.model.loss = lambda X, y: calls.append(len(y)) or whole(X, y)
        found = estimate(parallel, X, y) if repeats is None else estimate(parallel, X, y, repeats)
        return found, calls

    ((found, calls),) = raised(on_ranks(1, work))
    middle = (1 + count) / 2
    assert found == (1, middle, middle, middle)
    assert calls == [6] * 2 * (count + 1)


def test_the_slowest_rank_counts(monkeypatch):
    monkeypatch.setattr("solver.parallel.np.median", lambda times: 1.0)
    X, y = softmax_data()["X_train"][:6], softmax_data()["y_train"][:6]

    def work(comm):
        comm.allgather = lambda value, gather=comm.allgather: gather(value * (1 + comm.rank))
        parallel = DataParallel.__new__(DataParallel)
        parallel.model, parallel.comm = SimpleNamespace(loss=lambda X, y: None), comm
        parallel.compute_slice, parallel.reduce = lambda X, y: None, lambda: None
        return estimate(parallel, X, y)

    assert raised(on_ranks(3, work)) == [(3, 3.0, 3.0, 3.0)] * 3
