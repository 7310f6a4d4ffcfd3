"""Genetic programming beside numbers that others have published, with their parameters.

`python -m experiments.engines.published` writes results/engines/published.md. Only what can be read in the source is
in it; what cannot be is said there too. Runs are independent, seeds 0 to `RUNS` - 1, and each problem takes minutes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import evomusic as em
from evomusic.report.ballots import wilson
from experiments.engines import programs
from experiments.engines.by_deap import Generations
from experiments.engines.intervals import share

ROOT = Path(__file__).parent.parent.parent
RUNS, GENERATIONS = 30, 50  # generations after the first
ZERO = 1.11e-15  # ECJ takes an error below for 0
SURE = 0.99  # probability of a solution that Koza's effort is for


@dataclass(frozen=True)
class Proportional:
    """Koza's (1992) selection: in proportion to adjusted fitness, 1 / (1 + what is missing of the maximum).

    With over-selection, for large populations, four of five parents are of the fittest, that is those that together
    hold 320 / P of all adjusted fitness.
    """

    maximum: float
    over: bool

    def pick(self, candidates: Any, n: int, rng: np.random.Generator) -> NDArray[np.int64]:
        """Parents (n,)."""
        adjusted = 1 / (1 + self.maximum - candidates.returns)
        if not self.over:
            return rng.choice(len(adjusted), n, p=adjusted / adjusted.sum())
        order = np.argsort(-adjusted, kind="stable")
        shares = adjusted[order] / adjusted.sum()
        fittest = np.cumsum(shares) <= max(320 / len(shares), shares[0])
        wheel = np.where(fittest, 0.8 * shares / shares[fittest].sum(), 0.2 * shares / shares[~fittest].sum())
        return order[rng.choice(len(order), n, p=wheel / wheel.sum())]


def solved_in(problem: em.Problem, population: int, seed: int, selection: Any = None) -> int | None:
    """The generation that solves a problem, 0 for the first, by tournaments of seven and without an elite; or None."""
    watch = Generations(GENERATIONS, float(problem.maximum or 0))
    loop = em.GA(population=population, tournament=7, selection=selection, elite=0)
    record = em.run(loop, problem, steps=population * (GENERATIONS + 2), seed=seed, watch=watch)
    return GENERATIONS - watch.left - 1 if record.best_return >= watch.goal else None


def quartic_of_ecj(seed: int) -> int | None:
    """Koza's quartic as ECJ sets it up: 1024 trees, points drawn anew for each run, solved by errors of 0."""
    points = np.random.default_rng(seed).uniform(-1, 1, len(programs.POINTS))
    return solved_in(programs.quartic(points=points, least=ZERO), 1024, seed)


def ant_of_langdon(seed: int) -> int | None:
    """The Santa Fe trail: 500 trees of at most 100 nodes, no mutation."""
    problem = programs.santa_fe(nodes=100)
    return solved_in(replace(problem, genotype=replace(problem.genotype, mutation_rate=0.0)), 500, seed)


def parity_of_koza(inputs: int, over: bool, seed: int) -> int | None:
    """Even parity: 4,000 trees, with over-selection or without."""
    return solved_in(programs.parity(inputs), 4000, seed, Proportional(float(2**inputs), over))


class Effort(NamedTuple):
    """Koza's computational effort, and those at the ends of Wilson's interval of the share of runs that it is for."""

    value: int
    low: int
    high: int

    def __str__(self) -> str:
        return f"{self.value:,} [{self.low:,}, {self.high:,}]"


def effort(solved: Sequence[int | None], population: int) -> Effort | None:
    """The least number of evaluations that finds a solution with probability .99 (Koza 1992, chapter 8).

    The least over generations i of M (i + 1) ceil(log(1 - z) / log(1 - P(M, i))), with P the share of runs that have
    solved the problem by generation i; None where none has. The interval is that of P in the generation of the least,
    and does not count that the least was chosen.
    """
    found: list[Effort] = []
    for i in range(GENERATIONS + 1):
        hits = sum(generation is not None and generation <= i for generation in solved)
        if hits:
            low, high = wilson(hits, len(solved))
            each = (population * (i + 1) * independent(p) for p in (hits / len(solved), high, low))
            found.append(Effort(*each))
    return min(found, default=None)


def independent(p: float) -> int:
    """Independent runs, each solved with probability p, of which one is with probability .99."""
    return 1 if p >= SURE else math.ceil(math.log(1 - SURE) / math.log(1 - p))


class Published(NamedTuple):
    """A number that others have published, and our runs with their parameters."""

    name: str
    run: Callable[[int], int | None]
    population: int
    theirs: str
    source: str
    parameters: str


KOZA = "a test of EpochX, `EvenParityTest` of its GP models (tc33/EpochX), which cites Koza (1992), page 531"
PARITY = (
    "4000 trees, 51 generations, selection in proportion to fitness {} over-selection, crossover .9 and reproduction "
    ".1, nine of ten crossover points inner nodes, ramped half-and-half of depth 2 to 6, depth 17 at most; AND, OR, "
    "NAND, NOR"
)
TABLE = (
    *(
        Published(
            f"even parity of {inputs}, {word} over-selection",
            partial(parity_of_koza, inputs, word == "with"),
            4000,
            theirs,
            KOZA,
            PARITY.format(word),
        )
        for inputs, word, theirs in (
            (3, "with", "100 % of runs"),
            (4, "with", "45 % of runs"),
            (4, "without", "45 % of runs"),
        )
    ),
    Published(
        "quartic regression",
        quartic_of_ecj,
        1024,
        'a run in five or in ten, "may be"',
        "an answer of Sean Luke, the author of ECJ, on its mailing list, 25 July 2005: a remark on Koza's quartic with "
        "Koza's functions, without a table, read in a stored copy; he points to `app/regression/noerc.params`, whose "
        "parameters are in `koza.params`, `simple.params` and `erc.params` of ECJ (GMUEClab/ecj)",
        "1024 trees, 51 generations, tournaments of 7, crossover .9 and reproduction .1, nine of ten crossover points "
        "inner nodes, ramped half-and-half of depth 2 to 6, depth 17 at most; x, +, -, *, /, sin, cos, exp, log; 20 "
        "points drawn in [-1, 1] for each run; solved where all errors are 0, that is below 1.11e-15",
    ),
    Published(
        "Santa Fe ant",
        ant_of_langdon,
        500,
        "least effort 189,000, of 50 runs",
        "Langdon (1998), Better Trained Ants, technical report CSRP-98-08 of the University of Birmingham, section "
        "Results: the original trail; the setup in Langdon & Poli (1997), Fitness Causes Bloat, section GP Parameters",
        "500 trees, 600 moves, 100 nodes at most, tournaments; the rest as Koza (1992), pages 147 to 155",
    ),
)
UNREAD = """
Not compared, for no text with the numbers could be read: Koza's (1992) own curves of success, of which the tests of
EpochX cite these rates, and two that differ for quartic regression (23 %, page 586, and 35 %, page 203); those of
O'Neill & Ryan (2001), of grammatical evolution beside genetic programming; the table of efforts in Langdon & Poli
(1998), Why Ants are Hard.
"""
DIFFERENCES = """
Where ours differ: ECJ tries a hundred times that no tree of the first generation is there twice, ours do not, and have
500 nodes at most. Langdon's crossover makes one child, ours two, and the size of his tournaments could not be read:
ours are of seven. His effort comes from 50 runs and is the least of ten limits of size. The test of EpochX has no tree
twice in the first generation, ours may, and who counts as fittest in its over-selection could not be read: ours are
those that hold 320 / P of all adjusted fitness, as in ECJ. Four inputs tell how much hangs on it: the rate that is
cited lies between ours with over-selection and ours without.
"""


def row(entry: Published) -> str:
    """The row of the table: theirs, and our share of runs with Wilson's interval, and least effort."""
    with ProcessPoolExecutor() as pool:
        solved = list(pool.map(entry.run, range(RUNS)))
    runs = share(sum(generation is not None for generation in solved), RUNS)
    return f"| {entry.name} | {entry.theirs} | {runs} | {effort(solved, entry.population) or '-'} |"


def main() -> None:
    lines = [
        "# Genetic programming beside published numbers\n",
        f"Made by `python -m experiments.engines.published`: {RUNS} runs, shares with Wilson's interval, Koza's effort "
        "(evaluations that find a solution with probability .99, the least over generations).\n",
        "| problem | published | evomusic, runs solved | evomusic, effort |",
        "|---|---|---|---|",
        *map(row, TABLE),
        "",
        *(f"**{entry.name}**: {entry.source}. Parameters: {entry.parameters}.\n" for entry in TABLE),
    ]
    path = ROOT / "results" / "engines" / "published.md"
    path.write_text("\n".join(lines) + DIFFERENCES + UNREAD, encoding="utf-8")


if __name__ == "__main__":
    main()
