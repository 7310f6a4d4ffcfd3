"""The best solutions of cells: melodies of tasks, and of problems whatever their genotype makes, as text.

Tasks and problems, with the compiler of their kernels, are imported where they are at hand already: to read and draw a
folder takes neither.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.solution import Frame, Solution

if TYPE_CHECKING:
    from evomusic.core.problem import Problem
    from evomusic.core.record import Record
    from evomusic.core.task import Task

Found = Melody | Solution


def frame_of(stored: Mapping[str, Any]) -> Grid | Frame:
    """The frame of a task's solutions, by its resolved table."""
    return Grid(**stored["grid"]) if "grid" in stored else Frame(str(stored["genotype"]["about"]))


def solution_of(text: str, grid: Any, title: str = "") -> Found:
    """The solution that a folder holds as text.

    Raises:
        ValueError: it is no melody of the grid.
    """
    return Melody.parse(text, grid, title) if isinstance(grid, Grid) else Solution(text.strip(), title)


def row_of(task: Task | Problem, found: Found) -> NDArray[Any]:
    """A solution as a row (D,) of its task.

    Raises:
        ValueError: the text is no solution of the problem.
    """
    frame: Any = task.grid
    return found.tokens if isinstance(found, Melody) else np.asarray(frame.parse(found.text))


def found_of(task: Task | Problem, row: NDArray[Any]) -> Found:
    """A row (D,) of a task as a solution."""
    return Melody(row, task.grid) if isinstance(task.grid, Grid) else Solution(task.grid.text(row))


def best_of(task: Task | Problem, record: Record) -> Found:
    """The best solution of a run; of a melody silent holds as rests, where that is paid the same."""
    found = found_of(task, record.best)
    if not isinstance(found, Melody):
        return found
    plain = found.canonical
    return plain if task.evaluate(plain.tokens[None])[0] == record.best_return else found


def returns_of(task: Task | Problem, found: Found) -> float:
    """The return of a solution, evaluated once more."""
    from evomusic.core.recount import recounted
    from evomusic.core.task import Task

    row = row_of(task, found)[None]
    return float((recounted(task, row) if isinstance(task, Task) else task.evaluate(row))[0])


def agree(task: Task | Problem, one: float, other: float) -> bool:
    """Whether two returns of one solution are the same: exactly, but for a fitness of sums that depend on their order.

    A user's fitness of many solutions at once may add up in another order when there is one.
    """
    from evomusic.core.problem import Problem

    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-12) if isinstance(task, Problem) else one == other


def problem_table(problem: Problem) -> dict[str, Any]:
    """A problem as a resolved study holds it: every parameter, and a digest of what its fitness closes over."""
    from evomusic.study.build import describe

    frame = {"grid": problem.grid.to_dict()} if problem.of_melodies else {}
    genotype = {} if problem.of_melodies else {"genotype": {"about": problem.grid.about} | describe(problem.grid)}
    others = {"batch": problem.batch, "objectives": list(problem.objectives), "maximum": problem.maximum}
    return {
        "name": problem.name,
        **frame,
        **genotype,
        "fitness": describe(problem.fitness),
        **others,
        "closure": _closure(problem.fitness),
    }


def _closure(fitness: Any) -> str:
    """A digest of the numbers, texts and arrays that a function closes over; empty where there are none."""
    digest, cells = hashlib.sha256(), getattr(fitness, "__closure__", None) or ()
    for cell in cells:
        thing = cell.cell_contents
        if isinstance(thing, np.ndarray):
            digest.update(f"{thing.dtype}{thing.shape}".encode() + thing.tobytes())
        elif " at 0x" not in (text := repr(thing)):
            digest.update(text.encode())
    return digest.hexdigest()[:16] if cells else ""


def sampled(problem: Problem) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """Random solutions of a problem, and their returns: what `noise` is; the same whenever it is asked for."""
    from evomusic.core.problem import SAMPLES, SEED

    rows = problem.sampled(SAMPLES, np.random.default_rng(SEED))
    return rows, problem.evaluate(rows)


def planner_of(problem: Problem) -> dict[str, Any]:
    """Mean return of random solutions; the greatest return where it is certain, else the best of these solutions."""
    rows, returns = sampled(problem)
    best, top = int(returns.argmax()), problem.maximum
    value = float(returns[best])
    shown = top is None or value == top
    return {
        "random": float(returns.mean()),
        "value": value if top is None else top,
        "upper": top,
        "certified": top is not None,
        "melody": found_of(problem, rows[best]).text if shown else None,
        "parts": parts_of(problem, found_of(problem, rows[best])) if shown else {},
    }


def parts_of(task: Task | Problem, found: Found) -> dict[str, float]:
    """Return of a solution by rule and final measure, weighted, or by objective."""
    return dict(zip(task.part_names, task.parts(row_of(task, found)[None])[0].tolist(), strict=True))
