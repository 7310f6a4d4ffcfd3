"""
NSGA-II: rules that pull apart
==============================

Groups of rules are objectives of their own. No melody of the front is better in one without being worse in another
(Deb et al. 2002).
"""

import numpy as np

import evomusic as em

task = em.make("tune")
method = em.NSGA2(population=100)
record = em.run(method, task, 500_000, seed=2)
values, melodies = record.state.values, record.state.genomes

# %%
# The melodies that none of the population dominates.
best = [i for i, v in enumerate(values) if not ((values >= v).all(axis=1) & (values > v).any(axis=1)).any()]
_, once = np.unique(values[best], axis=0, return_index=True)
front = np.array(best)[once]
figure = em.plots.draw_front(values[front], melodies[front], task.grid, tuple(dict(task.reward.groups)))
