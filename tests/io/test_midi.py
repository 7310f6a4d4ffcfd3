from __future__ import annotations

import io
from fractions import Fraction

import mido
import numpy as np
import pytest

from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.io import TuneError, fit
from evomusic.io.choice import Choice
from evomusic.io.guard import MAX_MESSAGES, read_events
from evomusic.io.midi import midi_bytes
from evomusic.io.midi_read import read_midi
from tests.io.samples import midi, raw_midi, refused, tune_or_error

GRID = Grid(bars=1, beats=4, steps_per_beat=2, scale="E minor", tempo=96)
MELODY = Melody.parse("E4 - G4 . B4 B4 - -", GRID, "A Tune")
END = b"\x00\xff\x2f\x00"


def test_notes_are_read_in_quarters() -> None:
    tune = read_midi(midi([(60, 0, 480), (64, 720, 960)]))
    assert tune.notes == ((60, 0, 1), (64, 1.5, 0.5))


def test_bars_metre_key_and_tempo_are_read() -> None:
    tune = read_midi(midi([(60, 0, 480), (64, 1440, 1920)], metre=(3, 4), key="Am", tempo=600_000))
    assert tune.bars == (0, 3, 6)
    assert (tune.meters[0].name, tune.key, tune.tempo) == ("3/4", "A minor", 100)


def test_a_file_without_time_signature_has_no_metre() -> None:
    assert read_midi(midi([(60, 0, 480)], metre=None)).meters == ()


def test_repeated_notes_that_touch_stay_apart() -> None:
    assert [n.duration for n in read_midi(midi([(60, 0, 480), (60, 480, 960)])).notes] == [1, 1]


def test_a_note_that_is_struck_before_it_is_let_go_is_cut() -> None:
    tune = read_midi(midi([(60, 0, 490), (60, 480, 960)]))
    assert [(n.onset, n.duration) for n in tune.notes] == [(0, 1), (1, 1)]
    assert tune.remarks == ("1 note cut that ran into the next by up to 0.0208 quarters",)


def test_a_note_that_is_never_let_go_lasts_to_the_end() -> None:
    assert read_midi(raw_midi(b"\x00\x90\x3c\x40\x83\x60\xff\x2f\x00")).notes == ((60, 0, 1),)


def test_running_status_is_read() -> None:
    events = b"\x00\x90\x3c\x40\x83\x60\x3c\x00\x00\x3e\x40\x83\x60\x3e\x00" + END
    assert read_midi(raw_midi(events)).notes == ((60, 0, 1), (62, 1, 1))


def test_drums_are_left_out_and_told() -> None:
    tune = read_midi(midi([(60, 0, 480)], [(36, 0, 240), (38, 240, 480)], channels=(0, 9)))
    assert [n.pitch for n in tune.notes] == [60]
    assert tune.remarks == ("2 drum notes left out",)


def test_drums_alone_are_no_tune() -> None:
    with pytest.raises(TuneError, match="holds no note"):
        read_midi(midi([(36, 0, 240)], channels=(9,)))


def test_tracks_that_take_turns_are_joined() -> None:
    assert [n.pitch for n in read_midi(midi([(60, 0, 480)], [(62, 480, 960)])).notes] == [60, 62]


def test_tracks_that_sound_together_ask_for_a_part() -> None:
    data = midi([(60, 0, 480)], [(48, 0, 960)])
    with pytest.raises(TuneError, match=r"2 parts sound together.*1 = track 2 channel 1, 2 = track 3 channel 1"):
        read_midi(data)
    assert [n.pitch for n in read_midi(data, Choice(part=2)).notes] == [48]


def test_a_chord_is_read_as_its_top_note_or_refused_with_its_bar() -> None:
    data = midi([(55, 0, 480), (60, 1920, 2400), (64, 1920, 2400)])
    tune = read_midi(data)
    assert ([n.pitch for n in tune.notes], tune.remarks) == ([55, 64], ("1 chord read as the top note",))
    with pytest.raises(TuneError, match="C4 and E4 sound together in bar 2"):
        read_midi(data, Choice(chords="refuse"))


def test_chunks_of_other_kinds_are_passed_over() -> None:
    data = midi([(60, 0, 480)])
    assert read_midi(data[:14] + b"XFIH\x00\x00\x00\x02ab" + data[14:]) == read_midi(data)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"hello, I am text and not MIDI at all", "is no MIDI file"),
        (raw_midi(END, kind=2), "MIDI format 2"),
        (raw_midi(END, ticks=0xE728), "counts time in seconds"),
        (raw_midi(END)[:-2], "a track claims 4 bytes, 2 are left"),
        (raw_midi(END)[:11] + b"\x02" + raw_midi(END)[12:], "it holds 1 of 2 tracks"),
        (raw_midi(END)[:10] + b"\x7f\x00" + raw_midi(END)[12:], "has 32512 tracks"),
        (raw_midi(b"\x00\x3c\x40" + END), "belong to no message"),
        (raw_midi(b"\x00\x90\x3c\xff"), "lacks its data"),
        (raw_midi(b"\x00\xf4" + END), "status byte 0xf4"),
        (raw_midi(b"\x00\xff\x01\x7fab"), "a message claims 127 bytes, 2 are left"),
        (raw_midi(b"\xff" * 200_000), "longer than four bytes"),
        (raw_midi(b"\x81\x80\x80\x80\x00\x90\x3c\x40" + END), "longer than four bytes"),
        (raw_midi(b"\x00\x90\x3c\x40\x00\xf0\x01\xf7\x10\x3c\x00" + END), "belong to no message"),
        (raw_midi(b"\x00\x90\x3c\x40\xff\xff\xff\x7f\x80\x3c\x40" + END), "more than 16384 quarter notes"),
        (raw_midi(b"\x00\xc0\x01" + b"\x00\x01" * MAX_MESSAGES + END), "MIDI messages"),
        (raw_midi(b"\x00\x90\x3c\x40" + b"\x00\x3c\x40" * 20_000 + END), "10000 notes"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_cannot_be_read_is_refused_within_a_second(data: bytes, message: str) -> None:
    refused(read_midi, data, message)


NOTE = b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x40"


@pytest.mark.parametrize(
    ("event", "word"),
    [
        (b"\xff\x51\x03\x00\x00\x00", "tempo"),
        (b"\xff\x51\x03\x00\x00\x0a", "tempo"),
        (b"\xff\x51\x02\x07\xa1", "tempo"),
        (b"\xff\x58\x04\x00\x02\x18\x08", "time signature"),
        (b"\xff\x58\x04\x04\x40\x18\x08", "time signature"),
        (b"\xff\x58\x02\x04\x02", "time signature"),
        (b"\xff\x58\x00", "time signature"),
        (b"\xff\x59\x02\x08\x00", "key signature"),
        (b"\xff\x59\x02\x02\x02", "key signature"),
        (b"\xff\x59\x00", "key signature"),
    ],
    ids=lambda v: v.hex() if isinstance(v, bytes) else "",
)
def test_a_meta_event_that_is_short_or_out_of_range_is_passed_over_with_a_remark(event: bytes, word: str) -> None:
    tune = read_midi(raw_midi(b"\x00" + event + NOTE + END))
    assert (tune.notes, tune.meters, tune.key, tune.tempo) == (((60, 0, 1),), (), None, None)
    assert tune.remarks == (f"1 unusable {word} passed over",)


@pytest.mark.parametrize(
    "event", [b"\xff\x20\x00", b"\xff\x21\x00", b"\xff\x54\x01\x00", b"\xff\x7f\x00", b"\xff\x03\x00"]
)
def test_other_short_meta_events_say_nothing_of_the_notes(event: bytes) -> None:
    tune = read_midi(raw_midi(b"\x00" + event + NOTE + END))
    assert (tune.notes, tune.remarks) == (((60, 0, 1),), ())


def test_tempi_and_keys_that_follow_the_first_are_told() -> None:
    first = b"\x00\xff\x51\x03\x07\xa1\x20\x00\xff\x59\x02\x01\x00"
    other = b"\x00\xff\x51\x03\x0f\x42\x40\x00\xff\x59\x02\x02\x00"
    tune = read_midi(raw_midi(first + NOTE + other + NOTE + other + END))
    assert (tune.tempo, tune.key) == (120, "G major")
    assert tune.remarks == ("1 other tempo passed over", "1 other key passed over")


@pytest.mark.parametrize(
    ("before", "after", "tempo", "others"),
    [
        (b"", b"\x00\xff\x51\x03\x0f\x42\x40", 120, 1),
        (b"\x00\xff\x51\x03\x07\xa1\x20\x00\xff\x51\x03\x0f\x42\x40", b"", 60, 0),
        (b"", b"", None, 0),
    ],
    ids=["after", "twice", "none"],
)
def test_the_tempo_is_that_under_the_first_note(before: bytes, after: bytes, tempo: float | None, others: int) -> None:
    tune = read_midi(raw_midi(before + NOTE + after + NOTE + END))
    assert (tune.tempo, tune.remarks) == (tempo, ("1 other tempo passed over",) * others)


def test_notes_without_length_are_told() -> None:
    empty = b"\x00\x90\x40\x40\x00\x80\x40\x40"
    tune = read_midi(raw_midi(NOTE + empty + NOTE + b"\x00\x90\x43\x40" + END))
    assert [note.pitch for note in tune.notes] == [60, 60]
    assert tune.remarks == ("2 empty notes left out",)


def test_events_are_those_that_mido_reads() -> None:
    data = midi([(60, 0, 480), (64, 720, 960)], [(72, 5, 90_000)], channels=(0, 3), key="Am", tempo=600_000)
    file, expected = mido.MidiFile(file=io.BytesIO(data)), []
    for number, track in enumerate(file.tracks):
        tick = 0
        for message in track:
            tick += message.time
            raw = bytes(message.bin() if not message.is_meta else message.bytes())
            expected.append(
                (tick, number, raw[1] + 0x100, raw[3:]) if message.is_meta else (tick, number, raw[0], raw[1:])
            )
    assert read_events(data) == (480, expected)


def test_notes_that_run_into_the_next_on_one_channel_make_a_line() -> None:
    tune = read_midi(midi([(60, 0, 365), (62, 240, 605), (64, 480, 720)]))
    assert [(n.pitch, n.onset, n.duration) for n in tune.notes] == [(60, 0, 0.5), (62, 0.5, 0.5), (64, 1, 0.5)]
    assert tune.remarks == ("2 notes cut that ran into the next by up to 0.25 quarters",)


@pytest.mark.parametrize(
    ("events", "notes"),
    [
        (
            b"\x00\x90\x3c\x40\x00\x90\x3c\x40\x83\x60\x80\x3c\x40\x00\x90\x3e\x40\x83\x60\x80\x3e\x40",
            [(60, 0, 1), (62, 1, 1)],
        ),
        (b"\x00\x90\x3c\x40\x83\x60\x90\x3c\x40\x83\x60\x80\x3c\x40", [(60, 0, 1), (60, 1, 1)]),
        (b"\x00\x90\x3c\x40\x83\x60\x80\x3c\x40\x00\x80\x3c\x40", [(60, 0, 1)]),
    ],
    ids=["doubled", "struck again", "let go twice"],
)
def test_notes_that_are_struck_or_let_go_twice_are_one_line(events: bytes, notes: list[tuple[int, int, int]]) -> None:
    assert [tuple(n) for n in read_midi(raw_midi(events + END)).notes] == notes


def test_a_track_that_ends_late_adds_no_bars() -> None:
    data = raw_midi(NOTE + b"\x81\x82\x00\xff\x06\x01x" + END)
    tune = read_midi(data)
    assert (tune.bars, tune.silence) == ((0, 4), Fraction(16640, 480) - 3)


def test_a_first_bar_of_a_shorter_metre_is_a_pickup() -> None:
    head = b"\x00\xff\x58\x04\x01\x02\x18\x08" + NOTE + b"\x00\xff\x58\x04\x04\x02\x18\x08"
    tune = read_midi(raw_midi(head + NOTE * 5 + END))
    assert (tune.pickup, tune.bars, [m.name for m in tune.meters]) == (1, (1, 5, 9), ["4/4"])


def test_a_metre_that_changes_after_two_bars_is_kept() -> None:
    head = b"\x00\xff\x58\x04\x01\x02\x18\x08" + NOTE * 2 + b"\x00\xff\x58\x04\x04\x02\x18\x08"
    tune = read_midi(raw_midi(head + NOTE * 5 + END))
    assert (tune.bars, [m.name for m in tune.meters]) == ((0, 1, 2, 6, 10), ["1/4", "4/4"])


def test_any_damaged_byte_and_any_cut_gives_a_tune_or_one_error() -> None:
    data, rng = midi_bytes(MELODY), np.random.default_rng(0)
    cuts = [data[:i] for i in range(len(data))]
    damaged = [data[:i] + bytes([b]) + data[i + 1 :] for i in range(len(data)) for b in rng.integers(0, 256, 6)]
    assert not any(tune_or_error(read_midi, case) for case in cuts)  # a cut file is always noticed
    assert any(tune_or_error(read_midi, case) for case in damaged)


def test_a_file_holds_what_mido_reads_in_it() -> None:
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(MELODY)))
    seen = {m.type: m for m in file.tracks[0] if m.is_meta}
    assert (file.type, file.ticks_per_beat, len(file.tracks)) == (0, 480, 1)
    assert seen["track_name"].name == "A Tune"
    assert seen["set_tempo"].tempo == 625_000
    assert (seen["time_signature"].numerator, seen["time_signature"].denominator) == (4, 4)
    assert seen["key_signature"].key == "Em"
    assert sum(m.time for m in file.tracks[0]) == 4 * 480


def test_a_note_is_let_go_before_the_next_is_struck() -> None:
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(MELODY)))
    played = [(m.type, m.note, m.time) for m in file.tracks[0] if not m.is_meta]
    assert played[4:7] == [("note_on", 71, 240), ("note_off", 71, 240), ("note_on", 71, 0)]


@pytest.mark.parametrize(("steps", "ticks"), [(4, 480), (12, 480), (7, 3360), (64, 960), (61, 29280)])
def test_a_step_is_always_a_whole_tick(steps: int, ticks: int) -> None:
    grid = Grid(bars=1, beats=1, steps_per_beat=steps)
    file = mido.MidiFile(file=io.BytesIO(midi_bytes(Melody(np.full(steps, 2), grid))))
    assert file.ticks_per_beat == ticks


def test_tempo_in_compound_metre_counts_dotted_quarters() -> None:
    grid = Grid(bars=1, beats=2, steps_per_beat=6, tempo=80)
    assert read_midi(midi_bytes(Melody(np.full(12, 2), grid))).tempo == pytest.approx(120)


def test_a_tempo_too_slow_for_midi_is_refused() -> None:
    with pytest.raises(ValueError, match=r"at least 3\.58 quarters"):
        midi_bytes(Melody(np.full(16, 2), Grid(bars=1, tempo=2)))


def test_titles_beyond_latin_letters_come_back() -> None:
    assert read_midi(midi_bytes(Melody(MELODY.tokens, GRID, "Ősz és 秋"))).title == "Ősz és 秋"


def test_the_same_melody_gives_the_same_bytes() -> None:
    assert midi_bytes(MELODY) == midi_bytes(Melody.parse(MELODY.text, GRID, "A Tune"))


CHORDS = Grid(bars=2, beats=2, steps_per_beat=6, scale="D minor", chords=("Dm", "A7"))


def test_chords_are_a_second_track_and_the_melody_is_read_without_asking() -> None:
    melody = Melody(np.array([2, 1, 3, 1, 0, 4] * 4, np.uint8), CHORDS, "A tune")
    data = midi_bytes(melody)
    file = mido.MidiFile(file=io.BytesIO(data))
    assert [track.name for track in file.tracks] == ["A tune", "Chords"]
    assert {m.channel for m in file.tracks[1] if m.type == "note_on"} == {1}
    assert sorted(m.note % 12 for m in file.tracks[1] if m.type == "note_on") == sorted([2, 5, 9, 9, 1, 4, 7])
    assert sum(m.time for m in file.tracks[0]) == sum(m.time for m in file.tracks[1])
    fitted = fit(read_midi(data), CHORDS)
    assert (fitted.melody, fitted.report) == (melody.canonical, ())
    assert fit(read_midi(data, Choice(part=1)), CHORDS).melody == melody.canonical
    assert [n.pitch for n in read_midi(data, Choice(part=2, chords="top")).notes] == [57, 55]
    with pytest.raises(TuneError, match="sound together"):
        read_midi(data, Choice(part=2))


def test_chords_alone_are_read_as_what_they_are() -> None:
    with pytest.raises(TuneError, match="sound together"):
        read_midi(midi_bytes(Melody(np.zeros(24, np.uint8), CHORDS)))


@pytest.mark.parametrize("tempo", [100, 180, 99, 66.5, 139.95, 61.234])
def test_a_tempo_that_was_rounded_to_microseconds_is_read_as_it_was_written(tempo: float) -> None:
    assert read_midi(midi([(60, 0, 480)], tempo=round(60e6 / tempo))).tempo == tempo
