"""The best melodies that lie apart: equal to enumeration on random small tasks."""

import re

import numpy as np
import pytest

import evomusic as em
from evomusic.core.distance import HEARINGS
from evomusic.core.optimum import apart
from tests import naive, random_tasks


def hearing(melody: em.Melody) -> list[tuple[int, str]]:
    """Pitch that sounds at each step, and whether it begins there, written from the notes."""
    per, heard = melody.grid.steps_per_beat, [(0, "silent")] * melody.grid.steps
    for note in melody.notes:
        first, past = round(note.onset * per), round((note.onset + note.duration) * per)
        heard[first:past] = [(note.pitch, "begun"), *[(note.pitch, "held")] * (past - first - 1)]
    return heard


def differing(x: em.Melody, y: em.Melody, by: str) -> int:
    places = {"sound": slice(None), "pitch": slice(1), "rhythm": slice(1, 2)}[by]
    return sum(a[places] != b[places] for a, b in zip(hearing(x), hearing(y), strict=True))


@pytest.mark.parametrize("by", HEARINGS)
@pytest.mark.parametrize("seed", range(15))
def test_each_melody_is_the_best_of_those_that_lie_apart(seed, by):
    rng = np.random.default_rng(seed)
    task, share = random_tasks.task(rng, random_tasks.tiny_grid(rng)), float(rng.choice([0.1, 0.3, 0.5, 0.8, 1.0]))
    every = naive.every_melody(task.grid)
    values, melodies = task.evaluate(every), [em.Melody(tokens, task.grid) for tokens in every]
    best, far = task.best(5, apart=share, by=by), np.ones(len(every), bool)
    for found in best:
        assert found.value == values[far].max()
        assert task.evaluate(found.melody.tokens[None])[0] == found.value
        distances = np.array([differing(found.melody, m, by) for m in melodies])
        assert not distances[(every == found.melody.tokens).all(axis=1)].any()
        assert far[(every == found.melody.tokens).all(axis=1)].all()
        far &= distances >= share * task.grid.steps - 1e-9
    assert len(best) == 5 or not far.any()


@pytest.mark.parametrize("by", HEARINGS)
def test_the_distance_is_the_share_of_steps_that_differ(by):
    rng = np.random.default_rng(0)
    for _ in range(200):
        grid = random_tasks.tiny_grid(rng)
        x, y = (em.Melody(tokens, grid) for tokens in rng.integers(0, grid.tokens, (2, grid.steps), np.uint8))
        assert em.apart(x, y, by) == em.apart(y, x, by) == differing(x, y, by) / grid.steps
        assert em.apart(x, x.canonical, by) == 0


def test_a_note_that_begins_later_differs_until_both_hold_it():
    grid = em.Grid(bars=1, beats=4, steps_per_beat=1)
    x, y = em.Melody.parse("C4 - - -", grid), em.Melody.parse(". C4 - -", grid)
    assert em.apart(x, y) == 0.5
    assert em.apart(x, y, "pitch") == 0.25
    assert em.apart(x, y, "rhythm") == 0.5


@pytest.mark.parametrize("by", HEARINGS)
def test_the_best_of_rules_lie_apart(by):
    task = em.make("rules", bars=2)
    best = task.best(6, apart=0.4, by=by)
    assert len(best) == 6
    assert [b.value for b in best] == sorted((b.value for b in best), reverse=True)
    assert best[0].value == task.optimum().value
    assert min(em.apart(x.melody, y.melody, by) for i, x in enumerate(best) for y in best[:i]) >= 0.4


def test_a_search_that_grows_too_large_has_what_is_proved_and_bounds_of_the_next(monkeypatch):
    task = em.make("rules", bars=2)
    whole = task.best(6, apart=0.5)
    monkeypatch.setattr(apart, "ROOM", 30_000)
    with pytest.raises(
        em.NotCertified, match=r"the search for melody [2-6] of 6, 16 of 32 steps apart, grew"
    ) as caught:
        task.best(6, apart=0.5)
    error, proved = caught.value, len(caught.value.found)
    assert [b.value for b in error.found] == [b.value for b in whole[:proved]]
    assert error.value <= error.upper <= whole[0].value
    assert task.evaluate(error.melody.tokens[None])[0] == error.value
    assert min(em.apart(error.melody, b.melody) for b in error.found) >= 0.5


def test_a_task_that_is_not_solved_has_no_best():
    task = em.Task(em.Grid(bars=1), em.Reward(final={em.measures.Notes(): 1.0}))
    with pytest.raises(em.NotCertified, match="final rewards"):
        task.best(3, apart=0.5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"apart": 1.5}, "apart is 1.5, expected a number from 0 to 1"),
        ({"apart": "far"}, "apart is 'far', expected a number from 0 to 1"),
        (
            {"apart": 0.5, "by": "rythm"},
            "by is 'rythm', expected one of 'sound', 'rhythm', 'pitch'; did you mean",
        ),
    ],
)
def test_wrong_arguments_are_named(arguments, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        em.make("tiny").best(3, **arguments)


def test_wrong_melodies_are_named():
    melody = em.Melody.parse("C4 - - -", em.Grid(bars=1, beats=4, steps_per_beat=1))
    with pytest.raises(ValueError, match=r"y is .*, expected a Melody"):
        em.apart(melody, melody.tokens)
    with pytest.raises(ValueError, match="x and y have different grids"):
        em.apart(melody, em.Melody(np.zeros(16, np.uint8), em.Grid(bars=1)))
