"""The figures of a study, an entry each: `draw` and the report read this list alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from evomusic.plots.curves import draw_curves, draw_learning
from evomusic.plots.regret import draw_regret
from evomusic.plots.roll import draw_rolls
from evomusic.study.results import Run, TaskRun

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class StudyFigure(NamedTuple):
    """A figure that every task of a study has.

    Args:
        draw: makes it of a study and one of its tasks with a finished cell.
        caption: sentences under it in the report; None when its own title says all.
        needs_optimum: whether it is drawn only where the optimum is certified.
        in_report: whether the report shows it.
    """

    draw: Callable[[Run, TaskRun], Figure]
    caption: str | None
    needs_optimum: bool = False
    in_report: bool = True


FIGURES: dict[str, StudyFigure] = {  # by the name of its files
    "curves": StudyFigure(draw_curves, "Best return found against steps."),
    "learning": StudyFigure(
        draw_learning, "Mean return of the melodies that methods would deliver, and of those that they make meanwhile."
    ),
    "regret": StudyFigure(
        draw_regret,
        "Regret, the optimum minus the return: of the best melody found so far, beside that of real tunes, and summed over "
        "all melodies made so far.",
        needs_optimum=True,
    ),
    "rolls": StudyFigure(
        lambda run, task: draw_rolls(task),
        None,
        in_report=False,  # the report has rolls of its own, to be played
    ),
}


def figures_of(task: TaskRun) -> dict[str, StudyFigure]:
    """Return the figures that can be drawn of a task, by name."""
    return {name: entry for name, entry in FIGURES.items() if task.certified or not entry.needs_optimum}
