"""NSGA-II on groups of rules: its books, and fronts that the planner knows."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from itertools import pairwise, product

import numpy as np
import pytest
from scipy.stats import chisquare

from evomusic import measures, rules
from evomusic.core.grid import Grid
from evomusic.core.ledger import run
from evomusic.core.reward import Reward
from evomusic.core.task import Task
from evomusic.encodings.bits import Bits
from evomusic.evolve.nsga2 import NSGA2
from evomusic.evolve.selection.dominance import by_dominance
from evomusic.evolve.selection.fronts import crowding, ranks
from evomusic.evolve.selection.objectives import columns, objectives
from evomusic.evolve.selection.schemes import ANYONE
from evomusic.evolve.watch.hall_of_fame import ParetoFront
from evomusic.testing import check_method
from tests import naive, random_tasks
from tests.evolve.test_ga import generations


@dataclass(frozen=True, kw_only=True)
class Lively:
    """+1 for a note, +2 more where the pitch is another than the last. Remembers the last pitch."""

    start = -1
    hears = ()

    def read(self, memory, event, slot):
        return (event.pitch, 1.0 + 2.0 * (memory not in (-1, event.pitch))) if event.is_note else (memory, 0.0)


@dataclass(frozen=True, kw_only=True)
class Calm:
    """+1 for each hold of a note, the third and later +1.5. Remembers how long the note was held, to three."""

    start = -1  # nothing sounds
    hears = ()

    def read(self, memory, event, slot):
        if not event.is_hold or memory < 0:
            return (0 if event.is_note else -1), 0.0
        held = min(memory + 1, 3)
        return held, 1.0 + 0.5 * (held == 3)


@dataclass(frozen=True, kw_only=True)
class Strong:
    """+1 for a note on the first step of a beat, and as much for each weaker place that has none. Remembers nothing."""

    start = None
    hears = ("on_beat",)

    def read(self, memory, event, slot):
        return None, float(event.is_note == slot.on_beat)


def two_groups(grid, lively=1.0, calm=1.0):
    """Notes against long notes, each group times a weight; values and weights are exact."""
    weights = {Lively(): lively, Strong(): 0.5 * calm, Calm(): calm}
    return Task(grid, Reward(weights, groups={"lively": (Lively(),), "calm": (Strong(), Calm())}), "two")


GRID = Grid(bars=2, beats=2, steps_per_beat=2, low=60, high=64)
TASK = two_groups(GRID)
TINY = two_groups(Grid(bars=1, beats=3, steps_per_beat=2, low=60, high=61))
FINAL = Task(
    GRID,
    Reward({rules.IntervalSize(): 1.0, rules.RepetitionLimit(limit=1): 0.5}, final={measures.PitchEntropy(): 2.0}),
    "final",
)


def grouped(task):
    """The same task, every other rule in either group."""
    chosen = tuple(task.reward.rules)
    groups = {"even": chosen[::2], "odd": chosen[1::2]}
    return Task(task.grid, Reward(task.reward.rules, task.reward.final, groups), task.name)


@pytest.mark.parametrize("encoding", [NSGA2().encoding, Bits()], ids=["notes", "bits"])
@pytest.mark.parametrize("seed", range(3))
def test_it_keeps_its_contract(seed, encoding):
    rng = np.random.default_rng(seed)
    task = grouped(random_tasks.task(rng, random_tasks.any_grid(rng), final=seed == 1))
    check_method(NSGA2(population=8, encoding=encoding), task)


@pytest.mark.parametrize("seed", range(3))
def test_it_keeps_its_contract_with_parents_by_dominance(seed):
    rng = np.random.default_rng(seed)
    task = grouped(random_tasks.task(rng, random_tasks.any_grid(rng), final=seed == 1))
    check_method(NSGA2(population=8, parents="dominance"), task)


def test_parents_by_dominance_win_as_pymoo_has_them_win():
    """All pairs of five points: a dominator always, else the less crowded, else either (p = 1e-4: chi-square)."""
    values = np.array([[0.0, 4.0], [1.0, 2.0], [4.0, 0.0], [0.5, 1.0], [0.5, 1.0]])
    crowd, n = crowding(values, ranks(values)), 200_000
    odds = np.zeros(5)
    for a, b in product(range(5), repeat=2):
        first, second = (values[a] > values[b]).any(), (values[a] < values[b]).any()
        if first == second:
            first, second = crowd[a] > crowd[b], crowd[a] < crowd[b]
        odds[a] += (1 + first - second) / 2
        odds[b] += (1 + second - first) / 2
    counts = np.bincount(by_dominance(values, n, np.random.default_rng(0)), minlength=5)
    assert chisquare(counts, odds / 25 * n).pvalue > 1e-4


def test_parents_by_front_are_the_default_and_the_same_as_ever():
    one, other = (
        run(m, TASK, steps=4_000, seed=3) for m in (NSGA2(population=20), NSGA2(population=20, parents="front"))
    )
    assert one.curve.best.tolist() == other.curve.best.tolist()


def test_a_task_of_one_step_is_no_exception():
    check_method(NSGA2(population=4), two_groups(Grid(bars=1, beats=1, steps_per_beat=1, high=60)))


def test_every_genome_stands_with_its_own_return_and_objectives():
    method = NSGA2(population=20)
    for state, _ in generations(method, 20, task=TASK):
        assert (TASK.evaluate(state.genomes) == state.returns).all()
        parts = TASK.parts(state.genomes)
        assert (state.values == np.stack([parts[:, 0], parts[:, 1] + parts[:, 2]], axis=1)).all()
        assert (state.values.sum(axis=1) == state.returns).all()


def test_the_front_never_recedes():
    """Who was not dominated is still there, or is dominated or equalled by one that is."""
    states = [state for state, _ in generations(NSGA2(population=60), 30, task=TASK)]
    for before, after in pairwise(states):
        front = np.unique(before.values[ranks(before.values) == 0], axis=0)
        if len(front) < 30:
            assert all((after.values >= point).all(axis=1).any() for point in front)


def test_it_delivers_what_none_of_its_population_dominates():
    method = NSGA2(population=30)
    for state, _ in generations(method, 10, task=TASK)[::5]:
        values = objectives(TASK, method.deliver(TASK, state), columns(TASK))
        assert (ranks(values) == 0).all()
        assert len(values) == (ranks(state.values) == 0).sum()
    assert len(method.deliver(TASK, method.init(TASK, np.random.default_rng(0))[0])) < 30


def true_front(task):
    """Every melody's objectives; those that none dominates, each once."""
    values = objectives(task, naive.every_melody(task.grid), columns(task))
    distinct = np.unique(values, axis=0)
    return distinct[ranks(distinct) == 0]


def test_on_a_tiny_task_it_finds_the_whole_true_front():
    """4,096 melodies, listed; each of 20 seeds found all of it."""
    front = ParetoFront(TINY, size=10_000)
    run(NSGA2(population=60), TINY, steps=6 * 4_000, seed=0, watch=front)
    wanted = true_front(TINY)
    assert len(wanted) > 3
    assert np.unique(front.values, axis=0).tolist() == wanted.tolist()


def test_the_planners_optima_of_weighted_sums_are_met_and_never_dominated():
    """An optimum of a x lively + b x calm with a, b > 0 lies on the true front, whatever the searcher says."""
    front = ParetoFront(TASK, size=10_000)
    run(NSGA2(population=100), TASK, steps=8 * 20_000, seed=0, watch=front)
    supported = []
    for lively, calm in [(1.0, 0.125), (1.0, 0.5), (1.0, 1.0), (0.5, 1.0), (0.125, 1.0)]:
        optimum = two_groups(GRID, lively, calm).optimum()
        value = objectives(TASK, optimum.melody.tokens[None], columns(TASK))[0]
        assert value @ [lively, calm] == optimum.value
        assert not ((front.values >= value).all(axis=1) & (front.values > value).any(axis=1)).any()
        assert (front.values @ [lively, calm]).max() == optimum.value
        supported.append(tuple(value))
    assert len(set(supported)) > 2


def test_groups_may_be_named_by_their_parts_final_measures_too():
    wanted = {"one": ("IntervalSize", "PitchEntropy"), "other": ["RepetitionLimit"]}
    assert columns(FINAL, wanted) == {"one": (0, 2), "other": (1,)}
    melodies = np.random.default_rng(0).integers(0, GRID.tokens, (9, 8), np.uint8)
    parts = FINAL.parts(melodies)
    assert (objectives(FINAL, melodies, columns(FINAL, wanted))[:, 0] == parts[:, 0] + parts[:, 2]).all()
    check_method(NSGA2(population=6, groups=wanted), FINAL)
    assert hash(NSGA2(groups=wanted)) == hash(NSGA2(groups=NSGA2(groups=wanted).groups))


def test_named_groups_work_where_the_rules_stayed_behind():
    groups = {"lively": ["Lively"], "calm": ["Strong", "Calm"]}
    TASK.machine  # noqa: B018  # written out before it is sent
    sent = pickle.loads(pickle.dumps(TASK))
    here, there = (run(NSGA2(population=20, groups=groups), t, steps=4_000, seed=3) for t in (TASK, sent))
    assert here.curve.best.tolist() == there.curve.best.tolist()
    assert run(NSGA2(population=20), TASK, steps=4_000, seed=3).curve.best.tolist() == here.curve.best.tolist()


def test_a_task_that_was_sent_knows_its_own_groups():
    TASK.machine  # noqa: B018
    sent = pickle.loads(pickle.dumps(TASK))
    assert columns(sent) == columns(TASK) == {"lively": (0,), "calm": (1, 2)}


def test_told_objectives_of_ones_own_it_climbs_them():
    """As many rests and as many holds as can be: every split of the steps between them is on the front."""
    method, rng = NSGA2(population=40, encoding=Bits()), np.random.default_rng(0)
    state = method.begin(FINAL, rng)
    for _ in range(150):
        state, genomes = method.ask(FINAL, state, rng)
        melodies = method.decode(FINAL, genomes)
        state = method.tell(FINAL, state, genomes, np.stack([(melodies == 0).sum(1), (melodies == 1).sum(1)], 1) * 1.0)
    assert set(map(tuple, state.values[ranks(state.values) == 0].tolist())) == {(k, 8 - k) for k in range(9)}


@pytest.mark.parametrize(
    ("task", "groups", "said"),
    [
        (FINAL, {}, "task 'final' has 0 groups of rules, expected at least 2"),
        (FINAL, {"all": ["IntervalSize"]}, "has 1 groups"),
        (FINAL, {"a": ["IntervalSizes"], "b": ["PitchEntropy"]}, "did you mean 'IntervalSize'"),
    ],
)
def test_groups_that_are_no_objectives_are_refused(task, groups, said):
    with pytest.raises(ValueError, match=said):
        NSGA2(groups=groups).init(task, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"population": 1}, "population is 1"),
        ({"groups": {"a": "IntervalSize"}}, "expected a list of names"),
        ({"parents": "crowding"}, "parents is 'crowding', expected"),
        ({"parents": "dominance", "selection": ANYONE}, "selection is Tournament"),
        ({"groups": {"a": []}}, "expected a list of names"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, said):
    with pytest.raises(ValueError, match=said):
        NSGA2(**parameters)
