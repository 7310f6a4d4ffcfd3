// A melody's picture from the server, with a cursor that moves over it and notes that light up.

const SVG = "http://www.w3.org/2000/svg";
const HREF = "http://www.w3.org/1999/xlink";
const SOME = 80; // pictures that are remembered
const AGAIN = 1000; // milliseconds until a picture that did not come is asked for again
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const texts = new Map();
let mounted = 0;

async function text({ id, picture: path = `/api/cards/${encodeURIComponent(id)}/score.svg` }) {
  if (!texts.has(id)) {
    const answer = await fetch(path);
    if (!answer.ok) throw new Error(`no score: ${answer.status}`);
    texts.set(id, await answer.text());
    if (texts.size > SOME) texts.delete(texts.keys().next().value);
  }
  return texts.get(id);
}

// The picture as an element; its identifiers are its own, for a melody may be shown twice.
function picture(source) {
  const parsed = new DOMParser().parseFromString(source, "image/svg+xml").documentElement;
  if (parsed.namespaceURI !== SVG || parsed.localName !== "svg") throw new Error("no picture");
  const svg = document.importNode(parsed, true);
  const place = `s${(mounted += 1)}-`;
  for (const element of svg.querySelectorAll("[id]")) element.id = place + element.id;
  for (const element of svg.querySelectorAll("use")) {
    element.setAttributeNS(HREF, "xlink:href", `#${place}${element.getAttributeNS(HREF, "href").slice(1)}`);
  }
  return svg;
}

export class Score {
  constructor(holder) {
    this.holder = holder;
    this.id = null;
    this.svg = null;
    this.chosen = -1; // the note that is edited
  }

  async show(card, frame, label) {
    this.notes = card.notes;
    this.frame = frame;
    this.label = label;
    this.svg?.setAttribute("aria-label", label);
    if (this.id === card.id) return;
    this.id = card.id;
    if (!this.svg) this.holder.style.aspectRatio = String(1000 / (78 + 223 * Math.ceil(frame.bars / 2))); // as high as it will be
    let svg;
    try {
      svg = picture(await text(card));
    } catch {
      if (this.id === card.id) this.missing(card);
      return;
    }
    if (this.id !== card.id) return; // another melody came in the meantime
    svg.setAttribute("aria-label", this.label);
    this.holder.replaceChildren(svg);
    this.holder.style.aspectRatio = "";
    this.svg = svg;
    this.marks = [...svg.querySelectorAll("[data-note]")];
    this.cursor = null;
    if (this.lit) this.ready();
    this.select(this.chosen);
  }

  // No picture, rather than another melody's; it is asked for again.
  missing(card) {
    this.holder.replaceChildren();
    Object.assign(this, { id: null, svg: null, marks: [], cursor: null });
    setTimeout(() => { if (this.id === null && this.notes === card.notes) this.show(card, this.frame, this.label); }, AGAIN);
  }

  // Before it plays: where the cursor is at which beat.
  ready() {
    this.lit = true;
    if (!this.svg) return;
    this.path = "beat" in this.svg.dataset ? alongRoll(this.svg, this.frame) : alongScore(this.svg, this.marks, this.notes, this.frame);
    this.cursor = this.svg.querySelector(".cursor") ?? document.createElementNS(SVG, "line");
    this.cursor.setAttribute("class", "cursor");
    if (!this.cursor.parentNode) this.svg.append(this.cursor);
  }

  at(beat) {
    if (!this.cursor) return;
    for (const mark of this.marks) {
      const note = this.notes[Number(mark.dataset.note)];
      mark.classList.toggle("sounding", Boolean(note) && note[1] <= beat && beat < note[1] + note[2]);
    }
    const piece = this.path.findLast((each) => each.from <= beat) ?? this.path[0];
    if (!piece) return;
    const way = calm.matches ? 0 : Math.min((beat - piece.from) / Math.max(piece.to - piece.from, 1e-6), 1);
    const x = piece.left + Math.max(way, 0) * (piece.right - piece.left);
    for (const [name, value] of [["x1", x], ["x2", x], ["y1", piece.top], ["y2", piece.bottom]]) {
      this.cursor.setAttribute(name, value.toFixed(1));
    }
    this.cursor.classList.add("moving");
  }

  clear() {
    this.lit = false;
    this.cursor?.classList.remove("moving");
    this.marks?.forEach((mark) => mark.classList.remove("sounding"));
  }

  select(note) {
    this.chosen = note;
    this.marks?.forEach((mark) => mark.classList.toggle("selected", Number(mark.dataset.note) === note));
  }
}

function alongRoll(svg, frame) {
  const { viewBox: { baseVal: box }, dataset } = svg;
  const left = Number(dataset.left);
  return [{ from: 0, to: frame.length, left, right: left + frame.length * Number(dataset.beat), top: 0, bottom: box.height }];
}

// Pieces of the cursor's way through a score, from each note's head to the next, in the picture's units.
function alongScore(svg, marks, notes, frame) {
  const all = svg.getBoundingClientRect();
  const unit = svg.viewBox.baseVal.width / (all.width || 1);
  const points = [];
  const parts = new Map(); // of tied notes, by note
  for (const mark of marks) {
    const note = Number(mark.dataset.note);
    const part = parts.get(note) ?? 0;
    parts.set(note, part + 1);
    if (!notes[note]) continue;
    const [, onset, long] = notes[note];
    const beat = part === 0 ? onset : frame.barlines.filter((line) => line > onset && line < onset + long)[part - 1];
    if (beat === undefined) continue;
    const box = (mark.querySelector("use") ?? mark).getBoundingClientRect();
    points.push({ beat, x: (box.left + box.width / 2 - all.left) * unit });
  }
  return pieces(points, staves(svg), frame);
}

function pieces(points, lines, frame) {
  const way = [];
  let line = 0;
  points.forEach((point, i) => {
    const next = points[i + 1];
    const staff = lines[Math.min(line, lines.length - 1)];
    const turns = next && next.x <= point.x;
    const bar = turns ? frame.barlines.findLast((each) => each <= next.beat) : frame.length;
    const to = next && !turns ? next.beat : bar;
    const right = next && !turns ? next.x : staff.right;
    way.push({ from: point.beat, to, left: point.x, right, top: staff.top, bottom: staff.bottom });
    if (turns) {
      line += 1;
      const below = lines[Math.min(line, lines.length - 1)];
      if (bar < next.beat) way.push({ from: bar, to: next.beat, left: below.left + (next.x - below.left) / 2, right: next.x, top: below.top, bottom: below.bottom });
    }
  });
  return way;
}

// The staves of a picture, by their long level lines, with some room above and below.
function staves(svg) {
  const { width, height } = svg.viewBox.baseVal;
  const own = svg.getScreenCTM();
  const found = [];
  for (const path of svg.querySelectorAll("path")) {
    const numbers = /^M\s*(\S+)[ ,](\S+)\s*L\s*(\S+)[ ,](\S+)\s*$/.exec(path.getAttribute("d") ?? "")?.slice(1).map(Number);
    if (!numbers || numbers[1] !== numbers[3] || numbers[2] - numbers[0] < width / 12) continue;
    const matrix = own.inverse().multiply(path.getScreenCTM());
    const from = new DOMPoint(numbers[0], numbers[1]).matrixTransform(matrix);
    const [left, right] = [from.x, from.x + (numbers[2] - numbers[0]) * matrix.a];
    const same = found.find((each) => Math.abs(each.y - from.y) < 1); // each bar draws its own lines
    if (same) Object.assign(same, { left: Math.min(same.left, left), right: Math.max(same.right, right) });
    else found.push({ left, right, y: from.y });
  }
  found.sort((a, b) => a.y - b.y);
  const all = [];
  for (let i = 0; i + 5 <= found.length; i += 5) {
    const tall = found[i + 4].y - found[i].y;
    all.push({ left: found[i].left, right: found[i].right, top: found[i].y - tall * 0.7, bottom: found[i + 4].y + tall * 0.7 });
  }
  return all.length ? all : [{ left: 0, right: width, top: 0, bottom: height }];
}
