"""Evaluation of a task's genomes for loops of other libraries, charged by a ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, budget, shown
from evomusic.core.ledger import MOST_STEPS, Ledger
from evomusic.core.method import Batch
from evomusic.core.problem import Problem
from evomusic.core.task import Task
from evomusic.encodings.base import Encoding, checked_encoding
from evomusic.encodings.bits import Bits
from evomusic.encodings.notes.notes import NOTES
from evomusic.evolve.selection.objectives import Columns, Groups, columns, frozen, measured

Floats = NDArray[np.float64]


class BudgetSpent(RuntimeError):
    """An evaluation beyond the budget of a ledger."""


@dataclass(frozen=True, eq=False)
class Space:
    """Genomes as rows of numbers: D of them, their type, and bounds (None where there are none)."""

    length: int
    dtype: np.dtype[Any]
    low: Any = None
    high: Any = None

    def genomes(self, rows: Any) -> NDArray[Any]:
        """Rows (P, D) of any numbers as genomes: whole where genomes are, and within the bounds."""
        found = np.atleast_2d(np.asarray(rows, np.float64))
        if self.low is not None:
            found = np.clip(found, self.low, self.high)
        return np.ascontiguousarray(found if self.dtype.kind == "f" else np.rint(found), self.dtype)


@dataclass(frozen=True, eq=False)
class Charged:
    """Evaluation of genomes, charged by a ledger.

    Args:
        task: the task or problem.
        encoding: the search space.
        space: the form of its genomes.
        groups: columns of `task.parts` by objective; empty for the return.
        ledger: counts.
    """

    task: Task
    encoding: Encoding
    space: Space
    groups: Columns
    ledger: Ledger

    def __call__(self, genomes: Any) -> tuple[NDArray[Any], Floats]:
        """Solutions (P, D) of genomes, and their values (P, M), all to be maximised.

        Raises:
            BudgetSpent: nothing is left of the budget.
        """
        require_left(self.ledger)
        rows = self.encoding.decode(self.task, genomes)
        values, returns = measured(self.task, rows, self.groups)
        charge(self.ledger, Batch(rows, returns))
        return rows, values


def require_left(ledger: Ledger) -> None:
    """Check that the budget of a ledger is not spent.

    Raises:
        BudgetSpent: it is.
    """
    if not ledger.left:
        raise BudgetSpent(f"the budget of {ledger.budget:,} steps is spent, expected no further evaluation")


def charge(ledger: Ledger, batch: Batch) -> None:
    """Charge a batch, and enter a row of the curve where one is due: what is delivered is the batch."""
    ledger.charge(batch)
    if ledger.due:
        made = ledger.batch
        ledger.enter(made.melodies, made.returns, np.zeros(len(made.returns), np.bool_))


def ledger_of(task: Task | Problem, steps: int, name: str) -> Ledger:
    """The ledger of a budget on a task."""
    return Ledger(task.grid.steps, budget("steps", steps, 0, MOST_STEPS), name=name, form=task.grid.rows)


def chosen(task: Task | Problem, encoding: Encoding | None) -> Encoding:
    """An encoding, or that of a task or problem that is given none: Notes for melodies, else the genotype."""
    able("task", task, ("evaluate", "parts"), "a task such as em.make('rules'), or an em.Problem")
    if encoding is None:
        genotype: Any = task.grid
        return NOTES if task.grid.rows.of_melodies else genotype
    return cast("Encoding", checked_encoding(encoding))


def charged(task: Task | Problem, encoding: Encoding | None, groups: Groups, steps: int, name: str) -> Charged:
    """Evaluation of a task's genomes as rows of numbers, charged by a new ledger.

    Raises:
        ValueError: an argument is of the wrong type, or genomes are no rows of numbers.
    """
    encoding, whole_task = chosen(task, encoding), cast("Task", task)
    named = frozen(groups)
    several = bool(named) or bool(task.groups_by_name and isinstance(task, Problem))
    space = space_of(whole_task, encoding, name)
    found = columns(whole_task, named) if several else {}
    return Charged(whole_task, encoding, space, found, ledger_of(task, steps, name))


def space_of(task: Task, encoding: Any, name: str) -> Space:
    """The form of an encoding's genomes.

    Raises:
        ValueError: they are no rows of numbers.
    """
    one = encoding.sample(task, np.random.default_rng(0), 1)
    if not isinstance(one, np.ndarray) or one.ndim != 2 or hasattr(encoding, "symbols"):
        raise ValueError(
            f"genomes of {shown(encoding)} are no rows of numbers, expected such for {name}; or use as_deap"
        )
    length = one.shape[1]
    if hasattr(encoding, "solution"):
        return Space(length, one.dtype, encoding.rows.low, encoding.rows.high)
    if isinstance(encoding, Bits):
        return Space(length, one.dtype, 0, 1)
    if one.dtype == np.uint8 and length == task.grid.steps:
        return Space(length, one.dtype, 0, task.grid.tokens - 1)
    return Space(length, one.dtype)
