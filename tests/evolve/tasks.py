"""A small task on which searchers have something to climb."""

from __future__ import annotations

from evomusic import rules
from evomusic.core.grid import Grid
from evomusic.core.reward import Reward
from evomusic.core.task import Task

TASK = Task(
    Grid(bars=2, beats=4, steps_per_beat=2, low=60, high=72, chords=("C", "G7")),
    Reward(
        {
            rules.InScale("C major"): 1.0,
            rules.IntervalSize(): 0.5,
            rules.LeapRecovery(): 0.7,
            rules.Density(low=3, high=6): 1.0,
            rules.MetricalOnsets(): 0.4,
            rules.ChordTones(): 0.5,
            rules.Cadence("C major"): 2.0,
        }
    ),
    "small",
)
