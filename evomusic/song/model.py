"""The model of a song: its close, its plan, rhythms and pitches, drawn unit by unit, each with its probability.

T steps, U units of a melody, A pitches of the grid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core import theory
from evomusic.core.checks import flag, instance, whole, wrong
from evomusic.core.grid import FIRST_PITCH, HOLD, REST, Grid
from evomusic.core.melody import canonical, checked_melodies
from evomusic.core.optimum.chain import choose, generator
from evomusic.rules.generator import style_tonic
from evomusic.song.contexts import Close, Contexts, Place
from evomusic.song.counts import Counts, Floats
from evomusic.song.plan import NEW, Return, Tokens, plan_of, rhythm_of, source_notes

LONGEST: Final = 8  # notes before that a pitch may hear


class Learnt(NamedTuple):
    """Counts of plans, of the rhythms of new units, and of pitches."""

    plans: Counts
    rhythms: Counts
    pitches: Counts


@dataclass(frozen=True, eq=False)
class Song:
    """A style with form: melodies as real tunes are, drawn independently, with their exact probabilities.

    First the close is drawn: the degree and the length of the last note, by their shares in real tunes. Then each
    unit: whether and how it returns, after the two units before; if it is new, its rhythm, after the two units before
    and the one four before; and note by note the pitches that are not taken from its source, after the last three
    notes, the strength of the beat and, in the last bar, the close and the number of notes that are left. Every choice
    has interpolated counts of real tunes behind it.

    Args:
        grid: the frame; the model writes melodies of this length, metre and range.
        tonic: MIDI pitch of the tonic, in any octave.
        windows: real melodies (N, T) on the grid, such as `corpus.training(grid).melodies`.
        order: notes before that a pitch hears, 1 to 8; with many, samples copy.
        form: whether units return; without, each is new.

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

    def __post_init__(self) -> None:
        instance("grid", self.grid, Grid, "a Grid, such as em.Grid(bars=4)")
        whole("tonic", self.tonic, 0, 127)
        whole("order", self.order, 1, LONGEST)
        flag("form", self.form)
        rows = canonical(checked_melodies(self.windows, self.grid))
        rows = rows[(rows >= FIRST_PITCH).any(axis=1)]
        if not len(rows):
            raise wrong("windows", f"{len(self.windows)} melodies", "one with a note at least")
        object.__setattr__(self, "windows", rows)

    @cached_property
    def _at(self) -> Contexts:
        return Contexts(self.grid, self.tonic)

    @cached_property
    def _units(self) -> NDArray[np.int64]:
        """The windows' units (N, U, steps)."""
        return self.windows.astype(np.int64).reshape(len(self.windows), self._at.units, -1)

    @cached_property
    def _plans(self) -> list[tuple[Return, ...]]:
        return [plan_of(units) if self.form else (NEW,) * len(units) for units in self._units]

    @cached_property
    def _returns(self) -> list[Return]:
        """Every way in which a unit returns, "new" first."""
        return [NEW, *sorted({each for plan in self._plans for each in plan} - {NEW})]

    @cached_property
    def _rhythms(self) -> NDArray[np.int64]:
        """Rhythms of units (R, steps): rest, hold or onset."""
        return np.unique(rhythm_of(self._units).reshape(-1, self._at.steps), axis=0)

    @cached_property
    def _numbers(self) -> dict[bytes, int]:
        return {rhythm.tobytes(): i for i, rhythm in enumerate(self._rhythms)}

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        """The kind of a last note (R,) by length, were a rhythm that of the last unit."""
        return np.array([self._at.length_of(rhythm) for rhythm in self._rhythms])

    @cached_property
    def _closes(self) -> tuple[list[Close], Floats]:
        """Closes of real tunes, and their shares."""
        found: list[Close] = [self._at.close_of(units) for units in self._units]
        closes = sorted(set(found))
        return closes, np.array([found.count(close) for close in closes]) / len(found)

    # Counts

    @cached_property
    def _counts(self) -> Learnt:
        """Counts of plans, of the rhythms of new units, and of pitches."""
        plans, rhythms, pitches = (Counts(n) for n in (len(self._returns), len(self._rhythms), self.grid.tokens - 2))
        number = {each: i for i, each in enumerate(self._returns)}
        for units, plan in zip(self._units, self._plans, strict=True):
            close = self._at.close_of(units)
            last: tuple[int, ...] = ()
            written = [self._numbers[rhythm_of(unit).tobytes()] for unit in units]
            for i, each in enumerate(plan):
                plans.add(self._at.of_plan(list(plan[:i]), close), number[each])
                if each == NEW:
                    rhythms.add(self._at.of_rhythm(written[:i], close), written[i])
                offsets = np.flatnonzero(units[i] >= FIRST_PITCH).tolist()
                for k, offset in enumerate(offsets):
                    pitch = int(units[i, offset]) - FIRST_PITCH
                    pitches.add(self._at.of_pitch(self._at.place(i, offsets, k, close), last), pitch)
                    last = (*last, pitch)[-self.order :]
        return Learnt(plans, rhythms, pitches)

    # Units: how they may return, and the probabilities of what is new in them

    @cached_property
    def _by_lag(self) -> list[list[tuple[int, Return]]]:
        """Returns with their numbers, by lag."""
        numbered = list(enumerate(self._returns))
        return [[pair for pair in numbered if pair[1].lag == lag] for lag in range(self._at.units)]

    def _sources(self, units: Tokens, i: int, close: Close) -> dict[int, Tokens]:
        """Tokens of the notes that a unit has from its source, by the number of each way in which it can return."""
        found: dict[int, Tokens] = {}
        silent, last = _silent(units, i), i == self._at.units - 1
        for lag in range(1, i + 1):
            source = units[i - lag]
            notes = source_notes(source)
            if (
                len(notes) < 2
                or (source[0] == HOLD and silent)
                or (last and self._at.length_of(source) != close.length)
            ):
                continue
            low, high, end = int(notes.min()), int(notes.max()), int(notes[-1])
            for number, each in self._by_lag[lag]:
                if len(notes) < each.notes:
                    continue
                if each.kind == "varied":
                    found[number] = notes[: len(notes) - each.by]
                    continue
                fits = low + each.by >= FIRST_PITCH and high + each.by < self.grid.tokens
                if fits and not (last and self._at.degrees[end + each.by - FIRST_PITCH] != close.degree):
                    found[number] = notes + each.by
        return found

    def _plan_odds(self, plan: list[Return], sources: dict[int, Tokens], close: Close) -> Floats:
        """Odds (returns,) of what the next unit is: new, or one of those for which there is a source."""
        can = np.zeros(len(self._returns))
        can[[0, *sources]] = 1.0
        odds = self._counts.plans.odds(self._at.of_plan(plan, close)) * can
        return np.asarray(odds / odds.sum())

    def _rhythm_odds(self, rhythms: list[int], silent: bool, close: Close) -> Floats:
        odds = self._counts.rhythms.odds(self._at.of_rhythm(rhythms, close))
        if silent:
            odds = odds * (self._rhythms[:, 0] != HOLD)
        if len(rhythms) == self._at.units - 1:
            odds = odds * (self._ends == close.length)
        total = odds.sum()
        return odds / total if total else odds

    def _pitch_odds(self, place: Place, last: tuple[int, ...], close: Close, barred: int | None) -> Floats:
        """Odds (A,) of a free note; the last of a melody has the degree of its close, a first varied one differs."""
        odds = self._counts.pitches.odds(self._at.of_pitch(place, last))
        if place.left == 0:
            odds = odds * (self._at.degrees == close.degree)
        if barred is not None:
            odds = odds.copy()
            odds[barred] = 0.0
        total = odds.sum()
        return odds / total if total else odds

    def _barred(self, each: Return, units: Tokens, i: int, k: int) -> int | None:
        """The pitch that note k of a unit may not have, as it begins a varied end."""
        if each.kind != "varied":
            return None
        source = source_notes(units[i - each.lag])
        return int(source[k]) - FIRST_PITCH if k == len(source) - each.by else None

    # Samples

    def sample(self, n: int, rng: np.random.Generator) -> NDArray[np.uint8]:
        """Independent melodies (n, T).

        Raises:
            ValueError: n is no whole number from 0 up, or rng is no generator.
        """
        n, rng = whole("n", n, 0), generator(rng)
        found: list[Tokens] = []
        while len(found) < n:
            units = self._write(rng)
            if units is not None:
                found.append(units.reshape(-1))
        return np.array(found, np.uint8).reshape(n, self.grid.steps)

    def _write(self, rng: np.random.Generator) -> Tokens | None:
        """Units (U, steps) of a melody; None where the model came to a dead end."""
        closes, shares = self._closes
        close = closes[_draw(shares, rng)]
        units = np.zeros(self._units.shape[1:], np.int64)
        plan: list[Return] = []
        rhythms: list[int] = []
        last: tuple[int, ...] = ()
        for i in range(len(units)):
            sources = self._sources(units, i, close)
            chosen = _draw(self._plan_odds(plan, sources, close), rng)
            each, notes = self._returns[chosen], sources.get(chosen)
            if notes is None:
                odds = self._rhythm_odds(rhythms, _silent(units, i), close)
                if not odds.any():
                    return None
                rhythms.append(_draw(odds, rng))
            else:
                rhythms.append(rhythms[i - each.lag])
            units[i] = self._rhythms[rhythms[i]]
            offsets = np.flatnonzero(units[i] == FIRST_PITCH).tolist()
            for k, offset in enumerate(offsets):
                if notes is not None and k < len(notes):
                    pitch = int(notes[k]) - FIRST_PITCH
                else:
                    place = self._at.place(i, offsets, k, close)
                    odds = self._pitch_odds(place, last, close, self._barred(each, units, i, k))
                    if not odds.any():
                        return None
                    pitch = _draw(odds, rng)
                units[i, offset] = pitch + FIRST_PITCH
                last = (*last, pitch)[-self.order :]
            plan.append(each)
        return units

    # Probabilities

    def log_probability(self, melodies: Any) -> Floats:
        """Natural logarithms (P,) of the probabilities of melodies (P, T), summed over all plans.

        Melodies that sound alike are one. Minus infinity where a unit has a rhythm, or the melody a close, of no real
        tune. Probabilities sum to a little less than 1 where a draw can come to a dead end, at which `sample` begins
        anew.

        Raises:
            ValueError: the melodies do not fit the grid.
        """
        rows = canonical(checked_melodies(melodies, self.grid)).astype(np.int64)
        return np.array([self._log(units) for units in rows.reshape(len(rows), *self._units.shape[1:])], float)

    def _log(self, units: Tokens) -> float:
        close, (closes, shares) = self._at.close_of(units), self._closes
        rhythms = [self._numbers.get(rhythm_of(unit).tobytes()) for unit in units]
        if close not in closes or None in rhythms:
            return -np.inf
        # forward over the two units before, as the plan remembers them
        paths: dict[tuple[Return, ...], float] = {(): 0.0}
        last: tuple[int, ...] = ()
        for i in range(len(units)):
            ahead: dict[tuple[Return, ...], list[float]] = {}
            sources = self._sources(units, i, close)
            written = dict(self._readings(units, i, sources, rhythms[:i], last, close))  # type: ignore[arg-type]
            for path, log in paths.items():
                plan = [*[NEW] * (i - len(path)), *path]
                odds = self._plan_odds(plan, sources, close)
                for chosen, probability in written.items():
                    if odds[chosen] * probability > 0:
                        after = (*path, self._returns[chosen])[-2:]
                        ahead.setdefault(after, []).append(log + np.log(odds[chosen]) + np.log(probability))
            paths = {after: float(np.logaddexp.reduce(logs)) for after, logs in ahead.items()}
            last = (*last, *(source_notes(units[i]) - FIRST_PITCH).tolist())[-self.order :]
        total = np.logaddexp.reduce(list(paths.values())) if paths else -np.inf
        return float(np.log(shares[closes.index(close)]) + total)

    def _readings(
        self,
        units: Tokens,
        i: int,
        sources: dict[int, Tokens],
        rhythms: list[int],
        last: tuple[int, ...],
        close: Close,
    ) -> Iterator[tuple[int, float]]:
        """Readings of a unit, by number among all returns, and the probability of what it then has anew."""
        kinds, notes = rhythm_of(units[i]), source_notes(units[i])
        offsets = np.flatnonzero(units[i] >= FIRST_PITCH).tolist()
        heard = (*last, *(notes - FIRST_PITCH).tolist())
        odds = self._rhythm_odds(rhythms, _silent(units, i), close)
        anew = float(odds[self._numbers[kinds.tobytes()]])
        for number, source in ((0, notes[:0]), *sources.items()):
            each, probability = self._returns[number], 1.0 if number else anew
            if number and (rhythm_of(units[i - each.lag]) != kinds).any():
                continue
            if (source != notes[: len(source)]).any():
                continue
            for k in range(len(source), len(offsets)):
                place, before = self._at.place(i, offsets, k, close), heard[: len(last) + k][-self.order :]
                odds = self._pitch_odds(place, before, close, self._barred(each, units, i, k))
                probability *= float(odds[notes[k] - FIRST_PITCH])
            if probability > 0:
                yield number, probability


def train_song(grid: Grid, windows: Any, tonic: str | None = None, *, order: int = 3, form: bool = True) -> Song:
    """A song model of a grid, trained on windows (N, T); the tonic is that of the grid's scale, C without one.

    Raises:
        ValueError: as for `Song`, or the tonic is no note.
    """
    return Song(
        grid, theory.parse_note(style_tonic(grid) if tonic is None else tonic), np.asarray(windows), order, form
    )


def _silent(units: Tokens, i: int) -> bool:
    """Whether nothing sounds before a unit."""
    return i == 0 or bool(units[i - 1, -1] == REST)


def _draw(odds: Floats, rng: np.random.Generator) -> int:
    """A choice in proportion to odds (n,)."""
    return int(choose(odds[None], rng.random(1))[0])
