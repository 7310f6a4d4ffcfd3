"use strict";
// Controls of the lecture whose numbers are means over seeds, with 95 % intervals.
// Each takes the knobs' values and says {said, pictures, numbers}: a sentence, what is drawn, and the numbers in it.
const byChance = (() => {
  const { model, sheet, options, SEEDS, tokens, OPTIMUM, NOISE, noise, rollOf, grid, greedyTokens } = scene;
  const { bars, lines, shown } = pictures;
  const { sum } = tabular;

  return {
    model({ melodies }) {
      const counts = grid(0, 200, 20);
      const worths = (count) => Array.from({ length: SEEDS }, (_, i) => {
        const learnt = learners.learnt(model, learners.log(model, count, i + 1));
        const { policy } = tabular.valueIteration(learnt, 1);
        return [tabular.evaluate(model, tabular.certain(model, policy), 1)[0], learnt.tried];
      });
      const all = counts.map(worths), here = worths(melodies);
      const curve = (pick) => all.map((rows, i) => ({ ...learners.summary(rows.map((row) => [row[pick]]))[0], x: counts[i] }));
      const [value, tried] = [0, 1].map((pick) => learners.summary(here.map((row) => [row[pick]]))[0]);
      const one = learners.learnt(model, learners.log(model, melodies, 1));
      const melody = greedyTokens(tabular.valueIteration(one, 1).policy);
      const pairs = (model.next.length - 1) * tokens;
      return {
        said: `From ${melodies} random melodies ${shown(tried.mean)} of ${pairs} pairs of state and token are learnt; the plan returns ${shown(value.mean)} on average (95 % interval ± ${shown(value.half)}, ${SEEDS} seeds).`,
        pictures: [
          lines("Return of the plan", [{ name: "mean and 95 % interval", points: curve(0) }], { across: "random melodies", at: melodies, references: [OPTIMUM] }),
          rollOf("plan of seed 1", melody),
        ],
        numbers: { value, tried },
      };
    },

    replay({ melodies, passes, alpha }) {
      const logs = Array.from({ length: SEEDS }, (_, i) => learners.log(model, melodies, i + 1));
      const found = logs.map((rows) => learners.replay(model, rows, 8, alpha));
      const curve = learners.summary(found.map((each) => each.history)).map((point, x) => ({ ...point, x }));
      const earned = learners.summary(logs.map((rows) => [sum(rows.map((row) => row.r)) / melodies]))[0];
      const melody = greedyTokens(found[0].q.map(tabular.first));
      return {
        said: `The log's melodies return ${shown(earned.mean)} on average; after ${passes} passes the start is worth ${shown(curve[passes].mean)} (95 % interval ± ${shown(curve[passes].half)}, ${SEEDS} logs).`,
        pictures: [
          lines("Learnt value of the start", [{ name: "mean and 95 % interval", points: curve }], { across: "passes over the log", at: passes, references: [OPTIMUM, { name: "the log's melodies", value: earned.mean }] }),
          rollOf("greedy melody, log 1", melody),
        ],
        numbers: { curve },
      };
    },

    prediction({ melodies }) {
      const curves = Array.from({ length: SEEDS }, (_, i) => learners.means(model, melodies, i + 1));
      const points = learners.summary(curves), last = points[points.length - 1];
      const every = Math.max(1, Math.floor(points.length / 60));
      return {
        said: `The mean of ${melodies} returns estimates ${shown(noise)} by ${shown(last.mean)}, in ${SEEDS} runs on average; a single run is off by ${shown((last.half / 1.96) * Math.sqrt(SEEDS))} (standard deviation).`,
        pictures: [
          lines("Estimated value of random tokens", [
            { name: `mean of ${SEEDS} runs and 95 % interval`, points: points.filter((_, i) => i % every === every - 1 || i === 0) },
            { name: "run 1", points: curves[0].map((mean, i) => ({ x: i + 1, mean })).filter((_, i) => i % every === every - 1 || i === 0) },
          ], { across: "melodies", references: [{ name: "exact", value: noise }] }),
        ],
        numbers: { last },
      };
    },

    curves(values) {
      const { learner, episodes = 600, epsilon = 0.1 } = options;
      const setting = { epsilon, ...values };
      if ("start" in values) setting.epsilon = { start: values.start, end: values.end, fraction: values.fraction };
      const found = learners.runs(model, learner, episodes, SEEDS, setting), block = Math.ceil(episodes / 40);
      const online = learners.summary(found.map((run) => run.online), block);
      const series = [{ name: "return while learning, mean and 95 % interval", points: online }];
      const delivered = learners.summary(found.map((run) => run.delivered), block);
      if (options.greedy) series.push({ name: "return of the greedy melody", points: delivered });
      const references = [OPTIMUM];
      if (learner === "Sarsa") references.push({ name: "best policy that explores so", value: tabular.bestSoft(model, setting.epsilon, 1).values[0] });
      else references.push(NOISE);
      const last = online[online.length - 1], reached = delivered[delivered.length - 1];
      const drawing = [lines(`${learner}, ${SEEDS} seeds`, series, { across: "melodies written", references })];
      let regret = null;
      if (options.regret) {
        const lost = found.map((run) => {
          let total = 0;
          return run.online.map((x) => (total += OPTIMUM.value - x));
        });
        regret = learners.summary(lost).filter((_, i) => i % block === block - 1);
        drawing.unshift(lines("Cumulative regret", [{ name: "mean and 95 % interval", points: regret }], { across: "melodies written" }));
      }
      drawing.push(rollOf("greedy melody of seed 1", found[0].melody));
      if (learner === "actor-critic" || learner === "REINFORCE") {
        const top = Math.max(...found[0].row), weights = found[0].row.map((x) => Math.exp(x - top));
        drawing.push(bars("Chances of the first token, seed 1", weights.map((w, a) => ({ label: sheet.names[a], value: w / sum(weights), mark: w === 1 }))));
      }
      const words = regret ? ` In all, ${shown(regret[regret.length - 1].mean)} was lost.` : "";
      return {
        said: `Over the last ${block} of ${episodes} melodies it earned ${shown(last.mean)} on average (95 % interval ± ${shown(last.half)}, ${SEEDS} seeds); its greedy melodies returned ${shown(reached.mean)} then.${words}`,
        pictures: drawing,
        numbers: { online, delivered, regret, last },
      };
    },

    ga({ population, mutation, crossover = 0.7 }) {
      const GENERATIONS = 25;
      const found = Array.from({ length: SEEDS }, (_, i) => learners.evolve(model, options.genome, GENERATIONS, i + 1, { population, mutation, crossover }));
      const [top, mean] = ["best", "mean"].map((name) => learners.summary(found.map((run) => run[name])).map((point, x) => ({ ...point, x })));
      const last = top[top.length - 1];
      const solved = found.filter((run) => run.best[GENERATIONS - 1] > OPTIMUM.value - 1e-9).length;
      return {
        said: `After ${GENERATIONS - 1} generations the best of ${population} returns ${shown(last.mean)} on average (95 % interval ± ${shown(last.half)}); ${solved} of ${SEEDS} runs found the optimum.`,
        pictures: [
          lines(`${SEEDS} runs of a GA on ${options.genome === "bits" ? "bit strings" : "policies"}`, [{ name: "best of the population", points: top }, { name: "mean of the population", points: mean }], { across: "generations", references: [OPTIMUM, NOISE] }),
          rollOf("best melody of run 1", found[0].melody),
        ],
        numbers: { best: top, mean, solved },
      };
    },
  };
})();
