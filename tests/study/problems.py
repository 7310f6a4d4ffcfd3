"""Problems that studies name as `tests.study.problems:NAME`, where workers can import them."""

import numpy as np

import evomusic as em


def ones(strings):
    return strings.sum(axis=1)


def notes(melody):
    return len(melody.notes)


def two(vector):
    return float(vector[0]), 1.0 - float(vector[0])


def onemax(n=20):
    return em.Problem(em.Bitstrings(n), ones, name="OneMax", batch=True, maximum=n)


def weighted(weights):
    """A fitness that closes over an array."""
    return em.Problem(em.Bitstrings(len(weights)), lambda string: float(string @ weights), name="weighted")


def fickle():
    return em.Problem(em.Bitstrings(8), lambda string: float(np.random.random()), name="fickle")  # noqa: NPY002


trees = em.Problem(em.Expressions([np.add], ["x"], nodes=30), lambda tree: -abs(tree.size - 9))
fronts = em.Problem(em.Reals(3), two, objectives=("one", "two"))
melodies = em.Problem(em.Grid(bars=1), notes, name="notes", maximum=16)
number = 7
