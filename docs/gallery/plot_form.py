"""
A form, and a bar that stays
============================

Conditions on exact samples: a form ties sections, a lock keeps bars as they are.
"""

import numpy as np

import evomusic as em

task, rng = em.make("tune"), np.random.default_rng(7)
policy = task.soften(1.0)
tune = em.Melody(policy.sample(1, rng, like="AABA")[0], task.grid)
tune

# %%
# The first bar stays, the others are drawn anew.
em.Melody(policy.sample(1, rng, locked=em.conditions.bars(tune, 0))[0], task.grid)
