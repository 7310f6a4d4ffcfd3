"""Style models: probabilities and values by hand, centred on their counts; damaged files refused in one line."""

import json
import math
from fractions import Fraction
from itertools import pairwise

import pytest

from evomusic.core.grid import FIRST_PITCH, HOLD, REST, Grid
from evomusic.core.melody import Melody
from evomusic.rules.style import PitchStyle, RhythmStyle
from evomusic.rules.style_file import DATA, from_json, load_style, shipped_styles, to_json
from evomusic.rules.style_model import START, PitchModel, RhythmModel, StyleModel, priced
from evomusic.testing import pay

# Three tunes of one, two and three notes: 0; 0 2; 0 2 4, and one more 0 2 0.
COUNTS = {START: {0: 4}, (0,): {2: 3}, (0, 2): {4: 1, 0: 1}}


def tiny(doubt=0.0):
    """A style small enough to work out by hand: symbols 0 to 4, one bar of two beats of one step."""
    rhythm = RhythmModel(2, 1, {(0, 0): (1, 0, 3), (1, 1): (0, 2, 1), (1, -1): (1, 0, 0)}, doubt)
    pitch = PitchModel(COUNTS, 0, 4, doubt)
    return StyleModel("tiny", "major", pitch, {(2, 1): rhythm}, (1.0, 1.5, 2.0, 2.5, 3.0), {}, {"source": "by hand"})


@pytest.fixture
def tiny_path(tmp_path):
    path = tmp_path / "tiny.json"
    path.write_text(to_json(tiny()), encoding="utf-8")
    return str(path)


def shipped():
    return load_style("ryan")


def test_probabilities_are_those_worked_out_by_hand():
    model = tiny().pitch
    lowest = Fraction(1, 5)
    any_0, any_4 = (Fraction(5) + 3 * lowest) / 12, (Fraction(1) + 3 * lowest) / 12  # 9 notes: 5, 3, 1 of 3 kinds
    after_2 = (Fraction(1) + 2 * any_4) / 4  # 2 followed by 4 and by 0, once each
    after_0_2 = (Fraction(1) + 2 * after_2) / 4
    assert model.probability((), 0) == pytest.approx(float(any_0), abs=1e-15)
    assert model.probability((2,), 4) == pytest.approx(float(after_2), abs=1e-15)
    assert model.probability((0, 2), 4) == pytest.approx(float(after_0_2), abs=1e-15)
    assert model.information((0, 2), 4) == pytest.approx(-math.log2(after_0_2), abs=1e-15)
    assert model.probability(START, 0) == pytest.approx(float((4 + any_0) / 5), abs=1e-15)


@pytest.mark.parametrize("model", [tiny().pitch, tiny(3.0).pitch, shipped().pitch], ids=["tiny", "doubting", "ryan"])
def test_pitch_probabilities_sum_to_one_after_every_context(model):
    for context in model.followers:
        total = math.fsum(model.probability(context, symbol) for symbol in range(model.low, model.high + 1))
        assert total == pytest.approx(1.0, abs=1e-12)


def test_a_pair_never_met_is_remembered_as_its_last_pitch_and_one_never_met_not_at_all():
    model = tiny().pitch
    assert model.longest((4, 2)) == (2,)
    assert model.longest((0, 2)) == (0, 2)
    assert model.follow((0, 2), 3) == ()
    assert model.follow(START, 0) == (0,)


def test_doubt_takes_a_rare_context_nearer_to_the_shorter_one():
    sure, doubting = tiny().pitch, tiny(8.0).pitch
    near = [abs(m.probability((0, 2), 4) / m.probability((2,), 4) - 1) for m in (sure, doubting)]
    assert near[1] < near[0]


def test_bits_are_doubled_beyond_six_and_end_at_nine():
    assert [priced(bits) for bits in (0.0, 6.0, 7.0, 7.5, 40.0)] == [0.0, 6.0, 8.0, 9.0, 9.0]


@pytest.mark.parametrize("metre", list(shipped().rhythms), ids=str)
def test_rhythm_probabilities_sum_to_one_and_a_hold_in_silence_has_none(metre):
    model = shipped().rhythm(*metre)
    for position, memory in model.counts:
        spread = [model.probability(position, memory, kind) for kind in (REST, HOLD, FIRST_PITCH)]
        assert math.fsum(spread) == pytest.approx(1.0, abs=1e-12)
        assert (spread[HOLD] == 0) == (memory <= 0)


def test_rhythm_probabilities_are_those_worked_out_by_hand():
    model = tiny().rhythm(2, 1)
    sounding = Fraction(1, 3)  # of a hold, by chance
    for holds, of, kinds in ((2, 3, 2),) * 3:  # any note, at position 1, and of age 1: the same three events
        sounding = (holds + kinds * sounding) / (of + kinds)
    assert model.probability(1, 1, HOLD) == pytest.approx(float(sounding), abs=1e-15)
    silent = (Fraction(3) + 2 * Fraction(1, 2)) / 7  # an onset in silence: 3 of 5 events of 2 kinds
    at_0 = (Fraction(3) + 2 * silent) / 6
    assert model.probability(0, 0, FIRST_PITCH + 3) == pytest.approx(float((3 + 2 * at_0) / 6), abs=1e-15)


def test_ages_are_counted_to_two_beats_and_silence_to_one():
    model = RhythmModel(4, 4, {(0, 0): (0, 0, 1)})
    note = [model.follow(0, FIRST_PITCH)]
    for _ in range(10):
        note.append(model.follow(note[-1], HOLD))
    silence = [model.follow(note[-1], REST)]
    for _ in range(5):
        silence.append(model.follow(silence[-1], HOLD))
    assert note == [1, 2, 3, 4, 5, 6, 7, 8, 8, 8, 8]
    assert silence == [-1, -2, -3, -4, -4, -4]


def test_pitch_style_pays_what_is_worked_out_by_hand(tiny_path):
    rule, grid = PitchStyle(style=tiny_path, tonic="C4"), Grid(bars=2, beats=2, steps_per_beat=1, low=60, high=64)
    model = tiny().pitch
    bits = [model.information(START, 0), model.information((0,), 2), model.information((0, 2), 4)]
    values = pay(rule, Melody.parse("C4 - | D4 E4", grid))
    assert values == pytest.approx([(model.centre - bits[0]) / 3, 0.0, *((model.centre - b) / 3 for b in bits[1:])])


@pytest.mark.parametrize("model", [tiny(), shipped()], ids=["tiny", "ryan"])
def test_the_counts_average_exactly_zero(model):
    notes = [
        (n, model.pitch.centre - priced(model.pitch.information(context, symbol)))
        for context, row in model.pitch.counts.items()
        for symbol, n in row.items()
    ]
    assert math.fsum(n * value for n, value in notes) == pytest.approx(0, abs=1e-9 * sum(n for n, _ in notes))
    for rhythm in model.rhythms.values():
        steps = [
            (n, rhythm.centre - priced(rhythm.information(*place, kind)))
            for place, row in rhythm.counts.items()
            for kind, n in enumerate(row)
            if n
        ]
        assert math.fsum(n * value for n, value in steps) == pytest.approx(0, abs=1e-9 * sum(n for n, _ in steps))


def test_a_style_is_read_once_a_process_and_again_when_it_has_changed(tiny_path):
    before = load_style(tiny_path)
    assert load_style(tiny_path) is before
    with open(tiny_path, "w", encoding="utf-8") as file:
        file.write(to_json(tiny(doubt=11.0)))
    assert load_style(tiny_path).pitch.doubt == 11.0


@pytest.mark.parametrize("name", shipped_styles())
def test_a_shipped_style_is_written_as_it_was_read(name):
    text = (DATA / f"{name}.json").read_text(encoding="utf-8")
    assert to_json(from_json(text)) == text


@pytest.mark.parametrize("name", shipped_styles())
def test_a_shipped_style_is_small_and_says_where_it_is_from(name):
    model = load_style(name)
    assert model.name == name
    assert (DATA / f"{name}.json").stat().st_size < 300_000
    assert {"source", "licence", "method", "command", "tunes used", "excerpts", "input sha256"} <= set(model.provenance)
    assert all(low <= high for row in (model.information, *model.bands.values()) for low, high in pairwise(row))


def test_misspelt_and_missing_styles_are_refused(tmp_path):
    with pytest.raises(
        ValueError,
        match=r"style 'rian' is not known; expected airs, .*ryan, ryan-dorian, ryan-minor or .*did you mean 'ryan'",
    ):
        PitchStyle(style="rian")
    with pytest.raises(ValueError, match=r"gone\.json' is not known"):
        RhythmStyle(style=str(tmp_path / "gone.json"))
    with pytest.raises(ValueError, match="not a note name"):
        PitchStyle(tonic="H4")


def changed(path, value):
    """The tiny style file with one part replaced."""
    data = json.loads(to_json(tiny()))
    part = data
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return json.dumps(data)


DAMAGED = {
    "cut off": (to_json(tiny())[:200], "damaged"),
    "no JSON": ("not a style", "damaged"),
    "a list": ("[]", "no JSON object with format"),
    "another version": (changed(["version"], 2), "version 1"),
    "another mode": (changed(["mode"], "jolly"), "mode is 'jolly'"),
    "no pitch": (changed(["pitch"], None), "'pitch' is NoneType, expected dict"),
    "no pitch counts": (changed(["pitch", "counts"], {}), "no pitch counts"),
    "range of words": (changed(["pitch", "low"], "low"), "'low' is 'low', expected a whole number"),
    "negative doubt": (changed(["pitch", "doubt"], -1), "'doubt' is -1"),
    "a symbol out of range": (changed(["pitch", "counts", "0 2"], "5:1"), "'5:1' after '0 2'"),
    "a count of nothing": (changed(["pitch", "counts", "0 2"], "4:0"), "'4:0' after '0 2'"),
    "a context of three": (changed(["pitch", "counts", "0 2 4"], "4:1"), "3 symbols, expected 1 or 2"),
    "counts in words": (changed(["pitch", "counts", "0 2"], "four:one"), "invalid literal"),
    "counts as numbers": (changed(["pitch", "counts", "0 2"], 4), "4 is int"),
    "an odd metre": (changed(["rhythm", "4by4"], {}), "rhythm '4by4' is no metre"),
    "a position beyond the bar": (changed(["rhythm", "2x1", "counts", "2 0"], "1 0 0"), "place '2 0'"),
    "a hold in silence": (changed(["rhythm", "2x1", "counts", "0 0"], "1 1 1"), "counts '1 1 1' at '0 0'"),
    "no rhythm counts": (changed(["rhythm", "2x1", "counts"], {}), "rhythm 2x1 has no counts"),
    "four percentiles": (changed(["information"], [1, 2, 3, 4]), "expected the percentiles 10, 25, 50, 75, 90"),
    "a band of nothing": (changed(["bands", "Notes()"], [1, 2, 3, 4, math.inf]), "expected the percentiles"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_damaged_style_files_give_one_clear_line(name, tmp_path):
    text, message = DAMAGED[name]
    path = tmp_path / "damaged.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"style file .*damaged\.json is damaged: ") as caught:
        load_style(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_bytes_that_are_no_text_are_refused(tmp_path):
    path = tmp_path / "bytes.json"
    path.write_bytes(b"\x80\x04\x95\xff")
    with pytest.raises(ValueError, match=r"bytes\.json is damaged"):
        load_style(str(path))
