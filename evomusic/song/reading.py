"""Readings of a melody: every plan by which the model may have written it, with its probability.

U units of a melody.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.grid import FIRST_PITCH
from evomusic.song.contexts import LAST, Close, Contexts
from evomusic.song.counts import Floats, draw
from evomusic.song.memory import Memory
from evomusic.song.odds import Odds
from evomusic.song.plan import NEW, Return, Tokens, rhythm_of, source_notes

Paths = dict[tuple[Return, ...], float]  # logarithms, by the two units before, as the plan remembers them
MOST: Final = 2**14  # beginnings of melodies whose paths are remembered


class Choices(NamedTuple):
    """Kinds of choice that a unit may have been, whatever the theme, which plans alone hear."""

    can: Floats  # weights (n,) of new and of all returns
    readings: list[tuple[int, float]]  # those that it can be read as, and the probability of what it then has anew


@dataclass(frozen=True, eq=False)
class Readings:
    """Readings of melodies by the odds of a model."""

    odds: Odds
    _walked: Memory[tuple[bytes, Close | bool], Paths] = field(default_factory=lambda: Memory(MOST), init=False)
    _heard: Memory[tuple[bytes, int, int], Choices] = field(default_factory=lambda: Memory(MOST), init=False)

    @property
    def at(self) -> Contexts:
        """The contexts of the grid."""
        return self.odds.at

    @cached_property
    def _start(self) -> int:
        """The first unit whose choices hear the close."""
        return max(self.at.units - self.at.closing, 0)

    @cached_property
    def _themes(self) -> set[bool]:
        return {close.theme for close in self.at.closes}

    def log_probability(self, units: Tokens) -> float:
        """Natural logarithm of the probability of a melody (U, steps), summed over all plans."""
        own, ends = self.at.close_of(units), self.odds.rhythms.numbers(units[-2:])
        novel = self.odds.rhythms.novel in ends  # such an end is not bound to the close
        logs = [
            np.log(share) + _total(self._paths(units, close))
            for close, share in zip(self.at.closes, self.odds.closes, strict=True)
            if novel or close[:2] == own[:2]
        ]
        return float(np.logaddexp.reduce(logs))

    def sample(self, units: Tokens, rng: np.random.Generator, closing: bool) -> tuple[Close, list[Return]]:
        """A close and a plan, drawn given the first units of a melody; of the plan the last two are as drawn.

        Args:
            units: the first ones (n, steps), none or more.
            rng: random generator.
            closing: whether the last note is to be a tonic of a beat or more.
        """
        closes, count, shares = self.at.closes, len(units), self.odds.closes
        if closing:
            shares = shares * [close.degree == 0 and 0 < close.length < LAST - 1 for close in closes]
        if not count:
            return closes[draw(shares, rng)], []
        if count <= self._start and len(self._themes) == 1:
            paths = self._paths(units, closes[0])
            every = [(closes[draw(shares, rng)], path, log) for path, log in paths.items()]
        else:
            every = [
                (close, path, log + math.log(share))
                for close, share in zip(closes, shares, strict=True)
                if share
                for path, log in self._paths(units, close).items()
            ]
        logs = np.array([log for *_, log in every])
        close, path, _ = every[draw(np.exp(logs - logs.max()), rng)]
        return close, [*[NEW] * (count - len(path)), *path]

    def _paths(self, units: Tokens, close: Close) -> Paths:
        """Paths of plans through the first units of a melody, given the close."""
        paths: Paths = {(): 0.0}
        for i in range(len(units)):
            begun = units[: i + 1].tobytes(), close if i >= self._start else close.theme and i >= self.at.units // 2
            if (found := self._walked.get(begun)) is None:
                found = self._walked[begun] = self._ahead(units[: i + 1], close, paths)
            paths = found
        return paths

    def _ahead(self, units: Tokens, close: Close, paths: Paths) -> Paths:
        """Paths through units, after the paths through all but the last of them."""
        i, ahead = len(units) - 1, dict[tuple[Return, ...], list[float]]()
        begun = units.tobytes(), *(close[:2] if i >= self._start else (-1, -1))
        if (found := self._heard.get(begun)) is None:
            last = tuple((source_notes(units[:i]) - FIRST_PITCH).tolist()[-self.odds.order :])
            can = self.odds.can(units, i, last, close)
            found = self._heard[begun] = Choices(can, [*self._readings(units, can > 0, last, close)])
        for path, log in paths.items():
            odds = self.odds.of_plan([*[NEW] * (i - len(path)), *path], found.can, close)
            for chosen, probability in found.readings:
                if odds[chosen] * probability > 0:
                    after = (*path, self.odds.returns.every[chosen])[-2:]
                    ahead.setdefault(after, []).append(log + math.log(odds[chosen]) + math.log(probability))
        return {after: float(np.logaddexp.reduce(logs)) for after, logs in ahead.items()}

    def _readings(
        self, units: Tokens, can: NDArray[np.bool_], last: tuple[int, ...], close: Close
    ) -> Iterator[tuple[int, float]]:
        """Readings of the last unit, by number among all returns, and the probability of what it then has anew.

        Args:
            units: of a melody, up to this one.
            can: whether it can be new or return (n,).
            last: pitches of the last notes before it.
            close: the melody's.
        """
        i, returns, rhythms = len(units) - 1, self.odds.returns, self.odds.rhythms
        written, lead = rhythms.numbers(units), self.at.lead(units, i)
        kinds = rhythm_of(units)
        notes, offsets = source_notes(units[i]), np.flatnonzero(kinds[i] == FIRST_PITCH).tolist()
        heard = (*last, *(notes - FIRST_PITCH).tolist())
        odds = self.odds.of_rhythm(written[:i], lead, close)
        anew = float(odds[written[i]]) * rhythms.share(kinds[i], lead)
        alike = (i - np.flatnonzero((kinds[:i] == kinds[i]).all(axis=1))[::-1]).tolist()
        numbers, echoes = [0], self.odds.echoes(units, i)
        for lag in alike:
            ways, moves = returns.at_lag(lag, can)
            if len(ways):  # they keep or move the first note, and with it all that are not free
                numbers += ways[moves == notes[0] - source_notes(units[i - lag])[0]].tolist()
        for number in numbers:
            source, probability = (returns.notes(number, units, i), 1.0) if number else (notes[:0], anew)
            if (source != notes[: len(source)]).any():
                continue
            for k in range(len(source), len(offsets)):
                place, barred = self.at.place(i, offsets, k, close), returns.barred(number, units, i, k)
                before = heard[max(len(last) + k - self.odds.order, 0) : len(last) + k]
                probability *= float(self.odds.of_pitch(place, before, close, barred, echoes[k])[heard[len(last) + k]])
            if probability > 0:
                yield number, probability


def _total(paths: Paths) -> float:
    return float(np.logaddexp.reduce(list(paths.values()))) if paths else -np.inf
