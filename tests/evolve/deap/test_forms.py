"""DEAP over every encoding: its own algorithms, operators and trees, and the encodings' operators where it has none."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
import pytest
from deap import algorithms, cma, tools

from evomusic.core.reward import Reward
from evomusic.core.saving import load_state, save_state
from evomusic.core.task import Task
from evomusic.encodings.base import concatenate, same, take
from evomusic.encodings.bits import Bits
from evomusic.encodings.notes.notes import Notes
from evomusic.encodings.policy.table import PolicyTable
from evomusic.encodings.policy.weights import PolicyWeights
from evomusic.encodings.trees.tree import Tree
from evomusic.evolve.deap import cma as deap_cma
from evomusic.evolve.deap.global_random import drawing_from, seeded
from evomusic.evolve.deap.individuals import Genes
from evomusic.evolve.deap.method import Deap, toolbox
from evomusic.testing import check_method
from tests.evolve.tasks import TASK
from tests.evolve.test_ga import generations

RULES = list(TASK.reward.rules)
GROUPED = Task(TASK.grid, replace(TASK.reward, groups={"rhythm": RULES[3:5], "pitch": RULES[:3] + RULES[5:]}), "two")
TWO_POINT = Notes(crossovers="two-point")


class Halves(NamedTuple):
    left: Any
    right: Any


@dataclass(frozen=True)
class InHalves:
    """Melodies in two arrays, as no operator of DEAP knows them."""

    crossover_rate: float = 0.5
    mutation_rate: float = 0.1

    def sample(self, task, rng, n):
        return self.encode(task, Notes().sample(task, rng, n))

    def vary(self, task, genomes, rng):
        notes = replace(TWO_POINT, crossover_rate=self.crossover_rate, mutation_rate=self.mutation_rate)
        return self.encode(task, notes.vary(task, self.decode(task, genomes), rng))

    def decode(self, task, genomes):
        return np.concatenate(genomes, axis=1)

    def encode(self, task, melodies):
        return Halves(melodies[:, :5].copy(), melodies[:, 5:].copy())


ENCODINGS = {
    "notes": Notes(),
    "bits": Bits(),
    "tree": Tree(max_depth=6, max_size=24, first_depths=(1, 3)),
    "table": PolicyTable(),
    "weights": PolicyWeights(view="blind"),
    "halves": InHalves(),
}
NSGA2 = Deap(population=20, algorithm="eaMuPlusLambda", select="selNSGA2", cxpb=0.6, mutpb=0.4)  # no one stays twice
RUNS = {
    **{name: Deap(population=20, encoding=encoding) for name, encoding in ENCODINGS.items()},
    **{f"{n}, mu + lambda": Deap(population=20, encoding=ENCODINGS[n], algorithm="eaMuPlusLambda") for n in ENCODINGS},
    "nsga2": NSGA2,
    "nsga2 of trees": replace(NSGA2, encoding=ENCODINGS["tree"]),
    "leaf-biased": Deap(population=20, encoding=ENCODINGS["tree"], mate="cxOnePointLeafBiased", mutate="mutShrink"),
    "varied": Deap(population=20, encoding=ENCODINGS["tree"], mate="vary", mutate="vary"),
    "cma": Deap(population=20, encoding=ENCODINGS["weights"], algorithm="eaGenerateUpdate"),
}


@pytest.mark.parametrize("name", RUNS)
def test_deap_keeps_the_contract_of_methods(name):
    check_method(replace(RUNS[name], population=8), GROUPED)


@pytest.mark.parametrize("name", [name for name in RUNS if name != "cma"])
def test_generation_by_generation_is_deaps_own_run(name):
    """Five steps from some seed are DEAP's five generations from the same random state, individual by individual."""
    method = RUNS[name]
    stepwise, _ = generations(method, 5, seed=6, task=GROUPED)[-1]
    box = toolbox(GROUPED, method.encoding, mate=method.mate, mutate=method.mutate, select=method.select)
    chances = method.cxpb, method.mutpb, 5
    rest = {"eaSimple": chances, "eaMuPlusLambda": (20, 20, *chances)}[method.algorithm]

    def all_at_once():
        return getattr(algorithms, method.algorithm)(box.population(n=20), box, *rest, verbose=False)[0]

    whole, after = drawing_from(seeded(np.random.default_rng(6)), all_at_once)
    assert same(box.evaluate.func.form.genomes(whole), stepwise.genomes).all()
    assert [individual.fitness.values for individual in whole] == list(map(tuple, stepwise.fitness.tolist()))
    assert (after.words == stepwise.generators.words).all()


def test_cma_es_generation_by_generation_is_deaps_own_run():
    method = RUNS["cma"]
    stepwise, _ = generations(method, 4, seed=6)[-1]
    box = toolbox(TASK, method.encoding)
    size = stepwise.genomes.shape[1]
    strategy = cma.Strategy([0.0] * size, 0.5, lambda_=20)
    box.register("generate", strategy.generate, Genes)
    box.register("update", strategy.update)
    generators = seeded(np.random.default_rng(6))
    whole, _ = drawing_from(generators, lambda: algorithms.eaGenerateUpdate(box, 5, verbose=False)[0])
    assert np.array(whole).tolist() == stepwise.genomes.tolist()
    for name, value in zip(stepwise.strategy._fields, stepwise.strategy, strict=True):
        assert np.array_equal(value, getattr(deap_cma.from_deap(strategy), name))


def test_cma_es_begins_anew_where_nothing_is_left_of_its_distribution():
    method = RUNS["cma"]
    state, _ = generations(method, 3)[-1]
    for spent in (state.strategy._replace(sigma=1e-13), state.strategy._replace(sigma=1e7)):
        after, batch = method.step(TASK, state._replace(strategy=spent), np.random.default_rng(0))
        assert np.array_equal(after.strategy.covariance, np.eye(state.genomes.shape[1]))
        assert (after.strategy.sigma, after.strategy.updates) == (0.5, 0)
        assert len(batch.returns) == 20


@pytest.mark.parametrize("name", ENCODINGS)
def test_genomes_go_to_individuals_and_back(name):
    encoding = ENCODINGS[name]
    form = toolbox(TASK, encoding).evaluate.func.form
    genomes = encoding.sample(TASK, np.random.default_rng(0), 12)
    assert same(form.genomes(form.individuals(genomes, 1)), genomes).all()


@pytest.mark.parametrize("name", ENCODINGS)
def test_individuals_and_toolbox_pickle(name):
    box = toolbox(TASK, ENCODINGS[name])
    individual = box.individual()
    individual.fitness.values = box.evaluate(individual)
    twin, box_twin = pickle.loads(pickle.dumps((individual, box)))
    assert type(twin) is type(individual)
    assert twin == individual
    assert twin.fitness.values == individual.fitness.values == box_twin.evaluate(twin)
    assert box_twin.mutate(twin)[0] is not None


@pytest.mark.parametrize("name", ENCODINGS)
def test_a_clone_shares_nothing_with_its_original(name):
    """Ours and deepcopy give twins whose mutants leave the original as it was."""
    box = toolbox(GROUPED, ENCODINGS[name], select="selNSGA2", indpb=1.0)
    individual = box.individual()
    individual.fitness.values = (1.0, 2.0)
    before = pickle.dumps(individual)
    for copied in (box.clone, copy.deepcopy):
        twin = copied(individual)
        assert twin == individual
        assert twin.fitness.values == (1.0, 2.0)
        box.mutate(twin)
        del twin.fitness.values
        assert pickle.dumps(individual) == before


def test_objectives_are_the_groups_parts():
    box = toolbox(GROUPED, select="selNSGA2")
    population = box.population(n=9)
    parts = GROUPED.parts(np.array(population, np.uint8))
    rhythm, pitch = parts[:, 3:5].sum(axis=1), parts[:, [0, 1, 2, 5, 6]].sum(axis=1)
    assert box.map(box.evaluate, population) == list(zip(rhythm.tolist(), pitch.tolist(), strict=True))


def test_objectives_may_be_named():
    """The same groups by the names of their parts, on a task whose reward has none."""
    names = {"rhythm": TASK.part_names[3:5], "pitch": TASK.part_names[:3] + TASK.part_names[5:]}
    named, _ = generations(replace(NSGA2, groups=names), 3)[-1]
    grouped, _ = generations(NSGA2, 3, task=GROUPED)[-1]
    assert (named.fitness == grouped.fitness).all()


def test_survivors_of_nsga2_are_deaps_choice_of_parents_and_offspring():
    evaluate = toolbox(GROUPED, select="selNSGA2").evaluate.func
    for (before, _), (after, batch) in pairwise(generations(NSGA2, 9, task=GROUPED)):
        everyone = np.concatenate([before.fitness, evaluate.genomes(batch.melodies)])
        chosen = tools.selNSGA2(_standing(everyone), 20)
        assert [i.fitness.values for i in chosen] == list(map(tuple, after.fitness.tolist()))
        assert len(everyone) == 40


def _standing(fitness):
    individuals = [Genes([], 2) for _ in fitness]
    for individual, values in zip(individuals, fitness.tolist(), strict=True):
        individual.fitness.values = values
    return individuals


def test_nsga2_wants_groups():
    with pytest.raises(ValueError, match="has 0 groups of rules"):
        toolbox(TASK, select="selNSGA2")
    with pytest.raises(ValueError, match="has 0 groups of rules"):
        RUNS["nsga2"].init(Task(TASK.grid, Reward()), np.random.default_rng(0))


@pytest.mark.parametrize("name", ["notes", "bits", "tree", "halves"])
def test_an_encodings_own_operators_cross_and_mutate(name):
    """`mate` only exchanges: on rows every column keeps its numbers. `mutate` always changes."""
    encoding = TWO_POINT if name == "notes" else ENCODINGS[name]
    box = toolbox(TASK, encoding, mate="vary", mutate="vary")
    form = box.evaluate.func.form

    def work():
        pairs = [(box.individual(), box.individual()) for _ in range(20)]
        return pairs, [box.mate(*map(box.clone, pair)) for pair in pairs], [box.mutate(left)[0] for left, _ in pairs]

    (pairs, children, mutants), _ = drawing_from(seeded(np.random.default_rng(3)), work)
    parents = [form.genomes(pair) for pair in pairs]
    offspring = [form.genomes(pair) for pair in children]
    assert not all(same(*two).all() for two in zip(parents, offspring, strict=True))
    if name != "tree":
        for two, made in zip(parents, offspring, strict=True):
            two, made = (np.concatenate(g, axis=1) if isinstance(g, tuple) else g for g in (two, made))
            assert (np.sort(two, axis=0) == np.sort(made, axis=0)).all()
    lefts = concatenate([take(two, np.array([0])) for two in parents])
    assert not same(form.genomes(mutants), lefts).any()


@pytest.mark.parametrize(
    ("name", "operators", "said"),
    [
        ("tree", {"mate": "cxTwoPoint"}, "expected one of 'cxOnePoint', 'cxOnePointLeafBiased', 'vary'"),
        ("notes", {"mutate": "mutGaussian"}, "expected one of 'mutUniformInt', 'vary'"),
        ("table", {"mutate": "mutUniformInt"}, "expected one of 'vary'"),
        ("halves", {"mate": "cxTwoPoint"}, "expected one of 'vary'"),
    ],
)
def test_operators_that_do_not_fit_are_refused(name, operators, said):
    with pytest.raises(ValueError, match=said):
        toolbox(TASK, ENCODINGS[name], **operators)


def test_cma_es_wants_real_numbers():
    with pytest.raises(ValueError, match="no real-valued genomes"):
        Deap(algorithm="eaGenerateUpdate").init(TASK, np.random.default_rng(0))


@pytest.mark.parametrize(
    ("individuals", "said"),
    [
        ([[0] * 16, [0] * 15], "differ in length"),
        ([[0] * 15], r"shape \(1, 15\), expected \(P, 16\)"),
        ([[0.5] * 16], "expected whole numbers"),
        ([[0] * 15 + [15]], "run from 0 to 15, expected 0 to 14"),
        ([[-1] + [0] * 15], "run from -1 to 0"),
    ],
)
def test_lists_that_are_no_genomes_are_refused(individuals, said):
    with pytest.raises(ValueError, match=said):
        toolbox(TASK).evaluate.func.many(individuals)


def test_given_rows_enter_the_first_population_of_every_encoding_that_writes_them():
    row = [2, 1, 3, 1] * 4
    for name in ("notes", "bits", "table", "halves"):
        _, batch = Deap(population=5, encoding=ENCODINGS[name], start=[row]).init(TASK, np.random.default_rng(0))
        assert batch.melodies[0].tolist() == row


def test_states_are_saved_without_a_strategy_too(tmp_path):
    rng = np.random.default_rng(0)
    for name in ("tree", "cma"):
        state, _ = RUNS[name].init(TASK, rng)
        save_state(tmp_path / "state.npz", state, rng)
        again, _ = load_state(tmp_path / "state.npz", state)
        assert type(again.strategy) is type(state.strategy)
        assert same(again.genomes, state.genomes).all()
