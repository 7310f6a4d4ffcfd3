"""The figures of a study, an entry each: `draw` and the report read this list alone."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from evomusic.core.grid import Grid
from evomusic.plots.curves import draw_curves, draw_learning
from evomusic.plots.improvement import draw_improvement
from evomusic.plots.profiles import draw_ecdf, draw_profiles
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
        needs: whether a task has what the figure shows; where it has not, the figure is left out.
        in_report: whether the report shows it.
    """

    draw: Callable[[Run, TaskRun], Figure]
    caption: str | None
    needs: Callable[[TaskRun], bool] = lambda task: True
    in_report: bool = True


def has_optimum(task: TaskRun) -> bool:
    """Whether the optimum is certified."""
    return task.certified


def has_references(task: TaskRun) -> bool:
    """Whether the references are computed."""
    return task.references is not None


def has_melodies(task: TaskRun) -> bool:
    """Whether solutions are melodies."""
    return isinstance(task.grid, Grid)


def has_pairs(task: TaskRun) -> bool:
    """Whether two methods have two finished cells each."""
    return sum(len(cells) > 1 for cells in task.outcomes.values()) > 1


FIGURES: dict[str, StudyFigure] = {  # by the name of its files
    "curves": StudyFigure(draw_curves, "Best return found against steps."),
    "learning": StudyFigure(
        draw_learning, "Mean return of the melodies that methods would deliver, and of those that they make meanwhile."
    ),
    "regret": StudyFigure(
        draw_regret,
        "Regret, the optimum minus the return: of the best melody found so far, beside that of real tunes, and summed "
        "over all melodies made so far.",
        needs=has_optimum,
    ),
    "ecdf": StudyFigure(
        draw_ecdf,
        "Share of targets, from the median of real tunes to the optimum, that the runs of a method have reached.",
        needs=has_references,
    ),
    "profiles": StudyFigure(
        draw_profiles, "Share of a method's cells whose best melody has at most this regret.", needs=has_optimum
    ),
    "improvement": StudyFigure(
        draw_improvement,
        "Probability that a run of the method in the row finds a better melody than one of the method in the column.",
        needs=has_pairs,
    ),
    "rolls": StudyFigure(
        lambda run, task: draw_rolls(task),
        None,
        needs=has_melodies,
        in_report=False,  # the report has rolls of its own, to be played
    ),
}


def figures_of(task: TaskRun) -> dict[str, StudyFigure]:
    """Return the figures that can be drawn of a task, by name."""
    return {name: entry for name, entry in FIGURES.items() if entry.needs(task)}
