"""Genetic programming, plain array machinery and NSGA-II's selection against DEAP."""

from __future__ import annotations

import random
from functools import partial

import numpy as np

import evomusic as em
from benchmarks.core import python_task
from benchmarks.timing import Sheet, seconds, threads
from evomusic.evolve.selection.fronts import survivors

POPULATION = 300


def programming(sheet: Sheet, small: bool) -> None:
    """Generations of GP on phrase trees, from the same kind of first trees on, with the same limits and rates."""
    task, generations = em.make("tune"), 1 if small else 6
    encoding = em.Tree(crossovers="subtree", crossover_rate=0.5, mutations="subtree", mutation_rate=0.2)
    ga = em.GA(population=POPULATION, tournament=3, elite=0, encoding=encoding)

    def ours() -> None:
        rng = np.random.default_rng(0)
        state, _ = ga.init(task, rng)
        for _ in range(10 * generations):
            state, _ = ga.step(task, state, rng)

    with threads(1):
        ours()
        speed = 10 * generations / seconds(ours, sheet.repeats)
    name = f"GP generation, population {POPULATION}"
    sheet.ratio(name, speed, deap_programming(task, encoding, generations), "generations/s", 100, "DEAP, gp.compile")


def deap_programming(task: em.Task, encoding: em.Tree, generations: int) -> float:
    """Generations/s of DEAP's eaSimple on typed trees of the same language, compiled by gp.compile, rules in Python."""
    from deap import algorithms, base, creator, gp, tools

    from evomusic.encodings.trees.phrases import melody_of
    from evomusic.evolve.deap.primitives import half_and_half, primitive_set

    language, fitness = encoding.language(task), python_task(task)
    pset = primitive_set(language)
    if not hasattr(creator, "Phrase"):
        creator.create("HighestPhrase", base.Fitness, weights=(1.0,))
        creator.create("Phrase", gp.PrimitiveTree, fitness=creator.HighestPhrase)
    box, low, high = base.Toolbox(), *encoding.first_depths
    box.register("expr", half_and_half, pset, low, high)
    box.register("individual", tools.initIterate, creator.Phrase, box.expr)
    box.register("population", tools.initRepeat, list, box.individual)
    box.register("mate", gp.cxOnePoint)
    box.register("mutate", gp.mutUniform, expr=partial(half_and_half, min_=0, max_=encoding.graft_depth), pset=pset)
    box.register("select", tools.selTournament, tournsize=3)
    for limit, most in ((len, encoding.max_size), (lambda tree: tree.height, encoding.max_depth)):
        for operator in ("mate", "mutate"):
            box.decorate(operator, gp.staticLimit(limit, most))

    def evaluate(tree) -> tuple[float]:
        return (fitness(melody_of(gp.compile(tree, pset), language).tolist()),)

    box.register("evaluate", evaluate)
    random.seed(0)
    population = box.population(n=POPULATION)
    for tree in population:
        tree.fitness.values = evaluate(tree)
    work = partial(algorithms.eaSimple, population, box, 0.5, 0.2, generations, verbose=False)
    return generations / seconds(work, 2)


def machinery(sheet: Sheet, small: bool) -> None:
    """Offspring/s of 32 integers, tournaments and one-point crossover, with a free fitness."""
    task = em.Task(em.Grid(bars=2), em.Reward())
    notes = em.Notes(crossovers="one-point", crossover_rate=0.5, mutations="resample", mutation_rate=0.2)
    ga = em.GA(population=2000, tournament=3, elite=0, encoding=notes)
    rng, rounds = np.random.default_rng(0), 5 if small else 200
    state, _ = ga.init(task, rng)

    def work() -> None:
        nonlocal state
        for _ in range(rounds):
            state, genomes = ga.ask(task, state, rng)
            state = ga.tell(task, state, genomes, np.zeros(len(genomes)))

    work()
    speed = rounds * ga.population / seconds(work, sheet.repeats) / 1e6
    sheet.least("GA machinery, 32 integers, population 2,000, free fitness", speed, "M offspring/s", 5)


def selection(sheet: Sheet, small: bool) -> None:
    """Survivors of 400 points of two objectives."""
    from deap import tools

    from evomusic.evolve.deap.individuals import Return

    values = np.random.default_rng(0).random((400, 2))

    class Point(list):
        pass

    points = []
    for row in values:
        point = Point(row)
        point.fitness = Return()
        point.fitness.weights = (1.0, 1.0)
        point.fitness.values = tuple(row)
        points.append(point)
    ours = 100 / seconds(lambda: [survivors(values, 200) for _ in range(100)], sheet.repeats)
    peer = 1 / seconds(lambda: tools.selNSGA2(points, 200), 1 if small else 3)
    sheet.ratio("NSGA-II selection of 400 points", ours, peer, "selections/s", 100, "DEAP's selNSGA2")
