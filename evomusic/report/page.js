// Plays the page's melodies, one at a time. Time is counted in beats; the audio clock is the only clock.
(() => {
  const melodies = JSON.parse(document.getElementById("melodies").textContent);
  const tempo = document.getElementById("tempo");
  const stopButton = document.getElementById("stop");
  const loop = document.getElementById("loop");
  const status = document.getElementById("status");
  const AHEAD = 0.15; // seconds of notes handed to the audio clock in advance
  const HIDDEN = 1.6; // ... in a hidden tab, whose timers run once a second

  let playing = null; // {card, melody, picture, marks, cursor, beat, time, next, timer}

  const rate = () => Number(tempo.value) / 60; // beats a second
  const beatAt = (time) => playing.beat + (time - playing.time) * rate();

  function schedule() {
    const { melody } = playing;
    const until = beatAt(synth.now()) + (document.hidden ? HIDDEN : AHEAD) * rate();
    for (; playing.next < melody.notes.length; playing.next += 1) {
      const [pitch, onset, duration] = melody.notes[playing.next];
      if (onset > until) break;
      const start = playing.time + (onset - playing.beat) / rate();
      synth.sound(pitch, Math.max(start, synth.now()), (duration / rate()) * 0.94);
    }
    if (beatAt(synth.now()) >= melody.beats) {
      if (loop.checked) Object.assign(playing, { beat: 0, time: playing.time + (melody.beats - playing.beat) / rate(), next: 0 });
      else stop("Finished");
    }
  }

  function draw() {
    if (!playing) return;
    const { picture, cursor, marks, melody } = playing;
    const beat = Math.min(Math.max(beatAt(synth.now()), 0), melody.beats);
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
    synth.open().then(() => {
      stop(); // another button may have been pressed while the device opened
      playing = {
        card, melody, picture, beat: 0, time: synth.now() + 0.08, next: 0,
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
    if (word !== "Finished") synth.hush();
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
      const now = synth.now();
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
