"""LilyPond out: a score with chord names, key, metre, tempo, ties, tuplets and beams, to engrave and to play."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Final

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.spelling import is_minor, key_of, signature, spell_pitch, split_chord
from evomusic.io.notation import Written, bars_of, chords_of, lies_low
from evomusic.io.tune import plain

_MODES: Final = ("dorian", "phrygian", "lydian", "mixolydian", "locrian")
_CHORDS: Final = {"m7b5": "m7.5-", "5": "1.5"}  # qualities that are written otherwise


def lilypond_bytes(melody: Melody, key: str | None = None) -> bytes:
    """A melody as a LilyPond file, in its Dutch note names, as of version 2.24.

    Args:
        melody: what to write.
        key: for key signature and spelling; the grid's scale when None, and no signature without either.

    Raises:
        ValueError: the key is not known.
    """
    key = key or melody.grid.written_key
    fifths = signature(key) if key else 0
    header = {"title": melody.title, "composer": melody.composer}
    said = {name: plain(text).replace("\\", "\\\\").replace('"', '\\"') for name, text in header.items()}
    lines = [
        '\\version "2.24.0"',
        "\\header {",
        *(f'  {name} = "{text}"' for name, text in said.items() if text),
        "  tagline = ##f",
        "}",
        "\\score {",
        "  <<",
        *_chords(melody.grid),
        "    \\new Staff {",
        *(f"      {line}" for line in _head(melody, key)),
        *(f"      {_bar(bar, melody.grid, fifths)} |" for bar in bars_of(melody)),
        '      \\bar "|."',
        "    }",
        "  >>",
        "  \\layout { }",
        "  \\midi { }",
        "}",
        "",
    ]
    return "\n".join(lines).encode()


def _chords(grid: Grid) -> list[str]:
    """The line of chord names; none without chords."""
    bars = []
    for (first, past), chords in zip(grid.bar_spans, chords_of(grid), strict=True):
        ends = [*(step for step, _ in chords), past - first]
        words = [f"s{_length(ends[0], grid)}"] * bool(ends[0])
        words += [_chord(symbol, end - step, grid) for (step, symbol), end in zip(chords, ends[1:], strict=True)]
        bars.append(" ".join(words))
    return [f"    \\new ChordNames \\chordmode {{ {' | '.join(bars)} }}"] if grid.chords else []


def _chord(symbol: str, steps: int, grid: Grid) -> str:
    """A chord that lasts so many steps: `f1*3/4:m`."""
    letter, alter, quality = split_chord(symbol)
    return _name(letter, alter) + _length(steps, grid) + f":{_CHORDS.get(quality, quality)}".rstrip(":")


def _head(melody: Melody, key: str | None) -> list[str]:
    """Clef, key, metre and tempo; beams are written out."""
    grid = melody.grid
    mode = key.split(maxsplit=1)[1].strip().lower() if key else ""
    mode = mode if mode in _MODES else "minor" if key and is_minor(key) else "major"
    lines = [f"\\clef {'bass' if lies_low(melody) else 'treble'}"]
    if key:
        tonic = key_of(signature(key), mode).split()[0]
        lines.append(f"\\key {_name(tonic[0], tonic.count('#') - tonic[1:].count('b'))} \\{mode}")
    metre = "{}/{}".format(*grid.time_signature)
    beat = f"{4 / (Fraction(grid.beat_quarters) * Fraction(2, 3))}." if grid.compound else f"{4 / grid.beat_quarters:g}"
    partial = [f"\\partial {_length(grid.pickup, grid)}"] * bool(grid.pickup)
    return [*lines, f"\\time {metre}", f"\\tempo {beat} = {round(grid.tempo)}", "\\autoBeamOff", *partial]


def _name(letter: str, alter: int) -> str:
    """`bes` for B flat."""
    return letter.lower() + "is" * alter + "es" * -alter


def _length(steps: int, grid: Grid) -> str:
    """A length of so many steps, such as `1*3/4`; that of a bar is written as its time signature."""
    if steps == grid.steps_per_bar:
        return "1*{}/{}".format(*grid.time_signature)
    whole = Fraction(grid.beat_quarters) / grid.steps_per_beat * steps / 4
    return f"1*{whole.numerator}/{whole.denominator}"


def _bar(bar: Sequence[Written], grid: Grid, fifths: int) -> str:
    """The notes of a bar; a bar of rest is one rest."""
    if all(note.span.pitch is None for note in bar):
        return f"R{_length(bar[-1].span.end - bar[0].span.start, grid)}"
    words, open_tuplet = [], False
    for written in bar:
        if written.bracket in ("start", "both") and written.tuplet:
            words.append(f"\\tuplet {written.tuplet[0]}/{written.tuplet[1]} {{")
            open_tuplet = True
        words.append(_note(written, fifths))
        if open_tuplet and written.bracket in ("stop", "both"):
            words.append("}")
            open_tuplet = False
    return " ".join(words)


def _note(written: Written, fifths: int) -> str:
    """A note or rest, its value, tie and beam: `fis'4.~`."""
    length = f"{Fraction(4) / written.base}" + "." * written.dotted
    if written.span.pitch is None:
        return f"r{length}"
    letter, alter, octave = spell_pitch(written.span.pitch, fifths)
    marks = "'" * (octave - 3) + "," * (3 - octave)
    beam = {"begin": "[", "end": "]"}.get("".join(written.beams[:1]), "")
    return _name(letter, alter) + marks + length + "~" * written.span.tied_to + beam
