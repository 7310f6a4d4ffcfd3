// Melodies that were kept in generations before: to hear, to take away, to let go of.

import { once, pressed } from "/static/card.js";
import { cardDownloads } from "/static/downloads.js";
import { View } from "/static/view.js";

export class Favourites {
  constructor(session, player, say) {
    Object.assign(this, { session, player, say, views: new Map() });
    this.section = document.getElementById("favourites-section");
    this.holder = document.getElementById("favourites");
    this.template = document.getElementById("favourite");
  }

  show(state) {
    const wanted = new Set(state.favourites.map((card) => card.id));
    for (const [id, view] of this.views) {
      if (wanted.has(id)) continue;
      if (this.player.playing?.view === view) this.player.stop("Stopped");
      view.article.remove();
      this.views.delete(id);
    }
    for (const card of state.favourites) this.view(card).show(card, state.frame, `melody ${card.name}`);
    for (const card of state.favourites) {
      const { article } = this.views.get(card.id);
      if (this.holder.children[state.favourites.indexOf(card)] !== article) this.holder.append(article);
    }
    this.section.hidden = !state.favourites.length;
  }

  view(card) {
    if (this.views.has(card.id)) return this.views.get(card.id);
    const article = this.template.content.firstElementChild.cloneNode(true);
    const title = article.querySelector("h3");
    title.id = `kept-${card.id}`;
    title.textContent = card.name;
    article.setAttribute("aria-labelledby", title.id);
    article.querySelector(".how").textContent = card.how;
    article.querySelector("summary").setAttribute("aria-label", `Download ${card.name}`);
    cardDownloads(article, card);
    const keep = article.querySelector(".keep");
    pressed(keep, true, "Kept", `Kept ${card.name}`);
    keep.addEventListener("click", once(() => {
      this.session.press("keep", () => ({ card: card.id, keep: false }), { after: () => this.say(`No longer kept: ${card.name}; undo brings it back`) });
    }));
    this.views.set(card.id, new View(article, this.player, `melody ${card.name}`));
    return this.views.get(card.id);
  }
}
