"""Planted bugs, one line each: (layer, a piece of its source, what stands there instead).

The piece must occur exactly once in the layer's file, so that a row cannot go stale unnoticed.
"""

import sys
from pathlib import Path
from types import ModuleType

from layers import Layer, registered

MUTANTS = [
    ("affine", "dout, w.T,", "np.roll(dout, 1, axis=0), w.T,"),
    ("affine", ".T, dout, out=dw)", ".T, dout * 1.01, out=dw)"),
    ("affine", "np.matmul(ones, dout, out=db)", "np.mean(dout, axis=0, out=db)"),
    ("affine", ".reshape(x.shape)", ".reshape(-1)"),
    ("affine", "out += b", "out -= b"),
    ("affine", "out += b", "pass"),
    ("affine", "dx = None", "dx = np.zeros_like(x)"),
    ("relu", "np.greater(cache, 0", "np.greater_equal(cache, 0"),
    ("relu", "np.maximum(x, zeros, out=out)", "np.abs(x, out=out)"),
    ("relu", "np.multiply(dout, slope, out=out)", "np.sign(cache, out=out)"),
    ("relu", "np.multiply(dout, slope, out=out)", "np.multiply(dout, slope, out=dout)"),
    ("relu", "scratch(out, dout)", "out"),
    ("relu", "np.multiply(dout, slope, out=out)", "np.multiply(dout, slope)"),
    ("relu", "np.multiply(dout, slope, out=out)", "(dout * slope).astype(float)"),
    ("relu", "np.maximum(x, zeros, out=out)", "np.maximum(x, zeros, out=x)"),
    ("leaky_relu", "activated <= 0", "activated < 0"),
    ("leaky_relu", "slope * x, out=out", "slope, out=out"),
    ("leaky_relu", "np.positive(dout, out=out)", "dout"),
    ("sigmoid", "np.subtract(1, cache", "np.add(1, cache"),
    ("sigmoid", "scratch(out, dout, cache)", "out"),
    ("sigmoid", "scratch(out, dout, cache)", "scratch(out, dout)"),
    ("sigmoid", "np.multiply(dout, slope, out=out)", "slope"),
    ("sigmoid", "1 - np.log(np.finfo(dtype).max)", "-np.inf"),
    ("sigmoid", "out += 1", "out += 2"),
    ("tanh", "np.subtract(1, slope, out=slope)", "np.subtract(1, cache, out=slope)"),
    ("tanh", "np.multiply(cache, cache, out=scratch(out, dout))", "np.multiply(cache, cache, out=cache)"),
    ("tanh", "scratch(out, dout)", "out"),
    ("add", "np.positive(dout, out=dy)", "np.negative(dout, out=dy)"),
    ("add", "np.positive(dout, out=dy)", "dout"),
    ("affine_relu", "relu_backward(dout, relu_cache)", "dout"),
    ("affine_relu", "out=out, need_dx=need_dx", "out=out"),
    ("batch_norm", "np.add(dout, xhat * (dgamma / -len(dout)), out=dx)", "np.positive(dout, out=dx)"),
    ("batch_norm", "dx -= dbeta / len(dout)", "dx -= 0"),
    ("batch_norm", "dx *= scale", "dx *= inverse_std"),
    ("batch_norm", "x.dtype.type(len(x)) if stats is None else stats[1]",
     "x.dtype.type(max(len(x) - 1, 1)) if stats is None else stats[1]"),
    ("batch_norm", "var * (len(xhat) / max(len(xhat) - 1, 1))", "var"),
    ("batch_norm", "eps: float = 1e-5", "eps: float = 1e-3"),
    ("batch_norm", "dout, xhat, out=dgamma)", "dout, dout, out=dgamma)"),
    ("batch_norm", "if not training:", "if training:"),
    ("dropout", "mask /= keep", "mask *= 1"),
    ("dropout", "np.less(", "np.greater("),
    ("dropout", "np.random.default_rng(rng)", "np.random.default_rng(0)"),
    ("dropout", "np.multiply(dout, cache, out=out)", "np.positive(dout, out=out)"),
    ("gaussian_noise", "noise *= std", "noise *= std**2"),
    ("gaussian_noise", "np.positive(dout, out=out) if need_dx", "dout if need_dx"),
    ("softmax_loss", "z -= np.maximum.reduce(z, axis=0)", "pass"),
    ("softmax_loss", "np.maximum.reduce(z, axis=0)", "np.maximum.reduce(z, axis=None)"),
    ("softmax_loss", "x.T.copy()", "x.T"),
    ("softmax_loss", "total *= n", "pass"),
    ("softmax_loss", "each / len(each)", "each"),
    ("softmax_loss", "flat[at] = target - total", "flat[at] = total - target"),
    ("softmax_loss", "flat[at] = target\n", "pass\n"),
    ("softmax_loss", "total += 1", "pass"),
    ("softmax_loss", "z *= weight / total / n", "z *= 1 / total / n"),
    ("svm_loss", "hinge[at] = 0", "pass"),
    ("svm_loss", "dx[at] = -np.add.reduce(dx, axis=1)", "dx[at] = -1"),
    ("svm_loss", "hinge += margin", "hinge += 2 * margin"),
    ("svm_loss", "dx = np.sign(hinge, out=hinge)", "dx = np.sign(hinge)"),
    ("svm_loss", "dx = np.sign(hinge, out=hinge)", "dx = hinge"),
    ("svm_loss", "np.sum(hinge / len(hinge) if", "np.sum(hinge / hinge.size if"),
    ("svm_loss", "np.subtract(x, x[at][:, None], out=out)", "np.subtract(x, x[at][:, None], out=out, dtype=float)"),
    ("squared_loss", '"half_mean": (0.5, True)', '"half_mean": (1.0, True)'),
    ("squared_loss", "difference *= 2 * factor", "difference *= factor"),
    ("squared_loss", "factor / len(x)", "factor / x.size"),
    ("squared_loss", "dtype=x.dtype", "dtype=float"),
    ("logistic_loss", "np.log1p(np.exp(-np.abs(x)))", "np.log1p(np.exp(-x)) - np.maximum(-x, 0)"),
    ("logistic_loss", "dx /= len(x)", "dx /= x.size"),
    ("logistic_loss", "dx -= y", "dx -= y > 0.5"),
    ("logistic_loss", "sigmoid_forward(x, out=out)", "sigmoid_forward(x)"),
    ("conv2d", "b[:, None]], axis=1)", "-b[:, None]], axis=1)"),
    ("conv2d", "sums += one @ other.T", "sums += one @ other.T / len(x)"),
    ("conv2d", "filters.T, upstream", "filters[::-1].T, upstream"),
    ("conv2d", "out=db) if biased", "out=None) if biased"),
    ("conv2d", "sums.reshape(w.shape), out=dw", "sums.reshape(w.shape)[..., ::-1], out=dw"),
    ("max_pool2d", "largest &= free", "pass"),
    ("max_pool2d", "free ^= largest", "pass"),
    ("max_pool2d", "np.multiply(dout, largest, out=gradient)", "np.copyto(gradient, dout)"),
    ("max_pool2d", "gradient += dout * largest", "gradient[...] = dout * largest"),
    ("max_pool2d", "reduced(np.maximum, padded(kept, seen, -np.inf)", "reduced(np.maximum, padded(kept, seen, 0)"),
    ("max_pool2d", "target.fill(0)", "pass"),
    ("max_pool2d", "x.copy() if", "x if"),
    ("average_pool2d", "value *= x.dtype.type(1 / (seen.size[0] * seen.size[1]))", "value *= 0.25"),
    ("average_pool2d", "dout.dtype.type(1 / (seen.size[0] * seen.size[1]))", "0.25"),
    ("average_pool2d", "gradient += share", "gradient[...] = share"),
    ("average_pool2d", "gradient[...] = share", "gradient += share"),
    ("average_pool2d", "target.fill(0)", "pass"),
    ("flatten", "np.positive(dout.reshape(cache), out=out)", "dout.reshape(cache)"),
    ("flatten", "np.positive(x.reshape(shape), out=out)", "np.positive(x.reshape(shape)[:, ::-1], out=out)"),
]  # fmt: skip


def planted(name: str, old: str, new: str) -> Layer:
    """The layer `name` from its file's source with `old` replaced by `new`; nothing is registered."""
    original = registered()[name].forward.__module__
    file = Path(sys.modules[original].__file__)
    source = file.read_text(encoding="utf-8")
    if source.count(old) != 1:
        raise LookupError(f"{file.name} holds {old!r} {source.count(old)} times, not once: renew this row")
    source = source.replace(old, new).replace("= register(", "= (")
    module = ModuleType(f"layers._mutant_of_{file.stem}")
    module.__package__ = original.rpartition(".")[0]
    exec(compile(source, f"{file.stem} with {new!r}", "exec"), module.__dict__)
    return next(v for v in vars(module).values() if isinstance(v, Layer) and v.name == name)
