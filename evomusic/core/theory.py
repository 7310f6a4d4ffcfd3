"""Note names, scales and chord symbols.

Pitches are MIDI numbers (C4 = 60), pitch classes are 0 to 11 (C = 0). Names are written with sharps here; `spelling.py`
spells them in keys.
"""

from __future__ import annotations

import re
from functools import lru_cache

from evomusic.core.checks import nearest as nearest
from evomusic.core.checks import shown

SHARPS = ("C", "C#", "D", "D#", "E", "F", "F#", "G", "G#", "A", "A#", "B")
_LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
_NOTE = re.compile(r"([A-Ga-g])([#b]{0,2})(-?\d{1,2})")

MODES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "melodic minor": (0, 2, 3, 5, 7, 8, 9, 10, 11),  # rising and falling: sixth and seventh, raised and natural
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
    "pentatonic": (0, 2, 4, 7, 9),
    "minor pentatonic": (0, 3, 5, 7, 10),
    "blues": (0, 3, 5, 6, 7, 10),
    "whole tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)),
}

FORMS: dict[str, str] = {"harmonic minor": "minor", "melodic minor": "minor"}  # scales, and the mode of their keys

QUALITIES: dict[str, tuple[int, ...]] = {
    "": (0, 4, 7),
    "m": (0, 3, 7),
    "7": (0, 4, 7, 10),
    "maj7": (0, 4, 7, 11),
    "m7": (0, 3, 7, 10),
    "6": (0, 4, 7, 9),
    "m6": (0, 3, 7, 9),
    "dim": (0, 3, 6),
    "dim7": (0, 3, 6, 9),
    "m7b5": (0, 3, 6, 10),
    "aug": (0, 4, 8),
    "sus2": (0, 2, 7),
    "sus4": (0, 5, 7),
    "5": (0, 7),
}


def note_name(pitch: int) -> str:
    """`C4` for 60."""
    return f"{SHARPS[pitch % 12]}{pitch // 12 - 1}"


def parse_note(name: str) -> int:
    """60 for `C4`; sharps and flats are read.

    Raises:
        ValueError: the name is no note or lies outside MIDI's 0 to 127.
    """
    match = _NOTE.fullmatch(name.strip()) if isinstance(name, str) else None
    if match is None:
        raise ValueError(f"{shown(name)} is not a note name; expected a letter, #s or bs, an octave: C4, F#5, Bb3")
    letter, accidentals, octave = match.groups()
    pitch = _LETTERS[letter.upper()] + accidentals.count("#") - accidentals.count("b") + 12 * (int(octave) + 1)
    if not 0 <= pitch <= 127:
        raise ValueError(f"note {shown(name)} is MIDI pitch {pitch}, expected 0 to 127 (C-1 to G9)")
    return pitch


def parse_tonic(name: str) -> int:
    """Pitch class of a name without octave: 7 for `G`, 10 for `Bb`."""
    if not isinstance(name, str) or not re.fullmatch(r"[A-Ga-g][#b]{0,2}", name):
        raise ValueError(f"{shown(name)} is not a pitch class; expected a letter A to G with #s or bs")
    return (_LETTERS[name[0].upper()] + name.count("#") - name[1:].count("b")) % 12


def parse_scale(name: str) -> tuple[int, tuple[int, ...]]:
    """Tonic pitch class and sorted pitch classes of a scale such as `G major`.

    Raises:
        ValueError: the tonic or the mode is not known.
    """
    if not isinstance(name, str):
        raise ValueError(f"scale is {shown(name)}, expected a tonic and a mode, such as 'G major'")
    return _scale(name)


@lru_cache(maxsize=256)
def _scale(name: str) -> tuple[int, tuple[int, ...]]:
    tonic, _, mode = name.strip().partition(" ")
    mode = mode.strip().lower()
    if mode not in MODES:
        raise ValueError(
            f"scale {shown(name)} is not known; expected a tonic and one of {', '.join(MODES)}: 'G major'"
            + nearest(mode, MODES)
        )
    root = parse_tonic(tonic)
    return root, tuple(sorted((root + d) % 12 for d in MODES[mode]))


def parse_mode(name: str) -> str:
    """The mode of a key or scale: `minor` for `D minor` and for `D melodic minor`, which is a form of it.

    Raises:
        ValueError: the tonic or the mode is not known.
    """
    parse_scale(name)
    mode = name.strip().partition(" ")[2].strip().lower()
    return FORMS.get(mode, mode)


def full_scale(key: str) -> str:
    """The scale with all pitches that tunes of a key use: `D melodic minor` for `D minor`, another key as it is.

    Raises:
        ValueError: the tonic or the mode is not known.
    """
    tonic, _, mode = key.strip().partition(" ") if isinstance(key, str) else ("", "", "")
    parse_scale(key)
    return f"{tonic} melodic minor" if mode.strip().lower() == "minor" else key


def parse_chord(name: str) -> tuple[int, ...]:
    """Pitch classes of a chord symbol, root first: `(7, 11, 2, 5)` for `G7`.

    Raises:
        ValueError: the symbol's root or quality is not known.
    """
    if not isinstance(name, str):
        raise ValueError(f"chord is {shown(name)}, expected a chord symbol, such as 'G7'")
    return _chord(name)


@lru_cache(maxsize=256)
def _chord(name: str) -> tuple[int, ...]:
    match = re.fullmatch(r"([A-G][#b]{0,2})(.*)", name.strip())
    if match is None or match.group(2) not in QUALITIES:
        raise ValueError(
            f"chord {shown(name)} is not known; expected a root and one of "
            + ", ".join(q or "(nothing)" for q in QUALITIES)
        )
    root = parse_tonic(match.group(1))
    return tuple((root + d) % 12 for d in QUALITIES[match.group(2)])
