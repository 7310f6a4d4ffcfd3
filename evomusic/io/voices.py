"""One note at a time: legato, doubled notes and double stops of a player, and the tune that is made of the rest."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from typing import Final

from evomusic.core import theory
from evomusic.io.choice import LEGATO
from evomusic.io.tune import (
    MAX_NOTES,
    MAX_QUARTERS,
    TEMPI,
    Meter,
    Tune,
    TuneError,
    TuneNote,
    full_bars,
    notes_in_ticks,
    plain,
    plural,
)

SPREAD: Final = Fraction(1, 16)  # quarters between the first and the last note of a chord


def assemble(
    notes: Iterable[TuneNote],
    lines: Sequence[Fraction],
    meters: Sequence[Meter] = (),
    *,
    key: str | None = None,
    tempo: float | None = None,
    title: str = "",
    composer: str = "",
    remarks: Sequence[str] = (),
    chords: str | None = None,
    symbols: int = 0,
) -> Tune:
    """A tune from notes and bar lines as written, checked and cleaned.

    Args:
        notes: in any order; overlaps of a legato player are cut, a few double stops read as their top note.
        lines: bar lines in rising order, the start (0) and the end included.
        meters: time signatures in order of onset.
        key: as in `Tune`.
        tempo: as in `Tune`.
        title: as in `Tune`; line breaks become spaces, it is cut after 200 characters.
        composer: as in `Tune`, likewise.
        remarks: of the reader, for `Tune.remarks`.
        chords: as in `voices.Choice`.
        symbols: as in `Tune`.

    Raises:
        TuneError: there is no note, there are several at a time, too many, too long or too slow or fast a piece.
    """
    every = list(notes)
    notes = [note for note in every if note.duration.numerator > 0]
    empty = [f"{plural(len(every) - len(notes), 'empty note')} left out"] if len(notes) < len(every) else []
    starts, ends, unit = notes_in_ticks(notes)
    end = max(Fraction(max(ends, default=0), unit), *lines)
    check_bounds(len(notes), end, tempo)
    bars = full_bars([*lines, end], meters)
    in_turn = all(stop <= start for stop, start in zip(ends, starts[1:], strict=False))
    line, cuts = (notes, []) if in_turn else one_voice(notes, bars, chords)
    return Tune(
        notes=tuple(line),
        bars=bars,
        meters=tuple(meters),
        key=key,
        tempo=tempo,
        title=plain(title)[:200],
        composer=plain(composer)[:200],
        remarks=(*remarks, *empty, *cuts),
        symbols=symbols,
    )


def check_bounds(notes: int, quarters: Fraction, tempo: float | None) -> None:
    """Refuse sizes that no tune has.

    Raises:
        TuneError: no note, or more notes, quarters or speed than the bounds of this module.
    """
    if notes == 0:
        raise TuneError("holds no note, expected a tune (drums and grace notes are not counted)")
    if notes > MAX_NOTES:
        raise TuneError(f"holds {notes} notes, expected at most {MAX_NOTES}")
    if quarters > MAX_QUARTERS:
        raise TuneError(f"lasts {float(quarters):.6g} quarter notes, expected at most {MAX_QUARTERS}")
    if tempo is not None and not TEMPI[0] <= tempo <= TEMPI[1]:
        raise TuneError(f"tempo is {tempo:g} quarters a minute, expected {TEMPI[0]:g} to {TEMPI[1]:g}")


def is_legato(first: TuneNote, second: TuneNote) -> bool:
    """Whether the first note runs into the second no further than a legato player's finger: by less than its half."""
    overlap, half = first.end - second.onset, first.duration / 2
    return (overlap < half and first.end < second.end) or overlap <= min(half, second.duration / 2, LEGATO)


class _Crowd:
    """Notes that sound together, as they are found: chords, onsets under a held note, and the first pair of them."""

    def __init__(self) -> None:
        self.chords = self.held = self.onsets = 0
        self.pair: tuple[TuneNote, TuneNote] | None = None

    def note(self, first: TuneNote, second: TuneNote) -> None:
        """Keep the first pair."""
        self.pair = self.pair or (first, second)


def one_voice(
    notes: Iterable[TuneNote], bars: Sequence[Fraction], chords: str | None = None
) -> tuple[list[TuneNote], list[str]]:
    """Notes in order, one at a time, and remarks on those cut or left out for that.

    A note that runs into the next by half of either at most is legato and is cut; a note doubled in unison counts once.
    Of a chord, and of a note held against others, the top or bottom one stays.

    Args:
        notes: in any order.
        bars: bar lines, for errors.
        chords: as in `Choice`.

    Raises:
        TuneError: more notes sound together than `chords` allows; says where.
    """
    crowd, overlaps = _Crowd(), []
    line: list[TuneNote] = []
    under: list[TuneNote] = []  # left out, and still sounding
    sign = -1 if chords == "bottom" else 1
    for note, others in _onsets(notes, sign):
        crowd.onsets += 1
        under = [other for other in under if other.end - note.onset > min(LEGATO, note.duration / 2)]
        if others or under:
            crowd.chords, crowd.held = crowd.chords + bool(others), crowd.held + bool(under)
            crowd.note(*sorted([note, *(others or under)])[:2])
        under += others
        last = line[-1] if line else None
        if last is not None and note.onset < last.end:
            if not is_legato(last, note) and note.pitch != last.pitch:
                crowd.held += not under
                crowd.note(last, note)
                if sign * last.pitch > sign * note.pitch:
                    under.append(note)
                    continue
                under.append(last)
            else:
                overlaps.append(last.end - note.onset)
            line[-1] = last._replace(duration=note.onset - last.onset)
        line.append(note)
    _refuse_crowd(crowd, bars, chords)
    return line, _remarks(crowd, overlaps, "bottom" if sign < 0 else "top")


def _onsets(notes: Iterable[TuneNote], sign: int) -> Iterator[tuple[TuneNote, list[TuneNote]]]:
    """The note of each onset that is highest by `sign`, and the others of other pitches; of equal ones the longest.

    Notes of a chord that is spread by a sixtyfourth or less begin with the first of them.
    """
    chord: list[TuneNote] = []
    for note in sorted(notes, key=lambda n: (n.onset, n.pitch)):
        if chord and (note.onset > chord[0].onset + SPREAD or is_legato(chord[0], note)):
            yield _split(chord, sign)
            chord = []
        chord.append(note)
    if chord:
        yield _split(chord, sign)


def _split(chord: Sequence[TuneNote], sign: int) -> tuple[TuneNote, list[TuneNote]]:
    """The note of a chord that stays, and the others."""
    first = max(chord, key=lambda n: (sign * n.pitch, n.duration))
    start = chord[0].onset
    return TuneNote(first.pitch, start, first.end - start), [note for note in chord if note.pitch != first.pitch]


def _refuse_crowd(crowd: _Crowd, bars: Sequence[Fraction], chords: str | None) -> None:
    """Refuse chords as asked; by default where most onsets are chords, or an eighth of them lie under a held note.

    Raises:
        TuneError: the notes that sound together are more than a few double stops, or are not wanted.
    """
    many = 2 * crowd.chords > crowd.onsets or crowd.held > max(1, crowd.onsets // 8)
    if crowd.pair is None or chords in ("top", "bottom") or (chords is None and not many):
        return
    first, second = crowd.pair
    raise TuneError(
        f"{theory.note_name(first.pitch)} and {theory.note_name(second.pitch)} sound together in bar "
        f"{bisect_right(bars, max(first.onset, second.onset))}, expected one note at a time; "
        "choose with chords='top' or chords='bottom'"
    )


def _remarks(crowd: _Crowd, overlaps: Sequence[Fraction], side: str) -> list[str]:
    """Remarks on notes left out and cut."""
    remarks = []
    if crowd.chords:
        remarks.append(f"{plural(crowd.chords, 'chord')} read as the {side} note")
    if crowd.held:
        remarks.append(f"{plural(crowd.held, 'onset')} beside a held note: the {side} note taken")
    if overlaps:
        longest = float(max(overlaps))
        remarks.append(f"{plural(len(overlaps), 'note')} cut that ran into the next by up to {longest:.3g} quarters")
    return remarks
