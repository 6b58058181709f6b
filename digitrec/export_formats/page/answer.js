// The panel with the answer: the digits, their ten probabilities, and what the network saw.

class AnswerPanel {
  // select: called with the number of the digit that the user clicks on.
  constructor(select) {
    const find = (id) => document.getElementById(id);
    this.digits = find("digits");
    this.confidence = find("confidence");
    this.seen = find("seen");
    this.bars = find("bars");
    this.select = select;
    this.announced = find("announced");
    this.items = []; // what shows the digits
    this.layout = null; // the rows in which they stand
    this.rows = [];
    for (let digit = 0; digit < 10; digit++) {
      const row = document.createElement("div");
      row.className = "bar";
      row.innerHTML = "<span></span><div><i></i></div><b></b>";
      row.firstChild.textContent = digit;
      this.bars.append(row);
      this.rows.push(row);
    }
  }

  show(predictions, selected) {
    this.showDigits(predictions, selected);
    const prediction = predictions[selected] ?? null;
    this.confidence.textContent =
      prediction === null ? "" : prediction.digit === null ? "not a digit" : percent(prediction.confidence);
    this.showSeen(prediction);
    const asked = prediction !== null && prediction.nearest !== null;
    this.rows.forEach((row, digit) => {
      const probability = asked ? prediction.probabilities[digit] : 0;
      row.classList.toggle("best", asked && digit === prediction.nearest);
      row.querySelector("i").style.width = `${100 * probability}%`;
      row.lastChild.textContent = prediction === null ? "" : percent(probability);
    });
  }

  showDigits(predictions, selected) {
    const several = predictions.length > 1;
    const rows = new Set(predictions.map((prediction) => prediction.row)).size;
    const counts = predictions.map(({ row }) => predictions.filter((one) => one.row === row).length);
    const size = Math.min(5.5 / Math.max(rows, 1), 13 / Math.max(1, ...counts));
    this.digits.style.fontSize = `${size}rem`;
    // The items stay while only what they say changes, so that one keeps the focus.
    const layout = predictions.map(({ row }) => row).join();
    if (layout !== this.layout) {
      this.layout = layout;
      this.buildDigits(predictions, several);
    }
    predictions.forEach((prediction, i) => {
      const item = this.items[i];
      const text = String(prediction.digit ?? "?");
      if (item.textContent !== text) item.textContent = text;
      item.className = prediction.digit === null ? "rejected" : "";
      if (!several) return;
      item.setAttribute("aria-pressed", i === selected);
      item.setAttribute("aria-label", `Digit ${i + 1}: ${prediction.digit ?? "not a digit"}`);
    });
  }

  buildDigits(predictions, several) {
    const focused = this.items.indexOf(document.activeElement);
    this.items = predictions.map((_, i) => {
      const item = document.createElement(several ? "button" : "span");
      if (several) {
        item.type = "button";
        item.addEventListener("click", () => this.select(i));
      }
      return item;
    });
    const before = (i) => i > 0 && predictions[i].row !== predictions[i - 1].row;
    const lines = this.items.flatMap((item, i) => (before(i) ? [lineBreak(), item] : [item]));
    this.digits.replaceChildren(...(lines.length > 0 ? lines : [dash()]));
    if (focused >= 0 && several) this.items[Math.min(focused, this.items.length - 1)].focus();
  }

  // Tell those who cannot see the digits, once they are written.
  announce(predictions) {
    const text = predictions.map(({ digit }) => digit ?? "not a digit").join(" ");
    if (this.announced.textContent !== text) this.announced.textContent = text;
  }

  showSeen(prediction) {
    const style = getComputedStyle(this.seen);
    const context = this.seen.getContext("2d");
    context.fillStyle = style.getPropertyValue("--canvas");
    context.fillRect(0, 0, SIZE, SIZE);
    if (prediction === null) return;
    context.fillStyle = style.getPropertyValue("--ink");
    prediction.image.forEach((value, i) => {
      if (value === 0) return;
      context.globalAlpha = value;
      context.fillRect(i % SIZE, Math.floor(i / SIZE), 1, 1);
    });
    context.globalAlpha = 1;
  }
}

// Return what is shown where nothing is drawn.
function dash() {
  const item = document.createElement("span");
  item.textContent = "–";
  item.className = "none";
  return item;
}

// Return what makes the digits after it stand in a new line.
function lineBreak() {
  const item = document.createElement("div");
  item.className = "break";
  return item;
}
