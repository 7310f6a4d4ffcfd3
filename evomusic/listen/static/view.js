// A melody that can be heard: its picture and its button, which is the same for a card, A and B, and a real tune.

import { Score } from "/static/score.js";

export class View {
  constructor(article, player, label) {
    this.article = article;
    this.player = player;
    this.label = label;
    this.notes = [];
    this.id = null;
    this.score = new Score(article.querySelector(".picture"));
    this.button = article.querySelector(".play");
    this.button.addEventListener("click", () => this.toggle());
    this.marked(false);
  }

  show(card, frame, label) {
    const others = this.id !== null && this.id !== card.id;
    Object.assign(this, { id: card.id, notes: card.notes, label });
    const names = card.names ? `, ${card.names.join(" ")}` : "";
    this.score.show(card, frame, `Score of ${label}: ${card.notes.length} notes${names}`);
    if (others) this.player.changed(this);
    this.marked(this.player.playing?.view === this);
  }

  toggle() {
    if (this.id) this.player.toggle(this);
  }

  marked(on) {
    this.article.classList.toggle("playing", on);
    this.button.textContent = on ? "Stop" : "Play";
    this.button.setAttribute("aria-label", `${on ? "Stop" : "Play"} ${this.label}`);
  }
}
