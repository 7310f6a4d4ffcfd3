"""
Islands that exchange their best
================================

Populations evolve apart and send migrants to each other (Cohoon et al. 1987); islands may use different methods, here
a genetic algorithm and Q-learning.
"""

import matplotlib.pyplot as plt

import evomusic as em

task = em.make("tune")
alone = em.run(em.GA(), task, 400_000, seed=0)
mixed = em.run(em.Islands(methods=(em.GA(), em.QLearning())), task, 400_000, seed=0)
figure, ax = plt.subplots(figsize=(7, 4))
for name, record in {"one population": alone, "a GA and Q-learning as islands": mixed}.items():
    ax.plot(record.curve.steps, record.curve.best, label=name)
ax.set(xscale="log", xlabel="steps", ylabel="best return", ylim=(-100, 40), title="one seed each: an illustration")
ax.legend()
