// A small synthesiser on Web Audio: plucked notes, soft chords, the click of a metronome.

const PLUCKED = [[1, 1, "triangle"], [2, 0.22, "sine"], [3, 0.08, "sine"]]; // partial, level, wave

export class Sound {
  constructor() {
    this.audio = null;
    this.output = null;
    this.voices = new Set();
  }

  get now() {
    return this.audio ? this.audio.currentTime : 0;
  }

  // Browsers allow sound after a press only, so the device is opened by the first one.
  async open() {
    if (!this.audio) {
      this.audio = new AudioContext();
      const soft = new BiquadFilterNode(this.audio, { type: "lowpass", frequency: 3800 });
      const limit = new DynamicsCompressorNode(this.audio, { threshold: -14, ratio: 8 });
      this.output = new GainNode(this.audio, { gain: 0.34 });
      this.output.connect(soft).connect(limit).connect(this.audio.destination);
    }
    await this.audio.resume();
  }

  note(pitch, start, seconds) {
    for (const [partial, level, type] of PLUCKED) {
      this.tone(type, hertz(pitch) * partial, start, seconds, level, 0.012, 0.28 / partial);
    }
  }

  chord(pitches, start, seconds) {
    for (const pitch of pitches) this.tone("triangle", hertz(pitch), start, seconds, 0.17, 0.04, 1.2);
  }

  click(start, strong) {
    this.tone("square", strong ? 1760 : 1320, start, 0.03, strong ? 0.16 : 0.09, 0.002, 0.01);
  }

  // One oscillator: it rises, sinks to less than half its level, and ends.
  tone(type, frequency, start, seconds, level, rise, sink) {
    const begin = Math.max(start, this.now);
    const end = begin + Math.max(seconds, rise + 0.03);
    const tone = new OscillatorNode(this.audio, { type, frequency });
    const fade = new GainNode(this.audio, { gain: 0 });
    fade.gain.setValueAtTime(0, begin);
    fade.gain.linearRampToValueAtTime(level, begin + rise);
    fade.gain.setTargetAtTime(level * 0.45, begin + rise, sink);
    fade.gain.setTargetAtTime(0, end - 0.03, 0.03);
    tone.connect(fade).connect(this.output);
    const voice = { tone, gain: fade.gain };
    tone.onended = () => this.voices.delete(voice);
    this.voices.add(voice);
    tone.start(begin);
    tone.stop(end + 0.25);
  }

  hush() {
    for (const { tone, gain } of this.voices) {
      gain.cancelScheduledValues(this.now);
      gain.setTargetAtTime(0, this.now, 0.015);
      tone.stop(this.now + 0.1);
    }
  }
}

const hertz = (pitch) => 440 * 2 ** ((pitch - 69) / 12);
