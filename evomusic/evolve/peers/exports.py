"""Tasks and problems for other libraries: pymoo, pyribs and DEAP, whose evaluations our ledger charges.

    minimize(em.as_pymoo(problem, steps=10_000), NSGA2(), ("n_eval", 10_000))
    scheduler.tell(*evaluate(scheduler.ask()))                  # evaluate = em.as_pyribs(problem, [measure, measure])
    algorithms.eaSimple(box.population(100), box, 0.5, 0.2, 50)  # box = em.as_deap(problem)

Each has a `ledger`: its best solution and curve are those of a run of our own (`ledger.record(None)`). When the budget
is spent a further evaluation raises `BudgetSpent`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import optional, shown
from evomusic.core.ledger import Ledger
from evomusic.core.method import Batch
from evomusic.core.problem import Problem
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding
from evomusic.evolve.peers.charging import Charged, charge, charged, chosen, ledger_of, require_left
from evomusic.evolve.selection.objectives import Groups

Floats = NDArray[np.float64]
STEPS = 1_000_000


def as_pymoo(task: Task | Problem, encoding: Encoding | None = None, groups: Groups = (), steps: int = STEPS) -> Any:
    """A problem of pymoo, whose objectives are the negated returns, groups or objectives: pymoo minimises.

    Args:
        task: the task, or a problem of one's own.
        encoding: the search space, with genomes as rows of numbers; Notes, or the problem's genotype, when None.
        groups: names of parts by objective; the return, or the problem's objectives, when empty.
        steps: the budget of its `ledger`.

    Raises:
        ValueError: an argument is of the wrong type, or genomes are no rows of numbers.
        NotInstalled: pymoo is missing.
    """
    evaluate = charged(task, encoding, groups, steps, "pymoo")
    optional("pymoo", "as_pymoo", "peers")
    from evomusic.evolve.peers.problem_of_pymoo import ChargedProblem

    return ChargedProblem(evaluate)


@dataclass(frozen=True, eq=False)
class ForScheduler:
    """Evaluation for a scheduler of pyribs: objectives and measures of its solutions.

    Args:
        evaluate: evaluates and charges.
        measures: functions of solutions and their frame, each giving a coordinate of the archive.
    """

    evaluate: Charged
    measures: tuple[Callable[..., Any], ...]

    @property
    def ledger(self) -> Ledger:
        """The ledger that charges."""
        return self.evaluate.ledger

    @property
    def solution_dim(self) -> int:
        """Numbers of a solution, as archives and emitters of pyribs are told."""
        return self.evaluate.space.length

    def __call__(self, solutions: Any) -> tuple[Floats, Floats]:
        """Returns (P,) and measures (P, K) of solutions (P, D) that a scheduler asks for."""
        rows, values = self.evaluate(self.evaluate.space.genomes(solutions))
        frame = self.evaluate.task.grid
        columns = [np.asarray(measure(rows, frame), np.float64) for measure in self.measures]
        for measure, column in zip(self.measures, columns, strict=True):
            if column.shape != (len(rows),) or not np.isfinite(column).all():
                raise ValueError(
                    f"measure {shown(measure)} gave shape {column.shape} for {len(rows)} solutions, expected "
                    f"({len(rows)},) finite numbers"
                )
        return values[:, 0], np.stack(columns, axis=1)


def as_pyribs(
    task: Task | Problem,
    measures: Sequence[Callable[..., Any]],
    encoding: Encoding | None = None,
    steps: int = STEPS,
) -> ForScheduler:
    """A function from the solutions of a pyribs scheduler to its objectives (P,) and measures (P, K).

    Args:
        task: the task, or a problem of one's own, of a single objective.
        measures: functions `measure(solutions, frame) -> (P,)`, such as `em.measures.Notes()`; for a problem the frame
            is its genotype.
        encoding: the search space, with genomes as rows of numbers; Notes, or the problem's genotype, when None.
        steps: the budget of its `ledger`.

    Raises:
        ValueError: an argument is of the wrong type, or genomes are no rows of numbers.
    """
    if not isinstance(measures, (tuple, list)) or not measures or not all(map(callable, measures)):
        raise ValueError(f"measures is {shown(measures)}, expected a list of functions of solutions and their frame")
    if getattr(task, "objectives", ()):
        raise ValueError(f"problem {task.name!r} has {len(task.part_names)} objectives, expected one for an archive")
    return ForScheduler(charged(task, encoding, (), steps, "pyribs"), tuple(measures))


def as_deap(task: Task | Problem, encoding: Encoding | None = None, *, steps: int = STEPS, **options: Any) -> Any:
    """A DEAP toolbox (`evolve.deap.toolbox`) whose evaluations its `ledger` charges.

    Args:
        task: the task, or a problem of one's own.
        encoding: the search space; Notes, or the problem's genotype, when None.
        steps: the budget of its `ledger`.
        **options: further arguments of `toolbox`, such as `select="selNSGA2"`.

    Raises:
        ValueError: an argument is of the wrong type, or out of range.
    """
    from evomusic.evolve.deap.toolbox import toolbox

    encoding, ledger = chosen(task, encoding), ledger_of(task, steps, "deap")

    def record(batch: Batch) -> None:
        require_left(ledger)
        charge(ledger, batch)

    box = toolbox(cast("Task", task), encoding, record=record, **options)
    box.ledger = ledger
    return box
