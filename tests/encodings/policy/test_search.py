"""PolicySearch: evolved policies on explicit MDPs against their exact values."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import evomusic as em
from evomusic.encodings.policy.search import PolicySearch
from evomusic.encodings.policy.table import PolicyTable
from evomusic.encodings.policy.tree import PolicyTree
from evomusic.encodings.policy.weights import PolicyWeights
from evomusic.evolve.strategies import CMAES, ES
from evomusic.models.mdp import FiniteMDP
from evomusic.plan.mdp.evaluation import evaluate_policy
from tests.models.test_mdp import best_values, cliff, lake

DRY = 0.99**5  # deterministic 4x4 lake, gamma .99: the goal on the sixth step


@pytest.mark.parametrize("seed", range(3))
def test_evolved_table_reaches_the_optimum_of_the_deterministic_lake(seed):
    mdp = lake(is_slippery=False)
    found = PolicySearch(mdp=mdp, gamma=0.99).run(
        em.GA(population=100, encoding=PolicyTable()), 40_000, seed, DRY - 1e-12
    )
    assert evaluate_policy(mdp, found.policy, 0.99)[0] == pytest.approx(DRY, abs=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_evolved_table_reaches_the_optimum_of_the_cliff_from_every_state(seed):
    """With exploring starts the best fitness is the mean of V* over the 47 states that are not the goal."""
    mdp = cliff()
    wanted = best_values(mdp, 1.0).max(axis=1)[:47].mean()
    search = PolicySearch(mdp=mdp, exploring=True, horizon=100)
    found = search.run(em.GA(population=50, encoding=PolicyTable()), 40_000, seed, wanted - 1e-9)
    assert found.value == pytest.approx(wanted, abs=1e-9)
    assert evaluate_policy(mdp, found.policy)[36] == -13.0
    assert evaluate_policy(mdp, found.policy, 0.99)[36] == pytest.approx(-12.2478977001, abs=1e-9)


@pytest.mark.parametrize(
    "method",
    [em.GA(encoding=PolicyTable()), em.GA(encoding=PolicyWeights()), CMAES(population=60, separable=True)],
    ids=["ga-table", "ga-weights", "cma-es"],
)
def test_policies_reach_the_optimum_of_the_slippery_lake(method):
    found = PolicySearch(mdp=lake(), gamma=0.99, horizon=2000).run(method, 20_000, 0, 0.54202593)
    assert found.value == pytest.approx(0.5420259320, abs=1e-9)


@pytest.mark.parametrize("method", [CMAES(), ES()], ids=["cma-es", "es"])
def test_strategies_reach_the_optimum_of_the_deterministic_lake(method):
    found = PolicySearch(mdp=lake(is_slippery=False), gamma=0.99).run(method, 40_000, 1, DRY - 1e-12)
    assert found.value == pytest.approx(DRY, abs=1e-12)


def test_tree_of_row_and_column_reaches_the_optimum_of_the_deterministic_lake_from_every_state():
    mdp = lake(is_slippery=False)
    wanted = best_values(mdp, 0.99).max(axis=1)[~mdp.terminal].mean()
    places = np.array([[s // 4, s % 4] for s in range(16)]) / 3
    search = PolicySearch(mdp=mdp, gamma=0.99, features=places, exploring=True)
    found = search.run(em.GA(encoding=PolicyTree()), 60_000, 0, wanted - 1e-12)
    assert found.value == pytest.approx(wanted, abs=1e-12)


def maze(length=3):
    """A T-maze: which way to turn at its end is shown at the start alone. Actions: on, left, right."""
    model, looks = {}, []
    for cue, x in itertools.product((0, 1), range(length + 1)):
        s, stay = cue * (length + 1) + x, -0.1
        on = (1.0, s + 1, 0.0, False) if x < length else (1.0, s, stay, False)
        turns = [
            (1.0, s, 1.0 if cue == side else -1.0, True) if x == length else (1.0, s, stay, False) for side in (0, 1)
        ]
        model[s] = {0: [on], 1: [turns[0]], 2: [turns[1]]}
        looks.append(cue if x == 0 else 2 if x < length else 3)
    start = np.zeros(2 * length + 2)
    start[[0, length + 1]] = 0.5
    return FiniteMDP.of(model, start), np.array(looks)


def test_only_a_policy_that_remembers_solves_the_t_maze():
    """All 81 memoryless policies are worth 0 at most; an evolved Elman network turns the right way in every episode."""
    mdp, looks = maze()
    tables = np.array(list(itertools.product(range(3), repeat=4)), np.uint8)
    memoryless = PolicySearch(mdp=mdp, observe=looks, horizon=20)
    assert memoryless.evaluate(PolicyTable(), tables, np.random.default_rng(0)).max() == 0.0
    encoding = PolicyWeights(hidden=3, recurrent=True)
    search = PolicySearch(mdp=mdp, observe=looks, horizon=20, episodes=16)
    found = search.run(em.GA(population=50, encoding=encoding), 20_000, 0, 1.0)
    assert found.value == 1.0
    assert search.evaluate(encoding, found.genome, np.random.default_rng(99)).tolist() == [1.0]


def test_exact_fitness_is_the_value_of_the_policy():
    """Within 3,000 steps at gamma .99 what is left out is below 1e-12."""
    mdp, encoding = lake(), PolicyTable()
    search = PolicySearch(mdp=mdp, gamma=0.99, horizon=3000)
    genomes = encoding.sample(search, np.random.default_rng(1), 20)
    fitness = search.evaluate(encoding, genomes, np.random.default_rng(0))
    assert fitness == pytest.approx([evaluate_policy(mdp, g, 0.99)[0] for g in genomes.astype(int)], abs=1e-12)
    assert fitness.max() > 0


def test_fitness_within_a_horizon_is_that_of_its_steps():
    """Ten steps of a policy that stays: ten times -1, and nothing of the 190 after them."""
    search = PolicySearch(mdp=cliff(), horizon=10)
    assert search.evaluate(PolicyTable(), np.full((1, 48), 3, np.uint8), np.random.default_rng(0)).tolist() == [-10.0]


def test_mean_of_episodes_tends_to_the_exact_fitness():
    """20,000 episodes of success or failure: within 4 standard errors, false alarm 6e-5."""
    mdp = lake()
    policy = best_values(mdp, 0.99).argmax(axis=1).astype(np.uint8)[None]
    exact = PolicySearch(mdp=mdp, horizon=100).evaluate(PolicyTable(), policy, np.random.default_rng(0))[0]
    mean = PolicySearch(mdp=mdp, horizon=100, episodes=20_000).evaluate(
        PolicyTable(), policy, np.random.default_rng(0)
    )[0]
    assert abs(mean - exact) < 4 * np.sqrt(exact * (1 - exact) / 20_000)
    assert exact == pytest.approx(0.740165, abs=1e-6)  # the textbook's stationary greedy policy within 100 steps


def test_same_seed_finds_the_same_policy():
    search = PolicySearch(mdp=lake(), gamma=0.99, episodes=3)
    first, second = (search.run(ES(parents=3, offspring=12), 300, seed=4) for _ in range(2))
    assert first.genome.tobytes() == second.genome.tobytes()
    assert (first.curve == second.curve).all()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gamma": 2}, "gamma is 2"),
        ({"horizon": 0}, "horizon is 0"),
        ({"episodes": -1}, "episodes is -1"),
        ({"observe": [0, 1]}, r"observe has shape \(2,\)"),
        ({"observe": [0.5] * 16}, "observe is .*, expected an array of 16 whole numbers"),
        ({"observe": [-1] * 16}, "whole numbers from 0 up"),
        ({"features": [[1.0]]}, r"features has shape \(1, 1\), expected \(16, F\)"),
    ],
)
def test_searches_that_make_no_sense_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        PolicySearch(mdp=lake(), **options)


def test_recurrent_policy_without_episodes_is_refused():
    with pytest.raises(ValueError, match="give the search episodes"):
        PolicySearch(mdp=lake()).run(em.GA(encoding=PolicyWeights(hidden=2, recurrent=True)), 100)
