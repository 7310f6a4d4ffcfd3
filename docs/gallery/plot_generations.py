"""
A population, generation by generation
======================================

Selection, crossover and mutation, seen as piano rolls.
"""

import evomusic as em

figure = em.plots.draw_generations(em.make("tune"), em.GA(), seed=1, at=(0, 1, 5, 20, 100))
