// A drawing: strokes {points, width}, with undo and redo, and the eraser.

class Drawing {
  constructor() {
    this.strokes = [];
    this.done = []; // the strokes as they were before each step
    this.undone = [];
  }

  get undoable() {
    return this.done.length > 0;
  }

  get redoable() {
    return this.undone.length > 0;
  }

  add(stroke) {
    this.change([...this.strokes, stroke]);
  }

  // Remove these strokes in one step.
  erase(strokes) {
    if (strokes.size > 0) this.change(this.strokes.filter((stroke) => !strokes.has(stroke)));
  }

  clear() {
    if (this.strokes.length > 0) this.change([]);
  }

  change(strokes) {
    this.done.push(this.strokes);
    this.undone = [];
    this.strokes = strokes;
  }

  undo() {
    if (!this.undoable) return;
    this.undone.push(this.strokes);
    this.strokes = this.done.pop();
  }

  redo() {
    if (!this.redoable) return;
    this.done.push(this.strokes);
    this.strokes = this.undone.pop();
  }

  // Move all strokes, those of undo too, from one size of the canvas into another one; they are made
  // smaller where they do not fit. What was cut off stays so.
  fit(from, into) {
    const states = [this.strokes, ...this.done, ...this.undone];
    const all = [...new Set(states.flat())];
    if (all.length === 0 || Math.min(...into) < 1) return;
    const box = unite(all.map(strokeBox));
    const start = [0, 1].map((axis) => Math.max(box[axis], 0));
    const end = [0, 1].map((axis) => Math.min(box[axis + 2], from[axis]));
    const scale = Math.min(1, ...[0, 1].map((axis) => into[axis] / Math.max(end[axis] - start[axis], 1)));
    const shift = [0, 1].map((axis) => Math.min(0, into[axis] - scale * end[axis]));
    if (scale === 1 && shift[0] === 0 && shift[1] === 0) return;
    const moved = new Map(all.map(({ points, width }) => [
      points, { points: points.map((point) => point.map((at, axis) => at * scale + shift[axis])), width: width * scale },
    ]));
    const map = (strokes) => strokes.map((stroke) => moved.get(stroke.points));
    [this.strokes, this.done, this.undone] = [map(this.strokes), this.done.map(map), this.undone.map(map)];
  }

  // Tell whether the pen went beyond the canvas, where its ink is cut off.
  leftCanvas(width, height) {
    const outside = ([x, y]) => x < 0 || y < 0 || x > width || y > height;
    return this.strokes.some((stroke) => stroke.points.some(outside));
  }
}

// Tell whether a round eraser that goes from one point to another touches the ink of a stroke.
function touches(stroke, from, to, radius) {
  const reach = radius + stroke.width / 2;
  const points = stroke.points.length > 1 ? stroke.points : [stroke.points[0], stroke.points[0]];
  return points.slice(1).some((point, i) => segmentDistance(points[i], point, from, to) <= reach);
}

function segmentDistance(a, b, c, d) {
  const sides = cross(a, b, c) * cross(a, b, d);
  if (sides < 0 && cross(c, d, a) * cross(c, d, b) < 0) return 0;
  return Math.min(
    pointDistance(a, c, d), pointDistance(b, c, d), pointDistance(c, a, b), pointDistance(d, a, b),
  );
}

function pointDistance(point, a, b) {
  const along = [b[0] - a[0], b[1] - a[1]];
  const length2 = along[0] ** 2 + along[1] ** 2;
  const dot = (point[0] - a[0]) * along[0] + (point[1] - a[1]) * along[1];
  const share = length2 === 0 ? 0 : Math.min(Math.max(dot / length2, 0), 1);
  return distance(point, [a[0] + share * along[0], a[1] + share * along[1]]);
}
