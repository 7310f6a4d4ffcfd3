"""Bounds on what is read, checked on the raw bytes before any parser sees them.

A few hundred damaged bytes can keep a MIDI parser busy for minutes: a length or a delta time may claim anything.
`read_events` walks once over the bytes, and stops at the bounds below.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

from evomusic.io.tune import MAX_NOTES, MAX_QUARTERS, TuneError

MAX_TRACKS: Final = 128
MAX_MESSAGES: Final = 40_000
_DATA_BYTES: Final = {0x80: 2, 0x90: 2, 0xA0: 2, 0xB0: 2, 0xC0: 1, 0xD0: 1, 0xE0: 2}


def read_bytes(path: Path, limit: int) -> bytes:
    """The file's bytes.

    Raises:
        FileNotFoundError: there is no such file.
        TuneError: it is a folder, is empty or holds more than `limit` bytes.
    """
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist, expected a file with a tune")
    if not path.is_file():
        raise TuneError("is a folder or a device, expected a file; tunes_in() reads a folder")
    with path.open("rb") as file:
        data = file.read(limit + 1)
    if len(data) > limit:
        raise TuneError(f"holds {path.stat().st_size} bytes, expected at most {limit}: it is too large for a tune")
    if not data:
        raise TuneError("is empty, expected a tune")
    return data


class Event(NamedTuple):
    """A MIDI message: its time in ticks, its track from 0, its status byte, and its data.

    The status of a meta event is 0x100 more than its type; system messages are left out.
    """

    tick: int
    track: int
    status: int
    data: bytes


def read_events(data: bytes) -> tuple[int, list[Event]]:
    """Ticks a quarter note, and the events of a MIDI file, well-formed and within bounds, track by track.

    Raises:
        TuneError: the file is no MIDI file, is damaged, or is out of bounds.
    """
    if data[:4] != b"MThd" or len(data) < 14 or _number(data[4:8]) < 6:
        raise TuneError("is no MIDI file, expected it to begin with the bytes MThd and a header")
    kind, tracks, division = (_number(data[i : i + 2]) for i in (8, 10, 12))
    if kind not in (0, 1):
        raise TuneError(f"is of MIDI format {kind}, expected 0 or 1")
    if not 1 <= tracks <= MAX_TRACKS:
        raise TuneError(f"has {tracks} tracks, expected 1 to {MAX_TRACKS}")
    if not 1 <= division < 0x8000:
        raise TuneError("counts time in seconds or not at all, expected ticks a quarter note")
    chunks = [chunk for name, chunk in _chunks(data) if name == b"MTrk"]
    if len(chunks) < tracks:
        raise TuneError(f"is damaged: it holds {len(chunks)} of {tracks} tracks")
    events: list[Event] = []
    messages = 0
    for track, chunk in enumerate(chunks[:tracks]):
        found, count = _read_track(chunk, track, division, MAX_MESSAGES - messages)
        messages += count
        events += found
    return division, events


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Name and content of each chunk after the header."""
    at = 8 + _number(data[4:8])
    while at + 8 <= len(data):
        name, size = data[at : at + 4], _number(data[at + 4 : at + 8])
        if name == b"MTrk" and at + 8 + size > len(data):
            raise TuneError(f"is damaged: a track claims {size} bytes, {len(data) - at - 8} are left")
        yield name, data[at + 8 : at + 8 + size]
        at += 8 + size


def _read_track(chunk: bytes, track: int, division: int, left: int) -> tuple[list[Event], int]:
    """The events of a track, and the number of all its messages."""
    at = tick = messages = notes = status = 0
    events: list[Event] = []
    while at < len(chunk):
        delta, at = _variable(chunk, at)
        start, (status, at) = at, _skip_message(chunk, at, status)
        tick, messages, notes = tick + delta, messages + 1, notes + (status & 0xF0 == 0x90)
        if messages > left:
            raise TuneError(f"holds more than {MAX_MESSAGES} MIDI messages, expected at most as many")
        if tick > MAX_QUARTERS * division:
            raise TuneError(f"lasts more than {MAX_QUARTERS} quarter notes, expected at most as many")
        if notes > 2 * MAX_NOTES:  # half of them may be note-offs in disguise
            raise TuneError(f"holds more than {MAX_NOTES} notes, expected at most as many")
        if chunk[start] == 0xFF:
            _, body = _variable(chunk, start + 2)
            events.append(Event(tick, track, 0x100 + chunk[start + 1], chunk[body:at]))
        elif chunk[start] < 0xF0:
            events.append(Event(tick, track, status, chunk[at - _DATA_BYTES[status & 0xF0] : at]))
    return events, messages


def _skip_message(chunk: bytes, at: int, running: int) -> tuple[int, int]:
    """The status that runs on, and the position after the message."""
    status = _byte(chunk, at)
    if status >= 0xF0:
        if status not in (0xF0, 0xF7, 0xFF):
            raise TuneError(f"is damaged: a track holds the status byte {status:#x}")
        size, at = _variable(chunk, at + 1 + (status == 0xFF))
        if at + size > len(chunk):
            raise TuneError(f"is damaged: a message claims {size} bytes, {len(chunk) - at} are left in its track")
        return running if status == 0xFF else 0, at + size
    if status >= 0x80:
        at += 1
    else:
        status = running
    if status < 0x80:
        raise TuneError("is damaged: a track holds data that belong to no message")
    size = _DATA_BYTES[status & 0xF0]
    if at + size > len(chunk) or max(chunk[at : at + size]) > 0x7F:
        raise TuneError("is damaged: a message lacks its data")
    return status, at + size


def _variable(chunk: bytes, at: int) -> tuple[int, int]:
    """A variable-length number of one to four bytes, and the position after it."""
    value = 0
    for i in range(at, at + 4):
        byte = _byte(chunk, i)
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, i + 1
    raise TuneError("is damaged: a number in a track is longer than four bytes")


def _byte(chunk: bytes, at: int) -> int:
    """One byte."""
    if at >= len(chunk):
        raise TuneError("is damaged: a track ends within a message")
    return chunk[at]


def _number(raw: bytes) -> int:
    """A big-endian number."""
    return int.from_bytes(raw, "big")
