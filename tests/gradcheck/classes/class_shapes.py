"""Shapes that public repositories have, in our own words, all right: functions handed in, optimizers, costs apart."""

import numpy as np


class Activation:
    """A function and its derivative come in through the constructor."""

    def __init__(self, activation, activation_prime):
        self.activation, self.activation_prime = activation, activation_prime

    def forward(self, input):
        self.input = input
        return self.activation(input)

    def backward(self, output_gradient, learning_rate):
        return output_gradient * self.activation_prime(self.input)


class DenseWithOptimizer:
    """The optimizer takes the step, and nothing of the gradient stays."""

    def __init__(self, n_units, optimizer, input_shape=None):
        self.optimizer = optimizer
        self.W = np.random.uniform(-1, 1, (input_shape[0], n_units))
        self.w0 = np.zeros((1, n_units))

    def forward_pass(self, X, training=True):
        self.layer_input = X
        return X @ self.W + self.w0

    def backward_pass(self, accum_grad):
        back = accum_grad @ self.W.T
        self.W = self.optimizer.update(self.W, self.layer_input.T @ accum_grad)
        self.w0 = self.optimizer.update(self.w0, accum_grad.sum(axis=0))
        return back


class LateDense:
    """Weights are made by initialize(optimizer)."""

    def __init__(self, n_units, input_shape=None):
        self.n_units, self.input_shape, self.W, self.w0 = n_units, input_shape, None, None

    def initialize(self, optimizer):
        self.W, self.w0 = np.random.randn(self.input_shape[0], self.n_units), np.zeros((1, self.n_units))
        self.step = optimizer

    def forward_pass(self, X, training=True):
        self.X = X
        return X.dot(self.W) + self.w0

    def backward_pass(self, accum_grad):
        W = self.W
        self.W = self.step.update(self.W, self.X.T.dot(accum_grad))
        self.w0 = self.step.update(self.w0, accum_grad.sum(axis=0, keepdims=True))
        return accum_grad.dot(W.T)


class Loss:
    """calculate(output, y) is the mean of what forward gives for each example."""

    def calculate(self, output, y):
        return np.mean(self.forward(output, y))


class CrossEntropyLoss(Loss):
    """backward(dvalues, y_true) gets the prediction under the name of a gradient, and keeps dinputs."""

    def forward(self, y_pred, y_true):
        return -np.log(np.sum(y_pred * y_true, axis=1))

    def backward(self, dvalues, y_true):
        self.dinputs = -y_true / np.sum(dvalues * y_true, axis=1, keepdims=True) / len(dvalues)


class SoftmaxAndLoss:
    """The same, with the output that was kept."""

    def forward(self, inputs, y_true):
        e = np.exp(inputs - inputs.max(axis=1, keepdims=True))
        self.output = e / e.sum(axis=1, keepdims=True)
        return -np.mean(np.log(np.sum(self.output * y_true, axis=1)))

    def backward(self, dvalues, y_true):
        self.dinputs = (dvalues - y_true) / len(dvalues)


class Quadratic:
    """A cost with its delta."""

    @staticmethod
    def fn(a, y):
        return 0.5 * np.sum((a - y) ** 2)

    @staticmethod
    def delta(z, a, y):
        return (a - y) * a * (1 - a)


class NetworkWithCost:
    """backprop(x, y) takes its first delta from an object of costs."""

    def __init__(self, sizes, cost=Quadratic):
        self.sizes, self.cost = sizes, cost
        self.biases = [np.random.randn(n, 1) for n in sizes[1:]]
        self.weights = [np.random.randn(n, m) for m, n in zip(sizes[:-1], sizes[1:], strict=True)]

    def feedforward(self, a):
        for b, w in zip(self.biases, self.weights, strict=True):
            a = 1 / (1 + np.exp(-(w @ a + b)))
        return a

    def backprop(self, x, y):
        activations, zs = [x], []
        for b, w in zip(self.biases, self.weights, strict=True):
            zs.append(w @ activations[-1] + b)
            activations.append(1 / (1 + np.exp(-zs[-1])))
        delta = self.cost.delta(zs[-1], activations[-1], y)
        nabla_b, nabla_w = [delta], [delta @ activations[-2].T]
        for k in range(2, len(self.sizes)):
            delta = self.weights[-k + 1].T @ delta * activations[-k] * (1 - activations[-k])
            nabla_b.insert(0, delta)
            nabla_w.insert(0, delta @ activations[-k - 1].T)
        return nabla_b, nabla_w


class Cell:
    """A step of the sequence below."""

    def __init__(self, Wx, Wh):
        self.params, self.grads = [Wx, Wh], [None, None]

    def forward(self, x, h_prev):
        self.cache = x, h_prev, np.tanh(x @ self.params[0] + h_prev @ self.params[1])
        return self.cache[2]

    def backward(self, dh):
        x, h_prev, h = self.cache
        da = dh * (1 - h**2)
        self.grads = [x.T @ da, h_prev.T @ da]
        return da @ self.params[0].T, da @ self.params[1].T


class Sequence:
    """A state kept from call to call where it is asked for, cells made anew by every forward."""

    def __init__(self, Wx, Wh, stateful=False):
        self.params, self.grads = [Wx, Wh], [np.zeros_like(Wx), np.zeros_like(Wh)]
        self.h, self.stateful = None, stateful

    def forward(self, xs):
        if not self.stateful or self.h is None:
            self.h = np.zeros((len(xs), len(self.params[1])))
        self.cells, hs = [], np.empty((*xs.shape[:2], len(self.params[1])), dtype=self.kind(xs))
        for t in range(xs.shape[1]):
            self.cells.append(Cell(*self.params))
            self.h = hs[:, t] = self.cells[-1].forward(xs[:, t], self.h)
        return hs

    def kind(self, xs):
        return xs.dtype

    def backward(self, dhs):
        dxs, dh, totals = np.empty((*dhs.shape[:2], len(self.params[0])), dtype=self.kind(dhs)), 0, [0, 0]
        for t in reversed(range(dhs.shape[1])):
            dxs[:, t], dh = self.cells[t].backward(dhs[:, t] + dh)
            totals = [a + g for a, g in zip(totals, self.cells[t].grads, strict=True)]
        for grad, total in zip(self.grads, totals, strict=True):
            grad[...] = total
        return dxs


class Base:
    """The weights of the layers below; sizes by n_upper and n."""

    def __init__(self, n_upper, n):
        self.w, self.b = 0.1 * np.random.randn(n_upper, n), 0.1 * np.random.randn(n)


class Middle(Base):
    """Nothing is returned: y and grad_x are attributes."""

    def forward(self, x):
        self.x, self.u = x, np.dot(x, self.w) + self.b
        self.y = np.where(self.u <= 0, 0, self.u)

    def backward(self, grad_y):
        delta = grad_y * np.where(self.u <= 0, 0, 1)
        self.grad_w, self.grad_b = np.dot(self.x.T, delta), delta.sum(axis=0)
        self.grad_x = np.dot(delta, self.w.T)


class MeanOverExamples(Base):
    """dW and db carry 1/N, which the loss leaves out: a custom, told in a note."""

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, grad_output):
        self.grad_w = self.x.T @ grad_output / len(self.x)
        self.grad_b = grad_output.mean(axis=0)
        return grad_output @ self.w.T


class SoftmaxJacobian:
    """The derivative is the Jacobian of every row."""

    def __call__(self, x):
        e = np.exp(x - x.max(axis=1, keepdims=True))
        return e / e.sum(axis=1, keepdims=True)

    def derivative(self, x):
        p = self(x)
        return np.array([np.diag(row) - np.outer(row, row) for row in p])


class BuiltLater:
    """Weights are made by setup(input_size)."""

    def __init__(self, num_neurons):
        self.num_neurons = num_neurons

    def setup(self, input_size):
        self.W, self.b = np.random.randn(input_size, self.num_neurons), np.zeros((1, self.num_neurons))

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, grad):
        self.dW, self.db = self.x.T @ grad, grad.sum(axis=0, keepdims=True)
        return grad @ self.W.T
