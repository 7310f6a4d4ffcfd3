"""The model of a song: its close, its plan, rhythms and pitches, drawn unit by unit, each with its probability.

T steps, U units of a melody, A pitches of the grid.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core import theory
from evomusic.core.checks import choice, flag, instance, whole, wrong
from evomusic.core.grid import FIRST_PITCH, Grid
from evomusic.core.melody import canonical, checked_melodies
from evomusic.core.optimum.chain import generator
from evomusic.core.optimum.prior import Prior
from evomusic.rules.generator import style_tonic
from evomusic.song.contexts import PARTS, Contexts
from evomusic.song.counts import Floats, draw
from evomusic.song.odds import Odds
from evomusic.song.pitch_layers import PitchChain
from evomusic.song.plan import NEW, Tokens, rhythm_of, source_notes, whole_bars
from evomusic.song.reading import Readings
from evomusic.song.rhythm_layers import RhythmChain

ENDS: Final = ("any", "tonic")
LONGEST: Final = 8  # notes before that a pitch may hear
DEEPEST: Final = 3  # notes before that a pitch of the automata may hear
SHARE: Final = 50  # windows, in one of which a pair must be to be remembered by the automata


@dataclass(frozen=True, eq=False)
class Song:
    """A style with form: melodies as real tunes are, drawn independently, with their exact probabilities.

    First the close is drawn: the degree and the length of the last note, by their shares in real tunes. Then each
    unit: whether and how it returns, after the two units before; if it is new, its rhythm, after the units one, two,
    four and eight before; and note by note the pitches that are not taken from its source, after the last three notes,
    the strength of the beat and, in the last bar, the close and the number of notes that are left. Every choice has
    interpolated counts of real tunes behind it.

    Args:
        grid: the frame; the model writes melodies of this length, metre and range.
        tonic: MIDI pitch of the tonic, in any octave.
        windows: real melodies (N, T) on the grid, such as `corpus.training(grid).melodies`.
        order: notes before that a pitch hears, 1 to 8; with many, samples copy.
        form: whether units return; without, each is new.
        without: what a melody of 16 units or more, eight bars as a rule, does not hear, to compare with: "theme",
            whether its second half begins as the first, drawn with the close; "plans", returns to the same place of the
            first half; "joins", the last note before a return; "close", how many notes are left before the last unit;
            "half", the bar before the middle; "echo", the moves of an earlier unit with the same rhythm.

    Raises:
        ValueError: the windows do not fit the grid, none of them has a note, or an argument is out of range.

    Source: interpolated n-grams, Conklin & Witten, "Multiple viewpoint systems for music prediction" (1995); forms by
    reference, as of genes that are expressed more than once.
    """

    grid: Grid
    tonic: int
    windows: NDArray[np.uint8] = field(repr=False)
    order: int = 3
    form: bool = True
    without: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        instance("grid", self.grid, Grid, "a Grid, such as em.Grid(bars=4)")
        whole("tonic", self.tonic, 0, 127)
        whole("order", self.order, 1, LONGEST)
        flag("form", self.form)
        for part in instance("without", self.without, tuple, "a tuple of parts of the model, such as ('theme',)"):
            choice("a part in without", part, PARTS)
        rows = canonical(checked_melodies(self.windows, self.grid))
        rows = rows[(rows >= FIRST_PITCH).any(axis=1)]
        if not len(rows):
            raise wrong("windows", f"{len(self.windows)} melodies", "one with a note at least")
        object.__setattr__(self, "windows", rows)

    @cached_property
    def _at(self) -> Contexts:
        return Contexts(whole_bars(self.grid), self.tonic, self._pad, frozenset(self.without))

    @cached_property
    def _pad(self) -> int:
        """Steps of rests before a pickup, so that it is a bar."""
        return self.grid.steps_per_bar - self.grid.pickup if self.grid.pickup else 0

    def in_bars(self, melodies: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """Melodies (P, T) with rests before a pickup, on the grid of whole bars."""
        return np.pad(melodies, ((0, 0), (self._pad, 0))) if self._pad else melodies

    def _units(self, melodies: NDArray[np.uint8]) -> Tokens:
        """Units (P, U, steps) of melodies (P, T)."""
        return self.in_bars(melodies).astype(np.int64).reshape(len(melodies), self._at.units, self._at.steps)

    @cached_property
    def _odds(self) -> Odds:
        return Odds(self._at, self._units(self.windows), self.order, self.form)

    @cached_property
    def _readings(self) -> Readings:
        return Readings(self._odds)

    # Automata

    def prior(self, order: int = 2) -> Prior:
        """The song's rhythm and its pitch as automata, token by token: `prior="song"` of `Task.soften`.

        Units of real tunes one after another, and pitches by the last few notes, the strength of the beat and the place
        in the last bar. Rows of notes are remembered that are as frequent as one in 50 windows. Plans and closes, which
        are drawn before a melody begins, are no part of it: ties (`em.conditions.form`) stand for them.

        Args:
            order: notes before that a pitch hears, 1 to 3, and no more than the song's own; with three the automata
                have some three times as many rows together.

        Raises:
            ValueError: the order is out of range.
        """
        order = min(whole("order", order, 1, DEEPEST), self.order)
        if order not in self._priors:
            self._priors[order] = self._written(order)
        return self._priors[order]

    @cached_property
    def _priors(self) -> dict[int, Prior]:
        return {}

    def _written(self, order: int) -> Prior:
        least = max(len(self.windows) // SHARE, 1)
        rhythm = RhythmChain(self._at, self._units(self.windows), self._odds.rhythms, least)
        pitch = PitchChain(self._at, self.in_bars(self.windows).astype(np.int64), order, least)
        return Prior("song", (rhythm.layers(), pitch.layers()))

    # Samples

    @property
    def unit(self) -> int:
        """Steps of a unit."""
        return self._at.steps

    def sample(self, n: int, rng: np.random.Generator, opening: Any = (), end: str = "any") -> NDArray[np.uint8]:
        """Independent melodies (n, T).

        Args:
            n: number of melodies.
            rng: random generator.
            opening: tokens of the first units, which all melodies begin with; what follows is drawn given them, over
                all plans that they may be read with.
            end: "tonic" for melodies whose last note is a tonic of a beat or more, as whole tunes end; "any" for the
                ends of windows.

        Raises:
            ValueError: n is no whole number from 0 up, rng is no generator, the opening is no whole units, `end` is
                another word, or no melody with the opening has such an end.
        """
        n, rng, units = whole("n", n, 0), generator(rng), self._opened(opening)
        closing = choice("end", end, ENDS) == "tonic"
        found: list[Tokens] = []
        while len(found) < n:
            written = self._write(units, rng, closing)
            if written is not None:
                found.append(written.reshape(-1)[self._pad :])
        return np.array(found, np.uint8).reshape(n, self.grid.steps)

    def redraw(self, melodies: Any, rng: np.random.Generator, end: str = "any") -> NDArray[np.uint8]:
        """Melodies (P, T), each drawn anew from a random unit on, given what is before.

        Draws of the model stay draws of the model. A melody stays as it is where the model comes to a dead end.

        Args:
            melodies: (P, T) tokens.
            rng: random generator.
            end: as for `sample`.

        Raises:
            ValueError: the melodies do not fit the grid, rng is no generator, or `end` is another word.
        """
        closing = choice("end", end, ENDS) == "tonic"
        rows, rng = checked_melodies(melodies, self.grid).copy(), generator(rng)
        first = self._pad // self._at.steps  # before it there are rests alone
        for row, start in zip(rows, rng.integers(self._at.units - first, size=len(rows)).tolist(), strict=True):
            opening = row[: max((first + start) * self._at.steps - self._pad, 0)]
            written = self._write(self._opened(opening), rng, closing)
            if written is not None:
                row[:] = written.reshape(-1)[self._pad :]
        return rows

    def _opened(self, opening: Any) -> Tokens:
        """The units of an opening, checked, without what sounds alike; with a pickup, from the bar of rests on."""
        row, steps, pad = np.asarray(opening), self._at.steps, self._pad
        if row.ndim != 1 or (row.size and (pad + len(row)) % steps) or len(row) >= self.grid.steps:
            came, most = f"an array of shape {row.shape}", self.grid.steps - steps
            after = f" after a pickup of {self.grid.pickup}" if pad else ""
            raise wrong("opening", came, f"tokens of whole units, each of {steps} steps{after}, {most} at most")
        full = np.zeros(self.grid.steps, row.dtype if row.size else np.uint8)
        full[: len(row)] = row
        units = self._units(canonical(checked_melodies(full[None], self.grid)))[0]
        return units[: (pad + len(row)) // steps if row.size else 0]

    def _write(self, opening: Tokens, rng: np.random.Generator, closing: bool = False) -> Tokens | None:
        """Units (U, steps) of a melody after its first ones; None where the model came to a dead end."""
        close, plan = self._readings.sample(opening, rng, closing)
        units = np.zeros((self._at.units, self._at.steps), np.int64)
        units[: len(opening)] = opening
        rhythms = self._odds.rhythms.numbers(opening)
        last = tuple((source_notes(opening) - FIRST_PITCH).tolist()[-self.order :])
        for i in range(len(opening), len(units)):
            can = self._odds.can(units, i, last, close)
            chosen = draw(self._odds.of_plan(plan, can, close), rng)
            each, notes = self._odds.returns.every[chosen], np.zeros(0, np.int64)
            if each == NEW:
                lead = self._at.lead(units, i)
                odds = self._odds.of_rhythm(rhythms, lead, close)
                if not odds.any():
                    return None
                rhythms.append(draw(odds, rng))
                units[i] = self._odds.rhythms.write(rhythms[i], lead, rng)
            else:
                rhythms.append(rhythms[i - each.lag])
                units[i] = rhythm_of(units[i - each.lag])
                notes = self._odds.returns.notes(chosen, units, i)
            offsets = np.flatnonzero(units[i] == FIRST_PITCH).tolist()
            echoes = self._odds.echoes(units, i) if len(notes) < len(offsets) else []
            for k, offset in enumerate(offsets):
                if k < len(notes):
                    pitch = int(notes[k]) - FIRST_PITCH
                else:
                    place = self._at.place(i, offsets, k, close)
                    barred = self._odds.returns.barred(chosen, units, i, k)
                    odds = self._odds.of_pitch(place, last, close, barred, echoes[k])
                    if not odds.any():
                        return None
                    pitch = draw(odds, rng)
                units[i, offset] = pitch + FIRST_PITCH
                last = (*last, pitch)[-self.order :]
            plan.append(each)
        return units

    # Probabilities

    def log_probability(self, melodies: Any) -> Floats:
        """Natural logarithms (P,) of the probabilities of melodies (P, T), summed over all plans.

        Melodies that sound alike are one. Probabilities sum to a little less than 1 where a draw can come to a dead
        end, at which `sample` begins anew.

        Raises:
            ValueError: the melodies do not fit the grid.
        """
        units = self._units(canonical(checked_melodies(melodies, self.grid)))
        return np.array([self._readings.log_probability(each) for each in units], float)


def train_song(
    grid: Grid,
    windows: Any,
    tonic: str | None = None,
    *,
    order: int = 3,
    form: bool = True,
    without: tuple[str, ...] = (),
) -> Song:
    """A song model of a grid, trained on windows (N, T); the tonic is that of the grid's scale, C without one.

    Raises:
        ValueError: as for `Song`, or the tonic is no note.
    """
    return Song(
        grid,
        theory.parse_note(style_tonic(grid) if tonic is None else tonic),
        np.asarray(windows),
        order,
        form,
        without,
    )
