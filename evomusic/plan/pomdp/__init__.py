"""Planners of POMDPs: values of beliefs b, the probabilities (S,) of states given all that was seen.

After action a and observation o, Bayes' rule gives b'(s') ~ O(o | a, s') sum_s T(s' | s, a) b(s), and

    V(b) = max_a [sum_s b(s) R(s, a) + gamma sum_o P(o | b, a) V(b')]

(Kaelbling, Littman & Cassandra 1998, sections 3.3 and 4.1). V is the greatest of linear functions, the alpha vectors.

    >>> import evomusic as em
    >>> model = em.FinitePOMDP(transitions=[[[1, 0], [0, 1]]], emissions=[[[0.8, 0.2], [0.2, 0.8]]], rewards=[[0, 1]])
    >>> em.plan.update_belief(model, [0.5, 0.5], action=0, observation=1).belief.round(3).tolist()
    [0.2, 0.8]

Read first `belief.py` (the update, and two upper bounds), `search.py` (both bounds, narrowed where they disagree), and
on it `point_based.py` (bounds at any time) and `solve.py` (the optimum, certified at each belief asked). The search's
kernels are `store.py` and `room.py` (all that was found), `reach.py` (beliefs that can follow), `bounds.py` (vectors
below, the sawtooth above), `trial.py` (walks and sweeps) and `initial.py` (the bounds to begin with).
`alpha_vectors.py` holds vectors of all states, `finite_horizon.py` exact backups with `pruning.py`,
`policy_iteration.py` those without end, and `belief_mdp.py` makes beliefs the states of an MDP.
"""
