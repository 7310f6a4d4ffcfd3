"""A distribution of melodies token by token, unrolled: layers whose values add up to log2 probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

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

    def prior(self) -> Prior:
        """Its rhythm and its pitch as automata on the task's grid."""
        ...


UNIFORM = Prior()


@lru_cache(maxsize=8)
def style_of(machine: Machine) -> Prior:
    """The style of a machine's task, as a prior."""
    return Prior("style", tuple(unroll(auto) for auto in machine.generator))
