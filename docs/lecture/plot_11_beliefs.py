r"""
11. What is not seen: beliefs
=============================

Whoever does not see the state can remember how likely each state is. After an action and an observation a belief
changes by Bayes' rule (Kaelbling, Littman & Cassandra 1998; Sutton & Barto, section 17.3; Silver, lecture 2,
extensions):

.. math:: b^\prime(s^\prime) \propto \Pr(o \mid s^\prime, a) \sum_s \Pr(s^\prime \mid s, a)\, b(s)

A listener likes C major or A minor, and smiles or frowns at each token, rightly in eight of ten cases. The agent
hears that alone.
"""

import matplotlib.pyplot as plt
import numpy as np

import evomusic as em

listener = em.Listener(accuracy=0.8)
grid = em.Grid(bars=1, beats=6, steps_per_beat=1, low=57, high=67, scale="C major")
worth = em.value_of_listening(listener, grid)
print(worth._asdict())

# %%
# The belief in C major while melodies are written, forty for each listener, and their means. Tokens that both tastes
# like alike tell nothing: there the lines are level.
agent, rng = em.BeliefAgent(listener, grid), np.random.default_rng(2)
figure, ax = plt.subplots(figsize=(7, 4))
for colour, taste in zip(("C0", "C1"), listener.labels, strict=True):
    beliefs = np.array([np.array(agent.write(taste, rng).beliefs)[:, 0] for _ in range(40)])
    ax.plot(beliefs.T + rng.normal(0, 0.006, (1, 40)), colour, alpha=0.15)
    ax.plot(beliefs.mean(axis=0), colour, linewidth=3, label=f"the listener likes {taste}: mean")
ax.set(xlabel="tokens heard", ylabel=f"belief in {listener.labels[0]}", ylim=(-0.03, 1.03))
ax.legend()

# %%
# The other half of the story is an agent that does not see all of its own melody. What a view costs is exact: the
# best policy that sees the last pitch alone, without the clock, against the optimum, and with one step more of
# memory.
task = em.make("tiny", bars=2)
window = em.View(observers=(em.Window(em.LastPitches(), 2),), clock=False)
{
    name: em.value_of_observation(task, view).loss
    for name, view in {"last pitch": "pitch", "two steps of it": window}.items()
}

# %%
# **Exercise.** How right must the listener be for listening to be worth half of knowing? ``em.listening_curve`` draws
# the line.
