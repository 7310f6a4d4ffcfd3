// Plays one melody at a time. Time is counted in beats; the audio clock is the only clock.
//
// What is played is a view: {label, notes: [[pitch, onset, length], ...], score: {at(beat), clear()}, marked(on)}.

import { Sound } from "/static/sound.js";

const AHEAD = 0.15; // seconds that are handed to the audio clock in advance
const HIDDEN = 1.6; // ... in a hidden tab, whose timers run once a second
const EVERY = 25; // milliseconds
const LEAD = 0.08; // seconds from the press to the first note

export class Player {
  // options: functions `loop`, `click` and `chords`, read while playing; `say` is told what happens.
  constructor(options, say) {
    this.options = options;
    this.say = say;
    this.sound = new Sound();
    this.frame = null;
    this.playing = null;
    this.tempo = 120;
    this.pressed = 0;
    this.root = document.documentElement;
  }

  toggle(view) {
    if (this.playing?.view === view) this.stop("Stopped");
    else this.play(view);
  }

  async play(view) {
    this.stop();
    const press = ++this.pressed;
    try {
      await this.sound.open();
    } catch {
      this.say("This browser gives no sound here.");
      return;
    }
    if (press !== this.pressed) return; // another was pressed while the device opened
    this.playing = { view, base: 0, time: this.sound.now + LEAD, round: 0, next: 0, until: 0, events: this.events(view) };
    this.playing.timer = setInterval(() => this.schedule(), EVERY);
    view.score.ready();
    view.marked(true);
    this.root.dataset.playing = view.label;
    this.say(`Playing ${view.label}`);
    this.schedule();
    this.draw();
  }

  stop(word) {
    this.pressed += 1;
    if (!this.playing) return;
    const { view, timer } = this.playing;
    clearInterval(timer);
    if (word !== "Finished") this.sound.hush();
    this.playing = null;
    view.score.clear();
    view.marked(false);
    delete this.root.dataset.playing;
    if (word) this.say(`${word}: ${view.label}`);
  }

  // The view's notes are others now: play on where it was.
  changed(view) {
    if (this.playing?.view !== view) return;
    const { until, round } = this.playing;
    const events = this.events(view);
    const next = events.findIndex(([onset]) => onset + round * this.frame.length > until);
    Object.assign(this.playing, { events, next: next < 0 ? events.length : next });
    this.root.dataset.playing = view.label;
    view.score.ready();
    view.marked(true);
  }

  // One note, to be heard at once.
  async touch(pitch) {
    await this.sound.open();
    this.sound.note(pitch, this.sound.now, 0.45);
  }

  setTempo(tempo) {
    if (this.playing) { // what was played so far was played at the old tempo
      const now = this.sound.now;
      Object.assign(this.playing, { base: this.beat(now), time: now });
    }
    this.tempo = tempo;
  }

  get rate() {
    return this.tempo / 60; // beats a second
  }

  beat(time) {
    return this.playing.base + (time - this.playing.time) * this.rate;
  }

  events(view) {
    const { chords, barlines, length } = this.frame;
    const clicks = [];
    for (let beat = barlines.length ? barlines[0] % 1 : 0; beat < length; beat += 1) {
      clicks.push([beat, "click", barlines.includes(beat)]);
    }
    const notes = view.notes.map(([pitch, onset, long]) => [onset, "note", pitch, long]);
    const below = chords.map(([from, to, , pitches]) => [from, "chord", pitches, to - from]);
    return [...notes, ...below, ...clicks].sort((a, b) => a[0] - b[0]);
  }

  schedule() {
    const now = this.sound.now;
    const playing = this.playing;
    const { length } = this.frame;
    const until = this.beat(now) + (document.hidden ? HIDDEN : AHEAD) * this.rate;
    for (;;) {
      if (playing.next === playing.events.length) {
        if (!this.options.loop() || (playing.round + 1) * length > until) break;
        playing.round += 1;
        playing.next = 0;
      }
      const event = playing.events[playing.next];
      const beat = event[0] + playing.round * length;
      if (beat > until) break;
      this.emit(event, playing.time + (beat - playing.base) / this.rate);
      playing.next += 1;
    }
    playing.until = until;
    if (this.beat(now) >= (playing.round + 1) * length) this.stop("Finished");
  }

  emit([, kind, what, long], start) {
    if (kind === "note") this.sound.note(what, start, (long / this.rate) * 0.94);
    else if (kind === "chord" && this.options.chords()) this.sound.chord(what, start, (long / this.rate) * 0.97);
    else if (kind === "click" && this.options.click()) this.sound.click(start, what);
  }

  draw() {
    if (!this.playing) return;
    const beat = Math.max(this.beat(this.sound.now), 0) % this.frame.length;
    this.playing.view.score.at(beat);
    this.root.dataset.beat = beat.toFixed(2);
    this.root.dataset.audio = this.sound.now.toFixed(3);
    requestAnimationFrame(() => this.draw());
  }
}
