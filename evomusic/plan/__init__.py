"""Planning: exact values and policies of explicit models (`evomusic.models`), each with a certified bound.

Letters: S states, A actions, pi a policy, gamma the discount. The value of a state is its expected return; the return
of an episode is R1 + gamma R2 + gamma^2 R3 + ... up to its end. Values satisfy the Bellman equations (Sutton & Barto
2018)

    v_pi(s)   = sum_a pi(a | s) sum_{s', r} p(s', r | s, a) [r + gamma v_pi(s')]       (4.4)  evaluate_policy
    q_pi(s,a) = sum_{s', r} p(s', r | s, a) [r + gamma v_pi(s')]                       (4.6)  evaluate_q, q_of
    pi'(s)    = argmax_a q_pi(s, a)                                                    (4.9)  improve
    v*(s)     = max_a sum_{s', r} p(s', r | s, a) [r + gamma v*(s')]                   (4.1)  value_iteration,
                                                                  policy_iteration, modified_policy_iteration

Conventions. Results are arrays: `values` (S,), `q` (S, A), `policy` (S,) action numbers; a policy may also be (S, A)
probabilities. `mdp.state(name)` and `mdp.action(name)` give the numbers of names. Terminal states have value 0. `bound`
says how far the values can be from the truth, rounding included. With gamma below 1 every value is finite. With gamma 1

- values are exact where episodes end, or where rewards are 0 from some time on;
- they are minus infinity where every policy may lose for ever;
- a model in which a policy may gain for ever is refused, and so is one whose gains cancel its losses for ever.

A robot collects cans (after Sutton & Barto 2018, example 3.3); searching may run its battery down:

    >>> import evomusic as em
    >>> def step(battery, action):
    ...     if action == "wait":
    ...         return 1.0, battery, 1.0, False
    ...     if action == "recharge":
    ...         return 1.0, "high", 0.0, False
    ...     worse = (0.5, "low", 2.0, False) if battery == "high" else (0.5, "high", -3.0, False)
    ...     return [(0.5, battery, 2.0, False), worse]
    >>> robot = em.FiniteMDP.from_functions(["high", "low"], ["search", "wait", "recharge"], step, start="high")
    >>> best = em.plan.value_iteration(robot, gamma=0.9)
    >>> [robot.action_names[a] for a in best.policy]
    ['search', 'recharge']
    >>> best.values.round(3).tolist(), best.bound < 1e-9
    ([13.793, 12.414], True)
    >>> em.plan.evaluate_policy(robot, [1, 1], gamma=0.9).round(3).tolist()
    [10.0, 10.0]

Read first: `mdp/iteration.py` and `mdp/evaluation.py` for MDPs, `pomdp/belief.py` and `pomdp/solve.py` for POMDPs,
`observation.py` for the cost of what an agent does not see (`value_of_observation`).
"""

from __future__ import annotations

from evomusic._lazy import lazy

__getattr__, __dir__, __all__ = lazy(__name__, __file__)
