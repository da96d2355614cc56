"use strict";
// What ties the page together: a drawing is read, here or by the server, and shown.

const told = JSON.parse(document.getElementById("told").textContent);
const part = (id) => document.getElementById(id);
const net = told.net ? makeNet(told.net) : null;
let chosen = null; // the class whose gradient is asked for; null: the most likely one
let answer = null, asking = false, waiting = false;

/** What the net makes of a drawing (side * side numbers 0..255): the same from here as from the server. */
async function read(ink, ofClass) {
  if (net) {
    const { pixels, blank, warnings } = prepareDrawing(ink, told.side, told);
    return { blank, warnings, ...readPixels(net, told, pixels, ofClass) };
  }
  const body = JSON.stringify({ drawing: ink, class: ofClass });
  const response = await fetch(told.ask, { method: "POST", headers: { "Content-Type": "application/json" }, body });
  const content = await response.json();
  if (!response.ok) throw new Error(content.error);
  return content;
}

/** Read the newest drawing; while one is read, the next one waits, and those between are left out. */
async function refresh() {
  part("undo").disabled = part("clear").disabled = !drawing.strokes.length;
  part("hint").hidden = drawing.strokes.length > 0;
  if (asking) return void (waiting = true);
  asking = true;
  try {
    await new Promise(requestAnimationFrame);
    answer = drawing.strokes.length ? await read(drawing.ink(), chosen) : null;
    show(answer?.blank ? null : answer, answer?.warnings ?? []);
  } catch (error) {
    show(null, [navigator.onLine === false || error instanceof TypeError ? "the server does not answer; is it running?" : error.message]);
  }
  asking = false;
  document.body.dataset.state = waiting ? "reading" : "read";
  if (waiting) (waiting = false), refresh();
}

const percent = (p) => `${(100 * p).toFixed(1)} %`;

function show(found, says) {
  const best = found ? found.best : -1, name = found ? told.classes[best] : "–";
  part("verdict").textContent = name;
  part("verdict").classList.toggle("long", name.length > 3);
  part("sure").textContent = found ? `${percent(found.probabilities[best])}${found.probabilities[best] < 0.5 ? " – unsure" : ""}` : "";
  part("note").textContent = says.join(". ");
  part("note").hidden = !says.length;
  for (const [k, bar] of [...part("bars").children].entries()) {
    const p = found ? found.probabilities[k] : 0, button = bar.firstChild;
    bar.className = k === best ? "best" : "";
    button.setAttribute("aria-pressed", String(chosen === k));
    button.setAttribute("aria-label", `${told.classes[k]}: ${found ? percent(p) : "nothing drawn"}`);
    button.querySelector(".fill").style.width = percent(p).replace(" ", "");
    button.querySelector(".share").textContent = found ? percent(p) : "";
    button.title = found ? `score ${found.scores[k].toFixed(3)}` : "";
  }
  showPictures(found, chosen ?? best);
}

function showPictures(found, ofClass) {
  const [rows, columns] = told.shape, nothing = new Array(rows * columns).fill(0);
  const scheme = getComputedStyle(document.documentElement);
  const colour = (name) => rgb(scheme.getPropertyValue(name));
  paint(part("seen"), rows, columns, found ? found.pixels : nothing, (v) => mix(colour("--sheet"), [255, 255, 255], v));
  part("seen").setAttribute("aria-label", found ? `The prepared picture, ${rows} by ${columns} pixels` : "Nothing yet");
  const slope = found?.gradient ?? nothing, most = Math.max(1e-12, ...slope.map(Math.abs));
  const [none, rest, raise, lower] = ["--none", "--track", "--raise", "--lower"].map(colour);
  const signed = (v, zero = none) => mix(zero, v > 0 ? raise : lower, Math.abs(v));
  paint(part("gradient"), rows, columns, slope.map((v) => v / most), (v) => signed(v));
  part("gradient-figure").hidden = Boolean(found && !found.gradient);
  part("gradient-caption").replaceChildren(...captionOf(found, ofClass));
  const label = found ? `Gradient of the score of ${told.classes[ofClass]} to the pixels, at most ${most.toPrecision(2)}` : "Nothing yet";
  part("gradient").setAttribute("aria-label", label);
  told.hidden.forEach((layer, k) => {
    const values = found?.hidden[k]?.values ?? [], figure = part("hidden").children[k];
    const top = Math.max(1e-12, ...values.map(Math.abs)), wide = Math.max(8, Math.ceil(Math.sqrt(3 * (values.length || 60))));
    const high = Math.ceil((values.length || 60) / wide);
    const cells = values.map((v) => v / top);
    paint(figure.firstChild, high, wide, cells, (v) => (v === undefined ? none : signed(v, rest)), 9);
    const on = values.filter((v) => v > 0).length;
    figure.lastChild.textContent = found ? `${layer}: ${on} of ${values.length} units above 0, up to ${top.toPrecision(3)}` : layer;
    figure.firstChild.setAttribute("aria-label", `Hidden activations, ${figure.lastChild.textContent}`);
  });
}

function captionOf(found, ofClass) {
  if (!found) return ["Gradient of a score to the pixels"];
  const bold = (text) => Object.assign(document.createElement("b"), { textContent: text, className: text });
  return [`Gradient of the score of ${told.classes[ofClass]}: ink here would `, bold("raise"), " or ", bold("lower"), " it"];
}

const rgb = (text) => {
  const digits = text.trim().slice(1), each = digits.length === 3 ? [...digits].map((d) => d + d) : digits.match(/../g);
  return each.map((d) => parseInt(d, 16));
};
const mix = (a, b, share) => a.map((v, k) => v + (b[k] - v) * share);

/** Values, row by row, as coloured cells of `cell` pixels, with a gap between them where they are larger than one. */
function paint(canvas, rows, columns, values, colourOf, cell = 1) {
  if (canvas.width !== columns * cell || canvas.height !== rows * cell) (canvas.width = columns * cell), (canvas.height = rows * cell);
  const pen = canvas.getContext("2d"), gap = cell > 1 ? 1 : 0;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  for (let k = 0; k < rows * columns; k++) {
    const [r, g, b] = colourOf(values[k]);
    pen.fillStyle = `rgb(${r}, ${g}, ${b})`;
    pen.fillRect((k % columns) * cell, Math.floor(k / columns) * cell, cell - gap, cell - gap);
  }
}

function build() {
  const where = net ? "It is in this page and runs in your browser; nothing is sent anywhere." : "It runs on this machine; nothing leaves it.";
  part("about").textContent = `A net ${told.model}, trained on ${told.name}. ${where}`;
  for (const [k, name] of told.classes.entries()) {
    const item = document.createElement("li"), button = document.createElement("button");
    button.type = "button";
    button.innerHTML = '<span class="name"></span><span class="track"><span class="fill"></span></span><span class="share"></span>';
    button.firstChild.textContent = name;
    button.addEventListener("click", () => {
      chosen = chosen === k ? null : k;
      refresh();
    });
    item.append(button);
    part("bars").append(item);
  }
  for (const layer of told.hidden) {
    const figure = document.createElement("figure"), canvas = document.createElement("canvas");
    canvas.setAttribute("role", "img");
    figure.append(canvas, Object.assign(document.createElement("figcaption"), { textContent: layer }));
    part("hidden").append(figure);
  }
  part("undo").addEventListener("click", () => drawing.undo());
  part("clear").addEventListener("click", () => drawing.clear());
  addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z") event.preventDefault(), drawing.undo();
    else if (event.key === "Escape" || event.key === "Delete") drawing.clear();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => show(answer?.blank ? null : answer, answer?.warnings ?? []));
}

const drawing = new Drawing(part("board"), told.side, refresh);
build();
refresh();
