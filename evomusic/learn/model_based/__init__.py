"""Planning with a model: learnt from experience, or the task itself (Sutton & Barto 2018, chapter 8).

`learnt_model.py` counts the outcomes of each pair of state and action; its model is the most likely one (section 8.1),
and the expected update by it is (8.1). Read `dyna.py` first: Dyna-Q, Dyna-Q+ and prioritised sweeping learn such a
model and plan with it between steps. `rollouts.py` (section 8.10) and `tree_search.py` (section 8.11) need no learnt
model: they plan with the task, from the melody written so far, and every simulated melody is charged as an evaluated
one.

>>> import evomusic as em
>>> log = [(0, 0, 0.0, 1, False), (1, 0, 1.0, 0, True), (0, 0, 2.0, 0, True)]
>>> model = em.learn.fit_model(log, states=2, actions=1)
>>> model.outcomes.rows["p"].tolist()[:2]  # state 0 ended once and led to state 1 once
[0.5, 0.5]
"""
