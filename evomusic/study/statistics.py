"""Tables of a study: medians and ranges over seeds, regret, steps to targets with censoring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from evomusic.study.results import Outcome, Run, TaskRun, once_a_run

TARGETS = (95, 99, 99.9)  # per cent of the way from random to the optimum
ENOUGH = 10  # seeds to rank methods by: two times five seeds of one method can look like two (Henderson et al. 2018)
LAST = 0.1  # share of the budget whose melodies make the online return


class Spread(NamedTuple):
    """Median and range over seeds."""

    median: float
    low: float
    high: float


class Hit(NamedTuple):
    """Steps to a target: the median over seeds, None when it is beyond the budget; and how many seeds got there."""

    median: int | None
    reached: int
    seeds: int
    budget: int

    def __str__(self) -> str:
        share = "" if self.reached == self.seeds else f" ({self.reached}/{self.seeds})"
        return f"{self.median:,}{share}" if self.median is not None else f">{self.budget:,}{share}"


@dataclass(frozen=True)
class Row:
    """One method on one task.

    Args:
        task: its label.
        method: its label.
        seeds: finished cells.
        best: best melody found.
        delivered: expected return of what the method hands over at the end: of a set its mean.
        delivered_best: return of the best melody handed over.
        online: mean return of the melodies charged in the last tenth of the budget.
        regret: optimum minus best found; None when the optimum is not certified.
        to_bound: bound minus best found, or the best known minus it where there is no bound.
        online_regret: optimum minus the mean return of all melodies charged; None when the optimum is not certified.
        steps_to: per cent of the way from random to the optimum (or the best known), and steps to it.
        updates: changes of values or parameters, sweeps included, median over seeds.
        sweeps: those made with a learnt model's transitions, median over seeds.
        seconds: processor time of a cell, median over seeds; None where none is on record.
    """

    task: str
    method: str
    seeds: int
    best: Spread
    delivered: Spread
    delivered_best: Spread
    online: Spread
    regret: Spread | None
    to_bound: Spread
    online_regret: Spread | None
    steps_to: Mapping[float, Hit]
    updates: int
    sweeps: int
    seconds: float | None


def illustration(run: Run) -> str:
    """Return `illustration: 5 seeds` for a study whose seeds are too few to rank methods by, else an empty text."""
    return "" if run.seeds >= ENOUGH else f"illustration: {run.seeds} seed{'s' * (run.seeds != 1)}"


def seeds_in_words(run: Run) -> str:
    """The number of seeds for a title, with `illustration` where they are few, and the shard that a run is."""
    return (illustration(run) or f"{run.seeds} seeds") + (f", {run.shard.words} alone" if run.shard else "")


@once_a_run
def summarise(run: Run) -> tuple[Row, ...]:
    """A row a task and method with at least one finished cell, in the study's order."""
    return tuple(
        _row(run, task, method, cells)
        for task in run.tasks.values()
        for method, cells in task.outcomes.items()
        if cells and task.references
    )


def _row(run: Run, task: TaskRun, method: str, cells: Sequence[Outcome]) -> Row:
    references = task.references
    assert references is not None  # summarise passes only tasks that have them
    best = [o.best_return for o in cells]
    whole = [mean_online(o, 1.0) for o in cells]
    return Row(
        task=task.label,
        method=method,
        seeds=len(cells),
        best=spread(best),
        delivered=spread([float(o.curve.delivered[-1]) for o in cells]),
        delivered_best=spread([float(o.curve.delivered_best[-1]) for o in cells]),
        online=spread([mean_online(o, LAST) for o in cells]),
        regret=spread([references.value - b for b in best]) if references.certified else None,
        to_bound=spread([task.top_return - b for b in best]),
        online_regret=spread([references.value - w for w in whole]) if references.certified else None,
        steps_to={p: hit([o.steps_to(target(task, p)) for o in cells], run.steps) for p in TARGETS},
        updates=int(np.median([o.curve.updates[-1] + o.curve.sweeps[-1] for o in cells])),
        sweeps=int(np.median([o.curve.sweeps[-1] for o in cells])),
        seconds=float(np.median(seconds)) if (seconds := [o.seconds for o in cells if o.seconds is not None]) else None,
    )


def target(task: TaskRun, percent: float) -> float:
    """The return that lies `percent` of the way from random to the optimum, or to the best known."""
    if task.references is None:
        raise ValueError(f"task {task.label!r} has no references yet; finish the study first")
    return task.references.random + percent / 100 * (task.best_known - task.references.random)


def mean_online(outcome: Outcome, last: float) -> float:
    """Mean return of the melodies charged in the last share of a run, by the rows of its curve that end in it."""
    steps = outcome.curve.steps
    first = int(np.searchsorted(steps, (1 - last) * steps[-1], side="right"))
    width = np.diff(steps, prepend=0)[first:]
    return float((outcome.curve.online[first:] * width).sum() / width.sum())


def spread(values: Sequence[float]) -> Spread:
    """Median and range."""
    return Spread(float(np.median(values)), float(min(values)), float(max(values)))


def hit(steps: Sequence[int | None], budget: int) -> Hit:
    """The median of steps that are censored at the budget."""
    reached = sorted(s for s in steps if s is not None)
    middle = (len(steps) - 1) // 2, len(steps) // 2  # the lower and the upper of the two middle ones
    median = (reached[middle[0]] + reached[middle[1]]) // 2 if middle[1] < len(reached) else None
    return Hit(median, len(reached), len(steps), budget)
