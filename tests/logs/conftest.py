"""A small study of melodies, of a maximised and of a minimised problem, and of one with two objectives."""

import pytest

import evomusic as em


def ones(bits):
    return int(bits.sum())


def negated_sphere(x):
    return -float((x**2).sum())


def two(bits):
    return int(bits[0]), int(bits[1])


ONES = em.Problem(em.Bitstrings(6), ones, name="OneMax", maximum=6)
SPHERE = em.Problem(em.Reals(3, -1, 1), negated_sphere, name="sphere")
TWO = em.Problem(em.Bitstrings(4), two, name="pair", objectives=("one", "other"))


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    """A finished study: three tasks, two methods, three seeds."""
    tasks = {"tiny": "tiny", "ones": ONES, "sphere": SPHERE}
    made = em.Study(tasks=tasks, methods={"ga": em.GA(population=10), "climb": em.HillClimb()}, steps=240, seeds=3)
    return em.compare(made, out=tmp_path_factory.mktemp("logs") / "small", workers=1, figures=False).run
