"""ABC out: a tune in ABC 2.1, with key, metre, tempo, chord symbols, ties, tuplets and beams.

An accidental is written wherever one of three readings of ABC needs it: it holds for its note, its octave, or its
letter up to the bar line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Final

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.spelling import is_minor, key_of, signature, spell, spell_pitch
from evomusic.io.abc.letters import write_letters
from evomusic.io.notation import Written, bars_of, chords_of, lies_low
from evomusic.io.tune import plain

LINE: Final = 4  # bars
_UNIT: Final = Fraction(1, 2)  # quarters: L:1/8
_SIGNS: Final = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_MODES: Final = {"dorian": "dor", "phrygian": "phr", "lydian": "lyd", "mixolydian": "mix", "locrian": "loc"}


def abc_bytes(melody: Melody, key: str | None = None) -> bytes:
    """A melody as a tune in ABC.

    Args:
        melody: what to write.
        key: for key signature and spelling; the grid's scale when None, and no signature without either.

    Raises:
        ValueError: the key is not known, or the grid's steps are tuplets of more than nine, which ABC does not have.
    """
    grid, key = melody.grid, key or melody.grid.written_key
    fifths = signature(key) if key else 0
    written = zip(bars_of(melody, at_chords=True), chords_of(grid), strict=True)
    bars = [_bar(notes, dict(chords), fifths) for notes, chords in written]
    first = LINE + bool(grid.pickup)
    lines = [" | ".join(bars[:first]), *(" | ".join(bars[i : i + LINE]) for i in range(first, len(bars), LINE))]
    return "\n".join([*_head(melody, key), " |\n".join(lines) + " |]", ""]).encode()


def _head(melody: Melody, key: str | None) -> list[str]:
    """The fields before the notes."""
    grid = melody.grid
    metre = "{}/{}".format(*grid.time_signature)
    title, composer = (write_letters(plain(text)) for text in (melody.title, melody.composer))
    return [
        "%abc-2.1",
        "X:1",
        *([f"T:{title}"] if title else []),
        *([f"C:{composer}"] if composer else []),
        f"M:{metre}",
        "L:1/8",
        f"Q:{Fraction(grid.beat_quarters) / 4}={_tempo(grid)}",
        *(["V:1 clef=bass"] if lies_low(melody) else []),
        f"K:{_key(key)}",
    ]


def _tempo(grid: Grid) -> str:
    """Beats a minute with six decimals at most."""
    return f"{grid.tempo:.6f}".rstrip("0").rstrip(".")


def _key(key: str | None) -> str:
    """`Bbm` for `Bb harmonic minor`."""
    if key is None:
        return "none"
    mode = key.split(maxsplit=1)[1].strip().lower()
    mode = mode if mode in _MODES else "minor" if is_minor(key) else "major"
    tonic = key_of(signature(key), mode).split()[0]
    return tonic + _MODES.get(mode, "m" * (mode == "minor"))


def _bar(bar: Sequence[Written], chords: Mapping[int, str], fifths: int) -> str:
    """The notes of a bar, chord symbols before them; those under one beam stand together."""
    by_letter = dict(map(spell, range(fifths - 1, fifths + 6)))
    by_octave: dict[tuple[str, int], int] = {}
    words, glue = "", ""
    for number, written in enumerate(bar):
        chord = chords.get(written.span.start)
        words += glue + (f'"{chord}"' if chord else "") + _opening(bar, number)
        pitch = written.span.pitch
        words += "z" if pitch is None else _note(spell_pitch(pitch, fifths), by_letter, by_octave, fifths)
        words += _length(written.value) + "-" * written.span.tied_to
        glue = "" if written.beams[:1] in (("begin",), ("continue",)) else " "
    return words


def _opening(bar: Sequence[Written], number: int) -> str:
    """The sign before the first note of a tuplet, and before every tenth: `(3:2:4` for four notes in all.

    Raises:
        ValueError: it has more than nine in the time of fewer.
    """
    ratio = bar[number].tuplet
    if ratio is None:
        return ""
    if ratio[0] > 9:
        raise ValueError(f"grid has tuplets of {ratio[0]}, expected at most 9 for an ABC file; write MIDI or MusicXML")
    first = next(i for i in range(number, -1, -1) if bar[i].bracket in ("start", "both"))
    last = next(i for i in range(number, len(bar)) if i + 1 == len(bar) or bar[i].bracket in ("stop", "both"))
    if (number - first) % 9:
        return ""
    return f"({ratio[0]}:{ratio[1]}:{min(9, last - number + 1)}"


def _note(
    spelling: tuple[str, int, int], by_letter: dict[str, int], by_octave: dict[tuple[str, int], int], fifths: int
) -> str:
    """Accidental where a reader may need it, letter and octave: `^c'`."""
    letter, alter, octave = spelling
    signed = dict(map(spell, range(fifths - 1, fifths + 6)))[letter]
    sign = "" if signed == alter == by_letter[letter] == by_octave.get((letter, octave), signed) else _SIGNS[alter]
    by_letter[letter] = by_octave[letter, octave] = alter
    marks = "'" * (octave - 5) + "," * (4 - octave)
    return sign + (letter.lower() if octave > 4 else letter) + marks


def _length(value: Fraction) -> str:
    """A value in unit notes: `3/2`, and nothing for 1."""
    length = value / _UNIT
    over = f"/{length.denominator}" if length.denominator > 1 else ""
    return f"{length.numerator}{over}" if length.numerator > 1 else over
