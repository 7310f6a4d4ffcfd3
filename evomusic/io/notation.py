"""Notation of a melody in notes and rests that a reader can count: bars, ties, dots, tuplets, beams.

A bar is cut at its middle and at its beats unless a common figure crosses them: a note that begins on a beat (a dotted
quarter, a half), or one that fills two beats over the middle. Where a beat, or a third of a dotted one, is divided by
an odd number and the notes in it need that, it is a tuplet. Beams join what is shorter than a quarter. All positions
are steps within the bar; a pickup stands at the end of one.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from math import gcd
from typing import Final, NamedTuple

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.metre import group_starts

LONGEST: Final = 6  # quarters: a dotted whole note
EIGHTH: Final = Fraction(1, 2)
BRACKETS: Final = {(True, False): "start", (False, True): "stop", (True, True): "both", (False, False): ""}
_MIDDLE: Final = 57  # melodies that lie lower on average stand in the bass clef


class Span(NamedTuple):
    """A note (pitch) or rest (None) from one step to another, and whether ties lead into and out of it."""

    pitch: int | None
    start: int
    end: int
    tied_from: bool = False
    tied_to: bool = False


class Ruler(NamedTuple):
    """Steps that count are multiples of `unit`; printed value of a step, in quarters; the tuplet's ratio."""

    unit: int
    step: Fraction
    ratio: tuple[int, int]


@dataclass(frozen=True)
class Written:
    """A printed note or rest: its span, its value in quarters with and without dot, and what joins it to others.

    `tuplet` is (3, 2) for triplets; `bracket` is start, stop, both or nothing; `beams` one word a level.
    """

    span: Span
    value: Fraction
    tuplet: tuple[int, int] | None = None
    bracket: str = ""
    beams: tuple[str, ...] = ()

    @property
    def dotted(self) -> bool:
        """Whether a dot lengthens it by half."""
        return self.value.numerator % 3 == 0

    @property
    def base(self) -> Fraction:
        """Its value without the dot, in quarters."""
        return self.value * 2 / 3 if self.dotted else self.value


def chords_of(grid: Grid) -> list[list[tuple[int, str]]]:
    """The chord symbols to print over each bar, with their steps; none where one goes on, and none over a pickup."""
    bars: list[list[tuple[int, str]]] = [[]] if grid.pickup else []
    before = ""
    for bar in range(grid.bars):
        bars.append([])
        for step, symbol in grid.chord_steps(bar):
            if symbol != before:
                bars[-1].append((step, symbol))
            before = symbol
    return bars


def lies_low(melody: Melody) -> bool:
    """Whether it stands in the bass clef: its pitches lie low on average."""
    pitches = [note.pitch for note in melody.notes]
    return bool(pitches) and sum(pitches) / len(pitches) < _MIDDLE


def bars_of(melody: Melody, *, at_chords: bool = False) -> list[list[Written]]:
    """The printed notes and rests of each bar.

    Args:
        melody: what to print.
        at_chords: whether notes are cut where a chord symbol stands, for formats that have it on a note alone.
    """
    grid = melody.grid
    chords = chords_of(grid) if at_chords else [[] for _ in grid.bar_spans]
    return [
        _write_bar(bar, grid, [step for step, _ in symbols]) for bar, symbols in zip(spans(melody), chords, strict=True)
    ]


def spans(melody: Melody) -> list[list[Span]]:
    """Notes and rests of each bar, cut at bar lines only; together they fill it."""
    grid = melody.grid
    per = grid.steps_per_beat
    notes = [(n.pitch, round(n.onset * per), round((n.onset + n.duration) * per)) for n in melody.notes]
    gaps = pairwise([(None, 0, 0), *notes, (None, grid.steps, grid.steps)])
    rests = [(None, before[2], after[1]) for before, after in gaps if before[2] < after[1]]
    lines = [first for first, _ in grid.bar_spans]
    bars: list[list[Span]] = [[] for _ in lines]
    for pitch, start, end in sorted([*notes, *rests], key=lambda s: s[1]):
        for bar in range(bisect_right(lines, start) - 1, bisect_right(lines, end - 1)):
            first, past = grid.bar_spans[bar]
            zero = past - grid.steps_per_bar
            a, b = max(start, first), min(end, past)
            sounds = pitch is not None
            bars[bar].append(Span(pitch, a - zero, b - zero, sounds and a > start, sounds and b < end))
    return bars


def _write_bar(bar: Sequence[Span], grid: Grid, chords: Sequence[int]) -> list[Written]:
    """The printed notes and rests of a bar, cut at the steps of chords."""
    group, first = _group(grid), bar[0].start
    rulers = _rulers(grid, {edge for span in bar for edge in (span.start, span.end)} | set(chords))
    written = []
    for span in bar:
        for piece in _cut_span(span, grid, rulers, chords):
            ruler = rulers.get(piece.start // group)
            if ruler is None:
                written.append(Written(piece, (piece.end - piece.start) * _step(grid)))
                continue
            edges = (piece.start % group == 0 or piece.start == first, piece.end % group == 0)
            value = (piece.end - piece.start) * ruler.step
            written.append(Written(piece, value, ruler.ratio, BRACKETS[edges]))
    return [replace(note, beams=beams) for note, beams in zip(written, _beams(written, grid), strict=True)]


def _step(grid: Grid) -> Fraction:
    """Length of a step in quarters."""
    return Fraction(grid.beat_quarters) / grid.steps_per_beat


def _group(grid: Grid) -> int:
    """Steps of what can be a tuplet: a beat, or a third of a dotted one where it has whole steps."""
    return grid.steps_per_beat // 3 if grid.compound and grid.steps_per_beat % 3 == 0 else grid.steps_per_beat


def _rulers(grid: Grid, edges: set[int]) -> dict[int, Ruler]:
    """The ruler of each group of a bar that is a tuplet, for the edges of its notes, as coarse as they allow."""
    group, rulers = _group(grid), {}
    for number in {edge // group for edge in edges if edge % group}:
        within = [edge % group for edge in edges if edge // group == number]
        odd = _odd_part(group // gcd(group, *within))
        if odd > 1:
            dotted = grid.compound and group == grid.steps_per_beat  # it has three parts, not one
            normal = 3 << ((odd // 3).bit_length() - 1) if dotted else 1 << (odd.bit_length() - 1)
            rulers[number] = Ruler(_odd_part(group) // odd, _step(grid) * Fraction(odd, normal), (odd, normal))
    return rulers


def _odd_part(n: int) -> int:
    """The greatest odd divisor."""
    return n // (n & -n)


def _cut_span(span: Span, grid: Grid, rulers: dict[int, Ruler], chords: Sequence[int]) -> list[Span]:
    """A span in pieces that each are one printed note, tied together."""
    group = _group(grid)
    plain = Ruler(_odd_part(group), _step(grid), (1, 1))
    sides = {edge for number in rulers for edge in (number * group, number * group + group)} | set(chords)
    edges = sorted({span.start, *(edge for edge in sides if span.start < edge < span.end), span.end})
    cuts = [c for a, b in pairwise(edges) for c in _cuts(a, b, grid, rulers.get(a // group, plain))]
    tie = span.pitch is not None
    return [
        Span(span.pitch, a, b, tie if a > span.start else span.tied_from, tie if b < span.end else span.tied_to)
        for a, b in pairwise([*cuts, span.end])
    ]


def _cuts(start: int, end: int, grid: Grid, ruler: Ruler) -> list[int]:
    """First steps of the printed notes between two steps."""
    inside = [step for step in range(start + 1, end) if step % ruler.unit == 0]
    if not inside or _is_readable(start, end, grid, ruler):
        return [start]
    best = max(_strength(step, grid) for step in inside)
    strong = [step for step in inside if _strength(step, grid) == best]
    cut = strong[-1] if _strength(start, grid) >= best else strong[0]
    return _cuts(start, cut, grid, ruler) + _cuts(cut, end, grid, ruler)


def _strength(step: int, grid: Grid) -> tuple[bool, bool, bool, int]:
    """Metrical strength of a step: start of the bar or of a group of beats, then beats, their thirds, halves, etc."""
    within = step % grid.steps_per_beat
    return step == 0 or step in _middles(grid), within == 0, within % _group(grid) == 0, within & -within


def _middles(grid: Grid) -> list[int]:
    """The steps at which a group of beats begins within a bar: the middle of 4/4, the others of 3+2 or 2+2+3."""
    return [beat * grid.steps_per_beat for beat in group_starts(grid.beats, grid.beat_quarters) if beat]


def _is_readable(start: int, end: int, grid: Grid, ruler: Ruler) -> bool:
    """Whether one printed note may stand for these steps."""
    per, length = grid.steps_per_beat, end - start
    value = length * ruler.step
    odd = _odd_part(value.numerator)
    if value > LONGEST or odd not in (1, 3):
        return False
    if start // per == (end - 1) // per:  # within a beat: at most one level of syncopation
        dotted = odd == 3 and length % 3 == 0  # two or four steps a dotted beat are dotted values of their own
        grain = length // 3 * 2 if dotted else max(length // 2, ruler.unit)
        return start % per % grain == 0 or (dotted and end % per % grain == 0)
    if start % per or (grid.compound and end % per):
        return False
    over_middle = any(start < middle < end for middle in _middles(grid))
    return not over_middle or start == 0 or (end % per == 0 and length == 2 * per)


def _beams(bar: Sequence[Written], grid: Grid) -> list[tuple[str, ...]]:
    """The beams of each note: notes shorter than a quarter are joined within their group, rests part them."""
    beams: list[tuple[str, ...]] = []
    flags, groups = [_flags(note) for note in bar], list(zip(_groups(bar, grid), _parted(bar), strict=True))
    for i in range(len(bar)):
        near = [j for j in (i - 1, i + 1) if 0 <= j < len(bar) and groups[j] == groups[i]]
        before, after = (flags[j] if j in near else 0 for j in (i - 1, i + 1))
        beams.append(tuple(_beam(before, after, level) for level in range(1, flags[i] + 1)) if before or after else ())
    return beams


def _groups(bar: Sequence[Written], grid: Grid) -> list[int]:
    """The first step of the beams' group that each note is in: a beat, or more of them where all notes are eighths.

    Eighths are joined over half a bar of four quarters, over a whole bar of two or three, and over a half note where
    that is the beat; where a beat is an eighth, by groups of beats: 2+2+3.
    """
    wide, narrow = _beam_groups(grid)
    starts = [note.span.start for note in bar]
    mixed = {_last(wide, note.span.start) for note in bar if _flags(note) and (note.value != EIGHTH or note.tuplet)}
    return [_last(narrow if _last(wide, start) in mixed else wide, start) for start in starts]


def _parted(bar: Sequence[Written]) -> list[int]:
    """The number of the tuplet that each note is in, if some note of that has no beam, else 0.

    A beam holds whole tuplets or lies within one: verovio takes the notes of one that crosses an edge into the tuplet.
    """
    numbers, number = [], 0
    for note in bar:
        number += note.bracket in ("start", "both")
        numbers.append(number if note.tuplet else 0)
    loose = {number for number, note in zip(numbers, bar, strict=True) if not _flags(note)}
    return [number if number in loose else 0 for number in numbers]


def _beam_groups(grid: Grid) -> tuple[list[int], list[int]]:
    """The steps of a bar at which a group of beams begins: of eighths alone, and of mixed values."""
    per, steps = grid.steps_per_beat, grid.steps_per_bar
    if grid.compound:
        return (beats := list(range(0, steps, per))), beats
    if grid.beat_quarters < 1:
        return (groups := [0, *_middles(grid)]), groups
    quarter = max(round(per / grid.beat_quarters), 1)
    wide = {2: 2, 3: 3, 4: 2}.get(grid.beats, 1) if grid.beat_quarters == 1 else 2
    return list(range(0, steps, wide * quarter)), list(range(0, steps, quarter))


def _last(starts: Sequence[int], step: int) -> int:
    """The last start up to a step."""
    return starts[bisect_right(starts, step) - 1]


def _flags(note: Written) -> int:
    """Number of flags of a note: one for an eighth; rests have none."""
    return 0 if note.span.pitch is None or note.base > EIGHTH else (EIGHTH / note.base).numerator.bit_length()


def _beam(before: int, after: int, level: int) -> str:
    """One level of a note's beams, from the flags of its neighbours."""
    if before >= level and after >= level:
        return "continue"
    if after >= level:
        return "begin"
    return "end" if before >= level else "backward hook" if before else "forward hook"
