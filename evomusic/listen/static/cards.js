// The melodies of a generation, each in its place: an element stays while its melody stays, or is changed in place.

import { CardView } from "/static/card.js";

export class Cards {
  constructor(holder, make) {
    this.holder = holder;
    this.make = make;
    this.views = [];
  }

  show(state) {
    const old = this.views;
    const held = old.findIndex((view) => view.article.contains(document.activeElement));
    const wanted = new Set(state.cards.map((card) => card.id));
    const free = new Set(old.filter((view) => !wanted.has(view.card.id)));
    this.views = state.cards.map((card) => {
      const same = old.find((view) => view.card.id === card.id) ?? [...free].find((view) => isKin(view.card, card));
      free.delete(same);
      return same ?? this.make();
    });
    this.views.forEach((view, i) => view.show(state.cards[i], state));
    for (const view of free) {
      if (view.view.player.playing?.view === view.view) view.view.player.stop("Stopped");
      view.article.remove();
    }
    this.views.forEach((view, i) => { // moved only where it must be, for moving loses the focus
      if (this.holder.children[i] !== view.article) this.holder.insertBefore(view.article, this.holder.children[i] ?? null);
    });
    if (held >= 0 && !this.views.includes(old[held])) this.focusNear(held);
  }

  focusNear(place) {
    const view = this.views[Math.min(place, this.views.length - 1)];
    (view?.view.button ?? document.getElementById("cards-title")).focus({ preventScroll: true });
  }
}

// Whether one melody was edited or drawn anew from the other, in this generation.
function isKin(one, other) {
  const child = (a, b) => b.parents[0] === a.id && b.name === a.name;
  return child(one, other) || child(other, one);
}

export const cardMaker = (session, player, say) => () => new CardView(session, player, say);
