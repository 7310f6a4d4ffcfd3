"""MusicXML out: one part with key, time and tempo, chord symbols, ties, beams and tuplets; always the same bytes."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.spelling import is_minor, signature, spell, spell_pitch, split_chord
from evomusic.io.notation import Written, bars_of, chords_of, lies_low
from evomusic.io.tune import plain

_DOCTYPE: Final = (
    '<!DOCTYPE score-partwise PUBLIC "-//Recordare//DTD MusicXML 4.0 Partwise//EN" '
    '"http://www.musicxml.org/dtds/partwise.dtd">'
)
_TYPES: Final = ("whole", "half", "quarter", "eighth", "16th", "32nd", "64th", "128th", "256th", "512th", "1024th")
_ACCIDENTALS: Final = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}
_KINDS: Final = {
    "": "major",
    "m": "minor",
    "7": "dominant",
    "maj7": "major-seventh",
    "m7": "minor-seventh",
    "6": "major-sixth",
    "m6": "minor-sixth",
    "dim": "diminished",
    "dim7": "diminished-seventh",
    "m7b5": "half-diminished",
    "aug": "augmented",
    "sus2": "suspended-second",
    "sus4": "suspended-fourth",
    "5": "power",
}
_MODES: Final = ("major", "minor", "dorian", "phrygian", "lydian", "mixolydian", "locrian")

Alters = dict[tuple[str, int], int]


def musicxml_bytes(melody: Melody, key: str | None = None) -> bytes:
    """A melody as uncompressed MusicXML 4.0.

    Args:
        melody: what to write.
        key: for key signature and spelling; the grid's scale when None, and no signature without either.

    Raises:
        ValueError: the key is not known.
    """
    grid, key = melody.grid, key or melody.grid.written_key
    score = Element("score-partwise", version="4.0")
    if plain(melody.title):
        _add(_add(score, "work"), "work-title", plain(melody.title))
    identification = _add(score, "identification")
    if plain(melody.composer):
        _add(identification, "creator", plain(melody.composer), type="composer")
    _add(_add(identification, "encoding"), "software", "evomusic")
    _add(_add(_add(score, "part-list"), "score-part", id="P1"), "part-name", "Melody", **{"print-object": "no"})
    part = _add(score, "part", id="P1")
    first = 0 if grid.pickup else 1
    for number, (bar, chords) in enumerate(zip(bars_of(melody), chords_of(grid), strict=True), first):
        measure = _add(part, "measure", number=str(number), **({} if number else {"implicit": "yes"}))
        if number > 1 and (number - 1) % grid.phrase_bars == 0:
            _add(measure, "print", **{"new-system": "yes"})
        if number == first:
            _attributes(measure, melody, key)
            _tempo(measure, grid)
        _bar(measure, bar, chords, grid, signature(key) if key else 0)
    _add(_add(part[-1], "barline", location="right"), "bar-style", "light-heavy")
    indent(score)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_DOCTYPE}\n'.encode() + tostring(score, "utf-8") + b"\n"


def _add(parent: Element, tag: str, text: str | int | None = None, **attributes: str) -> Element:
    """A new last child."""
    child = SubElement(parent, tag, attributes)
    child.text = None if text is None else str(text)
    return child


def _divisions(grid: Grid) -> Fraction:
    """Steps a quarter: the file counts as many divisions as its numerator, and a step is its denominator of them."""
    return grid.steps_per_beat / Fraction(grid.beat_quarters)


def _attributes(measure: Element, melody: Melody, key: str | None) -> None:
    """Divisions (steps a quarter), key, time and clef."""
    grid = melody.grid
    attributes = _add(measure, "attributes")
    _add(attributes, "divisions", _divisions(grid).numerator)
    if key:
        mode = key.split(maxsplit=1)[1].strip().lower()
        element = _add(attributes, "key")
        _add(element, "fifths", signature(key))
        _add(element, "mode", mode if mode in _MODES else "minor" if is_minor(key) else "major")
    time = _add(attributes, "time")
    for tag, number in zip(("beats", "beat-type"), grid.time_signature, strict=True):
        _add(time, tag, number)
    low = lies_low(melody)
    clef = _add(attributes, "clef")
    _add(clef, "sign", "F" if low else "G")
    _add(clef, "line", 4 if low else 2)


def _tempo(measure: Element, grid: Grid) -> None:
    """The metronome mark, and the tempo in quarters for players."""
    direction = _add(measure, "direction", placement="above")
    metronome = _add(_add(direction, "direction-type"), "metronome")
    plain_beat = Fraction(grid.beat_quarters) * (Fraction(2, 3) if grid.compound else 1)
    _add(metronome, "beat-unit", _type(plain_beat))
    if grid.compound:
        _add(metronome, "beat-unit-dot")
    _add(metronome, "per-minute", f"{grid.tempo:.10g}")
    _add(direction, "sound", tempo=f"{grid.tempo * grid.beat_quarters:.10g}")


def _harmony(harmony: Element, chord: str, offset: int) -> None:
    """A chord symbol: root, kind with the text to print, and by how many divisions it stands later than the note."""
    letter, alter, quality = split_chord(chord)
    root = _add(harmony, "root")
    _add(root, "root-step", letter)
    if alter:
        _add(root, "root-alter", alter)
    kind = _add(harmony, "kind", _KINDS[quality])
    kind.set("text", quality.replace("b", "♭"))
    if offset:
        _add(harmony, "offset", offset)


def _bar(measure: Element, bar: Sequence[Written], chords: Sequence[tuple[int, str]], grid: Grid, fifths: int) -> None:
    """The notes of a bar, each after the chord symbols that stand over it; a bar of rest is one rest."""
    divisions = _divisions(grid).denominator  # a step
    if all(note.span.pitch is None for note in bar):
        first, past = bar[0].span.start, bar[-1].span.end
        _harmonies(measure, chords, first, past, divisions)
        note = _add(measure, "note")
        _add(note, "rest", measure="yes")
        _add(note, "duration", (past - first) * divisions)
        return
    alters = {
        (letter, octave): alter
        for octave in range(-2, 11)
        for letter, alter in map(spell, range(fifths - 1, fifths + 6))
    }
    for written in bar:
        _harmonies(measure, chords, written.span.start, written.span.end, divisions)
        _note(_add(measure, "note"), written, divisions, fifths, alters)


def _harmonies(measure: Element, chords: Sequence[tuple[int, str]], start: int, end: int, divisions: int) -> None:
    """The chord symbols that stand over the steps of a note."""
    for step, chord in chords:
        if start <= step < end:
            _harmony(_add(measure, "harmony"), chord, (step - start) * divisions)


def _note(note: Element, written: Written, divisions: int, fifths: int, alters: Alters) -> None:
    """One note or rest, its children in the order that MusicXML asks for."""
    span = written.span
    accidental = None
    if span.pitch is None:
        _add(note, "rest")
    else:
        accidental = _pitch(note, span.pitch, fifths, alters, shown=not span.tied_from)
    ties = [kind for kind, is_tied in (("stop", span.tied_from), ("start", span.tied_to)) if is_tied]
    _add(note, "duration", (span.end - span.start) * divisions)
    for kind in ties:
        _add(note, "tie", type=kind)
    _add(note, "type", _type(written.base))
    if written.dotted:
        _add(note, "dot")
    if accidental:
        _add(note, "accidental", accidental)
    if written.tuplet:
        ratio = _add(note, "time-modification")
        _add(ratio, "actual-notes", written.tuplet[0])
        _add(ratio, "normal-notes", written.tuplet[1])
    for level, beam in enumerate(written.beams, 1):
        _add(note, "beam", beam, number=str(level))
    if ties or written.bracket in ("start", "stop"):
        _notations(note, ties, written.bracket)


def _type(value: Fraction) -> str:
    """The name of a plain note value in quarters."""
    return _TYPES[(Fraction(4) / value).numerator.bit_length() - 1]


def _notations(note: Element, ties: Sequence[str], bracket: str) -> None:
    """Tie curves and the bracket of a tuplet."""
    notations = _add(note, "notations")
    for kind in ties:
        _add(notations, "tied", type=kind)
    if bracket in ("start", "stop"):
        _add(notations, "tuplet", type=bracket, **({"bracket": "yes"} if bracket == "start" else {}))


def _pitch(note: Element, pitch: int, fifths: int, alters: Alters, *, shown: bool) -> str | None:
    """Add the pitch; the accidental to print is that which the bar does not already have."""
    letter, alter, octave = spell_pitch(pitch, fifths)
    element = _add(note, "pitch")
    _add(element, "step", letter)
    if alter:
        _add(element, "alter", alter)
    _add(element, "octave", octave)
    if not shown or alters[letter, octave] == alter:
        return None
    alters[letter, octave] = alter
    return _ACCIDENTALS[alter]
