"""Planners of finite MDPs: dynamic programming (Sutton & Barto 2018, chapter 4).

    >>> import evomusic as em
    >>> coin = em.FiniteMDP.of({0: {0: [(0.5, 0, -1.0, False), (0.5, 0, -1.0, True)]}}, start=0)
    >>> em.plan.policy_iteration(coin, gamma=1.0).values.round(9).tolist()  # two tosses on average
    [-2.0]

Read first `evaluation.py` (values of a policy) and `iteration.py` (the optimum). `sweeps.py` lays a model out for
backups and holds the compiled sweeps; `certainty.py` bounds the error of results and solves a policy's equations;
`undiscounted.py` and `gain.py` are for gamma 1; `horizon.py` counts steps; `softened.py` makes policies explore.
"""
