"""What uniform random tokens return on average."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from evomusic.automata import Automaton
from evomusic.machine import Machine


def expectation(machine: Machine) -> float:
    """The exact expectation of the return of uniform random tokens: memories weighted by their probability."""
    return math.fsum(paid for auto in machine.automata for paid in _by_step(auto))


def _by_step(auto: Automaton) -> list[float]:
    """Expected value of a rule at each step."""
    likely: NDArray[np.float64] = np.zeros(auto.size)  # (S,) probability of each memory
    likely[0] = 1.0
    paid = []
    for k in auto.slot:
        paid.append(float(likely @ auto.value[k].mean(axis=1)))
        tokens = auto.next.shape[2]
        likely = np.bincount(auto.next[k].ravel(), np.repeat(likely / tokens, tokens), minlength=auto.size).astype(
            float
        )
    return paid
