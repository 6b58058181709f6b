// From ink to the image that the network reads, as digitrec/imaging/normalise.py makes it.

const { SIZE, BOX, CENTRE, TAIL, EDGE, FAINT_PEAK } = DATA.constants.normalise;
const WEIGHT_BITS = 22; // of Pillow's resizing

// Return the image (28 × 28, in [0, 1]) of ink (height × width, 0 to 255).
function normaliseInk(ink, width, height) {
  const out = new Float32Array(SIZE * SIZE);
  const rows = new Uint8Array(height);
  const columns = new Uint8Array(width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const level = ink[y * width + x];
      if (level > rows[y]) rows[y] = level;
      if (level > columns[x]) columns[x] = level;
    }
  }
  const peak = largest(rows);
  if (peak === 0) return out;
  let [top, bottom] = extent(rows, 0);
  let [left, right] = extent(columns, 0);
  if (Math.max(bottom - top, right - left) !== BOX) {
    [top, bottom] = extent(rows, TAIL * peak);
    [left, right] = extent(columns, TAIL * peak);
    const pixel = Math.max(bottom - top, right - left) / BOX;
    [top, bottom] = sharpExtent(rows, top, bottom, pixel);
    [left, right] = sharpExtent(columns, left, right, pixel);
  }
  const crop = { width: right - left, height: bottom - top };
  crop.data = new Uint8Array(crop.width * crop.height);
  for (let y = 0; y < crop.height; y++) {
    const start = (top + y) * width + left;
    crop.data.set(ink.subarray(start, start + crop.width), y * crop.width);
  }
  const scale = BOX / Math.max(crop.width, crop.height);
  const digit = resized(
    crop,
    Math.max(1, roundHalfEven(crop.width * scale)),
    Math.max(1, roundHalfEven(crop.height * scale)),
  );
  const most = largest(digit.data);
  const atY = startOf(digit, (x, y) => y, digit.height);
  const atX = startOf(digit, (x) => x, digit.width);
  for (let y = 0; y < digit.height; y++) {
    for (let x = 0; x < digit.width; x++) {
      out[(atY + y) * SIZE + atX + x] = digit.data[y * digit.width + x] / most;
    }
  }
  return out;
}

// Math.max takes only so many arguments.
function largest(values) {
  return values.reduce((most, value) => (value > most ? value : most), 0);
}

// Return the first index at which a profile is above a level, and the one after the last.
function extent(profile, level) {
  const above = (value) => value > level;
  return [profile.findIndex(above), profile.findLastIndex(above) + 1];
}

// Remove the blur from both ends of an extent.
function sharpExtent(profile, start, stop, pixel) {
  const reach = Math.min(Math.max(1, roundHalfEven(EDGE * pixel)), stop - start);
  const edge = (values) => {
    const most = largest(values);
    return values.findIndex((value) => value * 2 >= most);
  };
  const last = profile.slice(stop - reach, stop).reverse();
  return [start + edge(profile.slice(start, start + reach)), stop - edge(last)];
}

// Round as Python does: halves go to the even number.
function roundHalfEven(value) {
  const rounded = Math.round(value);
  return Math.abs(value % 1) === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

// Resize ink as Pillow does: by the mean of areas, or to enlarge by the filter HAMMING, and with
// whole levels after each direction. It begins with the direction in which it reduces more.
function resized(crop, width, height) {
  if (width === crop.width && height === crop.height) return crop;
  const peak = largest(crop.data);
  const stronger = peak < FAINT_PEAK ? Math.floor(255 / peak) : 1;
  const data = crop.data.map((level) => level * stronger);
  const reduced = BOX < Math.max(crop.width, crop.height);
  const across = resizeWeights(crop.width, width, reduced);
  const down = resizeWeights(crop.height, height, reduced);
  const tall = reduced && crop.height - height > 2 * (crop.width - width);
  if (tall) {
    const half = resizeColumns(data, crop.width, down);
    return { width, height, data: resizeRows(half, crop.width, across) };
  }
  const half = resizeRows(data, crop.width, across);
  return { width, height, data: resizeColumns(half, width, down) };
}

// Return for each place of the result where its sources begin, and their weights.
function resizeWeights(from, to, reduced) {
  const scale = from / to;
  const wide = Math.max(scale, 1);
  const support = (reduced ? 0.5 : 1) * wide;
  const filter = reduced ? boxFilter : hammingFilter;
  const out = [];
  for (let i = 0; i < to; i++) {
    const centre = (i + 0.5) * scale;
    const low = Math.max(0, Math.trunc(centre - support + 0.5));
    const high = Math.min(from, Math.trunc(centre + support + 0.5));
    const weights = [];
    for (let j = low; j < high; j++) weights.push(filter((j - centre + 0.5) * (1 / wide)));
    const total = weights.reduce((sum, weight) => sum + weight, 0) || 1;
    const whole = weights.map((w) => Math.trunc(0.5 + (w / total) * 2 ** WEIGHT_BITS));
    out.push({ low, weights: whole });
  }
  return out;
}

function boxFilter(x) {
  return x > -0.5 && x <= 0.5 ? 1 : 0;
}

function hammingFilter(x) {
  if (x === 0) return 1;
  if (Math.abs(x) >= 1) return 0;
  const angle = x * Math.PI;
  return (Math.sin(angle) / angle) * (0.54 + 0.46 * Math.cos(angle));
}

function resizeRows(data, width, places) {
  const out = new Uint8Array((data.length / width) * places.length);
  let at = 0;
  for (let row = 0; row < data.length; row += width) {
    for (const { low, weights } of places) out[at++] = weighted(data, row + low, 1, weights);
  }
  return out;
}

function resizeColumns(data, width, places) {
  const out = new Uint8Array(width * places.length);
  let at = 0;
  for (const { low, weights } of places) {
    for (let x = 0; x < width; x++) out[at++] = weighted(data, low * width + x, width, weights);
  }
  return out;
}

function weighted(data, start, step, weights) {
  let sum = 2 ** (WEIGHT_BITS - 1);
  for (let i = 0; i < weights.length; i++) sum += data[start + i * step] * weights[i];
  return Math.min(Math.max(Math.floor(sum / 2 ** WEIGHT_BITS), 0), 255);
}

// Return where a box begins if its centre of mass, along one direction, is in the middle.
function startOf(digit, place, length) {
  let mass = 0, moment = 0;
  digit.data.forEach((level, i) => {
    mass += level;
    moment += level * place(i % digit.width, Math.floor(i / digit.width));
  });
  return Math.min(Math.max(Math.trunc(CENTRE - moment / mass + 0.5), 0), SIZE - length);
}
