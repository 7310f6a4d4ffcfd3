r"""
8. Sarsa and Q-learning: on and off policy
==========================================

Sarsa learns the values of what it does, exploration and all (Sutton & Barto 6.7); Q-learning those of the best
policy, whatever it does (6.8; Silver, lecture 5):

.. math:: Q(S_t, A_t) \leftarrow Q(S_t, A_t) + \alpha\,[R_{t+1} + \gamma\, Q(S_{t+1}, A_{t+1}) - Q(S_t, A_t)]

.. math:: Q(S_t, A_t) \leftarrow Q(S_t, A_t) + \alpha\,[R_{t+1} + \gamma \max_a Q(S_{t+1}, a) - Q(S_t, A_t)]

Both limits can be planned exactly: the best policy, and the best one among those that explore.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

epsilon, task = 0.3, em.make("tiny")
mdp = em.FiniteMDP.from_task(task)
best, careful = (em.plan.value_iteration(model, gamma=1.0) for model in (mdp, em.plan.soft(mdp, epsilon)))
limits = {"Q-learning": best.q[0].max(), "Sarsa": em.plan.q_of(mdp, careful.values)[0].max()}
learners = {"Q-learning": em.QLearning(alpha=0.05, epsilon=epsilon), "Sarsa": em.Sarsa(alpha=0.05, epsilon=epsilon)}
steps = np.linspace(500, 40_000, 20).astype(int)
values = {
    name: [[em.learn.train(learner, mdp, int(n), seed).q[0].max() for n in steps] for seed in range(20)]
    for name, learner in learners.items()
}
for name, found in values.items():
    print(f"{name}: {np.mean(found, axis=0)[-1]:.3f}; planned: {limits[name]:.3f}")

# %%
# The greatest value at the start, mean of 20 seeds with their standard deviation, and both limits. The lower one is
# what the first token is worth to someone who will slip in three cases of ten later on: Sarsa reckons with its own
# exploration, Q-learning does not.
figure, ax = plt.subplots(figsize=(7, 4))
for colour, (name, found) in zip(("C0", "C1"), values.items(), strict=True):
    mean, deviation = np.mean(found, axis=0), np.std(found, axis=0)
    ax.plot(steps, mean, colour, label=name)
    ax.fill_between(steps, mean - deviation, mean + deviation, color=colour, alpha=0.2, linewidth=0)
    ax.axhline(limits[name], color=colour, linestyle=":")
ax.set(xlabel="steps", ylabel="max Q of the start", title=f"tiny, epsilon {epsilon}; dotted: planned")
ax.legend()

# %%
# **Exercise.** Sarsa's band does not shrink at a constant alpha. Try ``alpha=0.01`` with ten times the steps, then an
# epsilon that falls to 0: where does its line go?
