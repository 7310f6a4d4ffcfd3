// A study as it grows: a chart and a card a method for each task, made anew only where something has changed.

import { chart } from "/static/chart.js";
import { downloads } from "/static/downloads.js";
import { archive, policy } from "/static/inside.js";
import { Player } from "/static/player.js";
import { View } from "/static/view.js";

const by = (id) => document.getElementById(id);
const checked = (id) => () => by(id).checked;
const say = (text) => (by("said").textContent = text);
const player = new Player({ loop: checked("loop"), click: () => false, chords: checked("chords") }, (text) => {
  say(text);
  by("stop").setAttribute("aria-disabled", String(!player.playing));
});
const sections = new Map();
let version = 0;

async function json(path) {
  const answer = await fetch(path);
  const body = await answer.json();
  if (!answer.ok) throw new Error(body.error);
  return body;
}

function trouble(text) {
  by("trouble").textContent = text;
}

async function refresh() {
  try {
    const state = await json("/api/state");
    version = state.version;
    show(state);
    trouble("");
  } catch (error) {
    trouble(error.message || "The server is gone: run the command again.");
  }
}

function show(state) {
  by("main").setAttribute("aria-busy", "false");
  by("title").textContent = state.folder;
  document.title = `evomusic: ${state.folder}`;
  by("size").textContent = `${state.steps.toLocaleString("en")} steps, ${state.seeds} seeds`;
  const whole = state.done === state.of;
  by("instruction").textContent = whole ? "The study is complete. Hear the best of each method." : "The study is running. Curves and melodies come as cells finish.";
  by("progress").value = state.done / Math.max(state.of, 1);
  by("count").textContent = `${state.done} of ${state.of} cells`;
  for (const task of state.tasks) showTask(task, state);
}

function showTask(task, state) {
  if (!sections.has(task.label)) {
    const section = by("task").content.cloneNode(true).firstElementChild;
    section.querySelector("h2").textContent = task.label;
    by("tasks").append(section);
    sections.set(task.label, { section, cards: new Map() });
  }
  const { section, cards } = sections.get(task.label);
  const first = task.levels[0];
  section.querySelector(".about").textContent = first ? `${first.label} ${first.value.toFixed(2)}${task.certified ? ", proved" : ""}` : "its optimum is being computed";
  const holder = section.querySelector(".chart");
  holder.replaceChildren(chart(task, state.steps, holder.clientWidth));
  section.querySelector(".reading").textContent = `Best return by steps (log scale); ${state.reading}.`;
  for (const method of task.methods) showMethod(task, method, section, cards);
}

function showMethod(task, method, section, cards) {
  if (!method.best) return;
  if (!cards.has(method.id)) cards.set(method.id, card(task, method, section));
  const { view, how, article } = cards.get(method.id);
  const { best } = method;
  const regret = task.certified ? `, regret ${(task.levels[0].value - best.return).toFixed(2)}` : "";
  how.textContent = `${best.return.toFixed(2)}${regret}; ${method.done} of ${method.of} cells`;
  const id = `${method.id}-${best.seed}-${best.return}`; // another melody, another picture
  view.frame = task.frame;
  view.show({ id, notes: best.notes, picture: `/api/best/${method.id}/score.svg` }, task.frame, `${method.label} on ${task.label}`);
  downloads(article, `/api/best/${method.id}/tune`);
}

function card(task, method, section) {
  const article = by("method").content.cloneNode(true).firstElementChild;
  article.querySelector("h3 span").textContent = method.label;
  article.querySelector(".swatch").style.background = method.colour;
  article.dataset.place = method.id.split("-")[1];
  const later = [...section.querySelectorAll(".cards > article")].find((other) => Number(other.dataset.place) > Number(article.dataset.place));
  section.querySelector(".cards").insertBefore(article, later ?? null);
  const view = new View(article, player, method.label);
  view.toggle = () => {
    player.frame = view.frame;
    player.tempo = view.frame.tempo;
    player.toggle(view);
  };
  const look = article.querySelector(".look");
  look.hidden = !method.inside;
  look.textContent = method.inside === "archive" ? "Look into the archive" : "Look at the policy";
  look.addEventListener("click", () => inside(task, method, article, look));
  return { view, how: article.querySelector(".how"), article };
}

async function inside(task, method, article, look) {
  const holder = article.querySelector(".inside");
  if (!holder.hidden) {
    holder.hidden = true;
    look.setAttribute("aria-expanded", "false");
    return;
  }
  look.disabled = true;
  say(`Running ${method.label} again, with the same seed …`);
  try {
    const found = await json(`/api/inside/${method.id}`);
    player.frame = task.frame;
    player.tempo = task.frame.tempo;
    const text = document.createElement("p");
    text.className = "soft";
    text.textContent = found.kind === "archive" ? "Each cell is a melody: click to hear it, or walk with the arrows and press Enter." : "Values of the tokens (rows) at each step (columns) of the melody that the policy writes: the brighter the greater, framed is what it writes, blank what it never tried.";
    holder.replaceChildren(text, found.kind === "archive" ? archive(found, { toggle: (view) => {
      player.frame = task.frame;
      player.tempo = task.frame.tempo;
      player.toggle(view);
    } }, say) : policy(found, task.frame));
    holder.hidden = false;
    look.setAttribute("aria-expanded", "true");
    say("");
  } catch (error) {
    say(error.message);
  }
  look.disabled = false;
}

by("stop").addEventListener("click", () => player.stop("Stopped"));
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") player.stop("Stopped");
});
const events = new EventSource("/api/events");
events.addEventListener("state", (event) => {
  if (JSON.parse(event.data).version !== version) refresh();
});
events.addEventListener("progress", (event) => trouble(JSON.parse(event.data).text));
events.addEventListener("error", () => trouble("The server is gone: run the command again."));
events.addEventListener("open", () => trouble(""));
refresh();
