"""Slow twins of the kernels, written from the definitions."""

from __future__ import annotations

import itertools

import numpy as np

from evomusic.core.grid import Grid, Slot
from evomusic.core.reward import QUANTUM
from evomusic.core.task import Task


def heard(rule, grid: Grid, step: int) -> Slot:
    full = grid.slot(step)
    return Slot(**{name: getattr(full, name) for name in rule.hears})


def rule_values(rule, grid: Grid, melody) -> list[float]:
    """Values of a rule at each step."""
    memory, values = rule.start, []
    for step, token in enumerate(np.asarray(melody).tolist()):
        memory, value = rule.read(memory, grid.event(token), heard(rule, grid, step))
        values.append(value)
    return values


def quantised(value: float) -> float:
    return round(value / QUANTUM) * QUANTUM


def parts(task: Task, melody) -> list[float]:
    """Return of a melody under each rule, then each final measure."""
    rules = [
        sum(quantised(weight * v) for v in rule_values(rule, task.grid, melody))
        for rule, weight in task.reward.rules.items()
    ]
    row = np.asarray(melody, np.uint8)[None]
    return rules + [quantised(w * float(m(row, task.grid)[0])) for m, w in task.reward.final.items()]


def every_melody(grid: Grid) -> np.ndarray:
    """All melodies of a small grid (A ** T, T)."""
    return np.array(list(itertools.product(range(grid.tokens), repeat=grid.steps)), np.uint8)
