r"""
4. Values and the Bellman equations
===================================

A value says what a state is worth: under a policy (Sutton & Barto 3.14), or at best (3.19; Silver, lecture 2):

.. math:: v_\pi(s) = \sum_a \pi(a \mid s) \sum_{s^\prime, r} p(s^\prime, r \mid s, a)\,[r + \gamma\, v_\pi(s^\prime)]

.. math:: v_*(s) = \max_a \sum_{s^\prime, r} p(s^\prime, r \mid s, a)\,[r + \gamma\, v_*(s^\prime)]

The first is a linear system, which is solved at once; the second has a maximum in it.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

task = em.make("tiny")
mdp = em.FiniteMDP.from_task(task)
noise = np.full((mdp.states, mdp.actions), 1 / mdp.actions)
random = em.plan.evaluate_policy(mdp, noise, gamma=1.0)
best = em.plan.value_iteration(mdp, gamma=1.0).values
print(f"the start is worth {random[0]:.4f} to random tokens, {best[0]:.1f} to the best policy")

# %%
# Both are fixed points: put into the right side of their equations they come out again.
print(np.abs((em.plan.q_of(mdp, random) * noise).sum(axis=1) - random).max())
print(np.abs(em.plan.q_of(mdp, best).max(axis=1) - best).max())

# %%
# All 18 states of the smallest task, each named by a history that leads to it.
tokens = [".", "-", "C", "D", "E"]
names = [" ".join(tokens[a] for a in row.history) or "start" for row in task.q_table()]
places = np.arange(len(names))
figure, ax = plt.subplots(figsize=(7, 5))
ax.barh(places + 0.2, best[: len(names)], 0.4, label="the best policy")
ax.barh(places - 0.2, random[: len(names)], 0.4, label="random tokens")
ax.set_yticks(places, names)
ax.invert_yaxis()
ax.set(xlabel="value, gamma 1", title="a rest is ., a hold is -")
ax.legend()

# %%
# **Exercise.** Which state has the greatest difference between both values? Say in words of music what random tokens
# do wrong there.
