// From strokes to ink, as digitrec/drawing/rasterise.py makes it: the same pixels.
//
// A stroke becomes the outline that a round pen leaves, and the outline is filled with antialiasing.
// Outline and filling follow the Anti-Grain Geometry library (Agg), which digitrec draws with; the
// simplification of long strokes follows matplotlib, which calls Agg.

const { NO_LENGTH, HALF_DOT, MAX_MARGIN, MIN_LIMIT } = DATA.constants.rasterise;
// Those of Agg and matplotlib, which digitrec does not choose:
const SUBPIXELS = 256; // coordinates are rounded to this fraction of a pixel
const LONG_STROKE = 128; // points from which a stroke is simplified
const SIMPLIFY = (1 / 9) ** 2; // pixels, squared: points nearer to a line are left out

// Return the coverage (height × width, 0 to 255) of strokes {points: [[x, y], …], width}.
function rasterise(strokes, width, height) {
  const margin = marginOf(strokes, width, height);
  const [wide, high] = [width + 2 * margin, height + 2 * margin];
  const ink = new Uint8Array(width * height);
  for (const stroke of strokes) {
    // Twice upside down, as matplotlib has it: corners of strokes that go straight on, or straight
    // back, are decided by the last bit.
    const points = dotOrLine(stroke.points);
    const moved = points.map(([x, y]) => [x + margin, high - (height + margin - y)]);
    const path = moved.length < LONG_STROKE ? moved : simplify(moved);
    const coverage = fill(outline(withoutRepeats(path), ((stroke.width * 72) / 72) * 0.5), wide, high);
    for (let row = 0, i = 0; row < height; row++) {
      const start = (row + margin) * wide + margin;
      for (let column = 0; column < width; column++, i++) {
        const over = coverage[start + column];
        if (over === 255) ink[i] = 255;
        else if (over > 0) ink[i] = ((over + ink[i]) * 256 - over * ink[i]) >> 8;
      }
    }
  }
  return ink;
}

// Return how many pixels digitrec draws around a canvas that a stroke leaves.
function marginOf(strokes, width, height) {
  const limit = Math.max(MAX_MARGIN * Math.max(width, height), MIN_LIMIT);
  let margin = 0;
  for (const stroke of strokes) {
    let outside = -Infinity;
    for (const [x, y] of stroke.points) outside = Math.max(outside, -x, -y, x - width, y - height);
    if (outside <= 1) continue;
    const reach = Math.min(stroke.width / 2, outside);
    margin = Math.max(margin, (outside + reach < limit ? outside : 0) + reach + 1);
  }
  return Math.trunc(Math.min(Math.ceil(margin), limit));
}

function dotOrLine(points) {
  const [x, y] = points[0];
  if (points.every((p) => Math.abs(p[0] - x) < NO_LENGTH && Math.abs(p[1] - y) < NO_LENGTH)) {
    return [[x - HALF_DOT, y], [x + HALF_DOT, y]]; // a dot: Agg draws nothing for a path of length 0
  }
  return points;
}

function withoutRepeats(path) {
  return path.filter((p, i) => i === 0 || distance(p, path[i - 1]) > 1e-14);
}

function distance(a, b) {
  return Math.sqrt(square(a[0] - b[0]) + square(a[1] - b[1]));
}

// The operator ** may differ in the last bit.
function square(value) {
  return value * value;
}

// Leave out the points of a path that are nearly on a line between others.
function simplify(points) {
  const out = [points[0]];
  let last = points[0], next = points[0], back = points[0], start = points[0];
  let way = [0, 0], length2 = 0; // direction of the line that is being built, and its square
  let forward2 = 0, backward2 = 0, lastIsForward = false, lastIsBackward = false;
  for (const point of points.slice(1)) {
    if (length2 === 0) {
      way = [point[0] - last[0], point[1] - last[1]];
      length2 = square(way[0]) + square(way[1]);
      [forward2, backward2, lastIsForward, lastIsBackward] = [length2, 0, true, false];
      start = last;
      last = next = point;
      continue;
    }
    const gone = [point[0] - start[0], point[1] - start[1]];
    const along = way[0] * gone[0] + way[1] * gone[1];
    const parallel = [(along * way[0]) / length2, (along * way[1]) / length2];
    if (square(gone[0] - parallel[0]) + square(gone[1] - parallel[1]) < SIMPLIFY) {
      const far2 = square(parallel[0]) + square(parallel[1]);
      lastIsForward = lastIsBackward = false;
      if (along > 0 && far2 > forward2) {
        [lastIsForward, forward2, next] = [true, far2, point];
      } else if (along <= 0 && far2 > backward2) {
        [lastIsBackward, backward2, back] = [true, far2, point];
      }
      last = point;
      continue;
    }
    if (backward2 > 0) out.push(...(lastIsForward ? [back, next] : [next, back]));
    else out.push(next);
    if (!lastIsForward && !lastIsBackward) out.push(last);
    way = [point[0] - last[0], point[1] - last[1]];
    length2 = square(way[0]) + square(way[1]);
    [forward2, backward2, lastIsForward, lastIsBackward] = [length2, 0, true, false];
    start = out[out.length - 1];
    last = next = point;
  }
  if (length2 !== 0) {
    out.push(next);
    if (backward2 > 0) out.push(back);
  }
  out.push(last);
  return out;
}

// --- the outline of a stroke ---------------------------------------------------------------------

// Return the polygon around a path, at a distance, with round ends and corners.
function outline(path, radius) {
  const step = Math.acos(radius / (radius + 0.125)) * 2; // of round corners, in radians
  const lengths = path.slice(1).map((p, i) => distance(path[i], p));
  const out = [];
  const end = path.length - 1;
  addCap(out, path[0], path[1], lengths[0], radius, step);
  for (let i = 1; i < end; i++) {
    addJoin(out, [path[i - 1], path[i], path[i + 1]], lengths[i - 1], lengths[i], radius, step);
  }
  addCap(out, path[end], path[end - 1], lengths[end - 1], radius, step);
  for (let i = end - 1; i > 0; i--) {
    addJoin(out, [path[i + 1], path[i], path[i - 1]], lengths[i], lengths[i - 1], radius, step);
  }
  return out;
}

function addCap(out, tip, inner, length, radius, step) {
  const dx = ((inner[1] - tip[1]) / length) * radius;
  const dy = ((inner[0] - tip[0]) / length) * radius;
  const count = Math.trunc(Math.PI / step);
  const turn = Math.PI / (count + 1);
  let angle = Math.atan2(dy, -dx) + turn;
  out.push([tip[0] - dx, tip[1] + dy]);
  for (let i = 0; i < count; i++, angle += turn) {
    out.push([tip[0] + Math.cos(angle) * radius, tip[1] + Math.sin(angle) * radius]);
  }
  out.push([tip[0] + dx, tip[1] - dy]);
}

function addJoin(out, [before, at, after], length1, length2, radius, step) {
  const dx1 = (radius * (at[1] - before[1])) / length1;
  const dy1 = (radius * (at[0] - before[0])) / length1;
  const dx2 = (radius * (after[1] - at[1])) / length2;
  const dy2 = (radius * (after[0] - at[0])) / length2;
  const side1 = [[before[0] + dx1, before[1] - dy1], [at[0] + dx1, at[1] - dy1]];
  const side2 = [[at[0] + dx2, at[1] - dy2], [after[0] + dx2, after[1] - dy2]];
  const turn = cross(before, at, after);
  if (turn > 0) {
    addInnerCorner(out, before, at, after, side1, side2, radius, Math.min(length1, length2));
    return;
  }
  const middle = Math.sqrt(square((dx1 + dx2) / 2) + square((dy1 + dy2) / 2));
  if (radius - middle < (2 * radius) / 2048) {
    out.push(crossing(side1, side2) ?? side1[1]); // nearly straight on
    return;
  }
  const from = Math.atan2(-dy1, dx1);
  let to = Math.atan2(-dy2, dx2);
  if (from > to) to += 2 * Math.PI;
  const count = Math.trunc((to - from) / step);
  const part = (to - from) / (count + 1);
  out.push(side1[1]);
  for (let i = 0, angle = from + part; i < count; i++, angle += part) {
    out.push([at[0] + Math.cos(angle) * radius, at[1] + Math.sin(angle) * radius]);
  }
  out.push(side2[0]);
}

function addInnerCorner(out, before, at, after, side1, side2, radius, shorter) {
  const limit = radius * Math.max(shorter / radius, 1.01);
  const corner = crossing(side1, side2);
  if (corner !== null) {
    if (distance(at, corner) <= limit) {
      out.push(corner);
      return;
    }
  } else if (cross(before, at, side1[1]) < 0 === cross(at, after, side1[1]) < 0) {
    out.push(side1[1]);
    return;
  }
  out.push(side1[1], side2[0]);
}

// Return on which side of the line from a to b a point lies: the sign of the result.
function cross(a, b, point) {
  return (point[0] - b[0]) * (b[1] - a[1]) - (point[1] - b[1]) * (b[0] - a[0]);
}

// Return where the lines through two pairs of points cross; null where they are parallel.
function crossing([a, b], [c, d]) {
  const over = (a[1] - c[1]) * (d[0] - c[0]) - (a[0] - c[0]) * (d[1] - c[1]);
  const under = (b[0] - a[0]) * (d[1] - c[1]) - (b[1] - a[1]) * (d[0] - c[0]);
  if (Math.abs(under) < 1e-30) return null;
  const share = over / under;
  return [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])];
}

// --- filling ---------------------------------------------------------------------------------------

// Return the coverage of a polygon, counted by non-zero winding.
function fill(polygon, width, height) {
  const cells = new Cells(width, height);
  const corners = polygon.map(([x, y]) => [fixed(x), fixed(y)]);
  corners.forEach(([x, y], i) => {
    const [toX, toY] = corners[(i + 1) % corners.length];
    cells.line(x, y, toX, toY);
  });
  return cells.coverage();
}

function fixed(value) {
  return Math.trunc(value * SUBPIXELS + (value < 0 ? -0.5 : 0.5));
}

// How much of each pixel lies beside the edges that cross it, and what they add to all pixels to
// the right of it. The area is counted twice over, so that it stays a whole number.
class Cells {
  constructor(width, height) {
    // One column more on the left, for all that is beyond the canvas there.
    [this.width, this.height, this.stride] = [width, height, width + 1];
    this.cover = new Int32Array(this.stride * height);
    this.area = new Int32Array(this.stride * height);
  }

  add(x, y, cover, area) {
    if (y < 0 || y >= this.height || x >= this.width) return;
    const i = y * this.stride + Math.max(x, -1) + 1;
    this.cover[i] += cover;
    this.area[i] += area;
  }

  line(x1, y1, x2, y2) {
    const row2 = y2 >> 8;
    let row = y1 >> 8;
    const [top1, top2] = [y1 & 255, y2 & 255];
    if (row === row2) {
      this.lineInRow(row, x1, top1, x2, top2);
      return;
    }
    const step = y2 > y1 ? 1 : -1;
    const edge = y2 > y1 ? SUBPIXELS : 0; // where a line leaves its row
    const high = Math.abs(y2 - y1);
    const wide = x2 - x1;
    let [delta, rest] = divide((y2 > y1 ? SUBPIXELS - top1 : top1) * wide, high);
    let from = x1 + delta;
    this.lineInRow(row, x1, top1, from, edge);
    const [lift, more] = divide(SUBPIXELS * wide, high);
    rest -= high;
    for (row += step; row !== row2; row += step) {
      delta = lift;
      rest += more;
      if (rest >= 0) {
        rest -= high;
        delta += 1;
      }
      this.lineInRow(row, from, SUBPIXELS - edge, from + delta, edge);
      from += delta;
    }
    this.lineInRow(row, from, SUBPIXELS - edge, x2, top2);
  }

  lineInRow(row, x1, top1, x2, top2) {
    const column2 = x2 >> 8;
    let column = x1 >> 8;
    const [left1, left2] = [x1 & 255, x2 & 255];
    const high = top2 - top1;
    if (high === 0) return;
    if (column === column2) {
      this.add(column, row, high, (left1 + left2) * high);
      return;
    }
    const step = x2 > x1 ? 1 : -1;
    const edge = x2 > x1 ? SUBPIXELS : 0;
    const wide = Math.abs(x2 - x1);
    let [delta, rest] = divide((x2 > x1 ? SUBPIXELS - left1 : left1) * high, wide);
    this.add(column, row, delta, (left1 + edge) * delta);
    let top = top1 + delta;
    const [lift, more] = divide(SUBPIXELS * (top2 - top + delta), wide);
    rest -= wide;
    for (column += step; column !== column2; column += step) {
      delta = lift;
      rest += more;
      if (rest >= 0) {
        rest -= wide;
        delta += 1;
      }
      this.add(column, row, delta, SUBPIXELS * delta);
      top += delta;
    }
    delta = top2 - top;
    this.add(column, row, delta, (left2 + SUBPIXELS - edge) * delta);
  }

  coverage() {
    const out = new Uint8Array(this.width * this.height);
    for (let y = 0; y < this.height; y++) {
      let cover = this.cover[y * this.stride];
      for (let x = 0; x < this.width; x++) {
        const i = y * this.stride + x + 1;
        cover += this.cover[i];
        out[y * this.width + x] = Math.min(Math.abs((cover * 512 - this.area[i]) >> 9), 255);
      }
    }
    return out;
  }
}

// Return the quotient, rounded down, and the remainder, which is not negative.
function divide(number, by) {
  const quotient = Math.floor(number / by);
  return [quotient, number - quotient * by];
}
