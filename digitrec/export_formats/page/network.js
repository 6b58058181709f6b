// The network: its layers on one image, in WebAssembly or, in an old browser, in JavaScript.

const LANES = 8; // places that are computed at once; rows are filled up to a multiple

class Network {
  // description: {mean, std, layers}. parameters: the bytes of all weights, layer by layer; see
  // digitrec/export_formats/html_page.py. module: the bytes of a WebAssembly module, or null.
  constructor(description, parameters, module) {
    Object.assign(this, { mean: description.mean, std: description.std });
    this.memory = new Arena();
    this.layers = [];
    let shape = [1, SIZE, SIZE];
    let at = 0;
    for (const layer of description.layers) {
      const step = { ...layer, from: shape, to: outputShape(layer, shape) };
      if (layer.weights) {
        const [outputs, inner] = layer.weights;
        at = this.readWeights(step, parameters, at, outputs, inner);
        const places = layer.kind === "convolution" ? step.to[1] * step.to[2] : 1;
        step.places = roundUp(places, LANES);
        step.columns = this.memory.take(inner * step.places);
        step.result = this.memory.take(roundUp(outputs, 4) * step.places);
      }
      this.layers.push(step);
      shape = step.to;
    }
    this.memory.make();
    for (const step of this.layers) {
      if (step.weights) {
        this.memory.floats.set(step.packed, step.weightsAt);
        this.memory.floats.set(step.bias, step.biasAt);
        delete step.packed;
      }
    }
    this.multiply = (module && multiplyInWebAssembly(module, this.memory)) ?? null;
    this.fast = this.multiply !== null;
    this.multiply ??= (...words) => multiplyInJavaScript(this.memory.floats, ...words);
  }

  // Weights are whole numbers of 16 bits, times a scale for each output.
  readWeights(step, parameters, at, outputs, inner) {
    const view = new DataView(parameters.buffer, parameters.byteOffset);
    step.bias = new Float32Array(roundUp(outputs, 4));
    step.packed = new Float32Array(roundUp(outputs, 4) * inner);
    const levels = at + 8 * outputs;
    for (let o = 0; o < outputs; o++) {
      const scale = view.getFloat32(at + 4 * o, true);
      step.bias[o] = view.getFloat32(at + 4 * (outputs + o), true);
      for (let k = 0; k < inner; k++) {
        const level = view.getInt16(levels + 2 * (o * inner + k), true);
        step.packed[((o >> 2) * inner + k) * 4 + (o & 3)] = level * scale;
      }
    }
    step.weightsAt = this.memory.take(step.packed.length);
    step.biasAt = this.memory.take(step.bias.length);
    return levels + 2 * outputs * inner;
  }

  // Return the logits of an image (28 × 28, in [0, 1]).
  logits(image) {
    let x = Float32Array.from(image, (value) => (value - this.mean) / this.std);
    for (const step of this.layers) x = this[step.kind](x, step);
    return Array.from(x);
  }

  convolution(x, step) {
    fillColumns(this.memory.floats, x, step);
    return this.product(step, step.to[1] * step.to[2]);
  }

  dense(x, step) {
    for (let k = 0; k < x.length; k++) this.memory.floats[step.columns + k * step.places] = x[k];
    return this.product(step, 1);
  }

  product(step, used) {
    const [outputs, inner] = step.weights;
    const { weightsAt, biasAt, columns, result, places } = step;
    this.multiply(weightsAt, biasAt, columns, result, roundUp(outputs, 4), inner, places);
    const out = new Float32Array(outputs * used);
    for (let o = 0; o < outputs; o++) {
      const start = result + o * places;
      out.set(this.memory.floats.subarray(start, start + used), o * used);
    }
    return out;
  }

  max(x, step) {
    return overWindows(x, step, (best, value) => Math.max(best, value), -Infinity, 1);
  }

  average(x, step) {
    const count = step.size[0] * step.size[1];
    return overWindows(x, step, (sum, value) => sum + value, 0, count);
  }

  global_average(x, step) {
    const [channels, height, width] = step.from;
    const count = height * width;
    const out = new Float32Array(channels);
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let i = 0; i < count; i++) sum += x[c * count + i];
      out[c] = sum / count;
    }
    return out;
  }

  relu(x) {
    for (let i = 0; i < x.length; i++) if (x[i] < 0) x[i] = 0;
    return x;
  }

  tanh(x) {
    return x.map(Math.tanh);
  }

  flatten(x) {
    return x;
  }
}

// Numbers in the memory that WebAssembly sees. First all places are taken, then it is made.
class Arena {
  constructor() {
    this.size = 0;
  }

  take(count) {
    const at = this.size;
    this.size += roundUp(count, 4);
    return at;
  }

  make() {
    const pages = Math.ceil((4 * this.size) / 65536) || 1;
    this.pages = typeof WebAssembly === "undefined" ? null : new WebAssembly.Memory({ initial: pages });
    this.floats = this.pages ? new Float32Array(this.pages.buffer) : new Float32Array(this.size);
  }
}

function roundUp(count, step) {
  return Math.ceil(count / step) * step;
}

function outputShape(layer, [channels, height, width]) {
  if (layer.kind === "dense") return [layer.weights[0], 1, 1];
  if (layer.kind === "global_average") return [channels, 1, 1];
  if (layer.kind === "flatten") return [channels * height * width, 1, 1];
  if (layer.kind === "relu" || layer.kind === "tanh") return [channels, height, width];
  const [top, left] = layer.padding ?? [0, 0];
  return [
    layer.weights ? layer.weights[0] : channels,
    Math.floor((height + 2 * top - layer.size[0]) / layer.stride[0]) + 1,
    Math.floor((width + 2 * left - layer.size[1]) / layer.stride[1]) + 1,
  ];
}

// For each place of the result, put what the kernel sees there into a column.
function fillColumns(floats, x, step) {
  const [channels, height, width] = step.from;
  const [, toHeight, toWidth] = step.to;
  const { size, stride, padding, places } = step;
  let at = step.columns;
  for (let c = 0; c < channels; c++) {
    for (let dy = 0; dy < size[0]; dy++) {
      for (let dx = 0; dx < size[1]; dx++, at += places) {
        for (let row = 0, i = at; row < toHeight; row++) {
          const y = row * stride[0] + dy - padding[0];
          const start = (c * height + y) * width;
          for (let column = 0; column < toWidth; column++, i++) {
            const left = column * stride[1] + dx - padding[1];
            floats[i] = y < 0 || y >= height || left < 0 || left >= width ? 0 : x[start + left];
          }
        }
      }
    }
  }
}

function overWindows(x, step, join, start, divisor) {
  const [channels, height, width] = step.from;
  const [, toHeight, toWidth] = step.to;
  const out = new Float32Array(channels * toHeight * toWidth);
  let at = 0;
  for (let c = 0; c < channels; c++) {
    for (let row = 0; row < toHeight; row++) {
      for (let column = 0; column < toWidth; column++) {
        let value = start;
        for (let dy = 0; dy < step.size[0]; dy++) {
          const from = (c * height + row * step.stride[0] + dy) * width + column * step.stride[1];
          for (let dx = 0; dx < step.size[1]; dx++) value = join(value, x[from + dx]);
        }
        out[at++] = value / divisor;
      }
    }
  }
  return out;
}

// Return a function that multiplies as multiply.wat describes; null where it cannot be loaded.
function multiplyInWebAssembly(module, memory) {
  try {
    const imports = { page: { memory: memory.pages } };
    const { multiply } = new WebAssembly.Instance(new WebAssembly.Module(module), imports).exports;
    return (weights, bias, columns, result, ...counts) =>
      multiply(4 * weights, 4 * bias, 4 * columns, 4 * result, ...counts);
  } catch {
    return null; // no vector instructions, as in browsers from before 2023
  }
}

function multiplyInJavaScript(floats, weights, bias, columns, result, outputs, inner, places) {
  for (let o = 0; o < outputs; o += 4) {
    for (let p = 0; p < places; p++) {
      let [a, b, c, d] = floats.subarray(bias + o, bias + o + 4);
      let w = weights + o * inner;
      for (let k = 0, at = columns + p; k < inner; k++, at += places, w += 4) {
        const value = floats[at];
        a += floats[w] * value;
        b += floats[w + 1] * value;
        c += floats[w + 2] * value;
        d += floats[w + 3] * value;
      }
      const at = result + o * places + p;
      floats[at] = a;
      floats[at + places] = b;
      floats[at + 2 * places] = c;
      floats[at + 3 * places] = d;
    }
  }
}
