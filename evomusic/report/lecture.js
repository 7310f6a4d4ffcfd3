"use strict";
// A page of the lecture: its knobs are read, and what its kind of control says and draws is shown.
const lecture = (() => {
  const { page } = scene;
  const kinds = { ...exactly, ...byChance };

  // The knobs' values: numbers of sliders, words of selections, lists of the tokens and of the bits.
  function read() {
    const values = {};
    for (const input of document.querySelectorAll("[data-knob]")) {
      const name = input.dataset.knob;
      if (input.type === "checkbox") (values.bits ??= []).push(Number(input.checked));
      else if (name === "token") (values.tokens ??= []).push(Number(input.value));
      else values[name] = input.type === "range" ? Number(input.value) : input.value;
      const output = document.querySelector(`output[for="${input.id}"]`);
      if (output) output.textContent = page.table && name === page.table.knob ? page.table.rows[Number(input.value)].label : input.value.replace("-", "−");
    }
    return values;
  }

  const state = { numbers: null, kinds, ready: 0 };

  function draw() {
    const values = read();
    const found = kinds[page.kind](values);
    pictures.stop();
    document.getElementById("said").textContent = found.said;
    document.getElementById("pictures").replaceChildren(...found.pictures);
    state.numbers = found.numbers;
    state.values = values;
    state.ready += 1;
  }

  let timer = null;
  document.querySelector(".knobs").addEventListener("input", () => {
    read(); // the outputs follow at once, the pictures when the knob rests
    clearTimeout(timer);
    timer = setTimeout(draw, 40);
  });
  document.documentElement.classList.add("script");
  draw();
  return state;
})();
