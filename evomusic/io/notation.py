"""Notation of a melody in notes and rests that a reader can count: bars, ties, dots, tuplets, beams.

A bar is cut at its middle and at its beats unless a common figure crosses them: a note that begins on a beat (a dotted
quarter, a half), or one that fills two beats over the middle. Where a beat is divided by an odd number (12 steps a
quarter) and the notes in it need that, the beat is a tuplet. Beams join what is shorter than a quarter. All positions
are steps within the bar.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import Final, NamedTuple

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody

LONGEST: Final = 6  # quarters: a dotted whole note
EIGHTH: Final = Fraction(1, 2)
_MIDDLE: Final = 57  # melodies that lie lower on average stand in the bass clef


class Span(NamedTuple):
    """A note (pitch) or rest (None) from one step to another, and whether ties lead into and out of it."""

    pitch: int | None
    start: int
    end: int
    tied_from: bool = False
    tied_to: bool = False


class Ruler(NamedTuple):
    """Steps that count are multiples of `unit` in their beat; printed value of one, in quarters; the tuplet's ratio."""

    unit: int
    step: Fraction
    ratio: tuple[int, int]


@dataclass(frozen=True)
class Written:
    """A printed note or rest: its span, its value in quarters with and without dot, and what joins it to others.

    `tuplet` is (3, 2) for triplets; `bracket` is start, stop or nothing; `beams` one word a level.
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


def chords_of(grid: Grid) -> list[str]:
    """The chord symbol to print over each bar; empty where there is none, or where it goes on."""
    symbols = [grid.chords[bar % len(grid.chords)] if grid.chords else "" for bar in range(grid.bars)]
    return [symbol if symbol != before else "" for before, symbol in pairwise(["", *symbols])]


def lies_low(melody: Melody) -> bool:
    """Whether it stands in the bass clef: its pitches lie low on average."""
    pitches = [note.pitch for note in melody.notes]
    return bool(pitches) and sum(pitches) / len(pitches) < _MIDDLE


def bars_of(melody: Melody) -> list[list[Written]]:
    """The printed notes and rests of each bar."""
    return [_write_bar(bar, melody.grid) for bar in spans(melody)]


def spans(melody: Melody) -> list[list[Span]]:
    """Notes and rests of each bar, cut at bar lines only; together they fill it."""
    grid = melody.grid
    per = grid.steps_per_beat
    notes = [(n.pitch, round(n.onset * per), round((n.onset + n.duration) * per)) for n in melody.notes]
    gaps = pairwise([(None, 0, 0), *notes, (None, grid.steps, grid.steps)])
    rests = [(None, before[2], after[1]) for before, after in gaps if before[2] < after[1]]
    bars: list[list[Span]] = [[] for _ in range(grid.bars)]
    for pitch, start, end in sorted([*notes, *rests], key=lambda s: s[1]):
        for bar in range(start // grid.steps_per_bar, (end - 1) // grid.steps_per_bar + 1):
            zero = bar * grid.steps_per_bar
            a, b = max(start, zero), min(end, zero + grid.steps_per_bar)
            sounds = pitch is not None
            bars[bar].append(Span(pitch, a - zero, b - zero, sounds and a > start, sounds and b < end))
    return bars


def _write_bar(bar: Sequence[Span], grid: Grid) -> list[Written]:
    """The printed notes and rests of a bar."""
    per = grid.steps_per_beat
    plain, tuplet = _rulers(grid)
    edges = {edge for span in bar for edge in (span.start, span.end)}
    tuplets = {edge // per for edge in edges if edge % per % plain.unit}
    written = []
    for span in bar:
        for piece in _cut_span(span, grid, tuplets):
            in_tuplet = piece.start // per in tuplets
            value = (piece.end - piece.start) * (tuplet if in_tuplet else plain).step
            edge = "start" if piece.start % per == 0 else "stop" if piece.end % per == 0 else ""
            written.append(Written(piece, value, tuplet.ratio, edge) if in_tuplet else Written(piece, value))
    return [replace(note, beams=beams) for note, beams in zip(written, _beams(written, grid), strict=True)]


def _rulers(grid: Grid) -> tuple[Ruler, Ruler]:
    """Rulers for steps outside and inside tuplets."""
    step = Fraction(grid.beat_quarters) / grid.steps_per_beat
    unit = 1 if grid.compound else _odd_part(grid.steps_per_beat)
    normal = 1 << (unit.bit_length() - 1)
    return Ruler(unit, step, (1, 1)), Ruler(1, step * Fraction(unit, normal), (unit, normal))


def _odd_part(n: int) -> int:
    """The greatest odd divisor."""
    return n // (n & -n)


def _cut_span(span: Span, grid: Grid, tuplets: set[int]) -> list[Span]:
    """A span in pieces that each are one printed note, tied together."""
    per = grid.steps_per_beat
    plain, tuplet = _rulers(grid)
    sides = {edge for beat in tuplets for edge in (beat * per, beat * per + per) if span.start < edge < span.end}
    edges = sorted({span.start, *sides, span.end})
    cuts = [c for a, b in pairwise(edges) for c in _cuts(a, b, grid, tuplet if a // per in tuplets else plain)]
    tie = span.pitch is not None
    return [
        Span(span.pitch, a, b, tie if a > span.start else span.tied_from, tie if b < span.end else span.tied_to)
        for a, b in pairwise([*cuts, span.end])
    ]


def _cuts(start: int, end: int, grid: Grid, ruler: Ruler) -> list[int]:
    """First steps of the printed notes between two steps."""
    inside = [step for step in range(start + 1, end) if step % grid.steps_per_beat % ruler.unit == 0]
    if not inside or _is_readable(start, end, grid, ruler):
        return [start]
    best = max(_strength(step, grid) for step in inside)
    strong = [step for step in inside if _strength(step, grid) == best]
    cut = strong[-1] if _strength(start, grid) >= best else strong[0]
    return _cuts(start, cut, grid, ruler) + _cuts(cut, end, grid, ruler)


def _strength(step: int, grid: Grid) -> tuple[bool, bool, int]:
    """Metrical strength of a step: start and middle of the bar, then beats, then halves of a beat, and so on."""
    within = step % grid.steps_per_beat
    return step in (0, _middle(grid)), within == 0, within & -within


def _middle(grid: Grid) -> int:
    """The step in the middle of a bar of an even number of four or more beats; 0 elsewhere."""
    return grid.steps_per_bar // 2 if grid.beats % 2 == 0 and grid.beats >= 4 else 0


def _is_readable(start: int, end: int, grid: Grid, ruler: Ruler) -> bool:
    """Whether one printed note may stand for these steps."""
    per, length = grid.steps_per_beat, end - start
    value = length * ruler.step
    odd = _odd_part(value.numerator)
    if value > LONGEST or odd not in (1, 3):
        return False
    if start // per == (end - 1) // per:  # within a beat: at most one level of syncopation
        grain = max(length // 2, ruler.unit) if odd == 1 else length // 3 * 2
        return start % per % grain == 0 or (odd == 3 and end % per % grain == 0)
    if start % per or (grid.compound and end % per):
        return False
    over_middle = start < _middle(grid) < end
    return not over_middle or start == 0 or (end % per == 0 and length == 2 * per)


def _beams(bar: Sequence[Written], grid: Grid) -> list[tuple[str, ...]]:
    """The beams of each note: notes shorter than a quarter are joined within their group, rests part them."""
    beams: list[tuple[str, ...]] = []
    flags, groups = [_flags(note) for note in bar], _groups(bar, grid)
    for i in range(len(bar)):
        near = [j for j in (i - 1, i + 1) if 0 <= j < len(bar) and groups[j] == groups[i]]
        before, after = (flags[j] if j in near else 0 for j in (i - 1, i + 1))
        beams.append(tuple(_beam(before, after, level) for level in range(1, flags[i] + 1)) if before or after else ())
    return beams


def _groups(bar: Sequence[Written], grid: Grid) -> list[int]:
    """The first step of the beams' group that each note is in: a beat, or more of them where all notes are eighths.

    Eighths are joined over half a bar of four quarters, and over a whole bar of two or three.
    """
    per = grid.steps_per_beat
    wide = per * (0 if grid.compound else {2: 2, 3: 3, 4: 2}.get(grid.beats, 0)) or per
    starts = [note.span.start for note in bar]
    mixed = {note.span.start // wide for note in bar if _flags(note) and (note.value != EIGHTH or note.tuplet)}
    return [start - start % (per if start // wide in mixed else wide) for start in starts]


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
