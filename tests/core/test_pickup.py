"""A pickup on the grid: what counts by bars leaves it out, and what is written in bars has it as a short first one."""

import numpy as np
import pytest

import evomusic as em
from evomusic import rules
from evomusic.core import conditions
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.ties import bars_alike, form
from evomusic.testing.rules import pay

PLAIN = Grid(bars=2, low=60, high=72, scale="C major", chords=("C",))
GRID = Grid(bars=2, low=60, high=72, scale="C major", chords=("C",), pickup=4)
BARS = "C4 - - - D4 - - - E4 - - - C4 - D4 - | F4 - - - E4 - - - D4 - - - C4 - - -"
PICKUP = "G4 - A4 - | "


def test_the_text_has_the_pickup_as_a_short_first_bar():
    melody = Melody.parse(PICKUP + BARS, GRID)
    assert melody.text == PICKUP + BARS
    assert [(note.pitch, note.onset) for note in melody.notes[:3]] == [(67, 0.0), (69, 0.5), (60, 1.0)]
    assert Melody.from_notes(melody.notes, GRID) == melody


@pytest.mark.parametrize(
    "rule",
    [rules.Density(low=5, high=5), rules.RhythmEcho(), rules.ContourEcho(), rules.ChordTones(strength=3)],
    ids=lambda rule: type(rule).__name__,
)
def test_rules_by_bars_pay_the_same_with_a_pickup_as_without(rule):
    rng = np.random.default_rng(1)
    for row in rng.integers(0, PLAIN.tokens, (20, PLAIN.steps), np.uint8):
        row[0] = 2  # a note at the bar line: no hold goes over it
        before = rng.integers(0, PLAIN.tokens, 4, np.uint8)
        assert pay(rule, Melody(np.concatenate([before, row]), GRID)) == [0.0] * 4 + pay(rule, Melody(row, PLAIN))


def test_measures_by_bars_leave_the_pickup_out():
    with_it = Melody.parse(PICKUP + BARS, GRID).tokens[None]
    without = Melody.parse(BARS, PLAIN).tokens[None]
    for measure in (em.measures.BarRepetition(), em.measures.RhythmRepetition(), em.measures.NotesPerBar()):
        assert measure(with_it, GRID) == measure(without, PLAIN)
    assert em.measures.Notes()(with_it, GRID) == em.measures.Notes()(without, PLAIN) + 2


def test_ties_and_conditions_count_bars_from_the_first_bar_line():
    tie = bars_alike(GRID, 1, 0)
    assert (tie.start, tie.source, tie.steps) == (20, 4, 16)
    assert [(tie.start, tie.source) for tie in form("AA", GRID)] == [(20, 4)]
    melody = Melody.parse(PICKUP + BARS, GRID)
    assert np.flatnonzero(conditions.bars(melody, 1).sum(axis=1) == 1).tolist() == list(range(20, 36))
    assert np.flatnonzero(conditions.bars(melody, -1).sum(axis=1) == 1).tolist() == [0, 1, 2, 3]
    with pytest.raises(ValueError, match="bar is -1, expected a whole number from 0 to 1"):
        conditions.bars(Melody.parse(BARS, PLAIN), -1)


def test_a_form_returns_after_a_pickup():
    task = em.make("tune", bars=2, pickup=1, grid={"phrase_bars": 2})
    for row in task.soften(1.0).tie("AA").sample(5, np.random.default_rng(0)):
        assert (row[4:20] == row[20:36]).all()


def test_operators_of_notes_keep_bars_whole_after_a_pickup():
    task = em.make("rules", bars=4, pickup=1)
    parents = np.stack([np.full(task.grid.steps, token, np.uint8) for token in (2, 3)] * 50)
    notes = em.Notes(crossovers={"bar one-point": 1.0}, crossover_rate=1.0, mutation_rate=0.0, resample_rate=0.0)
    children = notes.vary(task, parents, np.random.default_rng(0))
    changes = np.flatnonzero((np.diff(children.astype(int), axis=1) != 0).any(axis=0)) + 1
    assert len(changes)
    assert set(changes.tolist()) <= {4, 20, 36, 52}


def test_a_method_runs_with_a_pickup_and_its_account_has_the_short_bar():
    task = em.make("tune", metre="6/8", bars=2, pickup=1)
    best = Melody(em.run(em.GA(), task, steps=100 * task.grid.steps, seed=0).best, task.grid)
    assert len(best.text.split(" | ")) == 3
    from evomusic.commands.accounts import account

    entries = account(task, best)
    assert len(entries["bars"]) == 3
    assert sum(entries["bars"]) == pytest.approx(entries["return"])


def test_a_song_has_a_pickup():
    song = em.Song(grid=GRID, tonic=60, windows=np.full((3, GRID.steps), 2, np.uint8))
    drawn = song.sample(20, np.random.default_rng(0))
    assert drawn.shape == (20, GRID.steps)
    assert (drawn[:, : GRID.pickup] == 2).mean() > 0.5
