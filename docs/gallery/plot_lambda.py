"""
Credit: lambda
==============

TD(lambda) spreads an error over the states before it. Lambda 0 trusts the next value alone, lambda 1 is Monte Carlo.
Predicted values of the random policy are compared with the exact ones, which are solved as a linear system.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

mdp = em.FiniteMDP.from_task(em.make("tiny"))
policy = np.full((mdp.states, mdp.actions), 1 / mdp.actions)
exact = em.evaluate_policy(mdp, policy, gamma=1.0)
lambdas, errors = np.linspace(0, 1, 6), []
for lam in lambdas:
    found = [em.learn.predict(em.TD(lam=lam, alpha=0.05), mdp, policy, episodes=60, seed=seed) for seed in range(30)]
    errors.append([np.sqrt(np.mean((f.values - exact) ** 2)) for f in found])

# %%
figure, ax = plt.subplots(figsize=(6, 4))
ax.errorbar(lambdas, np.mean(errors, axis=1), np.std(errors, axis=1) / np.sqrt(30), marker="o", capsize=3)
_ = ax.set(xlabel="lambda", ylabel="RMS error after 60 melodies", title="mean and standard error of 30 seeds")
