"""Planners of POMDPs: values of beliefs b, the probabilities (S,) of states given all that was seen.

After action a and observation o, Bayes' rule gives b'(s') ~ O(o | a, s') sum_s T(s' | s, a) b(s), and

    V(b) = max_a [sum_s b(s) R(s, a) + gamma sum_o P(o | b, a) V(b')]

(Kaelbling, Littman & Cassandra 1998, sections 3.3 and 4.1). V is the greatest of linear functions, the alpha vectors.

    >>> import evomusic as em
    >>> model = em.FinitePOMDP(transitions=[[[1, 0], [0, 1]]], emissions=[[[0.8, 0.2], [0.2, 0.8]]], rewards=[[0, 1]])
    >>> em.plan.update_belief(model, [0.5, 0.5], action=0, observation=1).belief.round(3).tolist()
    [0.2, 0.8]

Read first `belief.py` (the update, and two upper bounds) and `solve.py` (the optimum, certified at each belief asked).
`alpha_vectors.py` holds point-based backups, `finite_horizon.py` exact ones with `pruning.py`, `policy_iteration.py`
those without end, `belief_graph.py` the search of `solve.py`, and `belief_mdp.py` makes beliefs the states of an MDP.
"""
