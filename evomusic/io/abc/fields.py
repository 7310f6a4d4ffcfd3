"""The fields of ABC that the notes depend on: key, metre, unit note length, tempo."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Final

from evomusic.core.spelling import key_of, signature
from evomusic.io.tune import TuneError

Metre = tuple[int, int]

_KEY: Final = re.compile(r"([A-G])([#b]?)(?:\s*-\s*(?=[A-Za-z])|\s+|(?=[A-Za-z^_=]|$))([A-Za-z]*)(.*)")
_SHIFT: Final = re.compile(r"(?:^|\s)(octave|transpose)=([+-]?\d{1,2})(?!\S)|(?:^|[\s=\"])[a-z]+\d?([+-])8(?=[\s\"]|$)")
MAX_SHIFT: Final = 96  # semitones
_ACCIDENTAL: Final = re.compile(r"(?<!\w)(\^{1,2}|_{1,2}|=)([A-Ga-g])")  # no part of clef=bass
_MODES: Final = {
    "": "major",
    "m": "minor",
    "maj": "major",
    "min": "minor",
    "ion": "major",
    "aeo": "minor",
    "dor": "dorian",
    "phr": "phrygian",
    "lyd": "lydian",
    "mix": "mixolydian",
    "loc": "locrian",
}
_NO_MODES: Final = ("exp", "clef", "treble", "bass", "alto", "tenor", "perc", "octave", "transpose", "middle", "staff")
_ALTERS: Final = {"^^": 2, "^": 1, "=": 0, "_": -1, "__": -2}


def alter(sign: str) -> int:
    """Semitones of an accidental sign: 1 for `^`."""
    return _ALTERS[sign]


def read_key(text: str) -> tuple[str | None, dict[str, int]]:
    """The key's name, None where there is none, and the alteration of each letter that has one: F sharp is F: 1.

    Raises:
        TuneError: the field is no key.
    """
    text = text.strip().replace("\u266d", "b").replace("\u266f", "#")  # the signs of flat and sharp
    if text[:2].lower() == "hp":  # the Highland pipes
        return "A mixolydian", {"F": 1, "C": 1}
    match = _KEY.fullmatch(text)
    if text.lower().startswith("none") or match is None:
        if text and not text.lower().startswith(("none", *_NO_MODES)):
            raise TuneError(f"has the key {text[:20]!r}, expected one such as K:G, K:Em or K:Ddor")
        return None, {}
    letter, accidental, word, rest = match.groups()
    key = f"{letter}{accidental} {_mode(word)}"
    fifths = signature(key)
    sharp = dict.fromkeys("FCGDAEB"[: max(fifths, 0)], 1)
    flat = dict.fromkeys("BEADGCF"[: max(-fifths, 0)], -1)
    signs = {} if word.lower() == "exp" else sharp | flat
    return key_of(fifths, _mode(word)), signs | {name.upper(): alter(sign) for sign, name in _ACCIDENTAL.findall(rest)}


def read_shift(text: str) -> int | None:
    """Semitones from written to sounding by `octave=`, `transpose=` and clefs such as `treble-8`; None without any."""
    found = _SHIFT.findall(text)
    if not found:
        return None
    steps = {"octave": 12, "transpose": 1}
    shift = sum(steps[name] * int(value) if name else 12 * int(f"{sign}1") for name, value, sign in found)
    if not -MAX_SHIFT <= shift <= MAX_SHIFT:
        raise TuneError(f"has pitches moved by {shift} semitones, expected at most {MAX_SHIFT} either way")
    return shift


def sounding_key(key: str | None, shift: int) -> str | None:
    """A key moved by semitones; the signature of fewest accidentals, flats of two equal ones."""
    if key is None or shift % 12 == 0:
        return key
    return key_of((signature(key) + 7 * shift + 6) % 12 - 6, key.split(maxsplit=1)[1])


def _mode(word: str) -> str:
    """A mode's name; of its word three letters count, capital or not (ABC 2.1, section 3.1.14)."""
    short = word[:3].lower()
    if short in _MODES:
        return _MODES[short]
    if word.lower().startswith(_NO_MODES):
        return "major"
    raise TuneError(f"has a key of the mode {word[:20]!r}, expected maj, min, dor, phr, lyd, mix, loc or nothing")


def read_metre(text: str) -> Metre | None:
    """Numerator and denominator; None for free metre.

    Raises:
        TuneError: the field is no metre.
    """
    text = re.sub(r"[\s()]", "", text)
    if text in ("C", "C|"):
        return (4, 4) if text == "C" else (2, 2)
    if text.lower() in ("none", ""):
        return None
    match = re.fullmatch(r"(\d{1,2}(?:\+\d{1,2}){0,9})/(1|2|4|8|16|32|64)", text)
    numerator = sum(int(n) for n in match.group(1).split("+")) if match else 0
    if match is None or numerator == 0:
        raise TuneError(f"has the metre {text[:20]!r}, expected one such as M:4/4, M:6/8 or M:C|")
    return numerator, int(match.group(2))


def read_unit(text: str) -> Fraction:
    """The unit note length in quarters.

    Raises:
        TuneError: the field is no length.
    """
    match = re.fullmatch(r"\s*1(?:/(1|2|4|8|16|32|64|128))?\s*", text)
    if match is None:
        raise TuneError(f"has the unit note length {text[:20]!r}, expected one such as L:1/8")
    return Fraction(4, int(match.group(1) or 1))


def default_unit(metre: Metre | None) -> Fraction:
    """A sixteenth where the metre is less than 3/4, else an eighth (ABC 2.1, section 3.1.7)."""
    return Fraction(1, 4) if metre is not None and Fraction(*metre) < Fraction(3, 4) else Fraction(1, 2)


def read_tempo(text: str, unit: Fraction) -> float | None:
    """Quarters a minute, of `1/4=120`, `3/8=60 "Jig"` or, in unit note lengths, `120`; None where it is in words."""
    text = re.sub(r'"[^"]*"', "", text).strip()
    match = re.fullmatch(r"([\d/\s]{1,40})=\s*(\d{1,6}(?:\.\d{1,6})?)", text)
    if match is None:
        plain = re.fullmatch(r"(?:C\s*=\s*)?(\d{1,6})", text)
        return float(unit * int(plain.group(1))) if plain else None
    beats = re.findall(r"(\d{1,4})/(\d{1,4})", match.group(1))
    if not beats or not all(int(d) for _, d in beats):
        return None
    return float(sum(Fraction(4 * int(n), int(d)) for n, d in beats) * Fraction(match.group(2)))
