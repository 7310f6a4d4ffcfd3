"""The whole Q-table of a small machine, by backward induction over the memories of all rules."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import TooManyStates, compose, minimise
from evomusic.core.machine import Machine
from evomusic.core.optimum.layers import unroll

STATES = 100_000


class Row(NamedTuple):
    """A state: the tokens of one history that leads to it, and the best return from there for each next token (A,)."""

    history: tuple[int, ...]
    q: NDArray[np.float64]


def q_table(machine: Machine, limit: int = STATES) -> list[Row]:
    """Optimal action values of every reachable state, step by step (Sutton & Barto 2018, equation 3.20).

    Histories with equal rewards ever after are one state, named by the first of them in order of tokens.

    Raises:
        TooManyStates: there are more than `limit` rows.
    """
    joint = machine.groups[0]
    for auto in machine.groups[1:]:
        both = compose(joint, auto, limit=limit)
        if both is None:
            raise TooManyStates(f"the Q-table has more than {limit} rows; it is meant for small tasks")
        joint = minimise(both)
    layers = unroll(joint)
    values: list[NDArray[np.float64]] = []
    later = np.zeros(1)
    for following, reward in zip(reversed(layers.next), reversed(layers.value), strict=True):
        values.insert(0, reward + later[following])
        later = values[0].max(axis=1)
    return [Row(h, q[i]) for q, names in zip(values, _histories(layers.next), strict=True) for i, h in enumerate(names)]


def _histories(layers: Sequence[NDArray[np.int32]]) -> list[list[tuple[int, ...]]]:
    """First history that leads to each row of each layer."""
    found: list[list[tuple[int, ...]]] = [[()]]
    for t in range(len(layers) - 1):
        ahead: dict[int, tuple[int, ...]] = {}
        for history, row in sorted(zip(found[t], layers[t], strict=True), key=lambda x: x[0]):
            for token, to in enumerate(row.tolist()):
                ahead.setdefault(to, (*history, token))
        found.append([ahead[i] for i in range(len(layers[t + 1]))])
    return found
