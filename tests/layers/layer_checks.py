"""What every registered layer and loss must do: each check takes (layer, n, settings) and asserts.

A new layer gets all of them for free; `test_mutants.py` requires that they kill planted bugs.
"""

from typing import Any

import numpy as np

from layers import Layer

STEP = 6e-6  # about eps^(1/3), the best step of a central difference in float64
TOLERANCE = 1e-7


def arguments(layer: Layer, n: int, dtype: type = np.float64, seed: int = 0) -> list[Any]:
    """Read-only inputs as the layer draws them, floats in `dtype`."""
    args = [np.array(a) for a in layer.inputs(np.random.default_rng([seed, n]), n)]
    args = [a.astype(dtype) if a.dtype.kind == "f" else a for a in args]
    return [frozen(a) for a in args]


def frozen(array: np.ndarray) -> np.ndarray:
    array.flags.writeable = False
    return array


def forward(layer: Layer, args: list[Any], settings: dict[str, Any]) -> tuple[Any, Any]:
    """(out, cache) of a layer; (loss, dx) of a loss."""
    return layer.forward(*args, **settings)


def gradients(layer: Layer, dout: Any, cache: Any, **keywords: Any) -> tuple[Any, ...]:
    """The gradients in the order of `layer.args`; a loss has its only gradient in the place of the cache."""
    if layer.backward is None:
        return (cache,)
    result = layer.backward(dout, cache, **keywords)
    return result if isinstance(result, tuple) else (result,)


def upstream(out: Any, seed: int = 1) -> np.ndarray:
    return frozen(np.random.default_rng(seed).standard_normal(np.shape(out)).astype(np.asarray(out).dtype))


def differentiable(layer: Layer, args: list[Any]) -> list[Any]:
    return [arg for name, arg in zip(layer.args, args, strict=False) if name in layer.differentiated]


def check_shapes_and_dtypes(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    for dtype in (np.float32, np.float64):
        args = arguments(layer, n, dtype)
        out, cache = forward(layer, args, settings)
        assert out.dtype == dtype, f"{dtype.__name__} became {out.dtype} in forward"
        assert np.shape(out) == () if layer.backward is None else len(out) == n
        found = gradients(layer, upstream(out), cache)
        wanted = differentiable(layer, args)
        assert len(found) == len(wanted)
        for name, gradient, arg in zip(layer.differentiated, found, wanted, strict=True):
            assert gradient.shape == arg.shape, f"d{name} has shape {gradient.shape}, {name} has {arg.shape}"
            assert gradient.dtype == dtype, f"d{name} is {gradient.dtype} for {dtype.__name__}"


def check_nothing_is_written(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    """Inputs, dout and what the caller may have kept of them stay as they were, and nothing returned aliases them."""
    args = arguments(layer, n)
    before = [a.copy() for a in args]
    out, cache = forward(layer, args, settings)
    dout = upstream(out).copy()
    kept_out, kept_dout = np.array(out), dout.copy()
    found = gradients(layer, dout, cache)
    np.testing.assert_array_equal(out, kept_out, "backward wrote into the output")
    np.testing.assert_array_equal(dout, kept_dout, "backward wrote into dout")
    for old, new in zip(before, args, strict=True):
        np.testing.assert_array_equal(old, new, "an input was written")
    returned = [g for g in found if g is not None] + ([] if layer.backward is None else [out])
    for array in returned:
        assert not any(np.shares_memory(array, a) for a in [*args, dout]), "a result shares memory with an input"
    for i, array in enumerate(returned):
        assert not any(np.shares_memory(array, other) for other in returned[i + 1 :]), "two results share memory"


def check_calls_are_independent(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    """Two forwards, then the first one's backward, twice: nothing is kept outside the cache, nor spent in it."""
    args = arguments(layer, n)
    out, cache = forward(layer, args, settings)
    dout = upstream(out)
    expected = [np.array(g) for g in gradients(layer, dout, cache)]
    again, cache_again = forward(layer, args, settings)
    np.testing.assert_array_equal(out, again, "a second forward differs")
    forward(layer, arguments(layer, n, seed=5), settings)
    for cached in (cache, cache_again, cache):
        for one, other in zip(expected, gradients(layer, dout, cached), strict=True):
            np.testing.assert_array_equal(one, other, "a second backward differs")


def check_out_buffers(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    """`out=` gives the same bits as without, in the memory that was passed, whatever stood there."""
    args = arguments(layer, n)
    out, cache = forward(layer, args, settings)
    plain = gradients(layer, upstream(out), cache)
    shape = plain[0].shape if layer.backward is None else out.shape
    buffer = np.full(shape, np.nan)
    value, cache = layer.forward(*args, out=buffer, **settings)
    np.testing.assert_array_equal(value, out)
    assert np.shares_memory(cache if layer.backward is None else value, buffer), "forward ignored out="
    if layer.backward is None:
        np.testing.assert_array_equal(buffer, plain[0])
        return
    buffers = [np.full(g.shape, np.nan) for g in plain]
    found = gradients(layer, upstream(out), cache, out=tuple(buffers) if len(buffers) > 1 else buffers[0])
    for given, gradient, expected in zip(buffers, found, plain, strict=True):
        np.testing.assert_array_equal(gradient, expected)
        assert np.shares_memory(gradient, given), "backward ignored out="


def check_in_place(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    """Where shapes allow it, forward may overwrite x and backward dout, as a NumPy ufunc may."""
    args = arguments(layer, n)
    out, cache = forward(layer, args, settings)
    if layer.backward is None or out.shape != args[0].shape:
        return
    dout = upstream(out)
    expected = gradients(layer, dout, cache)
    x, dx = args[0].copy(), dout.copy()
    value, cache = layer.forward(x, *args[1:], out=x, **settings)
    assert value is x
    np.testing.assert_array_equal(value, out)
    for buffer in (dx, value):  # over dout, and over the output, which is a cache in many layers
        given = dx if buffer is dx else dout
        buffers = (buffer, *[None] * (len(expected) - 1)) if len(expected) > 1 else buffer
        for one, other in zip(gradients(layer, given, cache, out=buffers), expected, strict=True):
            np.testing.assert_array_equal(one, other)


def check_need_dx(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    """`need_dx=False` leaves out the gradient of the input, where it has one, and nothing else."""
    args = arguments(layer, n)
    if layer.args[0] in layer.indices:
        return
    if layer.backward is None:
        loss, dx = layer.forward(*args, need_dx=False, **settings)
        assert dx is None
        assert loss == layer.forward(*args, **settings)[0]
        return
    out, cache = forward(layer, args, settings)
    full = gradients(layer, upstream(out), cache)
    short = gradients(layer, upstream(out), cache, need_dx=False)
    assert short[0] is None
    assert len(short) == len(full)
    for one, other in zip(short[1:], full[1:], strict=True):
        np.testing.assert_array_equal(one, other)


def check_linear_in_dout(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    if layer.backward is None:
        return
    out, cache = forward(layer, arguments(layer, n), settings)
    a, b = upstream(out, 1), upstream(out, 2)
    mixed = gradients(layer, 2 * a - 3 * b, cache)
    for da, db, dab in zip(gradients(layer, a, cache), gradients(layer, b, cache), mixed, strict=True):
        np.testing.assert_allclose(dab, 2 * da - 3 * db, rtol=1e-12, atol=1e-12)


def check_gradient(layer: Layer, n: int, settings: dict[str, Any], seed: int = 0) -> None:
    """Directional derivatives, argument by argument, against central differences of the scalar sum(dout * out)."""
    args = arguments(layer, n, seed=seed)
    out, cache = forward(layer, args, settings)
    dout = upstream(out, seed + 1) if layer.backward else np.float64(1)
    places = [layer.args.index(name) for name in layer.differentiated]
    for i, gradient in zip(places, gradients(layer, dout, cache), strict=True):
        direction = np.random.default_rng(seed + 2).standard_normal(args[i].shape)
        ends = [[*args[:i], args[i] + h * direction, *args[i + 1 :]] for h in (STEP, -STEP)]
        plus, minus = (np.sum(dout * forward(layer, end, settings)[0]) for end in ends)
        numeric, analytic = (plus - minus) / (2 * STEP), np.sum(gradient * direction)
        scale = np.sqrt(np.sum(gradient**2) * np.sum(direction**2)) + np.sum(np.abs(dout * out)) * 1e-3
        assert abs(numeric - analytic) <= TOLERANCE * scale, f"d{layer.args[i]}: {analytic} against {numeric}"


def check_layouts(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    """Fortran order, strides and reversed memory change nothing but the last bits of a BLAS product."""
    args = arguments(layer, n)
    out, cache = forward(layer, args, settings)
    expected = gradients(layer, upstream(out), cache)
    for arrange in (np.asfortranarray, _strided, _reversed):
        value, cache = forward(layer, [arrange(a) for a in args], settings)
        np.testing.assert_allclose(value, out, rtol=1e-13, atol=1e-13)
        dout = arrange(upstream(out)) if layer.backward else None
        for one, other in zip(gradients(layer, dout, cache), expected, strict=True):
            np.testing.assert_allclose(one, other, rtol=1e-13, atol=1e-13)


def _strided(array: np.ndarray) -> np.ndarray:
    wide = np.zeros((*array.shape[:-1], 2 * array.shape[-1]), array.dtype)
    wide[..., ::2] = array
    return wide[..., ::2]


def _reversed(array: np.ndarray) -> np.ndarray:
    return np.ascontiguousarray(array[::-1])[::-1]


def check_large_inputs(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    """Inputs times 1e4 (activations: up to a quarter of the largest float) give finite results and no warning."""
    for dtype in (np.float32, np.float64):
        scales = [1e4, -1e4] + ([np.finfo(dtype).max / 40] if layer.kind == "activation" else [])
        for scale in scales:
            args = arguments(layer, n, dtype)
            args = [frozen(a * dtype(scale)) if a.dtype.kind == "f" and i == 0 else a for i, a in enumerate(args)]
            with np.errstate(all="raise", under="ignore"):
                out, cache = forward(layer, args, settings)
                found = gradients(layer, upstream(out), cache)
            assert np.all(np.isfinite(out))
            assert all(np.all(np.isfinite(g)) for g in found)


def check_batch_average(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    """A batch written twice has the same loss and half the gradient a row, unless a sum is asked for."""
    if layer.backward is not None:
        return
    args = arguments(layer, n)
    summed = "sum" in settings.get("reduction", "")
    loss, dx = forward(layer, args, settings)
    twice, dx_twice = forward(layer, [np.concatenate([a, a]) for a in args], settings)
    np.testing.assert_allclose(twice, 2 * loss if summed else loss, rtol=1e-13)
    np.testing.assert_allclose(dx_twice[:n], dx if summed else dx / 2, rtol=1e-13)


def check_rows_are_exchangeable(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    """Rows in another order give the same rows in that order, and the same loss: nothing depends on the position."""
    if layer.noisy:
        return
    args = arguments(layer, n)
    order = np.random.default_rng(3).permutation(n)
    moved = [a[order] if name not in layer.params else a for name, a in _named(layer, args)]
    out, cache = forward(layer, args, settings)
    out_moved, cache_moved = forward(layer, moved, settings)
    loss = layer.backward is None
    np.testing.assert_allclose(out_moved, out if loss else out[order], rtol=1e-12, atol=1e-14)
    dout = upstream(out)
    dx = gradients(layer, dout, cache)[0]
    dx_moved = gradients(layer, dout if loss else dout[order], cache_moved)[0]
    dx = dx if layer.args[0] in layer.indices else dx[order]  # there it is the gradient of the table
    np.testing.assert_allclose(dx_moved, dx, rtol=1e-12, atol=1e-14)


def check_rows_do_not_mix(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    """Where it says that rows are apart, one row alone gives what it gives in a batch, forwards and backwards."""
    if layer.structure is None or layer.backward is None or layer.noisy:
        return
    args = arguments(layer, n)
    out, cache = forward(layer, args, settings)
    dout = upstream(out)
    dx = gradients(layer, dout, cache)[0]
    alone = [a[-1:] if name not in layer.params else a for name, a in _named(layer, args)]
    row, cache = forward(layer, alone, settings)
    np.testing.assert_allclose(row, out[-1:], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(gradients(layer, dout[-1:], cache)[0], dx[-1:], rtol=1e-12, atol=1e-14)


def _named(layer: Layer, args: list[Any]) -> list[tuple[str, Any]]:
    return [(layer.args[i] if i < len(layer.args) else "y", a) for i, a in enumerate(args)]


def check_trailing_axes(layer: Layer, n: int, settings: dict[str, Any]) -> None:
    """A layer with weights for rows takes x (N, d1, d2) as (N, d1 d2); dx has the shape of x, in any buffer."""
    x, *params = arguments(layer, n)
    if "w" not in layer.args or x.ndim != 2 or layer.indices:
        return
    out, cache = forward(layer, [x, *params], settings)
    dout = upstream(out)
    wanted = gradients(layer, dout, cache)
    image = x.reshape(n, 1, -1)
    same, cache = forward(layer, [image, *params], settings)
    assert np.array_equal(same, out)
    buffers = (np.empty_like(image), np.empty((1, image.shape[2], n)).T.swapaxes(1, 2))
    for buffer in (None, *buffers):
        keywords = {} if buffer is None else {"out": (buffer, *[None] * len(params))}
        dx, *others = gradients(layer, dout, cache, **keywords)
        assert dx.shape == image.shape
        assert buffer is None or dx is buffer
        assert np.array_equal(dx, wanted[0].reshape(image.shape))
        assert all(map(np.array_equal, others, wanted[1:]))


CHECKS = (
    check_shapes_and_dtypes,
    check_nothing_is_written,
    check_calls_are_independent,
    check_out_buffers,
    check_in_place,
    check_need_dx,
    check_linear_in_dout,
    check_gradient,
    check_layouts,
    check_large_inputs,
    check_batch_average,
    check_rows_are_exchangeable,
    check_rows_do_not_mix,
    check_trailing_axes,
)
