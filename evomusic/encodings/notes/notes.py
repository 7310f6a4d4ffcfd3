"""Notes: the direct encoding, in which the genome is the melody's tokens."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, probability
from evomusic.core.space import Range, Space
from evomusic.core.task import Task
from evomusic.encodings.base import Weights, assign, cumulative_weights, operator_weights
from evomusic.encodings.notes import operators
from evomusic.encodings.notes.styled import SONG, STYLE, resong, restyle
from evomusic.encodings.samples import FIRST, checked_rows, first_melodies

Melodies = NDArray[np.uint8]
Pairs = tuple[tuple[str, float], ...]

MUTATIONS = (*operators.MUTATIONS, STYLE, SONG)
MUSICAL: Pairs = tuple((name, 1.0) for name in operators.MUTATIONS)


@dataclass(frozen=True, kw_only=True)
class Notes:
    """The genome is the melody, (P, T) uint8 tokens; musical operators cross and mutate it at bar and beat lines.

    Crossovers by name: "bar one-point", "bar two-point", "beat one-point", "beat two-point", and without regard to
    the metre "one-point", "two-point", "uniform". Mutations by name: transpose, invert, reverse and rotate a span;
    copy a bar (or half) over another, sequence (copy and transpose), fresh (a new bar); move a note's pitch, shift
    its onset, split, merge, lengthen, shorten; resample (any tokens, at `resample_rate` each); and, only where it is
    asked for, style (a span drawn anew from the task's style) and song (all from a random unit on, from its song). See
    `operators`, `moves`, `single_notes` and `styled` for their definitions. The list follows GenJam (Biles 1994),
    Horner & Goldberg (1991) and Spector & Alpern (1994).

    Args:
        crossovers: weight by crossover, or one name.
        crossover_rate: probability that a pair is crossed over.
        mutations: weight by mutation, or one name.
        mutation_rate: probability that an offspring is mutated, by one mutation.
        resample_rate: probability of each token to be drawn anew by the mutation "resample".
        first: initial melodies: "random" tokens, or samples of the task's "style" or "song".

    Raises:
        ValueError: an operator's or initial melodies' name is unknown, a weight or rate is out of range.
    """

    space: ClassVar[Space] = {
        "crossover_rate": Range(0.0, 1.0),
        "mutation_rate": Range(0.05, 1.0),
        "resample_rate": Range(0.01, 0.3, log=True),
    }

    crossovers: Weights = (("bar two-point", 1.0), ("beat two-point", 1.0))
    crossover_rate: float = 0.7
    mutations: Weights = MUSICAL
    mutation_rate: float = 0.3
    resample_rate: float = 0.05
    first: str = "random"

    def __post_init__(self) -> None:
        assign(
            self,
            crossovers=operator_weights("crossovers", self.crossovers, operators.CROSSOVERS),
            crossover_rate=probability("crossover_rate", self.crossover_rate),
            mutations=operator_weights("mutations", self.mutations, MUTATIONS),
            mutation_rate=probability("mutation_rate", self.mutation_rate),
            resample_rate=probability("resample_rate", self.resample_rate),
            first=choice("first", self.first, FIRST),
        )

    def sample(self, task: Task, rng: np.random.Generator, n: int) -> Melodies:
        """Initial melodies (n, T)."""
        return first_melodies(self.first, task, rng, n)

    def vary(self, task: Task, genomes: Melodies, rng: np.random.Generator) -> Melodies:
        """Offspring (P, T) of melodies (P, T); bars and beats are counted from the first bar line."""
        pickup = task.grid.pickup
        children = np.array(np.roll(genomes, -pickup, axis=1) if pickup else genomes, np.uint8, order="C")
        if self.drawn_share:
            self._vary_styled(task, children, rng)
        else:
            operators.vary(children, self.settings(task), operators.scratch(children.shape[1]), rng)
        return np.ascontiguousarray(np.roll(children, pickup, axis=1)) if pickup else children

    def _vary_styled(self, task: Task, children: Melodies, rng: np.random.Generator) -> None:
        """Vary rows (P, T) in place where style or song are among the mutations; a pickup stands at their end."""
        settings, where = self.settings(task), operators.scratch(children.shape[1])
        operators.vary(children, settings._replace(mutation_rate=0.0), where, rng)
        chance = rng.random(len(children))
        styled, sung = (chance < self.mutation_rate * share for share in (self.style_share, self.drawn_share))
        sung &= ~styled
        free = ~styled & ~sung
        others = children[free]
        operators.vary(others, settings._replace(crossover_rate=0.0, mutation_rate=self._other_rate), where, rng)
        restyled, resung = (
            np.ascontiguousarray(np.roll(children[each], task.grid.pickup, axis=1)) for each in (styled, sung)
        )
        if self.style_share:
            restyle(task, restyled, settings.bar, settings.half, settings.beat, rng)
        if len(resung):
            resong(task, resung, rng)
        children[free], children[styled] = others, np.roll(restyled, -task.grid.pickup, axis=1)
        children[sung] = np.roll(resung, -task.grid.pickup, axis=1)

    @cached_property
    def style_share(self) -> float:
        """Share of mutations that draw a span anew from the task's style."""
        return self._share(STYLE)

    @cached_property
    def drawn_share(self) -> float:
        """Share of mutations that draw anew, from the task's style or from its song."""
        return self._share(STYLE) + self._share(SONG)

    def _share(self, name: str) -> float:
        weights = dict(operator_weights("mutations", self.mutations, MUTATIONS))
        return weights.get(name, 0.0) / sum(weights.values())

    @property
    def _other_rate(self) -> float:
        """Probability that an offspring that is not drawn anew is mutated otherwise."""
        styled = self.mutation_rate * self.drawn_share
        return (self.mutation_rate - styled) / (1.0 - styled) if styled < 1.0 else 0.0

    def settings(self, task: Task) -> operators.Settings:
        """The parameters of the operators on a task's grid, for kernels."""
        grid, (crossovers, mutations) = task.grid, self._cumulative
        return operators.Settings(
            crossovers=crossovers,
            crossover_rate=self.crossover_rate,
            mutations=mutations,
            mutation_rate=self.mutation_rate,
            resample_rate=self.resample_rate,
            bar=grid.steps_per_bar,
            half=grid.steps_per_beat if grid.beats % 2 else grid.steps_per_bar // 2,
            beat=grid.steps_per_beat,
            tokens=grid.tokens,
        )

    def decode(self, task: Task, genomes: Melodies) -> Melodies:
        """The genomes themselves."""
        return genomes

    def encode(self, task: Task, melodies: Melodies) -> Melodies:
        """The melodies themselves.

        Raises:
            ValueError: a row's length or a token does not fit the grid.
        """
        return checked_rows(melodies, task)

    @cached_property
    def _cumulative(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Cumulative weights of all crossovers and all mutations."""
        return (
            cumulative_weights(self.crossovers, operators.CROSSOVERS),
            cumulative_weights(self.mutations, operators.MUTATIONS),
        )


NOTES = Notes()
