"""
Evolution against Q-learning
============================

A genetic algorithm and Q-learning write melodies under one ledger: a note is a step, whoever writes it. The optimum is
exact, so that each has a regret and not only a rank. Five seeds illustrate; they rank nothing.
"""

import matplotlib.pyplot as plt

import evomusic as em

task = em.make("tune")
methods = {"genetic algorithm": em.GA(), "Q-learning": em.QLearning()}
runs = {name: [em.run(method, task, 300_000, seed) for seed in range(5)] for name, method in methods.items()}

# %%
# The best melody so far, one line a seed.
figure, ax = plt.subplots(figsize=(7, 4))
for colour, (name, records) in zip(("C0", "C1"), runs.items(), strict=True):
    for record in records:
        ax.plot(record.curve.steps, record.curve.best, colour, label=name if record is records[0] else None)
ax.axhline(task.optimum().value, color="black", linestyle=":", label="optimum")
ax.set(xscale="log", xlabel="steps", ylabel="best return", ylim=(-100, 40))
ax.legend()

# %%
# The best melody of the genetic algorithm: read it, or press play.
best = max(runs["genetic algorithm"], key=lambda record: record.best_return)
em.Melody(best.best, task.grid)
