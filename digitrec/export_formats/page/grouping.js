// Which strokes make a digit, row by row, from left to right, as digitrec/drawing/grouping.py tells.

const { MIN_SHARED_WIDTH, MAX_FLAT_HEIGHT, MAX_GAP } = DATA.constants.grouping;
const { DOT_WIDTHS, TAP_WIDTHS, STICK_WIDTHS, BAR_WIDTHS } = DATA.constants.grouping;
const { UPRIGHT, STRAIGHT, MIN_PIXELS } = DATA.constants.grouping;
const POINT = 0.25; // of the tallest stroke's height: a decimal point is as small, and as near its foot
const COMMA = 0.5, HANGS = 0.25; // of the height of the digit before it: a comma is no higher, and begins no farther above its foot

// Return the digits of a drawing: {strokes, box, tooSmall, isPoint, row}; the box is cut off at the
// canvas.
function strokeGroups(strokes, width, height) {
  const found = [];
  const points = new Set();
  const rows = splitRows(linesOfPen(strokes)).map((row) => {
    const inRow = decimalPoints(row);
    inRow.forEach((point) => points.add(point));
    const groups = groupStrokes(row.filter((stroke) => !inRow.includes(stroke)));
    return sortedByMiddle([...groups, ...inRow.map((point) => [point])]);
  });
  for (const [row, lines] of rows.flatMap((groups, i) => groups.map((one) => [i, one]))) {
    const group = lines.flatMap((line) => line.parts);
    const [left, top, right, bottom] = unite(group.map(strokeBox));
    const box = [Math.max(left, 0), Math.max(top, 0), Math.min(right, width), Math.min(bottom, height)];
    if (box[0] < box[2] && box[1] < box[3]) {
      const pen = Math.min(...group.map((stroke) => stroke.width));
      const side = Math.max(box[2] - box[0], box[3] - box[1]);
      const widths = group.length === 1 ? widthsOfAShape(group[0].points) : DOT_WIDTHS;
      const isPoint = points.has(lines[0]);
      const tooSmall = isPoint || side < Math.max(widths * pen, MIN_PIXELS);
      found.push({ strokes: group, box, tooSmall, isPoint, row });
    }
  }
  return found;
}

// Return the strokes of a row that are decimal points or commas: dots at the foot of a digit, or
// short strokes that hang below it, right of it and below or above none. The window has a network
// that reads them.
function decimalPoints(strokes) {
  const boxes = strokes.map(strokeBox);
  const tallest = Math.max(...boxes.map((box) => box[3] - box[1]));
  const isDot = ([left, top, right, bottom], i) => {
    const side = Math.max(right - left, bottom - top);
    return side <= Math.max(POINT * tallest, DOT_WIDTHS * strokes[i].width) && side < tallest / 2;
  };
  const digits = boxes.filter((box, i) => !isDot(box, i));
  return strokes.filter((_, i) => {
    const box = boxes[i];
    if (digits.some((digit) => digit !== box && share(box, digit, 0) > 0)) return false;
    const before = digits.filter((digit) => digit[2] <= box[0]).sort((a, b) => b[2] - a[2])[0];
    if (before === undefined) return false;
    const height = before[3] - before[1];
    if (isDot(box, i)) return Math.abs(box[3] - before[3]) <= POINT * height;
    const hangs = box[1] >= before[3] - HANGS * height && box[3] > before[3];
    return hangs && box[3] - box[1] <= COMMA * height && box[2] - box[0] <= box[3] - box[1];
  });
}

function sortedByMiddle(groups) {
  const middle = groups.map((group) => unite(group.map(strokeBox))).map((box) => box[0] + box[2]);
  const order = groups.map((_, i) => i).sort((a, b) => middle[a] - middle[b] || a - b);
  return order.map((i) => groups[i]);
}

// Return from how many pen widths on a stroke alone has a shape; an upright one is a 1.
function widthsOfAShape(points) {
  const [first, last] = [points[0], points[points.length - 1]];
  const along = [last[0] - first[0], last[1] - first[1]];
  const length = Math.hypot(...along);
  if (length > 0 && Math.abs(along[0]) <= UPRIGHT * Math.abs(along[1])) return STICK_WIDTHS;
  const extent = (values) => Math.max(...values) - Math.min(...values);
  const [x, y] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const across = points.map((point) => (point[1] * along[0] - point[0] * along[1]) / Math.max(length, 1e-9));
  return extent(across) > STRAIGHT * Math.max(extent(x), extent(y)) ? TAP_WIDTHS : BAR_WIDTHS;
}

// Make two groups of a row one digit; its strokes are in the order of the groups.
function joinGroups(one, other) {
  const strokes = [...one.strokes, ...other.strokes];
  return { strokes, box: unite([one.box, other.box]), tooSmall: false, isPoint: false, row: one.row };
}

// Return the box (left, top, right, bottom) of a stroke's ink.
function strokeBox(stroke) {
  const half = stroke.width / 2;
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of stroke.points) {
    [box[0], box[1]] = [Math.min(box[0], x - half), Math.min(box[1], y - half)];
    [box[2], box[3]] = [Math.max(box[2], x + half), Math.max(box[3], y + half)];
  }
  return box;
}

function unite(boxes) {
  const side = (i, choose) => choose(...boxes.map((box) => box[i]));
  return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)];
}

function groupStrokes(strokes) {
  const boxes = strokes.map(strokeBox);
  let groups = strokes.map((_, i) => [i]); // indices of strokes, in the order they were drawn
  for (;;) {
    const united = groups.map((group) => unite(group.map((i) => boxes[i])));
    let numbers = joinOverlapping(united);
    if (new Set(numbers).size === groups.length) numbers = joinFlat(united, groups);
    if (new Set(numbers).size === groups.length) {
      return sortedByMiddle(groups.map((group) => group.map((j) => strokes[j])));
    }
    const joined = new Map();
    numbers.forEach((number, i) => {
      joined.set(number, [...(joined.get(number) ?? []), ...groups[i]]);
    });
    groups = [...joined.keys()]
      .sort((a, b) => a - b)
      .map((number) => joined.get(number).sort((a, b) => a - b));
  }
}

// Return new numbers of groups: equal if they share enough of the narrower one's width.
function joinOverlapping(boxes) {
  const together = (a, b) => {
    const shared = Math.min(a[2], b[2]) - Math.max(a[0], b[0]);
    return shared > MIN_SHARED_WIDTH * Math.min(a[2] - a[0], b[2] - b[0]);
  };
  return joinAll(boxes, together);
}

// Return new numbers of groups: the flattest with a taller group close to it joins it.
function joinFlat(boxes, groups) {
  const height = boxes.map((box) => box[3] - box[1]);
  const tallest = Math.max(...height);
  const number = boxes.map((_, i) => i);
  const groupOf = new Map();
  groups.forEach((group, i) => group.forEach((stroke) => groupOf.set(stroke, i)));
  const order = [...number].sort((a, b) => height[a] - height[b] || a - b);
  for (const flat of order) {
    if (height[flat] > MAX_FLAT_HEIGHT * tallest) break;
    const gap = boxes.map((box) => Math.max(box[0] - boxes[flat][2], boxes[flat][0] - box[2]));
    const near = order
      .filter((i) => gap[i] <= MAX_GAP * tallest && height[i] > height[flat])
      .sort((a, b) => gap[a] - gap[b] || a - b);
    if (near.length > 0) {
      // Most people draw a bar just after its body, so the group drawn before it is preferred.
      const before = groupOf.get(groups[flat][0] - 1);
      number[flat] = near.includes(before) ? before : near[0];
      break;
    }
  }
  return number;
}
