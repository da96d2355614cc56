"use strict";
// The trained net, computed here: the nodes of the graph forwards, and backwards to its input. Values are rows of one
// picture; each layer is a pair, as in layergraph: forward(inputs, params, settings) -> value, and
// backward(dout, inputs, value, params, settings) -> the gradients of its inputs.

const pointwise = (value, slope) => ({
  forward: ([x], params, settings) => x.map((a) => value(a, settings)),
  backward: (dout, [x], y, params, settings) => [dout.map((d, i) => d * slope(x[i], y[i], settings))],
});

/** The distribution function of the standard normal: a series near 0, a continued fraction further out. */
function normal(x) {
  const a = Math.abs(x), density = Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
  if (a < 3) {
    let term = a, sum = a;
    for (let k = 1; k < 60; k++) sum += term *= (a * a) / (2 * k + 1);
    return 0.5 + Math.sign(x) * density * sum;
  }
  let tail = a;
  for (let k = 60; k > 0; k--) tail = a + k / tail;
  return x < 0 ? density / tail : 1 - density / tail;
}
const RATE = Math.sqrt(8 / Math.PI); // of the approximate gelu, x sigmoid(RATE (x + 0.044715 x^3))
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const bent = (x) => sigmoid(RATE * (x + 0.044715 * x ** 3));
const gelu = pointwise(
  (x, s) => x * (s.approximate ? bent(x) : normal(x)),
  (x, y, s) => s.approximate
    ? bent(x) + x * bent(x) * (1 - bent(x)) * RATE * (1 + 0.134145 * x * x)
    : normal(x) + (x * Math.exp((-x * x) / 2)) / Math.sqrt(2 * Math.PI),
);

const affine = {
  forward: ([x], [w, b]) => {
    const [inputs, outputs] = w.shape;
    const y = b ? Float64Array.from(b.data) : new Float64Array(outputs);
    for (let i = 0; i < inputs; i++) {
      if (x[i] === 0) continue;
      for (let j = 0, at = i * outputs; j < outputs; j++) y[j] += x[i] * w.data[at + j];
    }
    return y;
  },
  backward: (dout, inputs, y, [w]) => {
    const [rows, outputs] = w.shape;
    const dx = new Float64Array(rows);
    for (let i = 0; i < rows; i++) {
      let sum = 0;
      for (let j = 0, at = i * outputs; j < outputs; j++) sum += dout[j] * w.data[at + j];
      dx[i] = sum;
    }
    return [dx];
  },
};

const relu = pointwise((x) => Math.max(x, 0), (x, y) => (y > 0 ? 1 : 0));
const same = pointwise((x) => x, () => 1);

/** Batch normalisation by running statistics; the values of a channel stand side by side. */
const batchNorm = {
  forward: ([x], [gamma, beta], settings, state) => {
    const { scale, each } = running(x, gamma, settings, state);
    return x.map((a, i) => (a - state.mean.data[each(i)]) * scale[each(i)] + beta.data[each(i)]);
  },
  backward: (dout, [x], y, [gamma], settings, state) => {
    const { scale, each } = running(x, gamma, settings, state);
    return [dout.map((d, i) => d * scale[each(i)])];
  },
};
function running(x, gamma, settings, state) {
  const scale = gamma.data.map((g, i) => g / Math.sqrt(state.var.data[i] + (settings.eps ?? 1e-5)));
  const pixels = x.length / gamma.data.length;
  return { scale, each: (i) => Math.floor(i / pixels) };
}

/** Normalisation by the values themselves, in groups that stand side by side; gamma has one value for `pixels`. */
const ownNorm = (sizesOf) => ({
  forward: ([x], [gamma, beta], settings) => {
    const { xhat, pixels } = standardised(x, gamma, settings, sizesOf);
    return xhat.map((a, i) => gamma.data[pixels(i)] * a + beta.data[pixels(i)]);
  },
  backward: (dout, [x], y, [gamma], settings) => {
    const { xhat, pixels, size, inverse } = standardised(x, gamma, settings, sizesOf);
    const d = dout.map((a, i) => a * gamma.data[pixels(i)]), dx = new Float64Array(x.length);
    for (let start = 0; start < x.length; start += size) {
      let mean = 0, along = 0;
      for (let i = start; i < start + size; i++) (mean += d[i] / size), (along += (d[i] * xhat[i]) / size);
      for (let i = start; i < start + size; i++) dx[i] = inverse[start / size] * (d[i] - mean - xhat[i] * along);
    }
    return [dx];
  },
});
function standardised(x, gamma, settings, sizesOf) {
  const { size, pixels } = sizesOf(x, gamma, settings), xhat = new Float64Array(x.length), inverse = [];
  for (let start = 0; start < x.length; start += size) {
    const part = x.subarray(start, start + size);
    const mean = part.reduce((a, b) => a + b, 0) / size;
    const variance = part.reduce((a, b) => a + (b - mean) ** 2, 0) / size;
    inverse.push(1 / Math.sqrt(variance + (settings.eps ?? 1e-5)));
    for (let i = start; i < start + size; i++) xhat[i] = (x[i] - mean) * inverse[inverse.length - 1];
  }
  return { xhat, pixels, size, inverse };
}
const layerNorm = ownNorm((x, gamma) => ({ size: gamma.data.length, pixels: (i) => i % gamma.data.length }));
const groupNorm = ownNorm((x, gamma, settings) => {
  const pixels = x.length / gamma.data.length;
  return { size: x.length / settings.groups, pixels: (i) => Math.floor(i / pixels) };
});

const pair = (value) => (Array.isArray(value) ? value : [value, value]);

/** Calls `visit(out, in, tap)` for each place of a window on an image (C, H, W): flat indices within one channel. */
function windows([, height, width], [, rows, columns], size, stride, padding, visit) {
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) {
      for (let k = 0; k < size[0]; k++) {
        const i = r * stride[0] + k - padding[0];
        if (i < 0 || i >= height) continue;
        for (let l = 0; l < size[1]; l++) {
          const j = c * stride[1] + l - padding[1];
          if (j >= 0 && j < width) visit(r * columns + c, i * width + j, k * size[1] + l);
        }
      }
    }
  }
}
function everyWindow(settings, size, shapes, visit) {
  windows(shapes.input, shapes.output, size, pair(settings.stride ?? size), pair(settings.padding ?? 0), visit);
}
const areas = ({ input, output }) => [input[1] * input[2], output[1] * output[2]];

const conv = {
  forward: ([x], [w, b], settings, state, shapes) => {
    const [filters, channels, ...size] = w.shape, taps = size[0] * size[1], [inside, outside] = areas(shapes);
    const y = new Float64Array(filters * outside);
    for (let f = 0; f < filters; f++) {
      if (b) y.fill(b.data[f], f * outside, (f + 1) * outside);
      for (let c = 0; c < channels; c++) {
        const at = (f * channels + c) * taps;
        everyWindow({ stride: 1, ...settings }, size, shapes, (o, i, k) => (y[f * outside + o] += w.data[at + k] * x[c * inside + i]));
      }
    }
    return y;
  },
  backward: (dout, [x], y, [w], settings, state, shapes) => {
    const [filters, channels, ...size] = w.shape, taps = size[0] * size[1], [inside, outside] = areas(shapes);
    const dx = new Float64Array(x.length);
    for (let f = 0; f < filters; f++) {
      for (let c = 0; c < channels; c++) {
        const at = (f * channels + c) * taps;
        everyWindow({ stride: 1, ...settings }, size, shapes, (o, i, k) => (dx[c * inside + i] += w.data[at + k] * dout[f * outside + o]));
      }
    }
    return [dx];
  },
};

const maxPool = {
  forward: (inputs, params, settings, state, shapes) => largest(inputs[0], settings, shapes).y,
  backward: (dout, [x], y, params, settings, state, shapes) => {
    const dx = new Float64Array(x.length);
    largest(x, settings, shapes).from.forEach((i, o) => (dx[i] += dout[o]));
    return [dx];
  },
};
function largest(x, settings, shapes) {
  const [inside, outside] = areas(shapes), channels = shapes.input[0];
  const y = new Float64Array(channels * outside).fill(-Infinity), from = new Int32Array(y.length);
  for (let c = 0; c < channels; c++) {
    everyWindow(settings, pair(settings.size ?? 2), shapes, (o, i) => {
      if (x[c * inside + i] > y[c * outside + o]) (y[c * outside + o] = x[c * inside + i]), (from[c * outside + o] = c * inside + i);
    });
  }
  return { y, from };
}

const averagePool = {
  forward: ([x], params, settings, state, shapes) => {
    const [inside, outside] = areas(shapes), size = pair(settings.size ?? 2), y = new Float64Array(shapes.input[0] * outside);
    for (let c = 0; c < shapes.input[0]; c++) {
      everyWindow(settings, size, shapes, (o, i) => (y[c * outside + o] += x[c * inside + i] / (size[0] * size[1])));
    }
    return y;
  },
  backward: (dout, [x], y, params, settings, state, shapes) => {
    const [inside, outside] = areas(shapes), size = pair(settings.size ?? 2), dx = new Float64Array(x.length);
    for (let c = 0; c < shapes.input[0]; c++) {
      everyWindow(settings, size, shapes, (o, i) => (dx[c * inside + i] += dout[c * outside + o] / (size[0] * size[1])));
    }
    return [dx];
  },
};

const LAYERS = {
  affine,
  linear: affine,
  affine_relu: {
    forward: (inputs, params, settings) => relu.forward([affine.forward(inputs, params)], [], settings),
    backward: (dout, inputs, y, params, settings) =>
      affine.backward(relu.backward(dout, [y], y, [], settings)[0], inputs, y, params),
  },
  add: { forward: ([x, y]) => x.map((a, i) => a + y[i]), backward: (dout) => [dout, dout.slice()] },
  relu,
  leaky_relu: pointwise((x, s) => Math.max(x, (s.slope ?? 0.01) * x), (x, y, s) => (y > 0 ? 1 : s.slope ?? 0.01)),
  sigmoid: pointwise(sigmoid, (x, y) => y * (1 - y)),
  tanh: pointwise(Math.tanh, (x, y) => 1 - y * y),
  softplus: pointwise((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), (x, y) => -Math.expm1(-y)),
  elu: pointwise((x, s) => (x > 0 ? x : (s.alpha ?? 1) * Math.expm1(x)), (x, y, s) => (y > 0 ? 1 : y + (s.alpha ?? 1))),
  gelu,
  batch_norm: batchNorm,
  spatial_batch_norm: batchNorm,
  layer_norm: layerNorm,
  group_norm: groupNorm,
  conv2d: conv,
  conv2d_without_bias: conv,
  max_pool2d: maxPool,
  average_pool2d: averagePool,
  flatten: same,
  image: same,
  dropout: same,
  gaussian_noise: same,
};

/** {shape, data}: an array from little-endian float32 in base64. */
function arrayFrom({ shape, base64 }) {
  const text = atob(base64);
  const view = new DataView(new ArrayBuffer(text.length));
  for (let i = 0; i < text.length; i++) view.setUint8(i, text.charCodeAt(i));
  const data = new Float64Array(text.length / 4);
  for (let i = 0; i < data.length; i++) data[i] = view.getFloat32(4 * i, true);
  return { shape, data };
}

/** The net of a description: `run(x)` gives all values by name, `gradient(values, dscores)` that of the input. */
function makeNet({ nodes, arrays, input_scale }) {
  const held = Object.fromEntries(Object.entries(arrays).map(([name, array]) => [name, arrayFrom(array)]));
  const steps = nodes.map((node) => ({
    ...node,
    layer: LAYERS[node.layer],
    params: node.params.map((name) => held[name]),
    state: Object.fromEntries(Object.entries(node.state).map(([key, name]) => [key, held[name]])),
  }));
  const last = steps[steps.length - 1].name;
  return {
    run(x) {
      const values = { x: Float64Array.from(x, (a) => a / input_scale) };
      for (const { name, layer, inputs, params, settings, state, shapes } of steps) {
        values[name] = layer.forward(inputs.map((input) => values[input]), params, settings, state, shapes);
      }
      return { values, scores: values[last] };
    },
    gradient(values, dscores) {
      const gradients = { [last]: dscores };
      for (const { name, layer, inputs, params, settings, state, shapes } of [...steps].reverse()) {
        const given = inputs.map((input) => values[input]);
        const parts = layer.backward(gradients[name], given, values[name], params, settings, state, shapes);
        inputs.forEach((input, k) => {
          const before = gradients[input];
          gradients[input] = before ? before.map((d, i) => d + parts[k][i]) : parts[k];
        });
      }
      return gradients.x.map((d) => d / input_scale);
    },
  };
}

function softmax(scores) {
  const most = Math.max(...scores);
  const powers = Array.from(scores, (s) => Math.exp(s - most));
  const total = powers.reduce((a, b) => a + b, 0);
  return powers.map((p) => p / total);
}

/** What the page shows of one prepared picture (0..1): scores, probabilities, hidden values, d score / d pixel. */
function readPixels(net, told, pixels, chosen) {
  const x = Float64Array.from(pixels, (p) => (p * told.gain - told.mean) / told.std);
  const { values, scores } = net.run(x);
  const probabilities = softmax(scores);
  const best = probabilities.indexOf(Math.max(...probabilities));
  const dscores = new Float64Array(scores.length);
  dscores[chosen ?? best] = 1;
  const slope = net.gradient(values, dscores);
  return {
    pixels: Array.from(pixels),
    scores: Array.from(scores),
    probabilities,
    best,
    hidden: told.hidden.map((name) => ({ name, values: Array.from(values[name]) })),
    gradient: Array.from(slope, (d) => (d * told.gain) / told.std),
  };
}
