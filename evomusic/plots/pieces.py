"""The melodies of a study: the planner's, the best of each method, and examples of real tunes and noise."""

from __future__ import annotations

from typing import NamedTuple

from evomusic.core.checks import instance
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.solution import Frame
from evomusic.plots.style import INK, look
from evomusic.study.results import TaskRun


class Piece(NamedTuple):
    """A melody to show.

    Args:
        name: a method's label, `optimum`, `best known`, `real tune`, `style sample` or `noise`.
        about: its source, such as `seed 3` or a tune's title.
        method: whether a method made it.
        melody: the melody.
        value: its return.
        colour: of its notes; a method's is that of its curve.
    """

    name: str
    about: str
    method: bool
    melody: Melody
    value: float
    colour: str

    @property
    def planned(self) -> bool:
        """Whether it is the optimum, or the planner's best known."""
        return not self.method and self.name in ("optimum", "best known")


NAMES = {"real tunes": "real tune", "style samples": "style sample"}


def check_finished(task: TaskRun) -> None:
    """Check that something of a task can be drawn.

    Raises:
        ValueError: it is no task of a study, or none of its cells is finished.
    """
    instance("task", task, TaskRun, "a task of a study that was read, such as run.tasks['tune']")
    if not any(task.outcomes.values()):
        raise ValueError(f"task {task.label!r} has no finished cell, expected at least one; finish the study first")


def pieces(task: TaskRun) -> list[Piece]:
    """Return the melodies of a task: the optimum, the best of each method from the best down, then the references.

    A problem of other solutions has none.

    Raises:
        ValueError: it is no task of a study.
    """
    instance("task", task, TaskRun, "a task of a study that was read, such as run.tasks['tune']")
    return [*_planned(task), *_found(task), *_references(task)]


def _planned(task: TaskRun) -> list[Piece]:
    references = task.references
    if references is None or not isinstance(references.melody, Melody):
        return []
    name = "optimum" if references.certified else "best known"
    about = "no melody returns more" if references.certified else "of the planner"
    return [Piece(name, about, False, references.melody, references.value, INK)]


def _found(task: TaskRun) -> list[Piece]:
    found = []
    for index, label in enumerate(task.outcomes):
        best = task.best(label)
        if best and isinstance(best.best, Melody):
            colour = look(index).colour
            found.append(Piece(label, f"seed {best.cell.seed}", True, best.best, best.best_return, colour))
    return sorted(found, key=lambda piece: -piece.value)


def _references(task: TaskRun) -> list[Piece]:
    levels = task.references.levels if task.references else ()
    return [
        Piece(NAMES.get(x.source, x.source), x.example.title, False, x.example, x.example_return, "#6e7781")
        for x in levels
        if isinstance(x.example, Melody)
    ]


def worded(grid: Grid | Frame, text: str) -> str:
    """Return a text on melodies, on solutions where the frame is of others."""
    return text if isinstance(grid, Grid) else text.replace("melodies", "solutions").replace("melody", "solution")


def charged(grid: Grid | Frame) -> str:
    """Return in words what a step of the budget is."""
    return f"steps: tokens written, {grid.steps} a melody" if isinstance(grid, Grid) else "steps: solutions evaluated"


def about(grid: Grid | Frame) -> str:
    """Return a grid in words: `4 bars of 4/4 in sixteenths, G major, D4 to G5`; of other solutions what they are."""
    if not isinstance(grid, Grid):
        return grid.about
    units = {1.0: "quarters", 0.5: "eighths", 0.25: "sixteenths", 0.125: "thirty-seconds"}
    unit = units.get(grid.beat_quarters / grid.steps_per_beat, f"{grid.steps_per_beat} steps a beat")
    top, bottom = grid.time_signature
    reach = f"{grid.names[0]} to {grid.names[-1]}"
    bars = f"{grid.bars} bar{'s' * (grid.bars > 1)}"
    bars += f" and a pickup of {grid.pickup} step{'s' * (grid.pickup > 1)}" * bool(grid.pickup)
    return f"{bars} of {top}/{bottom} in {unit}, {grid.scale or 'chromatic'}, {reach}"
