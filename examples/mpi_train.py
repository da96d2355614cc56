"""One training over several MPI ranks: all draw the same batch, each computes a slice of it, an all-reduce sums up.

Run: mpiexec -n 2 python examples/mpi_train.py   (extra `mpi`; without mpiexec it is one rank). The number of ranks
changes rounding and nothing else. Rank 0 first prints what a step costs on one rank and on all: at this size the
all-reduce costs more than the slices save. See from where on it pays, if ever: --hidden 2000 --batch 2000.
"""

import argparse

from mpi4py import MPI

import mnist
from models import mlp
from solver import Solver


def main(epochs: int, hidden: int, batch: int) -> None:
    comm, data = MPI.COMM_WORLD, mnist.load("digits")
    net = mlp([64, hidden, 10], rng=0)
    solver = Solver(
        net, data, comm=comm, update_rule="sgd_momentum", optim_config={"learning_rate": 0.1}, batch_size=batch,
        num_epochs=epochs, seed=0, verbose=comm.rank == 0, print_every=10**6,
    )  # fmt: skip
    solver.train()
    if comm.rank == 0:
        accuracy, loss = net.accuracy(data["X_test"], data["y_test"]), solver.loss_history[-1]
        print(f"{solver.step} steps on {comm.size} ranks: test accuracy {accuracy:.4f}, loss {loss:.9f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--fast", action="store_true", help="two epochs only, to see it run")
    parser.add_argument("--hidden", type=int, default=100, help="units of the hidden layer")
    parser.add_argument("--batch", type=int, default=100, help="examples in a batch, of all ranks together")
    args = parser.parse_args()
    main(2 if args.fast else 10, args.hidden, args.batch)
