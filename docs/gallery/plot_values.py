"""
What is learnt: V and Q on the piano roll
=========================================

The value of each last pitch at each step, and the greedy melody among its alternatives.
"""

import evomusic as em

task, learner = em.make("tune", bars=1), em.QLearning(epsilon=0.3)
state = em.run(learner, task, 400_000, seed=0).state
figure = em.plots.draw_values(task, learner, state)

# %%
figure = em.plots.draw_choices(task, learner, state)
