"""NK landscapes: fitness that is drawn, with a dial for the interaction of steps. No rule of music, so in no catalogue.

The return of a melody x is the mean over steps i of contributions f_i(x_(i-k), ..., x_i), each drawn uniformly from
[0, 1): k = 0 is a sum of single tokens, large k is nearly random. A rest and a hold are one symbol, so that melodies
that sound alike have equal returns and every encoding can write an optimal one.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import number, shown, whole
from evomusic.core.grid import HOLD, Event, Slot
from evomusic.core.reward import QUANTUM

CELLS = 2**20  # tokens that are read while the table is written: about two seconds


def symbol(event: Event) -> int:
    """The symbol of an event: 0 for a rest or a hold, i + 1 for the i-th pitch of the grid."""
    return max(event.kind - HOLD, 0)


@dataclass(frozen=True)
class LastSymbols:
    """Remembers the last `count` symbols, a rest and a hold being one; its values are 0.

    Args:
        count: number of symbols, at least 1.
    """

    count: int = 1

    start = ()
    hears = ()

    def __post_init__(self) -> None:
        whole("LastSymbols count", self.count, 1)

    def read(self, memory: tuple[int, ...], event: Event, slot: Slot) -> tuple[Hashable, float]:
        """The symbols after the event, latest last."""
        return (*memory, symbol(event))[-self.count :], 0.0


@dataclass(frozen=True, kw_only=True)
class NKLandscape:
    """The contribution of each step, 0 to 1 / length, by its symbol and the `coupling` symbols before it.

    Remembers the last `coupling + delay` symbols.
    Source: Kauffman, "The Origins of Order" (1993), with adjacent neighbourhoods that end at the first step; Altenberg,
    "NK fitness landscapes" (1997).

    Args:
        length: steps of the melody.
        alphabet: tokens of the grid, 3 to 130; one less than this is the number of symbols.
        coupling: symbols before a step's own that its contribution depends on; K of the NK model.
        delay: steps between a token and the reward for it; what is outstanding at the last step comes then. No
            melody's return depends on it.
        noise: probability with which each token slips: it is replaced by a uniformly random one. Values are then the
            exact expectations over slips, to the nearest multiple of 2^-32.
        seed: of the contributions. All dials but length, alphabet and coupling leave these as they are.

    Raises:
        ValueError: an argument is out of range, or the table would have more than 2^20 cells.
    """

    length: int = 16
    alphabet: int = 6
    coupling: int = 2
    delay: int = 0
    noise: float = 0.0
    seed: int = 0

    start = ()
    hears = ("step", "last")

    def __post_init__(self) -> None:
        whole("length", self.length, 1, 4096)
        whole("alphabet", self.alphabet, 3, 130)
        whole("coupling", self.coupling, 0, self.length - 1)
        whole("delay", self.delay, 0, self.length - 1)
        number("noise", self.noise, 0.0, 1.0)
        whole("seed", self.seed, 0, 2**64 - 1)
        reach = min(self.coupling + self.delay, self.length)
        cells = self.length * self.alphabet * (self.alphabet - 1) ** reach
        if cells > CELLS:
            raise ValueError(
                f"a family of length {self.length}, alphabet {self.alphabet}, coupling {self.coupling} and delay "
                f"{self.delay} needs a table of up to {shown(cells)} cells, expected {CELLS:,} or less; "
                "lower coupling + delay"
            )

    @property
    def window(self) -> int:
        """Number of last symbols that determine all rewards to come."""
        return self.coupling + self.delay

    @cached_property
    def contributions(self) -> list[NDArray[np.float64]]:
        """Contribution of each step by its neighbourhood, oldest symbol first: T arrays of up to K + 1 axes."""
        draw = np.random.PCG64(self.seed)  # the raw stream is the same in every version of numpy
        symbols, tables = self.alphabet - 1, []
        for step in range(self.length):
            width = min(step, self.coupling) + 1
            raw = draw.random_raw(symbols**width) >> np.uint64(32)
            tables.append((raw // np.uint64(self.length)).reshape((symbols,) * width) * QUANTUM)
        return [self._slipped(table) for table in tables] if self.noise else tables

    def _slipped(self, table: NDArray[np.float64]) -> NDArray[np.float64]:
        """Expected contributions where each symbol may be replaced: a mixture along each axis."""
        chance = np.full(self.alphabet - 1, 1.0) / self.alphabet
        chance[0] *= 2  # a rest or a hold
        for axis in range(table.ndim):
            mean = np.tensordot(table, chance, (axis, 0))
            table = (1 - self.noise) * table + self.noise * np.expand_dims(mean, axis)
        return np.round(table / QUANTUM) * QUANTUM

    @cached_property
    def _flat(self) -> list[list[float]]:
        return [table.ravel().tolist() for table in self.contributions]

    def read(self, memory: tuple[int, ...], event: Event, slot: Slot) -> tuple[Hashable, float]:
        """The last symbols, and the contribution of the step `delay` steps ago; at the last step all that is due."""
        if event.kind >= self.alphabet or slot.step >= self.length:
            raise ValueError(
                f"a landscape of {self.length} steps and {self.alphabet} tokens reads token {event.kind} at step "
                f"{slot.step}; its grid has steps=length and tokens=alphabet"
            )
        seen = (*memory, symbol(event))
        latest = slot.step if slot.last else slot.step - self.delay
        value = 0.0
        for step in range(max(slot.step - self.delay, 0), latest + 1):
            value += self._contribution(step, seen[: len(seen) - (slot.step - step)])
        return seen[-self.window :] if self.window and not slot.last else (), value

    def _contribution(self, step: int, symbols: tuple[int, ...]) -> float:
        """The contribution of a step, whose symbol is the last one."""
        place = 0
        for s in symbols[-self.coupling - 1 :]:
            place = place * (self.alphabet - 1) + s
        return self._flat[step][place]
