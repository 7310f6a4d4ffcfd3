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
from math import floor
from typing import Final, NamedTuple

from evomusic.core.grid import Grid
from evomusic.io.tune import Meter, Tune, TuneError, TuneNote, plural, regular_bars

_FACTORS: Final = (Fraction(1), Fraction(2), Fraction(1, 2))


class Placed(NamedTuple):
    """A note on the grid: MIDI pitch, first step, and the step at which it has stopped."""

    pitch: int
    start: int
    end: int


class Spot(NamedTuple):
    """A note of the tune, and its start and end on the grid in exact steps."""

    note: TuneNote
    start: Fraction
    end: Fraction


class Window(NamedTuple):
    """The bars taken: number of the first, onsets in quarters, the end of the last; metre there, steps a bar."""

    first: int
    onsets: tuple[Fraction, ...]
    end: Fraction
    meter: Meter
    steps_per_bar: int

    def start(self, time: Fraction) -> Fraction:
        """Steps from the first bar line to an onset; negative before it."""
        return self._steps(time, bisect_right(self.onsets, time))

    def stop(self, time: Fraction) -> Fraction:
        """Steps to the end of a note; an end on a bar line, or beyond the grid's bar, belongs to the bar before."""
        count = bisect_left(self.onsets, time)
        return min(self._steps(time, count), Fraction(max(count, 1) * self.steps_per_bar))

    def is_beyond(self, time: Fraction) -> bool:
        """Whether an onset lies in a bar that is longer than the metre, past the grid's bar line."""
        count = bisect_right(self.onsets, time)
        return self._steps(time, count) >= max(count, 1) * self.steps_per_bar

    def _steps(self, time: Fraction, count: int) -> Fraction:
        """Steps, counted from the onset of the last of the first `count` bars."""
        bar = max(count - 1, 0)
        return bar * self.steps_per_bar + (time - self.onsets[bar]) * self.steps_per_bar / self.meter.quarters


def choose_bars(tune: Tune, grid: Grid, start_bar: int | None) -> tuple[Window, list[str]]:
    """The bars to take, and report lines on them and on the metre.

    Raises:
        TuneError: the metre is not the grid's, or changes among the bars.
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
    first = _first_full(tune, grid.bars) if start_bar is None else start_bar
    meter = tune.meter(tune.bars[max(first - 1, 0)])
    onsets = tune.bars[max(first - 1, 0) : count][: grid.bars - (first == 0)]
    _check_one_metre(tune, onsets, max(first, 1))
    end = tune.bars[max(first - 1, 0) + len(onsets)]
    onsets = (tune.pickup - meter.quarters, *onsets) if first == 0 else onsets
    window = Window(first, onsets, end, meter, grid.steps_per_bar)
    return window, [*report, *_match_metre(meter, grid), *_bars_report(tune, grid, window)]


def _first_full(tune: Tune, count: int) -> int:
    """Number of the first bar that, with the ones after it, makes `count` full bars; 1 when there are not enough."""
    full = [tune.meter(a).quarters == b - a for a, b in pairwise(tune.bars)]
    return next((i + 1 for i in range(len(full) - count + 1) if all(full[i : i + count])), 1)


def _check_one_metre(tune: Tune, onsets: Sequence[Fraction], first: int) -> None:
    """Refuse a change of metre among the bars taken."""
    names = [tune.meter(onset).name for onset in onsets]
    for number, name in enumerate(names, first):
        if name != names[0]:
            raise TuneError(
                f"changes from {names[0]} to {name} in bar {number}, expected one metre; "
                "choose start_bar or a grid with fewer bars"
            )


def _match_metre(meter: Meter, grid: Grid) -> list[str]:
    """Report lines on the metre; one that cannot be read as the grid's is refused."""
    own = Meter(Fraction(0), *grid.time_signature)
    factor = own.quarters / meter.quarters
    triple = [m.numerator % 3 == 0 and m.numerator > 3 for m in (meter, own)]
    if factor not in _FACTORS or triple[0] != triple[1] or (triple[0] and meter.numerator != own.numerator):
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
    before = sum(note.end <= window.onsets[0] for note in tune.notes)
    after = sum(note.onset >= window.end for note in tune.notes)
    last = window.first + len(window.onsets) - 1
    if before or after:
        report.append(
            f"bars {window.first} to {last} taken: {plural(before, 'note')} before and {after} after left out"
        )
    lengths = [b - a for a, b in zip(window.onsets, (*window.onsets[1:], window.end), strict=True)]
    short = [window.first + i for i, length in enumerate(lengths) if length < window.meter.quarters]
    if short:
        report.append(f"{plural(len(short), 'short bar')} filled up with rest, the first of them bar {short[0]}")
    if len(lengths) < grid.bars:
        report.append(f"{plural(grid.bars - len(lengths), 'bar')} of rest added: the tune ends after bar {last}")
    return report


def place_notes(tune: Tune, window: Window, grid: Grid) -> tuple[list[Placed], list[str]]:
    """Notes of the window, each on a step of its own, and report lines on those moved, cut or dropped.

    Times go to the nearest step, halves up, so that notes never overlap; of several on one step the longest stays.

    Raises:
        TuneError: no note is left.
    """
    spots = [Spot(n, window.start(n.onset), window.stop(n.end)) for n in tune.notes if _touches(n, window)]
    chosen: dict[int, Spot] = {}
    for spot in spots:
        step = max(_nearest(spot.start), 0)
        rival = chosen.get(step)
        is_longest = rival is None or spot.note.duration > rival.note.duration
        if step < grid.steps and is_longest and not window.is_beyond(spot.note.onset):
            chosen[step] = spot
    if not chosen:
        raise TuneError("has no note in the bars taken, expected some; choose start_bar")
    winners = [(step, chosen[step]) for step in sorted(chosen)]
    placed = [Placed(spot.note.pitch, step, max(_nearest(spot.end), step + 1)) for step, spot in winners]
    lines = _place_report([spot for _, spot in winners], placed, window)
    lost = len(spots) - len(chosen)
    return placed, [*lines, f"{plural(lost, 'note')} dropped: no step of the grid is free for it"] if lost else lines


def _touches(note: TuneNote, window: Window) -> bool:
    """Whether a note begins in the window, or sounds on over its first bar line by half a step or more."""
    if not note.end > window.onsets[0] or not note.onset < window.end:
        return False
    return _nearest(window.start(note.onset)) >= 0 or _nearest(window.stop(note.end)) > 0


def _nearest(steps: Fraction) -> int:
    """The nearest whole step; halves go up."""
    return floor(steps + Fraction(1, 2))


def _place_report(spots: Sequence[Spot], placed: Sequence[Placed], window: Window) -> list[str]:
    """Report lines on onsets and ends."""
    report = []
    over = spots[0].start < 0 and _nearest(spots[0].start) < 0
    moves = [abs(spot.start - p.start) for spot, p in zip(spots[over:], placed[over:], strict=True)]
    moves = [move for move in moves if move]
    ends = sum(spot.end != p.end for spot, p in zip(spots, placed, strict=True))
    if over:
        report.append("the note that sounds over the first bar line begins at it")
    if moves:
        report.append(
            f"{plural(len(moves), 'onset')} moved to the nearest step, by up to {float(max(moves)):.2g} of a step"
        )
    if ends:
        report.append(f"{plural(ends, 'note')} ended on another step than written")
    if spots[-1].note.end > window.end:
        report.append("the last note is cut at the last bar line")
    return report
