"""A sigmoid network in the layout of a well-known online book: lists of (n_out, n_in) matrices, samples as columns.

It trains itself by stochastic gradient descent on a list of pairs (x, y); the list is never reordered in place.
"""

from itertools import pairwise

import numpy as np


def sigmoid(z):
    return 1.0 / (1.0 + np.exp(-z))


class Network:
    """`Network([784, 30, 10])`: quadratic cost, weights[l] (n_out, n_in), biases[l] (n_out, 1)."""

    def __init__(self, sizes, rng=None):
        rng = np.random.default_rng(rng)
        self.num_layers, self.sizes, self.rng = len(sizes), list(sizes), rng
        self.biases = [rng.standard_normal((n, 1)) for n in sizes[1:]]
        self.weights = [rng.standard_normal((n_out, n_in)) / np.sqrt(n_in) for n_in, n_out in pairwise(sizes)]

    def feedforward(self, a):
        """The output for one column a (n_in, 1)."""
        for w, b in zip(self.weights, self.biases, strict=True):
            a = sigmoid(w @ a + b)
        return a

    def SGD(self, training_data, epochs, mini_batch_size, eta, test_data=None):  # noqa: N802  the book's name
        """Shuffled mini-batches; after each epoch `Epoch j: correct / n_test`, or `Epoch j complete`."""
        for epoch in range(epochs):
            order = self.rng.permutation(len(training_data))
            for start in range(0, len(order), mini_batch_size):
                self.update_mini_batch([training_data[i] for i in order[start : start + mini_batch_size]], eta)
            done = f"{self.evaluate(test_data)} / {len(test_data)}" if test_data else None
            print(f"Epoch {epoch}: {done}" if done else f"Epoch {epoch} complete")

    def update_mini_batch(self, mini_batch, eta):
        """One step; the mean is over the batch's own length, also for the short last one."""
        sums = [(np.zeros_like(w), np.zeros_like(b)) for w, b in zip(self.weights, self.biases, strict=True)]
        for x, y in mini_batch:
            nabla_b, nabla_w = self.backprop(x, y)
            sums = [(sw + w, sb + b) for (sw, sb), w, b in zip(sums, nabla_w, nabla_b, strict=True)]
        step = eta / len(mini_batch)
        self.weights = [w - step * sw for w, (sw, _) in zip(self.weights, sums, strict=True)]
        self.biases = [b - step * sb for b, (_, sb) in zip(self.biases, sums, strict=True)]

    def backprop(self, x, y):
        """(nabla_b, nabla_w) of 0.5 ||a - y||^2 for one example, both lists by layer."""
        activations = [x]
        for w, b in zip(self.weights, self.biases, strict=True):
            activations.append(sigmoid(w @ activations[-1] + b))
        delta = (activations[-1] - y) * activations[-1] * (1 - activations[-1])
        nabla_b, nabla_w = [delta], [delta @ activations[-2].T]
        for layer in range(2, self.num_layers):
            a = activations[-layer]
            delta = (self.weights[-layer + 1].T @ delta) * a * (1 - a)
            nabla_b.insert(0, delta)
            nabla_w.insert(0, delta @ activations[-layer - 1].T)
        return nabla_b, nabla_w

    def evaluate(self, test_data):
        """How many of the pairs (x, label) get the largest output at their label."""
        return sum(int(np.argmax(self.feedforward(x)) == y) for x, y in test_data)
