"""
Why a melody has the return that it has
=======================================

The reward of each rule at each step, under the notes.
"""

import evomusic as em

task = em.make("tune")
record = em.run(em.HillClimb(), task, 100_000, seed=5)
figure = em.plots.draw_account(task, em.Melody(record.best, task.grid))
