"""Methods that do what real ones should not, where workers can import them."""

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from evomusic import Batch, Grid, Reward, Task
from evomusic.core.grid import Event, Slot


class Best(NamedTuple):
    melody: np.ndarray


@dataclass(frozen=True)
class Uniform:
    """Uniform random tokens; before each batch, `trouble` does its worst."""

    population: int = 8

    def trouble(self) -> None:
        pass

    def init(self, task: Task, rng: np.random.Generator) -> tuple[Best, Batch]:
        return self.step(task, Best(np.zeros(task.grid.steps, np.uint8)), rng)

    def step(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Best, Batch]:
        self.trouble()
        melodies = rng.integers(0, task.grid.tokens, (self.population, task.grid.steps), np.uint8)
        returns = task.evaluate(melodies)
        return Best(melodies[returns.argmax()]), Batch(melodies, returns)

    def deliver(self, task: Task, state: Best) -> np.ndarray:
        return state.melody[None]


@dataclass(frozen=True)
class Raises(Uniform):
    def trouble(self) -> None:
        raise RuntimeError("out of ideas\nand of words")


@dataclass(frozen=True)
class Quits(Uniform):
    def trouble(self) -> None:
        sys.exit("enough")


@dataclass(frozen=True)
class Reports(Uniform):
    """Reports returns of another kind than it should: `infinite`, `single` (precision), `few`, or too `great`."""

    kind: str = "infinite"

    def step(self, task: Task, state: Any, rng: np.random.Generator) -> tuple[Best, Batch]:
        state, batch = super().step(task, state, rng)
        returns = batch.returns
        changed = {
            "infinite": np.full_like(returns, np.inf),
            "single": (returns + 0.1).astype(np.float32),
            "few": returns[:-1],
            "great": returns + 1000,
        }
        return state, batch._replace(returns=changed[self.kind])


@dataclass(frozen=True)
class DeliversNothing(Uniform):
    def deliver(self, task: Task, state: Best) -> np.ndarray:
        return state.melody[None][:0]


@dataclass(frozen=True)
class Interrupts(Uniform):
    def trouble(self) -> None:
        raise KeyboardInterrupt


@dataclass(frozen=True)
class Dies(Uniform):
    """Ends its process; when `marker` names a file, only the first time."""

    marker: str = ""

    def trouble(self) -> None:
        if not self.marker or not Path(self.marker).exists():
            if self.marker:
                Path(self.marker).touch()
            os._exit(9)


@dataclass(frozen=True)
class Slow(Uniform):
    seconds: float = 0.01

    def trouble(self) -> None:
        time.sleep(self.seconds)


@dataclass(frozen=True, kw_only=True)
class NoTritone:
    """-1 for a move of six semitones, 0 elsewhere. Remembers the last pitch."""

    start = None
    hears = ()

    def read(self, memory: Any, event: Event, slot: Slot) -> tuple[Any, float]:
        if not event.is_note:
            return memory, 0.0
        return event.pitch, -1.0 if memory is not None and abs(event.pitch - memory) == 6 else 0.0


def small_task(name: str = "small") -> Task:
    return Task(Grid(bars=1, steps_per_beat=1, low=60, high=67), Reward({NoTritone(): 1.0}), name)
