"use strict";
// What a page of the lecture holds, and what its controls share: the model, the optimum, names, all histories.
const scene = (() => {
  const page = JSON.parse(document.getElementById("data").textContent);
  const { model, melody: sheet, options } = page;
  const { roll, shown } = pictures;
  const { sum } = tabular;
  const SEEDS = 30;
  const tokens = sheet.names.length;
  const optimum = tabular.valueIteration(model, 1);
  const best = tabular.walk(model, optimum.policy).map((step) => step.token);
  const noise = tabular.evaluate(model, tabular.uniform(model), 1)[0];
  const OPTIMUM = { name: "optimum", value: optimum.values[0] };
  const NOISE = { name: "random tokens", value: noise };

  const worth = (melody) => sum(tabular.play(model, melody).map((step) => step.reward));
  const named = (melody) => (melody.length ? melody.map((token) => sheet.names[token]).join(" ") : "(nothing)");
  const rollOf = (title, melody) => roll(`${title}, return ${shown(worth(melody))}`, melody, sheet);
  const grid = (low, high, count) => Array.from({ length: count + 1 }, (_, i) => low + ((high - low) * i) / count);

  // All histories before each step, in the order of the tables of views; and the state of each.
  const histories = [[]];
  for (let i = 0; histories[i].length < best.length - 1; i += 1) {
    for (let token = 0; token < tokens; token += 1) histories.push([...histories[i], token]);
  }
  const stateOf = (history) => tabular.play(model, history).reduce((_, step) => step.next, 0);
  const placeOf = (history) => history.reduce((place, token) => place * tokens + token + 1, 0);
  const byState = () => {
    const found = new Map();
    for (const history of histories) {
      const s = stateOf(history);
      if (!found.has(s)) found.set(s, []);
      found.get(s).push(history);
    }
    return found;
  };
  const greedyTokens = (policy) => tabular.walk(model, policy).map((step) => step.token);

  return { page, model, sheet, options, SEEDS, tokens, optimum, best, noise, OPTIMUM, NOISE, worth, named, rollOf, grid, histories, stateOf, placeOf, byState, greedyTokens };
})();
