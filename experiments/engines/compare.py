"""The loops beside the answers of the field: `python -m experiments.engines.compare` writes results/engines/README.md.

It needs pymoo (the extra `peers`) and takes some minutes. Intervals are of 95 %: of means and hypervolumes by the
bootstrap, of shares of runs by Wilson's formula.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
from moocore import hypervolume
from numpy.typing import NDArray
from scipy.stats import binom, bootstrap

import evomusic as em
from experiments.engines import bitstrings, fronts, programs
from experiments.engines.by_deap import deap_best, our_best
from experiments.engines.intervals import share

ROOT = Path(__file__).parent.parent.parent
SEEDS = 30
POPULATION, GENERATIONS = 100, 150  # of the fronts
REFERENCE = (1.1, 1.1)  # of the hypervolume, for objectives that are minimised
TREES, KOZA, GROWN = 500, 50, 30  # population, generations and runs of genetic programming
RUNS = 300  # of running times
FLAT_RUNS = 400
FLAT = {f'`NSGA2(parents="{kind}")`': kind for kind in ("front", "dominance")}
Floats = NDArray[np.float64]
ONE_PLUS_ONE = {
    "`MuPlusLambda(mu=1, lam=1)`": em.MuPlusLambda(mu=1, lam=1),
    "`HillClimb`": em.HillClimb(patience=10**9),
    "`Annealing(hot=0, cold=0)`": em.Annealing(hot=0.0, cold=0.0),
}
LOOPS = {"`HillClimb(patience=200)`": em.HillClimb(patience=200), "`GA`": em.GA(), "`SteadyState`": em.SteadyState()}


def interval(values: Floats) -> str:
    """Mean with its bootstrap interval."""
    found = bootstrap((values,), np.mean, random_state=0, method="percentile").confidence_interval
    return f"{values.mean():.4f} [{found.low:.4f}, {found.high:.4f}]"


def ours(problem: em.Problem, seed: int, parents: str = "front") -> Floats:
    """The objectives (K, 2), minimised, of the population of our NSGA-II at the end."""
    loop = em.NSGA2(population=POPULATION, encoding=problem.genotype, parents=parents)
    record = em.run(loop, problem, steps=POPULATION * GENERATIONS, seed=seed)
    return -problem.parts(loop.deliver(problem, record.state))  # type: ignore[arg-type]


def of_pymoo(problem: em.Problem, seed: int) -> Floats:
    """The same of pymoo's NSGA-II."""
    from pymoo.algorithms.moo.nsga2 import NSGA2
    from pymoo.optimize import minimize

    steps = POPULATION * GENERATIONS
    exported = em.as_pymoo(problem, steps=steps)
    result = minimize(exported, NSGA2(POPULATION), ("n_eval", steps), seed=seed)
    assert exported.ledger.spent == steps
    return np.atleast_2d(result.F)


def timed(run: Callable[[em.Problem, int], Floats], problem: em.Problem) -> tuple[Floats, float]:
    """Hypervolumes of all seeds, and seconds a run."""
    began = time.process_time()
    found = np.array([hypervolume(run(problem, seed), ref=REFERENCE) for seed in range(SEEDS)])
    return found, (time.process_time() - began) / SEEDS


def true_front(problem: em.Problem) -> float:
    """Hypervolume of the true front: all numbers but the first are 0, and dominated points count for nothing."""
    x = np.zeros((100_001, problem.genotype.length))
    x[:, 0] = np.linspace(0, 1, len(x))
    return float(hypervolume(-problem.parts(x), ref=REFERENCE))


def front_row(name: str) -> str:
    """The row of a problem: hypervolume of both."""
    problem = getattr(fronts, name)()
    (one, fast), (other, slow) = timed(ours, problem), timed(of_pymoo, problem)
    volumes = f"{true_front(problem):.4f} | {interval(one)} | {interval(other)}"
    return f"| {problem.name} | {volumes} | {fast:.2f} s, {slow:.2f} s |"


def flat_row(name: str) -> str:
    """The row of a way to compare parents: runs on ZDT2 whose front collapses."""
    problem = fronts.zdt2()
    found = [hypervolume(ours(problem, seed, FLAT[name]), ref=REFERENCE) for seed in range(FLAT_RUNS)]
    return f"| {name} | {share(sum(volume < 0.5 for volume in found), FLAT_RUNS)} |"


def tree_row(name: str) -> str:
    """The row of a problem: runs of ours and of DEAP's that solve it."""
    problem, counts = getattr(programs, name)(), []
    for best in (our_best, deap_best):
        solved = [best(problem, TREES, KOZA, seed) == problem.maximum for seed in range(GROWN)]
        counts.append(share(sum(solved), GROWN))
    return f"| {problem.name} | {' | '.join(counts)} |"


def onemax_time(n: int) -> float:
    """Expected evaluations of the (1+1) algorithm on OneMax, by its Markov chain of zeros."""
    times = np.zeros(n + 1)
    for zeros in range(1, n + 1):
        better = np.zeros(zeros)
        for repaired in range(1, zeros + 1):
            spoilt = np.arange(min(repaired, n - zeros + 1))
            odds = binom.pmf(repaired, zeros, 1 / n) * binom.pmf(spoilt, n - zeros, 1 / n)
            better[zeros - repaired + spoilt] += odds
        times[zeros] = (1 + better @ times[:zeros]) / better.sum()
    return float(1 + binom.pmf(np.arange(n + 1), n, 0.5) @ times)


def leading_ones_time(n: int) -> float:
    """The same on LeadingOnes (Böttcher, Doerr & Neumann 2010)."""
    return 1 + n**2 / 2 * ((1 - 1 / n) ** (1 - n) - (1 - 1 / n))


def time_row(name: str) -> str:
    """The row of a loop: mean evaluations to the maximum beside the exact expectation, and errors."""
    exact, cells = ((bitstrings.onemax(50), onemax_time(50)), (bitstrings.leading_ones(50), leading_ones_time(50))), []
    for problem, expected in exact:
        goal = em.Target(float(problem.maximum or 0))
        runs = [em.run(ONE_PLUS_ONE[name], problem, steps=10**6, seed=s, watch=goal).steps for s in range(RUNS)]
        mean, error = np.mean(runs), np.std(runs, ddof=1) / RUNS**0.5
        cells.append(f"{expected:.1f} | {mean:.1f} ({(mean - expected) / error:+.1f})")
    return f"| {name} | {' | '.join(cells)} |"


def landscape_row(name: str) -> str:
    """The row of a loop: runs that find the enumerated maximum of NK landscapes."""
    problems = [bitstrings.nk(20, 4, seed) for seed in range(10)]
    runs = [em.run(LOOPS[name], p, steps=20_000, seed=s).best_return == p.maximum for p in problems for s in range(3)]
    return f"| {name} | {share(sum(runs), len(runs))} |"


SECTIONS: tuple[tuple[str, str, str, Callable[[str], str], tuple[str, ...]], ...] = (
    (
        "Fronts",
        f"Hypervolume above {REFERENCE} (moocore) of the last population; NSGA-II, {POPULATION} x {GENERATIONS} "
        f"evaluations, {SEEDS} seeds, mean with bootstrap interval; processor time a run. Ours compares parents "
        "by front, then by crowding, as the paper does; pymoo by dominance, then by crowding.",
        "| problem | true front | evomusic | pymoo | time |",
        front_row,
        ("zdt1", "zdt2", "zdt3"),
    ),
    (
        "Ends of a front",
        f"Runs on ZDT2 with a hypervolume below .5, whose population has lost an end of the front; {FLAT_RUNS} runs, "
        "Wilson's interval. Where parents are compared by dominance, those on the ends of later fronts win against all "
        "that do not dominate them.",
        "| parents | collapsed |",
        flat_row,
        tuple(FLAT),
    ),
    (
        "Programs",
        f"Runs that solve the problem: {TREES} trees, {KOZA} generations after the first, tournaments of 7, "
        f"crossover of subtrees .9, no mutation, depth 17; {GROWN} runs, Wilson's interval.",
        "| problem | evomusic | DEAP |",
        tree_row,
        ("quartic", "parity"),
    ),
    (
        "Running times",
        f"Evaluations of the (1+1) algorithm until the maximum of 50 bits, mean of {RUNS} runs, beside the exact "
        "expectation; in brackets their difference in standard errors.",
        "| loop | OneMax, exact | measured | LeadingOnes, exact | measured |",
        time_row,
        tuple(ONE_PLUS_ONE),
    ),
    (
        "NK landscapes",
        "Runs of 20,000 evaluations that find the maximum of all 2^20 strings (n 20, k 4; 10 landscapes, 3 seeds).",
        "| loop | found |",
        landscape_row,
        tuple(LOOPS),
    ),
)


def main() -> None:
    lines = [
        "# The loops where the field knows the answers\n",
        "Made by `python -m experiments.engines.compare`; the problems are in `experiments/engines/`.",
    ]
    with ProcessPoolExecutor() as pool:
        waiting = [[pool.submit(row, name) for name in names] for *_, row, names in SECTIONS]
        for (title, text, head, *_), rows in zip(SECTIONS, waiting, strict=True):
            rule = "|---" * (head.count("|") - 1) + "|"
            lines += [f"\n## {title}\n", f"{text}\n", head, rule, *(row.result() for row in rows)]
    path = ROOT / "results" / "engines" / "README.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
