"""Rhythms of units: those of real tunes by number, and novel ones, which are spelled step by step."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import FIRST_PITCH, HOLD, REST
from evomusic.song.contexts import Context, Contexts
from evomusic.song.counts import Counts, Floats, draw
from evomusic.song.plan import Tokens, rhythm_of

KINDS: Final = 3  # of tokens in a rhythm: rest, hold, onset
LEAST: Final = 1e-9  # probability of all novel rhythms, below which there is none


@dataclass(frozen=True, eq=False)
class Rhythms:
    """The rhythms (R, steps) of real units; number R stands for every novel one.

    A novel rhythm is spelled by a chain over rests, holds and onsets, after the place in the unit and the token before,
    counted in real units; it is drawn anew while it is one of the real ones.

    Args:
        at: the contexts of the grid.
        units: rhythms of the real units (N, steps), with repetitions.
        leads: steps of each (N,) that can only be rests, as of `Contexts.lead`.
    """

    at: Contexts
    units: Tokens
    leads: NDArray[np.int64]

    @cached_property
    def real(self) -> Tokens:
        """The different rhythms (R, steps), in lexicographic order."""
        return np.unique(self.units, axis=0)

    @property
    def novel(self) -> int:
        """R, the number of novel rhythms."""
        return len(self.real)

    @cached_property
    def _numbers(self) -> dict[bytes, int]:
        return {rhythm.tobytes(): i for i, rhythm in enumerate(self.real)}

    def number(self, rhythm: Tokens) -> int:
        """The number of a rhythm (steps,), R for a novel one."""
        return self._numbers.get(rhythm.tobytes(), self.novel)

    def numbers(self, units: Tokens) -> list[int]:
        """The numbers of the rhythms of units (n, steps)."""
        return [self.number(rhythm) for rhythm in rhythm_of(units)]

    def odds(self, odds: Floats, lead: int, length: int | None, sounds: bool | None = None) -> Floats:
        """Odds (R + 1,) after a lead of rests, or where the last note's length is of a kind, normalised.

        `lead` is that of `Contexts`; `sounds` says whether a note begins. A novel rhythm is bound neither to that nor
        to the length. All odds are 0 where no rhythm fits.
        """
        fits = np.append(self.led(lead), True)
        if length is not None:
            fits[:-1] &= self._ends == length
        if sounds is not None:
            fits[:-1] &= (self.real == FIRST_PITCH).any(axis=1) == sounds
        fits[-1] = self._unreal[lead] > LEAST
        total = odds[fits].sum()
        return np.where(fits, odds, 0.0) / (total or 1.0)

    def led(self, lead: int) -> NDArray[np.bool_]:
        """Whether real rhythms (R,) have the rests of a lead, and hold nothing after silence."""
        if lead < 0:
            return np.ones(len(self.real), bool)
        return np.asarray((self.real[:, :lead] == REST).all(axis=1) & (self.real[:, 0] != HOLD))

    @cached_property
    def _ends(self) -> Tokens:
        """The kind of a last note (R,) by length, were a rhythm that of the last unit."""
        return np.array([self.at.length_of(rhythm) for rhythm in self.real])

    @cached_property
    def _spelling(self) -> Counts:
        counts = Counts(KINDS)
        for rhythm, lead in zip(self.units.tolist(), self.leads.tolist(), strict=True):
            before = HOLD if lead < 0 else REST
            for place, kind in enumerate(rhythm):
                if place >= lead:
                    counts.add(_contexts(place, before), kind)
                before = kind
        return counts

    def kinds(self, place: int, before: int, lead: int = 0) -> Floats:
        """Odds (3,) of a step; silence is not held, and a lead has rests alone."""
        if place < lead:
            return np.array([1.0, 0.0, 0.0])
        odds = self._spelling.odds(_contexts(place, before))
        if before == REST:
            odds = odds * [1.0, 0.0, 1.0]
        return np.asarray(odds / odds.sum())

    def _spelled(self, rhythm: Tokens, lead: int) -> float:
        """Probability of a rhythm, real or novel, under the chain."""
        before, probability = HOLD if lead < 0 else REST, 1.0
        for place, kind in enumerate(rhythm.tolist()):
            probability *= float(self.kinds(place, before, lead)[kind])
            before = kind
        return probability

    @cached_property
    def _unreal(self) -> dict[int, float]:
        """Probability of all novel rhythms under the chain, by the lead."""
        leads = {-1, 0, self.at.pad % self.at.steps, min(self.at.pad, self.at.steps)}
        return {lead: 1 - sum(self._spelled(each, lead) for each in self.real) for lead in leads}

    def share(self, rhythm: Tokens, lead: int) -> float:
        """Probability of a rhythm given its number: 1 for a real one, its share of all novel ones else."""
        return self._spelled(rhythm, lead) / self._unreal[lead] if self.number(rhythm) == self.novel else 1.0

    def write(self, number: int, lead: int, rng: np.random.Generator) -> Tokens:
        """The rhythm (steps,) of a number; a novel one is drawn."""
        if number < self.novel:
            return np.asarray(self.real[number])
        while True:
            found: list[Any] = []
            for place in range(self.real.shape[1]):
                before = found[-1] if found else HOLD if lead < 0 else REST
                found.append(draw(self.kinds(place, before, lead), rng))
            rhythm = np.array(found, np.int64)
            if self.number(rhythm) == self.novel:
                return rhythm


def _contexts(place: int, before: int) -> list[Context]:
    """Contexts of a step of a rhythm: rests, holds and onsets."""
    return [(place, before), ("after", before), ()]
