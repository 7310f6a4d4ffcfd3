"""Songs tilted by rules: song x exp(return / temperature), by Metropolis chains of the song's draws."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import instance, number, whole, wrong
from evomusic.core.optimum.chain import generator
from evomusic.core.task import Task
from evomusic.song.model import Song

STEPS: Final = 300  # of a chain


class Walked(NamedTuple):
    """Melodies (n, T) at the ends of as many chains, their returns (n,), and the share of proposals accepted."""

    melodies: NDArray[np.uint8]
    returns: NDArray[np.float64]
    accepted: float


@dataclass(frozen=True, eq=False)
class TiltedSong:
    """Melodies m with probability in proportion to song(m) exp(return(m) / temperature).

    Each melody is the end of a chain of its own, which begins with a draw of the song. A step proposes to draw it anew
    from a random unit on, given what is before, and accepts with probability min(1, exp(gain / temperature)): as the
    proposal is reversible under the song, the chain is under the tilted distribution. Ends of chains are independent;
    how near they are to the distribution depends on the steps, and `accepted` is a hint.

    Args:
        song: the model.
        task: its returns, on the song's grid but for chords and tempo.
        temperature: in units of return, from 1e-6 up; `math.inf` for the song itself.

    Raises:
        ValueError: the grids have other tokens, steps or metres, or an argument is of the wrong type or out of range.

    Source: Metropolis et al. (1953); Gibbs moves of blocks, Liu, "Monte Carlo strategies in scientific computing"
    (2001).
    """

    song: Song
    task: Task
    temperature: float = 1.0

    def __post_init__(self) -> None:
        instance("song", self.song, Song, "a song model, such as em.train_song(grid, windows)")
        instance("task", self.task, Task, "a task, such as em.make('rules')")
        if self.temperature != math.inf:
            number("temperature", self.temperature, 1e-6, also=", or math.inf")
        ours, theirs = self.song.grid, self.task.grid
        if (ours.steps, ours.pitches, ours.steps_per_bar) != (theirs.steps, theirs.pitches, theirs.steps_per_bar):
            raise wrong("task", self.task.name, "a task with the bars, metre and pitches of the song")

    def walk(self, n: int, rng: np.random.Generator, steps: int = STEPS, end: str = "any") -> Walked:
        """Walk n chains of so many steps.

        Args:
            n: number of chains, and of melodies.
            rng: random generator.
            steps: of each chain.
            end: as for `Song.sample`.

        Raises:
            ValueError: n or steps is no whole number from 0 up, rng is no generator, or `end` is another word.
        """
        n, steps, rng = whole("n", n, 0), whole("steps", steps, 0), generator(rng)
        rows = self.song.sample(n, rng, end=end)
        values, accepted = self.task.evaluate(rows), 0.0
        for _ in range(steps):
            proposed = self.song.redraw(rows, rng, end)
            found = self.task.evaluate(proposed)
            taken = np.log(rng.random(n)) < (found - values) / self.temperature
            rows[taken], values[taken] = proposed[taken], found[taken]
            accepted += float(taken.mean()) if n else 0.0
        return Walked(rows, values, accepted / max(steps, 1))
