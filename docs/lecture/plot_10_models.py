r"""
10. Learnt models: Dyna
=======================

A model need not be given: it is learnt from experience, and planned with. Dyna-Q repeats n updates of remembered
steps after each real one (Sutton & Barto, section 8.2; Silver, lecture 8), with what its model says of reward and
next state:

.. math:: Q(S, A) \leftarrow Q(S, A) + \alpha\,[\hat{r}(S, A) + \gamma \max_a Q(\hat{s}(S, A), a) - Q(S, A)]

Steps are charged for real tokens; updates with the model are counted in a column of their own.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

task = em.make("tiny", bars=2)
mdp = em.FiniteMDP.from_task(task)
optimum = task.optimum().value
steps = np.arange(80, 2001, 240)
delivered = {}
for n in (0, 5, 50):
    learner = em.Dyna(planning=n, epsilon=0.3)
    runs = [[em.learn.train(learner, mdp, int(k), seed).policy for k in steps] for seed in range(20)]
    delivered[n] = [[em.plan.evaluate_policy(mdp, policy)[0] for policy in run] for run in runs]
    print(f"n = {n}: greedy policy at step {steps[2]} worth {np.mean(delivered[n], axis=0)[2]:.2f} of {optimum:.1f}")

# %%
# What the greedy policy is worth, mean of 20 seeds with its standard error. Thinking replaces trying, up to a point:
# a model of few real steps has no more to say to fifty updates than to five.
figure, ax = plt.subplots(figsize=(7, 4))
for n, runs in delivered.items():
    ax.errorbar(steps, np.mean(runs, axis=0), np.std(runs, axis=0) / np.sqrt(20), capsize=2, label=f"n = {n}")
ax.axhline(optimum, color="black", linestyle=":", label="optimum")
ax.set(xlabel="real steps", ylabel="return of the greedy policy", title="Dyna on two bars of tiny")
ax.legend()

# %%
# The model is there as a whole, an MDP as any other, and the planner of page 5 solves it. Of what was never tried it
# knows nothing:
for budget in (200, 1000, 5000):
    model = em.learn.train(em.Dyna(epsilon=1.0), mdp, budget, seed=0).model
    print(f"after {budget} steps the model's own optimum is {em.plan.value_iteration(model, gamma=1.0).values[0]:.2f}")

# %%
# **Exercise.** Is 50 better than 5 in seconds, too? Compare ``em.Dyna(planning=10, priority=0.01)``, prioritised
# sweeping (section 8.4).
