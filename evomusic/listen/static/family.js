// The family tree: a row a generation, a line from each melody to its parents.

import { ask } from "/static/session.js";

const SVG = "http://www.w3.org/2000/svg";

export class Family {
  constructor() {
    this.details = document.getElementById("family");
    this.list = document.getElementById("generations");
    this.version = -1;
    this.lines = document.createElementNS(SVG, "svg");
    this.lines.setAttribute("aria-hidden", "true");
    this.list.parentNode.prepend(this.lines);
    this.details.addEventListener("toggle", () => this.show(this.state));
    new ResizeObserver(() => this.draw()).observe(this.list);
  }

  async show(state) {
    this.state = state;
    if (!this.details.open || !state || this.version === state.version) return;
    this.version = state.version;
    let cards;
    try {
      ({ cards } = await ask("/api/family"));
    } catch {
      this.version = -1; // the next state tries again
      return;
    }
    const names = new Map(cards.map((card) => [card.id, card.name]));
    const parents = new Set(cards.flatMap((card) => card.parents));
    const seen = new Set(state.cards.map((card) => card.id));
    const rows = [...Map.groupBy(cards, (card) => card.generation)].sort(([a], [b]) => a - b);
    this.list.replaceChildren(...rows.map(([number, row]) => {
      const told = row.filter((card) => card.kept || parents.has(card.id) || seen.has(card.id));
      return generation(number, told, row.length - told.length, names);
    }));
    this.cards = cards;
    this.draw();
  }

  draw() {
    if (!this.details.open || !this.cards) return;
    const all = this.list.getBoundingClientRect();
    this.lines.setAttribute("viewBox", `0 0 ${all.width} ${all.height}`);
    const at = new Map([...this.list.querySelectorAll("[data-card]")].map((each) => [each.dataset.card, each.getBoundingClientRect()]));
    this.lines.replaceChildren(...this.cards.flatMap((card) => card.parents
      .filter((parent) => at.has(parent) && at.has(card.id))
      .map((parent) => line(at.get(parent), at.get(card.id), all))));
  }
}

// A row: melodies that are shown, kept or have children; the others are counted.
function generation(number, cards, others, names) {
  const item = document.createElement("li");
  const title = document.createElement("h3");
  title.textContent = `Generation ${number + 1}`;
  const row = document.createElement("ul");
  row.append(...cards.map((card) => member(card, names)));
  if (others) {
    const rest = document.createElement("li");
    rest.className = "others soft";
    rest.textContent = cards.length ? `and ${others} without children` : `${others} without children`;
    row.append(rest);
  }
  item.append(title, row);
  return item;
}

function member(card, names) {
  const item = document.createElement("li");
  const name = document.createElement("b");
  name.textContent = card.name;
  const about = document.createElement("span");
  const parents = card.parents.map((id) => names.get(id)).filter(Boolean);
  const state = card.dropped ? ", dropped" : card.kept ? ", kept" : "";
  about.textContent = `${parents.length ? `from ${parents.join(" and ")}` : "drawn"}${state}`;
  item.title = card.how;
  item.dataset.card = card.id;
  item.classList.toggle("kept", card.kept);
  item.classList.toggle("dropped", card.dropped);
  item.append(name, " ", about);
  return item;
}

function line(from, to, all) {
  const path = document.createElementNS(SVG, "path");
  const [x1, x2] = [from, to].map((box) => box.left + box.width / 2 - all.left);
  const same = Math.abs(from.top - to.top) < from.height; // a change within the generation
  const [y1, y2] = [same ? from.top - all.top : from.bottom - all.top, to.top - all.top];
  const bend = same ? -14 : (y2 - y1) / 2;
  path.setAttribute("d", `M${x1} ${y1} C${x1} ${y1 + bend} ${x2} ${same ? y2 + bend : y2 - bend} ${x2} ${y2}`);
  return path;
}
