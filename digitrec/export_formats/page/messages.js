// What the page tells the user, in the words of the window: digitrec/gui/session/messages.py.

const { UNSURE, TOO_SMALL, MAX_EXPLAINED, MOST_SHOWN } = DATA.constants.messages;
const A_POINT = "this looks like a decimal point or comma. This page reads digits alone.";

// Return one line on what is doubtful: {text, tone}; the text is empty where nothing is.
function readingMessage(predictions, empty, leftCanvas) {
  if (predictions.length === 0) {
    if (empty) return { text: "", tone: "info" };
    return { text: "Everything is outside the canvas. Draw inside it.", tone: "warning" };
  }
  const sentences = [];
  const doubts = predictions.map(doubt);
  const doubtful = doubts.filter((sentence) => sentence !== "").length;
  const allAre = (rejection) => predictions.every((prediction) => prediction.rejection === rejection);
  if (predictions.length > MAX_EXPLAINED && allAre("too small")) {
    sentences.push(capitalised(TOO_SMALL));
  } else if (predictions.length > 1 && allAre("not a digit")) {
    sentences.push("Nothing here can be read. It does not look like digits.");
  } else if (doubtful > MAX_EXPLAINED) {
    sentences.push(countDoubtful(predictions, doubtful));
  } else {
    doubts.forEach((sentence, i) => {
      if (sentence === "") return;
      const several = predictions.length > 1;
      sentences.push(several ? `Digit ${i + 1}: ${sentence}` : capitalised(sentence));
    });
  }
  if (leftCanvas) sentences.push("The pen left the canvas. Only the part inside was read.");
  return { text: sentences.join(" "), tone: sentences.length > 0 ? "warning" : "info" };
}

function doubt(prediction) {
  if (prediction.rejection === "too small") return TOO_SMALL;
  if (prediction.rejection === "point") return A_POINT;
  if (prediction.rejection !== null) {
    const article = prediction.nearest === 8 ? "an" : "a";
    return `this does not look like a digit. It is nearest to ${article} ${prediction.nearest}.`;
  }
  if (prediction.confidence >= UNSURE) return "";
  const p = prediction.probabilities;
  const [first, second] = p.map((_, i) => i).sort((a, b) => p[b] - p[a]);
  return `not sure: ${first} (${percent(p[first])}) or ${second} (${percent(p[second])}).`;
}

function countDoubtful(predictions, doubtful) {
  const rejected = predictions.filter((prediction) => prediction.digit === null).length;
  const uncertain = doubtful - rejected;
  const parts = [];
  if (rejected > 0) {
    parts.push(`${rejected} ${rejected === 1 ? "does not look like a digit" : "do not look like digits"}`);
  }
  if (uncertain > 0) parts.push(`${uncertain} ${uncertain === 1 ? "is" : "are"} uncertain`);
  return `Of ${predictions.length} digits, ${parts.join(" and ")}.`;
}

function capitalised(sentence) {
  return sentence[0].toUpperCase() + sentence.slice(1);
}

// Write a probability in percent, without rounding a doubt away: at most 99.9% below 1.
function percent(probability) {
  const shown = probability < 1 ? Math.min(probability, MOST_SHOWN) : probability;
  return `${(100 * shown).toFixed(1)}%`;
}
