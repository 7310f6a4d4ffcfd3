"use strict";
// Controls of the lecture whose numbers are exact, and those of tables that the page holds.
// Each takes the knobs' values and says {said, pictures, numbers}: a sentence, what is drawn, and the numbers in it.
const exactly = (() => {
  const { page, model, sheet, options, tokens, optimum, best, OPTIMUM, NOISE, worth, named, rollOf, grid, histories, stateOf, placeOf, byState } = scene;
  const { bars, lines, table, roll, shown } = pictures;
  const { sum } = tabular;

  return {
    writer({ tokens: melody, view, weight = 0 }) {
      const steps = tabular.play(model, melody), share = byState();
      const last = steps.length - 1;
      const extra = options.final ? weight * page.final[melody.reduce((place, token) => place * tokens + token, 0)] : 0;
      const rewards = steps.map((step, t) => step.reward + (t === last ? extra : 0));
      const cells = {
        history: ["history", (step, t) => named(melody.slice(0, t))],
        state: ["state", (step) => String(step.state)],
        "agent state": ["agent state", (step, t) => String(page.views[view][placeOf(melody.slice(0, t))])],
        next: ["next state", (step, t) => (t === last ? "end" : String(step.next))],
        alike: ["histories of this state", (step, t) => `${share.get(step.state).length} of ${tokens ** t}`],
        reward: ["reward", (step, t) => shown(rewards[t])],
      };
      const columns = options.columns.flatMap((name) => (name === "q"
        ? sheet.names.map((token, a) => [`q(s, ${token})`, (step) => {
          const value = shown(optimum.q[step.state][a]);
          return a === step.token ? pictures.element("b", {}, value) : value;
        }])
        : [cells[name]]));
      const rows = steps.map((step, t) => [`${t + 1}`, ...columns.map(([, cell]) => cell(step, t)), sheet.names[step.token]]);
      const total = sum(rewards);
      const parts = options.final ? ` Of it, ${shown(extra)} is final: ${shown(weight)} times the entropy of its pitches.` : "";
      return {
        said: `${named(melody)} returns ${shown(total)}; the optimum${options.final ? " of the rules alone" : ""} is ${shown(OPTIMUM.value)}.${parts}`,
        pictures: [
          table("What happens at each step", ["step", ...columns.map(([name]) => name), "token"], rows),
          roll("your melody", melody, sheet),
          bars("Reward at each step", rewards.map((value, t) => ({ label: `${t + 1}: ${sheet.names[melody[t]]}`, value, mark: true }))),
        ],
        numbers: { rewards, total, states: steps.map((step) => step.state) },
      };
    },

    views({ view }) {
      const groups = new Map();
      let pair = null;
      histories.forEach((history, i) => {
        const seen = page.views[view][i], s = stateOf(history);
        const other = groups.get(seen);
        if (other === undefined) groups.set(seen, history);
        else if (!pair && optimum.q[s].some((x, a) => Math.abs(x - optimum.q[stateOf(other)][a]) > 1e-9)) pair = [other, history];
      });
      const markov = page.markov[view];
      const rows = pair ? pair.map((history) => [named(history), ...optimum.q[stateOf(history)].map(shown)]) : [];
      return {
        said: `The view ${view} tells ${groups.size} of ${histories.length} histories apart; ${model.next.length - 1} states must be. `
          + (markov ? "It is Markov: it is an information state." : "It is not Markov: the two histories below look alike to it, and have different values."),
        pictures: [
          ...(pair ? [table("Two histories that look alike: the best return after each token", ["history", ...sheet.names], rows)] : []),
          bars("Histories that each view tells apart", Array.from(document.querySelectorAll("#view option"), ({ value: name }) => ({ label: name, value: new Set(page.views[name]).size, mark: name === view }))),
        ],
        numbers: { classes: groups.size, markov: Boolean(markov), pair },
      };
    },

    belief({ accuracy, prior, smiled }) {
      const after = (word, x) => tabular.believe([x, 1 - x], [1, -1], accuracy, word === "smile");
      const belief = after(smiled, prior);
      const possible = belief.every(Number.isFinite);
      const line = (word) => grid(0.01, 0.99, 49).map((x) => ({ x, mean: after(word, x)[0] }));
      return {
        said: possible
          ? `After a ${smiled}, the taste that likes the token has probability ${shown(belief[0])}, the other ${shown(belief[1])}.`
          : `No taste that is believed in could have reacted so: a ${smiled} is impossible here.`,
        pictures: [
          ...(possible ? [bars("The belief", [{ label: "likes the token", value: belief[0], mark: true }, { label: "dislikes it", value: belief[1] }])] : []),
          lines("The belief after a reaction", [{ name: "a smile", points: line("smile") }, { name: "a frown", points: line("frown") }], { across: "belief before", at: Math.min(0.99, Math.max(0.01, prior)) }),
        ],
        numbers: { belief: possible ? belief : null },
      };
    },

    exact({ epsilon }) {
      const values = (e) => tabular.evaluate(model, tabular.epsilonGreedy(optimum.q, e), 1);
      const now = values(epsilon), soft = tabular.bestSoft(model, epsilon, 1).values[0];
      const xs = grid(0, 1, 50);
      return {
        said: `With epsilon ${shown(epsilon)} the policy that is greedy on the optimal values returns ${shown(now[0])} in expectation; the best policy that explores so returns ${shown(soft)}.`,
        pictures: [
          lines("Expected return", [
            { name: "epsilon-greedy on the optimal values", points: xs.map((x) => ({ x, mean: values(x)[0] })) },
            { name: "best that explores so", points: xs.map((x) => ({ x, mean: tabular.bestSoft(model, x, 1).values[0] })) },
          ], { across: "epsilon", at: epsilon, references: [NOISE] }),
          bars("Value along the best melody", tabular.walk(model, optimum.policy).map((step, t) => ({ label: named(best.slice(0, t)), value: now[step.state], mark: t === 0 }))),
        ],
        numbers: { value: now[0], values: now, soft },
      };
    },

    soft({ temperature }) {
      const found = tabular.softOptimum(model, temperature);
      const value = (t) => tabular.evaluate(model, tabular.softOptimum(model, t).policy, 1)[0];
      const now = value(temperature), rng = learners.generator(1);
      const drawn = Array.from({ length: 3 }, () => {
        const melody = [];
        for (let s = 0; s !== tabular.end(model);) {
          let left = rng.random();
          let token = found.policy[s].findIndex((p) => (left -= p) < 0);
          if (token < 0) token = tokens - 1;
          melody.push(token);
          s = model.next[s][token];
        }
        return melody;
      });
      return {
        said: `At temperature ${shown(temperature)} the soft optimum returns ${shown(now)} in expectation; it is the policy with the greatest return less the temperature times its divergence from random tokens.`,
        pictures: [
          bars("Chances of the first token", found.policy[0].map((p, a) => ({ label: sheet.names[a], value: p, mark: p === Math.max(...found.policy[0]) }))),
          lines("Expected return", [{ name: "soft optimum", points: grid(0.05, 3, 59).map((x) => ({ x, mean: value(x) })) }], { across: "temperature", at: temperature, references: [OPTIMUM, NOISE] }),
          ...drawn.map((melody, i) => rollOf(`drawn melody ${i + 1}`, melody)),
        ],
        numbers: { policy: found.policy, value: now },
      };
    },

    values({ gamma }) {
      const found = tabular.valueIteration(model, gamma);
      const melody = tabular.walk(model, found.policy).map((step) => step.token);
      const share = byState();
      const example = (s) => named(share.get(s)[0]);
      const states = [...share.keys()].sort((a, b) => a - b);
      return {
        said: `With gamma ${shown(gamma)} the start is worth ${shown(found.values[0])}. The melody that is best so, ${named(melody)}, returns ${shown(worth(melody))} of ${shown(OPTIMUM.value)}.`,
        pictures: [
          bars("Value of each first token", found.q[0].map((value, a) => ({ label: sheet.names[a], value, mark: a === found.policy[0] }))),
          rollOf("best melody at this gamma", melody),
          ...(options.states ? [bars("Value of each state, by a history that leads there", states.map((s) => ({ label: example(s), value: found.values[s], mark: s === 0 })))] : []),
          lines("Value of the start", [{ name: "value", points: grid(0, 1, 50).map((x) => ({ x, mean: tabular.valueIteration(model, x).values[0] })) }], { across: "gamma", at: gamma }),
        ],
        numbers: { values: found.values, q: found.q, policy: found.policy },
      };
    },

    sweeps({ sweeps, gamma }) {
      const policy = options.policy === "random" ? tabular.uniform(model) : null;
      const history = tabular.sweeps(model, policy, gamma, 7);
      const residual = history.slice(1).map((values, k) => Math.max(...values.map((x, s) => Math.abs(x - history[k][s]))));
      const curve = (pick) => history.slice(0, 7).map((_, k) => ({ x: k, mean: pick(k) }));
      return {
        said: `After ${sweeps} ${sweeps === 1 ? "sweep" : "sweeps"} the start is worth ${shown(history[sweeps][0])}; the next sweep changes some value by ${shown(residual[sweeps])}.`,
        pictures: [
          lines("Sweep by sweep", [{ name: "value of the start", points: curve((k) => history[k][0]) }, { name: "greatest change by the next sweep", points: curve((k) => residual[k]) }], { across: "sweeps", at: sweeps }),
          bars("Value of the state after each first token", model.next[0].map((s, a) => ({ label: sheet.names[a], value: history[sweeps][s], mark: true }))),
        ],
        numbers: { values: history[sweeps], residual: residual[sweeps] },
      };
    },

    improve({ rounds, gamma }) {
      const found = tabular.improvements(model, gamma, 5);
      const { policy, values } = found[rounds];
      const melody = tabular.walk(model, policy.map(tabular.first)).map((step) => step.token);
      return {
        said: rounds === 0 ? `Random tokens are worth ${shown(values[0])} at the start.` : `After ${rounds} ${rounds === 1 ? "round" : "rounds"} the policy is worth ${shown(values[0])} at the start.`,
        pictures: [
          bars("Value of the start", found.map((each, k) => ({ label: k ? `round ${k}` : "random", value: each.values[0], mark: k === rounds }))),
          ...(rounds ? [rollOf("melody of this policy", melody)] : []),
        ],
        numbers: { values, policy },
      };
    },

    credit({ lambda = 0, alpha, gamma = 1, episodes }) {
      const setting = { alpha, lambda, gamma, episodes, delayed: Boolean(options.delayed) };
      const history = tabular.td(model, optimum.policy, setting);
      const path = tabular.walk(model, optimum.policy);
      const rewards = path.map((step, t) => (options.delayed ? (t === path.length - 1 ? OPTIMUM.value : 0) : step.reward));
      const long = tabular.td(model, optimum.policy, { ...setting, episodes: 12 });
      const credited = path.filter((step) => Math.abs(history[episodes][step.state]) > 1e-12).length;
      return {
        said: `After ${episodes} ${episodes === 1 ? "episode" : "episodes"} of the best melody, ${credited} of its ${path.length} states are credited; the start is worth ${shown(history[episodes][0])}.`,
        pictures: [
          bars("Value of each state of the melody", path.map((step, t) => ({ label: named(best.slice(0, t)), value: history[episodes][step.state], mark: true }))),
          bars("Reward at each step", rewards.map((value, t) => ({ label: `${t + 1}: ${sheet.names[best[t]]}`, value }))),
          lines("Value of the start", [{ name: "value", points: long.map((values, x) => ({ x, mean: values[0] })) }], { across: "episodes", at: episodes, references: gamma === 1 ? [OPTIMUM] : [] }),
          rollOf("best melody", best),
        ],
        numbers: { values: history[episodes], credited },
      };
    },

    bits({ bits }) {
      const melody = tabular.decode(bits, tokens);
      const neighbours = bits.map((bit, i) => worth(tabular.decode(bits.map((b, j) => (i === j ? 1 - b : b)), tokens)) - worth(melody));
      const silent = bits.filter((_, i) => tabular.decode(bits.map((b, j) => (i === j ? 1 - b : b)), tokens).join() === melody.join()).length;
      return {
        said: `${bits.join("")} decodes to ${named(melody)}, which returns ${shown(worth(melody))}. ${silent} of its ${bits.length} bits could flip without a change of the melody.`,
        pictures: [rollOf("phenotype", melody), bars("Change of the return if a bit flips", neighbours.map((value, i) => ({ label: `bit ${i + 1}`, value, mark: true })))],
        numbers: { melody, value: worth(melody), silent },
      };
    },

    table(values) {
      const { rows, knob, title, across } = page.table;
      const place = Math.round(values[knob]), row = rows[place];
      const melodies = row.items.filter((item) => item.tokens);
      const numbered = row.items.filter((item) => "value" in item);
      const lists = numbered.map((item, i) => ({ name: item.label, points: rows.map((each, x) => ({ x, mean: each.items.filter((other) => "value" in other)[i].value })) }));
      const drawn = [];
      if (row.text) drawn.push(pictures.element("pre", {}, row.text));
      if (numbered.length) drawn.push(bars(title, numbered.map((item) => ({ label: item.label, value: item.value, mark: true }))));
      melodies.forEach((item) => drawn.push(roll(item.label, item.tokens, { ...sheet, pitches: item.pitches || sheet.pitches, names: item.names || sheet.names })));
      if (lists.length) drawn.push(lines(`${title}, by ${across}`, lists, { across, at: place, names: rows.map((each) => each.label) }));
      return { said: row.said, pictures: drawn, numbers: row };
    },
  };
})();
