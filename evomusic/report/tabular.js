"use strict";
// What can be computed exactly on a small deterministic MDP. A model is {next, reward}: (S, A) arrays of the next state
// and the reward; the last state is the end, where all rewards are 0. States follow those that lead to them.
const tabular = (() => {
  const zeros = (n) => new Array(n).fill(0);
  const sum = (row) => row.reduce((total, x) => total + x, 0);
  const first = (row) => row.indexOf(Math.max(...row)); // the greedy token; of equals the first
  const end = (model) => model.next.length - 1;

  // Action values (S, A) by the values (S) of what follows: the right side of the Bellman equations.
  const q = (model, values, gamma) =>
    model.reward.map((rewards, s) => rewards.map((r, a) => r + gamma * values[model.next[s][a]]));

  // Values by one pass from the end back; `worth` says what a row of action values is worth in its state.
  function backward(model, gamma, worth) {
    const values = zeros(model.next.length);
    for (let s = end(model) - 1; s >= 0; s -= 1) {
      values[s] = worth(model.reward[s].map((r, a) => r + gamma * values[model.next[s][a]]), s);
    }
    return values;
  }

  function solved(model, gamma, worth) {
    const values = backward(model, gamma, worth);
    const table = q(model, values, gamma);
    return { values, q: table, policy: table.map(first) };
  }

  const valueIteration = (model, gamma) => solved(model, gamma, (row) => Math.max(...row));
  // The best policy among those that take a random token with probability epsilon.
  const bestSoft = (model, epsilon, gamma) =>
    solved(model, gamma, (row) => (1 - epsilon) * Math.max(...row) + (epsilon * sum(row)) / row.length);
  // Values of a policy (S, A) of probabilities.
  const evaluate = (model, policy, gamma) =>
    backward(model, gamma, (row, s) => sum(row.map((x, a) => policy[s][a] * x)));

  const uniform = (model) => model.reward.map((row) => row.map(() => 1 / row.length));
  const certain = (model, policy) => model.reward.map((row, s) => row.map((_, a) => Number(policy[s] === a)));
  const epsilonGreedy = (table, epsilon) =>
    table.map((row) => row.map((_, a) => epsilon / row.length + (a === first(row) ? 1 - epsilon : 0)));

  // Values after each sweep over all states by the values before, from 0; of a policy, or of the best where it is null.
  function sweeps(model, policy, gamma, count) {
    const worth = (row, s) => (policy ? sum(row.map((x, a) => policy[s][a] * x)) : Math.max(...row));
    const history = [zeros(model.next.length)];
    for (let k = 0; k < count; k += 1) history.push(q(model, history[k], gamma).map(worth));
    return history;
  }

  // Policy iteration from random tokens: the policies (S, A), and the values of each.
  function improvements(model, gamma, rounds) {
    const found = [{ policy: uniform(model), values: evaluate(model, uniform(model), gamma) }];
    for (let k = 0; k < rounds; k += 1) {
      const policy = certain(model, q(model, found[k].values, gamma).map(first));
      found.push({ policy, values: evaluate(model, policy, gamma) });
    }
    return found;
  }

  // The soft optimum: chances proportional to exp(return / temperature) over melodies, from uniform tokens.
  function softOptimum(model, temperature) {
    const worth = (row) => {
      const top = Math.max(...row);
      return top + temperature * Math.log(sum(row.map((x) => Math.exp((x - top) / temperature))) / row.length);
    };
    const { values, q: table } = solved(model, 1, worth);
    const policy = table.map((row, s) => row.map((x) => Math.exp((x - values[s]) / temperature) / row.length));
    return { values, q: table, policy };
  }

  // The walk of a policy (S) of tokens from the start: states, tokens, rewards.
  function walk(model, policy) {
    const path = [];
    for (let s = 0; s !== end(model); s = model.next[s][policy[s]]) {
      path.push({ state: s, token: policy[s], reward: model.reward[s][policy[s]] });
    }
    return path;
  }

  // Values (S) after each episode of TD(lambda) along a policy (S) of tokens, with accumulating traces.
  // `delayed` pays all reward at the last step. Sutton & Barto (12.5) to (12.7).
  function td(model, policy, { alpha, lambda, gamma, episodes, delayed }) {
    const path = walk(model, policy);
    const whole = sum(path.map((step) => step.reward));
    const values = zeros(model.next.length);
    const history = [values.slice()];
    for (let e = 0; e < episodes; e += 1) {
      const trace = zeros(values.length);
      path.forEach(({ state, reward }, t) => {
        const last = t === path.length - 1;
        const r = delayed ? (last ? whole : 0) : reward;
        const delta = r + (last ? 0 : gamma * values[path[t + 1].state]) - values[state];
        trace[state] += 1;
        for (let s = 0; s < values.length; s += 1) {
          values[s] += alpha * delta * trace[s];
          trace[s] *= gamma * lambda;
        }
      });
      history.push(values.slice());
    }
    return history;
  }

  // Chance of a smile for a token that a taste rewards so, and the belief (K) after a reaction: Bayes' rule.
  const smiles = (accuracy, reward) => (reward > 0 ? accuracy : reward < 0 ? 1 - accuracy : 0.5);
  function believe(belief, rewards, accuracy, smiled) {
    const joint = belief.map((b, k) => b * (smiled ? smiles(accuracy, rewards[k]) : 1 - smiles(accuracy, rewards[k])));
    return joint.map((x) => x / sum(joint));
  }

  // The token of each number of a word of bits in Gray code, and the tokens of a string of bits.
  function decode(bits, tokens) {
    const width = Math.ceil(Math.log2(tokens));
    const melody = [];
    for (let t = 0; t < bits.length; t += width) {
      let number = 0, parity = 0;
      for (const bit of bits.slice(t, t + width)) {
        parity ^= bit; // of the bits so far: the inverse of the Gray code
        number = number * 2 + parity;
      }
      melody.push(Math.floor((number * tokens) / 2 ** width));
    }
    return melody;
  }

  // States and rewards of a melody from the start.
  function play(model, tokens) {
    let state = 0;
    return tokens.map((token) => {
      const step = { state, token, reward: model.reward[state][token], next: model.next[state][token] };
      state = step.next;
      return step;
    });
  }

  return {
    q, valueIteration, bestSoft, evaluate, uniform, certain, epsilonGreedy, sweeps, improvements, softOptimum, walk, td,
    smiles, believe, decode, play, first, sum, end,
  };
})();
