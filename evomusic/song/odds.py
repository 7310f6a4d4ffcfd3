"""Probabilities of every choice of a song, learnt from windows of real tunes.

U units of a melody, R rhythms of units, A pitches of the grid.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np

from evomusic.core.grid import FIRST_PITCH
from evomusic.song.contexts import DEGREES, LAST, Close, Contexts, Place
from evomusic.song.counts import Counts, Floats
from evomusic.song.echoes import LAGS, Echo, Echoes, echoes_of
from evomusic.song.memory import Memory
from evomusic.song.plan import NEW, Return, Tokens, plan_of, rhythm_of, source_notes
from evomusic.song.returns import Returns
from evomusic.song.rhythms import Rhythms

DOUBT: Final = 2.0  # of plans, of which there are many kinds: the bits of tunes left out in turn are fewest from 2 on


class Learnt(NamedTuple):
    """Counts of plans, of the rhythms of new units, of pitches, and of moves of free notes after those they echo."""

    plans: Counts
    rhythms: Counts
    pitches: Counts
    echoes: Echoes


@dataclass(frozen=True, eq=False)
class Odds:
    """Probabilities of closes, plans, rhythms and pitches.

    Args:
        at: the contexts of the grid.
        units: of the windows (N, U, steps).
        order: notes before that a pitch hears.
        form: whether units return.
    """

    at: Contexts
    units: Tokens
    order: int
    form: bool
    _joined: Memory[tuple[Hashable, ...], Floats] = field(default_factory=Memory, init=False)
    _rhythms: Memory[tuple[Hashable, ...], Floats] = field(default_factory=Memory, init=False)
    _pitches: Memory[tuple[Hashable, ...], Floats] = field(default_factory=Memory, init=False)

    @cached_property
    def plans(self) -> list[tuple[Return, ...]]:
        """The windows' plans."""
        return [plan_of(units, self.at.hears("plans")) if self.form else (NEW,) * len(units) for units in self.units]

    @cached_property
    def returns(self) -> Returns:
        """Ways in which the windows' units return."""
        return Returns(self.at, self.plans)

    @cached_property
    def rhythms(self) -> Rhythms:
        """Rhythms of the windows' units, and novel ones."""
        units, n = self.units, self.at.units
        leads = [self.at.lead(each, i) for each in units for i in range(n)]
        return Rhythms(self.at, rhythm_of(units).reshape(len(leads), -1), np.array(leads))

    @cached_property
    def closes(self) -> Floats:
        """Shares of `closes` in real tunes, each counted once more than it is seen, in all as one tune."""
        found = [self.at.close_of(units) for units in self.units]
        closes = self.at.closes
        return np.array([found.count(close) + 1 / len(closes) for close in closes]) / (len(found) + 1)

    @cached_property
    def _counts(self) -> Learnt:
        """Counts of all choices in the windows."""
        plans = Counts(len(self.returns.every), DOUBT if self.at.hears("plans") else 1.0)
        rhythms, pitches = Counts(self.rhythms.novel + 1), Counts(self.at.grid.tokens - 2)
        echoes = Echoes(self.at.grid.tokens - 2)
        for units, plan in zip(self.units, self.plans, strict=True):
            close = self.at.close_of(units)
            last: tuple[int, ...] = ()
            written = [self.rhythms.number(rhythm_of(unit)) for unit in units]
            for i, each in enumerate(plan):
                plans.add(self.at.of_plan(list(plan[:i]), close), self.returns.numbers[each])
                if each == NEW:
                    rhythms.add(self.at.of_rhythm(written[:i], close), written[i])
                offsets, heard = np.flatnonzero(units[i] >= FIRST_PITCH).tolist(), self.echoes(units, i)
                taken = 0 if each == NEW else len(self.returns.notes(self.returns.numbers[each], units, i))
                for k, offset in enumerate(offsets):
                    pitch = int(units[i, offset]) - FIRST_PITCH
                    pitches.add(self.at.of_pitch(self.at.place(i, offsets, k, close), last), pitch)
                    if k >= taken and (echo := heard[k]):
                        echoes.add(echo, pitch - last[-1])
                    last = (*last, pitch)[-self.order :]
        return Learnt(plans, rhythms, pitches, echoes)

    def of_plan(self, plan: list[Return], can: Floats, close: Close) -> Floats:
        """Odds of what the next unit is: new, or one of the ways in which it can return, weighted by `can`."""
        odds = self._counts.plans.odds(self.at.of_plan(plan, close)) * can
        return np.asarray(odds / odds.sum())

    def can(self, units: Tokens, i: int, last: tuple[int, ...], close: Close) -> Floats:
        """Weights (n,) of the ways of unit i after units and the last notes: 0 for those that there cannot be.

        By Bayes' rule a return is the likelier, the likelier its first note is after those before it than anywhere.
        """
        there = self.returns.can(units, i, close)
        can = there.astype(float)
        if not self.at.hears("joins"):
            return can
        for lag in range(1, i + 1):
            numbers, moves = self.returns.at_lag(lag, there)
            if len(numbers):
                firsts = source_notes(units[i - lag])[0] - FIRST_PITCH + moves
                can[numbers] *= self._joins(i, units[i - lag], last, close)[firsts]
        return can

    def _joins(self, i: int, source: Tokens, last: tuple[int, ...], close: Close) -> Floats:
        """Probabilities (A,) of a unit's first pitch after others, relative to those wherever they stand."""
        key = (i, source.tobytes(), last)
        if (found := self._joined.get(key)) is None:
            place = self.at.place(i, np.flatnonzero(source >= FIRST_PITCH).tolist(), 0, close)
            contexts, pitches = self.at.of_pitch(place._replace(close=None, left=None), last), self._counts.pitches
            found = self._joined[key] = pitches.odds(contexts) / pitches.odds(contexts[-2:])
        return found

    def of_rhythm(self, rhythms: list[int], lead: int, close: Close) -> Floats:
        """Odds (R + 1,) of the rhythm of a new unit; `lead` as of `Contexts`. The array is not to be changed."""
        i, length, sounds = len(rhythms), None, None
        if i == self.at.units - 1:
            length = close.length
        elif i == self.at.units - 2 and close.length == LAST - 1 and self.at.hears("close"):
            sounds = close.degree < DEGREES
        contexts = self.at.of_rhythm(rhythms, close)
        key = (*contexts, lead, length, sounds)
        if (found := self._rhythms.get(key)) is None:
            found = self._rhythms[key] = self.rhythms.odds(self._counts.rhythms.odds(contexts), lead, length, sounds)
        return found

    def echoes(self, units: Tokens, i: int) -> list[Echo | None]:
        """The echo of each note of unit i of a melody, for those that are free."""
        return echoes_of(units, i, LAGS if self.at.hears("echo") else ())

    def of_pitch(
        self, place: Place, last: tuple[int, ...], close: Close, barred: int | None, echo: Echo | None
    ) -> Floats:
        """Odds (A,) of a free note; the last of a melody has the degree of its close, a first varied one differs.

        The array is not to be changed.
        """
        degree = close.degree if place.left == 0 and place.close == close.degree < DEGREES else None
        key = (place, last, degree, barred)
        if (found := self._pitches.get(key)) is None:
            found = self._pitches[key] = self._free(*key)
        if echo is None:
            return found
        odds = found * self._counts.echoes.factors(echo, last[-1])
        return np.asarray(odds / (odds.sum() or 1.0))

    def _free(self, place: Place, last: tuple[int, ...], degree: int | None, barred: int | None) -> Floats:
        """Odds (A,) of a note of a degree, any with None, that is not barred."""
        odds = self._counts.pitches.odds(self.at.of_pitch(place, last)).copy()
        if degree is not None:
            odds *= self.at.degrees == degree
        if barred is not None:
            odds[barred] = 0.0
        total = odds.sum()
        return odds / total if total else odds
