"""
What the agent sees
===================

A view is the agent state: what is observed of the melody so far. `value_of_observation` gives the best return that a
policy of the view can have, exactly or as a bound. With the clock a deterministic melody can be written blindly;
without it, the same state must always be answered by the same token.
"""

import matplotlib.pyplot as plt

import evomusic as em

task = em.make("tiny")
views = {
    "nothing": em.View(clock=False),
    "last pitch": em.View(observers=(em.LastPitches(),), clock=False),
    "last pitch, now\nand a step ago": em.View(observers=(em.Window(em.LastPitches(), 2),), clock=False),
    "the clock alone": em.View(),
}
values = {name: em.value_of_observation(task, view).value for name, view in views.items()}

# %%
figure, ax = plt.subplots(figsize=(6.5, 3.5))
ax.bar(list(values), list(values.values()))
ax.axhline(task.optimum().value, color="black", linestyle=":")
_ = ax.set(ylabel="best return of a policy", title="tiny; dotted: the optimum")
