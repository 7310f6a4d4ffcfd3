"""Problems: a genotype and a fitness of the user's own under every loop, the ledger and the learners."""

import copy
import pickle
from dataclasses import replace

import numpy as np
import pytest

import evomusic as em
from evomusic.testing import check_method

BITS = em.Bitstrings(12)
SWAP = em.Permutations(7)


def ones(string):
    return int(string.sum())


def all_ones(strings):
    return strings.sum(axis=1)


def two(string):
    return string.sum(), -int(string[0])


def notes(melody):
    return len(melody.notes) + 0.1


def negated(vector):
    return -float((vector**2).sum())


def size(tree):
    return -abs(tree.size - 9)


TREES = em.Expressions({"add": np.add, "mul": np.multiply}, variables=("x",), constants=(0, 1), nodes=60)
PROBLEMS = {
    "bits": em.Problem(BITS, ones, maximum=12),
    "bits-batch": em.Problem(BITS, all_ones, batch=True),
    "integers": em.Problem(em.Integers(6, [0, 1, 2, 3, 4, 5], 9, mutation="creep"), ones),
    "reals": em.Problem(em.Reals(4, -2, [1, 2, 3, 4]), negated),
    "permutations": em.Problem(SWAP, lambda order: int((order == np.arange(7)).sum())),
    "expressions": em.Problem(TREES, size),
}
LOOPS = {
    "random": em.RandomSearch(batch=7),
    "best-of-n": em.BestOfN(n=5),
    "hill": em.HillClimb(patience=30),
    "annealing": em.Annealing(chains=2),
    "ga": em.GA(population=10),
    "rank": em.GA(population=10, selection=em.Rank()),
    "sharing": em.GA(population=10, selection=em.Sharing()),
    "plus": em.MuPlusLambda(mu=4, lam=6),
    "one-plus-one": em.MuPlusLambda(mu=1, lam=1),
    "steady": em.SteadyState(population=10),
    "islands": em.Islands(methods=(em.GA(population=6), em.HillClimb(), em.SteadyState(population=6)), epoch=2),
}
MELODIES = em.Problem(em.Grid(bars=1, beats=3, steps_per_beat=2), notes)


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("loop", LOOPS)
def test_every_loop_keeps_its_contract_on_every_genotype(loop, problem):
    check_method(LOOPS[loop], PROBLEMS[problem])


@pytest.mark.parametrize("loop", [em.CMAES(population=8), em.ES(parents=3, offspring=9)], ids=["cma-es", "es"])
def test_loops_of_real_numbers_keep_their_contract(loop):
    check_method(loop, PROBLEMS["reals"])


def test_objectives_keep_the_contract_of_nsga2():
    check_method(em.NSGA2(population=10), em.Problem(BITS, two, objectives=("ones", "first")))


@pytest.mark.parametrize(
    "method",
    [
        em.GA(population=8),
        em.GA(population=8, encoding=em.Tree()),
        em.HillClimb(),
        em.QLearning(),
        em.BeamSearch(width=3),
    ],
    ids=["ga", "gp", "hill", "q", "beam"],
)
def test_methods_for_melodies_keep_their_contract_on_a_fitness_of_whole_melodies(method):
    check_method(method, MELODIES)


def test_the_fitness_of_a_task_is_that_of_its_melodies_in_its_style():
    task = em.make("tune")
    problem = em.Problem(task, notes)
    rows = em.Notes(first="style").sample(problem, np.random.default_rng(0), 5)
    assert (rows == em.Notes(first="style").sample(task, np.random.default_rng(0), 5)).all()
    assert problem.evaluate(rows).tolist() == [notes(em.Melody(row, task.grid)) for row in rows]
    assert problem.rewards(rows)[:, :-1].sum() == 0


@pytest.mark.parametrize("loop", ["ga", "one-plus-one", "annealing", "steady", "random"])
def test_the_ledger_charges_each_call_of_the_fitness_and_no_run_makes_more(loop):
    calls = []

    def counted(string):
        calls.append(1)
        return int(string.sum())

    record = em.run(LOOPS[loop], em.Problem(BITS, counted), steps=203, seed=3)
    batch = max(10, len(calls) - record.steps)  # the last batch is made whole, and charged as far as the budget goes
    assert record.steps == 203
    assert 203 <= len(calls) < 203 + batch


def test_objectives_are_measured_once():
    calls = []

    def counted(string):
        calls.append(1)
        return two(string)

    record = em.run(em.NSGA2(population=10), em.Problem(BITS, counted, objectives=("ones", "first")), steps=200)
    assert len(calls) < 200 + 10
    assert record.best_return == 12 - 1


def test_a_run_is_the_same_by_one_and_by_many():
    one, many = (em.run(em.GA(population=10), PROBLEMS[name], steps=300, seed=5) for name in ("bits", "bits-batch"))
    assert one.best_return == many.best_return
    assert (one.curve.best == many.curve.best).all()


def test_the_best_is_a_row_of_the_genotype():
    record = em.run(em.GA(population=10), PROBLEMS["bits"], steps=2000)
    assert record.best.tolist() == [1] * 12
    assert record.best.dtype == np.uint8
    assert record.steps_to(12) <= 2000


def test_an_encoding_of_ones_own_operators_is_taken_as_it_is():
    still = em.GA(population=4, encoding=em.Bitstrings(12, crossover_rate=0.0, flip_rate=0.0))
    record = em.run(still, PROBLEMS["bits"], steps=40, seed=0)
    assert len(record.improvements) <= 4


def test_halls_of_fame_hold_solutions_that_differ():
    hall = em.HallOfFame(5)
    em.run(em.GA(population=20), PROBLEMS["bits"], steps=2000, watch=hall)
    assert hall.returns[0] == 12
    assert len({row.tobytes() for row in hall.melodies}) == 5


def test_fronts_hold_solutions_that_no_other_dominates():
    problem = em.Problem(em.Reals(2), lambda x: (-x[0], -((1 - x[0]) ** 2) - x[1]), objectives=("a", "b"))
    front = em.ParetoFront(problem)
    em.run(em.NSGA2(population=20), problem, steps=2000, watch=front)
    a, b = front.values.T
    assert len(front) > 10
    assert not ((a[:, None] <= a) & (b[:, None] <= b) & ((a[:, None] < a) | (b[:, None] < b))).any()


def test_problems_go_through_pickle_and_copies():
    record = em.run(em.GA(population=10), pickle.loads(pickle.dumps(PROBLEMS["bits"])), steps=300, seed=5)
    assert record.best_return == em.run(em.GA(population=10), PROBLEMS["bits"], steps=300, seed=5).best_return
    melodies = pickle.loads(pickle.dumps(em.Problem(em.make("rules"), notes)))
    assert melodies.evaluate(np.full((1, 64), 2))[0] == 64.1
    assert copy.deepcopy(melodies) is melodies


def test_a_fitness_cannot_write_to_solutions():
    def spoil(strings):
        strings[:] = 1
        return strings.sum(axis=1)

    with pytest.raises(ValueError, match="read-only"):
        em.Problem(BITS, spoil, batch=True).evaluate(np.zeros((2, 12), np.uint8))


def make(fitness, genotype=BITS, **kwargs):
    return lambda: em.run(em.GA(population=4), em.Problem(genotype, fitness, **kwargs), steps=40)


@pytest.mark.parametrize("name", PROBLEMS)
@pytest.mark.parametrize(
    "loop",
    [em.GA(population=6), em.MuPlusLambda(mu=6, lam=6), em.SteadyState(population=6), em.Annealing(chains=6)],
    ids=lambda loop: type(loop).__name__,
)
def test_loops_begin_at_solutions_as_texts_and_as_numbers(loop, name):
    problem, rng = PROBLEMS[name], np.random.default_rng(0)
    rows = problem.sampled(3, rng)
    numbers = [] if name == "expressions" else rows[:2]
    start = [*numbers, *map(problem.genotype.text, rows[len(numbers) :])]
    _, batch = problem.suit(replace(loop, start=start)).init(problem, rng)
    assert (batch.melodies[:3] == rows).all()


def test_hill_climbing_restarts_at_solutions_of_a_problem():
    record = em.run(em.HillClimb(start=["1" * 12]), PROBLEMS["bits"], steps=5, seed=0)
    assert record.improvements[0].tolist() == [1, 12]


def begun(name, *start):
    """The first population of a problem that begins with some solutions."""
    method = PROBLEMS[name].suit(em.GA(population=4, start=start))
    return method.init(PROBLEMS[name], np.random.default_rng(0))[1].melodies


WRONG = {
    "array": (make(lambda x: x), r"gave uint8 of shape \(12,\) for one solution, expected a number; .*batch=True"),
    "scalar": (make(np.sum, batch=True), r"for 4 solutions, expected shape \(4,\); .*batch=False"),
    "nan": (make(lambda x: np.nan), "gave nan for [01]{12}, expected a finite number"),
    "infinite": (make(lambda x: np.full(len(x), -np.inf), batch=True), "gave -inf for [01]{12}, expected a finite"),
    "text": (make(lambda x: "good"), "gave 'good' for one solution, expected a number"),
    "nothing": (make(lambda x: None), "gave None for one solution, expected a number"),
    "ragged": (make(lambda x: [[1], [1, 2]]), "for one solution, expected a number"),
    "above": (make(ones, maximum=3), r"gave \d+.0 for [01]{12}, expected at most 3.0, its maximum"),
    "one-of-two": (make(ones, objectives=("a", "b")), "for one solution, expected 2 numbers"),
    "fitness": (lambda: em.Problem(BITS, 3), "fitness is 3, expected a function"),
    "genotype": (lambda: em.Problem(50, ones), r"genotype is 50, expected a genotype such as em.Bitstrings\(50\)"),
    "class": (lambda: em.Problem(em.Bitstrings, ones), "it is a class"),
    "encoding": (lambda: em.Problem(em.Notes(), ones), "an encoding of melodies is an argument of methods"),
    "objective": (lambda: em.Problem(BITS, two, objectives=("a",)), "expected two or more different names"),
    "twice": (lambda: em.Problem(BITS, two, objectives=("a", "a")), "expected two or more different names"),
    "maximum": (lambda: em.Problem(BITS, two, objectives=("a", "b"), maximum=2), "maximum is 2.0, expected None"),
    "learner": (lambda: em.run(em.QLearning(), PROBLEMS["bits"]), "QLearning writes melodies token by token"),
    "melodic": (
        lambda: em.run(em.GA(encoding=em.Bits()), PROBLEMS["bits"]),
        "which makes melodies, expected none, or one of Bitstrings",
    ),
    "other": (
        lambda: em.run(em.GA(encoding=em.Bitstrings(6)), PROBLEMS["bits"]),
        "encoding has strings of 6 bits, expected strings of 12 bits",
    ),
    "start": (lambda: begun("bits", (2,) * 12), "start holds .*expected strings of 12 bits: text is"),
    "start, bounds": (lambda: begun("reals", (99.0,) * PROBLEMS["reals"].genotype.length), "solutions of start hold"),
    "start, order": (lambda: begun("permutations", (0,) * 7), "start holds .*expected permutations of"),
    "one objective": (lambda: em.run(em.NSGA2(), PROBLEMS["bits"]), "has 0 objectives"),
    "rows": (lambda: PROBLEMS["bits"].evaluate(np.full((1, 12), 2, np.uint8)), "hold bit 2, expected 0 to 1"),
    "width": (lambda: PROBLEMS["bits"].evaluate([[0, 1]]), r"expected uint8 of shape \(P, 12\)"),
    "rewards": (lambda: PROBLEMS["bits"].rewards(np.zeros((1, 12), np.uint8)), "expected melodies: they alone have"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_in_one_line(case):
    call, said = WRONG[case]
    with pytest.raises(ValueError, match=said) as caught:
        call()
    assert "\n" not in str(caught.value)


def test_a_problem_says_that_it_has_no_table_of_rewards():
    with pytest.raises(AttributeError, match="no table of rewards"):
        _ = PROBLEMS["bits"].machine
    with pytest.raises(AttributeError, match="no table of rewards"):
        MELODIES.optimum()
