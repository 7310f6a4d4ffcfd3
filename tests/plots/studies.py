"""Small studies to draw: a real one in a folder, and runs in memory of any shape."""

import functools
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np

import evomusic as em
from evomusic.core.grid import Grid
from evomusic.core.melody import Melody
from evomusic.core.record import Curve
from evomusic.study.results import Cell, Level, Outcome, References, Run, TaskRun

GRID = Grid(bars=2, beats=3, steps_per_beat=2, low=62, high=76, scale="D dorian")


@functools.cache
def finished() -> Path:
    """The folder of a finished study: task `tiny`, three methods, three seeds. Not to be written to."""
    folder = Path(tempfile.mkdtemp()) / "small study"
    methods = {"luck": em.RandomSearch(), "hill climbing": em.HillClimb(), "q & # é": em.QLearning(view="short")}
    study = em.Study(tasks={"tiny": em.make("tiny")}, methods=methods, steps=2000, seeds=3)
    em.compare(study, out=folder, workers=1, figures=False)
    return folder


@functools.cache
def varied() -> Path:
    """The folder of a finished study whose three methods found different melodies. Not to be written to."""
    folder = Path(tempfile.mkdtemp()) / "varied study"
    methods = {"luck": em.RandomSearch(), "hill climbing": em.HillClimb(), "q & # é": em.QLearning(view="short")}
    study = em.Study(tasks={"tiny": em.make("rules", bars=1)}, methods=methods, steps=500, seeds=1)
    em.compare(study, out=folder, workers=1, figures=False)
    return folder


def melody(rng: np.random.Generator, title: str = "") -> Melody:
    """Uniform random tokens."""
    return Melody(rng.integers(0, GRID.tokens, GRID.steps, np.uint8), GRID, title)


def outcome(method: str, seed: int, end: float, rows: int = 9) -> Outcome:
    """A run that climbs from -50 to `end` in `rows` checkpoints, not the same ones for each seed."""
    rng = np.random.default_rng([seed, rows])
    steps = GRID.steps * np.cumsum(rng.integers(1, 40, rows))
    best = np.linspace(-50, end, rows)
    online = best - 5 - rng.random(rows)
    improvements = np.vstack([[GRID.steps, -50.0], np.column_stack([steps, best])[1:]])
    curve = Curve(steps, best, best - 1, best, online, steps, 0 * steps)
    return Outcome(Cell("t", method, seed), curve, improvements, melody(rng, f"{method} {seed}"), end, {"rule": end})


def references(certified: bool = True, title: str = "a real tune") -> References:
    """Noise at -60, the optimum at 12 or a bound at 14, real tunes at 5 and 9."""
    rng = np.random.default_rng(0)
    real = Level("real tunes", 100, 4.0, 5.0, 9.0, melody(rng, title), 5.1)
    noise = Level("noise", 100, -60.0, -60.5, -55.0, melody(rng, "noise"), -60.4)
    upper = 12.0 if certified else 14.0
    return References(-60.0, 12.0, upper, certified, melody(rng, "optimum"), {"rule": 12.0}, (real, noise))


def run_of(ends: dict[str, float], level: References | None = None, seeds: int = 3, folder: str = "made") -> Run:
    """One task, a method for each end."""
    outcomes = {m: tuple(outcome(m, s, end - s / 10) for s in range(seeds)) for m, end in ends.items()}
    task = TaskRun("t", "t", GRID, references() if level is None else level, outcomes)
    return Run(Path(folder), 1000, seeds, 0, {m: {"kind": "X"} for m in ends}, {"t": task})


def without_references(run: Run) -> TaskRun:
    """The run's task while its references are being computed."""
    return replace(run.tasks["t"], references=None)
