"""Tunes in and out: MIDI, MusicXML, ABC and text, scores and sound, and how a tune is put on a grid.

`read_tune` reads a file as a `Tune`: one voice, with exact times in quarter notes. `fit` puts a tune on a grid as a
`Melody` and reports every change. `read` does both, `write` writes a melody, `tunes_in` reads a folder. A file that
cannot be used raises `TuneError`, one line that begins with its path; size and work are bounded before any parser sees
the bytes.

Read `tune.py` first: times, bars and bounds of a tune, and the checks that every reader shares. Then `formats.py`, the
one list of formats, and `files.py`, the functions above. Readers and writers: `midi.py` (by mido, after the checks of
`guard.py`), `musicxml/`, `abc/`, `text.py`; writers alone: `lilypond.py`, `score/` (pictures), `sound/`. What is
printed of a melody is decided in `notation.py`, the chords played below it in `chords.py`. Onto a grid: `place.py`
(bars and steps), then `fitting.py` (pitches); `keys.py` estimates a key.
"""

from __future__ import annotations

from evomusic._lazy import lazy

__getattr__, __dir__, __all__ = lazy(__name__, __file__)
