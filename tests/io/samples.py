"""Files to read, written from code: MIDI by mido, MusicXML and ABC as text; and melodies to write."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import Any

import mido
import numpy as np
import pytest
from hypothesis import strategies as st

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io.tune import Meter, Tune, TuneError, TuneNote, full_bars
from tests.seconds import within

JIG = """X:7
T:The Lone Jig
M:6/8
L:1/8
Q:3/8=100
K:Em
B|EFG Bcd|e3 B2A|GFE DEF|E3-E2:|
"""


def midi(
    *tracks: Sequence[tuple[int, int, int]],
    ticks: int = 480,
    metre: tuple[int, int] | None = (4, 4),
    channels: Sequence[int] = (),
    key: str | None = None,
    tempo: int | None = None,
) -> bytes:
    """A MIDI file of tracks of (pitch, first tick, last tick)."""
    file = mido.MidiFile(type=1, ticks_per_beat=ticks)
    head = mido.MidiTrack()
    if metre:
        head.append(mido.MetaMessage("time_signature", numerator=metre[0], denominator=metre[1]))
    if key:
        head.append(mido.MetaMessage("key_signature", key=key))
    if tempo is not None:
        head.append(mido.MetaMessage("set_tempo", tempo=tempo))
    file.tracks.append(head)
    for number, notes in enumerate(tracks):
        channel = channels[number] if channels else 0
        events = [(a, 1, p) for p, a, _ in notes] + [(b, 0, p) for p, _, b in notes]
        track, now = mido.MidiTrack(), 0
        for tick, on, pitch in sorted(events):
            kind = "note_on" if on else "note_off"
            track.append(mido.Message(kind, note=pitch, velocity=64, time=tick - now, channel=channel))
            now = tick
        file.tracks.append(track)
    written = io.BytesIO()
    file.save(file=written)
    return written.getvalue()


def raw_midi(events: bytes, *, ticks: int = 480, kind: int = 0) -> bytes:
    """A MIDI file of one track, byte by byte."""
    head = b"MThd" + bytes([0, 0, 0, 6, 0, kind, 0, 1]) + ticks.to_bytes(2, "big")
    return head + b"MTrk" + len(events).to_bytes(4, "big") + events


def xml_note(step: str, duration: int, *inside: str, octave: int = 4, alter: int = 0) -> str:
    """A MusicXML note; what stands inside comes before (chord, grace) or after (tie) the pitch, as MusicXML asks."""
    before = "".join(e for e in inside if e in ("<chord/>", "<grace/>", "<cue/>"))
    after = "".join(e for e in inside if e not in ("<chord/>", "<grace/>", "<cue/>"))
    length = "" if "<grace/>" in inside else f"<duration>{duration}</duration>"
    sharp = f"<alter>{alter}</alter>" if alter else ""
    pitch = f"<pitch><step>{step}</step>{sharp}<octave>{octave}</octave></pitch>"
    return f"<note>{before}{pitch}{length}{after}</note>"


def xml_rest(duration: int) -> str:
    """A MusicXML rest."""
    return f"<note><rest/><duration>{duration}</duration></note>"


ATTRIBUTES = (
    "<attributes><divisions>2</divisions><key><fifths>{fifths}</fifths>{mode}</key>"
    "<time><beats>{beats}</beats><beat-type>4</beat-type></time></attributes>"
)


def attributes(fifths: int = 0, mode: str = "major", beats: int = 4) -> str:
    """The attributes at the beginning of a part: half beats as divisions, key and time."""
    return ATTRIBUTES.format(fifths=fifths, mode=f"<mode>{mode}</mode>" if mode else "", beats=beats)


def musicxml(*measures: str, head: str = "", parts: int = 1) -> bytes:
    """A MusicXML file of these measures, in as many equal parts as asked for."""
    names = "".join(f'<score-part id="P{i}"><part-name>Part {i}</part-name></score-part>' for i in range(parts))
    bars = "".join(f"<measure>{measure}</measure>" for measure in measures)
    bodies = "".join(f'<part id="P{i}">{bars}</part>' for i in range(parts))
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<score-partwise><work><work-title>A Tune</work-title></work>'
        f"<part-list>{names}</part-list>{bodies}</score-partwise>"
    ).encode()


def mxl(score: bytes, name: str = "score.xml") -> bytes:
    """A compressed MusicXML file."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "META-INF/container.xml", f'<container><rootfiles><rootfile full-path="{name}"/></rootfiles></container>'
        )
        archive.writestr("score.xml", score)
    return packed.getvalue()


def tune(
    *notes: tuple[int, float, float],
    metre: tuple[int, int] | None = (4, 4),
    lines: Sequence[float] = (0, 4, 8),
    key: str | None = None,
) -> Tune:
    """A tune of (pitch, onset, duration) in quarters, between these bar lines."""
    meters = (Meter(Fraction(0), *metre),) if metre else ()
    return Tune(
        notes=tuple(
            TuneNote(p, Fraction(a).limit_denominator(999), Fraction(d).limit_denominator(999)) for p, a, d in notes
        ),
        bars=full_bars([Fraction(line).limit_denominator(999) for line in lines], meters),
        meters=meters,
        key=key,
    )


FRAMES: list[tuple[int, int] | tuple[int, int, float]] = [
    (4, 4),
    (3, 4),
    (2, 6),
    (7, 2),
    (7, 1),
    (3, 3),
    (5, 2),
    (4, 12),
    (1, 1),
    (2, 5),
    (6, 4),
    (3, 7),
    (1, 64),
    (13, 1),
    (2, 8, 2),
    (3, 1, 2),
    (7, 2, 0.5),
    (5, 3, 0.5),
    (2, 12, 1.5),
    (2, 18, 1.5),
    (3, 5, 1.5),
    (2, 14, 1.5),
    (4, 1, 1.5),
    (2, 2, 1.5),
    (2, 4, 1.5),
    (3, 8, 1.5),
    (2, 9, 1.5),
    (1, 3, 0.75),
    (2, 9, 1),
    (2, 6, 3),
]
SCALES = [None, "G major", "Eb harmonic minor", "D dorian", "C# major", "A# blues", "F whole tone", "Gb lydian"]


@st.composite
def melodies(draw: st.DrawFn) -> Melody:
    """Melodies with at least one note, on grids of many metres, scales and tempi, half of them with a pickup."""
    beats, steps_per_beat, *beat = draw(st.sampled_from(FRAMES))
    grid = Grid(
        bars=draw(st.integers(1, 4)),
        beats=beats,
        steps_per_beat=steps_per_beat,
        low=draw(st.integers(0, 60)),
        high=draw(st.integers(72, 127)),
        scale=draw(st.sampled_from(SCALES)),
        tempo=draw(st.floats(8, 1000)) if not beat else draw(st.floats(60, 250)),
        beat=beat[0] if beat else None,
        pickup=max(0, draw(st.integers(-beats * steps_per_beat, beats * steps_per_beat - 1))),
        chords=draw(st.sampled_from([(), ("C",), ("Am " * beats,), (" ".join(["C", "G7"][:beats]), "F")])),
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    kinds = rng.choice(3, grid.steps, p=rng.dirichlet([1, 3, 2]))
    tokens = np.where(kinds < 2, kinds, rng.integers(2, grid.tokens, grid.steps))
    tokens[rng.integers(grid.steps)] = 2
    return Melody(tokens, grid, "A Tune")


def refused(read: Callable[[bytes], Any], data: bytes, message: str) -> None:
    """Bytes that no reader takes are refused with one message, within a second."""

    def attempt() -> None:
        with pytest.raises(TuneError, match=message):
            read(data)

    within(1, attempt)


def tune_or_error(read: Callable[[bytes], Any], data: bytes) -> bool:
    """Whether bytes give a tune with notes, within a second; the one error of readers is the only other outcome."""

    def attempt() -> bool:
        try:
            assert read(data).notes
        except TuneError:
            return False
        return True

    return within(1, attempt)
