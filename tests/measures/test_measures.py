"""Known values of the measures, their slow twins written from the definitions, and the contract."""

import itertools
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest

from evomusic import measures
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.measures import MEASURES, Autocorrelation, PitchEntropy, features
from evomusic.testing import GRIDS, check_measure

TWO = Grid(bars=2, beats=2, steps_per_beat=2, low=55, high=79)  # strengths 3 0 1 0, twice
EVERY = [kind() for kind in MEASURES.values()] + [Autocorrelation(lag=2), Autocorrelation(lag=3)]


def value(measure, text, grid=TWO):
    return measure(Melody.parse(text, grid).tokens[None], grid)[0]


def random_melodies(grid, count=150, seed=3):
    """(P, T) with few and many notes, holds where nothing sounds among them, and bars that return."""
    rng = np.random.default_rng(seed)
    notes = rng.integers(2, grid.tokens, (count, grid.steps))
    rest = rng.integers(0, 2, (count, grid.steps))
    melodies = np.where(rng.random((count, grid.steps)) < np.linspace(0, 1, count)[:, None], notes, rest)
    bar = grid.steps_per_bar
    melodies[::3, -bar:] = melodies[::3, :bar]
    melodies[1::5] = np.where(melodies[1::5] >= 2, 2, melodies[1::5])  # one pitch
    return melodies.astype(np.uint8)


# The slow twins: from the docstrings, by way of the list of notes, sharing no code with the package.


def pitches_of(melody):
    return [note.pitch for note in melody.notes]


def moves_of(melody):
    return [b - a for a, b in itertools.pairwise(pitches_of(melody))]


def share(part, whole):
    return len(list(part)) / len(whole) if whole else 0.0


def entropy(symbols):
    total = len(symbols)
    return -sum(c / total * math.log2(c / total) for c in Counter(symbols).values()) if total else 0.0


def correlation(melody, lag):
    x = pitches_of(melody)
    mean = sum(x) / len(x) if x else 0.0
    spread = sum((p - mean) ** 2 for p in x)
    return sum((a - mean) * (b - mean) for a, b in zip(x, x[lag:], strict=False)) / spread if spread > 1e-9 else 0.0


def sounds(melody):
    """The sound of each step: the pitch and whether it begins here, or nothing."""
    heard = [None] * melody.grid.steps
    for note in melody.notes:
        begin, length = (round(x * melody.grid.steps_per_beat) for x in (note.onset, note.duration))
        for step in range(begin, begin + length):
            heard[step] = (note.pitch, step == begin)
    return heard


def repetition(melody, codes):
    per, count = melody.grid.steps_per_bar, melody.grid.bars
    codes, heard = codes[melody.grid.pickup :], sounds(melody)[melody.grid.pickup :]
    bars = [tuple(codes[i * per : (i + 1) * per]) for i in range(count)]
    begins = [any(h and h[1] for h in heard[i * per : (i + 1) * per]) for i in range(count)]
    again = [i for i in range(1, count) if begins[i] and bars[i] in bars[:i]]
    return len(again) / (count - 1) if count > 1 else 0.0


def syncopated(melody):
    heard, strength = sounds(melody), [melody.grid.slot(t).strength for t in range(melody.grid.steps)]
    onsets = [t for t, h in enumerate(heard) if h and h[1]]
    ends = [next((t for t in range(o + 1, len(heard)) if not heard[t] or heard[t][1]), len(heard)) for o in onsets]
    return [o for o, e in zip(onsets, ends, strict=True) if max(strength[o:e]) > strength[o]], onsets


def turns(melody):
    ways = [m > 0 for m in moves_of(melody) if m]
    return share([1 for a, b in itertools.pairwise(ways) if a != b], ways[1:])


NAIVE = {
    "Notes": lambda m: len(m.notes),
    "NotesPerBar": lambda m: sum(n.onset >= m.grid.pickup_beats for n in m.notes) / m.grid.bars,
    "Pitches": lambda m: len(set(pitches_of(m))),
    "PitchRange": lambda m: max(pitches_of(m), default=0) - min(pitches_of(m), default=0),
    "PitchEntropy": lambda m: entropy(pitches_of(m)),
    "IntervalEntropy": lambda m: entropy(moves_of(m)),
    "LengthEntropy": lambda m: entropy([round(n.duration * m.grid.steps_per_beat) for n in m.notes]),
    "MeanInterval": lambda m: sum(map(abs, moves_of(m))) / max(len(moves_of(m)), 1),
    "StepShare": lambda m: share([i for i in moves_of(m) if abs(i) in (1, 2)], moves_of(m)),
    "RepeatShare": lambda m: share([i for i in moves_of(m) if i == 0], moves_of(m)),
    "LeapShare": lambda m: share([i for i in moves_of(m) if abs(i) >= 5], moves_of(m)),
    "TurnShare": turns,
    "SyncopationShare": lambda m: share(*syncopated(m)),
    "RestShare": lambda m: sounds(m).count(None) / m.grid.steps,
    "BarRepetition": lambda m: repetition(m, sounds(m)),
    "RhythmRepetition": lambda m: repetition(m, [bool(h and h[1]) for h in sounds(m)]),
    "Autocorrelation": lambda m: correlation(m, 1),
}


@pytest.mark.parametrize("grid", GRIDS, ids=lambda g: f"{g.bars} bars of {g.steps_per_bar}")
@pytest.mark.parametrize("name", MEASURES)
def test_measures_equal_their_slow_twins(name, grid):
    melodies = random_melodies(grid)
    twins = [NAIVE[name](Melody(row, grid)) for row in melodies]
    np.testing.assert_allclose(MEASURES[name]()(melodies, grid), twins, rtol=0, atol=1e-8)


@pytest.mark.parametrize("lag", [2, 3, 7, 100])
def test_autocorrelation_equals_its_slow_twin_at_any_lag(lag):
    melodies = random_melodies(GRIDS[0])
    twins = [correlation(Melody(row, GRIDS[0]), lag) for row in melodies]
    np.testing.assert_allclose(Autocorrelation(lag=lag)(melodies, GRIDS[0]), twins, rtol=0, atol=1e-8)


@pytest.mark.parametrize("measure", EVERY, ids=repr)
def test_measures_keep_the_contract(measure):
    check_measure(measure)


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Notes", "C4 - . C4 | E4 - - -", 3),
        ("NotesPerBar", "C4 - . C4 | E4 - - -", 1.5),
        ("Pitches", "C4 - . C4 | E4 - - C5", 3),
        ("PitchRange", "C4 - . C4 | E4 - - B3", 5),
        ("PitchEntropy", "C4 E4 C4 E4 | - . - .", 1.0),  # two pitches alike
        ("PitchEntropy", "C4 D4 E4 F4 | G4 A4 B4 C5", 3.0),  # eight
        ("PitchEntropy", "C4 C4 C4 . | C4 - - C4", 0.0),
        ("IntervalEntropy", "C4 D4 C4 D4 | C4 - - -", 1.0),  # +2 and -2 alike
        ("LengthEntropy", "C4 - C4 . | C4 - C4 .", 1.0),  # twos and ones alike
        ("MeanInterval", "C4 E4 . E4 | B3 - - -", 3.0),  # 4, 0, 5
        ("StepShare", "C4 D4 E4 G4 | G4 - - -", 0.5),
        ("RepeatShare", "C4 D4 E4 G4 | G4 - - -", 0.25),
        ("LeapShare", "C4 F4 E4 C4 | G4 - - -", 0.5),
        ("TurnShare", "C4 D4 D4 C4 | B3 C4 - -", 2 / 3),  # up, down, down, up
        ("SyncopationShare", "C4 D4 - E4 | - F4 . G4", 0.4),  # D over a beat, E over the bar line
        ("RestShare", "C4 - . - | . - C4 -", 0.5),
        ("BarRepetition", "C4 - D4 . | C4 - D4 .", 1.0),
        ("BarRepetition", "C4 - D4 . | C4 - D4 -", 0.0),
        ("BarRepetition", "C4 - D4 . | C4 - E4 .", 0.0),
        ("BarRepetition", ". - - . | . . - .", 0.0),  # silence is no repetition
        ("RhythmRepetition", "C4 - D4 . | E4 . E4 -", 1.0),
        ("RhythmRepetition", "C4 - D4 . | E4 E4 . -", 0.0),
        ("Autocorrelation", "C4 D4 C4 D4 | . . . .", -0.75),  # -1 1 -1 1: three products of -1 by four squares
        ("Autocorrelation", "C4 D4 E4 . | . . . .", 0.0),  # -1 0 1
        ("Autocorrelation", "C4 C4 C4 . | . . . .", 0.0),
    ],
)
def test_measures_have_the_values_worked_out_by_hand(name, text, expected):
    assert value(MEASURES[name](), text) == pytest.approx(expected, abs=1e-12)


def test_autocorrelation_at_a_lag_is_of_notes_that_far_apart():
    assert value(Autocorrelation(lag=2), "C4 D4 - C4 | D4 . . .") == 0.5  # -1 1 -1 1: two products of 1 by four squares
    assert value(Autocorrelation(lag=3), "C4 D4 - C4 | D4 . . .") == -0.25


def test_a_note_held_into_a_bar_counts_with_its_pitch():
    grid = Grid(bars=3, beats=2, steps_per_beat=1)
    assert value(measures.BarRepetition(), "C4 D4 | - D4 | - D4", grid) == 0.5
    assert value(measures.BarRepetition(), "C4 D4 | - E4 | - E4", grid) == 0.0  # D is held into bar 2, E into bar 3


@pytest.mark.parametrize("name", MEASURES)
@pytest.mark.parametrize("text", [". . . . | . . . .", "- - - - | - - - -"], ids=["rests", "holds"])
def test_silence_measures_zero_but_for_its_rests(name, text):
    assert value(MEASURES[name](), text) == (1.0 if name == "RestShare" else 0.0)


@pytest.mark.parametrize("measure", EVERY, ids=repr)
def test_a_value_does_not_depend_on_how_many_rows_are_worked_on_at_a_time(measure, monkeypatch):
    melodies = random_melodies(GRIDS[0])
    whole = measure(melodies, GRIDS[0])
    monkeypatch.setattr(features, "BLOCK", 7 * GRIDS[0].steps)
    assert (measure(melodies, GRIDS[0]) == whole).all()


@pytest.mark.parametrize("name", MEASURES)
def test_bounds_are_those_of_the_smallest_grid_too(name):
    grid = Grid(bars=1, beats=1, steps_per_beat=1, low=60, high=61)
    every = np.arange(grid.tokens, dtype=np.uint8)[:, None]
    low, high = MEASURES[name]().bounds(grid)
    values = MEASURES[name]()(every, grid)
    assert low <= values.min() <= values.max() <= high


def test_the_bound_of_pitch_entropy_is_reached():
    grid = Grid(bars=1, beats=6, steps_per_beat=1, low=60, high=62)
    melody = Melody.parse("C4 C#4 D4 D4 C#4 C4", grid)
    assert PitchEntropy()(melody.tokens[None], grid)[0] == pytest.approx(PitchEntropy().bounds(grid)[1], abs=1e-9)


@pytest.mark.parametrize(
    ("melodies", "message"),
    [
        (np.zeros((3, 5), np.uint8), r"melodies has shape \(3, 5\) of uint8, expected \(P, 8\) of uint8"),
        (np.zeros(8, np.uint8), r"melodies has shape \(8,\)"),
        (np.zeros((3, 8), np.int64), "of int64"),
        (np.full((3, 8), 27, np.uint8), "melodies holds token 27, expected 0 to 26"),
    ],
)
def test_melodies_that_do_not_fit_the_grid_are_refused(melodies, message):
    with pytest.raises(ValueError, match=message):
        PitchEntropy()(melodies, TWO)


@pytest.mark.parametrize("lag", [0, -1, 1.5, True])
def test_a_lag_that_is_none_is_refused(lag):
    with pytest.raises(ValueError, match="Autocorrelation lag is"):
        Autocorrelation(lag=lag)


def count(melodies, grid):
    return (melodies >= 2).sum(axis=1).astype(float)


def holds(melodies, grid):
    return (melodies == 1).sum(axis=1).astype(float)


def spoils(melodies, grid):
    values = count(melodies, grid)
    melodies[:] = 0
    return values


CALLS = []


def moody(melodies, grid):
    CALLS.append(1)
    return count(melodies, grid) * (len(CALLS) == 1)


BROKEN = {
    "compares with the batch": (lambda m, g: count(m, g) - count(m, g).mean() if len(m) else count(m, g), "alone"),
    "hears holds that do not sound": (holds, "the same sound, canonical"),
    "gives nan": (lambda m, g: count(m, g) * np.nan, "nan.*expected finite numbers"),
    "gives float32": (lambda m, g: count(m, g).astype(np.float32), "float32, expected an array of float64"),
    "gives a list": (lambda m, g: count(m, g).tolist(), "list.*expected an array of float64"),
    "gives a column": (lambda m, g: count(m, g)[:, None], r"shape \(100, 1\), expected \(100,\)"),
    "leaves its bounds": (lambda m, g: 1 + count(m, g), "is not within 0.0 to"),
    "writes on the melodies": (spoils, "changed the melodies"),
    "has moods": (moody, "Broken"),
    "fails without melodies": (lambda m, g: count(m, g) + 0 * m.max(), r"shape \(0, .*ValueError"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_broken_measures_are_caught(name):
    call, message = BROKEN[name]

    @dataclass(frozen=True)
    class Broken:
        """Broken on purpose."""

        def __call__(self, melodies, grid):
            return call(melodies, grid)

        def bounds(self, grid):
            return (-1e3, 1e3) if name == "compares with the batch" else (0.0, float(grid.steps))

    with pytest.raises(AssertionError, match=message):
        check_measure(Broken())


def test_bounds_that_are_not_finite_are_caught():
    @dataclass(frozen=True)
    class Boundless:
        """Counts notes."""

        def __call__(self, melodies, grid):
            return count(melodies, grid)

        def bounds(self, grid):
            return 0.0, math.inf

    with pytest.raises(AssertionError, match=r"bounds are 0\.0 and inf"):
        check_measure(Boundless())
