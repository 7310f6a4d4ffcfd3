r"""
6. Monte Carlo: values are means
================================

Without a model, write melodies and take the mean of what was returned after each state (Sutton & Barto, section 5.1;
Silver, lecture 4). As an update with a step of 1 / N(s), where N counts the visits,

.. math:: V(S_t) \leftarrow V(S_t) + \frac{1}{N(S_t)}\,[G_t - V(S_t)]

nothing is assumed of states that follow, so nothing is biased; the price is variance.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

task = em.make("tiny")
mdp = em.FiniteMDP.from_task(task)
noise = np.full((mdp.states, mdp.actions), 1 / mdp.actions)
exact = em.plan.evaluate_policy(mdp, noise, gamma=1.0)[0]
errors = []
for seed in range(40):
    found = em.learn.predict(em.MonteCarloValues(), mdp, noise, episodes=3000, seed=seed, keep=True)
    errors.append(found.history[1:, 0] - exact)
rms = np.sqrt(np.mean(np.square(errors), axis=0))
print(f"exactly {exact:.4f}; RMS error after 30, 300, 3000 melodies: {rms[29]:.3f}, {rms[299]:.3f}, {rms[2999]:.3f}")

# %%
# The error falls by the square root of the number of melodies: ten times as many for a third of the error. The dotted
# line is no fit: it is the standard deviation of one return, over all 625 melodies, by the square root.
melodies = np.indices((task.grid.tokens,) * task.grid.steps).reshape(task.grid.steps, -1).T.astype(np.uint8)
deviation = task.evaluate(melodies).std()
episodes = np.arange(1, 3001)
figure, ax = plt.subplots(figsize=(7, 4))
ax.loglog(episodes, rms, label="RMS error of 40 seeds")
ax.loglog(episodes, deviation / np.sqrt(episodes), "k:", label=f"{deviation:.2f} / square root of melodies")
ax.set(xlabel="melodies", ylabel="error of the value of the start")
ax.legend()

# %%
# **Exercise.** A fitness is a Monte Carlo return: a genetic algorithm never looks at single rewards. What does it
# lose by that, and what can it not be misled by? Compare with the next page.
