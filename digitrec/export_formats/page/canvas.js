// The canvas: it turns what a mouse, a pen or a finger does into strokes, and shows them.

const ERASER_RADIUS = 8; // in CSS pixels, as all lengths here
const BUTTONS = { right: 2, eraser: 32 }; // bits of a pointer's buttons; 32 is the end of a pen
const PEN_NEAR = 1000; // milliseconds after a pen was seen in which touches are those of a palm

class DrawingCanvas {
  // changed: called when strokes were added or removed, and while one is drawn.
  constructor(element, drawing, penWidth, changed) {
    Object.assign(this, { element, drawing, changed });
    this.penWidth = penWidth;
    this.erasing = false;
    // {id, type, points} of what is drawing, or {id, type, at, erased} of what erases
    this.pointer = null;
    this.penSeen = -Infinity;
    this.boxes = [];
    this.selected = 0;
    element.addEventListener("pointerdown", (event) => this.press(event));
    element.addEventListener("pointermove", (event) => this.move(event));
    element.addEventListener("pointerup", (event) => this.release(event));
    element.addEventListener("pointercancel", (event) => this.release(event));
    element.addEventListener("contextmenu", (event) => event.preventDefault());
    new ResizeObserver(() => this.resize()).observe(element);
    this.resize();
  }

  resize() {
    const box = this.element.getBoundingClientRect();
    const before = [this.width, this.height];
    [this.width, this.height] = [Math.round(box.width), Math.round(box.height)];
    this.drawing.fit(before, [this.width, this.height]);
    const dense = window.devicePixelRatio || 1;
    this.element.width = Math.max(1, Math.round(box.width * dense));
    this.element.height = Math.max(1, Math.round(box.height * dense));
    this.context = this.element.getContext("2d");
    this.context.scale(dense, dense);
    this.changed();
  }

  place(event) {
    const box = this.element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  }

  press(event) {
    if (event.button === 1) return; // the wheel
    const type = event.pointerType;
    if (type === "pen") {
      this.penSeen = performance.now();
      if (this.pointer?.type === "touch") this.pointer = null; // the palm came before the pen
    }
    if (this.pointer !== null) return; // a second finger
    if (type === "touch" && performance.now() - this.penSeen < PEN_NEAR) return;
    event.preventDefault();
    this.element.focus({ preventScroll: true });
    try {
      this.element.setPointerCapture(event.pointerId);
    } catch {
      // The pointer is gone already: what it drew so far counts.
    }
    const at = this.place(event);
    if (this.erasing || event.buttons & (BUTTONS.right | BUTTONS.eraser)) {
      this.pointer = { id: event.pointerId, type, at, erased: new Set() };
      this.eraseTo(at);
    } else {
      this.pointer = { id: event.pointerId, type, points: [at] };
    }
    this.changed();
  }

  move(event) {
    if (event.pointerType === "pen") this.penSeen = performance.now();
    if (this.pointer?.id !== event.pointerId) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const one of events.length > 0 ? events : [event]) this.moveTo(this.place(one));
    this.changed();
  }

  moveTo(at) {
    if (this.pointer.erased) {
      this.eraseTo(at);
      return;
    }
    const last = this.pointer.points[this.pointer.points.length - 1];
    if (at[0] !== last[0] || at[1] !== last[1]) this.pointer.points.push(at);
  }

  eraseTo(at) {
    for (const stroke of this.drawing.strokes) {
      if (touches(stroke, this.pointer.at, at, ERASER_RADIUS)) this.pointer.erased.add(stroke);
    }
    this.pointer.at = at;
  }

  release(event) {
    if (event.pointerType === "pen") this.penSeen = performance.now();
    if (this.pointer?.id !== event.pointerId) return;
    if (event.type === "pointerup") this.moveTo(this.place(event));
    const { points, erased } = this.pointer;
    this.pointer = null;
    if (erased) this.drawing.erase(erased);
    else this.drawing.add({ points, width: this.penWidth });
    this.changed();
  }

  // The strokes that are seen now: with the one that is being drawn, without those being erased.
  get visible() {
    if (this.pointer === null) return this.drawing.strokes;
    const { points, erased } = this.pointer;
    if (erased) return this.drawing.strokes.filter((stroke) => !erased.has(stroke));
    return [...this.drawing.strokes, { points, width: this.penWidth }];
  }

  // Show the strokes, and a box around each digit where there are several.
  paint(predictions, selected) {
    const style = getComputedStyle(this.element);
    const { context } = this;
    context.clearRect(0, 0, this.width, this.height);
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = style.getPropertyValue("--ink");
    for (const { points, width } of this.visible) {
      context.lineWidth = width;
      context.beginPath();
      context.moveTo(...points[0]);
      for (const point of points.length > 1 ? points.slice(1) : points) context.lineTo(...point);
      context.stroke();
    }
    if (predictions.length < 2 || this.pointer !== null) return;
    context.font = "bold 14px system-ui, sans-serif";
    predictions.forEach(({ box, digit }, i) => {
      const [left, top, right, bottom] = box;
      context.globalAlpha = i === selected ? 1 : 0.55;
      context.strokeStyle = context.fillStyle = style.getPropertyValue("--accent");
      context.lineWidth = i === selected ? 2 : 1;
      context.strokeRect(left - 2, top - 2, right - left + 4, bottom - top + 4);
      context.fillText(digit ?? "?", left, top > 18 ? top - 6 : bottom + 16);
    });
    context.globalAlpha = 1;
  }
}
