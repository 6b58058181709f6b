// The page: it reads what is drawn as soon as it is drawn, and shows the answer.

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

// Load the network that the page carries. Without vector instructions it is slower.
function loadRecognizer(vectors = true) {
  const module = vectors ? bytesOf(DATA.multiply) : null;
  return new Recognizer(DATA.contract, new Network(DATA.network, bytesOf(DATA.parameters), module));
}

const TIP = "Nothing that you draw leaves this page.";
const MOUSE_TIP = "The right mouse button erases, Ctrl-Z undoes, Esc clears. ";

class Page {
  constructor() {
    const find = (id) => document.getElementById(id);
    this.recognizer = loadRecognizer();
    this.drawing = new Drawing();
    this.predictions = [];
    this.selected = 0;
    this.waiting = false;
    [this.readAt, this.milliseconds, this.strokesRead] = [0, 0, 0];
    this.panel = new AnswerPanel((index) => this.select(index));
    this.buttons = { undo: find("undo"), redo: find("redo"), clear: find("clear"), erase: find("erase") };
    this.hint = find("hint");
    this.message = find("message");
    this.pen = find("pen");
    const penWidth = Number(this.pen.value);
    this.canvas = new DrawingCanvas(find("canvas"), this.drawing, penWidth, () => this.changed());
    this.pen.addEventListener("input", () => {
      this.canvas.penWidth = Number(this.pen.value);
    });
    this.buttons.undo.addEventListener("click", () => this.do(() => this.drawing.undo()));
    this.buttons.redo.addEventListener("click", () => this.do(() => this.drawing.redo()));
    this.buttons.clear.addEventListener("click", () => this.do(() => this.drawing.clear()));
    this.buttons.erase.addEventListener("click", () => this.toggleErasing());
    document.addEventListener("keydown", (event) => this.press(event));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.changed());
  }

  do(action) {
    if (this.canvas.pointer !== null) return; // not in the middle of a stroke
    action();
    this.selected = 0;
    this.changed();
  }

  toggleErasing() {
    this.canvas.erasing = !this.canvas.erasing;
    this.buttons.erase.setAttribute("aria-pressed", this.canvas.erasing);
    this.canvas.element.classList.toggle("erasing", this.canvas.erasing);
  }

  press(event) {
    const control = event.ctrlKey || event.metaKey;
    const key = event.key.toLowerCase();
    const slider = event.target === this.pen;
    if (control && key === "z") this.do(() => (event.shiftKey ? this.drawing.redo() : this.drawing.undo()));
    else if (control && key === "y") this.do(() => this.drawing.redo());
    else if (control || event.altKey) return;
    else if (key === "escape") this.do(() => this.drawing.clear());
    else if (key === "e") this.toggleErasing();
    else if (key === "arrowleft" && !slider) this.select(this.selected - 1);
    else if (key === "arrowright" && !slider) this.select(this.selected + 1);
    else return;
    event.preventDefault();
  }

  select(index) {
    const count = this.predictions.length;
    if (count < 2) return;
    this.selected = (index + count) % count;
    this.show();
  }

  // Read and show once for all that changes before the next picture of the screen.
  changed() {
    if (this.waiting) return;
    this.waiting = true;
    requestAnimationFrame(() => {
      this.waiting = false;
      if (!this.tooSoon()) this.read();
      this.show();
    });
  }

  // On a slow device, an unfinished stroke is read now and then, and drawn without delay.
  tooSoon() {
    const rest = performance.now() - this.readAt;
    return this.canvas.pointer !== null && this.milliseconds > 30 && rest < 3 * this.milliseconds;
  }

  read() {
    const { visible, width, height } = this.canvas;
    const started = performance.now();
    this.predictions = this.recognizer.readDrawing(visible, width, height);
    this.readAt = performance.now();
    this.milliseconds = this.readAt - started; // of the last answer
    // The digit that is being written is the one to look at.
    const written = this.predictions.findIndex((prediction) => prediction.newest);
    const oneMore = visible.length > this.strokesRead; // a quick stroke may have ended already
    if ((this.canvas.pointer?.points || oneMore) && written >= 0) this.selected = written;
    this.strokesRead = visible.length;
    this.selected = Math.min(Math.max(this.selected, 0), Math.max(this.predictions.length - 1, 0));
  }

  show() {
    const { canvas, drawing } = this;
    const busy = canvas.pointer !== null;
    canvas.paint(this.predictions, this.selected);
    this.panel.show(this.predictions, this.selected);
    this.hint.hidden = canvas.visible.length > 0 || busy;
    this.buttons.undo.disabled = !drawing.undoable;
    this.buttons.redo.disabled = !drawing.redoable;
    this.buttons.clear.disabled = drawing.strokes.length === 0;
    if (busy) return;
    this.panel.announce(this.predictions);
    const left = drawing.leftCanvas(canvas.width, canvas.height);
    const { text, tone } = readingMessage(this.predictions, drawing.strokes.length === 0, left);
    this.message.textContent = text || (matchMedia("(pointer: fine)").matches ? MOUSE_TIP : "") + TIP;
    this.message.className = text ? tone : "info";
  }
}

const page = new Page();
// The first answer takes longest, so it is given before anybody waits for one.
page.recognizer.read(new Float32Array(SIZE * SIZE).fill(0.5));
