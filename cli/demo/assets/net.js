"use strict";
// The trained net, computed here: the nodes of the graph forwards, and backwards to its input. Values are rows of one
// picture; each layer is a pair, as in layergraph: forward(inputs, params, settings) -> value, and
// backward(dout, inputs, value, params, settings) -> the gradients of its inputs.

const pointwise = (value, slope) => ({
  forward: ([x], params, settings) => x.map((a) => value(a, settings)),
  backward: (dout, [x], y, params, settings) => [dout.map((d, i) => d * slope(x[i], y[i], settings))],
});

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
const scaleOf = ([gamma], state, settings) =>
  gamma.data.map((g, i) => g / Math.sqrt(state.var.data[i] + (settings.eps ?? 1e-5)));

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
  sigmoid: pointwise((x) => 1 / (1 + Math.exp(-x)), (x, y) => y * (1 - y)),
  tanh: pointwise(Math.tanh, (x, y) => 1 - y * y),
  softplus: pointwise((x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x))), (x, y) => -Math.expm1(-y)),
  batch_norm: {
    forward: ([x], params, settings, state) => {
      const scale = scaleOf(params, state, settings);
      return x.map((a, i) => (a - state.mean.data[i]) * scale[i] + params[1].data[i]);
    },
    backward: (dout, inputs, y, params, settings, state) => {
      const scale = scaleOf(params, state, settings);
      return [dout.map((d, i) => d * scale[i])];
    },
  },
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
      for (const { name, layer, inputs, params, settings, state } of steps) {
        values[name] = layer.forward(inputs.map((input) => values[input]), params, settings, state);
      }
      return { values, scores: values[last] };
    },
    gradient(values, dscores) {
      const gradients = { [last]: dscores };
      for (const { name, layer, inputs, params, settings, state } of [...steps].reverse()) {
        const given = inputs.map((input) => values[input]);
        const parts = layer.backward(gradients[name], given, values[name], params, settings, state);
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
