// Which strokes go on where the one before them ended, as digitrec/drawing/pen_lifts.py tells.

const { MAX_LIFT, MAX_WIDTH, END, ALIGNED, ACROSS, COVERED } = DATA.constants.pen_lifts;

// Return the lines of a drawing: each as one stroke, with its strokes as parts.
function linesOfPen(strokes) {
  const tallest = Math.max(...strokes.map((stroke) => extents(stroke.points)[1]));
  const lines = [];
  for (const stroke of strokes) {
    const last = lines[lines.length - 1];
    if (last !== undefined && goesOn(last[last.length - 1], stroke, tallest)) last.push(stroke);
    else lines.push([stroke]);
  }
  return lines.map((parts) => {
    const width = Math.max(...parts.map((part) => part.width));
    return { points: parts.flatMap((part) => part.points), width, parts };
  });
}

// Tell whether a stroke begins where the one before it ended, and in its direction.
function goesOn(one, other, tallest) {
  const [across, down] = extents([...one.points, ...other.points]);
  const size = Math.max(across, down);
  const width = (one.width + other.width) / 2;
  const step = wayFrom(one.points[one.points.length - 1], other.points[0]);
  const gap = Math.hypot(...step);
  if (across > MAX_WIDTH * Math.max(down, tallest) || gap > width + MAX_LIFT * size) return false;
  const reach = Math.max(width, END * size);
  const before = firstPart([...one.points].reverse(), reach).map((value) => -value);
  const after = firstPart(other.points, reach);
  if (Math.min(Math.hypot(...before), Math.hypot(...after)) < Math.max(width, gap - width)) return false;
  if (cosine(before, after) < ALIGNED) return false;
  return gap <= COVERED * width || Math.min(cosine(before, step), cosine(step, after)) >= ACROSS;
}

function extents(points) {
  const box = pathBox({ points });
  return [box[2] - box[0], box[3] - box[1]];
}

function wayFrom(one, other) {
  return [other[0] - one[0], other[1] - one[1]];
}

// Return the way from the first of points to one as far as that, or the last.
function firstPart(points, reach) {
  const ways = points.map((point) => wayFrom(points[0], point));
  return ways.find((way) => Math.hypot(...way) >= reach) ?? ways[ways.length - 1];
}

function cosine(one, other) {
  return (one[0] * other[0] + one[1] * other[1]) / (Math.hypot(...one) * Math.hypot(...other));
}
