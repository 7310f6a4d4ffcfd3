"""Style rules: bounded, small, no refuge in one outlier; the generator is a distribution."""

import math
import subprocess
import sys

import numpy as np
import pytest

import evomusic as em
from evomusic.core.automata import tabulate
from evomusic.core.grid import FIRST_PITCH, HOLD, REST, Event, Grid
from evomusic.core.melody import Melody
from evomusic.rules.style import Generator, MeanInformation, PitchStyle, RhythmStyle, style_tonic
from evomusic.rules.style_file import load_style
from evomusic.rules.style_model import MOST, START, SURPRISING
from evomusic.testing import check_rule, pay

TUNE = Grid(bars=4, low=62, high=86, scale="G major")
SMALL = Grid(bars=1, low=67, high=74, scale="G major")
REST_EVENT, HOLD_EVENT = Event(REST), Event(HOLD)


def shipped():
    return load_style("ryan")


def sample(seed, melodies):
    """Melodies drawn from the shipped style on TUNE, by the generator's own values."""
    rng, generator, rows = np.random.default_rng(seed), Generator.on(TUNE), []
    events = [TUNE.event(a) for a in range(TUNE.tokens)]
    for _ in range(melodies):
        memory, row = generator.start, []
        for step in range(TUNE.steps):
            read = [generator.read(memory, event, TUNE.slot(step)) for event in events]
            weights = np.exp2([value for _, value in read])
            row.append(rng.choice(TUNE.tokens, p=weights / weights.sum()))
            memory = read[row[-1]][0]
        rows.append(Melody(np.array(row, np.uint8), TUNE))
    return rows


@pytest.fixture(scope="module")
def generated():
    return sample(seed=1, melodies=40)


def test_values_are_bounded_by_the_most_that_a_surprise_counts():
    grid = Grid(bars=2, low=0, high=127)
    melody = Melody.parse(" ".join(["C-1", "G9"] * 16), grid)
    for rule, centre in ((PitchStyle(), shipped().pitch.centre), (RhythmStyle(), shipped().rhythm(4, 4).centre)):
        values = pay(rule, melody)
        assert min(values) >= (centre - MOST) / 3
        assert max(values) <= centre / 3
    assert min(pay(PitchStyle(), melody)) == (shipped().pitch.centre - MOST) / 3


def test_a_note_that_usually_follows_is_paid_more_than_one_that_never_does():
    up, odd = (pay(PitchStyle(), Melody.parse(text + " - " * 60, TUNE))[3] for text in ("G4 A4 B4 C5", "G4 A4 B4 D6"))
    assert up > 0 > odd


def test_rhythm_style_pays_a_hold_in_silence_as_a_rest():
    rests, holds = (pay(RhythmStyle(), Melody.parse("G4 - . " + word * 61, TUNE)) for word in (". ", "- "))
    assert rests == holds


def test_a_grid_of_another_metre_is_refused():
    jig = Grid(beats=2, steps_per_beat=6)
    with pytest.raises(ValueError, match=r"4 beats of 4 steps, and the grid has another metre; pass the grid's beats"):
        tabulate(RhythmStyle(), jig)
    tabulate(RhythmStyle(beats=2, steps_per_beat=6), jig)


def test_a_style_without_the_metre_says_which_it_has():
    with pytest.raises(ValueError, match=r"no rhythm for bars of 7 beats of 3 steps; it has .*4 beats of 4"):
        RhythmStyle(beats=7, steps_per_beat=3)


@pytest.mark.parametrize("name", ["2/2", "3/4", "5/4", "7/4", "3/2", "5/8", "7/8", "3/8", "12/8"])
def test_a_metre_that_a_style_lacks_is_put_together_from_others(name):
    fields = em.metre(name)
    rhythm = load_style("ryan").rhythm(fields["beats"], fields["steps_per_beat"])
    steps = fields["beats"] * fields["steps_per_beat"]
    assert {position for position, _ in rhythm.counts} == set(range(steps))
    for position in range(steps):
        for memory in (-1, 0, 1, 3):
            assert math.fsum(rhythm.probability(position, memory, kind) for kind in range(3)) == pytest.approx(1)
    onsets = [rhythm.probability(position, 2, 2) for position in range(steps)]
    assert min(onsets[::4] if fields["steps_per_beat"] > 2 and steps % 6 else onsets[:1]) > 10 * onsets[1]


def test_half_notes_have_the_rhythm_of_quarters():
    style = load_style("ryan")
    assert style.rhythm(2, 8).counts.keys() >= {(8, 1), (0, 2)}
    assert {p: sum(map(sum, (c for (q, _), c in style.rhythm(2, 8).counts.items() if q == p))) for p in range(16)} == {
        p: sum(map(sum, (c for (q, _), c in style.rhythm(4, 4).counts.items() if q == p))) for p in range(16)
    }


@pytest.mark.parametrize(("rule", "most"), [(PitchStyle(), 210), (RhythmStyle(), 13), (MeanInformation(), 6000)])
def test_style_rules_remember_little(rule, most):
    assert tabulate(rule, TUNE).size <= most


@pytest.mark.parametrize(
    ("rule", "grid"),
    [
        (PitchStyle(), TUNE),
        (PitchStyle(tonic="C4"), Grid(bars=2, beats=3, steps_per_beat=2, low=36, high=96)),
        (RhythmStyle(), TUNE),
        (RhythmStyle(beats=2, steps_per_beat=6), Grid(beats=2, steps_per_beat=6, high=64)),
        (RhythmStyle(beats=2, steps_per_beat=3), Grid(beats=2, steps_per_beat=3, high=64)),
        (MeanInformation(), Grid(bars=3, phrase_bars=2, low=62, high=74, scale="G major")),
        (MeanInformation(low=1.5, high=3.0, grain=1.0), Grid(bars=2, low=62, high=74, scale="G major")),
        (Generator.on(SMALL), SMALL),
    ],
    ids=lambda part: type(part).__name__,
)
def test_style_rules_keep_the_contract(rule, grid):
    check_rule(rule, grid)


def balance(rule, melody):
    """Debt of the last phrase at its end, by the definition: bits of each note, capped, less low; in bits."""
    model, tonic = shipped().pitch, 67
    context, total = START, 0.0
    for note in melody.notes:
        bits = min(model.information(context, note.pitch - tonic), SURPRISING)
        context = model.follow(context, note.pitch - tonic)
        total = min(total + rule.grain * round((bits - rule.low) / rule.grain), rule.credit)
        if total < -rule.debt:
            return -rule.debt
    return min(total, 0.0)


def test_mean_information_pays_the_balance_of_the_definition(generated):
    rule, values = MeanInformation(low=2.2), []
    for melody in generated:
        steps = pay(rule, melody)
        assert not any(steps[:-1])
        assert steps[-1] == pytest.approx(balance(rule, melody) / rule.debt, abs=1e-12)
        values.append(steps[-1])
    assert min(values) < 0 == max(values)


def test_a_phrase_inside_has_at_least_the_mean_up_to_half_a_grain(generated):
    rule, model, inside = MeanInformation(low=2.3, grain=0.25), shipped().pitch, 0
    for melody in generated:
        if pay(rule, melody)[-1] == 0 and melody.notes:
            context, bits = START, []
            for note in melody.notes:
                bits.append(model.information(context, note.pitch - 67))
                context = model.follow(context, note.pitch - 67)
            assert np.mean(bits) >= 2.3 - 0.125
            inside += 1
    assert inside >= 10


def test_one_outlier_does_not_pay_for_a_dull_phrase():
    scale = ["D4", "E4", "F#4", "G4", "A4", "B4", "C5", "D5", "E5", "F#5", "G5", "A5", "B5"]
    dull = [*scale, *scale[-2::-1], *scale[1:8]]
    outlier = [*dull[:-1], "D6"]
    melodies = [Melody.parse(" ".join(f"{note} -" for note in notes), TUNE) for notes in (dull, outlier)]
    assert [pay(MeanInformation(), melody)[-1] for melody in melodies] == [-1.0, -1.0]


def test_each_phrase_is_paid_by_itself_and_silence_costs_nothing():
    grid = Grid(bars=3, phrase_bars=1, low=62, high=86, scale="G major")
    scale = "D4 E4 F#4 G4 A4 B4 C5 D5 E5 F#5 G5 A5 B5 A5 G5 F#5"
    odd = "G4 D6 F#4 B5 C5 D4 A5 G4 F#5 D4 C6 E4 B5 F#4 D6 D4"
    values = pay(MeanInformation(), Melody.parse(f"{scale} | {odd} | {'. ' * 16}", grid))
    assert [step for step, value in enumerate(values) if value] == [15]
    assert values[15] < 0


def test_an_upper_edge_is_kept_apart_from_the_lower_one():
    odd = "G4 D6 F#4 B5 C5 D4 A5 G4 F#5 D4 C6 E4 B5 F#4 D6 D4"
    melody = Melody.parse(odd, Grid(bars=1, low=62, high=86, scale="G major"))
    assert pay(MeanInformation(low=0), melody)[-1] == 0
    assert pay(MeanInformation(low=0, high=3.0), melody)[-1] == -1


def test_the_lower_edge_is_by_default_what_a_tenth_of_the_tunes_lie_below(generated):
    default, named = MeanInformation(), MeanInformation(low=shipped().information[0])
    for melody in generated[:10]:
        assert pay(default, melody) == pay(named, melody)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"grain": 0}, "grain is 0"),
        ({"low": 4.0, "high": 3.0}, r"low is 4\.0, expected at most high, which is 3 bits"),
        ({"low": float("nan")}, "low is nan"),
    ],
)
def test_impossible_bands_are_refused(fields, message):
    with pytest.raises(ValueError, match=message):
        MeanInformation(**fields)


@pytest.mark.parametrize("grid", [TUNE, Grid(bars=2, beats=2, steps_per_beat=6, low=50, high=90)], ids=["tune", "6/8"])
def test_the_generators_tokens_are_a_distribution_at_every_memory(grid):
    generator = Generator.on(grid, tonic="G4")
    events = [grid.event(a) for a in range(grid.tokens)]
    front = {generator.start}
    for step in range(grid.steps):
        slot, following = grid.slot(step), set()
        for memory in sorted(front)[:40]:
            read = [generator.read(memory, event, slot) for event in events]
            assert math.fsum(2**value for _, value in read) == pytest.approx(1.0, abs=1e-9)
            following.update(memory for memory, _ in read)
        front = following


def test_in_silence_rest_and_hold_are_equally_likely():
    generator = Generator.on(TUNE)
    rest, hold = (generator.read(generator.start, event, TUNE.slot(0)) for event in (REST_EVENT, HOLD_EVENT))
    assert rest == hold


def test_the_generator_says_what_the_models_say():
    generator, model = Generator.on(TUNE), shipped()
    share = sum(model.pitch.probability((0, 2), pitch - 67) for pitch in TUNE.pitches)
    expected = model.rhythm(4, 4).probability(4, 4, FIRST_PITCH) * model.pitch.probability((0, 2), 4) / share
    memory, value = generator.read((4, (0, 2)), Event(FIRST_PITCH, 71), TUNE.slot(4))
    assert 2**value == pytest.approx(expected, rel=1e-12)
    assert memory == (1, model.pitch.longest((2, 4)))


def test_a_pitch_the_generator_was_not_given_is_refused():
    with pytest.raises(ValueError, match=r"pitch 68 is not among the generator's pitches"):
        Generator.on(TUNE).read(Generator.start, Event(FIRST_PITCH, 68), TUNE.slot(0))
    with pytest.raises(ValueError, match=r"pitches is \(\), expected the MIDI pitches of a grid"):
        Generator(pitches=())


@pytest.mark.parametrize(
    ("grid", "tonic"),
    [
        (TUNE, "G4"),
        (Grid(low=60, high=84), "C4"),
        (Grid(low=48, high=72, scale="D major"), "D3"),
        (Grid(low=0, high=4), "C-1"),
        (Grid(low=120, high=127, scale="B minor"), "B8"),
    ],
    ids=lambda part: part if isinstance(part, str) else "grid",
)
def test_the_middle_of_a_grid_lies_about_a_fifth_above_the_tonic(grid, tonic):
    assert style_tonic(grid) == tonic


def test_style_rules_are_equal_by_their_parameters():
    assert PitchStyle() == PitchStyle(style="ryan", tonic="G4")
    assert hash(RhythmStyle()) == hash(RhythmStyle())
    assert PitchStyle(tonic="D4") != PitchStyle()


def test_style_rules_need_neither_the_corpus_nor_music21():
    code = (
        "import sys; from evomusic.rules.style import PitchStyle; PitchStyle();"
        "print([m for m in sys.modules if m.startswith(('evomusic.corpus', 'evomusic.io', 'music21', 'numba'))])"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"
