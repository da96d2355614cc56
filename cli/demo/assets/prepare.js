"use strict";
// A drawing made into what the net was trained on, by the steps of `mnist.prepare` as far as bright ink on black needs
// them: the digit found, cropped, its strokes kept within the widths of training, scaled into the box, centred.
// A sheet is {rows, columns, data} with data row by row.

const FINE = 160; // the longer side of the sheet on which strokes are measured
const CORE = 0.45, HALO = 0.36, EDGE_HALO = 0.2; // of the pen's ink: makes a shape, belongs to one, fades beside one

const sheet = (rows, columns, data) => ({ rows, columns, data: data ?? new Float64Array(rows * columns) });
const clip = (x, low, high) => Math.min(Math.max(x, low), high);
const mapped = (s, f) => sheet(s.rows, s.columns, Float64Array.from(s.data, f));

/** To the nearest integer, halves to the even one, as Python rounds. */
function rounded(x) {
  const below = Math.floor(x);
  return x - below === 0.5 ? below + (below % 2 === 0 ? 0 : 1) : Math.round(x);
}

function transposed({ rows, columns, data }) {
  const out = sheet(columns, rows);
  for (let r = 0; r < rows; r++) for (let c = 0; c < columns; c++) out.data[c * rows + r] = data[r * columns + c];
  return out;
}

/** The percentile of values, interpolated between neighbours. */
function percentile(values, share) {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * share;
  const below = Math.floor(place);
  return sorted[below] + (place - below) * (sorted[Math.min(below + 1, sorted.length - 1)] - sorted[below]);
}

/** Weights (size, length) that make `size` values of `length`: means over areas, or a cubic spline between pixels. */
function weightsAlong(length, size) {
  const weights = [];
  if (size < length) {
    for (let k = 0; k < size; k++) {
      const row = new Float64Array(length);
      const low = (k * length) / size, high = ((k + 1) * length) / size;
      for (let i = 0; i < length; i++) row[i] = Math.max(0, Math.min(high, i + 1) - Math.max(low, i)) * (size / length);
      weights.push(row);
    }
    return weights;
  }
  for (let k = 0; k < size; k++) weights.push(null);
  return weights;
}

/** Coefficients of the cubic B-spline through values, beyond whose ends the last one goes on. */
function splineOf(values) {
  const pad = 12, pole = Math.sqrt(3) - 2, n = values.length + 2 * pad;
  const c = new Float64Array(n);
  for (let i = 0; i < n; i++) c[i] = 6 * values[clip(i - pad, 0, values.length - 1)];
  let sum = c[0], power = pole;
  for (let i = 1; i < n; i++, power *= pole) sum += power * c[i]; // mirrored: further terms are below one bit
  c[0] = sum;
  for (let i = 1; i < n; i++) c[i] += pole * c[i - 1];
  c[n - 1] = (pole / (pole * pole - 1)) * (c[n - 1] + pole * c[n - 2]);
  for (let i = n - 2; i >= 0; i--) c[i] = pole * (c[i + 1] - c[i]);
  return (place) => {
    const x = place + pad;
    const i = Math.floor(x), t = x - i, u = 1 - t;
    const at = (k) => c[clip(k, 0, n - 1)];
    const inner = (s) => 2 / 3 - (s * s * (2 - s)) / 2;
    return (at(i - 1) * u * u * u) / 6 + at(i) * inner(t) + at(i + 1) * inner(u) + (at(i + 2) * t * t * t) / 6;
  };
}

function along(s, size) {
  if (size === s.rows) return s;
  const out = sheet(size, s.columns);
  const weights = size < s.rows ? weightsAlong(s.rows, size) : null;
  for (let c = 0; c < s.columns; c++) {
    const column = new Float64Array(s.rows);
    for (let r = 0; r < s.rows; r++) column[r] = s.data[r * s.columns + c];
    const between = weights || s.rows === 1 ? () => column[0] : splineOf(column);
    for (let k = 0; k < size; k++) {
      let value = 0;
      if (weights) for (let r = 0; r < s.rows; r++) value += weights[k][r] * column[r];
      else value = between(((k + 0.5) * s.rows) / size - 0.5);
      out.data[k * s.columns + c] = clip(value, 0, 1);
    }
  }
  return out;
}

const resized = (s, rows, columns) => transposed(along(transposed(along(s, rows)), columns));

function scaledTo(s, side) {
  const scale = side / Math.max(s.rows, s.columns);
  return resized(s, Math.max(1, rounded(scale * s.rows)), Math.max(1, rounded(scale * s.columns)));
}

/** top, left, bottom, right of what `inside(value)` holds for; null: of nothing. */
function boxOf(s, inside) {
  let top = s.rows, left = s.columns, bottom = 0, right = 0;
  for (let r = 0; r < s.rows; r++) {
    for (let c = 0; c < s.columns; c++) {
      if (!inside(s.data[r * s.columns + c])) continue;
      top = Math.min(top, r), bottom = Math.max(bottom, r + 1), left = Math.min(left, c), right = Math.max(right, c + 1);
    }
  }
  return bottom ? { top, left, bottom, right } : null;
}

function cut(s, { top, left, bottom, right }) {
  const out = sheet(bottom - top, right - left);
  for (let r = top; r < bottom; r++) {
    out.data.set(s.data.subarray(r * s.columns + left, r * s.columns + right), (r - top) * out.columns);
  }
  return out;
}

function padded(s, by) {
  const out = sheet(s.rows + 2 * by, s.columns + 2 * by);
  for (let r = 0; r < s.rows; r++) out.data.set(s.data.subarray(r * s.columns, (r + 1) * s.columns), (r + by) * out.columns + by);
  return out;
}

/** The distance of each pixel that is set to the nearest one that is not: exact, Felzenszwalb and Huttenlocher. */
function depths(mask) {
  const far = 1e12;
  const pass = (s) => {
    const out = sheet(s.rows, s.columns);
    for (let r = 0; r < s.rows; r++) {
      const f = s.data.subarray(r * s.columns, (r + 1) * s.columns), n = s.columns;
      const v = new Int32Array(n), z = new Float64Array(n + 1);
      let k = 0;
      z[0] = -Infinity, z[1] = Infinity;
      for (let q = 1; q < n; q++) {
        const meet = (p) => (f[q] + q * q - (f[p] + p * p)) / (2 * q - 2 * p);
        while (k > 0 && meet(v[k]) <= z[k]) k--;
        const at = meet(v[k]);
        if (at > z[k]) k++;
        v[k] = q, z[k] = k ? at : -Infinity, z[k + 1] = Infinity;
      }
      for (let q = 0, at = 0; q < n; q++) {
        while (z[at + 1] < q) at++;
        out.data[r * n + q] = (q - v[at]) ** 2 + f[v[at]];
      }
    }
    return out;
  };
  const squares = transposed(pass(transposed(pass(mapped(mask, (m) => (m ? far : 0))))));
  return mapped(squares, Math.sqrt);
}

/** Four times the mean depth, as in a long bar. */
function strokeWidth(mask) {
  const inside = depths(padded(mask, 1)).data.filter((d) => d > 0);
  return inside.length ? (4 * inside.reduce((a, b) => a + b, 0)) / inside.length - 2 : 0;
}

/** The mean width of the strokes brought into these limits, by moving their outlines in or out. */
function withStrokes(ink, narrowest, widest) {
  const mask = mapped(ink, (a) => (a > 0.5 ? 1 : 0));
  const width = strokeWidth(mask);
  let out = (clip(width, narrowest, widest) - width) / 2;
  const wide = padded(mask, Math.ceil(Math.abs(out)) + 2);
  const inside = depths(wide), outside = depths(mapped(wide, (m) => 1 - m));
  out = Math.max(out, 1.5 - inside.data.reduce((a, b) => Math.max(a, b), 0)); // something stays
  const moved = sheet(wide.rows, wide.columns, inside.data.map((d, i) => clip(d - outside.data[i] + out + (d > 0 ? 0 : 1), 0, 1)));
  const box = boxOf(moved, (a) => a >= 0.5);
  return box ? cut(moved, box) : moved;
}

/** Connected patches of ink, corners count: number of each pixel (0: none), and the box and area of each. */
function shapesOf(amount) {
  const { rows, columns, data } = amount;
  const labels = new Int32Array(data.length), shapes = [];
  for (let start = 0; start < data.length; start++) {
    if (!(data[start] > CORE) || labels[start]) continue;
    const shape = { label: shapes.length + 1, top: rows, left: columns, bottom: 0, right: 0, area: 0 };
    const open = [start];
    labels[start] = shape.label;
    while (open.length) {
      const at = open.pop(), r = Math.floor(at / columns), c = at % columns;
      shape.top = Math.min(shape.top, r), shape.bottom = Math.max(shape.bottom, r + 1);
      shape.left = Math.min(shape.left, c), shape.right = Math.max(shape.right, c + 1), shape.area++;
      for (let i = Math.max(0, r - 1); i <= Math.min(rows - 1, r + 1); i++) {
        for (let j = Math.max(0, c - 1); j <= Math.min(columns - 1, c + 1); j++) {
          const next = i * columns + j;
          if (!labels[next] && data[next] > HALO) labels[next] = shape.label, open.push(next);
        }
      }
    }
    shapes.push(shape);
  }
  return { labels, shapes };
}

/** Shapes that stand beside or above each other, each as large as a digit beside the others, are digits apart. */
function groupsOf(shapes) {
  const groups = [];
  const height = (s) => s.bottom - s.top, width = (s) => s.right - s.left;
  const apart = (s, g) => {
    const beside = s.left >= g.right || s.right <= g.left, above = s.top >= g.bottom || s.bottom <= g.top;
    const tall = height(s) >= 0.5 * height(g), wide = width(s) >= 0.5 * width(g) && height(s) >= 0.4 * height(g);
    return (beside && tall) || (above && wide && s.area >= 0.3 * g.area);
  };
  for (const s of [...shapes].sort((a, b) => b.area - a.area)) {
    const home = groups.find((g) => !apart(s, g));
    if (!home) groups.push({ ...s, members: [s.label] });
    else {
      home.top = Math.min(home.top, s.top), home.left = Math.min(home.left, s.left), home.area += s.area;
      home.bottom = Math.max(home.bottom, s.bottom), home.right = Math.max(home.right, s.right), home.members.push(s.label);
    }
  }
  return groups;
}

/** The labels of the digit and how many digits there seem to be; null: nothing is large enough. */
function findDigit(shapes) {
  if (!shapes.length) return null;
  const main = shapes.reduce((a, b) => (b.area > a.area ? b : a));
  const diagonal = (s) => Math.hypot(s.bottom - s.top, s.right - s.left);
  if (Math.max(main.bottom - main.top, main.right - main.left) < 4) return null;
  const large = shapes.filter((s) => diagonal(s) >= 0.12 * diagonal(main) && s.area >= 0.01 * main.area);
  const groups = groupsOf(large);
  return { labels: new Set(groups.reduce((a, b) => (b.area > a.area ? b : a)).members), digits: groups.length };
}

/** The ink of the digit and the fading edge around it, without margins. */
function cutOut(amount, labels, chosen) {
  const near = sheet(amount.rows, amount.columns);
  for (let at = 0; at < labels.length; at++) {
    if (!chosen.has(labels[at])) continue;
    const r = Math.floor(at / amount.columns), c = at % amount.columns;
    for (let i = Math.max(0, r - 2); i <= Math.min(amount.rows - 1, r + 2); i++) {
      for (let j = Math.max(0, c - 2); j <= Math.min(amount.columns - 1, c + 2); j++) {
        near.data[i * amount.columns + j] = amount.data[i * amount.columns + j];
      }
    }
  }
  return cut(near, boxOf(near, (a) => a > EDGE_HALO));
}

/** On an empty sheet, its centre of mass, or that of its box, at `centre`, by whole pixels. */
function placed(ink, frame) {
  const [rows, columns] = frame.shape;
  const out = sheet(rows, columns);
  const counted = (a) => (frame.by_mass ? a : a ? 1 : 0);
  let total = 0, down = 0, across = 0;
  const box = boxOf(ink, (a) => a !== 0) ?? { top: 0, left: 0, bottom: ink.rows, right: ink.columns };
  for (let r = 0; r < ink.rows; r++) {
    for (let c = 0; c < ink.columns; c++) {
      const weight = counted(ink.data[r * ink.columns + c]);
      total += weight, down += weight * r, across += weight * c;
    }
  }
  const middle = frame.by_mass ? [down / total, across / total] : [(box.top + box.bottom - 1) / 2, (box.left + box.right - 1) / 2];
  const corner = [rows - ink.rows, columns - ink.columns].map((room, k) => clip(Math.floor(frame.centre[k] - middle[k] + 0.5), 0, room));
  for (let r = 0; r < ink.rows; r++) {
    out.data.set(ink.data.subarray(r * ink.columns, (r + 1) * ink.columns), (corner[0] + r) * columns + corner[1]);
  }
  return out;
}

/** {pixels, blank, warnings}: a drawing (side, side) of 0..255, bright on black, as the training images are. */
function prepareDrawing(drawing, side, told) {
  const grey = sheet(side, side, Float64Array.from(drawing, (v) => v / 255));
  const [rows, columns] = told.shape, frame = told.frame;
  if (!frame) {
    const pixels = resized(grey, rows, columns).data;
    return { pixels, blank: !drawing.some((v) => v > 0), warnings: [] };
  }
  const paper = (a) => (frame.dark_paper ? a : 1 - a);
  const strongest = grey.data.reduce((a, b) => Math.max(a, b), 0);
  const blank = { pixels: new Float64Array(rows * columns).fill(paper(0)), blank: true, warnings: [] };
  if (strongest < 0.02) return blank;
  const pen = percentile(grey.data.filter((a) => a >= 0.5 * strongest), 0.6);
  const amount = mapped(grey, (a) => clip(a / pen, 0, 1));
  const { labels, shapes } = shapesOf(amount);
  const found = findDigit(shapes);
  if (!found) return blank;
  const warnings = found.digits > 1
    ? [`${found.digits} shapes stand apart, but one digit a picture is read: the largest was taken`]
    : [];
  let ink = cutOut(amount, labels, found.labels);
  if (frame.strokes) {
    const [low, high] = frame.strokes.map((width) => (width * FINE) / frame.box);
    ink = withStrokes(scaledTo(ink, FINE), low, high);
  }
  const pixels = placed(scaledTo(ink, Math.min(frame.box, rows, columns)), frame).data.map(paper);
  return { pixels, blank: false, warnings };
}
