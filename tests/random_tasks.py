"""Random tasks from the catalogue of rules, for property tests."""

from __future__ import annotations

import numpy as np

from evomusic import measures, rules
from evomusic.core.grid import Grid
from evomusic.core.reward import Reward
from evomusic.core.task import Task

SCALES = (None, "C major", "G major", "A minor", "D dorian", "C pentatonic")
METRES = ((4, 4), (3, 2), (2, 3), (2, 6), (5, 1), (1, 1), (7, 1))


def tiny_grid(rng: np.random.Generator) -> Grid:
    """A grid of at most some 5,000 melodies."""
    while True:
        beats, per, bars = int(rng.integers(1, 5)), int(rng.integers(1, 3)), int(rng.integers(1, 4))
        low = int(rng.integers(55, 70))
        grid = Grid(
            bars=bars,
            beats=beats,
            steps_per_beat=per,
            low=low,
            high=low + int(rng.integers(0, 4)),
            chords=("C", "G7") if rng.random() < 0.5 else (),
            phrase_bars=int(rng.integers(1, 3)),
        )
        if grid.tokens**grid.steps <= 5_000:
            return grid


def any_grid(rng: np.random.Generator) -> Grid:
    """A grid of some metre and range."""
    beats, per = METRES[rng.integers(len(METRES))]
    low = int(rng.integers(48, 70))
    return Grid(
        bars=int(rng.integers(1, 6)),
        beats=beats,
        steps_per_beat=per,
        low=low,
        high=low + int(rng.integers(12, 30)),
        scale=SCALES[rng.integers(len(SCALES))],
        chords=("C", "F", "G7", "C") if rng.random() < 0.5 else (),
        phrase_bars=int(rng.integers(1, 5)),
    )


def pool(rng: np.random.Generator, grid: Grid) -> list:
    """One of each catalogue rule that runs on any grid, with random parameters."""
    key = grid.scale or "C major"

    def n(low: int, high: int) -> int:
        return int(rng.integers(low, high + 1))

    first = n(1, 4)
    return [
        rules.InScale(key),
        rules.Range(low_span=first, high_span=first + n(0, 9)),
        rules.IntervalSize(),
        rules.LeapRecovery(leap=n(2, 7), step=n(1, 4)),
        rules.RepetitionLimit(limit=n(1, 4)),
        rules.DirectionRuns(limit=n(1, 5)),
        rules.PhraseArch(low=grid.low, high=grid.high, bars=grid.phrase_bars),
        rules.UniqueClimax(),
        rules.OpeningDegree(key),
        rules.Cadence(key, phrases=bool(n(0, 1))),
        rules.MetricalOnsets(),
        rules.NoteLengths(shortest=n(1, 2), longest=n(2, 8)),
        rules.Density(low=n(0, 2), high=n(2, 8)),
        rules.SyncopationLimit(limit=n(1, 2)),
        rules.RhythmEcho(),
        rules.ChordTones(strength=n(0, 2)),
        rules.NoteCount(low=n(1, 4), high=n(4, 20)),
        rules.StepShare(),
        rules.Capped(rules.IntervalSize(), 1.0, per="bar"),
        rules.Capped(rules.LeapRecovery(), 0.5, per="note"),
    ]


def task(rng: np.random.Generator, grid: Grid, most: int = 8, final: bool = False) -> Task:
    """Some rules with random weights, on a grid; with final measures if asked."""
    every = pool(rng, grid)
    chosen = rng.choice(len(every), size=int(rng.integers(0 if final else 1, most + 1)), replace=False)
    weights = {every[i]: float(rng.normal()) for i in chosen}
    forms = {measures.PitchEntropy(): float(rng.normal()), measures.BarRepetition(): 1.5} if final else {}
    groups = {"even": tuple(weights)[::2], "odd": tuple(weights)[1::2]}
    return Task(grid, Reward(weights, final=forms, groups=groups), "random")
