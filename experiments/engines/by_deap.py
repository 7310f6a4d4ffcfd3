"""Genetic programming on a problem by us and by DEAP, with the same functions, rates and limits."""

from __future__ import annotations

import operator
import random
from collections.abc import Callable
from functools import partial
from typing import Any

import evomusic as em


class Generations:
    """Ends a run after so many generations, or at the goal."""

    def __init__(self, count: int, goal: float) -> None:
        self.left, self.goal = count, goal

    def __call__(self, ledger: em.Ledger) -> bool:
        self.left -= 1
        return self.left < 0 or ledger.best_return >= self.goal


def our_best(problem: em.Problem, population: int, generations: int, seed: int) -> float:
    """The best fitness of our genetic programming, by tournaments of seven and without an elite."""
    watch, loop = Generations(generations, problem.maximum), em.GA(population=population, tournament=7, elite=0)
    return em.run(loop, problem, steps=population * (generations + 2), seed=seed, watch=watch).best_return


def value(tree: Any, calls: dict[str, Callable[..., Any]], *inputs: Any) -> Any:
    """Value of one of DEAP's trees, as of `gp.compile`, which writes and parses Python first."""
    stack: list[Any] = []
    for node in reversed(tree):
        if node.arity:
            arguments = [stack.pop() for _ in range(node.arity)]
            stack.append(calls[node.name](*arguments))
        else:
            stack.append(inputs[int(node.name.removeprefix("ARG"))])
    return stack[0]


def deap_best(problem: em.Problem, population: int, generations: int, seed: int) -> float:
    """The best fitness of DEAP's genetic programming with the same functions, rates and limits."""
    from deap import algorithms, base, creator, gp, tools

    if not hasattr(creator, "GrownTree"):
        creator.create("HighestOfAll", base.Fitness, weights=(1.0,))
        creator.create("GrownTree", gp.PrimitiveTree, fitness=creator.HighestOfAll)
    genotype, box = problem.genotype, base.Toolbox()
    primitives = gp.PrimitiveSet("MAIN", len(genotype.variables))
    for (name, call), arity in zip(genotype.functions, genotype.symbols.arities.tolist(), strict=False):
        primitives.addPrimitive(call, arity, name=f"{name}_")
    box.register("expr", gp.genHalfAndHalf, pset=primitives, min_=2, max_=6)
    box.register("individual", tools.initIterate, creator.GrownTree, box.expr)
    box.register("population", tools.initRepeat, list, box.individual)
    box.register("mate", gp.cxOnePointLeafBiased, termpb=0.1)
    box.decorate("mate", gp.staticLimit(operator.attrgetter("height"), 17))
    box.register("mutate", lambda tree: (tree,))

    calls = {f"{name}_": call for name, call in genotype.functions}

    def measure(trees: list[Any]) -> None:
        for tree in trees:
            if not tree.fitness.valid:
                tree.fitness.values = (problem.fitness(partial(value, tree, calls)),)

    random.seed(seed)
    trees = box.population(n=population)
    measure(trees)
    best = max(tree.fitness.values[0] for tree in trees)
    for _ in range(generations):
        if best >= problem.maximum:
            break
        trees = algorithms.varAnd(tools.selTournament(trees, population, 7), box, 0.9, 0.0)
        measure(trees)
        best = max(best, *(tree.fitness.values[0] for tree in trees))
    return best
