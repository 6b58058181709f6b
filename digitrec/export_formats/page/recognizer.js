// From strokes to answers, as digitrec's window reads them: digitrec/recognition/read_drawing.py.

class Recognizer {
  // contract: see digitrec/export_formats/contract.py. network: a Network.
  constructor(contract, network) {
    Object.assign(this, { contract, network });
    this.before = []; // what was read last: a digit that has not changed is not read again
  }

  // Return a prediction for each digit of a drawing, row by row: {box, row, digit, confidence,
  // probabilities, digitProbability, rejection, nearest, image}; digit is null where it is rejected.
  readDrawing(strokes, width, height) {
    const found = [];
    for (const group of strokeGroups(strokes, width, height)) {
      const known = this.before.find((one) => sameGroup(one.group, group));
      const prediction = known ? known.prediction : this.readGroup(group);
      if (prediction !== null) found.push({ group, prediction: { ...prediction, row: group.row } });
    }
    this.before = found;
    return found.map((one) => one.prediction);
  }

  // Return the prediction for one digit; null where its strokes are beside the canvas.
  readGroup({ strokes, box, tooSmall }) {
    const [left, top] = [Math.floor(box[0]), Math.floor(box[1])];
    const [across, down] = [Math.ceil(box[2]) - left, Math.ceil(box[3]) - top];
    const moved = strokes.map((stroke) => ({
      width: stroke.width,
      points: stroke.points.map(([x, y]) => [x - left, y - top]),
    }));
    const ink = rasterise(moved, across, down);
    if (!ink.some((level) => level > 0)) return null;
    const image = normaliseInk(ink, across, down);
    return { box, ...(tooSmall ? unread("too small", image) : this.read(image)) };
  }

  // Return what is read in a normalised image.
  read(image) {
    if (!image.some((value) => value > 0)) return unread("blank", image);
    const { temperature, sure, rotations, rejection_threshold: threshold } = this.contract;
    let logits = this.network.logits(image);
    if (Math.max(...softmax(logits, temperature)) < sure) {
      const all = [logits, ...rotations.map((by) => this.network.logits(rotated(image, by)))];
      logits = logits.map((_, i) => all.reduce((sum, one) => sum + one[i], 0) / all.length);
    }
    const probabilities = softmax(logits, temperature);
    const confidence = Math.max(...probabilities);
    const nearest = probabilities.indexOf(confidence);
    const digitProbability = anyDigit(logits);
    const rejected = digitProbability < threshold;
    const found = { probabilities, confidence, digitProbability, nearest, image };
    return { ...found, digit: rejected ? null : nearest, rejection: rejected ? "not a digit" : null };
  }
}

function sameGroup(one, other) {
  const same = (a, b) => a.length === b.length && a.every((value, i) => value === b[i]);
  return same(one.strokes, other.strokes) && same(one.box, other.box);
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
