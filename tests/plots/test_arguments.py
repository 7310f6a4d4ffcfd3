"""Every function that draws answers a wrong argument with one sentence: its name, its value, and what is expected."""

import numpy as np
import pytest

import evomusic as em
from evomusic.evolve.map_elites import MapElites
from evomusic.plots.family import Family
from tests.plots.studies import GRID, melody, run_of

WRONG = [None, 2.5, "100", True, -1, float("nan"), 10**400, em.Task, []]
RUN = run_of({"a": 3.0})
TASK = RUN.tasks["t"]
TINY = em.make("tiny")
ROWS = np.array([melody(np.random.default_rng(i)).tokens for i in range(2)])
VALUES = np.array([[0.0, 8.0], [3.0, 6.0]])
FAMILY = Family(ROWS, np.array([0.0, 1.0]), np.arange(2), np.array([(-1, -1), (0, -1)]))
GRAMMAR = em.Grammar(letters=2, steps=1)
GENOMES = GRAMMAR.parse("axiom -> note")
ELITES = MapElites(cells=(2, 2), first=10)
PLOTS = em.plots

CALLS = {
    "draw_curves run": lambda x: PLOTS.draw_curves(x, TASK),
    "draw_curves task": lambda x: PLOTS.draw_curves(RUN, x),
    "draw_learning task": lambda x: PLOTS.draw_learning(RUN, x),
    "draw_regret run": lambda x: PLOTS.draw_regret(x, TASK),
    "draw_regret task": lambda x: PLOTS.draw_regret(RUN, x),
    "draw_rolls task": lambda x: PLOTS.draw_rolls(x),
    "draw_roll ax": lambda x: PLOTS.draw_roll(x, melody(np.random.default_rng(0))),
    "draw_roll melody": lambda x: PLOTS.draw_roll(RUN, x),
    "pieces task": lambda x: PLOTS.pieces(x),
    "draw_diversity records": lambda x: PLOTS.draw_diversity(x),
    "draw_diversity record": lambda x: PLOTS.draw_diversity({"a": x}),
    "draw_episodes runs": lambda x: PLOTS.draw_episodes(x, "title"),
    "draw_episodes run": lambda x: PLOTS.draw_episodes({"a": x}, "title"),
    "draw_family family": lambda x: PLOTS.draw_family(x, GRID),
    "draw_family grid": lambda x: PLOTS.draw_family(FAMILY, x),
    "draw_front values": lambda x: PLOTS.draw_front(x, ROWS, GRID, ("a", "b")),
    "draw_front melodies": lambda x: PLOTS.draw_front(VALUES, x, GRID, ("a", "b")),
    "draw_front grid": lambda x: PLOTS.draw_front(VALUES, ROWS, x, ("a", "b")),
    "draw_front names": lambda x: PLOTS.draw_front(VALUES, ROWS, GRID, x),
    "draw_generations task": lambda x: PLOTS.draw_generations(x, em.GA(population=10)),
    "draw_generations method": lambda x: PLOTS.draw_generations(TINY, x),
    "draw_growth task": lambda x: PLOTS.draw_growth(x, GRAMMAR, GENOMES),
    "draw_growth grammar": lambda x: PLOTS.draw_growth(TINY, x, GENOMES),
    "draw_growth genomes": lambda x: PLOTS.draw_growth(TINY, GRAMMAR, x),
    "draw_growth index": lambda x: PLOTS.draw_growth(TINY, GRAMMAR, GENOMES, x),
    "draw_archive task": lambda x: PLOTS.draw_archive(x, ELITES, None),
    "draw_archive method": lambda x: PLOTS.draw_archive(TINY, x, None),
    "draw_archive archive": lambda x: PLOTS.draw_archive(TINY, ELITES, x),
    "draw_tree labels": lambda x: PLOTS.draw_tree(x, [(0, 1)]),
    "draw_account task": lambda x: PLOTS.draw_account(x, melody(np.random.default_rng(0))),
    "draw_account melody": lambda x: PLOTS.draw_account(TINY, x),
    "draw_values task": lambda x: PLOTS.draw_values(x, em.QLearning(), None),
    "draw_values learner": lambda x: PLOTS.draw_values(TINY, x, None),
    "draw_choices state": lambda x: PLOTS.draw_choices(TINY, em.QLearning(), x),
}
NUMBERS = {
    "draw_episodes window": lambda x: PLOTS.draw_episodes({"a": [_trained()]}, "title", window=x),
    "draw_front shown": lambda x: PLOTS.draw_front(VALUES, ROWS, GRID, ("a", "b"), shown=x),
    "draw_family shown": lambda x: PLOTS.draw_family(FAMILY, GRID, shown=x),
    "draw_front reference": lambda x: PLOTS.draw_front(VALUES, ROWS, GRID, ("a", "b"), reference=x),
}


def _trained():
    from evomusic.learn.training import Trained

    returns = np.zeros(3)
    return Trained(em.QLearning(), None, returns, np.ones(3, np.int64), 3, None)


@pytest.mark.parametrize("value", WRONG, ids=str)
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_wrong_argument_is_named(call, value):
    with pytest.raises(ValueError, match="expected"):
        call(value)


@pytest.mark.parametrize("value", ["100", True, -1.5, float("nan"), 10**400, em.Task, [None]], ids=str)
@pytest.mark.parametrize("call", NUMBERS.values(), ids=NUMBERS)
def test_a_wrong_number_is_named(call, value):
    with pytest.raises(ValueError, match="expected"):
        call(value)
