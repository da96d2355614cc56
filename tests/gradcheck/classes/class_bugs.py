"""Bugs planted in the right classes: (class, what stands there, what is put in its place, the code, the argument).

Where several codes are fair they are all given; '*' stands for any argument.
"""

import importlib.util
import inspect
import itertools
from pathlib import Path
from typing import NamedTuple

import class_activations
import class_blocks
import class_habits
import class_layers
import class_losses
import class_nets


class Bug(NamedTuple):
    """One edit of the source of a class."""

    cls: type
    old: str
    new: str
    codes: str
    where: str

    @property
    def name(self) -> str:
        """The class and what is put in, on one line."""
        return f"{self.cls.__name__}: {' '.join(self.old.split())} -> {' '.join(self.new.split())}"

    def load(self, folder: Path) -> type:
        """The class with the bug, from a file of its own: its source can be read and edited like any other."""
        module = inspect.getmodule(self.cls)
        text, mine = inspect.getsource(module), inspect.getsource(self.cls)
        assert self.old in mine, f"{self.cls.__name__} has no {self.old!r}"
        path = folder / f"planted_{next(COUNT):03d}.py"  # of one length: a report fits its lines to it
        path.write_text(text.replace(mine, mine.replace(self.old, self.new)))
        spec = importlib.util.spec_from_file_location(path.stem, path)
        loaded = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(loaded)
        return getattr(loaded, self.cls.__name__)


COUNT = itertools.count()
A, L, B, H, S, N = class_activations, class_layers, class_blocks, class_habits, class_losses, class_nets
BUGS = [
    Bug(L.Affine, "np.sum(dout, axis=0)", "np.mean(dout, axis=0)", "SCALE_INV_BATCH", "b"),
    Bug(L.Affine, "np.sum(dout, axis=0)", "dout", "NOT_SUMMED", "b"),
    Bug(L.Affine, "np.sum(dout, axis=0)", "np.sum(dout, axis=1)", "WRONG_AXIS WRONG_SHAPE", "b"),
    Bug(L.Affine, "np.sum(dout, axis=0)", "np.sum(dout, axis=0, keepdims=True)", "KEEPDIMS", "b"),
    Bug(L.Affine, "np.dot(self.x.T, dout)", "np.dot(dout.T, self.x)", "TRANSPOSED", "W"),
    Bug(L.Affine, "np.dot(self.x.T, dout)", "-np.dot(self.x.T, dout)", "SIGN", "W"),
    Bug(L.Affine, "np.dot(self.x.T, dout)", "np.dot(self.x.T, dout) / len(dout)", "SCALE_INV_BATCH", "W"),
    Bug(L.Affine, "self.dW = np.dot(self.x.T, dout)", "self.dW = np.zeros_like(self.W)", "ZERO", "W"),
    Bug(L.Affine, "self.db = np.sum(dout, axis=0)", "pass", "ZERO MISSING_GRAD", "b"),
    Bug(L.Affine, "dx.reshape(*self.shape)", "-dx.reshape(*self.shape)", "SIGN", "x"),
    Bug(L.Affine, "dx.reshape(*self.shape)", "2 * dx.reshape(*self.shape)", "SCALE_TWO", "x"),
    Bug(L.Affine, "np.dot(self.x.T, dout)", "np.dot(self.x.T, dout**2)", "NONLINEAR_DOUT", "W"),
    Bug(L.ReturnsAll, "self.x = x", "self.x = getattr(self, 'x', x)", "NOT_REENTRANT", "w"),
    Bug(
        L.Affine,
        "self.x = x.reshape",
        "self.x = self.x if self.x is not None else x.reshape",
        "NOT_REENTRANT",
        "forward",
    ),
    Bug(L.MatMul, "self.grads[0][...] = np.dot", "self.grads[0][...] += np.dot", "NOT_REENTRANT", "W"),
    Bug(L.MatMul, "return np.dot(dout, W.T)", "return np.dot(dout, W.T) * 0.5", "SCALE_HALF", "x"),
    Bug(L.ListAffine, "[self.x.T @ dout, dout.sum(axis=0)]", "[self.x.T @ dout, dout[0]]", "BATCH_SUBSET", "b"),
    Bug(L.ListAffine, "[self.x.T @ dout, dout.sum(axis=0)]", "[dout.sum(axis=0), self.x.T @ dout]", "SWAPPED", "*"),
    Bug(L.DictLinear, '["weight"] = dout.T @ self.x', '["weight"] = self.x.T @ dout', "TRANSPOSED", "weight"),
    Bug(L.DictLinear, 'self.grads["bias"] = dout.sum(axis=0)', "pass", "ZERO MISSING_GRAD", "bias"),
    Bug(L.DictLinear, "return dout @ self", "dout *= 2\n        return 0.5 * dout @ self", "MUTATES_DOUT", "dout"),
    Bug(L.DenseColumns, "dZ.sum(axis=1, keepdims=True)", "dZ.sum(axis=1)", "FLATTENED KEEPDIMS WRONG_SHAPE", "bias"),
    Bug(L.DenseColumns, "dZ.sum(axis=1, keepdims=True)", "dZ.mean(axis=1, keepdims=True)", "SCALE_INV_BATCH", "bias"),
    Bug(L.DenseStep, "self.weights -= learning_rate", "self.weights += learning_rate", "SIGN", "weights"),
    Bug(L.DenseStep, "self.bias -= learning_rate *", "self.bias -= learning_rate * 2 *", "SCALE_TWO", "bias"),
    Bug(L.DenseReplaced, "back = err.dot(self.W.T)", "back = -err.dot(self.W.T)", "SIGN", "inputs"),
    Bug(
        L.DenseReplaced,
        "back = err.dot(self.W.T)\n        self.W = self.W - lr * self.inputs.T.dot(err)",
        "self.W = self.W - lr * self.inputs.T.dot(err)\n        back = err.dot(self.W.T)",
        "NONLINEAR_DOUT ADDITIVE_TERM UNNAMED",
        "inputs",
    ),
    Bug(
        L.DenseValues, "np.dot(self.inputs.T, dvalues)", "np.dot(self.inputs.T, dvalues) * 3", "SCALE_OTHER", "weights"
    ),
    Bug(
        L.ParameterLinear,
        "self.b.grad += grad_output.sum(0)",
        "self.b.grad += grad_output.mean(0)",
        "SCALE_INV_BATCH",
        "b",
    ),
    Bug(L.ParameterLinear, "self.W.grad += self.x.T @", "self.W.grad -= self.x.T @", "SIGN", "W"),
    Bug(L.ReturnsAll, "db = dout.sum(axis=0)", "db = dout.mean(axis=0)", "SCALE_INV_BATCH", "b"),
    Bug(L.ReturnsAll, "dw = self.x.T @ dout", "dw = self.x.T @ np.ones_like(dout)", "IGNORES_DOUT", "w"),
    Bug(L.ReturnsDict, '"b": dout.sum(0)', '"b": dout.sum()', "OVER_SUMMED WRONG_SHAPE", "b"),
    Bug(L.OutAndCache, "cache.T @ dout", "(cache + 1).T @ dout", "*", "W"),
    Bug(A.ReluValues, "self.inputs <= 0", "self.inputs >= 0", "MASK_INVERTED", "inputs"),
    Bug(A.ReluValues, "self.dinputs = dvalues.copy()", "self.dinputs = dvalues", "MUTATES_DOUT", "dout"),
    Bug(A.Relu, "dx[self.mask] = 0", "pass", "MASK_MISSING ALIASED", "x"),
    Bug(A.Relu, "dx = dout.copy()", "dx = dout", "MUTATES_DOUT", "dout"),
    Bug(A.Relu, "dx[self.mask] = 0", "dx[dout <= 0] = 0", "MASK_FROM_DOUT", "x"),
    Bug(
        A.Relu,
        "self.mask = x <= 0\n        out = x.copy()\n        out[self.mask] = 0",
        "self.mask = x <= 0.1\n        out = np.maximum(x, 0)",
        "MASK_WRONG",
        "x",
    ),
    Bug(A.Relu, "out = x.copy()", "out = x", "MUTATES_INPUT", "x"),
    Bug(A.Sigmoid, "dout * (1.0 - self.out) * self.out", "dout * (1.0 - self.out)", "ELEMENTWISE_FACTOR", "x"),
    Bug(
        A.Sigmoid,
        "self.out = 1 / (1 + np.exp(-x))\n        return self.out",
        "self.out = x\n        return 1 / (1 + np.exp(-x))",
        "WRONG_POINT",
        "x",
    ),
    Bug(A.CallableTanh, "(1 - self.y**2) * dy", "(1 - self.y) * dy", "ELEMENTWISE_FACTOR", "x"),
    Bug(A.CallableTanh, "(1 - self.y**2) * dy", "1 - self.y**2", "IGNORES_DOUT", "x"),
    Bug(
        A.LeakyReLU,
        "np.where(self.x > 0, 1.0, self.alpha)",
        "np.where(self.x > 0, 1.0, 0.0)",
        "MASK_WRONG MASK_LEAK ELEMENTWISE_FACTOR ZERO UNNAMED SCALE_OTHER",
        "x",
    ),
    Bug(A.Dropout, "return dout * self.mask", "return dout", "MASK_MISSING ALIASED", "x"),
    Bug(
        A.Dropout,
        "return dout * self.mask",
        "return dout * (np.random.rand(*dout.shape) > 0.5)",
        "NONDETERMINISTIC",
        "x",
    ),
    Bug(A.InvertedDropout, "return dout * self.mask", "return dout * (self.mask > 0)", "SCALE_OTHER SCALE_HALF", "x"),
    Bug(A.SoftmaxValues, "np.diagflat(row) - np.dot(row, row.T)", "np.diagflat(row)", "*", "inputs"),
    Bug(B.BatchNorm, "dxc - dxc.sum(axis=0) / n", "dxc", "BN_MEAN_TERM", "x"),
    Bug(B.BatchNorm, "dxc += (1.0 / n) * self.xc * dstd / self.std", "pass", "BN_VAR_TERM", "x"),
    Bug(
        B.BatchNorm,
        "self.dgamma = np.sum(self.xn * dout, axis=0)",
        "self.dgamma = np.sum(self.xc * dout, axis=0)",
        "ELEMENTWISE_FACTOR WRONG_POINT SCALE_OTHER UNNAMED",
        "gamma",
    ),
    Bug(B.LayerNorm, "d = dout * self.gamma", "d = dout", "ELEMENTWISE_FACTOR MISSING_TERM UNNAMED *", "x"),
    Bug(B.Embedding, "np.add.at(dW, self.idx, dout)", "dW[self.idx] = dout", "REPEATED_INDEX BATCH_SUBSET", "W"),
    Bug(B.Embedding, "dW[...] = 0\n        ", "", "NOT_REENTRANT", "W"),
    Bug(B.RNN, "dt = dh_next * (1 - h_next**2)", "dt = dh_next * (1 - h_next)", "*", "*"),
    Bug(B.RNN, "np.dot(dt, Wh.T)\n", "np.dot(dt, Wh)\n", "TRANSPOSED", "h_prev"),
    Bug(B.RNN, "np.dot(h_prev.T, dt)", "np.dot(h_next.T, dt)", "*", "Wh"),
    Bug(B.LSTM, "dc = dc + dh * o * (1 - t**2)", "dc = dh * o * (1 - t**2)", "*", "*"),
    Bug(B.LSTM, "dc * f, dWx", "dc, dWx", "*", "prev_c"),
    Bug(B.Convolution, "dout.sum(axis=(0, 2, 3))", "dout.mean(axis=(0, 2, 3))", "SCALE_OTHER SCALE_INV_BATCH", "b"),
    Bug(B.Convolution, "self.dW += np", "self.dW = np", "BATCH_SUBSET *", "W"),
    Bug(
        B.MaxPool2D,
        "mask * dout[:, :, :, None, :, None]",
        "0.25 * dout[:, :, :, None, :, None] * np.ones_like(mask)",
        "*",
        "x",
    ),
    Bug(B.Mul, "return dout * self.y, dout * self.x", "return dout * self.x, dout * self.y", "SWAPPED", "*"),
    Bug(H.Accumulating, "def clear_gradients", "def tidy_up", "NOT_REENTRANT", "W"),
    Bug(H.Private, "self.__inputs.T @ dout", "-self.__inputs.T @ dout", "SIGN", "weights"),
    Bug(H.Scale, "super().backward(dout * self.gamma)", "super().backward(dout)", "ELEMENTWISE_FACTOR", "x"),
    Bug(
        S.SoftmaxWithLoss, "return dout * (self.y - self.t) / n", "return dout * (self.y - self.t)", "SCALE_BATCH", "x"
    ),
    Bug(S.SoftmaxWithLoss, "return dout * (self.y - self.t) / n", "return dout * self.y / n", "LABEL_TERM", "x"),
    Bug(S.SoftmaxSmoothed, "dout * (self.y - self.t) / len", "dout * (self.t - self.y) / len", "SIGN", "x"),
    Bug(S.MSELoss, "return 2 * self.diff", "return self.diff", "SCALE_HALF", "pred"),
    Bug(S.MSELoss, "/ self.diff.size", "/ len(self.diff)", "SCALE_OTHER", "pred"),
    Bug(S.SquareLoss, "-(y - y_pred)", "(y - y_pred)", "SIGN", "y_pred"),
    Bug(S.LossObject, "g[np.arange(len(labels)), labels] -= 1", "g[:, labels] -= 1", "LABEL_INDEX", "scores"),
    Bug(S.HingeLoss, "= -d.sum(axis=1)", "= -1", "LABEL_TERM", "scores"),
    Bug(S.SigmoidActivation, "return s * (1 - s)", "return s", "ELEMENTWISE_FACTOR", "z"),
    Bug(S.SigmoidActivation, "return s * (1 - s)", "return z * (1 - z)", "WRONG_POINT", "z"),
    Bug(S.ReluDerivative, "(z > 0).astype(float)", "(z < 0).astype(float)", "MASK_INVERTED", "z"),
    Bug(N.TwoLayerBook, "dout = layer.backward(dout)", "dout = 2 * layer.backward(dout)", "*", "*"),
    Bug(N.ListNet, "dout * (1 - self.hidden**2)", "dout", "*", "*"),
    Bug(
        N.Network,
        "delta = self.cost_derivative(activations[-1], y) * slope",
        "delta = self.cost_derivative(activations[-1], y)",
        "*",
        "*",
    ),
    Bug(N.Network, "return output_activations - y", "return y - output_activations", "SIGN", "*"),
    Bug(N.WelchStyle, "delta3 = -(y", "delta3 = (y", "SIGN", "*"),
    Bug(N.GradsFirst, "X.T @ p / len(y) + self.reg * self.W", "X.T @ p / len(y)", "MISSING_REG", "W"),
    Bug(N.GradsFirst, '"b": p.mean(axis=0)', '"b": p.sum(axis=0)', "SCALE_BATCH", "b"),
    Bug(N.LinearClassifier, "+ 2 * reg * self.W", "+ reg * self.W", "MISSING_REG SCALE_HALF", "W"),
    Bug(N.LinearClassifier, "X.T @ p / len(y)", "X.T @ p", "*", "W"),
    Bug(N.ForwardLossBackward, "* (1 - self.a1**2)", "", "*", "*"),
    Bug(
        N.ForwardLossBackward,
        "dz2.sum(axis=0, keepdims=True)",
        "dz2.mean(axis=0, keepdims=True)",
        "SCALE_INV_BATCH",
        "b2",
    ),
    Bug(N.CourseNet, "* (h > 0)", "", "MASK_MISSING", "*"),
    Bug(N.CourseNet, '"W2": h.T @ p + self.reg * W2', '"W2": h.T @ p', "MISSING_REG", "W2"),
]
