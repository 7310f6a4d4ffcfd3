"""Spelling of pitches in keys: signatures, and letters with sharps and flats.

A key is named as a scale is: `G major`, `E dorian`. Signatures are counted on the line of fifths: 1 is one sharp,
-2 two flats.
"""

from __future__ import annotations

from typing import Final

from evomusic.core import theory

_LETTERS: Final = "FCGDAEB"  # the line of fifths; C is position 0

# How far a mode's tonic lies above the tonic of the major key of its signature, in fifths.
MODE_FIFTHS: Final = {
    "major": 0,
    "minor": 3,
    "harmonic minor": 3,
    "melodic minor": 3,
    "dorian": 2,
    "phrygian": 4,
    "lydian": -1,
    "mixolydian": 1,
    "locrian": 5,
    "pentatonic": 0,
    "minor pentatonic": 3,
    "blues": 3,
    "whole tone": 0,
    "chromatic": 0,
}


def spell(position: int) -> tuple[str, int]:
    """Letter and alteration (-1 a flat, 1 a sharp) of a position on the line of fifths: `('B', -1)` for -2."""
    alter, letter = divmod(position + 1, 7)
    return _LETTERS[letter], alter


def spell_pitch(pitch: int, fifths: int) -> tuple[str, int, int]:
    """Letter, alteration and octave of a MIDI pitch under a key signature.

    Notes outside the key are raised towards the sharp side and lowered towards the flat side, as in C major: C# Eb F#
    G# Bb.
    """
    low = fifths - 3  # the twelve positions from minor third to augmented fifth
    letter, alter = spell(low + (7 * pitch - low) % 12)
    return letter, alter, (pitch - alter) // 12 - 1


def signature(key: str) -> int:
    """Sharps (positive) or flats (negative) of a key, -7 to 7; a tonic such as D# is respelt to get there.

    Raises:
        ValueError: the key is not known.
    """
    theory.parse_scale(key)
    tonic, _, mode = key.strip().partition(" ")
    position = _LETTERS.index(tonic[0].upper()) - 1 + 7 * (tonic.count("#") - tonic[1:].count("b"))
    fifths = position - MODE_FIFTHS[mode.strip().lower()]
    return fifths if -7 <= fifths <= 7 else (fifths + 6) % 12 - 6


def key_of(fifths: int, mode: str = "major") -> str:
    """The key of a signature and a mode: `E minor` for 1 and `minor`."""
    letter, alter = spell(fifths + MODE_FIFTHS[mode])
    return f"{letter}{accidentals(alter)} {mode}"


def is_minor(key: str) -> bool:
    """Whether a key's tonic is that of a minor key of its signature."""
    return MODE_FIFTHS[key.strip().partition(" ")[2].strip().lower()] == MODE_FIFTHS["minor"]


def pitch_name(pitch: int, key: str | None) -> str:
    """A MIDI pitch as its key has it: `Bb4` for 70 in D minor; with sharps where there is no key.

    Raises:
        ValueError: the key is not known.
    """
    if key is None:
        return theory.note_name(pitch)
    letter, alter, octave = spell_pitch(pitch, signature(key))
    return f"{letter}{accidentals(alter)}{octave}"


def split_chord(name: str) -> tuple[str, int, str]:
    """Letter, alteration and quality of a chord symbol: `('B', -1, 'maj7')` for `Bbmaj7`.

    Raises:
        ValueError: the symbol is not known.
    """
    theory.parse_chord(name)
    letter, rest = name.strip()[0], name.strip()[1:]
    quality = rest.lstrip("#b")
    signs = rest[: len(rest) - len(quality)]
    return letter, signs.count("#") - signs.count("b"), quality


def accidentals(alter: int) -> str:
    """`#` for 1, `bb` for -2."""
    return "#" * alter + "b" * -alter
