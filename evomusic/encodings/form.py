"""Form: melodies whose sections return, encoded by reference.

A form such as "AABA" names the sections of a melody, all of one length. The genome holds each section once, and a
mutation changes it wherever it returns. A section may return transposed, or with an ending of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, wrong
from evomusic.core.grid import FIRST_PITCH
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import assign
from evomusic.encodings.notes import operators
from evomusic.encodings.notes.notes import NOTES, Notes
from evomusic.encodings.samples import checked_rows

Melodies = NDArray[np.uint8]
SECTION = re.compile(r"([A-Z])([+-]\d{1,2})?('*)")
LONGEST = 1000  # characters of a form
EXPECTED = "letters of sections, such as 'AABA': A+2 is A two pitches of the grid higher, A' is A with another ending"


class Plan(NamedTuple):
    """Where the tokens of a melody stand in its genome, and the reverse.

    `source` (T,) is the place in the genome of each step's token, `shift` (T,) what is added to the token of a note;
    `first` (G,) is the step that shows each place of the genome: the first of those that are least transposed.
    """

    source: NDArray[np.int64]
    shift: NDArray[np.int64]
    first: NDArray[np.int64]


@dataclass(frozen=True, kw_only=True)
class Form:
    """Sections that return: the genome holds each new section once, (P, G) uint8 tokens, with the operators of Notes.

    The form is a letter for each section: "AABA" on eight bars has sections of two bars. `A+2` and `A-1` are the
    section A with each note so many pitches of the grid higher or lower, at most its highest or lowest. `A'` is A with
    an ending of its own, its last quarter; `A''` with a third one. So "AA'BA'" has open and closed endings. Spaces are
    left out. A section's first token may hold a note of the section before.

    Args:
        form: the sections, of which at least one; their number divides the steps of the melody.
        notes: the operators, and the initial melodies; not the mutation "style", which needs a whole melody.

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
        text = instance("form", self.form, str, EXPECTED).replace(" ", "")
        assign(self, form=text)
        if not text or SECTION.sub("", text) or len(text) > LONGEST:
            raise wrong("form", self.form, EXPECTED)
        if instance("notes", self.notes, Notes, "operators such as em.Notes()").style_share:
            raise wrong("notes", self.notes, "mutations other than 'style', which draws a span of a whole melody")

    def plan(self, task: Task) -> Plan:
        """Places of the melody's tokens in the genome.

        Raises:
            ValueError: the sections do not divide the steps of the task evenly.
        """
        return _plan(self.form, task.grid.steps)

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Melodies:
        """The new sections of initial melodies (n, G)."""
        return self.notes.sample(task, rng, n)[:, self.plan(task).first]

    def vary(self, task: Task, genomes: Melodies, rng: np.random.Generator) -> Melodies:
        """Offspring (P, G) of genomes (P, G); bars and beats are those of the first section."""
        children, settings = np.array(genomes, np.uint8, order="C"), self.notes.settings(task)
        section = task.grid.steps // len(SECTION.findall(self.form))
        bar, half, beat = (min(unit, section) for unit in (settings.bar, settings.half, settings.beat))
        settings = settings._replace(bar=bar, half=half, beat=beat)
        operators.vary(children, settings, operators.scratch(children.shape[1]), rng)
        return children

    def decode(self, task: Task, genomes: Melodies) -> Melodies:
        """Melodies (P, T) of genomes."""
        source, shift, _ = self.plan(task)
        return _moved(genomes[:, source], shift, task)

    def encode(self, task: Task, melodies: Melodies) -> Melodies:
        """Genomes (P, G) that decode to melodies (P, T).

        Raises:
            ValueError: a melody does not have the form, or does not fit the grid.
        """
        melodies = checked_rows(melodies, task)
        _, shift, first = self.plan(task)
        genomes = _moved(melodies[:, first], -shift[first], task)
        differs = self.decode(task, genomes) != melodies
        if differs.any():
            row, step = np.argwhere(differs)[0].tolist()
            raise ValueError(f"melody {row} has not the form {self.form}: step {step} differs from what returns there")
        return genomes


def _moved(tokens: Melodies, shift: NDArray[np.int64], task: Task) -> Melodies:
    """Tokens (P, N) with the notes moved by a number of pitches (N,), within the range of the grid."""
    moved = np.clip(tokens + shift, FIRST_PITCH, task.grid.tokens - 1)
    return np.ascontiguousarray(np.where(tokens >= FIRST_PITCH, moved, tokens), np.uint8)


@lru_cache(maxsize=64)
def _plan(form: str, steps: int) -> Plan:
    sections = SECTION.findall(form)
    if steps % len(sections):
        raise ValueError(f"form {form} has {len(sections)} sections, expected a number that divides the {steps} steps")
    length = steps // len(sections)
    tail = max(1, length // 4)
    places: dict[str, NDArray[np.int64]] = {}  # of sections without their endings, and of endings
    source, size = [], 0
    for letter, _, mark in sections:
        for part, count in ((letter, length - tail), (letter + "'" + mark, tail)):
            if part not in places:
                places[part] = np.arange(size, size + count)
                size += count
            source.append(places[part])
    where, added = np.concatenate(source), np.repeat([int(by or 0) for _, by, _ in sections], length)
    order = np.lexsort([np.arange(steps), np.abs(added)])[::-1]  # the earliest without a shift is written last
    first = np.full(size, -1)
    first[where[order]] = order
    return Plan(where, added, first)
