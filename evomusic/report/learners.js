"use strict";
// Learners and a genetic algorithm on a model of tabular.js, each with a seed of its own: chance is repeatable.
const learners = (() => {
  const { first, end, sum } = tabular;

  // xoshiro128** (Blackman & Vigna 2018), seeded by splitmix32.
  function generator(seed) {
    let x = seed | 0;
    const mixed = () => {
      x = (x + 0x9e3779b9) | 0;
      let z = Math.imul(x ^ (x >>> 16), 0x21f0aaad);
      z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
      return z ^ (z >>> 15);
    };
    let [a, b, c, d] = [mixed(), mixed(), mixed(), mixed()];
    const turned = (n, k) => (n << k) | (n >>> (32 - k));
    const random = () => {
      const result = Math.imul(turned(Math.imul(b, 5), 7), 9);
      const t = b << 9;
      c ^= a; d ^= b; b ^= c; a ^= d; c ^= t; d = turned(d, 11);
      return (result >>> 0) / 4294967296;
    };
    return { random, below: (n) => Math.floor(random() * n) };
  }

  const table = (model, value) => model.reward.map((row, s) => row.map(() => (s === end(model) ? 0 : value)));

  function greedy(row, rng) { // ties at random
    const top = Math.max(...row);
    let count = 0, chosen = 0;
    row.forEach((x, a) => {
      if (x === top) {
        count += 1;
        if (count === 1 || rng.random() * count < 1) chosen = a;
      }
    });
    return chosen;
  }

  // A number, or one that falls linearly: {start, end, fraction}.
  const now = (value, share) =>
    (typeof value === "number" ? value : value.start + (value.end - value.start) * Math.min(1, share / Math.max(value.fraction, 1e-12)));

  // Learners of action values. `backup` says what the next state counts for the target, by its token a2.
  function valued(backup, { after } = {}) {
    return (model, rng, { alpha, gamma, epsilon, initial = 0, planning = 0 }) => {
      const q = table(model, initial);
      const update = (s, a, r, s2, a2) => { q[s][a] += alpha * (r + gamma * backup(q[s2], a2, rng) - q[s][a]); };
      const memory = { pairs: [], seen: new Set() };
      return {
        choose: (s, share) => (rng.random() < now(epsilon, share) ? rng.below(q[s].length) : greedy(q[s], rng)),
        learn(s, a, r, s2, a2) {
          update(s, a, r, s2, a2);
          if (after) after(memory, { s, a, r, s2 }, update, planning, rng);
        },
        finish() {},
        row: (s) => q[s],
        later: Boolean(after), // the next token is chosen after learning
      };
    };
  }

  function dream(memory, step, update, planning, rng) { // Dyna-Q: Sutton & Barto, section 8.2
    const key = step.s * 64 + step.a;
    if (!memory.seen.has(key)) {
      memory.seen.add(key);
      memory.pairs.push(step);
    }
    for (let k = 0; k < planning; k += 1) {
      const { s, a, r, s2 } = memory.pairs[rng.below(memory.pairs.length)];
      update(s, a, r, s2, -1);
    }
  }

  function doubled(model, rng, { alpha, gamma, epsilon, initial = 0 }) { // (6.10)
    const both = [table(model, initial), table(model, initial)];
    const mean = (s) => both[0][s].map((x, a) => 0.5 * (x + both[1][s][a]));
    return {
      choose: (s, share) => (rng.random() < now(epsilon, share) ? rng.below(both[0][s].length) : greedy(mean(s), rng)),
      learn(s, a, r, s2) {
        const heads = rng.below(2);
        const mine = both[heads];
        mine[s][a] += alpha * (r + gamma * both[1 - heads][s2][greedy(mine[s2], rng)] - mine[s][a]);
      },
      finish() {},
      row: mean,
    };
  }

  function softmax(row) {
    const top = Math.max(...row);
    const weights = row.map((x) => Math.exp(x - top));
    const total = sum(weights);
    return weights.map((w) => w / total);
  }

  function drawn(chances, rng) {
    let left = rng.random();
    for (let a = 0; a < chances.length - 1; a += 1) {
      left -= chances[a];
      if (left < 0) return a;
    }
    return chances.length - 1;
  }

  // Policies of chances: one-step actor-critic (13.12 to 13.14), and REINFORCE with a baseline (13.11).
  function acting(whole) {
    return (model, rng, { actor, critic, gamma }) => {
      const preferences = table(model, 0);
      const v = new Array(model.next.length).fill(0);
      let episode = [], weight = 1;
      const climb = (s, a, change) => softmax(preferences[s]).forEach((p, b) => { preferences[s][b] += change * ((b === a ? 1 : 0) - p); });
      return {
        choose: (s) => drawn(softmax(preferences[s]), rng),
        learn(s, a, r, s2) {
          if (whole) {
            episode.push({ s, a, r });
            return;
          }
          const delta = r + gamma * v[s2] - v[s];
          v[s] += critic * delta;
          climb(s, a, actor * weight * delta);
          weight *= gamma;
        },
        finish() {
          let later = 0;
          for (let t = episode.length - 1; t >= 0; t -= 1) {
            later = episode[t].r + gamma * later;
            episode[t].later = later;
          }
          episode.forEach(({ s, a, later: g }, t) => {
            const error = g - v[s];
            v[s] += critic * error;
            climb(s, a, actor * gamma ** t * error);
          });
          episode = [];
          weight = 1;
        },
        row: (s) => preferences[s],
      };
    };
  }

  const best = (row) => Math.max(...row);
  const kinds = {
    "Q-learning": valued(best), // (6.8)
    Sarsa: valued((row, a2) => (a2 < 0 ? 0 : row[a2])), // (6.7); the end is worth 0
    "Double Q": doubled,
    Dyna: valued(best, { after: dream }),
    "actor-critic": acting(false),
    REINFORCE: acting(true),
  };

  // One run: the return of each episode, and that of the greedy melody after it.
  function run(model, kind, episodes, seed, options) {
    const rng = generator(seed);
    const agent = kinds[kind](model, rng, { alpha: 0.2, gamma: 1, epsilon: 0.1, actor: 0.1, critic: 0.1, ...options });
    const online = [], delivered = [], last = end(model);
    for (let e = 0; e < episodes; e += 1) {
      let s = 0, a = agent.choose(0, e / episodes), total = 0;
      while (s !== last) {
        const r = model.reward[s][a], s2 = model.next[s][a];
        let a2 = s2 === last || agent.later ? -1 : agent.choose(s2, e / episodes);
        agent.learn(s, a, r, s2, a2);
        if (s2 !== last && a2 < 0) a2 = agent.choose(s2, e / episodes);
        total += r;
        [s, a] = [s2, a2];
      }
      agent.finish();
      online.push(total);
      delivered.push(sum(melody(model, agent).map((step) => step.reward)));
    }
    return { online, delivered, melody: melody(model, agent).map((step) => step.token), row: agent.row(0) };
  }

  function melody(model, agent) { // the greedy one
    const path = [];
    for (let s = 0; s !== end(model);) {
      const token = first(agent.row(s));
      path.push({ token, reward: model.reward[s][token] });
      s = model.next[s][token];
    }
    return path;
  }

  // Many runs with seeds 1, 2, ...: a list of arrays.
  const runs = (model, kind, episodes, seeds, options) =>
    Array.from({ length: seeds }, (_, i) => run(model, kind, episodes, i + 1, options));

  // Mean and half of a 95 % interval at each place of many curves (N, L), by blocks of some length.
  function summary(curves, block = 1) {
    const length = Math.floor(curves[0].length / block);
    return Array.from({ length }, (_, i) => {
      const values = curves.map((curve) => sum(Array.from(curve.slice(i * block, (i + 1) * block))) / block);
      const mean = sum(values) / values.length;
      const variance = sum(values.map((x) => (x - mean) ** 2)) / Math.max(1, values.length - 1);
      return { x: (i + 1) * block, mean, half: 1.96 * Math.sqrt(variance / values.length) };
    });
  }

  // Transitions of random melodies, and the start's value by Q-learning that replays them in their order.
  function log(model, melodies, seed) {
    const rng = generator(seed), rows = [];
    for (let m = 0; m < melodies; m += 1) {
      for (let s = 0; s !== end(model);) {
        const a = rng.below(model.next[s].length);
        rows.push({ s, a, r: model.reward[s][a], s2: model.next[s][a] });
        s = model.next[s][a];
      }
    }
    return rows;
  }

  function replay(model, rows, passes, alpha) {
    const q = table(model, 0), history = [best(q[0])];
    for (let k = 0; k < passes; k += 1) {
      for (const { s, a, r, s2 } of rows) q[s][a] += alpha * (r + best(q[s2]) - q[s][a]);
      history.push(best(q[0]));
    }
    return { history, q };
  }

  // A plan on the model that a log shows: a pair that was never tried ends the melody with reward 0.
  function learnt(model, rows) {
    const next = model.next.map((row) => row.map(() => end(model)));
    const reward = table(model, 0), tried = new Set();
    for (const { s, a, r, s2 } of rows) {
      next[s][a] = s2;
      reward[s][a] = r;
      tried.add(s * 64 + a);
    }
    return { next, reward, tried: tried.size };
  }

  // Running means of the returns of random melodies.
  function means(model, melodies, seed) {
    const rows = log(model, melodies, seed), curve = [];
    let total = 0, count = 0;
    for (const { r, s2 } of rows) {
      total += r;
      if (s2 === end(model)) {
        count += 1;
        curve.push(total / count);
      }
    }
    return curve;
  }

  // Genomes of the GA: Holland's bits with one-point crossover, or a token for each state with two-point crossover.
  const genomes = {
    bits: (model) => ({
      length: tabular.walk(model, model.next.map(() => 0)).length * Math.ceil(Math.log2(model.next[0].length)),
      fresh: (rng) => rng.below(2),
      changed: (bit) => 1 - bit,
      points: (rng, n) => [1 + rng.below(n - 1), n],
      melody: (genome) => tabular.decode(genome, model.next[0].length),
    }),
    policy: (model) => ({
      length: end(model),
      fresh: (rng) => rng.below(model.next[0].length),
      changed: (_, rng) => rng.below(model.next[0].length),
      points: (rng, n) => [rng.below(n + 1), rng.below(n + 1)].sort((i, j) => i - j),
      melody: (genome) => tabular.walk(model, genome).map((step) => step.token),
    }),
  };

  // Best and mean return of each generation: tournaments of 5, crossover of pairs, mutation, and one elite.
  function evolve(model, kind, generations, seed, { population, mutation, crossover = 0.7 }) {
    const rng = generator(seed), form = genomes[kind](model);
    const fitness = (genome) => sum(tabular.play(model, form.melody(genome)).map((step) => step.reward));
    let people = Array.from({ length: population }, () => Array.from({ length: form.length }, () => form.fresh(rng)));
    let returns = people.map(fitness);
    const history = { best: [Math.max(...returns)], mean: [sum(returns) / population] };
    for (let g = 1; g < generations; g += 1) {
      const children = Array.from({ length: population - 1 }, () => {
        let winner = rng.below(population);
        for (let k = 1; k < 5; k += 1) {
          const rival = rng.below(population);
          if (returns[rival] > returns[winner]) winner = rival;
        }
        return people[winner].slice();
      });
      for (let i = 1; i < children.length; i += 2) {
        if (rng.random() >= crossover) continue;
        const [from, to] = form.points(rng, form.length);
        for (let t = from; t < to; t += 1) [children[i - 1][t], children[i][t]] = [children[i][t], children[i - 1][t]];
      }
      for (const child of children) child.forEach((x, t) => { if (rng.random() < mutation) child[t] = form.changed(x, rng); });
      people = [people[first(returns)], ...children];
      returns = people.map(fitness);
      history.best.push(Math.max(...returns));
      history.mean.push(sum(returns) / population);
    }
    return { ...history, melody: form.melody(people[first(returns)]) };
  }

  return { generator, run, runs, summary, log, replay, learnt, means, evolve, kinds };
})();
