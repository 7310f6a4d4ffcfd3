// One melody: a button, a bar to move in, the time. Seconds of the audio clock; `notes` are [pitch, onset, length, level].
(() => {
  const { notes, seconds } = JSON.parse(document.querySelector("[type='application/json']").textContent);
  const [button, bar, clock] = ["button", "input", "output"].map((name) => document.querySelector(name));
  let origin = null, next = 0, timer = 0; // the melody's beginning, null while silent; next note
  const at = () => synth.now() - origin;
  const words = (s) => `${Math.floor(s / 60)}:${String(Math.floor(s % 60)).padStart(2, "0")}`;

  function draw(time) {
    bar.value = time;
    clock.textContent = `${words(time)} / ${words(seconds)}`;
    button.textContent = origin === null ? "\u25b6" : "\u275a\u275a";
    button.setAttribute("aria-label", origin === null ? "Play" : "Pause");
  }

  function stop(time) {
    clearInterval(timer);
    origin = null;
    synth.hush();
    draw(time);
  }

  function schedule() {
    const until = at() + (document.hidden ? 1.6 : 0.2);
    for (; next < notes.length && notes[next][1] < until; next += 1) {
      const [pitch, onset, length, level] = notes[next];
      synth.sound(pitch, Math.max(origin + onset, synth.now()), length * 0.94, level);
    }
    if (at() >= seconds) stop(0);
    else draw(Math.max(at(), 0));
  }

  function play(from) {
    stop(from);
    synth.open().then(() => {
      stop(from); // another press may have come first
      origin = synth.now() + 0.06 - from;
      next = notes.filter((note) => note[1] < from).length;
      timer = setInterval(schedule, 40);
    });
  }

  button.onclick = () => (origin === null ? play(Number(bar.value)) : stop(at()));
  bar.oninput = () => (origin === null ? draw : play)(Number(bar.value));
  draw(0);
})();
