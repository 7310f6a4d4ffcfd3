"""Evolution against DEAP, learners, and the vector environment against Gymnasium's."""

from __future__ import annotations

import random
import warnings

import numpy as np

import evomusic as em
from benchmarks.core import python_task
from benchmarks.timing import Sheet, seconds, threads
from evomusic.core.views import as_view
from evomusic.learn.walk import plan

POPULATION = 300


def like_deap() -> em.GA:
    """Our GA with eaSimple's operators and parameters."""
    return em.GA(
        population=POPULATION,
        tournament=3,
        elite=0,
        encoding=em.Notes(
            crossovers="two-point",
            crossover_rate=0.5,
            mutations="resample",
            mutation_rate=0.2,
            resample_rate=0.05,
        ),
    )


def deap_generations(task: em.Task, fitness, generations: int) -> float:
    """Generations/s of DEAP's eaSimple as its documentation sets it up, with a fitness of a list of tokens."""
    from deap import algorithms, base, creator, tools

    if not hasattr(creator, "Tokens"):
        creator.create("Highest", base.Fitness, weights=(1.0,))
        creator.create("Tokens", list, fitness=creator.Highest)
    box = base.Toolbox()
    box.register("token", random.randint, 0, task.grid.tokens - 1)
    box.register("individual", tools.initRepeat, creator.Tokens, box.token, task.grid.steps)
    box.register("population", tools.initRepeat, list, box.individual)
    box.register("mate", tools.cxTwoPoint)
    box.register("mutate", tools.mutUniformInt, low=0, up=task.grid.tokens - 1, indpb=0.05)
    box.register("select", tools.selTournament, tournsize=3)
    box.register("evaluate", lambda individual: (fitness(individual),))
    random.seed(0)
    population = box.population(n=POPULATION)
    for individual in population:
        individual.fitness.values = box.evaluate(individual)
    return generations / seconds(lambda: algorithms.eaSimple(population, box, 0.5, 0.2, generations, verbose=False), 2)


def our_generations(task: em.Task, generations: int, free: bool, repeats: int) -> float:
    ga, rng = like_deap(), np.random.default_rng(0)
    state, _ = ga.init(task, rng)

    def work() -> None:
        nonlocal state
        for _ in range(generations):
            state, genomes = ga.ask(task, state, rng)
            returns = np.zeros(len(genomes)) if free else task.evaluate(ga.decode(task, genomes))
            state = ga.tell(task, state, genomes, returns)

    work()
    return generations / seconds(work, repeats)


def evolution(sheet: Sheet, small: bool) -> None:
    task, few = em.make("tune"), 1 if small else 5
    with threads(1):
        ours = our_generations(task, 20 if small else 1000, False, sheet.repeats)
        free = our_generations(task, 20 if small else 1000, True, sheet.repeats)
    name = f"GA generation, population {POPULATION}"
    sheet.ratio(name, ours, deap_generations(task, python_task(task), few), "generations/s", 150, "DEAP, Python rules")
    peer = deap_generations(task, lambda _: 0.0, 20 * few)
    sheet.ratio(f"{name}, free fitness", free, peer, "generations/s", 40, "DEAP")


def learning(sheet: Sheet, small: bool) -> None:
    task = em.make("tune")
    steps = 200_000 if small else 5_000_000
    short = control_speed(task, "short", "auto", steps, sheet.repeats)
    sheet.least("Q-learning, last-pitch view", short, "M steps/s", 15)
    on_demand = control_speed(task, "markov", "on-demand", min(steps, 1_000_000), sheet.repeats)
    sheet.least("Q-learning, rows on demand (Markov view)", on_demand, "M steps/s", 2)
    final = em.Task(task.grid, em.Reward(dict(task.reward.rules), final={em.measures.Notes(): 0.1}))
    melodies = 500 if small else 10_000
    learner, rng = em.QLearning(view="short"), np.random.default_rng(0)
    state, _ = learner.init(final, rng)

    def work() -> None:
        nonlocal state
        made = 0
        while made < melodies:
            state, batch = learner.step(final, state, rng)
            made += len(batch.melodies)

    sheet.least("Q-learning with a final reward", melodies * 64e-6 / seconds(work, sheet.repeats), "M steps/s", 1)


def control_speed(task: em.Task, view: str, rows: str, steps: int, repeats: int) -> float:
    """Million steps/s of the learner's kernel on one core."""
    from evomusic.learn.learner import NO_LENGTHS, NO_LOG, NO_RETURNS
    from evomusic.learn.loop import learn, new_cursor
    from evomusic.learn.walk import empty, grown, model_of

    tables, rng = plan(task, as_view(view), rows), np.random.default_rng(0)
    actions, length = np.empty(steps, np.uint8), task.grid.steps + 1
    best = 0.0
    for _ in range(repeats):
        on_demand, states = grown(tables, empty(tables)[0], steps)
        agent = em.QLearning(view=view).agent(states, tables.actions, length)
        walk = (agent, model_of(tables, on_demand), on_demand.memory, new_cursor(), actions)
        rest = (NO_RETURNS, NO_LENGTHS, length, length, False, NO_LOG, rng)
        best = max(best, steps / seconds(lambda w=walk, r=rest: learn(*w, *r), 1) / 1e6)
    return best


def environments(sheet: Sheet, small: bool) -> None:
    from gymnasium.vector import SyncVectorEnv

    task, width, rounds = em.make("tune"), 64, 64 if small else 640
    actions = np.random.default_rng(0).integers(0, task.grid.tokens, (rounds, width))

    def speed(envs) -> float:
        def work() -> None:
            envs.reset(seed=0)
            for row in actions:
                envs.step(row)

        work()
        return rounds * width / seconds(work, 2)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ours = speed(em.MelodyVectorEnv(task, num_envs=width))
        peer = speed(SyncVectorEnv([lambda: em.MelodyEnv(task)] * width))
    sheet.ratio(f"vector environment, {width} melodies", ours, peer, "steps/s", 20, "SyncVectorEnv")
