"""Contracts: the checks that every new rule, measure, encoding, method or learner is held to, for your own tests.

Each check runs a part through the promises that the rest of the package relies on (determinism, shapes and types, exact
returns, no hidden state), and raises AssertionError with the name of the part and the broken promise in plain words;
nothing is returned. `rules.py` has the checks of rules and measures, `methods.py` those of encodings and methods, and
`learners.py` those of learners. In a test of your own:

    def test_my_rule_keeps_the_contract():
        check_rule(MyRule())

>>> import evomusic as em
>>> check_rule(em.rules.InScale("C major"))
>>> check_method(em.HillClimb(), em.make("tiny"))
"""

from evomusic.testing.learners import check_learner
from evomusic.testing.methods import check_encoding, check_method
from evomusic.testing.rules import GRIDS, check_measure, check_rule, pay, reachable

__all__ = [
    "GRIDS",
    "check_encoding",
    "check_learner",
    "check_measure",
    "check_method",
    "check_rule",
    "pay",
    "reachable",
]
