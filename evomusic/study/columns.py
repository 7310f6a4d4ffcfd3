"""A study's results as columns, to be analysed elsewhere: `pandas.DataFrame(em.load("runs/quickstart"))`."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import flag
from evomusic.study.cells import CURVE
from evomusic.study.inference import aocc
from evomusic.study.results import Outcome, Run, TaskRun
from evomusic.study.statistics import LAST, TARGETS, mean_online, target
from evomusic.study.store import as_run

CELL = ("task", "method", "seed")


def load(run: Run | str | os.PathLike[str], curves: bool = False) -> dict[str, NDArray[Any]]:
    """Read a study as columns of one length, a row a finished cell, in order of task, method and seed.

    A number that a cell lacks is NaN: a regret where no optimum is certified, steps to a target that it never reached,
    seconds that were not recorded.

    Args:
        run: the study, or its folder, which is read then.
        curves: whether to return the curves instead, a row a checkpoint.

    Returns:
        Arrays (N,) by name, as `pandas.DataFrame` takes them. `task`, `method`, `seed`: the cell. `best_return`: of the
        best melody. `delivered`, `delivered_best`: expected return of what is handed over at the end, and that of the
        best melody in it. `online`: of the melodies charged in the last tenth of the budget. `regret`,
        `online_regret`: the optimum minus the best return, and minus the mean of all melodies charged. `to_bound`: the
        certified bound minus the best return. `steps_to_95` and so on: steps to so many per cent of the way from random
        to the optimum, or to the best known. `aocc`: area over the convergence curve. `updates`, `sweeps`: changes of
        values, and those by a learnt model. `seconds`: processor time. `melody`: the best one as text. Curves have the
        columns of `curves.csv`.

    Raises:
        ValueError: `run` is neither, or `curves` is neither True nor False.
        RunError: the folder holds no study, or a damaged one.
    """
    run = as_run(run)
    if flag("curves", curves):
        points = ((*o.cell, *p) for o in run.outcomes for p in zip(*(c.tolist() for c in o.curve), strict=True))
        return _columns((*CELL, *CURVE), points)
    cells = [(task, o) for task in run.tasks.values() for found in task.outcomes.values() for o in found]
    names = (*CELL, *QUANTITIES, "seconds", "melody")
    rows = ((*o.cell, *_quantities(t, o), math.nan if o.seconds is None else o.seconds, o.best.text) for t, o in cells)
    return _columns(names, rows)


QUANTITIES = (
    "best_return",
    "delivered",
    "delivered_best",
    "online",
    "regret",
    "online_regret",
    "to_bound",
    *(f"steps_to_{percent:g}" for percent in TARGETS),
    "aocc",
    "updates",
    "sweeps",
)


def _quantities(task: TaskRun, outcome: Outcome) -> tuple[float | int, ...]:
    references, best, curve = task.references, outcome.best_return, outcome.curve
    optimum = references.value if references and references.certified else math.nan
    reached = [outcome.steps_to(target(task, p)) if references else None for p in TARGETS]
    return (
        best,
        float(curve.delivered[-1]),
        float(curve.delivered_best[-1]),
        mean_online(outcome, LAST),
        optimum - best,
        optimum - mean_online(outcome, 1.0),
        references.upper - best if references else math.nan,
        *(math.nan if steps is None else float(steps) for steps in reached),
        aocc(task, outcome),
        int(curve.updates[-1]),
        int(curve.sweeps[-1]),
    )


def _columns(names: Sequence[str], rows: Iterable[Sequence[Any]]) -> dict[str, NDArray[Any]]:
    columns = list(zip(*rows, strict=True)) or [()] * len(names)
    return {name: np.array(column) for name, column in zip(names, columns, strict=True)}
