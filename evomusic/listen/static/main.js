// The page: the session's state in, presses out. All text goes in as text.

import { once } from "/static/card.js";
import { Cards, cardMaker } from "/static/cards.js";
import { Family } from "/static/family.js";
import { Favourites } from "/static/favourites.js";
import { listenToKeys } from "/static/keys.js";
import { Pair } from "/static/pair.js";
import { Player } from "/static/player.js";
import { ask, Session } from "/static/session.js";
import { Taste } from "/static/taste.js";
import { View } from "/static/view.js";

const $ = (id) => document.getElementById(id);
const say = (text) => { $("said").textContent = text; };

const player = new Player({ loop: () => $("loop").checked, click: () => $("click").checked, chords: () => $("chords").checked }, say);
const session = new Session({ show, busy, say, trouble, progress: (text) => say(`${text} …`) });
const pair = new Pair(session, player, say);
const cards = new Cards($("cards"), cardMaker(session, player, say));
const favourites = new Favourites(session, player, say);
const taste = new Taste(session, say);
const family = new Family();
const real = new View($("real-card"), player, "a real tune");

function show(state) {
  const first = player.frame === null;
  player.frame = state.frame;
  if (first) setTempo(Math.round(state.frame.tempo));
  document.title = `${state.title}: listening`;
  $("title").textContent = state.title;
  $("frame").textContent = `${count(state.frame.bars, "bar")} of ${state.frame.metre}`;
  $("instruction").textContent = instruction(state);
  for (const input of $("mode").querySelectorAll("input")) input.checked = input.value === state.mode;
  $("chords-label").hidden = state.frame.chords.length === 0;
  $("cards-title").textContent = `Generation ${state.generation + 1}`;
  $("cards-about").textContent = state.dropped ? `${state.cards.length} melodies, ${state.dropped} dropped` : `${state.cards.length} melodies`;
  showNext(state);
  pair.show(state);
  cards.show(state);
  favourites.show(state);
  taste.show(state);
  family.show(state);
  $("main").setAttribute("aria-busy", "false");
  document.documentElement.dataset.version = String(state.version);
}

// One sentence on what to do now.
function instruction({ mode, pair: asked, until_breed: left, generation, choices }) {
  const fresh = left === 2;
  if (mode === "stars") {
    if (left === 0) return "Breed the next generation from what you like, or rate more of them.";
    if (fresh) return generation ? "These were bred from what you liked. How good are they?" : "Play the melodies and give them stars: four or five make a parent.";
    return `${count(left, "more answer")}, and you can breed.`;
  }
  if (!asked) return "There are no two melodies left to compare: breed, or undo.";
  if (left === 0) return "Breed the next generation, or go on choosing: it learns from each answer.";
  if (!fresh) return `Good. ${count(left, "more choice")}, and you can breed.`;
  return generation || choices ? "These were bred from what you liked. Hear A and B: which is better?" : "Hear A and B, and choose the one you like better.";
}

function showNext({ until_breed: left, can_undo: can, undo }) {
  able($("breed"), left === 0);
  $("need").textContent = left ? `after ${count(left, "more answer").toLowerCase()}, or ${left === 1 ? "a melody" : "melodies"} kept` : "from the melodies that you chose or kept";
  able($("undo"), can);
  $("undo").hidden = !can && document.activeElement !== $("undo");
  $("undo").textContent = can ? `Undo ${undo}` : "Undo";
}

const count = (n, word) => `${n === 1 ? "One" : n} ${word}${n === 1 ? "" : "s"}`;

function able(button, can) {
  button.classList.toggle("never", !can);
  button.setAttribute("aria-disabled", String(!can || session.running));
}

// While a press is under way no button takes another; they keep the focus, so they are not disabled outright.
function busy(running) {
  document.documentElement.classList.toggle("busy", running);
  for (const button of document.querySelectorAll("main button:not(.play)")) {
    if (running || button.classList.contains("never")) button.setAttribute("aria-disabled", "true");
    else button.removeAttribute("aria-disabled");
  }
}

function trouble(text) {
  const shown = $("trouble").firstElementChild?.textContent ?? null;
  if (text === shown) return;
  if (text === null) {
    $("trouble").replaceChildren();
    say("The server is there again.");
    return;
  }
  const line = document.createElement("p");
  line.textContent = text;
  const again = document.createElement("button");
  again.type = "button";
  again.textContent = "Try again";
  again.addEventListener("click", () => session.again());
  $("trouble").replaceChildren(line, again);
}

function setTempo(tempo) {
  player.setTempo(tempo);
  $("tempo").value = String(tempo);
  $("beats").textContent = String(tempo);
}

async function hearReal() {
  try {
    const { card } = await ask("/api/real");
    $("real-panel").hidden = false;
    player.stop();
    real.show(card, session.state.frame, "a real tune");
    $("real-card").querySelector(".how").textContent = card.how.replace(/(?<=[a-z])(?=[A-Z])/g, " ").replaceAll("_", " "); // TelephoneHornpipe
    player.play(real);
  } catch (error) {
    say(error.message);
  }
}

$("breed").addEventListener("click", once(() => {
  if ($("breed").classList.contains("never")) say(`Not yet: ${$("need").textContent}.`);
  else session.press("breed", () => ({}), { after: (state) => say(`Generation ${state.generation + 1}: ${state.cards.length} new melodies`) });
}));
$("undo").addEventListener("click", once(() => {
  const what = $("undo").textContent.replace("Undo ", "");
  if (!$("undo").classList.contains("never")) session.press("undo", () => ({}), { after: () => say(`Undone: ${what}`) });
}));
$("mode").addEventListener("change", (event) => session.press("mode", () => ({ mode: event.target.value }), { merge: "mode" }));
$("real").addEventListener("click", once(hearReal));
$("real-close").addEventListener("click", () => {
  if (player.playing?.view === real) player.stop("Stopped");
  $("real-panel").hidden = true;
  $("real").focus();
});
$("stop").addEventListener("click", () => player.stop("Stopped"));
$("more").addEventListener("click", () => {
  $("more").setAttribute("aria-expanded", String($("settings").classList.toggle("open")));
});
$("tempo").addEventListener("input", () => setTempo(Number($("tempo").value)));
new MutationObserver(() => $("stop").setAttribute("aria-disabled", String(!player.playing)))
  .observe(document.documentElement, { attributeFilter: ["data-playing"] });
addEventListener("pagehide", () => { session.leaving = true; });
addEventListener("pageshow", () => { session.leaving = false; });
listenToKeys($("keys"), player, pair);

await session.load();
session.connect();
