"""A DEAP toolbox for any task and encoding, for use in DEAP's algorithms and your own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, choice, number, probability, whole, wrong
from evomusic.core.method import Batch
from evomusic.core.task import Task
from evomusic.encodings.base import MOST, Encoding, checked_encoding
from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.deap.forms import form_of
from evomusic.evolve.deap.global_random import drawn
from evomusic.evolve.deap.operators import Form
from evomusic.evolve.selection.objectives import Columns, Groups, columns, frozen, measured

SELECTIONS = ("selTournament", "selNSGA2")
X = TypeVar("X")


@dataclass(frozen=True, eq=False)
class Evaluate:
    """DEAP's evaluate: the fitness as a tuple, the return or an objective for each group; `many` takes a list at once.

    Args:
        form: converts individuals to genomes.
        groups: columns of `task.parts` by objective; empty for the return.
        record: called with the batch of every evaluation.
    """

    form: Form
    groups: Columns = field(default_factory=dict)
    record: Callable[[Batch], object] | None = None

    def __call__(self, individual: Any) -> tuple[float, ...]:
        """The fitness of one individual."""
        return self.many([individual])[0]

    def many(self, individuals: Iterable[Any]) -> list[tuple[float, ...]]:
        """Fitness of individuals, by a single evaluation."""
        listed = list(individuals)
        return list(map(tuple, self.genomes(self.form.genomes(listed)).tolist())) if listed else []

    def genomes(self, genomes: Any) -> NDArray[np.float64]:
        """Fitness (P, M) of genomes; each melody is evaluated once and recorded."""
        task = self.form.task
        melodies = self.form.encoding.decode(task, genomes)
        values, returns = measured(task, melodies, self.groups)
        if self.record is not None:
            self.record(Batch(melodies, returns))
        return values


def map_batched(function: Callable[..., X], *lists: Iterable[Any]) -> list[X]:
    """DEAP's map: a single call where the function has `many`, else one by one."""
    many = getattr(getattr(function, "func", function), "many", None)
    return many(*lists) if many else list(map(function, *lists))


def sampled(form: Form, values: int, n: int) -> list[Any]:
    """The encoding's samples as individuals, seeded from the global generator, which DEAP uses."""
    return form.individuals(form.encoding.sample(form.task, drawn(), n), values)


def one_sampled(form: Form, values: int) -> Any:
    """A sample of the encoding as an individual."""
    return sampled(form, values, 1)[0]


def toolbox(
    task: Task,
    encoding: Encoding = NOTES,
    *,
    mate: str | None = None,
    mutate: str | None = None,
    select: str = "selTournament",
    groups: Groups = (),
    indpb: float = 0.05,
    tournsize: int = 3,
    sigma: float = 0.5,
    record: Callable[[Batch], object] | None = None,
) -> Any:
    """A DEAP toolbox: individual, population, clone, mate, mutate, select, evaluate, map; and compile for trees.

    Individuals are lists where genomes are rows of numbers, `deap.gp` trees for the encoding Tree, and `Genome`s
    elsewhere. DEAP's operators are used where they fit: on lists "cxTwoPoint" (or "cxOnePoint", "cxUniform" at .5 per
    gene) and "mutUniformInt" for Notes, "mutFlipBit" for Bits, "mutGaussian" for real numbers; on trees "cxOnePoint"
    (or "cxOnePointLeafBiased") and "mutUniform" (or "mutNodeReplacement", "mutInsert", "mutShrink"), within the
    encoding's limits. "vary" is the encoding's own operator, and the only one for all other genomes.

    Args:
        task: the task.
        encoding: the search space; its samples are the first individuals.
        mate: the crossover; the first that fits when None.
        mutate: the mutation; the first that fits when None.
        select: "selTournament", or "selNSGA2" over groups of rules, which are then the fitness.
        groups: names of parts (`task.part_names`) by objective of selNSGA2; the groups of the task's reward when empty.
        indpb: probability of each gene of a list to change when it is mutated.
        tournsize: size of tournaments.
        sigma: standard deviation of mutGaussian.
        record: called with the batch of every evaluation, such as a ledger's `charge`.

    Raises:
        ValueError: an argument is of the wrong type or out of range, an operator does not fit, or there are no groups.
    """
    able("task", task, ("evaluate", "parts"), "a task such as em.make('rules')")
    checked_encoding(encoding)
    if record is not None and not callable(record):
        raise wrong("record", record, "a function of a Batch, or None")
    groups = frozen(groups)
    form = form_of(task, encoding, encoding.sample(task, np.random.default_rng(0), 1))
    evaluate = Evaluate(form, columns(task, groups) if select == "selNSGA2" else {}, record)
    return equipped(evaluate, mate, mutate, select, probability("indpb", indpb), tournsize, sigma)


def equipped(
    evaluate: Evaluate, mate: str | None, mutate: str | None, select: str, indpb: float, tournsize: int, sigma: float
) -> Any:
    """The toolbox of a form, with all that DEAP's algorithms call."""
    from deap import base, gp, tools

    from evomusic.evolve.deap.individuals import clone

    form, box = evaluate.form, base.Toolbox()
    choice("select", select, SELECTIONS)
    whole("tournsize", tournsize, 1, MOST)
    number("sigma", sigma, above=0)
    values = len(evaluate.groups) or 1
    box.register("clone", clone)
    box.register("individual", one_sampled, form, values)
    box.register("population", sampled, form, values)
    box.register("mate", _chosen("mate", mate, form.crossovers()))
    box.register("mutate", _chosen("mutate", mutate, form.mutations(indpb, sigma)))
    rivals = {"tournsize": tournsize} if select == "selTournament" else {}
    box.register("select", getattr(tools, select), **rivals)
    box.register("evaluate", evaluate)
    box.register("map", map_batched)
    if hasattr(form, "primitives"):
        box.register("compile", gp.compile, pset=form.primitives)
    return box


def _chosen(name: str, operator: str | None, operators: dict[str, Callable[..., Any]]) -> Callable[..., Any]:
    """The operator of a name; the first when None."""
    return operators[next(iter(operators)) if operator is None else choice(name, operator, operators)]
