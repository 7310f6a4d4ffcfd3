// The question: two melodies, blind, as A and B.

import { once } from "/static/card.js";
import { View } from "/static/view.js";

const SOON = 350; // milliseconds after a new pair in which an answer is taken for the last one's double press
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const WORDS = { a: "A is better", b: "B is better", same: "No difference" };

export class Pair {
  constructor(session, player, say) {
    this.session = session;
    this.say = say;
    this.section = document.getElementById("pair");
    this.views = ["a", "b"].map((side) => new View(document.getElementById(side), player, side.toUpperCase()));
    this.id = null;
    this.since = 0;
    for (const button of this.section.querySelectorAll("[data-winner]")) {
      button.addEventListener("click", once((event) => this.choose(button.dataset.winner, event.detail > 0)));
    }
  }

  get asked() {
    return !this.section.hidden;
  }

  show({ pair, mode, frame }) {
    this.section.hidden = mode !== "pairs" || !pair;
    if (this.section.hidden) this.leave();
    if (!pair || this.id === pair.id) return;
    this.leave();
    this.id = pair.id;
    this.since = performance.now();
    this.views.forEach((view, i) => view.show(i ? pair.b : pair.a, frame, i ? "B" : "A"));
  }

  leave() {
    for (const view of this.views) if (view.player.playing?.view === view) view.player.stop("Stopped");
  }

  // On a phone the new A is above the buttons that were just pressed.
  reveal() {
    const { top } = this.section.getBoundingClientRect();
    if (this.asked && top < 0) scrollBy({ top: top - 12, behavior: calm.matches ? "auto" : "smooth" });
  }

  hear(side) {
    this.views[side].toggle();
  }

  choose(winner, pointed = false) {
    if (!this.asked || performance.now() - this.since < SOON) return;
    const pair = this.id;
    this.session.press("choose", () => ({ pair, winner }), {
      after: () => {
        this.say(`${WORDS[winner]}. ${this.asked ? "Here are two others." : ""}`);
        if (pointed) this.reveal();
      },
    });
  }
}
