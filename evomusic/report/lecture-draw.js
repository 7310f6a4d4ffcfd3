"use strict";
// Pictures of the lecture's pages: bars, lines with intervals, and melodies that play.
const pictures = (() => {
  const WIDE = 360;
  const shown = (x) => (Math.abs(x) < 5e-5 ? "0" : x.toFixed(Math.abs(x) < 10 ? 3 : 1).replace(/\.?0+$/, "").replace("-", "−"));

  function element(name, attributes = {}, ...children) {
    const space = ["svg", "g", "rect", "line", "path", "text", "title"].includes(name);
    const made = space ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  }

  const svg = (label, high, ...children) =>
    element("svg", { viewBox: `0 0 ${WIDE} ${high}`, role: "img", "aria-label": label, class: "chart" }, ...children);
  const text = (x, y, words, more = {}) => element("text", { x, y, ...more }, words);
  const figure = (title, ...children) => element("figure", {}, element("figcaption", {}, title), ...children);

  // Rows of {label, value, mark}; marked ones are drawn in full ink.
  function bars(title, rows, unit = "") {
    const low = Math.min(0, ...rows.map((row) => row.value));
    const high = Math.max(0, ...rows.map((row) => row.value)) || (low < 0 ? 0 : 1);
    const left = Math.min(150, 16 + 6.6 * Math.max(...rows.map((row) => row.label.length))), right = 52, tall = 22;
    const place = (x) => left + ((x - low) / (high - low)) * (WIDE - left - right);
    const parts = rows.flatMap(({ label, value, mark }, i) => {
      const x = Math.min(place(0), place(value)), width = Math.max(Math.abs(place(value) - place(0)), 1);
      return [
        text(left - 6, i * tall + 15, label, { "text-anchor": "end" }),
        element("rect", { x, y: i * tall + 4, width, height: tall - 8, rx: 2, class: mark ? "bar marked" : "bar" }),
        text(WIDE - 2, i * tall + 15, shown(value) + unit, { "text-anchor": "end", class: "value" }),
      ];
    });
    const zero = element("line", { x1: place(0), x2: place(0), y1: 0, y2: rows.length * tall, class: "axis" });
    const said = rows.map((row) => `${row.label} ${shown(row.value)}${unit}`).join(", ");
    return figure(title, svg(`${title}: ${said}`, rows.length * tall, ...parts, zero));
  }

  function ticks(low, high) {
    const rough = (high - low) / 4, power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((m) => m * power).find((s) => s >= rough);
    const found = [];
    for (let x = Math.ceil(low / step) * step; x <= high + step * 1e-6; x += step) found.push(Math.abs(x) < step * 1e-6 ? 0 : x);
    return found;
  }

  // Series of {name, points: [{x, mean, half}]}; references of {name, value}; `at` is the x of a mark, `names` those of x 0, 1, ...
  function lines(title, series, { across, references = [], at = null, names = null }) {
    const points = series.flatMap((each) => each.points);
    const ys = [...points.flatMap((p) => [p.mean - (p.half || 0), p.mean + (p.half || 0)]), ...references.map((r) => r.value)];
    const [x0, x1] = [Math.min(...points.map((p) => p.x)), Math.max(...points.map((p) => p.x))];
    const margin = (Math.max(...ys) - Math.min(...ys) || 1) * 0.05;
    const [y0, y1] = [Math.min(...ys) - margin, Math.max(...ys) + margin];
    const [left, right, top, high] = [40, 8, 6, 180];
    const px = (x) => left + ((x - x0) / (x1 - x0 || 1)) * (WIDE - left - right);
    const py = (y) => top + ((y1 - y) / (y1 - y0)) * (high - top);
    const parts = [];
    for (const y of ticks(y0, y1)) {
      parts.push(element("line", { x1: left, x2: WIDE - right, y1: py(y), y2: py(y), class: "grid" }));
      parts.push(text(left - 5, py(y) + 4, shown(y), { "text-anchor": "end" }));
    }
    for (const x of names ? names.keys() : ticks(x0, x1)) {
      parts.push(text(px(x), high + 16, names ? names[x] : shown(x), { "text-anchor": x === x1 ? "end" : "middle" }));
    }
    parts.push(text((left + WIDE - right) / 2, high + 34, across, { "text-anchor": "middle" }));
    references.forEach((r, i) => parts.push(element("line", { x1: left, x2: WIDE - right, y1: py(r.value), y2: py(r.value), class: `reference r${i}` })));
    if (at !== null) parts.push(element("line", { x1: px(at), x2: px(at), y1: top, y2: high, class: "mark" }));
    series.forEach(({ points: line }, i) => {
      if (line.some((p) => p.half)) {
        const edge = [...line.map((p) => [p.x, p.mean + p.half]), ...line.map((p) => [p.x, p.mean - p.half]).reverse()];
        parts.push(element("path", { d: `M${edge.map(([x, y]) => `${px(x).toFixed(1)},${py(y).toFixed(1)}`).join("L")}Z`, class: `band c${i}` }));
      }
      parts.push(element("path", { d: `M${line.map((p) => `${px(p.x).toFixed(1)},${py(p.mean).toFixed(1)}`).join("L")}`, class: `curve c${i}` }));
    });
    const key = element("ul", { class: "key" },
      ...series.map((each, i) => entry(`curve c${i}`, each.name)),
      ...references.map((r, i) => entry(`reference r${i}`, `${r.name}: ${shown(r.value)}`)));
    const said = series.map((each) => `${each.name} ends at ${shown(each.points[each.points.length - 1].mean)}`).join(", ");
    return figure(title, svg(`${title}, by ${across}: ${said}`, high + 40, ...parts), key);
  }

  const entry = (kind, name) => element("li", {},
    element("svg", { viewBox: "0 0 24 8", "aria-hidden": "true" }, element("line", { x1: 0, x2: 24, y1: 4, y2: 4, class: kind })), name);

  function table(title, header, rows) {
    const body = rows.map((row) => element("tr", {}, ...row.map((cell, i) => element(i ? "td" : "th", i ? {} : { scope: "row" }, ...[cell].flat()))));
    const head = element("tr", {}, ...header.map((name) => element("th", { scope: "col" }, name)));
    const made = element("table", {}, element("caption", { class: "unseen" }, title), element("thead", {}, head), element("tbody", {}, ...body));
    return element("div", { class: "wide", tabindex: 0, role: "region", "aria-label": title }, made);
  }

  // Notes of tokens: pitch, onset and length in steps.
  function notes(tokens, pitches) {
    const found = [];
    let open = false;
    tokens.forEach((token, t) => {
      if (token >= 2) found.push({ pitch: pitches[token - 2], row: token - 2, onset: t, length: 1 });
      else if (token === 1 && open) found[found.length - 1].length += 1;
      open = token >= 2 || (token === 1 && open);
    });
    return found;
  }

  const player = { stop: () => {} };

  function roll(title, tokens, { pitches, names, beats, tempo }) {
    const left = 30, tall = 18, high = pitches.length * tall, step = (WIDE - left - 4) / tokens.length;
    const heard = notes(tokens, pitches);
    const row = (i) => (pitches.length - 1 - i) * tall;
    const parts = pitches.map((_, i) => text(left - 5, row(i) + 13, names[i + 2], { "text-anchor": "end" }));
    for (let t = 0; t <= tokens.length; t += 1) {
      parts.push(element("line", { x1: left + t * step, x2: left + t * step, y1: 0, y2: high, class: t % beats ? "grid" : "axis" }));
    }
    const marks = heard.map((note) => element("rect", { x: left + note.onset * step + 1, y: row(note.row) + 2, width: note.length * step - 3, height: tall - 4, rx: 2, class: "note" }));
    const words = heard.length ? heard.map((note) => names[note.row + 2]).join(" ") : "silence";
    const button = element("button", { type: "button" }, "Play", element("span", { class: "unseen" }, ` ${title}`));
    button.addEventListener("click", () => play(button, heard, marks, tokens.length, 60 / tempo));
    return figure(title, svg(`piano roll of ${title}: ${words}`, high, ...parts, ...marks), button);
  }

  function play(button, heard, marks, steps, seconds) {
    const mine = button.dataset.playing;
    player.stop();
    if (mine) return;
    synth.open().then(() => {
      player.stop();
      const begin = synth.now() + 0.08;
      heard.forEach((note) => synth.sound(note.pitch, begin + note.onset * seconds, note.length * seconds * 0.94));
      button.dataset.playing = "yes";
      button.firstChild.textContent = "Stop";
      const timer = setInterval(() => {
        const step = (synth.now() - begin) / seconds;
        heard.forEach((note, i) => marks[i].classList.toggle("sounding", note.onset <= step && step < note.onset + note.length));
        if (step >= steps) player.stop();
      }, 30);
      player.stop = () => {
        clearInterval(timer);
        synth.hush();
        delete button.dataset.playing;
        button.firstChild.textContent = "Play";
        marks.forEach((mark) => mark.classList.remove("sounding"));
        player.stop = () => {};
      };
    }).catch(() => { document.getElementById("said").textContent = "This browser gives no sound here."; });
  }

  document.addEventListener("keydown", (event) => { if (event.key === "Escape") player.stop(); });
  return { element, bars, lines, table, roll, shown, stop: () => player.stop() };
})();
