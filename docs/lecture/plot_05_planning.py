r"""
5. Dynamic programming: planning with a model
=============================================

Who knows the model need not try anything out. Policy iteration evaluates a policy and makes it greedy on its own
values (Sutton & Barto 4.9); value iteration does both in one update, for all states in each sweep (4.10; Silver,
lecture 3):

.. math:: v_{k+1}(s) = \max_a \sum_{s^\prime, r} p(s^\prime, r \mid s, a)\,[r + \gamma\, v_k(s^\prime)]
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

task = em.make("tiny", bars=3)
mdp = em.FiniteMDP.from_task(task)
optimum = task.optimum().value
policy, rounds = np.full((mdp.states, mdp.actions), 1 / mdp.actions), []
while len(rounds) < 2 or rounds[-1] > rounds[-2]:
    values = em.plan.evaluate_policy(mdp, policy, gamma=1.0)
    rounds.append(values[0])
    policy = em.plan.improve(mdp, values)  # greedy: (4.9)
print("policy iteration, the start in each round:", np.round(rounds, 2))

# %%
values, sweeps = np.zeros(mdp.states), [0.0]
for _ in range(task.grid.steps + 2):
    values = em.plan.q_of(mdp, values, gamma=1.0).max(axis=1)  # (4.10)
    sweeps.append(values[0])
print("value iteration, the start after each sweep:", np.round(sweeps, 2))
assert values[0] == optimum == rounds[-1]  # as `task.optimum()` proves it by a search with bounds

# %%
# A melody of twelve steps: after k sweeps the start sees k steps ahead, so it takes twelve. Policies improve in
# leaps, and never get worse.
figure, ax = plt.subplots(figsize=(7, 4))
ax.plot(rounds, "o-", label="policy iteration, rounds")
ax.plot(sweeps, "s-", label="value iteration, sweeps")
ax.axhline(optimum, color="black", linestyle=":", label="optimum")
ax.set(xlabel="round, or sweep", ylabel="value of the start", title="tiny, three bars")
ax.legend()

# %%
# **Exercise.** ``em.plan.modified_policy_iteration(mdp, gamma=.99, sweeps=k)`` lies between both: what is it for k =
# 1, and for very large k? Look at ``visited`` of ``em.make("tune").optimum()``: how does a search do with so few
# states?
