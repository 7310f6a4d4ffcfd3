"""
The family of the best melody
=============================

Where the best melody came from: its main line of parents, with the others that lent it a part.
"""

import evomusic as em

task = em.make("tune")
family = em.find_family(em.GA(population=60), task, 100_000, seed=2)
figure = em.plots.draw_family(family, task.grid)
