"""Excerpts: windows of full bars of real tunes, moved to a grid's tonic and written as its tokens."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import chain
from statistics import median
from typing import Final, NamedTuple

import numpy as np

from evomusic.core import theory
from evomusic.core.checks import choice, instance, whole
from evomusic.core.grid import FIRST_PITCH, HOLD, REST, Grid
from evomusic.core.melody import Tokens
from evomusic.corpus.tunes import SILENT, TIED, Bar, Section, Source, checked
from evomusic.rules.style import style_tonic

PAIRED: Final = 16  # bars from which windows are pairs of sections, too


class Excerpts(NamedTuple):
    """Excerpts on a grid.

    `melodies` (N, T) uint8; `names` the tune of each; `refused` how many windows or sections did not fit, by reason.
    """

    melodies: Tokens
    names: tuple[str, ...]
    refused: Counter[str]


def excerpts(
    sources: Iterable[Source],
    grid: Grid,
    *,
    tonic: str | None = None,
    mode: str | None = None,
    most: int | None = None,
    sections: int | None = None,
) -> Excerpts:
    """All windows of `grid.bars` consecutive full bars that fit a grid, in the order of the tunes.

    Windows follow one another from the first full bar of a section, or of several. The closing bar of a section that
    began with an upbeat is short by that upbeat: its last note is lengthened. A window is taken when its bar is the
    grid's (or half or twice as long: 2/4 on a grid of 4/4), every onset lies on a step and, in one octave or another,
    every pitch on the grid; among such octaves the one with the median nearest the grid's middle is taken. A pickup of
    the grid has what sounds before the window, in the bar before or the upbeat, and rests where that is shorter.

    Args:
        sources: the tunes; read no further than needed.
        grid: the frame.
        tonic: note of the grid on which the tunes' tonic lies, octave aside; `style_tonic` of the grid when None.
        mode: of the tunes that are taken; that of the grid's scale when None (minor for its harmonic and melodic
            forms), major on a grid without a scale.
        most: stop after so many.
        sections: that a window goes through at most; with 2, also the pairs of sections of half the grid's bars each,
            such as a tune of two parts, played without their repeats. When None, 2 from 16 bars on, else 1: few
            sections are longer than eight bars.

    Raises:
        ValueError: an argument is wrong.
    """
    instance("grid", grid, Grid, "a Grid")
    sections = 1 + (grid.bars >= PAIRED) if sections is None else whole("sections", sections, 1, 100)
    counts = [count for count in range(2, sections + 1) if grid.bars % count == 0]
    if most is not None:
        whole("most", most, 0, 10_000_000)
    if mode is not None:
        choice("mode", mode, theory.MODES)
    if tonic is not None:
        instance("tonic", tonic, str, "a note, such as 'G4', or None")
    home = theory.parse_note(style_tonic(grid) if tonic is None else tonic)
    mode = mode or (theory.parse_mode(grid.scale) if grid.scale else "major")
    rows: list[Tokens] = []
    names: list[str] = []
    refused: Counter[str] = Counter()
    for source in checked(sources):
        runs = (_joined(source.sections, count, grid.bars // count) for count in counts)
        for section in chain(source.sections, *runs):
            for row in _windows(section, grid, home, mode, refused):
                rows.append(row)
                names.append(source.name)
        if most is not None and len(rows) >= most:
            break
    melodies = np.array(rows[:most], np.uint8).reshape(-1, grid.steps)
    return Excerpts(melodies, tuple(names[:most]), refused)


def same_metre(metre: tuple[int, int], grid: Grid) -> bool:
    """Whether bars of a metre can be read as bars of a grid, at its note values or all doubled or halved.

    2/4, 2/2 and 4/4 are read as one another, 3/4 as 3/8 and 3/2; a compound metre (6/8, 9/8, 12/8) needs a compound
    grid with as many beats. On a grid of one dotted beat, such as 3/8, 3/8 and 3/4 are read.
    """
    beats, unit = metre
    if beats > 3 and beats % 3 == 0 and unit >= 4:
        return (grid.compound and grid.beats == beats // 3) or grid.time_signature == metre
    if grid.compound:
        return beats == 3 and grid.beats == 1
    return beats == grid.beats or {beats, grid.beats} == {2, 4}


def _windows(section: Section, grid: Grid, home: int, mode: str, refused: Counter[str]) -> Iterator[Tokens]:
    if not same_metre(section.metre, grid):
        refused["metre"] += 1
        return
    if not section.key or section.key.partition(" ")[2] != mode:
        refused["mode"] += 1
        return
    bars, full = _closed(section.bars, section.bar_ticks), section.bar_ticks
    start = 0
    while start + grid.bars <= len(bars):
        window, before = bars[start : start + grid.bars], bars[start - 1] if start else ()
        short = [i for i, bar in enumerate(window) if _ticks(bar) != full]
        if short:
            start += short[-1] + 1
            continue
        start += grid.bars
        row = _tokens(window, before, full, grid, theory.parse_scale(section.key)[0], home)
        if isinstance(row, str):
            refused[row] += 1
        else:
            yield row


def _joined(sections: Sequence[Section], count: int, bars: int) -> Iterator[Section]:
    """Runs of so many sections of so many full bars each, in one metre and key, as one section each.

    An upbeat completes the bar before it, and the upbeat of the first section the last bar of all.
    """
    start = 0
    while start + count <= len(sections):
        run = sections[start : start + count]
        lengths = [sum(map(_ticks, each.bars)) for each in run]
        upbeats = [_upbeat_ticks(each.bars, each.bar_ticks) for each in run]
        after = [*upbeats[1:], upbeats[0]]
        full = bars * run[0].bar_ticks
        alike = all(each[:2] == run[0][:2] for each in run)
        if not alike or any(a - b + c != full for a, b, c in zip(lengths, upbeats, after, strict=True)):
            start += 1
            continue
        joined = list(run[0].bars)
        for each, upbeat in zip(run[1:], upbeats[1:], strict=True):
            if upbeat:
                joined[-1] += each.bars[0]
            joined += each.bars[1:] if upbeat else each.bars
        yield run[0]._replace(bars=tuple(joined))
        start += count


def _ticks(bar: Bar) -> int:
    return sum(ticks for _, ticks in bar)


def _upbeat_ticks(bars: Sequence[Bar], full: int) -> int:
    """Ticks of the first bar, if it is short; else 0."""
    first = _ticks(bars[0])
    return first if first < full else 0


def _closed(bars: tuple[Bar, ...], full: int) -> list[Bar]:
    """The bars, the last one lengthened by the upbeat where both make one full bar."""
    upbeat = _upbeat_ticks(bars, full)
    if len(bars) > 1 and upbeat and upbeat + _ticks(bars[-1]) == full:
        sound, ticks = bars[-1][-1]
        return [*bars[:-1], (*bars[-1][:-1], (sound, ticks + upbeat))]
    return list(bars)


def _upbeat(before: Bar, wanted: Fraction) -> list[tuple[int, Fraction]]:
    """The last so many ticks of a bar, with rest before them where it is shorter."""
    events: list[tuple[int, Fraction]] = []
    for sound, ticks in reversed(before):
        taken = min(Fraction(ticks), wanted)
        if not taken:
            break
        events.insert(0, (sound, taken))
        wanted -= taken
    return [(SILENT, wanted), *events] if wanted else events


def _tokens(window: list[Bar], before: Bar, full: int, grid: Grid, tonic: int, home: int) -> Tokens | str:
    """A row of the grid, or the reason for which there is none."""
    upbeat = _upbeat(before, Fraction(grid.pickup * full, grid.steps_per_bar))
    events: list[tuple[int, Fraction | int]] = [*upbeat, *(event for bar in window for event in bar)]
    steps = [ticks * grid.steps_per_bar / full for _, ticks in events]
    if any(n < 1 or n != int(n) for n in steps):
        return "rhythm"
    pitches = [sound % TIED for sound, _ in events if sound != SILENT]
    if not pitches:
        return "silence"
    move = _octave([home + (pitch - tonic) for pitch in pitches], grid)
    if move is None:
        return "range or scale"
    row = np.full(grid.steps, HOLD, np.uint8)
    at = 0
    for (sound, _), length in zip(events, steps, strict=True):
        if sound == SILENT:
            row[at : at + int(length)] = REST
        elif sound < TIED or at == 0:  # a note tied over from before the window begins with it
            row[at] = FIRST_PITCH + grid.pitches.index(home + sound % TIED - tonic + move)
        at += int(length)
    return row


def _octave(pitches: list[int], grid: Grid) -> int | None:
    """Semitones, whole octaves, that put all pitches on the grid and their median nearest its middle."""
    on, middle = frozenset(grid.pitches), (grid.low + grid.high) / 2
    centre = median(pitches)
    for move in sorted(range(-132, 133, 12), key=lambda m: (abs(centre + m - middle), m)):
        if all(pitch + move in on for pitch in pitches):
            return move
    return None
