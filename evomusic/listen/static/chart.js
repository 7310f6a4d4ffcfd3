// Curves of all methods of a task: returns against steps, whose axis is logarithmic, with the levels of the task.

const SVG = "http://www.w3.org/2000/svg";
const TALL = 340, LEFT = 56, MARGIN = 132, TOP = 12, BOTTOM = 26, APART = 14;
const NARROW = 560; // pixels, below which names have no room beside the curves: the cards have them too

export function element(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function chart(task, steps, room) {
  const WIDE = Math.min(Math.max(room, 280), 1100);
  const RIGHT = WIDE < NARROW ? 10 : MARGIN;
  const drawn = task.methods.filter((method) => method.curve);
  const svg = element("svg", { viewBox: `0 0 ${WIDE} ${TALL}`, role: "img", "aria-label": summary(task, drawn) });
  if (!drawn.length) return svg;
  const [low, high] = range(task, drawn, steps);
  const least = Math.min(...drawn.map((method) => method.curve.steps[0]));
  const x = (at) => LEFT + (Math.log(Math.max(at, least) / least) / Math.log(steps / least)) * (WIDE - LEFT - RIGHT);
  const y = (value) => TOP + ((high - Math.max(value, low)) / (high - low)) * (TALL - TOP - BOTTOM);
  axes(svg, { least, steps, low, high, x, y, left: LEFT, right: WIDE - RIGHT });
  const names = task.levels
    .filter((level) => level.value >= low && level.value <= high)
    .map((level) => ({ label: level.label, at: y(level.value) }));
  for (const { at } of names) svg.append(element("line", { class: "level", x1: LEFT, x2: WIDE - RIGHT, y1: at, y2: at }));
  for (const method of drawn) {
    const { curve: { steps: at, value, low: under, high: over }, colour } = method;
    const points = (row) => at.map((step, i) => `${x(step).toFixed(1)},${y(row[i]).toFixed(1)}`);
    const band = [...points(over), ...points(under).reverse()].join(" ");
    svg.append(element("polygon", { class: "band", points: band, fill: colour }));
    svg.append(element("polyline", { class: "line", points: points(value).join(" "), stroke: colour }));
    names.push({ label: method.label, at: y(value.at(-1)), colour });
  }
  if (RIGHT === MARGIN) label(svg, names, WIDE - RIGHT);
  return svg;
}

function range(task, drawn, steps) {
  const late = drawn.map(({ curve }) => curve.value[Math.max(curve.steps.findIndex((each) => each >= steps / 8), 0)]);
  const ends = drawn.map(({ curve }) => curve.value.at(-1));
  const high = Math.max(...ends, ...task.levels.slice(0, 1).map((level) => level.value));
  const low = Math.min(...late, ...ends);
  const room = (high - low || 1) * 0.06;
  return [low - room, high + room];
}

function axes(svg, { least, steps, low, high, x, y, left, right }) {
  for (let power = Math.ceil(Math.log10(least)); 10 ** power <= steps; power += 1) {
    const at = x(10 ** power);
    svg.append(element("line", { class: "grid", x1: at, x2: at, y1: TOP, y2: TALL - BOTTOM }));
    svg.append(element("text", { x: at, y: TALL - BOTTOM + 16, "text-anchor": "middle" }, (10 ** power).toLocaleString("en")));
  }
  const step = nice((high - low) / 5);
  for (let value = Math.ceil(low / step) * step; value <= high; value += step) {
    svg.append(element("line", { class: "grid", x1: left, x2: right, y1: y(value), y2: y(value) }));
    svg.append(element("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, String(Number(value.toPrecision(6)))));
  }
}

function nice(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].find((each) => each * power >= value) * power;
}

// Names right of the lines, moved apart where they would overlap.
function label(svg, names, edge) {
  names.sort((a, b) => a.at - b.at);
  let last = -Infinity;
  for (const name of names) {
    name.place = Math.max(name.at, last + APART);
    last = name.place;
  }
  const over = Math.max(last - (TALL - BOTTOM), 0);
  for (const { label: text, at, place, colour } of names) {
    const [from, to] = [edge + 3, edge + 16];
    svg.append(element("line", { x1: from, x2: to, y1: at, y2: place - over, stroke: colour ?? "var(--edge)", "stroke-width": 1 }));
    const made = element("text", { x: to + 4, y: place - over + 4 }, text);
    if (colour) made.style.fill = colour;
    svg.append(made);
  }
}

function summary(task, drawn) {
  const ends = drawn.map((method) => `${method.label} ${method.curve.value.at(-1).toFixed(2)}`);
  const levels = task.levels.map((level) => `${level.label} ${level.value.toFixed(2)}`);
  return `best return by steps on ${task.label}: ${[...ends, ...levels].join(", ")}`;
}
