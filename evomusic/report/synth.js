"use strict";
// The sound of a page's melodies; times are seconds of the audio clock.
const synth = (() => {
  let audio = null;
  let output = null;
  const voices = new Set();

  async function open() {
    if (!audio) {
      audio = new AudioContext();
      const soft = new BiquadFilterNode(audio, { type: "lowpass", frequency: 3800 });
      const limit = new DynamicsCompressorNode(audio, { threshold: -14, ratio: 8 });
      output = new GainNode(audio, { gain: 0.32 });
      output.connect(soft).connect(limit).connect(audio.destination);
    }
    await audio.resume();
  }

  // A plucked tone: a triangle with its octave and twelfth, which fade sooner.
  function sound(pitch, start, seconds, volume = 1) {
    const hertz = 440 * 2 ** ((pitch - 69) / 12);
    const end = start + Math.max(seconds, 0.06);
    for (const [partial, level, type] of [[1, 1, "triangle"], [2, 0.22, "sine"], [3, 0.08, "sine"]]) {
      const tone = new OscillatorNode(audio, { type, frequency: hertz * partial });
      const fade = new GainNode(audio, { gain: 0 });
      fade.gain.setValueAtTime(0, start);
      fade.gain.linearRampToValueAtTime(volume * level, start + 0.012);
      fade.gain.setTargetAtTime(volume * level * 0.45, start + 0.012, 0.28 / partial);
      fade.gain.setTargetAtTime(0, end - 0.03, 0.03);
      tone.connect(fade).connect(output);
      const voice = { tone, gain: fade.gain };
      tone.onended = () => voices.delete(voice);
      voices.add(voice);
      tone.start(start);
      tone.stop(end + 0.25);
    }
  }

  function hush() {
    for (const { tone, gain } of voices) {
      gain.cancelScheduledValues(audio.currentTime);
      gain.setTargetAtTime(0, audio.currentTime, 0.015);
      tone.stop(audio.currentTime + 0.1);
    }
  }

  return { open, sound, hush, now: () => audio.currentTime };
})();
