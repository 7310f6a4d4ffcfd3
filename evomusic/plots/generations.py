"""The best melody at a few generations of a run, as piano rolls in one figure."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from evomusic.core.checks import able, instance
from evomusic.core.melody import Melody
from evomusic.core.method import Method
from evomusic.core.task import Task
from evomusic.evolve.watch.snapshots import AT, Snapshot, take_snapshots
from evomusic.plots.pieces import Piece, about
from evomusic.plots.roll import add_rolls, rolls_height
from evomusic.plots.style import HUES, fitting, heading, new_figure, settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NEW, SAME = HUES[1], "#57606a"  # colours of notes that the picture before has not, and has


def draw_generations(
    task: Task, method: Method, seed: int = 0, at: Sequence[int] = AT, title: str | None = None
) -> Figure:
    """Run a method, and draw the best melody found up to some of its generations.

    Args:
        task: the task.
        method: the method.
        seed: of the run.
        at: the generations, 0 being the first population.
        title: of the figure; task and method when None.

    Raises:
        ValueError: a generation is no whole number from 0, or the task or method is none.
    """
    instance("task", task, Task, "a Task")
    able("method", method, ["init", "step"], "a method")
    return draw_snapshots(
        take_snapshots(method, task, seed, at), title or f"{task.name}: {described(method)}, by generation"
    )


def draw_snapshots(taken: Sequence[Snapshot], title: str) -> Figure:
    """Draw snapshots of one run in their order; notes that the one before has too are grey.

    Raises:
        ValueError: there are none.
    """
    if not taken:
        raise ValueError("there are no snapshots, expected at least one; let the run reach one of `at`")
    melodies = [s.melody for s in taken]
    shown = [Piece(f"generation {s.generation:,}", f"{s.steps:,} steps", True, s.melody, s.value, NEW) for s in taken]
    with settings():
        figure = new_figure(rolls_height(len(shown)) + 0.8)
        reading = "the best melody so far and its return; grey: notes of the picture before"
        heading(figure, fitting(title, 8.6, 13), f"{about(melodies[0].grid)}; {reading}")
        add_rolls(figure, shown, 0.7, changes(melodies))
    return figure


def changes(melodies: Sequence[Melody]) -> list[list[str]]:
    """Return a colour for each note of each melody: SAME where the melody before has it too, else NEW."""
    before = [frozenset[object]() if i == 0 else frozenset(melodies[i - 1].notes) for i in range(len(melodies))]
    return [[SAME if n in old else NEW for n in m.notes] for m, old in zip(melodies, before, strict=True)]


def described(method: Method) -> str:
    """Return a method in words: `GA of Notes`."""
    encoding = getattr(method, "encoding", None)
    named = dataclasses.is_dataclass(encoding) and not isinstance(encoding, type)
    return type(method).__name__ + (f" of {type(encoding).__name__}" if named else "")
