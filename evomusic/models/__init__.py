"""Explicit models: finite MDPs and POMDPs, as arrays that planners solve and learners walk.

A finite Markov decision process says with which probability p(s', r | s, a) an action a in state s leads to state s'
with reward r (Sutton & Barto 2018, equation 3.2). An episode may end with an outcome; its return is

    G = R1 + gamma R2 + gamma^2 R3 + ...    (3.8)

up to the end. A POMDP adds observations: the agent sees o with probability O(o | a, s') in place of the state, and acts
on its belief, the probability of each state given all that it saw (Kaelbling, Littman & Cassandra 1998).

Conventions. States, actions and observations are numbered from 0 in all arrays; where they have names, arguments and
errors use these. `FiniteMDP` lists outcomes by state and action, (S, A, S) as dense arrays; `FinitePOMDP` has the
action first, (A, S, S), as its text format has, and `SparsePOMDP` lists only what can happen. The start is a state or
a distribution. Outcomes say whether they end the episode; nothing behind an end counts.

A student at home studies, with luck, until the exam is passed:

    >>> import evomusic as em
    >>> def step(state, action):
    ...     if action == "rest":
    ...         return 1.0, "home", -1.0, False
    ...     return [(0.5, "home", -2.0, False), (0.5, "passed", 10.0, True)]
    >>> mdp = em.FiniteMDP.from_functions(["home", "passed"], ["rest", "study"], step, start="home")
    >>> mdp["home", "rest"]
    [(1.0, 'home', -1.0, False)]
    >>> round(float(em.plan.value_iteration(mdp, gamma=1.0).values[mdp.state("home")]), 9)
    8.0

What lives here, in reading order: `mdp.py` (FiniteMDP), with `listing.py` (rows from functions, dicts, arrays),
`mdp_from_gymnasium.py` and `mdp_from_task.py`; `pomdp.py` (FinitePOMDP) and `sparse_pomdp.py` (SparsePOMDP, with
`rows.py`), with `pomdp_file.py` and `pomdp_cells.py` (the `.POMDP` format), `pomdp_from_mdp.py` and `classics.py`
(models of the literature); `walk.py`, the protocol that learners walk models by, with `outcomes.py` and `hidden.py`,
the two models in that form; `transitions.py`, logs of steps; `names.py` and `arrays.py`, checks.
"""
