"""MIDI in and out, by mido; files go through `guard.check_midi` first."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from fractions import Fraction
from io import BytesIO
from math import lcm
from typing import Any, Final, NamedTuple

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.spelling import is_minor, key_of, signature
from evomusic.io.chords import TRACK, chords_below
from evomusic.io.guard import check_midi
from evomusic.io.tune import Meter, Tune, TuneError, TuneNote, assemble, choose_part, plain, plural, regular_bars

TICKS: Final = 480  # a quarter note; more only where a step would not be a whole tick
VELOCITY: Final = 80
SOFT: Final = 45  # velocity of chords
_DRUMS: Final = 9
_FINEST: Final = 64  # greatest denominator of a time signature
_SLOWEST: Final = 2**24 - 1  # microseconds a quarter note that a tempo message can hold


class _Timed(NamedTuple):
    """A message, its track, and its time in ticks."""

    tick: int
    track: int
    message: Any


def read_midi(data: bytes, part: int | None = None) -> Tune:
    """The one voice of a MIDI file.

    Channel 10 (drums) is left out, and a track named Chords where others have notes and no part is asked for. A part is
    one channel of one track.

    Args:
        data: the file's bytes.
        part: which of the parts that have notes, from 1; None for the only one, or for all when they take turns.

    Raises:
        TuneError: the file is damaged, out of bounds, empty, or in several voices.
    """
    import mido

    checked = check_midi(data)
    try:
        file = mido.MidiFile(file=BytesIO(checked))
    except Exception as error:  # mido raises whatever its parser met
        raise TuneError(f"is damaged: {error or type(error).__name__}") from None
    messages = [timed for track in range(len(file.tracks)) for timed in _timed(file.tracks[track], track)]
    parts, remarks = _parts(messages, file.ticks_per_beat)
    if part is None:
        parts = [found for found in parts if not found[0].endswith(repr(TRACK))] or parts
    notes, joined = choose_part(parts, part)
    meters = _meters(messages, file.ticks_per_beat)
    length = Fraction(max((timed.tick for timed in messages), default=0), file.ticks_per_beat)
    tempo = _first(messages, "set_tempo")
    key = _first(messages, "key_signature")
    return assemble(
        notes,
        regular_bars(meters, length),
        meters,
        key=None if key is None else _key(key.key),
        tempo=None if tempo is None else _quarters_a_minute(tempo.tempo),
        title=_title(messages),
        remarks=[*remarks, *joined],
    )


def _timed(track: Sequence[Any], number: int) -> list[_Timed]:
    """Messages of a track with their ticks."""
    tick, timed = 0, []
    for message in track:
        tick += message.time
        timed.append(_Timed(tick, number, message))
    return timed


def _first(messages: Sequence[_Timed], kind: str) -> Any:
    """The earliest message of a kind, or None."""
    return min(
        (m for m in messages if m.message.type == kind), key=lambda m: m.tick, default=_Timed(0, 0, None)
    ).message


def _quarters_a_minute(microseconds: int) -> float:
    """A tempo message's tempo: of those with the same message, the one of fewest decimals."""
    if microseconds == 0:
        raise TuneError("tempo is 0 microseconds a quarter note, expected more")
    exact = 60e6 / microseconds
    short = (round(exact, decimals) for decimals in range(4))
    return next((tempo for tempo in short if tempo and round(60e6 / tempo) == microseconds), exact)


def _key(name: str) -> str:
    """`F# minor` for mido's `F#m`."""
    return f"{name.removesuffix('m')} {'minor' if name.endswith('m') else 'major'}"


def _title(messages: Sequence[_Timed]) -> str:
    """The name of the first track; mido reads it as Latin-1, most files hold UTF-8."""
    name = next((m.message.name for m in messages if m.message.type == "track_name" and m.track == 0), "")
    raw = str(name).encode("latin-1")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _meters(messages: Sequence[_Timed], ticks: int) -> tuple[Meter, ...]:
    """Time signatures in order, the last one of each moment."""
    found = {
        m.tick: Meter(Fraction(m.tick, ticks), m.message.numerator, m.message.denominator)
        for m in messages
        if m.message.type == "time_signature"
    }
    for meter in found.values():
        if meter.numerator == 0 or meter.denominator > 64:
            raise TuneError(f"has the time signature {meter.name}, expected a numerator from 1 and at most 64ths")
    return tuple(found[tick] for tick in sorted(found))


def _parts(messages: Sequence[_Timed], ticks: int) -> tuple[list[tuple[str, list[TuneNote]]], list[str]]:
    """Notes by track and channel, and a remark on those left out."""
    names = {m.track: m.message.name for m in messages if m.message.type == "track_name"}
    streams: dict[tuple[int, int], list[_Timed]] = defaultdict(list)
    drums = 0
    for timed in messages:
        if timed.message.type in ("note_on", "note_off"):
            if timed.message.channel == _DRUMS:
                drums += timed.message.type == "note_on" and timed.message.velocity > 0
            else:
                streams[timed.track, timed.message.channel].append(timed)
    ends = {m.track: m.tick for m in messages}
    parts = [
        (_part_name(track, channel, names.get(track, "")), notes)
        for (track, channel), stream in streams.items()
        if (notes := _notes(stream, ends[track], ticks))
    ]
    return parts, [f"{plural(drums, 'drum note')} left out"] if drums else []


def _part_name(track: int, channel: int, name: str) -> str:
    """`track 2 channel 1 'Violin'`."""
    short = " ".join(str(name).split())[:20]
    return f"track {track + 1} channel {channel + 1}" + (f" {short!r}" if short else "")


def _notes(stream: Sequence[_Timed], end: int, ticks: int) -> list[TuneNote]:
    """Note-ons joined with their note-offs, first in first out; a note that is never let go lasts to the end."""
    sounding: dict[int, list[int]] = defaultdict(list)
    spans: list[tuple[int, int, int]] = []
    for timed in stream:
        message = timed.message
        if message.type == "note_on" and message.velocity > 0:
            sounding[message.note].append(timed.tick)
        elif sounding[message.note]:
            spans.append((message.note, sounding[message.note].pop(0), timed.tick))
    spans += [(pitch, start, end) for pitch, starts in sounding.items() for start in starts]
    return [TuneNote(p, Fraction(a, ticks), Fraction(b - a, ticks)) for p, a, b in spans if b > a]


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
