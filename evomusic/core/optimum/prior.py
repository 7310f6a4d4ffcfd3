"""A distribution of melodies token by token, unrolled: layers whose values add up to log2 probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from evomusic.core.kernels import Tables
from evomusic.core.machine import Machine
from evomusic.core.optimum.layers import Layers, unroll


@dataclass(frozen=True, eq=False)
class Prior:
    """A distribution of melodies, as parts that are remembered apart; none for uniform tokens.

    Args:
        name: "style", "song" or "uniform".
        parts: layers, whose values of a token add up to its log2 probability after those before.
    """

    name: str = "uniform"
    parts: tuple[Layers, ...] = ()

    @cached_property
    def tables(self) -> Tables:
        """The same for kernels: rows of all steps end to end, a place a step and part."""
        place, base = 0, np.zeros((len(self.parts[0].next), 2, len(self.parts)), np.int64)
        for g, layers in enumerate(self.parts):
            for t, following in enumerate(layers.next):
                base[t, :, g] = place
                place += following.size
        tokens = self.parts[0].next[0].shape[1]
        rows = [(each * tokens).ravel() for layers in self.parts for each in layers.next]
        values = [each.ravel() for layers in self.parts for each in layers.value]
        return Tables(np.concatenate(rows).astype(np.int32), np.concatenate(values), base)

    def bits(self, melodies: NDArray[np.uint8]) -> NDArray[np.float64]:
        """Log2 probability (P, T) of each token of melodies (P, T)."""
        found = np.zeros(melodies.shape)
        for layers in self.parts:
            rows = np.zeros(len(melodies), np.int64)
            for t, (following, value) in enumerate(zip(layers.next, layers.value, strict=True)):
                found[:, t] += value[rows, melodies[:, t]]
                rows = following[rows, melodies[:, t]].astype(np.int64)
        return found


class Song(Protocol):
    """A song model, such as `em.Song`."""

    def prior(self, order: int = 2, /) -> Prior:
        """Its rhythm and its pitch, which hears so many notes before, as automata on the task's grid."""
        ...

    def sample(self, n: int, rng: np.random.Generator, /) -> NDArray[np.uint8]:
        """Melodies (n, T)."""
        ...

    def redraw(self, melodies: NDArray[np.uint8], rng: np.random.Generator, /) -> NDArray[np.uint8]:
        """Melodies (P, T), each drawn anew from somewhere on."""
        ...


UNIFORM = Prior()


@lru_cache(maxsize=8)
def style_of(machine: Machine) -> Prior:
    """The style of a machine's task, as a prior."""
    return Prior("style", tuple(unroll(auto) for auto in machine.generator))
