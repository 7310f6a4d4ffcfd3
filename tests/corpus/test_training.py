"""Training: counts that can be made by hand, the same every time, and an account of what was used."""

import numpy as np
import pytest

from evomusic.core import theory
from evomusic.core.grid import FIRST_PITCH
from evomusic.core.melody import Melody
from evomusic.corpus.excerpts import excerpts
from evomusic.corpus.style import HIGH, LOW, TONIC, frame, mean_information, train, usage
from evomusic.corpus.tunes import TICKS, Section, Source
from evomusic.rules.style import PitchStyle, RhythmStyle
from evomusic.rules.style_file import from_json, to_json
from evomusic.rules.style_model import START
from evomusic.testing import pay

HALF = 2 * TICKS


def tune(name, *degrees, key="C major", metre=(4, 4), length=HALF):
    """Four bars of notes of one length, as semitones above the tonic."""
    per = 4 * TICKS * metre[0] // metre[1] // length
    tonic, _ = theory.parse_scale(key)
    notes = [(60 + tonic + degree, length) for degree in degrees]
    bars = tuple(tuple(notes[i : i + per]) for i in range(0, len(notes), per))
    return Source(name, name * 8, (Section(metre, key, bars),))


SCALE = tune("scale", 0, 2, 4, 5, 7, 5, 4, 0)
TURNS = tune("turns", 0, 2, 0, 2, 0, 2, 4, 0)
WALTZ = tune("waltz", *(0, 4, 7) * 4, metre=(3, 4), length=TICKS)


def test_counts_are_those_made_by_hand():
    model = train([SCALE, TURNS], "hand")
    assert model.pitch.counts[START] == {0: 2}
    assert model.pitch.counts[0,] == {2: 2}
    assert model.pitch.counts[0, 2] == {4: 2, 0: 2}
    assert sum(n for row in model.pitch.counts.values() for n in row.values()) == 16
    rhythm = model.rhythm(4, 4)
    assert rhythm.counts[0, 0] == (0, 0, 2)  # the first note of each
    assert rhythm.counts[0, 8] == (0, 0, 6)  # three more at the bar line, after a half note
    assert rhythm.counts[8, 8] == (0, 0, 8)
    assert rhythm.counts[3, 3] == (0, 8, 0)
    assert sum(map(sum, rhythm.counts.values())) == 2 * 64


def test_every_metre_has_its_rhythm_and_pitches_are_counted_once():
    model = train([SCALE, WALTZ], "both")
    assert set(model.rhythms) == {(4, 4), (4, 2), (2, 4), (3, 4), (3, 2)}
    assert model.pitch.counts[START] == {0: 2}
    assert train([SCALE, WALTZ], "one", metre=(4, 4)).pitch.counts[START] == {0: 1}


def test_training_tunes_average_zero_a_note_and_a_step(tmp_path):
    tunes = [SCALE, TURNS, tune("leaps", 0, 12, 0, 7, -5, 19, 0, 0)]
    path = tmp_path / "hand.json"
    path.write_text(to_json(train(tunes, "hand")), encoding="utf-8")
    grid = frame((4, 4))
    melodies = [Melody(row, grid) for row in excerpts(tunes, grid, tonic=TONIC).melodies]
    assert len(melodies) == 3
    values = [pay(PitchStyle(style=str(path)), melody) for melody in melodies]
    assert np.sum(values) == pytest.approx(0, abs=1e-12)
    assert np.sum([pay(RhythmStyle(style=str(path)), melody) for melody in melodies]) == pytest.approx(0, abs=1e-11)
    assert np.abs(values).sum() > 1


def test_information_is_the_mean_over_the_notes_of_each_excerpt():
    model = train([SCALE], "one")
    row = excerpts([SCALE], frame((4, 4)), tonic=TONIC).melodies[0]
    symbols = [int(token) - FIRST_PITCH + LOW for token in row if token >= FIRST_PITCH]
    assert symbols == [0, 2, 4, 5, 7, 5, 4, 0]
    assert model.information == (round(mean_information(model.pitch, symbols), 4),) * 5
    assert mean_information(model.pitch, []) == 0


def test_bands_hold_every_measure_over_the_tunes_in_the_scale():
    chromatic = tune("chromatic", 0, 1, 2, 3, 4, 5, 6, 7)
    bands = train([SCALE, chromatic], "hand").bands
    assert bands["Notes()"] == (8.0,) * 5
    assert bands["PitchRange()"] == (7.0,) * 5  # the scale: the chromatic line is not among them
    assert {"Autocorrelation(lag=1)", "Autocorrelation(lag=2)", "Autocorrelation(lag=3)"} <= set(bands)
    assert not train([chromatic], "chromatic").bands


def test_the_same_tunes_give_the_same_bytes_and_their_account():
    text = to_json(train([SCALE, TURNS], "hand", provenance={"source": "by hand"}))
    assert text == to_json(train([SCALE, TURNS], "hand", provenance={"source": "by hand"}))
    account = from_json(text).provenance
    assert account["source"] == "by hand"
    assert (account["tunes read"], account["tunes used"], account["excerpts"]["4x4"]) == (2, 2, 2)
    assert account["input sha256"] != train([SCALE], "hand").provenance["input sha256"]


def test_a_style_of_another_mode_takes_those_tunes():
    minor = tune("minor", 0, 2, 3, 5, 7, 5, 3, 0, key="A minor")
    model = train([SCALE, minor], "minor", mode="minor")
    assert model.mode == "minor"
    assert model.pitch.counts[0, 2] == {3: 1}


def test_metres_with_few_excerpts_can_be_left_out():
    assert set(train([SCALE, TURNS, WALTZ], "hand", least=2).rhythms) == {(4, 4), (4, 2), (2, 4)}


@pytest.mark.parametrize(
    ("tunes", "fields", "message"),
    [
        ([], {}, f"no major excerpt of 4 full bars fits two octaves, from {LOW} to {HIGH} semitones above its tonic"),
        ([SCALE], {"mode": "dorian"}, "no dorian excerpt"),
        ([SCALE], {"metre": (3, 4)}, "in bars of 3 beats of 4 steps"),
    ],
    ids=["nothing", "mode", "metre"],
)
def test_without_an_excerpt_there_is_no_style(tunes, fields, message):
    with pytest.raises(ValueError, match=message):
        train(tunes, "none", **fields)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (SCALE, "used, 1 excerpt"),
        (tune("long", *(0, 2, 4, 5) * 4), "used, 2 excerpts"),
        (tune("minor", 0, 2, 3, 5, 7, 5, 3, 0, key="A minor"), "not used: it is in A minor, not major"),
        (tune("five", *(0,) * 20, metre=(5, 4), length=TICKS), "not used: its metre is 5/4"),
        (tune("wide", 0, 2, 24, 0, 36, 0, 0, 0), "not used: it goes beyond two octaves"),
        (
            tune("triplets", *(0,) * 48, length=TICKS // 3),
            "not used: an onset in every four bars lies between the steps",
        ),
        (tune("short", 0, 2, 4, 5), "not used: it has no 4 full bars in a row"),
    ],
    ids=lambda part: part.name if isinstance(part, Source) else "",
)
def test_it_is_said_how_much_of_a_tune_is_used_or_why_none(source, said):
    assert usage(source) == said
