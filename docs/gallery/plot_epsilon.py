"""
Exploration: epsilon
====================

Epsilon is the share of random actions (Sutton & Barto 2018, section 2.2). None, and the learner stays with the first
melody that was not bad; too many, and no melody is ever finished as it was meant.
"""

import evomusic as em

task = em.make("tiny")
mdp = em.FiniteMDP.from_task(task)
choices = {f"epsilon {e}": em.QLearning(epsilon=e, initial=-5.0) for e in (0.0, 0.1, 0.5)}
choices["1 falling to 0.05"] = em.QLearning(epsilon=em.Decay(1.0, 0.05, 0.8), initial=-5.0)
runs = {
    name: [em.learn.train(learner, mdp, steps=2400, seed=seed) for seed in range(20)]
    for name, learner in choices.items()
}
figure = em.plots.draw_episodes(runs, "tiny, 20 seeds", window=30, optimum=task.optimum().value)
