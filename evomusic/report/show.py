"""`show`: many melodies, or genomes with the melodies that they decode to, in a notebook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, instance, whole, wrong
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody, checked_melodies
from evomusic.core.problem import Problem
from evomusic.core.task import Task
from evomusic.encodings.grammar.grammar import Grammar
from evomusic.encodings.trees.tree import Tree
from evomusic.plots.roll import span
from evomusic.report.cards import card, folded, heading, preformatted, roll
from evomusic.report.html import Html, tag
from evomusic.report.player import player
from evomusic.report.tables import plain
from evomusic.report.trees import drawn

MOST = 100  # melodies that are shown at once


@dataclass(frozen=True, eq=False)
class Shown:
    """Melodies that a notebook shows side by side; printed, they are a line each.

    Args:
        melodies: those that are shown.
        returns: of each; none where only a grid was passed.
        count: how many there are in all.
        genomes: HTML of each melody's genome, or none.
    """

    melodies: tuple[Melody, ...]
    returns: tuple[float, ...] = ()
    count: int = 0
    genomes: tuple[Html, ...] = field(default=(), repr=False)

    def __str__(self) -> str:
        values = [f"{value:10.2f}  " for value in self.returns] or [""] * len(self.melodies)
        return "\n".join(f"{value}{melody}" for value, melody in zip(values, self.melodies, strict=True))

    def _repr_html_(self) -> str:
        """A piano roll and a player of each melody, its return and its genome."""
        left = f", the first {len(self.melodies)} shown" if self.count > len(self.melodies) else ""
        head = heading(f"{self.count} melod{'y' if self.count == 1 else 'ies'}", left)
        return card(head, tag("div", *(self._part(i) for i in range(len(self.melodies))), class_="rolls"))

    def _part(self, i: int) -> Html:
        """One melody: all have the same rows of pitches, so that they can be compared."""
        melody = self.melodies[i]
        name = melody.title or f"melody {i + 1}"
        value = f": {plain(self.returns[i])}" if self.returns else ""
        genome = [folded("genome", self.genomes[i])] if self.genomes else []
        drawing = roll(melody, name, span(self.melodies))
        return tag("div", heading(name, value), drawing, player(melody, name), *genome)


def show(melodies: Any, on: Task | Problem | Grid | None = None, *, encoding: Any = None, most: int = 6) -> Shown:
    """Show melodies side by side in a notebook: piano roll, player, and the return of each.

    Args:
        melodies: rows of tokens (P, T) such as samples, one row (T,), a list of `Melody`, or what holds such rows as
            `melodies` (`TiedDraws`); with an encoding its genomes.
        on: the task or problem whose returns are shown, or the grid alone; None for a list of `Melody`.
        encoding: decodes `melodies`, which are genomes then; trees are drawn, rules of a grammar written out.
        most: number of melodies to show, at most 100; the first ones.

    Raises:
        ValueError: an argument does not fit the others.

    >>> import evomusic as em
    >>> tiny = em.make("tiny")
    >>> print(em.show(tiny.optimum().melody.tokens, tiny))
          2.40  C4 E4 D4 C4
    """
    most = whole("most", most, 1, MOST)
    grid = _grid(on)
    if encoding is not None:
        able("encoding", encoding, ("decode",), "an encoding such as em.Tree()")
        if isinstance(on, (Grid, type(None))):
            raise wrong("on", on, "the Task whose genomes the encoding decodes")
        rows, genomes = encoding.decode(on, melodies), _genomes(on, encoding, melodies, most)
    else:
        rows, genomes = melodies, ()
    found, count = _melodies(rows, grid, most)
    same = all(melody.grid == found[0].grid for melody in found)
    if not same:
        raise ValueError("melodies are on several grids, expected one grid for all")
    if grid is not None and found and found[0].grid != grid:
        raise ValueError("melodies are on another grid than `on`, expected the same grid")
    tokens = np.stack([melody.tokens for melody in found]) if found else None
    returns = () if isinstance(on, (Grid, type(None))) or tokens is None else tuple(on.evaluate(tokens).tolist())
    return Shown(found, returns, count, genomes)


def _grid(on: Any) -> Grid | None:
    """The grid of a task or a problem of melodies, or the grid itself."""
    if on is None or isinstance(on, Grid):
        return on
    instance("on", on, (Task, Problem), "a Task, a Problem of melodies, or a Grid")
    return instance("the grid of `on`", on.grid, Grid, "a Grid: only melodies can be shown")


def _melodies(rows: Any, grid: Grid | None, most: int) -> tuple[tuple[Melody, ...], int]:
    """The first melodies of an array or a list, and how many there are."""
    rows = getattr(rows, "melodies", rows)
    if isinstance(rows, Melody):
        return (rows,), 1
    if isinstance(rows, (list, tuple)) and rows and all(isinstance(row, Melody) for row in rows):
        return tuple(rows[:most]), len(rows)
    if grid is None:
        raise wrong("on", None, "a Task or a Grid for rows of tokens")
    array: NDArray[Any] = np.asarray(rows)
    array = checked_melodies(array[None] if array.ndim == 1 else array, grid)
    return tuple(Melody(row, grid) for row in array[:most]), len(array)


def _genomes(task: Any, encoding: Any, genomes: Any, most: int) -> tuple[Html, ...]:
    """Drawings of trees, rules of grammars; nothing of other encodings."""
    if isinstance(encoding, Tree):
        drawings: Sequence[Any] = [encoding.draw(task, genomes, i) for i in range(min(most, len(genomes.sizes)))]
        return tuple(drawn(list(x.labels), list(x.edges)) for x in drawings)
    if isinstance(encoding, Grammar):
        return tuple(preformatted(encoding.text(genomes, i)) for i in range(min(most, len(genomes.guards))))
    return ()
