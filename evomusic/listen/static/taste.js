// What has been learnt, in words, and how sure it is; the slider between rules and taste.

const SVG = "http://www.w3.org/2000/svg";
const TOLD = 0.65; // how sure of what is told
const DELAY = 250; // milliseconds without a move, before the slider is sent

export class Taste {
  constructor(session, say) {
    this.list = document.getElementById("learnt");
    this.none = document.getElementById("learnt-none");
    this.consistency = document.getElementById("consistency");
    this.slider = document.getElementById("steer");
    this.slider.addEventListener("input", () => {
      this.describe();
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.send(session, say), DELAY);
    });
  }

  show({ learnt, consistency, steer }) {
    const told = learnt.filter(({ sure }) => sure >= TOLD);
    this.none.hidden = told.length > 0;
    this.none.textContent = learnt.length ? "Nothing that stands out yet: go on choosing." : "Nothing yet: it learns from each answer.";
    const widest = Math.max(...told.map(({ low, high }) => Math.max(Math.abs(low), Math.abs(high))), 1e-9);
    this.list.replaceChildren(...told.map((each) => sentence(each, widest)));
    this.consistency.hidden = !consistency;
    if (consistency) this.consistency.textContent = alike(consistency);
    if (!this.timer) this.slider.value = String(steer);
    this.describe();
  }

  describe() {
    const yours = Math.round(Number(this.slider.value) * 100);
    this.slider.setAttribute("aria-valuetext", `${100 - yours} percent the rules, ${yours} percent your taste`);
  }

  send(session, say) {
    session.press("steer", () => ({ value: Number(this.slider.value) }), {
      after: () => say(`New melodies follow ${this.slider.getAttribute("aria-valuetext")}`), merge: "steer",
    });
    this.timer = null;
  }
}

function alike({ same, of }) {
  const asked = of === 1 ? "One question was asked again" : `${of} questions were asked again`;
  const so = same === of ? (of === 1 ? "you answered it as before" : "you answered all as before") : `you answered ${same} as before`;
  return `${asked}, hidden: ${so}.`;
}

function sentence({ text, sure, low, high, weight }, widest) {
  const item = document.createElement("li");
  const words = document.createElement("span");
  words.textContent = text;
  const certain = document.createElement("span");
  certain.className = "sure soft";
  certain.textContent = `${certainty(sure)}, ${Math.round(sure * 100)}\u00a0%`;
  const side = (weight < 0 ? -1 : 1) / widest; // to the right: as the words say
  item.append(words, interval(low * side, high * side, weight * side), certain);
  return item;
}

const certainty = (sure) => (sure >= 0.97 ? "almost certain" : sure >= 0.9 ? "quite sure" : sure >= 0.75 ? "leaning" : "a guess");

// An interval around zero: a line, and a dot for the estimate.
function interval(low, high, weight) {
  const svg = document.createElementNS(SVG, "svg");
  const x = (value) => String(50 + 46 * value);
  svg.setAttribute("viewBox", "0 0 100 12");
  svg.setAttribute("aria-hidden", "true");
  svg.append(
    shape("line", { x1: 50, x2: 50, y1: 1, y2: 11, class: "zero" }),
    shape("line", { x1: x(low), x2: x(high), y1: 6, y2: 6, class: "range" }),
    shape("circle", { cx: x(weight), cy: 6, r: 3 }),
  );
  return svg;
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
