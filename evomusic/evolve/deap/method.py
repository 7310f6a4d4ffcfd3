"""DEAP for melodies: DEAP's own algorithms as methods under the ledger, by the toolbox of any task and encoding.

    from deap import algorithms
    from evomusic.evolve.deap.toolbox import toolbox

    box = toolbox(task)
    population, log = algorithms.eaSimple(box.population(n=300), box, cxpb=0.5, mutpb=0.2, ngen=40)

DEAP draws from the global generators of `random` and `numpy.random`. As a method it draws from states of them that are
part of the method's own state; the global ones are restored after every step.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, number, probability, whole
from evomusic.core.method import Batch, Melodies
from evomusic.core.space import Choice, Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, Encoding, assign, checked_encoding
from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.deap import cma as deap_cma
from evomusic.evolve.deap.forms import form_of
from evomusic.evolve.deap.global_random import GlobalState, drawing_from, drawn, seeded
from evomusic.evolve.deap.operators import CROSSOVERS, MUTATIONS, Form
from evomusic.evolve.deap.toolbox import SELECTIONS, Evaluate, equipped, toolbox
from evomusic.evolve.migration import settled, strongest
from evomusic.evolve.selection.objectives import Groups, columns, frozen
from evomusic.evolve.selection.select import Start, as_rows, initial_genomes
from evomusic.evolve.sizes import UNSIZED, Sized, size_option

ALGORITHMS = ("eaSimple", "eaMuPlusLambda", "eaGenerateUpdate")

__all__ = ["ALGORITHMS", "Deap", "DeapState", "toolbox"]


class DeapState(NamedTuple):
    """The population and its fitness (P, M), the strategy of CMA-ES or (), and the states of DEAP's generators."""

    genomes: Any
    fitness: NDArray[np.float64]
    strategy: deap_cma.Strategy | tuple[()]
    generators: GlobalState


@dataclass(frozen=True, kw_only=True)
class Deap(Sized):
    """DEAP's own algorithms, a generation per step, with DEAP's names of parameters. See `toolbox` for the operators.

    "eaSimple" on Notes is DEAP's textbook algorithm; on Tree it is DEAP's genetic programming. "eaMuPlusLambda" has mu
    and lambda equal to the population; with selNSGA2 survivors are selected as in NSGA-II (Deb 2002), and parents are
    drawn uniformly. "eaGenerateUpdate" is DEAP's CMA-ES, for real-valued genomes; it restarts when its distribution has
    converged or diverged. An individual that DEAP's population holds twice, as one object, becomes two between
    generations. A generation without evaluations is charged for its first individual nevertheless, so that every run
    ends.

    Args:
        algorithm: "eaSimple", "eaMuPlusLambda" or "eaGenerateUpdate".
        encoding: the search space.
        population: number of individuals; with eaGenerateUpdate its lambda; chosen by the budget when None.
        cxpb: probability of crossover.
        mutpb: probability of mutation.
        mate: the crossover; the first that fits the encoding when None.
        mutate: the mutation; the first that fits the encoding when None.
        select: "selTournament" or "selNSGA2".
        groups: names of parts (`task.part_names`) by objective of selNSGA2; the groups of the task's reward when empty.
        indpb: probability of each gene of a list to change when it is mutated.
        tournsize: size of tournaments.
        sigma: standard deviation of mutGaussian, and initial step size of CMA-ES.
        start: solutions in the initial population: melodies as rows of tokens; of a problem, rows or texts.

    Raises:
        ValueError: an argument is of the wrong type or out of range, or two arguments contradict each other.
    """

    space: ClassVar[Space] = {
        "population": Range(10, 1000, log=True, whole=True),
        "cxpb": Range(0.1, 0.9),
        "mutpb": Range(0.1, 0.9),
        "tournsize": Choice(2, 3, 5, 7, 10),
        "encoding.resample_rate": Range(0.01, 0.3, log=True),
    }

    algorithm: str = "eaSimple"
    encoding: Encoding = NOTES
    population: int | None = None
    cxpb: float = 0.5
    mutpb: float = 0.2
    mate: str | None = None
    mutate: str | None = None
    select: str = "selTournament"
    groups: Groups = ()
    indpb: float = 0.05
    tournsize: int = 3
    sigma: float = 0.5
    start: Start = ()

    def __post_init__(self) -> None:
        checked_encoding(self.encoding)
        for name, operators in (("mate", CROSSOVERS), ("mutate", MUTATIONS)):
            if getattr(self, name) is not None:
                choice(name, getattr(self, name), operators)
        assign(
            self,
            algorithm=choice("algorithm", self.algorithm, ALGORITHMS),
            population=size_option("population", self.population, 2),
            cxpb=probability("cxpb", self.cxpb),
            mutpb=probability("mutpb", self.mutpb),
            select=choice("select", self.select, SELECTIONS),
            groups=frozen(self.groups),
            indpb=probability("indpb", self.indpb),
            tournsize=whole("tournsize", self.tournsize, 1, MOST),
            sigma=number("sigma", self.sigma, above=0),
            start=as_rows(self.start),
        )
        self._check_combination()

    def _check_combination(self) -> None:
        if self.algorithm == "eaMuPlusLambda" and self.cxpb + self.mutpb > 1:
            raise ValueError(f"cxpb + mutpb is {self.cxpb + self.mutpb}, expected at most 1 with eaMuPlusLambda")
        if self.select == "selNSGA2" and self.algorithm != "eaMuPlusLambda":
            raise ValueError(
                f"select is 'selNSGA2' with {self.algorithm}, expected eaMuPlusLambda: it selects survivors"
            )
        if self.start and self.algorithm == "eaGenerateUpdate":
            raise ValueError("start holds rows, expected none with eaGenerateUpdate: it begins with a distribution")

    def init(self, task: Task, rng: np.random.Generator) -> tuple[DeapState, Batch]:
        """The initial population, sampled with DEAP's generators; or the first generation of CMA-ES."""
        if self.algorithm == "eaGenerateUpdate":
            return self._first_strategy(task, rng)
        batches: list[Batch] = []
        initial = partial(initial_genomes, self.encoding, task, n=self.population or UNSIZED, start=self.start)
        genomes, generators = drawing_from(seeded(rng), lambda: initial(rng=drawn()))
        fitness = self._evaluate(task, genomes, batches.append).genomes(genomes)
        return DeapState(genomes, fitness, (), generators), batches[0]

    def step(self, task: Task, state: DeapState, rng: np.random.Generator) -> tuple[DeapState, Batch]:
        """One generation of DEAP's algorithm; `rng` is not used, since DEAP's generators are in the state."""
        batches: list[Batch] = []
        evaluate = self._evaluate(task, state.genomes, batches.append)
        box, strategy = self._box(evaluate), self._strategy(state)
        if strategy is not None:
            _generate_by(strategy, box)
        before = _individuals(evaluate.form, state)
        with np.errstate(all="ignore"):  # of CMA-ES on a degenerate distribution, which restarts below
            individuals, generators = drawing_from(state.generators, lambda: self._generation(before, box))
        genomes, fitness = evaluate.form.genomes(individuals), np.array([i.fitness.values for i in individuals])
        if not batches:
            box.evaluate(individuals[0])
        made = Batch(np.concatenate([b.melodies for b in batches]), np.concatenate([b.returns for b in batches]))
        return DeapState(genomes, fitness, self._next_strategy(strategy), generators), made

    def deliver(self, task: Task, state: DeapState) -> NDArray[np.uint8]:
        """Melodies of the population; with eaGenerateUpdate the melody at the centre of its distribution."""
        if isinstance(state.strategy, deap_cma.Strategy):
            return self.encoding.decode(task, state.strategy.centroid[None])
        return self.encoding.decode(task, state.genomes)

    def untried(self, task: Task, state: DeapState, melodies: Melodies) -> NDArray[np.bool_]:
        """Whether the melodies delivered were never evaluated: only that at the centre of a distribution."""
        return np.full(len(melodies), isinstance(state.strategy, deap_cma.Strategy))

    def emigrants(self, task: Task, state: DeapState, n: int) -> tuple[Any, NDArray[np.float64]]:
        """The n best genomes with distinct returns, and these returns.

        Raises:
            ValueError: the algorithm has no population ranked by return.
        """
        self._check_migrates()
        return strongest(state.genomes, state.fitness[:, 0], n)

    def immigrate(self, task: Task, state: DeapState, genomes: Any, returns: NDArray[np.float64]) -> DeapState:
        """The population after the best immigrants replaced the worst genomes that return less.

        Raises:
            ValueError: the algorithm has no population ranked by return.
        """
        self._check_migrates()
        genomes, returns = settled(state.genomes, state.fitness[:, 0], genomes, returns)
        return state._replace(genomes=genomes, fitness=returns[:, None])

    def _check_migrates(self) -> None:
        kind = self.algorithm if self.algorithm == "eaGenerateUpdate" else self.select
        if kind != "selTournament":
            raise ValueError(f"Deap with {kind} has no population ranked by return, expected another; or migrants=0")

    def _evaluate(self, task: Task, genomes: Any, record: Callable[[Batch], object]) -> Evaluate:
        groups = columns(task, self.groups) if self.select == "selNSGA2" else {}
        return Evaluate(form_of(task, self.encoding, genomes), groups, record)

    def _box(self, evaluate: Evaluate) -> Any:
        return equipped(evaluate, self.mate, self.mutate, self.select, self.indpb, self.tournsize, self.sigma)

    def _first_strategy(self, task: Task, rng: np.random.Generator) -> tuple[DeapState, Batch]:
        from evomusic.evolve.strategies import dimensions

        size = dimensions(self.encoding, task)
        empty = np.zeros((0, size)), np.zeros((0, 1))
        return self.step(task, DeapState(*empty, deap_cma.about_zero(size, self.sigma), seeded(rng)), rng)

    def _strategy(self, state: DeapState) -> Any:
        """DEAP's strategy of eaGenerateUpdate; None for other algorithms."""
        found = state.strategy
        return deap_cma.to_deap(found, self.population or UNSIZED) if isinstance(found, deap_cma.Strategy) else None

    def _next_strategy(self, strategy: Any) -> deap_cma.Strategy | tuple[()]:
        """The strategy after a generation, restarted if need be; () for other algorithms."""
        if strategy is None:
            return ()
        alive = deap_cma.alive(strategy)
        return deap_cma.from_deap(strategy) if alive else deap_cma.about_zero(strategy.dim, self.sigma)

    def _generation(self, individuals: list[Any], box: Any) -> list[Any]:
        from deap import algorithms

        if self.algorithm == "eaGenerateUpdate":
            return algorithms.eaGenerateUpdate(box, 1, verbose=False)[0]
        if self.algorithm == "eaSimple":
            return algorithms.eaSimple(individuals, box, self.cxpb, self.mutpb, 1, verbose=False)[0]
        mu = self.population or UNSIZED
        return algorithms.eaMuPlusLambda(individuals, box, mu, mu, self.cxpb, self.mutpb, 1, verbose=False)[0]


def _individuals(form: Form, state: DeapState) -> list[Any]:
    """DEAP's individuals, with their fitness."""
    individuals = form.individuals(state.genomes, state.fitness.shape[1])
    for individual, values in zip(individuals, state.fitness.tolist(), strict=True):
        individual.fitness.wvalues = tuple(values)  # all weights are 1
    return individuals


def _generate_by(strategy: Any, box: Any) -> None:
    """Register the functions that eaGenerateUpdate calls."""
    from evomusic.evolve.deap.individuals import Genes

    box.register("generate", strategy.generate, Genes)
    box.register("update", strategy.update)
