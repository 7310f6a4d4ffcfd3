// What is inside of a method: an archive whose cells play, or a policy's values and choices by token and step.

import { element } from "/static/chart.js";

const SIDE = 320, LEFT = 44, TOP = 6, BOTTOM = 34;
const VIRIDIS = [[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]];

export function colour(share) {
  const at = Math.min(Math.max(share, 0), 1) * (VIRIDIS.length - 1);
  const i = Math.min(Math.floor(at), VIRIDIS.length - 2);
  const mixed = VIRIDIS[i].map((from, k) => Math.round(from + (at - i) * (VIRIDIS[i + 1][k] - from)));
  return `rgb(${mixed.join(",")})`;
}

const silent = { ready() {}, at() {}, clear() {} };

export function archive(found, player, say) {
  const width = LEFT + SIDE + 8;
  const svg = element("svg", { viewBox: `0 0 ${width} ${TOP + SIDE + BOTTOM}`, role: "group", "aria-label": `archive of ${found.elites.length} melodies` });
  const [x, y] = [(a) => LEFT + a * SIDE, (a) => TOP + (1 - a) * SIDE];
  const points = (outline) => outline.map(([a, b]) => `${x(a).toFixed(1)},${y(b).toFixed(1)}`).join(" ");
  for (const outline of found.outlines) svg.append(element("polygon", { class: "cell", points: points(outline) }));
  const returns = found.elites.map((elite) => elite.return).sort((a, b) => a - b);
  const [low, high] = [returns[Math.floor(returns.length * 0.1)], returns.at(-1)];
  const cells = found.elites.map((elite) => {
    const outline = found.outlines[elite.cell];
    const words = found.axes.map((axis, i) => `${axis.name} ${Number(elite.measures[i].toFixed(2))}`).join(", ");
    const label = `return ${elite.return.toFixed(2)}, ${words}`;
    const cell = element("polygon", {
      class: "elite", points: points(outline), fill: colour((elite.return - low) / (high - low || 1)),
      role: "button", tabindex: -1, "aria-label": label,
    });
    cell.append(element("title", {}, label));
    const view = { label, notes: elite.notes, score: silent, marked: (on) => cell.classList.toggle("playing", on) };
    cell.addEventListener("click", () => player.toggle(view));
    cell.addEventListener("focus", () => say(label));
    const middle = [0, 1].map((k) => outline.reduce((sum, corner) => sum + corner[k], 0) / outline.length);
    return { cell, view, middle, value: elite.return };
  });
  const best = cells.reduce((a, b) => (b.value > a.value ? b : a));
  best.cell.setAttribute("tabindex", 0);
  svg.append(...cells.map((each) => each.cell));
  svg.addEventListener("keydown", (event) => move(event, cells, player));
  found.axes.forEach((axis, i) => name(svg, axis, i));
  return svg;
}

// Arrows go to the nearest melody on that side; Enter and space play.
function move(event, cells, player) {
  const here = cells.find((each) => each.cell === document.activeElement);
  if (!here) return;
  if (event.key === "Enter" || event.key === " ") {
    event.preventDefault();
    player.toggle(here.view);
    return;
  }
  const way = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
  if (!way) return;
  event.preventDefault();
  const far = (each) => {
    const [dx, dy] = [0, 1].map((k) => each.middle[k] - here.middle[k]);
    const along = dx * way[0] + dy * way[1];
    return along > 1e-6 ? along + 3 * Math.abs(dx * way[1] + dy * way[0]) : Infinity;
  };
  const next = cells.reduce((a, b) => (far(b) < far(a) ? b : a));
  if (far(next) === Infinity) return;
  here.cell.setAttribute("tabindex", -1);
  next.cell.setAttribute("tabindex", 0);
  next.cell.focus();
}

function name(svg, axis, i) {
  const number = (value) => String(Number(value.toFixed(2)));
  if (i === 0) {
    svg.append(element("text", { x: LEFT, y: TOP + SIDE + 14 }, number(axis.low)));
    svg.append(element("text", { x: LEFT + SIDE, y: TOP + SIDE + 14, "text-anchor": "end" }, number(axis.high)));
    svg.append(element("text", { x: LEFT + SIDE / 2, y: TOP + SIDE + 28, "text-anchor": "middle" }, axis.name));
    return;
  }
  svg.append(element("text", { x: LEFT - 6, y: TOP + SIDE, "text-anchor": "end" }, number(axis.low)));
  svg.append(element("text", { x: LEFT - 6, y: TOP + 10, "text-anchor": "end" }, number(axis.high)));
  const turned = element("text", { "text-anchor": "middle", transform: `translate(12 ${TOP + SIDE / 2}) rotate(-90)` }, axis.name);
  svg.append(turned);
}

// Values by token (rows, high pitches above) and step (columns) along the melody that the policy chooses.
export function policy(found, frame) {
  const { tokens, q, greedy, first } = found;
  const steps = greedy.length;
  const rows = [...tokens.keys()].filter((token) => token >= first).reverse().concat([1, 0]); // hold and rest below
  const [wide, tall] = [(520 - 40) / steps, Math.min(14, 260 / rows.length)];
  const svg = element("svg", { viewBox: `0 0 520 ${rows.length * tall + 2}`, role: "img", "aria-label": `values of ${rows.length} tokens at ${steps} steps; the policy writes ${found.names.join(" ")}` });
  const known = greedy.map((_, step) => q.map((row) => row[step]).filter((value) => value !== null));
  rows.forEach((token, r) => {
    for (let step = 0; step < steps; step += 1) {
      const [value, at] = [q[token][step], { x: 40 + step * wide, y: r * tall }];
      const [low, high] = [Math.min(...known[step]), Math.max(...known[step])];
      if (value !== null) svg.append(element("rect", { ...at, width: wide, height: tall, fill: colour((value - low) / (high - low || 1)) }));
      if (greedy[step] === token) svg.append(element("rect", { class: "chosen", x: at.x + 0.7, y: at.y + 0.7, width: wide - 1.4, height: tall - 1.4 }));
    }
    if (r % Math.ceil(12 / tall) === 0 || token < first) svg.append(element("text", { x: 36, y: (r + 0.5) * tall + 4, "text-anchor": "end" }, tokens[token]));
  });
  for (const line of frame.barlines) {
    const at = 40 + (line / frame.length) * steps * wide;
    svg.append(element("line", { class: "bar", x1: at, x2: at, y1: 0, y2: rows.length * tall }));
  }
  return svg;
}
