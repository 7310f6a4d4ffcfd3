"""
MAP-Elites: the best of every kind
==================================

An archive holds the best melody of each kind, here by two measures of its own sound (Mouret & Clune 2015). Numbered
cells are shown as piano rolls.
"""

import evomusic as em

task = em.make("tune")
method = em.MapElites()
record = em.run(method, task, 500_000, seed=1)
figure = em.plots.draw_archive(task, method, record.state, "archive of tune")
