"""Tasks and problems for pymoo, pyribs and DEAP: the same values, charged by a ledger of ours."""

import numpy as np
import pytest

import evomusic as em
from experiments.engines import bitstrings, fronts
from tests.evolve.oracles import oracle

ONES = bitstrings.onemax(20)
NUMBERS = em.Problem(em.Reals(4, -1, 1), lambda x: -float((x**2).sum()), maximum=0.0)
RULES = em.make("rules", bars=2)


def test_pymoo_solves_onemax_by_the_exported_problem():
    oracle("pymoo")
    from pymoo.algorithms.soo.nonconvex.ga import GA
    from pymoo.operators.crossover.pntx import TwoPointCrossover
    from pymoo.operators.mutation.bitflip import BitflipMutation
    from pymoo.operators.sampling.rnd import BinaryRandomSampling
    from pymoo.optimize import minimize

    problem = em.as_pymoo(ONES, steps=2000)
    operators = {"crossover": TwoPointCrossover(), "mutation": BitflipMutation()}
    result = minimize(problem, GA(50, sampling=BinaryRandomSampling(), **operators), ("n_eval", 2000), seed=1)
    assert result.F[0] == -20
    assert problem.ledger.best_return == 20
    assert problem.ledger.spent == result.algorithm.evaluator.n_eval
    assert problem.ledger.record(None).curve.best[-1] == 20


def test_pymoo_is_given_bounds_objectives_and_their_negated_values():
    oracle("pymoo")
    problem = em.as_pymoo(fronts.zdt1(), steps=100)
    x = np.random.default_rng(0).random((7, 30))
    assert (problem.n_var, problem.n_obj) == (30, 2)
    assert (problem.xl == 0).all()
    assert (problem.xu == 1).all()
    assert np.array_equal(problem.evaluate(x), -fronts.zdt1().parts(x))
    assert problem.ledger.spent == 7


def test_pymoo_has_the_groups_of_a_task_as_objectives():
    oracle("pymoo")
    groups = {"one": RULES.part_names[:2], "other": RULES.part_names[2:]}
    problem = em.as_pymoo(RULES, groups=groups, steps=10 * RULES.grid.steps)
    rows = em.Notes().sample(RULES, np.random.default_rng(0), 5)
    parts = RULES.parts(rows)
    assert np.allclose(
        problem.evaluate(rows.astype(float)), -np.stack([parts[:, :2].sum(1), parts[:, 2:].sum(1)], axis=1)
    )
    assert problem.ledger.spent == 5 * RULES.grid.steps
    assert (problem.xu == RULES.grid.tokens - 1).all()


def test_a_scheduler_of_pyribs_fills_its_archive():
    oracle("ribs")
    from ribs.archives import GridArchive
    from ribs.emitters import EvolutionStrategyEmitter
    from ribs.schedulers import Scheduler

    evaluate = em.as_pyribs(NUMBERS, [lambda x, frame: x[:, 0], lambda x, frame: x[:, 1]], steps=1000)
    archive = GridArchive(solution_dim=evaluate.solution_dim, dims=[5, 5], ranges=[(-1, 1), (-1, 1)])
    scheduler = Scheduler(archive, [EvolutionStrategyEmitter(archive, x0=[0.0] * 4, sigma0=0.3, batch_size=20, seed=1)])
    for _ in range(50):
        scheduler.tell(*evaluate(scheduler.ask()))
    assert evaluate.ledger.spent == 1000
    assert archive.stats.obj_max == pytest.approx(evaluate.ledger.best_return)
    assert archive.stats.num_elites > 10
    with pytest.raises(em.BudgetSpent, match="the budget of 1,000 steps is spent"):
        evaluate(scheduler.ask())


def test_measures_of_melodies_are_coordinates_for_pyribs():
    evaluate = em.as_pyribs(RULES, [em.measures.Notes()], steps=RULES.grid.steps * 4)
    rows = em.Notes().sample(RULES, np.random.default_rng(0), 4)
    returns, measures = evaluate(rows.astype(float) + 0.2)  # emitters draw real numbers
    assert (returns == RULES.evaluate(rows)).all()
    assert (measures[:, 0] == em.measures.Notes()(rows, RULES.grid)).all()


@pytest.mark.parametrize(
    ("problem", "goal"),
    [
        (ONES, 20),
        (em.Problem(em.Integers(5, -2, 2), lambda x: int(x.sum())), 10),
        (em.Problem(em.Permutations(5), lambda x: int((np.diff(x) == 1).sum())), 4),
        (em.Problem(em.Expressions({"add": np.add}, ["x"], nodes=40), lambda tree: -abs(tree.size - 7)), 0),
    ],
    ids=["bits", "integers", "permutations", "expressions"],
)
def test_deaps_algorithms_solve_exported_problems(problem, goal):
    import random

    from deap import algorithms

    random.seed(1)
    box = em.as_deap(problem, steps=4000)
    algorithms.eaSimple(box.population(50), box, 0.5, 0.4, 40, verbose=False)
    assert box.ledger.best_return == goal
    assert 0 < box.ledger.spent <= 4000
    problem._checked(box.ledger.best[None])


def test_deaps_own_method_runs_on_problems_under_the_ledger():
    record = em.run(em.Deap(population=30, indpb=0.05), ONES, steps=3000, seed=2)
    assert record.best_return == 20
    assert record.steps == 3000
    nsga2 = em.Deap(algorithm="eaMuPlusLambda", select="selNSGA2", population=20)
    assert em.run(nsga2, fronts.zdt1(), steps=1000, seed=2).best_return > -4


def test_a_budget_ends_deap():
    box = em.as_deap(ONES, steps=10)
    box.map(box.evaluate, box.population(10))
    with pytest.raises(em.BudgetSpent):
        box.evaluate(box.individual())


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: em.as_pyribs(RULES, [], steps=100), "measures is"),
        (lambda: em.as_pyribs(fronts.zdt1(), [len]), "has 2 objectives, expected one"),
        (
            lambda: em.as_pyribs(RULES, [em.measures.Notes()], em.Tree()),
            "are no rows of numbers, expected such for pyribs",
        ),
        (lambda: em.as_pyribs(RULES, [em.measures.Notes()], steps=3), "expected at least 32"),
        (lambda: em.as_deap(3), "task is 3, expected a task"),
        (lambda: em.as_pyribs(NUMBERS, [lambda x, f: 0.0])(np.zeros((2, 4))), r"gave shape \(\) for 2 solutions"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(call, said):
    with pytest.raises(ValueError, match=said):
        call()
