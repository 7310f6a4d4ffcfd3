"""Contexts of every choice of a song, from the finest to the coarsest; and the close and the places they hear.

T steps, A pitches of the grid.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import FIRST_PITCH, REST, Grid
from evomusic.song.plan import Return, Tokens, source_notes, unit_steps

ENDING: Final = 3  # last notes of a melody that are counted by themselves
LAST: Final = 4  # kinds of last notes by length: below a beat, below half a bar, longer, not in the last unit
DEGREES: Final = 3  # kinds of last notes by pitch: the tonic, the third or fifth, another
HALF: Final = DEGREES + 1  # stands in a place for the close, in the bar before the middle of a long melody
LONG: Final = 16  # units from which a melody has a middle
OPENING: Final = 4  # units that say whether a half begins as another
PARTS: Final = ("theme", "plans", "joins", "close", "half", "echo")  # of the model, that can be left out

Context = tuple[Any, ...]


class Close(NamedTuple):
    """The kind of a melody's last note, by pitch and by length, and whether its second half begins as its first."""

    degree: int
    length: int
    theme: bool = False


class Place(NamedTuple):
    """The place of a note.

    `bar`, `strength` there, `late`: the half of the bar, `long`: a beat or more; `close`: in the last bar the degree of
    the melody's last note; `left`: the number of notes after it, where it is one of the last.
    """

    bar: int
    strength: int
    late: int
    long: bool
    close: int | None
    left: int | None


@dataclass(frozen=True)
class Contexts:
    """Contexts on a grid of whole bars.

    Args:
        grid: the frame.
        tonic: MIDI pitch in any octave.
        pad: steps at the beginning, before a pickup, that are rests in every melody.
        without: parts of the model, of `PARTS`, that are left out.
    """

    grid: Grid
    tonic: int
    pad: int = 0
    without: frozenset[str] = frozenset()

    @cached_property
    def steps(self) -> int:
        """Steps of a unit."""
        return unit_steps(self.grid)

    @cached_property
    def units(self) -> int:
        """Units of a melody."""
        return self.grid.steps // self.steps

    def hears(self, part: str) -> bool:
        """Whether the model has one of `PARTS`: long melodies have those that are not left out."""
        return self.units >= LONG and part not in self.without

    def theme_of(self, units: Tokens) -> bool:
        """Whether half or more of the units after the middle of a melody (U, steps) are as those at its beginning."""
        half, many = self.units // 2, min(OPENING, self.units // 2)
        return self.hears("theme") and bool(2 * (units[half : half + many] == units[:many]).all(axis=1).sum() >= many)

    @property
    def closing(self) -> int:
        """Units at the end whose choices hear the close: those of the last bar, and two at least."""
        return max(self.grid.steps_per_bar // self.steps, 2)

    def lead(self, units: Tokens, i: int) -> int:
        """Steps at the beginning of unit i of a melody that can only be rests; -1 where a note may sound on."""
        if i and units[i - 1, -1] != REST:
            return -1
        return min(max(self.pad - i * self.steps, 0), self.steps)

    @cached_property
    def strengths(self) -> list[int]:
        """Three levels (T,) of metrical strength."""
        return [max(self.grid.slot(t).strength - 1, int(self.grid.slot(t).on_beat)) for t in range(self.grid.steps)]

    @cached_property
    def degrees(self) -> NDArray[np.int64]:
        """The kind of a last note (A,) by pitch."""
        above = (np.array(self.grid.pitches) - self.tonic) % 12
        return np.where(above == 0, 0, np.where(np.isin(above, (3, 4, 7)), 1, 2))

    @cached_property
    def closes(self) -> list[Close]:
        """Every close that a melody can have."""
        sounding = [Close(degree, length) for degree in range(DEGREES) for length in range(LAST - 1)]
        held = [] if not self.hears("close") else [Close(degree, LAST - 1) for degree in range(DEGREES)]
        plain = [*sounding, *held, Close(DEGREES, LAST - 1)]
        return [*plain, *(each._replace(theme=True) for each in plain if self.hears("theme"))]

    def length_of(self, unit: Tokens) -> int:
        """The kind of a melody's last note by length, were a unit its last."""
        onsets = np.flatnonzero(unit >= FIRST_PITCH)
        if not len(onsets):
            return LAST - 1
        left = len(unit) - onsets[-1]
        return 0 if left < self.grid.steps_per_beat else 1 if 2 * left < self.grid.steps_per_bar else 2

    def close_of(self, units: Tokens) -> Close:
        """The close of a melody (U, steps): the kind of its last note by pitch, and by length.

        A last note of the unit before has its degree, but only one length; one that lies further back has neither.
        """
        length, notes = self.length_of(units[-1]), source_notes(units[-1])
        if length == LAST - 1 and self.hears("close") and len(units) > 1:
            notes = source_notes(units[-2])
        degree = int(self.degrees[notes[-1] - FIRST_PITCH]) if len(notes) else DEGREES
        return Close(degree, length, self.theme_of(units))

    def of_plan(self, plan: list[Return], close: Close) -> list[Context]:
        """Contexts of whether and how the next unit returns."""
        i = len(plan)
        before, earlier = (plan[i - back] if i >= back else None for back in (1, 2))
        heard = i == self.units - 1 or (i == self.units - 2 and self.hears("close"))
        length, back = close.length if heard else None, sum(i >= lag for lag in (1, 2, 4, 8))
        if not self.hears("plans"):
            return [
                (i, before, earlier, length),
                (i, before, length),
                (i, before, "any"),
                ("anywhere", back, i % 4, before, earlier),
                ("anywhere", back, i % 2, before),
                (i, length),
                (i, "any"),
                (),
            ]
        lag = before and before.lag
        after: list[Context] = []
        if self.hears("theme") and i >= self.units // 2:
            after = [(i, close.theme, before, "theme"), (i, close.theme, lag, length), (i, close.theme, length)]
        return [
            *after,
            ("anywhere", back, i % 4, before, earlier),
            (i, lag, length),
            ("anywhere", back, i % 2, lag),
            (i, "any lag", length),
            (),
        ]

    def of_rhythm(self, rhythms: list[int], close: Close) -> list[Context]:
        """Contexts of the rhythm of the next unit."""
        i, n = len(rhythms), self.units
        one, two, four, eight = (rhythms[i - back] if i >= back else None for back in (1, 2, 4, 8))
        length = close.length if i >= n - 2 else None
        middle = max(i - n // 2 + 3, 0) if self.halved and i < n // 2 else 0
        place = (i % 2, max(i - n + 3, 0) or -middle)
        late = (*place, length)
        far: list[Context] = [] if eight is None else [(*late, one, two, four, eight), (*late, one, "eight", eight)]
        return [
            (i, one, two, four, length),
            *far,
            (*late, one, two, four),
            (*late, one, two),
            (*late, "two", two),
            late,
            (*place, "any"),
            (i % 2,),
        ]

    def of_pitch(self, place: Place, last: tuple[int, ...]) -> list[Context]:
        """Contexts of the pitch of a note, after the last ones."""
        bar, strength, late, long, close, left = place
        if not last:
            return [("first", late), ()]
        tails = [last[-k:] for k in range(len(last), 0, -1)]
        plain: list[Context] = [(tail, strength) for tail in tails]
        rest: list[Context] = [(strength, long), ()]
        if close is None:
            return [*plain, ("bar", bar, strength), *rest]
        ending = [(tail, strength, late, close, left) for tail in tails]
        if left is None:  # in the last bar each order hears the close first
            return [
                *(each for pair in zip(ending, plain, strict=True) for each in pair),
                (strength, late, long, close),
                *rest,
            ]
        return [*ending, *plain, (strength, left, long, close), *rest]

    @cached_property
    def halved(self) -> bool:
        """Whether the bar before the middle is heard by itself."""
        return self.hears("half")

    def _left(self, unit: int, close: Close) -> int | None:
        """Notes of a melody after a unit, where its close says so, else None."""
        if unit == self.units - 1:
            return 0
        if unit == self.units - 2 and self.hears("close"):
            if close.length == LAST - 1:
                return 0
            if close.length == LAST - 2 and 2 * self.steps == self.grid.steps_per_bar:
                return 1  # it has the last unit for itself
        if self.halved and unit == self.units // 2 - 1:
            return 0
        return None

    def place(self, unit: int, offsets: list[int], k: int, close: Close) -> Place:
        """The place of note k of a unit, whose notes begin at these offsets."""
        steps = self.steps
        t = unit * steps + offsets[k]
        length = (offsets[k + 1] if k + 1 < len(offsets) else steps) - offsets[k]
        after = self._left(unit, close)
        left = None if after is None else len(offsets) - 1 - k + after
        bar, bars = t // self.grid.steps_per_bar, self.grid.bars
        held = unit == self.units - 2 and close.length == LAST - 1 and after == 0
        ending = close.degree if held or bar == bars - 1 else HALF if self.halved and bar == bars // 2 - 1 else None
        late = t > 0 if t < steps and k == 0 else unit % 2
        return Place(
            bar,
            self.strengths[t],
            late,
            length >= self.grid.steps_per_beat,
            ending,
            left if left is not None and left < ENDING else None,
        )
