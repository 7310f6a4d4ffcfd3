"""The rhythm of a song as an automaton: rhythms of units by place, after the one or two before, read step by step.

A row is what the rhythm remembers at a step: the units before, as far as real tunes have both often enough, and the
steps of the unit that is being read. While these begin a real rhythm, the next step has its probability among all
rhythms that go on from there, novel ones too; beyond, a novel rhythm is spelled. No plan is heard: a unit that returns
is a rhythm after others. T steps, U units, R rhythms.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import NamedTuple

import numpy as np

from evomusic.core.grid import HOLD, REST
from evomusic.core.optimum.layers import Layers, minimise
from evomusic.song.contexts import Context, Contexts
from evomusic.song.counts import Counts, Floats
from evomusic.song.plan import Tokens, rhythm_of
from evomusic.song.rhythms import KINDS, Rhythms

Prefix = tuple[int, ...]


class Before(NamedTuple):
    """Units before, by number, the nearest first, as far as remembered; the lead after them, as of `Contexts`."""

    units: Prefix
    lead: int


class Within(NamedTuple):
    """A place in a unit: the units before it, None in a novel rhythm; the steps so far, of which that has the last."""

    before: Before | None
    prefix: Prefix


class Spelled(NamedTuple):
    """A beginning of a real rhythm: its probability when it is spelled, and that what is spelled on is novel."""

    path: float
    novel: float


@dataclass(frozen=True, eq=False)
class RhythmChain:
    """A chain over rhythms of units.

    Args:
        at: the contexts of the grid.
        units: of the windows (N, U, steps).
        rhythms: the real ones, and the spelling of others.
        least: times that a unit must have followed another for both to be remembered.
    """

    at: Contexts
    units: Tokens
    rhythms: Rhythms
    least: int

    def layers(self) -> Layers:
        """The automaton, whose values are log2 probabilities of rests, holds and onsets."""
        start: Before | Within = Before((), self._lead(0))
        for t in range(self.at.pad):
            start = self._after(t // self.at.steps, t % self.at.steps, self._within(start), REST)
        here, following, values = {start: 0}, [], []
        for t in range(self.at.pad, self.at.grid.steps):
            ahead: dict[Before | Within, int] = {}
            to, value = np.zeros((2, len(here), KINDS))
            for state, row in here.items():
                to[row], value[row] = self._row(t, state, ahead)
            following.append(self._spread(to).astype(np.int32) * (t < self.at.grid.steps - 1))
            values.append(self._spread(value))
            here = ahead
        return minimise(Layers(following, values))

    def _spread(self, kinds: Floats) -> Floats:
        """Columns (n, A) of tokens, of columns (n, 3) of kinds."""
        return kinds[:, np.minimum(np.arange(self.at.grid.tokens), KINDS - 1)]

    def _row(self, t: int, state: Before | Within, ahead: dict[Before | Within, int]) -> tuple[list[int], list[float]]:
        """Where the kinds of a step lead, by number in `ahead`, and their log2 probabilities; silence has two."""
        unit, place = divmod(t, self.at.steps)
        at = self._within(state)
        last, odds = self._last(at), self._odds(unit, place, at)
        if last == REST:
            odds[REST] = odds[HOLD] = odds[REST] / 2
        to = []
        for kind in range(KINDS):
            heard = REST if last == REST and kind == HOLD else kind
            to.append(ahead.setdefault(self._after(unit, place, at, heard), len(ahead)))
        return to, [math.log2(each) for each in odds]

    def _within(self, state: Before | Within) -> Within:
        return Within(state, ()) if isinstance(state, Before) else state

    def _last(self, at: Within) -> int:
        """The kind of the step before: a rest where nothing sounds, else any other."""
        if at.prefix:
            return at.prefix[-1]
        return HOLD if at.before is not None and at.before.lead < 0 else REST

    def _lead(self, unit: int) -> int:
        """Steps at the beginning of a unit, after silence, that can only be rests."""
        return min(max(self.at.pad - unit * self.at.steps, 0), self.at.steps)

    def _odds(self, unit: int, place: int, at: Within) -> list[float]:
        """Probabilities of the kinds at a place in a unit."""
        if at.before is None:
            return list(map(float, self.rhythms.kinds(place, at.prefix[-1])))
        masses, share = self._masses(unit, at.before)
        spelled = self._trie(at.before.lead)[at.prefix]
        apart = share * spelled.path * self.rhythms.kinds(place, self._last(at))  # of what no real rhythm begins with
        found = [masses.get((*at.prefix, kind), float(apart[kind])) for kind in range(KINDS)]
        return [each / masses[at.prefix] for each in found]

    def _after(self, unit: int, place: int, at: Within, kind: int) -> Before | Within:
        """The state after a kind at a place in a unit."""
        prefix = (*at.prefix, kind)
        real = at.before is not None and prefix in self._trie(at.before.lead)
        if place < self.at.steps - 1:
            return Within(at.before, prefix) if real else Within(None, (kind,))
        lead = self._lead(unit + 1) if kind == REST else -1
        if at.before is None or not real:
            return Before((self.rhythms.novel,), lead)
        units = (self._numbers[prefix], *at.before.units[:1])
        return Before(units if units in self._pairs else units[:1], lead)

    # Counts

    @cached_property
    def _windows(self) -> list[list[int]]:
        """Numbers (N, U) of the windows' rhythms."""
        return [[self._numbers[tuple(rhythm_of(unit).tolist())] for unit in units] for units in self.units]

    @cached_property
    def _numbers(self) -> dict[Prefix, int]:
        return {tuple(rhythm): number for number, rhythm in enumerate(self.rhythms.real.tolist())}

    @cached_property
    def _pairs(self) -> frozenset[Prefix]:
        """Pairs of a unit and the one before it that are remembered."""
        seen = Counter(pair for row in self._windows for pair in zip(row[1:], row[:-1], strict=True))
        return frozenset(pair for pair, n in seen.items() if n >= self.least)

    @cached_property
    def _counts(self) -> Counts:
        counts = Counts(self.rhythms.novel + 1)
        for row in self._windows:
            for i, number in enumerate(row):
                counts.add(self._contexts(i, tuple(row[max(i - 2, 0) : i][::-1])), number)
        return counts

    def _contexts(self, unit: int, before: Prefix) -> list[Context]:
        """Contexts of the rhythm of a unit after others, the nearest first."""
        places = (unit,), (unit % 2, max(unit - self.at.units + 3, 0))
        after = [(place, before[:k]) for k in range(len(before), 0, -1) for place in places]
        return [*after, *places, ()]

    # Probabilities

    @lru_cache(maxsize=16)  # noqa: B019  # a chain is used once, to write its layers
    def _trie(self, lead: int) -> dict[Prefix, Spelled]:
        """The beginnings of real rhythms after a lead."""
        paths, first = dict[Prefix, float](), HOLD if lead < 0 else REST
        for rhythm in self.rhythms.real.tolist():
            path, last = 1.0, first
            for k, kind in enumerate(rhythm):
                paths[tuple(rhythm[:k])] = path
                path *= float(self.rhythms.kinds(k, last, lead)[kind])
                last = kind
            paths[tuple(rhythm)] = path
        found: dict[Prefix, Spelled] = {}
        for prefix in sorted(paths, key=len, reverse=True):
            novel = 0.0
            if len(prefix) < self.at.steps:
                odds = self.rhythms.kinds(len(prefix), prefix[-1] if prefix else first, lead)
                ahead = [found[each].novel if (each := (*prefix, kind)) in found else 1.0 for kind in range(KINDS)]
                novel = float(odds @ ahead)
            found[prefix] = Spelled(paths[prefix], novel)
        return found

    @lru_cache(maxsize=4096)  # noqa: B019  # a chain is used once, to write its layers
    def _masses(self, unit: int, before: Before) -> tuple[dict[Prefix, float], float]:
        """The probability of each beginning of a real rhythm in a unit, and the multiple of what is spelled."""
        spelled, odds = self._trie(before.lead), self._counts.odds(self._contexts(unit, before.units)).copy()
        odds[:-1] *= self.rhythms.led(before.lead)
        odds[-1] *= spelled[()].novel > 0
        odds /= odds.sum()
        share = float(odds[-1]) / (spelled[()].novel or 1.0)
        masses = {prefix: share * each.path * each.novel for prefix, each in spelled.items()}
        for rhythm, probability in zip(self.rhythms.real.tolist(), odds[:-1].tolist(), strict=True):
            for k in range(len(rhythm) + 1):
                masses[tuple(rhythm[:k])] += probability
        return masses, share
