"""The contracts: what a new rule, measure, encoding, method or learner is held to. Call them from your own tests.

    check_rule(MyRule())
    check_measure(MyMeasure())
    check_encoding(MyEncoding(), task)
    check_method(MyMethod(), task)
    check_learner(MyLearner())

Each raises AssertionError with the name of the part and what it did; nothing is returned.
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
