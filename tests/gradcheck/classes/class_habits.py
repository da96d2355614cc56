"""Habits: stacks of caches, gradients that add up, nothing returned, private names, base classes, blocks of layers."""

import numpy as np
from class_activations import Relu
from class_layers import DictLinear


class Popping:
    """A stack of caches: a second backward has nothing left, as it should be."""

    def __init__(self, D, H):
        self.W, self.stack = np.random.randn(D, H), []

    def forward(self, x):
        self.stack.append(x)
        return x @ self.W

    def backward(self, dout):
        x = self.stack.pop()
        self.dW = x.T @ dout
        return dout @ self.W.T


class Accumulating:
    """Gradients are added up over calls, and a method sets them to zero."""

    def __init__(self, input_size, output_size):
        self.W, self.b = np.random.randn(input_size, output_size), np.zeros(output_size)
        self.dW, self.db = np.zeros_like(self.W), np.zeros_like(self.b)

    def clear_gradients(self):
        self.dW[:] = 0
        self.db[:] = 0

    def forward(self, x):
        self.x = x
        return x @ self.W + self.b

    def backward(self, dout):
        self.dW += self.x.T @ dout
        self.db += dout.sum(axis=0)
        return dout @ self.W.T


class FirstLayer:
    """Nothing is returned: nobody needs the gradient of the data."""

    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)

    def forward(self, X):
        self.X = X
        return X @ self.W + self.b

    def backward(self, delta):
        self.grad_W = self.X.T @ delta
        self.grad_b = delta.sum(axis=0)


class Private:
    """Private attributes and a base class that holds the common part."""

    def __init__(self, n_in, n_out):
        self.__weights = np.random.randn(n_in, n_out)
        self.__inputs = None

    def forward(self, x):
        self.__inputs = x
        return x @ self.__weights

    def backward(self, dout):
        self.__dweights = self.__inputs.T @ dout
        return dout @ self.__weights.T


class Scale(Relu):
    """A part of the work is the base class's."""

    def __init__(self, dim):
        self.gamma = np.ones(dim)

    def forward(self, x):
        self.inner = super().forward(x)
        return self.gamma * self.inner

    def backward(self, dout):
        self.dgamma = (dout * self.inner).sum(axis=0)
        return super().backward(dout * self.gamma)


class Chain:
    """A block of layers, which keep what is theirs."""

    def __init__(self, input_dim, output_dim):
        self.layers = [ReturnsNothingLinear(input_dim, 4), CallableLayer(), ReturnsNothingLinear(4, output_dim)]

    def forward(self, x):
        for layer in self.layers:
            x = layer.forward(x)
        return x

    def backward(self, dout):
        for layer in reversed(self.layers):
            dout = layer.backward(dout)
        return dout


class ReturnsNothingLinear(DictLinear):
    """The linear layer of the block."""


class CallableLayer:
    """The activation of the block."""

    def forward(self, x):
        self.out = np.tanh(x)
        return self.out

    def backward(self, dout):
        return dout * (1 - self.out**2)
