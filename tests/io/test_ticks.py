"""MIDI files as programs write them: the times of the score come back, whatever ticks each adds or takes away.

The same three tunes went through abc2midi 4.84, MuseScore 3.2.3, verovio 6.4.1 and LilyPond 2.24.1; below stand the
ticks of their notes. The oracle is the ABC that they were made from.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from evomusic.io.abc.book import read_abc
from evomusic.io.midi_read import read_midi
from evomusic.io.ticks import Span, clean
from tests.io.samples import midi, raw_midi

SCORES = {
    "triplets": "X:1\nM:4/4\nL:1/4\nK:G\nG A (3B/c/d/ e|(3dcB A2|G/A/ B/>c/ (3d/d/d/ e|d>B G2|]\n",
    "pickup": "X:1\nM:4/4\nL:1/8\nK:D\nA2|d2 f2 a2 f2|e2 c2 A2 zA|d4 f4|d6|]\n",
    "jig": "X:1\nM:6/8\nL:1/8\nK:G\nG3 B2 d|g2 e d2 B|c>AF G2 B|d3 z G A|G6|]\n",
}
PLAYED = {
    ("triplets", "abc2midi"): (
        480,
        (4, 4),
        "67:1-480 69:481-960 71:961-1120 72:1121-1280 74:1281-1440 76:1441-1920 74:1921-2240 72:2241-2560 "
        "71:2561-2880 69:2881-3840 67:3841-4080 69:4081-4320 71:4321-4680 72:4681-4800 74:4801-4960 74:4961-5120 "
        "74:5121-5280 76:5281-5760 74:5761-6480 71:6481-6720 67:6721-7680",
    ),
    ("triplets", "musescore"): (
        480,
        (4, 4),
        "67:0-479 69:480-959 71:960-1119 72:1120-1279 74:1280-1439 76:1440-1919 74:1920-2239 72:2240-2559 "
        "71:2560-2879 69:2880-3839 67:3840-4079 69:4080-4319 71:4320-4679 72:4680-4799 74:4800-4959 74:4960-5119 "
        "74:5120-5279 76:5280-5759 74:5760-6479 71:6480-6719 67:6720-7679",
    ),
    ("triplets", "verovio"): (
        120,
        (4, 4),
        "67:0-119 69:120-239 71:240-279 72:280-319 74:320-359 76:360-479 74:480-559 72:560-639 71:640-719 "
        "69:720-959 67:960-1019 69:1020-1079 71:1080-1169 72:1170-1199 74:1200-1239 74:1240-1279 74:1280-1319 "
        "76:1320-1439 74:1440-1619 71:1620-1679 67:1680-1919",
    ),
    ("triplets", "lilypond"): (
        384,
        (4, 4),
        "67:0-384 69:384-768 71:768-896 72:896-1024 74:1024-1152 76:1152-1536 74:1536-1792 72:1792-2048 "
        "71:2048-2304 69:2304-3072 67:3072-3264 69:3264-3456 71:3456-3744 72:3744-3840 74:3840-3968 74:3968-4096 "
        "74:4096-4224 76:4224-4608 74:4608-5184 71:5184-5376 67:5376-6144",
    ),
    ("pickup", "abc2midi"): (
        480,
        (4, 4),
        "69:1-480 74:481-960 78:961-1440 81:1441-1920 78:1921-2400 76:2401-2880 73:2881-3360 69:3361-3840 "
        "69:4081-4320 74:4321-5280 78:5281-6240 74:6241-7680",
    ),
    ("pickup", "musescore"): (
        480,
        (1, 4),
        "69:0-479 74:480-959 78:960-1439 81:1440-1919 78:1920-2399 76:2400-2879 73:2880-3359 69:3360-3839 "
        "69:4080-4319 74:4320-5279 78:5280-6239 74:6240-7679",
    ),
    ("pickup", "verovio"): (
        120,
        (4, 4),
        "69:0-119 74:120-239 78:240-359 81:360-479 78:480-599 76:600-719 73:720-839 69:840-959 69:1020-1079 "
        "74:1080-1319 78:1320-1559 74:1560-1919",
    ),
    ("pickup", "lilypond"): (
        384,
        (4, 4),
        "69:0-384 74:384-768 78:768-1152 81:1152-1536 78:1536-1920 76:1920-2304 73:2304-2688 69:2688-3072 "
        "69:3264-3456 74:3456-4224 78:4224-4992 74:4992-6144",
    ),
    ("jig", "abc2midi"): (
        480,
        (6, 8),
        "79:1-60 67:61-720 69:721-780 71:781-840 71:841-1200 74:1201-1440 79:1441-1920 76:1921-2160 78:2161-2220 "
        "74:2221-2640 71:2641-2880 72:2881-3240 69:3241-3360 66:3361-3600 67:3601-4080 71:4081-4320 81:4321-4380 "
        "79:4381-4440 74:4441-5040 67:5281-5520 69:5521-5760 67:5761-7200",
    ),
    ("jig", "musescore"): (
        480,
        (6, 8),
        "79:0-76 67:77-718 69:720-796 71:797-873 71:876-1199 74:1200-1439 79:1440-1919 76:1920-2159 78:2160-2236 "
        "74:2237-2638 71:2640-2879 72:2880-3239 69:3240-3359 66:3360-3599 67:3600-4079 71:4080-4319 81:4320-4396 "
        "79:4397-4473 74:4475-5038 67:5280-5519 69:5520-5759 67:5760-7199",
    ),
    ("jig", "verovio"): (
        120,
        (6, 8),
        "79:0-7 67:8-179 69:162-170 71:171-179 71:180-299 74:300-359 79:360-479 76:480-539 78:531-539 74:540-659 "
        "71:660-719 72:720-809 69:810-839 66:840-899 67:900-1019 71:1020-1079 81:1080-1087 79:1088-1096 "
        "74:1097-1259 67:1320-1379 69:1380-1439 67:1440-1799",
    ),
    ("jig", "lilypond"): (
        384,
        (6, 8),
        "79:0-43 67:43-575 69:575-596 71:597-618 71:619-1003 74:1003-1195 79:1195-1579 76:1579-1727 78:1727-1770 "
        "74:1771-2155 71:2155-2347 72:2347-2635 69:2635-2731 66:2731-2923 67:2923-3307 71:3307-3455 81:3455-3476 "
        "79:3477-3498 74:3499-4075 67:4267-4459 69:4459-4651 67:4651-5803",
    ),
}


def spans(text: str) -> list[tuple[int, int, int]]:
    """Notes of `pitch:first-last` ticks."""
    pairs = [word.split(":") for word in text.split()]
    return [(int(pitch), *map(int, ticks.split("-"))) for pitch, ticks in pairs]  # type: ignore[misc]


@pytest.mark.parametrize(("score", "program"), PLAYED, ids=" by ".join)
def test_a_score_that_a_program_played_is_read_as_it_was_written(score: str, program: str) -> None:
    ticks, metre, notes = PLAYED[score, program]
    tune = read_midi(midi(spans(notes), ticks=ticks, metre=metre))
    written = read_abc(SCORES[score].encode())
    assert [(n.pitch, n.onset, n.duration) for n in tune.notes] == [
        (n.pitch, n.onset, n.duration) for n in written.notes
    ]
    graces = ("6 short notes left out as grace notes",) if score == "jig" else ()
    assert tune.remarks == graces


def test_a_grace_note_whose_note_off_stands_before_its_note_on_is_no_note() -> None:
    events = b"\x00\x80\x4f\x00\x00\x90\x4f\x40\x00\x90\x43\x40\x87\x40\x80\x43\x40\x00\x90\x4f\x40\x83\x60\x80\x4f\x40"
    assert read_midi(raw_midi(events + b"\x00\xff\x2f\x00")).notes == ((67, 0, 2), (79, 2, 1))


def test_notes_let_go_by_a_program_before_it_plays_are_no_grace_notes() -> None:
    events = b"\x00\x80\x43\x00\x00\x90\x43\x40\x83\x60\x80\x43\x40\x00\x90\x45\x40\x83\x60\x80\x45\x40"
    assert read_midi(raw_midi(events + b"\x00\xff\x2f\x00")).notes == ((67, 0, 1), (69, 1, 1))


@pytest.mark.parametrize("steps", [4, 6, 8, 12, 16])
@pytest.mark.parametrize(("start", "end"), [(0, -1), (1, 0), (1, -1), (-1, 0), (2, -1)])
@pytest.mark.parametrize("ticks", [480, 960])
def test_times_a_tick_or_two_off_go_onto_the_steps_of_the_score(steps: int, start: int, end: int, ticks: int) -> None:
    step = ticks // steps
    notes = [Span(60 + i, max(i * step + start, 0), (i + 1) * step + end) for i in range(12)]
    parts, remarks, shift = clean([notes], ticks)
    assert parts == [[(60 + i, Fraction(i, steps), Fraction(1, steps)) for i in range(12)]]
    assert (remarks, shift) == ([], 0)


@pytest.mark.parametrize("gate", [0.9, 0.92, 0.95, 0.98])
def test_notes_that_a_program_detaches_a_little_last_to_the_next(gate: float) -> None:
    notes = [Span(60 + i, 480 * i, 480 * i + round(480 * gate) - 1) for i in range(4)]
    assert [note.duration for note in clean([notes], 480).parts[0][:3]] == [1, 1, 1]


def test_a_triplet_that_was_rounded_by_a_tick_is_a_triplet() -> None:
    notes = [Span(67, 0, 119), Span(69, 120, 159), Span(71, 159, 199), Span(72, 200, 239), Span(74, 240, 359)]
    cleaned = clean([notes], 120)  # as verovio writes it: 159 for 160
    assert [note.onset for note in cleaned.parts[0]] == [0, 1, Fraction(4, 3), Fraction(5, 3), 2]
    assert [note.duration for note in cleaned.parts[0]] == [1, *[Fraction(1, 3)] * 3, 1]


def test_rests_stay_rests() -> None:
    notes = [Span(60, 0, 239), Span(62, 480, 719), Span(64, 960, 1319), Span(65, 1440, 1919)]
    assert clean([notes], 480).parts == [[(60, 0, 0.5), (62, 1, 0.5), (64, 2, 0.75), (65, 3, 1)]]


@pytest.mark.parametrize("steps", [1, 3, 4, 5, 7, 9, 11, 24, 48, 61, 64, 96])
def test_times_that_are_fractions_of_a_quarter_are_left_as_they_are(steps: int) -> None:
    ticks = 480 * steps
    notes = [Span(60 + i, i * 480, i * 480 + 480 * (1 + i % 2)) for i in range(5)]
    assert clean([notes], ticks).parts == [[(p, Fraction(a, ticks), Fraction(b - a, ticks)) for p, a, b in notes]]


def test_a_recording_keeps_its_times() -> None:
    rng = np.random.default_rng(0)
    starts = np.cumsum(rng.integers(90, 400, 30)).tolist()
    notes = [Span(60, a, a + 83) for a in starts]
    assert clean([notes], 480).parts == [[(60, Fraction(a, 480), Fraction(83, 480)) for a in starts]]


def test_short_notes_of_a_figure_on_the_beat_are_no_grace_notes() -> None:
    figure = [0, 80, 160, 240, 300, 360, 420, 480, 720]  # sixteenths of a triplet, then thirty-seconds
    notes = [Span(60 + i, a, b - 1) for i, (a, b) in enumerate(zip(figure, [*figure[1:], 960], strict=True))]
    cleaned = clean([notes], 480)
    assert (len(cleaned.parts[0]), cleaned.remarks) == (9, [])
    assert [float(n.onset * 480) for n in cleaned.parts[0]] == figure
