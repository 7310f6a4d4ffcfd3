"""A melody as sound: struck strings made of sines, chords softly below, in mono.

A tone is a sum of partials, each a little sharper than a whole multiple, as in a stiff string (Fletcher, Blackham and
Stratton 1962: the n-th lies at n f sqrt(1 + B n^2)); the higher they are, the sooner they fade, at first fast, then
slowly. It begins within four milliseconds and is damped in sixty, both along a cosine, so that nothing clicks. No
random number is used.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io.chords import chords_below

Samples = NDArray[np.float64]

RATE: Final = 44_100  # samples a second
PEAK: Final = 0.85  # of the loudest sample
LONGEST: Final = 1800.0  # seconds
TAIL: Final = 0.8  # seconds after the last beat
RING: Final = 4.0  # seconds after which a string is taken for silent
ATTACK: Final = 0.004
DAMP: Final = 0.06
PARTIALS: Final = 14
STIFFNESS: Final = 3e-4  # B, of a string of middle C
ACCENTS: Final = (0.72, 0.82, 0.86, 1.0)  # of a note, by the metrical strength of its step
SOFT: Final = 0.16  # of each tone of a chord


def samples_of(melody: Melody) -> Samples:
    """The sound of a melody with its chords, (N,) from -PEAK to PEAK, 44,100 a second; silence for rests alone.

    Raises:
        ValueError: it would last more than half an hour.
    """
    grid = melody.grid
    seconds = 60.0 / grid.tempo
    length = grid.length * seconds
    if length > LONGEST:
        raise ValueError(f"the melody lasts {length / 60:.0f} minutes, expected at most {LONGEST / 60:g} for sound")
    struck = [(n.pitch, n.onset, n.duration, _accent(grid, n.onset)) for n in melody.notes]
    struck += [(pitch, chord.onset, chord.duration, SOFT) for chord in chords_below(grid) for pitch in chord.pitches]
    longest: dict[int, float] = {}
    for pitch, _, duration, _ in struck:
        longest[pitch] = max(longest.get(pitch, 0.0), min(duration * seconds, RING))
    strings = {pitch: string(pitch, held + DAMP) for pitch, held in longest.items()}
    sound = np.zeros(round((length + TAIL) * RATE))
    for pitch, onset, duration, level in struck:
        _add(sound, strings[pitch], round(onset * seconds * RATE), duration * seconds, level)
    loudest = np.abs(sound).max(initial=0.0)
    return sound * (PEAK / loudest) if loudest else sound


def _accent(grid: Grid, onset: float) -> float:
    """The strength of a note by its place in the bar."""
    return ACCENTS[grid.slot(round(onset * grid.steps_per_beat)).strength]


def _add(sound: Samples, ringing: Samples, first: int, seconds: float, level: float) -> None:
    """Add a string from a sample on; it sounds for so many seconds and is then damped."""
    tone = level * ringing[: round((min(seconds, RING) + DAMP) * RATE)]
    damped = round(DAMP * RATE)
    tone[-damped:] *= _fade(damped)[::-1]
    sound[first : first + len(tone)] += tone


def _fade(count: int) -> Samples:
    """A rise from 0 to 1 along half a cosine."""
    return 0.5 - 0.5 * np.cos(np.pi * np.arange(count) / max(count, 1))


def string(pitch: int, seconds: float) -> Samples:
    """A struck string of a MIDI pitch, undamped, (seconds * RATE,)."""
    time = np.arange(round(seconds * RATE)) / RATE
    base = 440.0 * 2.0 ** ((pitch - 69) / 12)
    tone = np.zeros_like(time)
    for n in range(1, PARTIALS + 1):
        frequency = n * base * np.sqrt(1 + STIFFNESS * n * n)
        if frequency > 0.45 * RATE:
            break
        strength = np.sin(np.pi * n / 7.3) ** 2 / n**1.6 if n > 1 else 0.5  # struck at a seventh of its length
        decay = (0.9 + 0.35 * n) * (base / 262) ** 0.5  # a second
        slow = 0.3 / n
        fading = (1 - slow) * np.exp(-decay * 2.2 * time) + slow * np.exp(-decay * 0.6 * time)
        tone += strength * fading * np.sin(2 * np.pi * frequency * time)
    rise = round(ATTACK * RATE)
    tone[:rise] *= _fade(rise)
    return tone
