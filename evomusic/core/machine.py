"""A reward on a grid: its rules' automata fused into a few groups, and packed into `Tables` for the kernels."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from evomusic.core.automata import (
    Automaton,
    TooManyStates,
    carried,
    compose,
    minimise,
    row_classes,
    store_once,
    tabulate,
)
from evomusic.core.grid import Grid
from evomusic.core.kernels import Tables
from evomusic.core.reward import Reward, names_of
from evomusic.core.rule import Observer

GROUP_BYTES = 2**18  # a fused group larger than this falls out of the fast caches
HEADROOM = 2.0**20  # sums below this are exact at the quantum


def fuse(automata: Sequence[Automaton], most: int = GROUP_BYTES) -> list[Automaton]:
    """Compose automata into groups while a group's tables stay small; fewer groups, fewer lookups a step."""
    groups: list[Automaton] = []
    for auto in sorted(automata, key=table_bytes, reverse=True):
        best, place = None, -1
        for g, group in enumerate(groups):
            if max(table_bytes(group), table_bytes(auto)) > most:
                continue
            both = compose(group, auto, limit=most // (6 * auto.next.shape[2]))
            if both is None:
                continue
            both = store_once(minimise(both))
            grown = table_bytes(both)
            if (
                grown <= most
                and grown <= 4 * (table_bytes(group) + table_bytes(auto)) + 2**14
                and (best is None or grown - table_bytes(group) < table_bytes(best) - table_bytes(groups[place]))
            ):
                best, place = both, g
        if best is None:
            groups.append(auto)
        else:
            groups[place] = best
    return groups


def table_bytes(auto: Automaton) -> int:
    """Bytes of the packed tables: 4 a next, 8 a value; equal planes once, value planes of zeros not at all."""
    paying = auto.value[_distinct(auto.value)[0]].any(axis=(1, 2)).sum()
    return int(4 * len(_distinct(auto.next)[0]) + 8 * paying) * auto.next[0].size


def _distinct(planes: NDArray[np.generic]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First plane of each kind, and the kind of each plane (K,)."""
    flat = np.ascontiguousarray(planes).reshape(len(planes), -1)
    rows = flat.view(np.int64) if flat.dtype.itemsize == 8 else flat.astype(np.int64)
    classes, first = row_classes(rows)
    return first, classes


def pack(automata: Sequence[Automaton], grid: Grid) -> Tables:
    """Tables of all automata end to end; `next` is multiplied by A, so that a memory is the place of its row.

    Raises:
        TooManyStates: the tables are too large for 32-bit places.
    """
    following: list[NDArray[np.int32]] = [np.zeros(0, np.int32)]
    values: list[NDArray[np.float64]] = [np.zeros(0)]
    base = np.zeros((grid.steps, 2, len(automata)), np.int64)
    at_next = at_value = 0
    for r, auto in enumerate(automata):
        (first_n, kind_n), (first_v, kind_v) = _distinct(auto.next), _distinct(auto.value)
        plane = auto.next[0].size
        pays = auto.value[first_v].any(axis=(1, 2))
        place = np.where(pays, at_value + (np.cumsum(pays) - 1) * plane, -1)
        base[:, 0, r] = at_next + kind_n[auto.slot] * plane
        base[:, 1, r] = place[kind_v[auto.slot]]
        following.append((auto.next[first_n] * grid.tokens).astype(np.int32).ravel())
        values.append(auto.value[first_v[pays]].ravel())
        at_next += following[-1].size
        at_value += values[-1].size
    if max(at_next, at_value) > 2**31 - 1:
        raise TooManyStates("the tables of this reward have more than 2^31 cells; use fewer or smaller rules")
    return Tables(np.concatenate(following), np.concatenate(values), base)


@dataclass(frozen=True, eq=False)
class Machine:
    """A reward written out on a grid: plain data, which is all that workers receive.

    Args:
        grid: the frame.
        names: a short name a rule.
        automata: one minimised automaton a rule, in the reward's order.
        generator: automata whose values add up to log2 probabilities of tokens, to write samples by; may be none.
        groups_by_name: names of the reward's groups, and the places of their rules.
    """

    grid: Grid
    names: tuple[str, ...]
    automata: tuple[Automaton, ...]
    generator: tuple[Automaton, ...] = ()
    groups_by_name: tuple[tuple[str, tuple[int, ...]], ...] = ()

    @classmethod
    def of(cls, grid: Grid, reward: Reward, generator: Sequence[Observer] = ()) -> Machine:
        """Write every rule of a reward out on a grid.

        Raises:
            TooManyStates: a rule remembers too much.
            ValueError: values or final rewards are so large that their sums could not be exact.
        """
        automata = tuple(store_once(minimise(tabulate(r, grid, w))) for r, w in reward.rules.items())
        most = math.fsum(float(np.abs(auto.value).max()) for auto in automata) * grid.steps
        most += sum(abs(weight) * max(map(abs, measure.bounds(grid))) for measure, weight in reward.final.items())
        if most >= HEADROOM:
            raise ValueError(f"returns may reach {most:g}, expected below {HEADROOM:g}; use smaller weights")
        rules = list(reward.rules)
        groups = tuple((name, tuple(map(rules.index, members))) for name, members in reward.groups.items())
        return cls(grid, names_of(rules), automata, tuple(tabulate(g, grid) for g in generator), groups)

    @cached_property
    def singles(self) -> Tables:
        """One automaton a rule."""
        return pack(self.automata, self.grid)

    @cached_property
    def generator_tables(self) -> Tables:
        """The style's automata: their values sum to log2 probabilities of tokens."""
        return pack(self.generator, self.grid)

    @cached_property
    def groups(self) -> tuple[Automaton, ...]:
        """The rules fused into a few automata."""
        return tuple(fuse(self.automata))

    @cached_property
    def fused(self) -> Tables:
        """One automaton a group: the same sums in fewer lookups."""
        return pack(self.groups, self.grid)


def expectation(machine: Machine) -> float:
    """The exact expectation of the return of uniform random tokens: memories weighted by their probability."""
    return math.fsum(value for auto in machine.automata for value in _by_step(auto))


def _by_step(auto: Automaton) -> list[float]:
    """Expected value of a rule at each step."""
    chance: NDArray[np.float64] = np.zeros(auto.size)  # (S,) probability of each memory
    chance[0] = 1.0
    values = []
    for k in auto.slot:
        values.append(float(chance @ auto.value[k].mean(axis=1)))
        tokens = auto.next.shape[2]
        chance = carried(auto.next[k], np.repeat(chance / tokens, tokens), auto.size)
    return values
