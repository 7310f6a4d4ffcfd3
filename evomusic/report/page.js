
"use strict";
// Plays the page's melodies, one at a time. Time is counted in beats; the audio clock is the only clock.
(() => {
  const melodies = JSON.parse(document.getElementById("melodies").textContent);
  const tempo = document.getElementById("tempo");
  const stopButton = document.getElementById("stop");
  const loop = document.getElementById("loop");
  const status = document.getElementById("status");
  const AHEAD = 0.15; // seconds of notes handed to the audio clock in advance
  const HIDDEN = 1.6; // ... in a hidden tab, whose timers run once a second

  let audio = null;
  let output = null;
  let playing = null; // {card, melody, picture, marks, cursor, beat, time, next, timer}
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
  function sound(pitch, start, seconds) {
    const hertz = 440 * 2 ** ((pitch - 69) / 12);
    const end = start + Math.max(seconds, 0.06);
    for (const [partial, level, type] of [[1, 1, "triangle"], [2, 0.22, "sine"], [3, 0.08, "sine"]]) {
      const tone = new OscillatorNode(audio, { type, frequency: hertz * partial });
      const fade = new GainNode(audio, { gain: 0 });
      fade.gain.setValueAtTime(0, start);
      fade.gain.linearRampToValueAtTime(level, start + 0.012);
      fade.gain.setTargetAtTime(level * 0.45, start + 0.012, 0.28 / partial);
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

  const rate = () => Number(tempo.value) / 60; // beats a second
  const beatAt = (time) => playing.beat + (time - playing.time) * rate();

  function schedule() {
    const { melody } = playing;
    const until = beatAt(audio.currentTime) + (document.hidden ? HIDDEN : AHEAD) * rate();
    for (; playing.next < melody.notes.length; playing.next += 1) {
      const [pitch, onset, duration] = melody.notes[playing.next];
      if (onset > until) break;
      const start = playing.time + (onset - playing.beat) / rate();
      sound(pitch, Math.max(start, audio.currentTime), (duration / rate()) * 0.94);
    }
    if (beatAt(audio.currentTime) >= melody.beats) {
      if (loop.checked) Object.assign(playing, { beat: 0, time: playing.time + (melody.beats - playing.beat) / rate(), next: 0 });
      else stop("Finished");
    }
  }

  function draw() {
    if (!playing) return;
    const { picture, cursor, marks, melody } = playing;
    const beat = Math.min(Math.max(beatAt(audio.currentTime), 0), melody.beats);
    if (cursor) { // of a piano roll; in a score the notes alone are marked
      const x = Number(picture.dataset.left) + beat * Number(picture.dataset.beat);
      cursor.setAttribute("x1", x);
      cursor.setAttribute("x2", x);
    }
    for (const mark of marks) {
      const [, onset, duration] = melody.notes[Number(mark.dataset.note)];
      mark.classList.toggle("sounding", onset <= beat && beat < onset + duration);
    }
    requestAnimationFrame(draw);
  }

  function play(card) {
    const melody = melodies[Number(card.dataset.melody)];
    const picture = card.querySelector(".roll, .score");
    stop();
    open().then(() => {
      stop(); // another button may have been pressed while the device opened
      playing = {
        card, melody, picture, beat: 0, time: audio.currentTime + 0.08, next: 0,
        cursor: picture.querySelector(".cursor"), marks: picture.querySelectorAll("[data-note]"),
      };
      playing.timer = setInterval(schedule, 25);
      card.classList.add("playing");
      card.querySelector(".verb").textContent = "Stop";
      stopButton.disabled = false;
      say(`Playing ${melody.name}`);
      schedule();
      draw();
    }).catch(() => say("This browser gives no sound here."));
  }

  function stop(word) {
    if (!playing) return;
    const { card, marks, melody, timer } = playing;
    clearInterval(timer);
    if (word !== "Finished") hush();
    card.classList.remove("playing");
    card.querySelector(".verb").textContent = "Play";
    marks.forEach((mark) => mark.classList.remove("sounding"));
    stopButton.disabled = true;
    playing = null;
    if (word) say(`${word}: ${melody.name}`);
  }

  function say(text) {
    status.textContent = text;
  }

  let shownTempo = Number(tempo.value);
  tempo.addEventListener("input", () => {
    if (playing) { // what was played so far was played at the old tempo
      const now = audio.currentTime;
      playing.beat += ((now - playing.time) * shownTempo) / 60;
      playing.time = now;
    }
    shownTempo = Number(tempo.value);
    document.getElementById("beats").textContent = tempo.value;
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("article button");
    if (!button) return;
    const card = button.closest("article");
    if (playing && playing.card === card) stop("Stopped");
    else play(card);
  });
  stopButton.addEventListener("click", () => stop("Stopped"));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") stop("Stopped");
  });
  document.documentElement.classList.add("script");
  document.querySelector(".player").hidden = false;
})();
