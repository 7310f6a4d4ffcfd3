"""Melodies as tokens, notes and text, and the canonical form, the same for all melodies that sound alike."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import theory
from evomusic.core.checks import instance, number, whole, wrong
from evomusic.core.grid import FIRST_PITCH, HOLD, REST, Grid

Tokens = NDArray[np.uint8]


class Note(NamedTuple):
    """A note: MIDI pitch, onset and duration in beats of the grid, counted from its first step, a pickup's too."""

    pitch: int
    onset: float
    duration: float


def canonical(tokens: Tokens) -> Tokens:
    """Holds with nothing sounding written as rests; all else unchanged.

    Args:
        tokens: (T,) or (P, T) uint8.

    Returns:
        A new array of the same shape. Two rows sound alike if and only if their canonical rows are equal.
    """
    tokens = np.asarray(tokens)
    if tokens.dtype != np.uint8:
        tokens = _as_tokens(tokens, 256)
    steps = np.arange(1, tokens.shape[-1] + 1)
    last = np.maximum.accumulate(np.where(tokens == HOLD, 0, steps), axis=-1)  # 1 + last step that is no hold
    padded = np.concatenate([np.zeros((*tokens.shape[:-1], 1), np.uint8), tokens], axis=-1)
    sounding = np.take_along_axis(padded, last, axis=-1)
    return np.where((tokens == HOLD) & (sounding == REST), REST, tokens).astype(np.uint8)


def checked_melodies(melodies: Any, grid: Grid) -> Tokens:
    """Melodies (P, T) uint8 of a grid.

    Raises:
        ValueError: the shape or a token does not fit the grid.
    """
    melodies = np.asarray(melodies)
    if melodies.ndim != 2 or melodies.shape[1] != grid.steps:
        raise ValueError(
            f"melodies has shape {melodies.shape}, expected (P, {grid.steps}): this task's grid has "
            f"{grid.bars} bars of {grid.steps_per_bar} steps{_after_pickup(grid)}"
        )
    if melodies.dtype.kind not in "ui":
        raise ValueError(f"melodies has dtype {melodies.dtype}, expected uint8 tokens")
    low = 0 if melodies.dtype.kind == "u" or not melodies.size else melodies.min()
    if melodies.size and not (low >= 0 and melodies.max() < grid.tokens):
        raise ValueError(
            f"melodies holds token {melodies.max() if low >= 0 else low}, "
            f"expected 0 to {grid.tokens - 1} on this task's grid"
        )
    if melodies.dtype == np.uint8 and melodies.flags.carray:
        return melodies  # nearly always; for one melody np.require costs as much as the walk
    return np.require(melodies, np.uint8, ["C", "W", "A"])


def _after_pickup(grid: Grid) -> str:
    """Words on a grid's pickup, none where it has none."""
    return f" after a pickup of {grid.pickup}" if grid.pickup else ""


def _as_tokens(tokens: NDArray[Any], count: int) -> Tokens:
    """A copy as uint8.

    Raises:
        ValueError: the array holds anything but whole numbers from 0 to count - 1.
    """
    if tokens.dtype.kind not in "ui":
        raise ValueError(f"tokens has dtype {tokens.dtype}, expected uint8 tokens")
    if tokens.size and not (tokens.min() >= 0 and tokens.max() < count):
        raise ValueError(f"tokens run from {tokens.min()} to {tokens.max()}, expected 0 to {count - 1}")
    return tokens.astype(np.uint8)


@dataclass(frozen=True, eq=False)
class Melody:
    """One row of tokens on a grid.

    Args:
        tokens: (T,) uint8; a copy is kept that cannot be written to.
        grid: the frame.
        title: free text for scores and reports.
        composer: free text for scores.

    Raises:
        ValueError: the row's length or a token does not fit the grid.
    """

    tokens: Tokens
    grid: Grid
    title: str = ""
    composer: str = ""

    def __post_init__(self) -> None:
        instance("grid", self.grid, Grid, "a Grid, such as em.Grid(bars=4)")
        instance("title", self.title, str, "a text")
        instance("composer", self.composer, str, "a text")
        tokens = np.asarray(self.tokens)
        if tokens.shape != (self.grid.steps,):
            raise ValueError(f"tokens has shape {tokens.shape}, expected ({self.grid.steps},): one a step of the grid")
        tokens = _as_tokens(tokens, self.grid.tokens)
        tokens.flags.writeable = False
        object.__setattr__(self, "tokens", tokens)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Melody) and self.grid == other.grid and bool((self.tokens == other.tokens).all())

    def __hash__(self) -> int:
        return hash((self.grid, self.tokens.tobytes()))

    @property
    def canonical(self) -> Melody:
        """The same sound, holds with nothing sounding written as rests."""
        return Melody(canonical(self.tokens), self.grid, self.title, self.composer)

    @property
    def notes(self) -> list[Note]:
        """Notes in order of onset."""
        starts = np.flatnonzero(self.tokens >= FIRST_PITCH)
        ends = np.append(np.flatnonzero(self.tokens != HOLD), self.grid.steps)
        per = self.grid.steps_per_beat
        until = ends[np.searchsorted(ends, starts, side="right")]
        return [
            Note(self.grid.pitches[self.tokens[s] - FIRST_PITCH], int(s) / per, int(e - s) / per)
            for s, e in zip(starts, until, strict=True)
        ]

    @classmethod
    def from_notes(cls, notes: Iterable[tuple[int, float, float]], grid: Grid, title: str = "") -> Melody:
        """A melody of (pitch, onset, duration) in beats; each must start and end on a step, one at a time.

        Raises:
            ValueError: a note is off the grid in time or pitch, or overlaps the one before.
        """
        instance("grid", grid, Grid, "a Grid, such as em.Grid(bars=4)")
        if not isinstance(notes, Iterable):
            raise wrong("notes", notes, "a list of (pitch, onset, duration) in beats")
        tokens = np.zeros(grid.steps, np.uint8)
        free = 0
        for pitch, onset, duration in sorted((_note(n) for n in notes), key=lambda n: n.onset):
            start, end = onset * grid.steps_per_beat, (onset + duration) * grid.steps_per_beat
            first, past = round(start), round(end)
            where = f"note {theory.note_name(pitch)} at beat {onset:g}"
            if abs(start - first) > 1e-6 or abs(end - past) > 1e-6 or past <= first:
                raise ValueError(f"{where} lasts {duration:g} beats, expected whole steps of 1/{grid.steps_per_beat}")
            if first < 0 or past > grid.steps:
                raise ValueError(f"{where} leaves the grid of {grid.steps} steps")
            if first < free:
                raise ValueError(f"{where} begins before the note before it ends; a melody has one note at a time")
            tokens[first], tokens[first + 1 : past], free = grid.token(pitch), HOLD, past
        return cls(tokens, grid, title)

    @property
    def text(self) -> str:
        """Readable text that `parse` reads back: note names, `-` for a hold, `.` for a rest, `|` between bars.

        A pickup is a short first bar. Names are spelled as the grid's key or scale has them; `parse` reads every
        spelling.
        """
        names = {REST: ".", HOLD: "-"}
        words = [names.get(int(t)) or self.grid.names[int(t) - FIRST_PITCH] for t in self.tokens]
        return " | ".join(" ".join(words[start:end]) for start, end in self.grid.bar_spans)

    @classmethod
    def parse(cls, text: str, grid: Grid, title: str = "") -> Melody:
        """The melody of a text written by `text`; bar lines and white space are free.

        Raises:
            ValueError: a word is no note of the grid, `-` or `.`, or their number is not T.
        """
        instance("text", text, str, "the text of a melody")
        instance("grid", grid, Grid, "a Grid, such as em.Grid(bars=4)")
        names = {".": REST, "-": HOLD}
        words = text.replace("|", " ").split()
        if len(words) != grid.steps:
            raise ValueError(f"text has {len(words)} words, expected {grid.steps}: one a step of the grid")
        names |= {w: grid.token(theory.parse_note(w)) for w in dict.fromkeys(words) if w not in names}
        return cls(np.array([names[w] for w in words], np.uint8), grid, title)

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        """Score or piano roll, and sound, in a notebook."""
        return import_module("evomusic.report.notebook").melody_html(self)  # by name: it stands on a higher floor


def _note(fields: object) -> Note:
    """A note from (pitch, onset, duration).

    Raises:
        ValueError: it is no such triple.
    """
    if not isinstance(fields, (tuple, list)) or len(fields) != 3:
        raise wrong("a note", fields, "(pitch, onset, duration) in beats")
    pitch, onset, duration = fields
    return Note(whole("pitch", pitch, 0, 127), number("onset", onset, -1e9, 1e9), number("duration", duration, 0, 1e9))
