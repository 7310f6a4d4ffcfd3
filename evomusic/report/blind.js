// A blind listening test: pairs of melodies, A and B, in an order of the listener's own; answers go into one file.
(() => {
  const test = JSON.parse(document.getElementById("test").textContent); // {study, trials, repeats, tasks: [{tempo, melodies: [{id, beats, notes, same}]}]}
  const $ = (id) => document.getElementById(id);
  const STORE = `evomusic blind ${test.study}`;
  const APART = 3; // trials between a pair and its repeat, at least
  const melodies = new Map(test.tasks.flatMap((task) => task.melodies.map((melody) => [melody.id, { ...melody, task }])));
  let playing = null, session = null, heard = new Set(), shown = 0;

  // Seeded order: a hash of the listener's name and the study, and a generator of 32 bits (mulberry32).
  function seeded(text) {
    let state = 2166136261;
    for (const letter of text) state = Math.imul(state ^ letter.codePointAt(0), 16777619);
    return () => {
      state = (state + 0x6d2b79f5) | 0;
      let t = Math.imul(state ^ (state >>> 15), 1 | state);
      t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
      return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
    };
  }

  function shuffled(items, random) {
    const all = [...items];
    for (let i = all.length - 1; i > 0; i -= 1) {
      const j = Math.floor(random() * (i + 1));
      [all[i], all[j]] = [all[j], all[i]];
    }
    return all;
  }

  function order(name) {
    const random = seeded(`${test.study} ${name}`);
    const lists = test.tasks.map(({ melodies: of }) => {
      const pairs = [];
      of.forEach((one, i) => of.slice(0, i).forEach((other) => {
        if (one.same !== other.same) pairs.push([one.id, other.id]); // what sounds alike is not compared
      }));
      return shuffled(pairs, random);
    });
    const pairs = []; // as many of each task, as far as there are
    for (let i = 0; pairs.length < test.trials && lists.some((list) => list.length > i); i += 1) {
      for (const list of lists) if (list.length > i && pairs.length < test.trials) pairs.push(list[i]);
    }
    const trials = shuffled(pairs, random).map(([a, b]) => (random() < 0.5 ? { a, b } : { a: b, b: a }));
    const again = shuffled(trials.slice(0, Math.max(0, trials.length - APART)), random).slice(0, test.repeats);
    for (const trial of again) { // with the sides changed, so that a habit of one side is no consistency
      const first = trials.indexOf(trial) + 1 + APART;
      const place = first + Math.floor(random() * (trials.length - first + 1));
      trials.splice(place, 0, { a: trial.b, b: trial.a, repeat: true });
    }
    return trials;
  }

  function stop() {
    if (!playing) return;
    clearInterval(playing.timer);
    synth.hush();
    $(`play-${playing.side}`).setAttribute("aria-pressed", "false");
    $(`bar-${playing.side}`).value = 0;
    playing = null;
  }

  function play(side) {
    const again = playing && playing.side === side;
    stop();
    if (again || session === null || session.answers.length >= session.trials.length) return;
    const melody = melodies.get(session.trials[session.answers.length][side]);
    const rate = melody.task.tempo / 60; // beats a second
    synth.open().then(() => {
      stop();
      const begin = synth.now() + 0.08;
      playing = { side, next: 0 };
      $(`play-${side}`).setAttribute("aria-pressed", "true");
      const tick = () => {
        const beat = (synth.now() - begin) * rate;
        const ahead = beat + (document.hidden ? 1.6 : 0.2) * rate;
        for (; playing.next < melody.notes.length && melody.notes[playing.next][1] <= ahead; playing.next += 1) {
          const [pitch, onset, duration] = melody.notes[playing.next];
          synth.sound(pitch, Math.max(begin + onset / rate, synth.now()), (duration / rate) * 0.94);
        }
        $(`bar-${side}`).value = Math.min(Math.max(beat / melody.beats, 0), 1);
        if (beat * 2 >= melody.beats) listened(side); // half of it is enough to answer
        if (beat >= melody.beats) stop();
      };
      playing.timer = setInterval(tick, 50);
      tick();
    }).catch(() => say("This browser gives no sound here."));
  }

  function listened(side) {
    heard.add(side);
    const ready = heard.size === 2;
    for (const id of ["a", "same", "b"]) $(`choose-${id}`).disabled = !ready;
    if (ready && $("hint").textContent) $("hint").textContent = "";
  }

  function say(text) {
    $("status").textContent = text;
  }

  function keep() {
    try {
      localStorage.setItem(STORE, JSON.stringify({ name: session.name, answers: session.answers, started: session.started }));
    } catch { /* a page without storage has the answers in memory */ }
  }

  function stored(name) {
    try {
      const found = JSON.parse(localStorage.getItem(STORE));
      return found && found.name === name && Array.isArray(found.answers) ? found : null;
    } catch {
      return null;
    }
  }

  function begin(name) {
    const trials = order(name), before = stored(name);
    session = { name, trials, answers: before ? before.answers.slice(0, trials.length) : [], started: before ? before.started : new Date().toISOString() };
    $("begin").hidden = true;
    $("trial").hidden = false;
    show(before && before.answers.length ? "Going on where you stopped. " : "");
  }

  function show(word) {
    const done = session.answers.length;
    heard = new Set();
    shown = performance.now();
    $("progress").value = done / session.trials.length;
    for (const id of ["a", "same", "b"]) $(`choose-${id}`).disabled = true;
    if (done === session.trials.length) {
      $("trial").hidden = true;
      $("end").hidden = false;
      $("save").focus();
      say("All pairs are answered.");
      return;
    }
    $("hint").textContent = "Listen to both; then choose.";
    say(`${word || ""}Pair ${done + 1} of ${session.trials.length}.`);
    $("play-a").focus();
  }

  function choose(choice) {
    if (session === null || $(`choose-${choice}`).disabled || $("trial").hidden) return;
    stop();
    const trial = session.trials[session.answers.length];
    const seconds = Math.round((performance.now() - shown) / 100) / 10;
    session.answers.push({ a: trial.a, b: trial.b, choice, repeat: Boolean(trial.repeat), seconds });
    keep();
    show("");
  }

  function save() {
    const ballot = {
      format: "evomusic blind 1", study: test.study, listener: session.name,
      started: session.started, finished: new Date().toISOString(), answers: session.answers,
    };
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([`${JSON.stringify(ballot, null, 1)}\n`], { type: "application/json" }));
    link.download = `answers-${session.name.replace(/[^A-Za-z0-9_-]+/g, "-")}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say(`Saved as ${link.download}.`);
  }

  $("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const name = $("name").value.trim();
    if (name) begin(name);
  });
  for (const side of ["a", "b"]) $(`play-${side}`).addEventListener("click", () => play(side));
  for (const choice of ["a", "same", "b"]) $(`choose-${choice}`).addEventListener("click", () => choose(choice));
  $("save").addEventListener("click", save);
  document.addEventListener("keydown", (event) => {
    if (event.target === $("name") || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    const key = event.key.toLowerCase();
    if (key === "a" || key === "b") play(key);
    else if (key === "1") choose("a");
    else if (key === "2") choose("b");
    else if (key === "0") choose("same");
    else if (key === "escape") stop();
  });
  $("name").value = `listener-${Math.random().toString(36).slice(2, 8)}`;
  document.documentElement.classList.add("script");
  $("begin").hidden = false;
})();
