"""MIDI in: tracks and channels as parts, their notes in quarters, and the meta events of metre, key, tempo and title.

`guard.read_events` parses the bytes, `ticks` brings the times of a player or a program back to those of the score.
A meta event that is too short or out of range is passed over with a remark.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Final

from evomusic.core.spelling import key_of
from evomusic.io.choice import ONLY, Choice, Line, choose
from evomusic.io.chords import TRACK
from evomusic.io.guard import Event, read_events
from evomusic.io.ticks import Span, clean
from evomusic.io.tune import TEMPI, Meter, Tune, others, plural, regular_bars
from evomusic.io.voices import assemble

_DRUMS: Final = 9
_SILENT: Final = 120.0  # quarters a minute up to the first tempo event
_ON, _OFF = 0x90, 0x80
_NAME, _TEMPO, _METER, _KEY = 0x103, 0x151, 0x158, 0x159
_WORDS: Final = {_TEMPO: "tempo", _METER: "time signature", _KEY: "key signature"}
_BYTES: Final = {_TEMPO: 3, _METER: 4, _KEY: 2}


def read_midi(data: bytes, asked: Choice = ONLY) -> Tune:
    """The one voice of a MIDI file.

    Channel 10 (drums) is left out, and a track named Chords where others have notes and no part is asked for. A part is
    one channel of one track.

    Args:
        data: the file's bytes.
        asked: the part wanted, of those that have notes, and the notes of chords.

    Raises:
        TuneError: the file is damaged, out of bounds, empty, or in several voices.
    """
    ticks, every = read_events(data)
    events, remarks = _usable(every)
    lines, left_out = _lines(events)
    if asked.part is None and asked.voice is None:
        lines = [line for line in lines if not line[0].endswith(repr(TRACK))] or lines
    parts, cleaned, shift = clean([spans for _, spans in lines], ticks)
    events = [event._replace(tick=max(event.tick - shift, 0)) for event in events] if shift else events
    named = [Line(name, "", notes, i) for i, ((name, _), notes) in enumerate(zip(lines, parts, strict=True), 1)]
    chosen = choose(named, asked)
    meters, pickup = _meters(events, ticks)
    end = max((note.end for note in chosen.notes), default=Fraction(0))
    bars = (
        regular_bars(meters, end) if not pickup else [Fraction(0), *(pickup + b for b in _after(meters, pickup, end))]
    )
    last = Fraction(max((event.tick for event in every), default=0), ticks)
    tempi = _tempi(events, min((note.onset for note in chosen.notes), default=Fraction(0)) * ticks + ticks // 16)
    keys = [_key(event.data) for event in _in_order(events, _KEY)]
    tempo, key = next(iter(tempi), None), next(iter(keys), None)
    tune = assemble(
        chosen.notes,
        bars,
        meters,
        key=key,
        tempo=tempo,
        title=_title(events),
        remarks=[
            *remarks,
            *left_out,
            *cleaned,
            *others("tempo", tempi, tempo),
            *others("key", keys, key),
            *chosen.remarks,
        ],
        chords=asked.chords,
    )
    return replace(tune, silence=max(last - tune.length, Fraction(0)))


def _after(meters: Sequence[Meter], pickup: Fraction, end: Fraction) -> list[Fraction]:
    """Bar lines after a pickup, counted from its end."""
    shifted = [meter._replace(onset=meter.onset - pickup) for meter in meters]
    return regular_bars(shifted, end - pickup)


def _usable(every: Sequence[Event]) -> tuple[list[Event], list[str]]:
    """Events that can be used, and a remark on meta events that cannot."""
    odd: Counter[str] = Counter()
    events = []
    for event in every:
        if event.status in _WORDS and not _in_range(event):
            odd[_WORDS[event.status]] += 1
        else:
            events.append(event)
    return events, [f"{plural(count, f'unusable {word}')} passed over" for word, count in odd.items()]


def _in_range(event: Event) -> bool:
    """Whether a meta event of tempo, metre or key is long enough, and says one that there is."""
    data = event.data
    if len(data) < _BYTES[event.status]:
        return False
    if event.status == _TEMPO:
        return TEMPI[0] <= 60e6 / max(int.from_bytes(data[:3], "big"), 1) <= TEMPI[1]
    if event.status == _METER:
        return data[0] > 0 and data[1] <= 6
    return abs(_signed(data[0])) <= 7 and data[1] <= 1


def _signed(byte: int) -> int:
    """A byte as a number from -128 to 127."""
    return byte - 256 if byte > 127 else byte


def _in_order(events: Sequence[Event], status: int) -> list[Event]:
    """The events of a kind, in order of time."""
    return sorted((event for event in events if event.status == status), key=lambda event: event.tick)


def _tempi(events: Sequence[Event], start: Fraction) -> list[float]:
    """The tempo under the first note, which begins by a tick, and those after it; none where the file has none."""
    found = _in_order(events, _TEMPO)
    before = sum(event.tick <= start for event in found)
    tempi = [_tempo(event.data) for event in found[max(before - 1, 0) :]]
    return [_SILENT, *tempi] if tempi and not before else tempi


def _tempo(data: bytes) -> float:
    """Quarters a minute: of the tempi with the same microseconds, the one of fewest decimals."""
    microseconds = int.from_bytes(data[:3], "big")
    exact = 60e6 / microseconds
    short = (round(exact, decimals) for decimals in range(4))
    return next((tempo for tempo in short if tempo and round(60e6 / tempo) == microseconds), exact)


def _key(data: bytes) -> str:
    """`F# minor` for three sharps and a 1."""
    return key_of(_signed(data[0]), "minor" if data[1] else "major")


def _title(events: Sequence[Event]) -> str:
    """The name of the first track."""
    return next((_text(event.data) for event in events if event.status == _NAME and event.track == 0), "")


def _text(raw: bytes) -> str:
    """Text in UTF-8, or in Latin-1 where it is none."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def _meters(events: Sequence[Event], ticks: int) -> tuple[tuple[Meter, ...], Fraction]:
    """Time signatures in order, the last one of each moment, and the quarters of a pickup.

    MuseScore 3 writes a pickup as a bar of its own metre: 1/4, and 4/4 from the next bar on.
    """
    found = {e.tick: Meter(Fraction(e.tick, ticks), e.data[0], 1 << e.data[1]) for e in events if e.status == _METER}
    meters = tuple(found[tick] for tick in sorted(found))
    if len(meters) > 1 and not meters[0].onset and meters[0].quarters == meters[1].onset < meters[1].quarters:
        return meters[1:], meters[1].onset
    return meters, Fraction(0)


def _lines(events: Sequence[Event]) -> tuple[list[tuple[str, list[Span]]], list[str]]:
    """Name and notes of each track and channel that has notes, and remarks on drums and empty notes left out."""
    names = {e.track: _text(e.data) for e in reversed(events) if e.status == _NAME}
    streams: dict[tuple[int, int], list[Event]] = defaultdict(list)
    drums = 0
    for event in events:
        if event.status & 0x1F0 in (_ON, _OFF):
            if event.status & 0xF == _DRUMS:
                drums += _strikes(event)
            else:
                streams[event.track, event.status & 0xF].append(event)
    ends = {event.track: event.tick for event in events}
    lines, empty = [], 0
    for (track, channel), stream in streams.items():
        spans = _spans(stream, ends[track])
        empty += len({(e.data[0], e.tick) for e in stream if _strikes(e)} - {(s.pitch, s.start) for s in spans})
        if spans:
            lines.append((_part_name(track, channel, names.get(track, "")), spans))
    counts = ((drums, "drum note"), (empty, "empty note"))
    return lines, [f"{plural(count, noun)} left out" for count, noun in counts if count]


def _part_name(track: int, channel: int, name: str) -> str:
    """`track 2 channel 1 'Violin'`."""
    short = " ".join(name.split())[:20]
    return f"track {track + 1} channel {channel + 1}" + (f" {short!r}" if short else "")


def _strikes(event: Event) -> bool:
    """Whether a note begins."""
    return event.status & 0xF0 == _ON and event.data[1] > 0


def _spans(stream: Sequence[Event], end: int) -> list[Span]:
    """Note-ons joined with their note-offs, first in first out, pitch by pitch, in order of onset."""
    by_pitch: dict[int, list[Event]] = defaultdict(list)
    for event in stream:
        by_pitch[event.data[0]].append(event)
    spans = [span for pitch, events in by_pitch.items() for span in _of_pitch(pitch, events, end)]
    return sorted((span for span in spans if span.end > span.start), key=lambda span: (span.start, span.pitch))


def _of_pitch(pitch: int, events: Sequence[Event], end: int) -> list[Span]:
    """The notes of one pitch; where note-offs are missing, the next note-on ends a note, or the end of the track."""
    spans, starts = _paired(pitch, events)
    if not starts:
        return spans
    spans, starts = _paired(pitch, _without_empty(events))
    if not starts:
        return spans
    onsets = sorted({event.tick for event in events if _strikes(event)})
    stops = sorted({event.tick for event in events if not _strikes(event)} | {*onsets, end})
    return [Span(pitch, start, next((stop for stop in stops if stop > start), end)) for start in onsets]


def _paired(pitch: int, events: Sequence[Event]) -> tuple[list[Span], list[int]]:
    """Note-ons with their note-offs, first in first out, and the ticks of note-ons that have none."""
    starts: list[int] = []
    spans = []
    for event in events:
        if _strikes(event):
            starts.append(event.tick)
        elif starts:
            spans.append(Span(pitch, starts.pop(0), event.tick))
    return spans, starts


def _without_empty(events: Sequence[Event]) -> list[Event]:
    """Events without note-ons whose note-off stands before them at the same tick: grace notes of music21."""
    sounding, empty, left = 0, -1, list[Event]()
    for event in events:
        if _strikes(event) and empty == event.tick:
            empty = -1
            continue
        if not _strikes(event) and not sounding:
            empty = event.tick
        sounding += 1 if _strikes(event) else -min(sounding, 1)
        left.append(event)
    return left
