"""A problem of one's own: OneMax under the ledger, against DEAP and against a loop of numpy alone."""

from __future__ import annotations

import random

import numpy as np

import evomusic as em
from benchmarks.timing import Sheet, seconds

BITS, POPULATION, RIVALS, CROSSED = 1000, 1000, 3, 0.9


def ours(generations: int, repeats: int) -> float:
    """Generations/s of a whole run: loop, fitness, ledger and curve."""
    problem = em.Problem(em.Bitstrings(BITS, crossover_rate=CROSSED), lambda rows: rows.sum(axis=1), batch=True)
    loop = em.GA(population=POPULATION, tournament=RIVALS, elite=0)
    em.run(loop, problem, steps=2 * POPULATION)
    return generations / seconds(lambda: em.run(loop, problem, steps=generations * POPULATION), repeats)


def by_numpy(generations: int, repeats: int) -> float:
    """Generations/s of the same operators by whole arrays: tournaments, one-point crossover, bit flips."""

    def work() -> None:
        rng = np.random.default_rng(0)
        rows = rng.integers(0, 2, (POPULATION, BITS), np.uint8)
        best = 0
        for _ in range(generations):
            returns = rows.sum(axis=1)
            best = max(best, int(returns.max()))
            rivals = rng.integers(0, POPULATION, (POPULATION, RIVALS))
            rows = rows[rivals[np.arange(POPULATION), returns[rivals].argmax(axis=1)]]
            cut = np.where(rng.random(POPULATION // 2) < CROSSED, rng.integers(1, BITS, POPULATION // 2), BITS)
            tail = np.arange(BITS) >= cut[:, None]
            one, other = rows[::2].copy(), rows[1::2].copy()
            rows[::2], rows[1::2] = np.where(tail, other, one), np.where(tail, one, other)
            flips = rng.integers(0, rows.size, rng.binomial(rows.size, 1 / BITS))
            rows.reshape(-1)[flips] ^= 1

    return generations / seconds(work, repeats)


def by_deap(generations: int) -> float:
    """Generations/s of DEAP's eaSimple as its OneMax example sets it up, with the same rates."""
    from deap import algorithms, base, creator, tools

    if not hasattr(creator, "Bits"):
        creator.create("Most", base.Fitness, weights=(1.0,))
        creator.create("Bits", list, fitness=creator.Most)
    box = base.Toolbox()
    box.register("bit", random.randint, 0, 1)
    box.register("individual", tools.initRepeat, creator.Bits, box.bit, BITS)
    box.register("population", tools.initRepeat, list, box.individual)
    box.register("mate", tools.cxOnePoint)
    box.register("mutate", tools.mutFlipBit, indpb=1 / BITS)
    box.register("select", tools.selTournament, tournsize=RIVALS)
    box.register("evaluate", lambda individual: (sum(individual),))
    random.seed(0)
    population = box.population(n=POPULATION)
    for individual in population:
        individual.fitness.values = box.evaluate(individual)
    return generations / seconds(
        lambda: algorithms.eaSimple(population, box, CROSSED, 1.0, generations, verbose=False), 1
    )


def onemax(sheet: Sheet, small: bool) -> None:
    few = 20 if small else 200
    speed = peer = 0.0
    for _ in range(1 if small else 3):  # side by side: a shared machine's speed changes by the second
        speed, peer = max(speed, ours(few, 1)), max(peer, by_numpy(few, 1))
    name = f"OneMax of {BITS} bits, population {POPULATION}, a run under the ledger"
    sheet.ratio(name, speed, by_deap(1 if small else 5), "generations/s", 50, "DEAP")
    sheet.ratio(name, speed, peer, "generations/s", 1 / 3, "numpy alone")
