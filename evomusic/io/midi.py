"""MIDI out, by mido; `midi_read` reads it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from io import BytesIO
from math import lcm
from typing import Any, Final

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.spelling import is_minor, key_of, signature
from evomusic.io.chords import TRACK, chords_below
from evomusic.io.tune import plain

TICKS: Final = 480  # a quarter note; more only where a step would not be a whole tick
VELOCITY: Final = 80
SOFT: Final = 45  # velocity of chords
_FINEST: Final = 64  # greatest denominator of a time signature
_SLOWEST: Final = 2**24 - 1  # microseconds a quarter note that a tempo message can hold


def midi_bytes(melody: Melody, key: str | None = None) -> bytes:
    """A melody as a MIDI file of one track: tempo, time signature, key signature, title, notes; a second one of chords.

    Args:
        melody: what to write.
        key: for the key signature; the grid's scale when None, and none without either.

    Raises:
        ValueError: the tempo is slower than MIDI can hold, 3.58 quarters a minute.
    """
    import mido

    grid = melody.grid
    ticks = lcm(TICKS, (grid.steps_per_beat / Fraction(grid.beat_quarters)).numerator)
    chords = [(pitch, chord.onset, chord.duration) for chord in chords_below(grid) for pitch in chord.pitches]
    file = mido.MidiFile(type=1 if chords else 0, ticks_per_beat=ticks, charset="utf-8")
    metres = [(round(tick * ticks), message) for tick, message in _metres(grid)]
    file.tracks.append(_track(_head(melody, key, metres[0][1]), melody.notes, grid, ticks, later=metres[1:]))
    if chords:
        name = mido.MetaMessage("track_name", name=TRACK)
        file.tracks.append(_track([name], chords, grid, ticks, channel=1, velocity=SOFT))
    written = BytesIO()
    file.save(file=written)
    return written.getvalue()


def _track(
    head: Sequence[Any],
    notes: Iterable[tuple[int, float, float]],
    grid: Grid,
    ticks: int,
    channel: int = 0,
    velocity: int = VELOCITY,
    later: Sequence[tuple[int, Any]] = (),
) -> Any:
    """A track of messages at its start, of notes in beats, and of later messages at ticks, as long as the grid."""
    import mido

    track, last = mido.MidiTrack(head), 0
    played = [
        (tick, mido.Message(kind, channel=channel, note=pitch, velocity=velocity if kind == "note_on" else 0))
        for tick, kind, pitch in _changes(notes, grid.beat_quarters * ticks)
    ]
    for tick, message in sorted([*later, *played], key=lambda timed: timed[0]):
        track.append(message.copy(time=tick - last))
        last = tick
    end = round(grid.length * grid.beat_quarters * ticks)
    track.append(mido.MetaMessage("end_of_track", time=end - last))
    return track


def _metres(grid: Grid) -> list[tuple[Fraction, Any]]:
    """Time signatures and where they begin, in quarters: a pickup is a bar in a short metre, as notation programs do.

    A pickup of a length that no time signature has stands before the first one.
    """
    import mido

    pickup = grid.pickup * Fraction(grid.beat_quarters) / grid.steps_per_beat
    numerator, denominator = grid.time_signature
    own = mido.MetaMessage("time_signature", numerator=numerator, denominator=denominator)
    unit = max((pickup / 4).denominator, denominator)
    if not pickup or unit > _FINEST or unit & (unit - 1):
        return [(Fraction(0), own)] if not pickup else [(Fraction(0), None), (pickup, own)]
    short = mido.MetaMessage("time_signature", numerator=int(pickup * unit / 4), denominator=unit)
    return [(Fraction(0), short), (pickup, own)]


def _head(melody: Melody, key: str | None, metre: Any) -> list[Any]:
    """The messages at tick 0."""
    import mido

    grid, key = melody.grid, key or melody.grid.written_key
    tempo = round(60e6 / (grid.tempo * grid.beat_quarters))
    if tempo > _SLOWEST:
        raise ValueError(
            f"grid tempo is {grid.tempo:g} beats a minute, expected at least 3.58 quarters for a MIDI file"
        )
    messages = [
        mido.MetaMessage("track_name", name=plain(melody.title)),
        mido.MetaMessage("set_tempo", tempo=tempo),
        *([metre] if metre else []),
    ]
    if key is not None:
        minor = is_minor(key)
        tonic = key_of(signature(key), "minor" if minor else "major").split()[0]
        messages.append(mido.MetaMessage("key_signature", key=tonic + "m" * minor))
    return messages if plain(melody.title) else messages[1:]


def _changes(notes: Iterable[tuple[int, float, float]], per_beat: float) -> list[tuple[int, str, int]]:
    """Ticks at which a note is let go or struck, in order."""
    changes = []
    for pitch, onset, duration in notes:
        changes.append((round(onset * per_beat), "note_on", pitch))
        changes.append((round((onset + duration) * per_beat), "note_off", pitch))
    return sorted(changes, key=lambda c: (c[0], c[1] == "note_on"))
