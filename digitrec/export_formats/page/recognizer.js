// From strokes to answers, as digitrec's window reads them: digitrec/recognition/read_drawing.py.

const { CLOSE, WIDEST, GAP } = DATA.constants.read_drawing;
const { ABOVE, HALF_GAP, SLIMMEST, JOINED_DIGIT, MIN_PROBABILITY } = DATA.constants.read_drawing;

class Recognizer {
  // contract: see digitrec/export_formats/contract.py. network: a Network.
  constructor(contract, network) {
    Object.assign(this, { contract, network });
    this.before = this.now = []; // what was read last, and now: unchanged ink is not read again
  }

  // Return a prediction for each digit of a drawing, row by row: {box, row, digit, confidence,
  // probabilities, digitProbability, rejection, nearest, image, newest}; digit is null where it is
  // rejected; newest tells whether the last stroke is of it.
  readDrawing(strokes, width, height) {
    this.now = [];
    const apart = strokeGroups(strokes, width, height).map((group) => this.predict(group));
    const seen = apart.filter((one) => one.prediction !== null);
    const found = this.withNeighboursJoined(this.withHalvesJoined(seen));
    this.before = this.now;
    const newest = strokes[strokes.length - 1];
    return found.map(({ group, prediction }) => {
      return { ...prediction, row: group.row, newest: group.strokes.includes(newest) };
    });
  }

  // Return a group with its prediction, which is null where its strokes are beside the canvas.
  predict(group) {
    const known = this.before.find((one) => sameGroup(one.group, group));
    const found = { group, prediction: known ? known.prediction : this.readGroup(group) };
    this.now.push(found);
    return found;
  }

  // Make two rows one whose digits are halves of the same digits, as of 8s of two circles.
  withHalvesJoined(found) {
    const out = [];
    for (const number of new Set(found.map(({ group }) => group.row))) {
      const row = found.filter(({ group }) => group.row === number);
      const above = out[out.length - 1] ?? [];
      const joined = joinedHalves(above, row).map((group) => this.predict(group));
      if (joined.length > 0 && joined.every((one) => logProbability(one) >= JOINED_DIGIT)) {
        out[out.length - 1] = joined;
      } else {
        out.push(row);
      }
    }
    const inRow = (one, row) => ({ ...one, group: { ...one.group, row } });
    return out.flatMap((row, number) => row.map((one) => inRow(one, number)));
  }

  // Join neighbours that the network reads better as one digit than as two.
  withNeighboursJoined(found) {
    const pairs = [];
    for (let i = 0; i + 1 < found.length; i++) {
      const [one, other] = [found[i].group, found[i + 1].group];
      if (one.row !== other.row || !mayBeOneDigit(one, other)) continue;
      const joined = this.predict(joinGroups(one, other));
      const apart = logProbability(found[i]) + logProbability(found[i + 1]);
      pairs.push({ i, joined, gain: logProbability(joined) - GAP * gapBetween(one, other) - apart });
    }
    const out = found.slice();
    for (const { i, joined, gain } of pairs.sort((a, b) => b.gain - a.gain)) {
      if (gain > 0 && out[i] === found[i] && out[i + 1] === found[i + 1]) {
        [out[i], out[i + 1]] = [joined, null];
      }
    }
    return out.filter((one) => one !== null);
  }

  // Return the prediction for one digit; null where its strokes are beside the canvas.
  readGroup({ strokes, box, tooSmall, isPoint }) {
    const [left, top] = [Math.floor(box[0]), Math.floor(box[1])];
    const [across, down] = [Math.ceil(box[2]) - left, Math.ceil(box[3]) - top];
    const moved = strokes.map((stroke) => ({
      width: stroke.width,
      points: stroke.points.map(([x, y]) => [x - left, y - top]),
    }));
    const ink = rasterise(moved, across, down);
    if (!ink.some((level) => level > 0)) return null;
    const image = normaliseInk(ink, across, down);
    if (tooSmall) return { box, ...unread(isPoint ? "point" : "too small", image) };
    return { box, ...this.read(image) };
  }

  // Return what is read in a normalised image.
  read(image) {
    if (!image.some((value) => value > 0)) return unread("blank", image);
    const { temperature, sure, rotations, rejection_threshold: threshold } = this.contract;
    // A network that has not learnt what is not a digit does not tell it.
    const digitProbabilityOf = (logits) => (threshold > 0 ? anyDigit(logits) : 1);
    let logits = this.network.logits(image);
    const mayBeNone = digitProbabilityOf(logits) < this.contract.rather_digit;
    if (mayBeNone || Math.max(...softmax(logits, temperature)) < sure) {
      const all = [logits, ...rotations.map((by) => this.network.logits(rotated(image, by)))];
      logits = logits.map((_, i) => all.reduce((sum, one) => sum + one[i], 0) / all.length);
    }
    const probabilities = softmax(logits, temperature);
    const confidence = Math.max(...probabilities);
    const nearest = probabilities.indexOf(confidence);
    const digitProbability = digitProbabilityOf(logits);
    const rejected = digitProbability < threshold;
    const found = { probabilities, confidence, digitProbability, nearest, image };
    return { ...found, digit: rejected ? null : nearest, rejection: rejected ? "not a digit" : null };
  }
}

// Join each digit of a row to the one right below it; return none where not all may be one.
function joinedHalves(upper, lower) {
  if (upper.length !== lower.length) return [];
  const pairs = upper.map((one, i) => [one.group, lower[i].group]);
  return pairs.every((pair) => mayBeHalves(...pair)) ? pairs.map((pair) => joinGroups(...pair)) : [];
}

function mayBeHalves(one, other) {
  const [box, below] = [one.box, other.box];
  const width = Math.max(box[2], below[2]) - Math.min(box[0], below[0]);
  const narrower = Math.min(box[2] - box[0], below[2] - below[0]);
  const lowerHalf = Math.min(box[3] - box[1], below[3] - below[1]);
  return (
    !one.tooSmall &&
    !other.tooSmall &&
    share(box, below, 0) > ABOVE * narrower &&
    below[1] - box[3] <= HALF_GAP * lowerHalf &&
    width >= SLIMMEST * (below[3] - box[1])
  );
}

function mayBeOneDigit(one, other) {
  const width = Math.max(one.box[2], other.box[2]) - Math.min(one.box[0], other.box[0]);
  const near = gapBetween(one, other) <= CLOSE && width <= WIDEST * higher(one, other);
  return near && !one.tooSmall && !other.tooSmall;
}

function gapBetween(one, other) {
  return Math.max(0, other.box[0] - one.box[2]) / higher(one, other);
}

function higher(one, other) {
  return Math.max(...[one, other].map(({ box }) => box[3] - box[1]));
}

// Return how likely a group is the digit that it looks most like.
function logProbability({ prediction }) {
  return Math.log(Math.max(prediction.confidence * prediction.digitProbability, MIN_PROBABILITY));
}

function sameGroup(one, other) {
  const same = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);
  const alike = one.isPoint === other.isPoint;
  return alike && same(one.strokes, other.strokes) && same(one.box, other.box);
}

// Return the prediction for ink that the network is not asked about: all digits alike.
function unread(rejection, image) {
  const probabilities = new Array(10).fill(0.1);
  const unknown = { digit: null, nearest: null, digitProbability: 0 };
  return { ...unknown, confidence: 0.1, probabilities, rejection, image };
}

function softmax(logits, temperature) {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp((logit - most) / temperature));
  const sum = powers.reduce((total, one) => total + one, 0);
  return powers.map((one) => one / sum);
}

// Return the probability of all digits beside a class of logit 0.
function anyDigit(logits) {
  const most = Math.max(...logits);
  const sum = logits.reduce((total, logit) => total + Math.exp(logit - most), 0);
  return 1 / (1 + Math.exp(-(most + Math.log(sum))));
}

// Rotate an image about its middle; what comes from outside is 0.
function rotated(image, degrees) {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const middle = (SIZE - 1) / 2;
  const at = (x, y) => (x < 0 || y < 0 || x >= SIZE || y >= SIZE ? 0 : image[y * SIZE + x]);
  const out = new Float32Array(SIZE * SIZE);
  for (let row = 0; row < SIZE; row++) {
    for (let column = 0; column < SIZE; column++) {
      const [dx, dy] = [column - middle, row - middle];
      const x = middle + cos * dx - sin * dy;
      const y = middle + sin * dx + cos * dy;
      const [left, top] = [Math.floor(x), Math.floor(y)];
      const [right, down] = [x - left, y - top];
      out[row * SIZE + column] =
        at(left, top) * (1 - right) * (1 - down) +
        at(left + 1, top) * right * (1 - down) +
        at(left, top + 1) * (1 - right) * down +
        at(left + 1, top + 1) * right * down;
    }
  }
  return out;
}
