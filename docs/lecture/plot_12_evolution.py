r"""
12. Evolution: search in the space of behaviours
================================================

Evolution looks for a behaviour as a whole, and learns from nothing but its return (Sutton & Barto, section 1.4, call
such methods evolutionary). What is varied is a genome g, what is judged is what it decodes to, and selection follows
the fitness:

.. math:: g^* = \arg\max_g\, f(g), \qquad f(g) = G_0(\mathrm{decode}(g)) = \sum_{t=1}^{T} R_t

Notes are their own genome (Holland 1975); a tree is a phrase as an expression (Koza 1992); a grammar grows one from
an axiom (Lindenmayer 1968); a policy writes it, as a learner's does. One ledger charges them all, and Q-learning
beside them.
"""

import matplotlib.pyplot as plt

import evomusic as em

task = em.make("rules", bars=2)
optimum = task.optimum().value
methods = {
    "genetic algorithm": em.GA(),
    "genetic programming": em.GA(encoding=em.Tree()),
    "grammars that grow": em.GA(encoding=em.Grammar()),
    "evolved policies": em.GA(encoding=em.PolicyTable(view="short")),
    "Q-learning": em.QLearning(view="short"),
}
runs = {name: [em.run(method, task, 100_000, seed) for seed in range(5)] for name, method in methods.items()}
for name, records in runs.items():
    best = sorted(record.best_return for record in records)
    print(f"{name:20} best melody {best[0]:5.2f} to {best[-1]:5.2f} of {optimum:.2f}")

# %%
# The regret of the best melody so far, one line a seed. Five seeds illustrate; which of them is better, and where, is
# a question for ``evomusic compare`` with thirty.
figure, axes = plt.subplots(1, 5, figsize=(11, 3), sharey=True, layout="constrained")
for ax, (name, records) in zip(axes, runs.items(), strict=True):
    for record in records:
        ax.plot(record.curve.steps, optimum - record.curve.best, "C0", alpha=0.7)
    ax.set(title=name, xlabel="steps", xscale="log")
_ = axes[0].set(ylabel="regret of the best melody", yscale="symlog", ylim=(0, None))

# %%
# What genetic programming found: genotype and phenotype in one line.
record = max(runs["genetic programming"], key=lambda record: record.best_return)
print(em.Tree().text(task, record.state.genomes)[int(record.state.returns.argmax())])
em.Melody(record.best, task.grid)

# %%
# **Exercise.** Judge them by what they *deliver* (``record.curve.delivered``) instead of by the best melody they ever
# saw. Who changes places, and why is that the fairer question for a learner?
