// One melody of a generation: hear, keep, drop, rate, lock bars, draw anew, edit, take away.

import { cardDownloads } from "/static/downloads.js";
import { View } from "/static/view.js";

const STARS = 5;
const template = document.getElementById("card");

export class CardView {
  // session: presses; player; said: what to say of a press.
  constructor(session, player, say) {
    this.session = session;
    this.player = player;
    this.say = say;
    this.article = template.content.firstElementChild.cloneNode(true);
    this.find = (name) => this.article.querySelector(name);
    this.view = new View(this.article, player, "a melody");
    this.card = null;
    this.note = 0; // that is edited
    this.moves = 0; // of it, not yet sent
    this.find(".keep").addEventListener("click", once(() => this.keep()));
    this.find(".drop").addEventListener("click", once(() => this.drop()));
    this.find(".edit").addEventListener("click", () => this.edit(this.find(".editor").hidden));
    this.find(".redraw").addEventListener("click", once(() => this.redraw()));
    this.find(".up").addEventListener("click", () => this.move(1));
    this.find(".down").addEventListener("click", () => this.move(-1));
    this.find(".notes").addEventListener("keydown", (event) => this.noteKey(event));
    this.find(".picture").addEventListener("click", (event) => this.picked(event));
    this.makeStars();
  }

  show(card, state) {
    const { frame } = state;
    const changed = this.card?.id !== card.id;
    this.card = card;
    this.frame = frame;
    const title = this.find("h3");
    title.id = `title-${card.id}`;
    title.textContent = card.name;
    this.article.id = `card-${card.id}`;
    this.article.setAttribute("aria-labelledby", title.id);
    this.article.classList.toggle("kept", card.kept);
    this.find(".how").textContent = card.how;
    this.view.show(card, frame, `melody ${card.name}`);
    pressed(this.find(".keep"), card.kept, card.kept ? "Kept" : "Keep", `${card.kept ? "Kept" : "Keep"} ${card.name}`);
    this.find(".drop").setAttribute("aria-label", `Drop ${card.name}`);
    this.nameEdit();
    this.find("summary").setAttribute("aria-label", `Download ${card.name}`);
    this.showLocks();
    this.showStars(state.mode === "stars");
    if (changed) {
      cardDownloads(this.article, card);
      if (!this.find(".editor").hidden) this.showNotes();
    }
  }

  keep() {
    const keep = !this.card.kept;
    const { id, name } = this.card;
    this.session.press("keep", () => ({ card: id, keep }), { after: () => this.say(`${keep ? "Kept" : "No longer kept:"} ${name}`) });
  }

  drop() {
    const { id, name } = this.card;
    this.session.press("drop", () => ({ card: id }), { after: () => this.say(`Dropped ${name}; undo brings it back`) });
  }

  redraw() {
    const { id, name } = this.card;
    if (this.find(".redraw").classList.contains("never")) {
      this.say("All bars are locked: unlock one to draw it anew.");
      return;
    }
    this.session.press("redraw", () => ({ card: id }), { after: () => this.say(`${this.card.name} is ${name} with other bars`) });
  }

  // Bars

  showLocks() {
    const locks = this.find(".locks");
    locks.setAttribute("aria-label", `Locked bars of ${this.card.name}`);
    for (let bar = locks.querySelectorAll("button").length; bar < this.frame.bars; bar += 1) {
      const button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", once(() => this.lock(bar)));
      locks.append(button);
    }
    locks.querySelectorAll("button").forEach((button, bar) => {
      pressed(button, this.card.locked.includes(bar), String(bar + 1), `Lock bar ${bar + 1}`);
    });
    const all = this.card.locked.length === this.frame.bars;
    const redraw = this.find(".redraw");
    redraw.textContent = this.card.locked.length ? "Redraw the rest" : "Redraw";
    redraw.setAttribute("aria-label", `${redraw.textContent}${this.card.locked.length ? " of" : ""} ${this.card.name}`);
    redraw.classList.toggle("never", all);
    redraw.toggleAttribute("aria-disabled", false);
    if (all) redraw.setAttribute("aria-disabled", "true");
  }

  lock(bar) {
    const { id, name, locked } = this.card;
    const on = !locked.includes(bar);
    this.session.press("lock", () => ({ card: id, bar, on }), {
      after: () => this.say(`Bar ${bar + 1} of ${name} ${on ? "is locked" : "is free"}`),
    });
  }

  // Stars

  makeStars() {
    const stars = this.find(".stars");
    const group = `stars-${crypto.randomUUID()}`;
    for (let value = 1; value <= STARS; value += 1) {
      const label = document.createElement("label");
      const input = Object.assign(document.createElement("input"), { type: "radio", name: group, value: String(value) });
      input.setAttribute("aria-label", value === 1 ? "1 star" : `${value} stars`);
      input.addEventListener("change", () => this.rate(value));
      const shape = document.createElement("span");
      shape.setAttribute("aria-hidden", "true");
      shape.textContent = "★";
      label.append(input, shape);
      stars.append(label);
    }
  }

  showStars(on) {
    this.find(".stars").hidden = !on;
    this.find("legend").textContent = `Stars for ${this.card.name}`;
    this.article.querySelectorAll(".stars label").forEach((label, i) => {
      label.classList.toggle("lit", i < this.card.stars);
      label.firstElementChild.checked = i + 1 === this.card.stars;
    });
  }

  rate(stars) {
    const { id, name } = this.card;
    this.session.press("rate", () => ({ card: id, stars }), {
      after: () => this.say(`${name} has ${stars} of ${STARS} stars`), merge: `rate ${id}`,
    });
  }

  // Editing

  edit(on) {
    this.find(".editor").hidden = !on;
    this.find(".edit").setAttribute("aria-expanded", String(on));
    this.nameEdit();
    if (on) this.showNotes();
    else this.view.score.select(-1);
  }

  nameEdit() {
    const on = !this.find(".editor").hidden;
    this.find(".edit").textContent = on ? "Done" : "Edit";
    this.find(".edit").setAttribute("aria-label", `${on ? "Done with editing" : "Edit"} ${this.card.name}`);
  }

  showNotes() {
    const notes = this.find(".notes");
    notes.setAttribute("aria-label", `Notes of ${this.card.name}`);
    const buttons = [...notes.children];
    for (let i = buttons.length; i < this.card.names.length; i += 1) {
      const button = document.createElement("button");
      button.type = "button";
      button.addEventListener("click", () => this.choose(i, true));
      notes.append(button);
    }
    [...notes.children].forEach((button, i) => {
      if (i >= this.card.names.length) button.remove();
      else button.textContent = this.card.names[i].replace("#", "♯").replace(/(?<=^.)b/, "♭");
    });
    this.choose(Math.min(this.note, this.card.names.length - 1), false);
  }

  choose(note, heard) {
    if (note !== this.note) this.moves = 0;
    this.note = note;
    [...this.find(".notes").children].forEach((button, i) => {
      button.tabIndex = i === note ? 0 : -1;
      button.setAttribute("aria-pressed", String(i === note));
    });
    this.view.score.select(note);
    if (heard) this.player.touch(this.card.notes[note][0]);
  }

  picked(event) {
    const mark = event.target.closest("[data-note]");
    if (!mark) return;
    if (this.find(".editor").hidden) this.edit(true);
    this.choose(Number(mark.dataset.note), true);
    this.find(".notes").children[this.note]?.focus({ preventScroll: true });
  }

  noteKey(event) {
    const { key } = event;
    const last = this.card.names.length - 1;
    const to = { ArrowLeft: this.note - 1, ArrowRight: this.note + 1, Home: 0, End: last }[key];
    if (key === "ArrowUp" || key === "ArrowDown") this.move(key === "ArrowUp" ? 1 : -1);
    else if (to === undefined) return;
    else if (to >= 0 && to <= last) {
      this.choose(to, true);
      this.find(".notes").children[to].focus();
    }
    event.preventDefault();
    event.stopPropagation();
  }

  // Moves add up while one is under way, so that quick presses are not lost.
  move(by) {
    const { note } = this;
    this.moves += by;
    this.session.press("nudge", () => {
      const moves = this.moves;
      this.moves = 0;
      return moves === 0 || note !== this.note ? null : { card: this.card.id, note, by: moves };
    }, { after: () => this.moved(note), merge: `nudge ${note}` });
  }

  moved(note) {
    this.player.touch(this.card.notes[note][0]);
    this.say(`Note ${note + 1} is ${this.card.names[note]}`);
  }

}

// A listener of clicks that takes a double click for one.
export const once = (act) => (event) => {
  if (event.detail < 2) act(event);
};

export function pressed(button, on, text, label) {
  button.setAttribute("aria-pressed", String(on));
  button.setAttribute("aria-label", label);
  button.textContent = text;
}
