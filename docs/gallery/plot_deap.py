"""
DEAP under the same ledger
==========================

DEAP's own eaSimple, with its operators, on the same task: every melody that it evaluates is charged.
"""

import matplotlib.pyplot as plt

import evomusic as em

task = em.make("tune")
figure, ax = plt.subplots(figsize=(7, 4))
for name, method in {"DEAP, eaSimple": em.Deap(), "GA with musical operators": em.GA()}.items():
    record = em.run(method, task, 100_000, seed=0)
    ax.plot(record.curve.steps, record.curve.best, label=name)
ax.set(xscale="log", xlabel="steps", ylabel="best return", ylim=(-200, 40), title="one seed each: an illustration")
ax.legend()
