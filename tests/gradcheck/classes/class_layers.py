"""Layers as people write them, all right: weights, gradients and caches in attributes of many kinds."""

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


class ReluValues:
    """No return values at all: output and dinputs are attributes."""

    def forward(self, inputs):
        self.inputs = inputs
        self.output = np.maximum(0, inputs)

    def backward(self, dvalues):
        self.dinputs = dvalues.copy()
        self.dinputs[self.inputs <= 0] = 0


class SoftmaxValues:
    """A softmax whose backward goes through the Jacobian of each row."""

    def forward(self, inputs):
        exp = np.exp(inputs - np.max(inputs, axis=1, keepdims=True))
        self.output = exp / np.sum(exp, axis=1, keepdims=True)

    def backward(self, dvalues):
        self.dinputs = np.empty_like(dvalues)
        for k, (row, d) in enumerate(zip(self.output, dvalues, strict=True)):
            row = row.reshape(-1, 1)
            self.dinputs[k] = np.dot(np.diagflat(row) - np.dot(row, row.T), d)


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


class Relu:
    """The mask kept."""

    def forward(self, x):
        self.mask = x <= 0
        out = x.copy()
        out[self.mask] = 0
        return out

    def backward(self, dout):
        dx = dout.copy()
        dx[self.mask] = 0
        return dx


class Sigmoid:
    """The output kept."""

    def __init__(self):
        self.params, self.grads, self.out = [], [], None

    def forward(self, x):
        self.out = 1 / (1 + np.exp(-x))
        return self.out

    def backward(self, dout):
        return dout * (1.0 - self.out) * self.out


class CallableTanh:
    """__call__ and backward."""

    def __call__(self, x):
        self.y = np.tanh(x)
        return self.y

    def backward(self, dy):
        return (1 - self.y**2) * dy


class LeakyReLU:
    """A slope with a default."""

    def __init__(self, alpha=0.01):
        self.alpha = alpha

    def forward(self, x):
        self.x = x
        return np.where(x > 0, x, self.alpha * x)

    def backward(self, grad):
        return grad * np.where(self.x > 0, 1.0, self.alpha)


class Dropout:
    """A mask drawn in training."""

    def __init__(self, dropout_ratio=0.5):
        self.dropout_ratio, self.mask = dropout_ratio, None

    def forward(self, x, train_flg=True):
        if train_flg:
            self.mask = np.random.rand(*x.shape) > self.dropout_ratio
            return x * self.mask
        return x * (1.0 - self.dropout_ratio)

    def backward(self, dout):
        return dout * self.mask


class InvertedDropout:
    """A generator of its own and a flag that has to be given."""

    def __init__(self, keep_prob, seed=0):
        self.keep_prob, self.rng = keep_prob, np.random.default_rng(seed)

    def forward(self, x, training):
        self.mask = (self.rng.random(x.shape) < self.keep_prob) / self.keep_prob if training else np.ones(x.shape)
        return x * self.mask

    def backward(self, dout):
        return dout * self.mask


class BatchNorm:
    """Running statistics, made when the first batch comes."""

    def __init__(self, gamma, beta, momentum=0.9):
        self.gamma, self.beta, self.momentum = gamma, beta, momentum
        self.running_mean = self.running_var = self.dgamma = self.dbeta = None

    def forward(self, x, train_flg=True):
        if self.running_mean is None:
            self.running_mean, self.running_var = np.zeros(x.shape[1]), np.zeros(x.shape[1])
        if train_flg:
            mu = x.mean(axis=0)
            self.xc = x - mu
            var = np.mean(self.xc**2, axis=0)
            self.std = np.sqrt(var + 1e-6)
            self.xn = self.xc / self.std
            self.running_mean = self.momentum * self.running_mean + (1 - self.momentum) * mu
            self.running_var = self.momentum * self.running_var + (1 - self.momentum) * var
        else:
            self.xn = (x - self.running_mean) / np.sqrt(self.running_var + 1e-6)
        return self.gamma * self.xn + self.beta

    def backward(self, dout):
        n = len(dout)
        self.dbeta = dout.sum(axis=0)
        self.dgamma = np.sum(self.xn * dout, axis=0)
        dxn = self.gamma * dout
        dxc = dxn / self.std
        dstd = -np.sum((dxn * self.xc) / (self.std * self.std), axis=0)
        dxc += (1.0 / n) * self.xc * dstd / self.std
        return dxc - dxc.sum(axis=0) / n


class LayerNorm:
    """gamma and beta by size."""

    def __init__(self, dim, eps=1e-5):
        self.gamma, self.beta, self.eps = np.ones(dim), np.zeros(dim), eps

    def forward(self, x):
        self.mu = x.mean(axis=-1, keepdims=True)
        self.inv = 1 / np.sqrt(x.var(axis=-1, keepdims=True) + self.eps)
        self.xhat = (x - self.mu) * self.inv
        return self.gamma * self.xhat + self.beta

    def backward(self, dout):
        self.grad_gamma = (dout * self.xhat).sum(axis=0)
        self.grad_beta = dout.sum(axis=0)
        d = dout * self.gamma
        return self.inv * (d - d.mean(-1, keepdims=True) - self.xhat * (d * self.xhat).mean(-1, keepdims=True))


class Embedding:
    """Rows looked up by whole numbers; only W has a gradient."""

    def __init__(self, W):
        self.params, self.grads, self.idx = [W], [np.zeros_like(W)], None

    def forward(self, idx):
        (W,) = self.params
        self.idx = idx
        return W[idx]

    def backward(self, dout):
        (dW,) = self.grads
        dW[...] = 0
        np.add.at(dW, self.idx, dout)


class RNN:
    """One step with a hidden state: two inputs, three parameters, two gradients returned."""

    def __init__(self, Wx, Wh, b):
        self.params = [Wx, Wh, b]
        self.grads = [np.zeros_like(Wx), np.zeros_like(Wh), np.zeros_like(b)]
        self.cache = None

    def forward(self, x, h_prev):
        Wx, Wh, b = self.params
        h_next = np.tanh(np.dot(h_prev, Wh) + np.dot(x, Wx) + b)
        self.cache = (x, h_prev, h_next)
        return h_next

    def backward(self, dh_next):
        Wx, Wh, _ = self.params
        x, h_prev, h_next = self.cache
        dt = dh_next * (1 - h_next**2)
        self.grads[0][...] = np.dot(x.T, dt)
        self.grads[1][...] = np.dot(h_prev.T, dt)
        self.grads[2][...] = np.sum(dt, axis=0)
        dx, dh_prev = np.dot(dt, Wx.T), np.dot(dt, Wh.T)
        return dx, dh_prev


class LSTM:
    """step and step_backward with two states."""

    def __init__(self, Wx, Wh, b):
        self.Wx, self.Wh, self.b = Wx, Wh, b

    def step_forward(self, x, prev_h, prev_c):
        H = prev_h.shape[1]
        a = x @ self.Wx + prev_h @ self.Wh + self.b
        i, f, o = (1 / (1 + np.exp(-a[:, k * H : (k + 1) * H])) for k in range(3))
        g = np.tanh(a[:, 3 * H :])
        c = f * prev_c + i * g
        t = np.tanh(c)
        return o * t, c, (x, prev_h, prev_c, i, f, o, g, t)

    def step_backward(self, dh, dc, cache):
        x, prev_h, prev_c, i, f, o, g, t = cache
        dc = dc + dh * o * (1 - t**2)
        da = np.hstack([dc * g * i * (1 - i), dc * prev_c * f * (1 - f), dh * t * o * (1 - o), dc * i * (1 - g**2)])
        dWx, dWh, db = x.T @ da, prev_h.T @ da, da.sum(axis=0)
        return da @ self.Wx.T, da @ self.Wh.T, dc * f, dWx, dWh, db


class Convolution:
    """A plain loop over windows; stride and pad."""

    def __init__(self, W, b, stride=1, pad=0):
        self.W, self.b, self.stride, self.pad = W, b, stride, pad

    def forward(self, x):
        self.x = x
        F, _, HH, WW = self.W.shape
        p = np.pad(x, ((0, 0), (0, 0), (self.pad,) * 2, (self.pad,) * 2))
        oh, ow = (p.shape[2] - HH) // self.stride + 1, (p.shape[3] - WW) // self.stride + 1
        out = np.zeros((len(x), F, oh, ow))
        for i in range(oh):
            for j in range(ow):
                window = p[:, :, i * self.stride : i * self.stride + HH, j * self.stride : j * self.stride + WW]
                out[:, :, i, j] = np.tensordot(window, self.W, axes=([1, 2, 3], [1, 2, 3])) + self.b
        return out

    def backward(self, dout):
        _, _, HH, WW = self.W.shape
        p = np.pad(self.x, ((0, 0), (0, 0), (self.pad,) * 2, (self.pad,) * 2))
        dp, self.dW, self.db = np.zeros_like(p), np.zeros_like(self.W), dout.sum(axis=(0, 2, 3))
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                rows, cols = slice(i * self.stride, i * self.stride + HH), slice(j * self.stride, j * self.stride + WW)
                self.dW += np.tensordot(dout[:, :, i, j], p[:, :, rows, cols], axes=(0, 0))
                dp[:, :, rows, cols] += np.tensordot(dout[:, :, i, j], self.W, axes=(1, 0))
        return dp[:, :, self.pad : p.shape[2] - self.pad, self.pad : p.shape[3] - self.pad]


class MaxPool2D:
    """Non-overlapping windows."""

    def __init__(self, pool_size=2):
        self.k = pool_size

    def forward(self, x):
        n, c, h, w = x.shape
        self.x = x
        self.blocks = x.reshape(n, c, h // self.k, self.k, w // self.k, self.k)
        self.out = self.blocks.max(axis=(3, 5))
        return self.out

    def backward(self, dout):
        mask = self.blocks == self.out[:, :, :, None, :, None]
        return (mask * dout[:, :, :, None, :, None]).reshape(self.x.shape)


class Flatten:
    """Only shapes."""

    def forward(self, x):
        self.shape = x.shape
        return x.reshape(len(x), -1).copy()

    def backward(self, dout):
        return dout.reshape(self.shape).copy()


class Add:
    """Two inputs, two gradients."""

    def forward(self, x, y):
        self.x, self.y = x, y
        return x + y

    def backward(self, dout):
        dx = dout * 1
        dy = dout * 1
        return dx, dy


class Mul:
    """A product of two inputs."""

    def forward(self, x, y):
        self.x, self.y = x, y
        return x * y

    def backward(self, dout):
        return dout * self.y, dout * self.x


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
