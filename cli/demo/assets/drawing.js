"use strict";
// The drawing surface: strokes by mouse, pen, finger or keyboard, and their ink as (side, side) numbers 0..255. The ink
// is reckoned from the strokes alone, so that it does not depend on the screen.

const RADIUS = 0.043; // of the pen, of the side: strokes are about as wide as those of MNIST once scaled
const STEP = 0.02; // of the side: how far an arrow key moves

class Drawing {
  constructor(canvas, side, changed) {
    Object.assign(this, { canvas, side, changed, strokes: [], open: null, pen: [0.5, 0.25], keyboard: false });
    canvas.addEventListener("pointerdown", (event) => this.begin(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (this.open = null));
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("blur", () => this.show((this.keyboard = false)));
    canvas.addEventListener("focus", () => canvas.classList.remove("by-pointer"));
    new ResizeObserver(() => this.show()).observe(canvas);
  }

  place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  begin(event) {
    if (event.button) return;
    event.preventDefault();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.keyboard = false;
    this.canvas.classList.add("by-pointer");
    this.strokes.push((this.open = [this.place(event)]));
    this.update();
  }

  move(event) {
    if (!this.open) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length ? events : [event]) this.open.push(this.place(one));
    this.update();
  }

  key(event) {
    const ways = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };
    if (event.key !== " " && !(event.key in ways)) return;
    event.preventDefault();
    this.keyboard = true;
    this.canvas.classList.remove("by-pointer");
    if (event.key === " ") {
      this.open = this.open ? null : [this.pen];
      if (this.open) this.strokes.push(this.open);
    } else {
      this.pen = this.pen.map((at, k) => Math.min(0.98, Math.max(0.02, at + ways[event.key][k])));
      this.open?.push(this.pen);
    }
    this.update();
  }

  undo() {
    this.open = null;
    this.strokes.pop();
    this.update();
  }

  clear() {
    this.open = null;
    this.strokes = [];
    this.update();
  }

  update() {
    this.show();
    this.changed();
  }

  /** On the screen, at its own resolution. */
  show() {
    const { canvas } = this, size = Math.round(canvas.clientWidth * devicePixelRatio);
    if (canvas.width !== size) canvas.width = canvas.height = size;
    const pen = canvas.getContext("2d");
    pen.clearRect(0, 0, size, size);
    pen.strokeStyle = pen.fillStyle = "#fff";
    pen.lineWidth = 2 * RADIUS * size;
    pen.lineCap = pen.lineJoin = "round";
    for (const stroke of this.strokes) {
      pen.beginPath();
      pen.moveTo(stroke[0][0] * size, stroke[0][1] * size);
      for (const [x, y] of stroke) pen.lineTo(x * size, y * size);
      pen.stroke();
    }
    if (!this.keyboard) return;
    pen.beginPath();
    pen.arc(this.pen[0] * size, this.pen[1] * size, RADIUS * size, 0, 7);
    pen.lineWidth = Math.max(2, size / 200);
    pen.strokeStyle = this.open ? "#ffb067" : "#8ab0ff";
    pen.stroke();
  }

  /** The ink: 255 within the pen's radius of a stroke, fading over one pixel. */
  ink() {
    const { side } = this, ink = new Array(side * side).fill(0);
    for (const stroke of this.strokes) {
      for (let k = 0; k < stroke.length; k++) inkSegment(ink, side, stroke[Math.max(0, k - 1)], stroke[k]);
    }
    return ink;
  }
}

function inkSegment(ink, side, from, to) {
  const radius = RADIUS * side;
  const [[ax, ay], [bx, by]] = [from, to].map(([x, y]) => [x * side - 0.5, y * side - 0.5]);
  const [dx, dy] = [bx - ax, by - ay], length = dx * dx + dy * dy;
  const low = (a, b) => Math.max(0, Math.floor(Math.min(a, b) - radius - 1));
  const high = (a, b) => Math.min(side - 1, Math.ceil(Math.max(a, b) + radius + 1));
  for (let r = low(ay, by); r <= high(ay, by); r++) {
    for (let c = low(ax, bx); c <= high(ax, bx); c++) {
      const share = length ? Math.min(1, Math.max(0, ((c - ax) * dx + (r - ay) * dy) / length)) : 0;
      const distance = Math.hypot(c - ax - share * dx, r - ay - share * dy);
      const value = Math.round(255 * Math.min(1, Math.max(0, radius + 0.5 - distance)));
      if (value > ink[r * side + c]) ink[r * side + c] = value;
    }
  }
}
