"""Measures of a task of songs: how probable a melody is under the style, and what rules return, neither without end."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import able, instance, number
from evomusic.core.grid import Grid
from evomusic.core.melody import Tokens
from evomusic.core.reward import Reward
from evomusic.core.rule import Rule
from evomusic.core.task import Task
from evomusic.corpus.cache import cached
from evomusic.song.model import Song
from evomusic.song.trained import digest_of, song_of

DRAWS: Final = 1000  # of the model, for the cap
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Typicality:
    """The log2 probability of a melody under a song model in bits, up to what three of four of its own draws reach.

    More probable melodies than real tunes are, such as one note held, are caricatures. Up to the cap a melody may
    gain; melodies that reach it are all alike, and by far most of them are as the model draws them.

    Args:
        tunes: as for `song_of`.
        tonic: note of the grid on which the tunes' tonic lies.
        digest: of the windows that the model was trained on; found when empty.

    Source: for the cap, the asymptotic equipartition property: Cover & Thomas, "Elements of Information Theory"
    (2006), chapter 3.
    """

    tunes: str = "ryan"
    tonic: str = "G4"
    digest: str = ""

    def song(self, grid: Grid) -> Song:
        """The model of a grid.

        Raises:
            ValueError: as for `song_of`, or the tunes have changed since.
        """
        song = song_of(self.tunes, grid, self.tonic)
        if self.digest and digest_of(song) != self.digest:
            raise ValueError(f"tunes {self.tunes!r} are others than those of the task, whose digest is {self.digest}")
        return song

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) bits."""
        different, places = np.unique(melodies, axis=0, return_inverse=True)
        bits = self.song(grid).log_probability(different) / math.log(2)
        return np.asarray(np.clip(bits, *self.bounds(grid))[places.reshape(-1)])

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """Twice the bits of uniform noise, and the cap."""
        return -2.0 * grid.steps * math.log2(grid.tokens), _quartile(self.song(grid))


@lru_cache(maxsize=16)
def _quartile(song: Song) -> float:
    """The lower quartile of the log2 probabilities of a model's own draws, found once for each model and its code."""

    def found() -> dict[str, float]:
        draws = song.sample(DRAWS, np.random.default_rng(0))
        return {"quartile": float(np.quantile(song.log_probability(draws), 0.25) / math.log(2))}

    model = song.grid.to_dict(), song.tonic, song.order, song.form, sorted(song.without), digest_of(song)
    return float(cached("typicality", [np.__version__, _code(), DRAWS, *model], found)["quartile"])


@cache
def _code() -> str:
    """A digest of the modules of this folder, which decide what a model draws."""
    sources = sorted(Path(__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources)).hexdigest()


@dataclass(frozen=True)
class AtMost:
    """The return of rules, up to a cap: what real music reaches, so that nothing is won by a caricature of theory.

    Args:
        rules: pairs of a rule and its weight.
        cap: greatest value.

    Raises:
        ValueError: `rules` are no pairs of a rule and a number.
    """

    rules: tuple[tuple[Rule, float], ...]
    cap: float = field(default=0.0)

    def __post_init__(self) -> None:
        for pair in instance("AtMost rules", self.rules, tuple, "pairs of a rule and its weight"):
            rule, weight = instance("a pair of AtMost rules", pair, tuple, "a rule and its weight")
            able("a rule of AtMost rules", rule, ("read",), "a rule")
            number("a weight of AtMost rules", weight)
        number("AtMost cap", self.cap)

    def __call__(self, melodies: Tokens, grid: Grid) -> Floats:
        """(P,) returns."""
        return np.minimum(self._task(grid).evaluate(melodies), self.cap)

    def bounds(self, grid: Grid) -> tuple[float, float]:
        """The least value of each step, added up, and the cap."""
        low = float(sum(auto.value.min() for auto in self._task(grid).machine.automata) * grid.steps)
        return min(low, self.cap), self.cap

    def _task(self, grid: Grid) -> Task:
        if grid not in self._tasks:
            self._tasks[grid] = Task(grid, Reward(dict(self.rules)), "rules")
        return self._tasks[grid]

    @cached_property
    def _tasks(self) -> dict[Grid, Task]:
        return {}
