"""Times of a MIDI file as the score has them.

Programs that play a score move its times: MuseScore and verovio end notes a tick early, abc2midi starts them a tick
late, and all play grace notes in the time of the notes beside them. `clean` finds the coarsest division of the quarter,
of 12 or fewer where it can, on which the onsets of the whole file lie within a few ticks, and puts onsets and ends onto
it. Short notes beside that grid which lead to one on it are grace notes. A file whose times are fractions of a quarter
already is left as it is, and so is one that lies on no grid, such as a recording.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from math import gcd, lcm
from typing import Final, NamedTuple

from evomusic.io.tune import TuneNote, plural

DIVISIONS: Final = (1, 2, 3, 4, 6, 12)  # steps a quarter beside which there may be grace notes
FINE: Final = (8, 16, 24, 32, 48, 5, 10, 20, 40)
EXACT: Final = 64  # a file whose times are all multiples of such a part of a quarter has the times of a score
SHORT: Final = Fraction(1, 4)  # quarters: a grace note is shorter
COARSE: Final = 48  # ticks a quarter from which a triplet may be a tick off
RUN: Final = 4  # grace notes before one note at most
GATE: Final = Fraction(1, 10)  # share of the time to the next onset that may be silent within a legato line


class Span(NamedTuple):
    """A note of a MIDI file: its pitch, and its first and last tick."""

    pitch: int
    start: int
    end: int


class Cleaned(NamedTuple):
    """The notes of each part in quarters, remarks, and the ticks by which all begins earlier than in the file."""

    parts: list[list[TuneNote]]
    remarks: list[str]
    shift: int


@dataclass
class _Ruler:
    """A division of the quarter, and the ticks at which the first of its steps lies and that a time may be off it."""

    steps: int
    ticks: int
    shift: int
    slack: int

    def off(self, tick: int, steps: int | None = None) -> int:
        """Ticks from a time to the nearest step."""
        return abs(tick - self.shift - round(self.at(tick, steps) * self.ticks))

    def at(self, tick: int, steps: int | None = None) -> Fraction:
        """The nearest step, in quarters."""
        per = steps or self.steps
        return Fraction(round(Fraction((tick - self.shift) * per, self.ticks)), per)

    def holds(self, onset: int) -> bool:
        """Whether an onset lies on a step."""
        return self.off(onset) <= self.slack

    def ends(self, end: int, steps: int | None = None) -> bool:
        """Whether the end of a note lies on a step, or a tick before it."""
        return self.off(end, steps) <= max(self.slack, 1)


@dataclass
class _Score:
    """The notes of a part without its grace notes, the number of these, and how their main notes come.

    A main note `late`, beside the steps, can be none of the score; one on a step could be (`unsure`).
    """

    spans: list[Span] = field(default_factory=list)
    graces: int = 0
    late: int = 0
    unsure: int = 0


def clean(parts: Sequence[Sequence[Span]], ticks: int) -> Cleaned:
    """The notes of each part, at the times of a score where the file follows one."""
    times = [tick for spans in parts for _, *both in spans for tick in both]
    if not times or _common(times, ticks) <= max(min(ticks // 4, max(EXACT, ticks // 15)), 1):
        return _as_they_are(parts, ticks)
    tight = min(4, ticks // 240)
    found = _fitting(parts, ticks, tight)
    if found is None or any(score.graces for score in found[0]):  # a triplet may have been rounded by a tick
        loose = _fitting(parts, ticks, 1) if not tight and ticks >= COARSE else None
        if loose is not None and (found is None or not any(score.graces for score in loose[0])):
            found = loose
    return _on_ruler(*found) if found else _as_they_are(parts, ticks)


def _fitting(parts: Sequence[Sequence[Span]], ticks: int, slack: int) -> tuple[list[_Score], _Ruler] | None:
    """The coarsest ruler on which all onsets lie but those of the fewest grace notes, and the parts without these."""
    starts = sorted({span.start for spans in parts for span in spans})[: RUN + 1]
    for shift in [0, *(start for start in starts if 0 < start < ticks)]:
        rulers = [_Ruler(n, ticks, shift, slack) for n in DIVISIONS]
        scores = [(found, ruler) for ruler in rulers if (found := _without_graces(parts, ruler)) is not None]
        if scores:
            return min(scores, key=lambda score: (sum(part.graces for part in score[0]), score[1].steps))
    for ruler in (_Ruler(n, ticks, 0, slack) for n in FINE if slack * 4 * n <= ticks):
        if all(ruler.holds(span.start) for spans in parts for span in spans):
            return [_Score(list(spans)) for spans in parts], ruler
    return None


def _common(times: Sequence[int], ticks: int) -> int:
    """The least division of the quarter on which all times lie exactly."""
    return ticks // gcd(ticks, *times)


def _as_they_are(parts: Sequence[Sequence[Span]], ticks: int) -> Cleaned:
    """The notes at the times of the file."""
    notes = [[TuneNote(p, Fraction(a, ticks), Fraction(b - a, ticks)) for p, a, b in spans] for spans in parts]
    return Cleaned(notes, [], 0)


def _without_graces(parts: Sequence[Sequence[Span]], ruler: _Ruler) -> list[_Score] | None:
    """The parts with all onsets on the ruler, grace notes left out; None where that takes more than grace notes."""
    scores = []
    for spans in parts:
        score = _part_without_graces(spans, ruler)
        if score is None or 3 * score.graces > len(spans) or score.spans[0].start < ruler.shift - ruler.slack:
            return None
        scores.append(score)
    return scores if all(score.late or not score.unsure for score in scores) else None


def _part_without_graces(spans: Sequence[Span], ruler: _Ruler) -> _Score | None:
    """One part as `_without_graces`; a run of grace notes takes its time from the note after it, or before it.

    A run that begins on a step delays its main note, which ends on a step and is not as long as the grace notes; one
    that begins beside the steps comes before its main note, on a step, and shortens the note before.
    """
    score, i = _Score(), 0
    while i < len(spans):
        count = _graces_at(spans, i, ruler)
        main = i + count
        if count > RUN or main >= len(spans):
            return None
        first, span = spans[i], spans[main]
        if count and not _touch(spans[main - 1], span, ruler):
            return None
        if count and _is_figure(spans[i : main + 1], ruler):
            return None
        if count and ruler.holds(first.start):
            score.late += not ruler.holds(span.start)
            score.unsure += ruler.holds(span.start)
            span = span._replace(start=first.start)
        elif count and score.spans and _touch(score.spans[-1], first, ruler):
            score.spans[-1] = score.spans[-1]._replace(end=span.start)
        if not ruler.holds(span.start):
            return None
        score.spans.append(span)
        score.graces, i = score.graces + count, main + 1
    return score


def _is_figure(run: Sequence[Span], ruler: _Ruler) -> bool:
    """Whether a run of short notes and the note after it are a figure of the score: all on common divisions.

    Two thirty-seconds that lead to a stronger place are one; one before a long note could be a grace note as well.
    """
    if ruler.holds(run[0].start):
        main, first = ruler.at(run[-1].start), ruler.at(run[0].start)
        return ruler.holds(run[-1].start) and main.denominator <= first.denominator
    return any(ruler.off(run[0].start, n) <= ruler.slack for n in FINE[:4])


def _graces_at(spans: Sequence[Span], first: int, ruler: _Ruler) -> int:
    """The number of grace notes that begin a run at a note."""
    if not _may_be_grace(spans[first], ruler):
        return 0
    early = not ruler.holds(spans[first].start)
    length = spans[first].end - spans[first].start
    count = 1
    while first + count < len(spans) and _touch(spans[first + count - 1], spans[first + count], ruler):
        span = spans[first + count]
        alike = abs(span.end - span.start - length) <= max(ruler.slack, 1)
        if not (_may_be_grace(span, ruler) and (alike or not ruler.ends(span.end))):
            break
        if early and ruler.holds(span.start):
            break
        count += 1
    return count


def _may_be_grace(span: Span, ruler: _Ruler) -> bool:
    """Whether a note is short, and begins or ends beside the ruler."""
    if span.end - span.start >= ruler.ticks * SHORT - max(ruler.slack, 1):
        return False
    return not (ruler.holds(span.start) and ruler.ends(span.end))


def _touch(first: Span, second: Span, ruler: _Ruler) -> bool:
    """Whether a note begins where another ends, or before."""
    return second.start - first.end <= ruler.slack + 1


def _on_ruler(scores: Sequence[_Score], ruler: _Ruler) -> Cleaned:
    """The notes with onsets and ends on a ruler, and remarks."""
    parts, moved = [], 0
    for score in scores:
        onsets = sorted({span.start for span in score.spans})
        notes = []
        for span in score.spans:
            i = bisect_right(onsets, span.start)
            onset, end = ruler.at(span.start), _end(span, onsets[i] if i < len(onsets) else None, ruler)
            notes.append(TuneNote(span.pitch, onset, max(end, onset + Fraction(1, 4 * ruler.steps)) - onset))
            moved = max(moved, ruler.off(span.start))
        parts.append(notes)
    graces = sum(score.graces for score in scores)
    remarks = [f"{plural(graces, 'short note')} left out as grace notes"] if graces else []
    return Cleaned(parts, remarks, ruler.shift)


def _end(span: Span, following: int | None, ruler: _Ruler) -> Fraction:
    """The end of a note in quarters: a step, the next onset where it is near, or else the nearest step."""
    coarse = lcm(ruler.steps, 4)
    if ruler.ends(span.end, coarse):
        return ruler.at(span.end, coarse)
    if following is not None and abs(following - span.end) <= (following - span.start) * GATE:
        return ruler.at(following)
    fine = next(
        (n for n in (8, 24, 32) if max(ruler.slack, 1) * 4 * n <= ruler.ticks and ruler.ends(span.end, n)), coarse
    )
    return ruler.at(span.end, fine)
