// Which strokes stand in one row, from top to bottom, as digitrec/drawing/rows.py tells.

const { MAX_SMALL, TYPICAL, MAX_FLAT, MIN_SHARED_HEIGHT, MAX_SPACE } = DATA.constants.rows;
const { MIN_ROW_GAP, MIN_GAP_OF_SINGLE } = DATA.constants.rows;
const { STEP, MAX_POINTS } = DATA.constants.touching_strokes;

// Return the strokes of each row.
function splitRows(strokes) {
  if (strokes.length === 0) return [];
  const boxes = strokes.map(pathBox);
  const height = boxes.map((box) => box[3] - box[1]);
  const typical = quantile(height, TYPICAL);
  const all = boxes.map((_, i) => i);
  const isTall = (i) => height[i] > MAX_SMALL * typical && height[i] > MAX_FLAT * (boxes[i][2] - boxes[i][0]);
  const tall = all.filter(isTall);
  if (tall.length < 2) return [strokes];
  const together = (a, b) => share(boxes[a], boxes[b], 0) > -MAX_SPACE * typical && beside(boxes[a], boxes[b]);
  const rowOf = new Array(strokes.length).fill(-1);
  const numbers = joinAll(tall, together);
  tall.forEach((i, at) => (rowOf[i] = numbers[at]));
  joinPieces(boxes, rowOf, tall);
  for (const small of all) {
    if (rowOf[small] < 0) rowOf[small] = rowOf[closest(boxes, small, tall)];
  }
  const rows = joinHalves(boxes, rowOf, typical, strokes);
  const found = [...new Set(rows)].sort((a, b) => a - b);
  const place = new Map(found.map((row) => [row, middle(boxes.filter((_, i) => rows[i] === row))]));
  return found
    .sort((a, b) => place.get(a) - place.get(b) || a - b)
    .map((row) => strokes.filter((_, i) => rows[i] === row));
}

// Return the box (left, top, right, bottom) of a stroke's path, without the width of the pen.
function pathBox(stroke) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of stroke.points) {
    [box[0], box[1]] = [Math.min(box[0], x), Math.min(box[1], y)];
    [box[2], box[3]] = [Math.max(box[2], x), Math.max(box[3], y)];
  }
  return box;
}

function quantile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = share * (sorted.length - 1);
  const low = Math.floor(at);
  return sorted[low] + (at - low) * ((sorted[low + 1] ?? sorted[low]) - sorted[low]);
}

// Return the length that two boxes share along x (axis 0) or y (axis 1); below 0, their gap.
function share(one, other, axis) {
  return Math.min(one[axis + 2], other[axis + 2]) - Math.max(one[axis], other[axis]);
}

function beside(one, other) {
  return share(one, other, 1) > MIN_SHARED_HEIGHT * Math.min(one[3] - one[1], other[3] - other[1]);
}

// Return a number for each item, equal for all that are together, also by way of others.
function joinAll(items, together) {
  const number = items.map((_, i) => i);
  items.forEach((item) => {
    const touched = new Set(number.filter((_, j) => together(item, items[j])));
    if (touched.size === 0) return;
    const least = Math.min(...touched);
    number.forEach((one, j) => {
      if (touched.has(one)) number[j] = least;
    });
  });
  return number;
}

// Give pieces of a row that are far apart the same number: the last and the first are level.
function joinPieces(boxes, rowOf, tall) {
  const members = (row) => tall.filter((i) => rowOf[i] === row);
  const found = [...new Set(tall.map((i) => rowOf[i]))].sort((a, b) => a - b);
  const start = new Map(found.map((row) => [row, Math.min(...members(row).map((i) => boxes[i][0]))]));
  const pieces = found.sort((a, b) => start.get(a) - start.get(b));
  pieces.forEach((right, at) => {
    const first = members(right).reduce((a, b) => (boxes[b][0] < boxes[a][0] ? b : a));
    for (const left of pieces.slice(0, at).reverse()) {
      const ofLeft = members(left);
      if (ofLeft.length === 0) continue;
      const last = ofLeft.reduce((a, b) => (boxes[b][2] > boxes[a][2] ? b : a));
      if (boxes[last][2] <= boxes[first][0] && beside(boxes[last], boxes[first])) {
        for (const i of ofLeft) rowOf[i] = right;
        break;
      }
    }
  });
}

// Return which tall stroke a small one belongs to: the closest; of two, that drawn before.
function closest(boxes, small, tall) {
  const key = (i) => {
    const [across, down] = [0, 1].map((axis) => Math.max(-share(boxes[i], boxes[small], axis), 0));
    return [Math.hypot(across, down), i < small ? small - i : boxes.length + i - small];
  };
  return tall.map((i) => [key(i), i]).sort(([a], [b]) => a[0] - b[0] || a[1] - b[1])[0][1];
}

function middle(boxes) {
  return boxes.reduce((sum, box) => sum + box[1] + box[3], 0) / (2 * boxes.length);
}

// Return the rows, with those joined that touch or are halves of the same digits.
function joinHalves(boxes, rowOf, typical, strokes) {
  const inRow = (items, row) => items.filter((_, i) => rowOf[i] === row);
  const members = (row) => inRow(boxes, row);
  const found = [...new Set(rowOf)].sort((a, b) => a - b);
  const order = found.sort((a, b) => middle(members(a)) - middle(members(b)) || a - b);
  let joined = [...rowOf];
  for (let at = 1; at < order.length; at++) {
    const [above, below] = [order[at - 1], order[at]];
    const [upper, lower] = [members(above), members(below)];
    const single = upper.length === 1 && lower.length === 1;
    const areHalves = rowGap(upper, lower) < (single ? MIN_GAP_OF_SINGLE : MIN_ROW_GAP) * typical;
    if (areHalves || allTouch(inRow(strokes, above), inRow(strokes, below))) {
      joined = joined.map((row) => (row === above ? below : row));
    }
  }
  return joined;
}

// Return the vertical gap between two rows: the median where their strokes face each other.
function rowGap(upper, lower) {
  const pairs = upper.flatMap((one) => lower.map((other) => [one, other]));
  const facing = pairs.filter(([one, other]) => share(one, other, 0) > 0);
  const gaps = (facing.length > 0 ? facing : pairs).map(([one, other]) => other[1] - one[3]);
  return quantile(gaps, 0.5);
}

// Tell whether each stroke of one row touches one of the other, and they it; where only some touch,
// as a long 9 the digit below it, they are two rows.
function allTouch(upper, lower) {
  const each = (some, others) => some.every((one) => others.some((other) => areClose(one, other)));
  return each(upper, lower) && each(lower, upper);
}

// Tell whether the ink of two strokes touches, as digitrec/drawing/touching_strokes.py tells.
function areClose(one, other) {
  const reach = (one.width + other.width) / 2;
  const [box, otherBox] = [pathBox(one), pathBox(other)];
  if ([0, 1].some((axis) => -share(box, otherBox, axis) > reach)) return false;
  const step = STEP * Math.min(one.width, other.width);
  const [path, otherPath] = [pointsAlong(one.points, step), pointsAlong(other.points, step)];
  return path.some((point) => otherPath.some((otherPoint) => distance(point, otherPoint) <= reach));
}

// Return points along a path, at most a step apart, corners among them.
function pointsAlong(points, step) {
  const lengths = points.slice(1).map((point, i) => distance(points[i], point));
  const most = Math.max(step, lengths.reduce((sum, length) => sum + length, 0) / MAX_POINTS);
  const found = lengths.flatMap((length, i) => {
    const pieces = Math.max(Math.ceil(length / most), 1);
    const at = (axis, piece) => points[i][axis] + ((points[i + 1][axis] - points[i][axis]) * piece) / pieces;
    return Array.from({ length: pieces }, (_, piece) => [at(0, piece), at(1, piece)]);
  });
  return [...found, points[points.length - 1]];
}
