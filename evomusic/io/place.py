"""Placing a tune on a grid: the bars taken from it, and the step on which each note falls; the first half of `fit`.

A tune's bar must last as long as the grid's, or twice or half as long: then all its note values are doubled or
halved. So 2/2 goes into 4/4 as it is, and 2/4 at doubled note values. Duple and triple beats are never mixed: 6/8 is
no 3/4.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from evomusic.core.grid import Grid
from evomusic.core.theory import note_name
from evomusic.io.tune import Meter, Tune, TuneError, TuneNote, in_ticks, plural, regular_bars, unit_of

LISTED: Final = 50  # dropped notes that a report names
_FACTORS: Final = (Fraction(1), Fraction(2), Fraction(1, 2))


class Placed(NamedTuple):
    """A note on the grid: MIDI pitch, first step, and the step at which it has stopped."""

    pitch: int
    start: int
    end: int


class Spot(NamedTuple):
    """A note of the tune, and its start and end on the grid in parts of a step, as many as `Ticks.bar`."""

    note: TuneNote
    start: int
    end: int


class Window(NamedTuple):
    """The bars taken: number of the first, onsets in quarters, the end of the last; metre there, and the grid."""

    first: int
    onsets: tuple[Fraction, ...]
    end: Fraction
    meter: Meter
    grid: Grid

    @property
    def begin(self) -> Fraction:
        """Onset in quarters of the grid's first step, that of its pickup."""
        return self.onsets[0] - self.grid.pickup * self.meter.quarters / self.grid.steps_per_bar


class Ticks(NamedTuple):
    """A window in whole ticks: where its bars begin, and how long a bar is; a step of the grid has `bar` parts."""

    unit: int  # ticks a quarter
    onsets: tuple[int, ...]
    end: int
    bar: int
    per: int
    pickup: int

    @classmethod
    def of(cls, tune: Tune, window: Window) -> Ticks:
        """Ticks so short that notes and bars are whole numbers of them, but for times that share no grid."""
        bar = window.meter.quarters
        times = [*window.onsets, window.end, bar]
        unit = unit_of([*times, *(time for note in tune.notes for time in note[1:])])
        onsets = tuple(in_ticks(onset, unit) for onset in window.onsets)
        grid = window.grid
        return cls(unit, onsets, in_ticks(window.end, unit), in_ticks(bar, unit), grid.steps_per_bar, grid.pickup)

    def spots(self, notes: Sequence[TuneNote]) -> list[Spot]:
        """The notes that begin in the window, or sound on over its beginning by half a step or more."""
        found = []
        for note in notes:
            onset = in_ticks(note.onset, self.unit)
            if onset < self.end:
                spot = Spot(note, self.start(onset), self.stop(onset + in_ticks(note.duration, self.unit)))
                if self.nearest(spot.start) >= 0 or self.nearest(spot.end) > 0:
                    found.append(spot)
        return found

    def start(self, tick: int) -> int:
        """Parts of a step from the grid's first one to an onset; negative before it."""
        return self._parts(tick, bisect_right(self.onsets, tick))

    def stop(self, tick: int) -> int:
        """Parts of a step to the end of a note; one on a bar line, or beyond the grid's, belongs to the bar before."""
        count = bisect_left(self.onsets, tick)
        return min(self._parts(tick, count), self._past(count))

    def is_beyond(self, spot: Spot) -> bool:
        """Whether a note begins in a bar that is longer than the metre, past the grid's bar line."""
        return spot.start >= self._past(bisect_right(self.onsets, in_ticks(spot.note.onset, self.unit)))

    def nearest(self, parts: int) -> int:
        """The nearest whole step; halves go up."""
        return (2 * parts + self.bar) // (2 * self.bar)

    def _past(self, count: int) -> int:
        """The end of the last of so many bars, at least one."""
        return (self.pickup + max(count, 1) * self.per) * self.bar

    def _parts(self, tick: int, count: int) -> int:
        """Parts of a step, counted from the onset of the last of the first `count` bars."""
        bar = max(count - 1, 0)
        return (self.pickup + bar * self.per) * self.bar + (tick - self.onsets[bar]) * self.per


def choose_bars(tune: Tune, grid: Grid, start_bar: int | None) -> tuple[Window, list[str]]:
    """The bars to take, all in one metre, and report lines on them and on the metre.

    Raises:
        TuneError: the metre is not the grid's.
        ValueError: the tune has no bar `start_bar`.
    """
    report = []
    if not tune.meters:
        meters = (Meter(Fraction(0), *grid.time_signature),)
        tune = replace(tune, bars=tuple(regular_bars(meters, tune.length)), meters=meters)
        report.append(f"the file has no metre: it is taken to be in {meters[0].name}")
    count = len(tune.bars) - 1
    lowest = 0 if tune.pickup else 1
    if start_bar is not None and not lowest <= start_bar <= count:
        raise ValueError(f"start_bar is {start_bar}, expected {lowest} to {count}, the bars of the tune")
    first = _first_full(tune, grid) if start_bar is None else start_bar
    meter = tune.meter(tune.bars[max(first - 1, 0)])
    onsets = tune.bars[max(first - 1, 0) : count][: grid.bars - (first == 0)]
    onsets, cut = _in_one_metre(tune, onsets, max(first, 1))
    end = tune.bars[max(first - 1, 0) + len(onsets)]
    onsets = (tune.pickup - meter.quarters, *onsets) if first == 0 else onsets
    window = Window(first, onsets, end, meter, grid)
    return window, [*report, *_match_metre(meter, grid), *cut, *_bars_report(tune, grid, window)]


def _first_full(tune: Tune, grid: Grid) -> int:
    """Number of the first bar that, with those after it, makes enough full bars in one metre that fits the grid.

    Where there are not enough, the first bar in a metre that fits; 1 where there is none.
    """
    meters = [tune.meter(line) for line in tune.bars[:-1]]
    fits = {meter.name for meter in set(meters) if _fits(meter, grid)}
    full = [b - a == meter.quarters for (a, b), meter in zip(pairwise(tune.bars), meters, strict=True)]
    named = [meter.name if is_full else "" for meter, is_full in zip(meters, full, strict=True)]
    for i, name in enumerate(named[: len(named) - grid.bars + 1], 1):
        if name in fits and named[i - 1 : i - 1 + grid.bars].count(name) == grid.bars:
            return i
    return next((i for i, meter in enumerate(meters, 1) if meter.name in fits), 1)


def _in_one_metre(tune: Tune, onsets: tuple[Fraction, ...], first: int) -> tuple[tuple[Fraction, ...], list[str]]:
    """The bars before a change of metre, and a report line on it."""
    names = [tune.meter(onset).name for onset in onsets]
    for i, name in enumerate(names):
        if name != names[0]:
            return onsets[:i], [f"the metre changes from {names[0]} to {name} in bar {first + i}: cut there"]
    return onsets, []


def _fits(meter: Meter, grid: Grid) -> bool:
    """Whether bars of a metre can be read as the grid's."""
    own = Meter(Fraction(0), *grid.time_signature)
    triple = [m.numerator % 3 == 0 and m.numerator > 3 for m in (meter, own)]
    alike = triple[0] == triple[1] and (not triple[0] or meter.numerator == own.numerator)
    return alike and own.quarters / meter.quarters in _FACTORS


def _match_metre(meter: Meter, grid: Grid) -> list[str]:
    """Report lines on the metre; one that cannot be read as the grid's is refused."""
    own = Meter(Fraction(0), *grid.time_signature)
    factor = own.quarters / meter.quarters
    if not _fits(meter, grid):
        raise TuneError(
            f"is in {meter.name}, expected {own.name}, the grid's metre, or such bars at doubled or halved note values"
        )
    if factor != 1:
        return [
            f"note values {'doubled' if factor == 2 else 'halved'}: {meter.name} in the file, {own.name} on the grid"
        ]
    return [f"metre {meter.name} taken as {own.name}"] if meter.name != own.name else []


def _bars_report(tune: Tune, grid: Grid, window: Window) -> list[str]:
    """Report lines on the bars taken."""
    report = []
    begin, count = window.begin, len(tune.notes)
    before = next((i for i, note in enumerate(tune.notes) if note.end > begin), count)  # they come in order
    after = next((i for i, note in enumerate(reversed(tune.notes)) if note.onset < window.end), count)
    last = window.first + len(window.onsets) - 1
    if before or after:
        pickup = " (the pickup)" if before and window.first == 1 else ""
        bars = f"bars {window.first} to {last} taken: "
        report.append(f"{bars}{plural(before, 'note')} before{pickup} and {after} after left out")
    lengths = [b - a for a, b in zip(window.onsets, (*window.onsets[1:], window.end), strict=True)]
    short = [window.first + i for i, length in enumerate(lengths) if length < window.meter.quarters]
    if short:
        report.append(f"{plural(len(short), 'short bar')} filled up with rest, the first of them bar {short[0]}")
    if (grid.bars - len(lengths)) * window.meter.quarters > tune.silence:
        report.append(f"{plural(grid.bars - len(lengths), 'bar')} of rest added: the tune ends after bar {last}")
    return report


def place_notes(tune: Tune, window: Window, grid: Grid) -> tuple[list[Placed], list[str]]:
    """Notes of the window, each on a step of its own, and report lines on those moved, cut or dropped.

    Times go to the nearest step, halves up, so that notes never overlap; of several on one step the longest stays.

    Raises:
        TuneError: no note is left.
    """
    ticks = Ticks.of(tune, window)
    spots = ticks.spots(tune.notes)
    chosen: dict[int, Spot] = {}
    for spot in spots:
        step = max(ticks.nearest(spot.start), 0)
        rival = chosen.get(step)
        is_longest = rival is None or spot.note.duration > rival.note.duration
        if step < grid.steps and is_longest and not ticks.is_beyond(spot):
            chosen[step] = spot
    if not chosen:
        raise TuneError("has no note in the bars taken, expected some; choose start_bar")
    winners = [(step, chosen[step]) for step in sorted(chosen)]
    placed = [Placed(spot.note.pitch, step, max(ticks.nearest(spot.end), step + 1)) for step, spot in winners]
    lines = _place_report([spot for _, spot in winners], placed, ticks, window)
    held = {id(spot.note) for _, spot in winners}
    lost = [_where(spot.note, tune) for spot in spots if id(spot.note) not in held]
    if not lost:
        return placed, lines
    listed = ", ".join(lost[:LISTED]) + f" and {len(lost) - LISTED} more" * (len(lost) > LISTED)
    return placed, [*lines, f"{plural(len(lost), 'note')} dropped, for which no step of the grid is free: {listed}"]


def _where(note: TuneNote, tune: Tune) -> str:
    """A note by its name and bar: `C4 in bar 2`."""
    return f"{note_name(note.pitch)} in bar {bisect_right(tune.bars, note.onset)}"


def _place_report(spots: Sequence[Spot], placed: Sequence[Placed], ticks: Ticks, window: Window) -> list[str]:
    """Report lines on onsets and ends."""
    report = []
    over = spots[0].start < 0 and ticks.nearest(spots[0].start) < 0
    moves = [abs(spot.start - p.start * ticks.bar) for spot, p in zip(spots[over:], placed[over:], strict=True)]
    moves = [move for move in moves if move]
    ends = sum(spot.end != p.end * ticks.bar for spot, p in zip(spots, placed, strict=True))
    if over:
        report.append("the note that sounds over the first bar line begins at it")
    if moves:
        report.append(
            f"{plural(len(moves), 'onset')} moved to the nearest step, by up to {max(moves) / ticks.bar:.2g} of a step"
        )
    if ends:
        report.append(f"{plural(ends, 'note')} ended on another step than written")
    if spots[-1].note.end > window.end:
        report.append("the last note is cut at the last bar line")
    return report
