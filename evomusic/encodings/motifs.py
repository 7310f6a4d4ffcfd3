"""Motifs: melodies whose units return by plans that are genes themselves.

A unit is half a bar, or a bar of an odd number of beats (`song/plan.py`). Each has tokens of its own and a gene that
says how it returns: not at all, or as an earlier unit, moved by pitches of the grid, or with the last note or two of
its own. A mutation of a unit is one of the motif that it shows: it changes wherever that returns. P genomes, T steps,
U units, s steps of a unit.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import ties
from evomusic.core.checks import choice, instance, probability, wrong
from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import assign
from evomusic.encodings.notes.notes import NOTES, Notes
from evomusic.encodings.samples import FIRST, checked_rows, first_melodies
from evomusic.song.plan import Return, plan_of, unit_steps

RETURNS = 0.5  # probability that a unit of a drawn plan returns
KINDS = (0.5, 0.25)  # of those that return: as they are, or moved; else with an end of their own
FARTHEST = 4  # pitches by which a drawn plan moves a unit
ENDS = 2  # notes of an end, at most

Melodies = NDArray[np.uint8]


class MotifGenes(NamedTuple):
    """Tokens (P, T); for each unit (P, U) the lag of its source, 0 where it is new, its move, and notes of its end."""

    tokens: Melodies
    lag: NDArray[np.uint8]
    move: NDArray[np.int8]
    end: NDArray[np.uint8]


@dataclass(frozen=True, kw_only=True)
class Motifs:
    """Units that return: the genome holds tokens and, for each unit, whether and how it returns as an earlier one.

    Two parents cross over at a bar line or between half bars, tokens and plan alike. A mutation of the plan draws how
    one unit returns, or sets it free as it sounds; one of the notes changes a motif wherever it returns. A note that a
    move takes out of the range is the highest, or the lowest, of the grid.

    Args:
        form: the first plan, as for `em.Form`, with sections of whole units; when empty, plans are drawn, and those of
            `first="song"` are the songs' own.
        first: initial melodies: "random" tokens, or samples of the task's "style" or "song".
        crossover_rate: probability that a pair is crossed over.
        plan_rate: probability that an offspring's plan is mutated; at 0 a form stays as it is.
        notes: the mutations of notes; not "style" and "song".

    Raises:
        ValueError: the form cannot be read, a rate is no probability, or the operators do not fit.
    """

    space: ClassVar[Space] = {
        "crossover_rate": Range(0.0, 1.0),
        "plan_rate": Range(0.01, 0.5, log=True),
        "notes.mutation_rate": Range(0.05, 1.0),
    }

    form: str = ""
    first: str = "random"
    crossover_rate: float = 0.7
    plan_rate: float = 0.1
    notes: Notes = NOTES

    def __post_init__(self) -> None:
        assign(
            self,
            form=ties.checked_form(self.form) if self.form != "" else "",
            first=choice("first", self.first, FIRST),
            crossover_rate=probability("crossover_rate", self.crossover_rate),
            plan_rate=probability("plan_rate", self.plan_rate),
        )
        if instance("notes", self.notes, Notes, "operators such as em.Notes()").drawn_share:
            raise wrong("notes", self.notes, "mutations other than 'style' and 'song', which draw a whole melody")

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> MotifGenes:
        """Initial melodies, with plans that are drawn, given by the form, or those of the songs."""
        rows = first_melodies(self.first, task, rng, n)
        if self.first == "song" and not self.form:
            return self.encode(task, rows)
        genes = _new(rows, unit_count(task.grid))
        if self.form:
            for unit, each in form_plan(self.form, task.grid):
                genes.lag[:, unit], genes.move[:, unit] = each.lag, each.by
        else:
            for unit in range(1, genes.lag.shape[1]):
                chosen = np.flatnonzero(rng.random(n) < RETURNS)
                _draw_returns(genes, chosen, np.full(len(chosen), unit), rng)
        return genes._replace(tokens=self.decode(task, genes))

    def vary(self, task: Task, genomes: MotifGenes, rng: np.random.Generator) -> MotifGenes:
        """Offspring of genomes, one each; their tokens are what they sound as."""
        genes = MotifGenes(genomes.tokens.copy(), genomes.lag.copy(), genomes.move.copy(), genomes.end.copy())
        _cross(genes, task.grid, self.crossover_rate, rng)
        genes = genes._replace(tokens=self.decode(task, genes))
        _mutate_plans(genes, np.flatnonzero(rng.random(len(genes.lag)) < self.plan_rate), rng)
        before = self.decode(task, genes)
        after = replace(self.notes, crossover_rate=0.0).vary(task, before, rng)
        heard = genes._replace(tokens=_led_back(genes, before, after, task.grid))
        return heard._replace(tokens=self.decode(task, heard))

    def decode(self, task: Task, genomes: MotifGenes) -> Melodies:
        """Melodies (P, T) of genomes."""
        melodies = np.array(genomes.tokens, np.uint8, order="C")
        units = _units(melodies, task.grid)
        for i in range(1, units.shape[1]):
            rows = np.flatnonzero((genomes.lag[:, i] > 0) & (genomes.lag[:, i] <= i))
            if len(rows):
                source = units[rows, i - genomes.lag[rows, i]]
                moved = _moved(source, genomes.move[rows, i], task.grid)
                units[rows, i] = np.where(_own(source, genomes.end[rows, i]), units[rows, i], moved)
        return melodies

    def encode(self, task: Task, melodies: Melodies) -> MotifGenes:
        """Genomes that decode to melodies (P, T): each unit returns as the nearest earlier one that it is closest to.

        Raises:
            ValueError: a melody does not fit the grid.
        """
        melodies = checked_rows(melodies, task)
        genes = _new(melodies, unit_count(task.grid))
        for row, units in enumerate(_units(melodies, task.grid).astype(np.int64)):
            for i, each in enumerate(plan_of(units)):
                varied = each.kind == "varied"
                genes.lag[row, i], genes.move[row, i] = each.lag, 0 if varied else each.by
                genes.end[row, i] = each.by if varied else 0
        return genes


def unit_count(grid: Grid) -> int:
    """Units of a grid, after a pickup."""
    return (grid.steps - grid.pickup) // unit_steps(grid)


def form_plan(form: str, grid: Grid) -> Iterator[tuple[int, Return]]:
    """Units of a form that return, and how.

    Raises:
        ValueError: the bars do not divide into so many sections, or a section is no whole units.
    """
    steps = unit_steps(grid)
    for tie in ties.form(form, grid):
        start, lag = tie.start - grid.pickup, tie.start - tie.source
        if start % steps or lag % steps or (tie.steps % steps and tie.steps < steps):
            raise ValueError(f"form is {form!r}, expected sections of whole units of {steps} steps: use em.Form for it")
        for unit in range(start // steps, (start + tie.steps) // steps):
            yield unit, Return("moved" if tie.transposed else "same", lag // steps, tie.transposed)


def _new(tokens: Melodies, units: int) -> MotifGenes:
    """Genomes of which no unit returns."""
    shape = (len(tokens), units)
    return MotifGenes(tokens, np.zeros(shape, np.uint8), np.zeros(shape, np.int8), np.zeros(shape, np.uint8))


def _units(melodies: Melodies, grid: Grid) -> Melodies:
    """Units (P, U, s) of melodies: a view."""
    return melodies[:, grid.pickup :].reshape(len(melodies), unit_count(grid), -1)


def _own(source: Melodies, end: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """Steps (n, s) of units that are of their own: from the first note of the end on."""
    notes = np.cumsum(source >= FIRST_PITCH, axis=1)
    return np.asarray((notes > notes[:, -1:] - end[:, None]) & (end > 0)[:, None])


def _moved(units: Melodies, by: NDArray[np.int8], grid: Grid) -> Melodies:
    """Units (n, s) whose notes are moved by pitches of the grid, within its range."""
    moved = np.clip(units.astype(np.int64) + by[:, None], FIRST_PITCH, grid.tokens - 1)
    return np.where(units >= FIRST_PITCH, moved, units).astype(np.uint8)


def _draw_returns(genes: MotifGenes, rows: Any, units: Any, rng: np.random.Generator) -> None:
    """Draw how units of rows return."""
    kind, n = np.searchsorted(np.cumsum(KINDS), rng.random(len(rows)), side="right"), len(rows)
    by = rng.integers(1, FARTHEST + 1, n) * rng.choice([-1, 1], n)
    genes.lag[rows, units] = 1 + (rng.random(n) * units).astype(np.int64)
    genes.move[rows, units] = np.where(kind == 1, by, 0)
    genes.end[rows, units] = np.where(kind == 2, rng.integers(1, ENDS + 1, n), 0)


def _mutate_plans(genes: MotifGenes, rows: NDArray[np.int64], rng: np.random.Generator) -> None:
    """Draw how one unit of each row returns; every other one that does is set free as it sounds."""
    if genes.lag.shape[1] < 2:
        return
    units = rng.integers(1, genes.lag.shape[1], len(rows))
    free = (genes.lag[rows, units] > 0) & (rng.random(len(rows)) < 0.5)
    genes.lag[rows[free], units[free]] = 0
    _draw_returns(genes, rows[~free], units[~free], rng)


def _cross(genes: MotifGenes, grid: Grid, rate: float, rng: np.random.Generator) -> None:
    """Swap what follows a random unit of consecutive pairs, tokens and plan."""
    pairs, (steps, units) = len(genes.lag) // 2, (unit_steps(grid), genes.lag.shape[1])
    cut = rng.integers(1, max(units, 2), pairs)
    swapped = (rng.random(pairs) < rate)[:, None]
    after = {False: np.arange(units) >= cut[:, None], True: np.arange(grid.steps) >= grid.pickup + cut[:, None] * steps}
    for part in genes:
        left, right = part[0 : 2 * pairs : 2], part[1 : 2 * pairs : 2]
        at = swapped & after[part is genes.tokens]
        left[at], right[at] = right[at], left[at]


def _led_back(genes: MotifGenes, before: Melodies, after: Melodies, grid: Grid) -> Melodies:
    """Tokens (P, T) in which the source of a unit that was changed is changed alike, and so on to where it is new.

    A source that was changed itself stays as it is.
    """
    old, new = _units(before, grid), _units(np.array(after, np.uint8, order="C"), grid)
    for i in range(new.shape[1] - 1, 0, -1):
        changed = (new[:, i] != old[:, i]).any(axis=1)
        rows = np.flatnonzero(changed & (genes.lag[:, i] > 0) & (genes.lag[:, i] <= i))
        at = i - genes.lag[rows, i].astype(np.int64)
        rows, at = (each[(new[rows, at] == old[rows, at]).all(axis=1)] for each in (rows, at))
        if len(rows):
            back = _moved(new[rows, i], -genes.move[rows, i], grid)
            differs = (new[rows, i] != old[rows, i]) & ~_own(old[rows, at], genes.end[rows, i])
            new[rows, at] = np.where(differs, back, new[rows, at])
    return np.concatenate([after[:, : grid.pickup], new.reshape(len(new), -1)], axis=1)
