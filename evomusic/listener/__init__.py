"""A listener with a hidden taste: a POMDP of music, solved exactly.

The agent writes a melody token by token, and after each the listener smiles or frowns, rightly with some probability.
It does not observe the taste, which decides its reward, so it holds a belief over tastes and may write to find out.

    >>> import evomusic as em
    >>> grid = em.Grid(bars=1, beats=2, steps_per_beat=1, low=60, high=62)
    >>> worth = em.value_of_listening(em.Listener(accuracy=0.9), grid)
    >>> worth.blind <= worth.qmdp <= worth.belief <= worth.informed
    True

Read first `listener.py` (the listener and Bayes' rule), then `agent.py` (the agent, and the value of listening).
`tastes.py` holds rules and ready tastes, `unfolded.py` lists all beliefs that can be held, step by step.
"""
