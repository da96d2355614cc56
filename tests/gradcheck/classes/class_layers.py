"""Dense layers as people write them, all right: weights, gradients and caches in attributes of many kinds."""

import numpy as np


class Affine:
    """Weights handed in, gradients in dW and db; images are flattened."""

    def __init__(self, W, b):
        self.W, self.b = W, b
        self.x = self.shape = self.dW = self.db = None

    def forward(self, x):
        self.shape = x.shape
        self.x = x.reshape(x.shape[0], -1)
        return np.dot(self.x, self.W) + self.b

    def backward(self, dout):
        dx = np.dot(dout, self.W.T)
        self.dW = np.dot(self.x.T, dout)
        self.db = np.sum(dout, axis=0)
        return dx.reshape(*self.shape)


class MatMul:
    """Lists params and grads; gradients are written into the arrays that stand there."""

    def __init__(self, W):
        self.params, self.grads, self.x = [W], [np.zeros_like(W)], None

    def forward(self, x):
        (W,) = self.params
        self.x = x
        return np.dot(x, W)

    def backward(self, dout):
        (W,) = self.params
        self.grads[0][...] = np.dot(self.x.T, dout)
        return np.dot(dout, W.T)


class ListAffine:
    """Lists params and grads of two, the list of gradients replaced."""

    def __init__(self, W, b):
        self.params = [W, b]
        self.grads = [None, None]

    def forward(self, x):
        W, b = self.params
        self.x = x
        return x @ W + b

    def backward(self, dout):
        W, _ = self.params
        self.grads = [self.x.T @ dout, dout.sum(axis=0)]
        return dout @ W.T


class DictLinear:
    """Dictionaries params and grads, sizes from the constructor."""

    def __init__(self, in_features, out_features):
        self.params = {
            "weight": np.random.normal(0.0, 0.1, (out_features, in_features)),
            "bias": np.zeros(out_features),
        }
        self.grads = {"weight": None, "bias": None}

    def forward(self, x):
        self.x = x
        return x @ self.params["weight"].T + self.params["bias"]

    def backward(self, dout):
        self.grads["weight"] = dout.T @ self.x
        self.grads["bias"] = dout.sum(axis=0)
        return dout @ self.params["weight"]


class DenseColumns:
    """Examples in columns, biases as a column."""

    def __init__(self, n_in, n_out):
        self.weights = np.random.randn(n_out, n_in)
        self.bias = np.zeros((n_out, 1))

    def forward(self, A_prev):
        self.A_prev = A_prev
        return self.weights @ A_prev + self.bias

    def backward(self, dZ):
        self.weights_gradient = dZ @ self.A_prev.T
        self.bias_gradient = dZ.sum(axis=1, keepdims=True)
        return self.weights.T @ dZ


class DenseStep:
    """Updates its own weights: backward takes the gradient of the output and a learning rate."""

    def __init__(self, input_size, output_size):
        self.weights = np.random.randn(output_size, input_size)
        self.bias = np.random.randn(output_size, 1)

    def forward(self, input):
        self.input = input
        return np.dot(self.weights, self.input) + self.bias

    def backward(self, output_gradient, learning_rate):
        weights_gradient = np.dot(output_gradient, self.input.T)
        input_gradient = np.dot(self.weights.T, output_gradient)
        self.weights -= learning_rate * weights_gradient
        self.bias -= learning_rate * output_gradient
        return input_gradient


class DenseReplaced:
    """The same with rows, the weights replaced by others."""

    def __init__(self, n_inputs, n_neurons):
        self.W = 0.1 * np.random.randn(n_inputs, n_neurons)
        self.B = np.zeros((1, n_neurons))

    def forward(self, inputs):
        self.inputs = inputs
        return inputs.dot(self.W) + self.B

    def backward(self, err, lr):
        back = err.dot(self.W.T)
        self.W = self.W - lr * self.inputs.T.dot(err)
        self.B = self.B - lr * err.sum(axis=0, keepdims=True)
        return back


class DenseValues:
    """dvalues come in, dinputs stay on the object, penalties on weights and biases."""

    def __init__(self, n_inputs, n_neurons, weight_regularizer_l2=0):
        self.weights = 0.01 * np.random.randn(n_inputs, n_neurons)
        self.biases = np.zeros((1, n_neurons))
        self.weight_regularizer_l2 = weight_regularizer_l2

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.dot(inputs, self.weights) + self.biases

    def backward(self, dvalues):
        self.dweights = np.dot(self.inputs.T, dvalues)
        self.dbiases = np.sum(dvalues, axis=0, keepdims=True)
        if self.weight_regularizer_l2 > 0:
            self.dweights += 2 * self.weight_regularizer_l2 * self.weights
        self.dinputs = np.dot(dvalues, self.weights.T)


class Parameter:
    """An array and its gradient."""

    def __init__(self, data):
        self.data = data
        self.grad = np.zeros_like(data)


class ParameterLinear:
    """Parameters with data and grad, added to until zero_grad."""

    def __init__(self, in_dim, out_dim):
        self.W = Parameter(np.random.randn(in_dim, out_dim))
        self.b = Parameter(np.zeros(out_dim))

    def zero_grad(self):
        self.W.grad[...] = 0
        self.b.grad[...] = 0

    def forward(self, x):
        self.x = x
        return x @ self.W.data + self.b.data

    def backward(self, grad_output):
        self.W.grad += self.x.T @ grad_output
        self.b.grad += grad_output.sum(0)
        return grad_output @ self.W.data.T


class ReturnsAll:
    """All gradients returned in a tuple, nothing kept."""

    def __init__(self, D, M):
        self.w, self.b = np.random.randn(D, M), np.random.randn(M)

    def forward(self, x):
        self.x = x
        return x @ self.w + self.b

    def backward(self, dout):
        dw = self.x.T @ dout
        db = dout.sum(axis=0)
        dx = dout @ self.w.T
        return dx, dw, db


class ReturnsDict:
    """The input's gradient and a dictionary returned."""

    def __init__(self, input_dim, hidden_dim):
        self.params = {"W": np.random.randn(input_dim, hidden_dim), "b": np.zeros(hidden_dim)}

    def forward(self, x):
        self.cache = x
        return x @ self.params["W"] + self.params["b"]

    def backward(self, dout):
        x = self.cache
        grads = {"W": x.T @ dout, "b": dout.sum(0)}
        return dout @ self.params["W"].T, grads


class OutAndCache:
    """forward returns out and a cache, backward takes it: weights on the object."""

    def __init__(self, n_in, n_out):
        self.W, self.b = np.random.randn(n_in, n_out), np.zeros(n_out)

    def forward(self, x):
        return x @ self.W + self.b, x

    def backward(self, dout, cache):
        self.dW, self.db = cache.T @ dout, dout.sum(axis=0)
        return dout @ self.W.T
