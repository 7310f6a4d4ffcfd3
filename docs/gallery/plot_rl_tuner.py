"""
RL Tuner: nine rules, and how much of a total is exact
======================================================

The published task of Jaques, Gu, Turner and Eck (2016). Six of its nine rules are automata, so that the best sum of the
six is proved; three look at the whole past and have a ceiling each. Together they bound every melody's total; a
branch and bound of its own (``experiments/tuner_optimum``) proves what the best total is.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

task = em.make("rl-tuner")
six = task.solution  # the planner's, of the automata
print(f"six automata: {six.value:.2f}, {'proved' if six.solved else 'not proved'}", end="; ")
print(f"nine rules: no melody above {task.bound().upper:.2f}")

# %%
# A genetic algorithm on 32 tokens, and one on eight tokens that are written four times, one seed each. The last melody
# is the optimum: no other melody of the 38^32 totals as much.
runs = {
    "GA on tokens": em.run(em.GA(), task, 300_000, seed=0),
    "GA on a motif, four times": em.run(em.GA(encoding=em.Form(form="AAAA")), task, 300_000, seed=0),
}
melodies = {"best for the six automata": six.tokens, **{name: record.best for name, record in runs.items()}}
melodies["optimum of the nine"] = np.tile(np.uint8([14, 21, 16, 11, 15, 7, 13, 18]), 4)
parts = task.parts(np.array(list(melodies.values())))  # (4, 9)

# %%
# Each rule's part of four totals. A black mark is the most that the rule could give alone: the optimum of an automaton,
# the ceiling of a measure. The rules cannot all have it at once.
most = [em.Task(task.grid, em.Reward({rule: 1.0})).optimum().value for rule in task.reward.rules]
most += [measure.bounds(task.grid)[1] for measure in task.reward.final]
rows = np.arange(len(most))
figure, ax = plt.subplots(figsize=(8, 6.5))
for number, (name, values) in enumerate(zip(melodies, parts, strict=True)):
    bars = ax.barh(rows + 0.2 * (number - 1.5), values, 0.18, label=f"{name}: {values.sum():.1f}")
    boxes = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
    ax.bar_label(bars, fmt="{:.1f}", padding=3, fontsize=7, bbox=boxes)
ax.vlines(most, rows - 0.45, rows + 0.45, color="black", linewidth=1.2, label="most of this rule alone")
ax.set(xlabel="part of the total", xlim=(-110, 175), yticks=rows, yticklabels=task.part_names)
ax.axhline(5.5, color="grey", linewidth=0.8, linestyle=":")
ax.invert_yaxis()
ax.legend(loc="upper right", fontsize=8, title="totals")
figure.tight_layout()

# %%
# The best of the genetic algorithms: a high total, and little music. Real tunes have less than noise here.
max(runs.values(), key=lambda record: record.best_return).melody
