"""Form: melodies whose sections return, encoded by reference.

A form such as "AABA" names the sections of a melody, all of one length. The genome holds each section once, and a
mutation changes it wherever it returns. A section may return transposed, or with an ending of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import ties
from evomusic.core.checks import instance, wrong
from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import assign
from evomusic.encodings.notes import operators
from evomusic.encodings.notes.notes import NOTES, Notes
from evomusic.encodings.samples import checked_rows

Melodies = NDArray[np.uint8]


class Plan(NamedTuple):
    """The free steps (G,), which the genome holds; for each step its place there (T,), and its token (T, A)."""

    free: NDArray[np.int64]
    place: NDArray[np.int64]
    copy: NDArray[np.uint8]  # for each token of that place


@dataclass(frozen=True, kw_only=True)
class Form:
    """Sections that return: the genome holds each of them once, (P, G) uint8 tokens, with the operators of Notes.

    Forms are those of `em.conditions.form`: "AABA" on eight bars has sections of two bars, "A A+1 B A'" has one
    transposed by a pitch of the grid, and one with an ending of its own. A note that a transposition takes out of the
    range is the highest, or the lowest, of the grid. A section's first token may hold a note of the section before.

    Args:
        form: the sections; their number divides the steps of the melody.
        notes: the operators, and the initial melodies; not the mutations "style" and "song", which need a whole melody.

    Raises:
        ValueError: the form cannot be read, or the operators do not fit.
    """

    space: ClassVar[Space] = {
        "notes.crossover_rate": Range(0.0, 1.0),
        "notes.mutation_rate": Range(0.05, 1.0),
    }

    form: str = "AABA"
    notes: Notes = NOTES

    def __post_init__(self) -> None:
        assign(self, form=ties.checked_form(self.form))
        if instance("notes", self.notes, Notes, "operators such as em.Notes()").drawn_share:
            raise wrong("notes", self.notes, "mutations other than 'style' and 'song', which draw a whole melody")

    def plan(self, task: Task) -> Plan:
        """Places of the melody's tokens in the genome.

        Raises:
            ValueError: the bars of the task do not divide into so many sections.
        """
        return _plan(self.form, task.grid)

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Melodies:
        """The free steps of initial melodies (n, G)."""
        return self.notes.sample(task, rng, n)[:, self.plan(task).free]

    def vary(self, task: Task, genomes: Melodies, rng: np.random.Generator) -> Melodies:
        """Offspring (P, G) of genomes (P, G); bars and beats are counted from its first token after a pickup."""
        pickup, settings = task.grid.pickup, self.notes.settings(task)
        children = np.array(np.roll(genomes, -pickup, axis=1) if pickup else genomes, np.uint8, order="C")
        length = children.shape[1]
        bar, half, beat = (min(unit, length) for unit in (settings.bar, settings.half, settings.beat))
        settings = settings._replace(bar=bar, half=half, beat=beat)
        operators.vary(children, settings, operators.scratch(length), rng)
        return np.ascontiguousarray(np.roll(children, pickup, axis=1)) if pickup else children

    def decode(self, task: Task, genomes: Melodies) -> Melodies:
        """Melodies (P, T) of genomes."""
        plan = self.plan(task)
        return np.ascontiguousarray(plan.copy[np.arange(task.grid.steps), genomes[:, plan.place]])

    def encode(self, task: Task, melodies: Melodies) -> Melodies:
        """Genomes (P, G) that decode to melodies (P, T).

        Raises:
            ValueError: a melody does not have the form, or does not fit the grid.
        """
        melodies = checked_rows(melodies, task)
        genomes = np.ascontiguousarray(melodies[:, self.plan(task).free])
        differs = self.decode(task, genomes) != melodies
        if differs.any():
            row, step = np.argwhere(differs)[0].tolist()
            raise ValueError(f"melody {row} has not the form {self.form}: step {step} differs from what returns there")
        return genomes


@lru_cache(maxsize=64)
def _plan(form: str, grid: Grid) -> Plan:
    table, tokens = ties.tied(ties.form(form, grid), grid), np.arange(grid.tokens)
    free, there = np.unique(table.root), table.copy > ties.NONE
    last = np.where(there, tokens, 0).max(axis=1, keepdims=True)
    beyond = np.where(tokens > last, grid.tokens - 1, FIRST_PITCH)
    return Plan(free, np.searchsorted(free, table.root), np.where(there, table.copy, beyond).astype(np.uint8))
