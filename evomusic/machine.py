"""A reward on a grid, written out as tables.

A rule becomes an `Automaton`: what it remembers next and what it pays, by plane (what it hears of the clock), memory
and token. Automata are minimised, composed into a few groups where that stays small, and packed end to end into
`Tables`, which the kernels walk. Letters: T steps, A tokens, K planes, S memories, R automata.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.grid import Event, Grid, Slot
from evomusic.kernels import Tables
from evomusic.reward import QUANTUM, Reward, names_of
from evomusic.rules.base import Observer

LIMIT = 200_000  # memories of one rule
CELLS = 2**26  # cells (K x S x A) of one automaton
GROUP_BYTES = 2**18  # a fused group larger than this falls out of the fast caches
HEADROOM = 2.0**20  # sums below this are exact at the quantum


class TooManyStates(ValueError):
    """A rule, or a product of rules, has more states than can be written out."""


class Automaton(NamedTuple):
    """A rule written out; memory 0 is the start. `slot` (T,) names each step's plane."""

    slot: NDArray[np.int64]  # (T,)
    next: NDArray[np.int32]  # (K, S, A)
    value: NDArray[np.float64]  # (K, S, A)

    @property
    def size(self) -> int:
        """S: number of memories."""
        return self.next.shape[1]


def tabulate(rule: Observer, grid: Grid, weight: float = 1.0, limit: int = LIMIT) -> Automaton:
    """Write a rule out: every memory that can be met, read only at the slots where it can be met.

    Args:
        rule: anything with start, hears and read.
        grid: the frame.
        weight: multiplies every value; the product is rounded to the quantum.
        limit: most memories.

    Raises:
        TooManyStates: the rule remembers too much; names the rule.
        ValueError: the rule pays something that is not finite, or returns no memory and value.
    """
    slots, slot = _planes(rule.hears, grid)
    events = [grid.event(a) for a in range(grid.tokens)]
    ids: dict[Hashable, int] = {rule.start: 0}
    memories: list[Hashable] = [rule.start]
    rows: list[dict[int, tuple[list[int], list[float]]]] = [{} for _ in slots]
    front = {0}
    for k in slot.tolist():
        following: set[int] = set()
        for m in front:
            row = rows[k].get(m)
            if row is None:
                row = rows[k][m] = _read_row(rule, memories[m], events, slots[k], ids, memories)
            following.update(row[0])
        front = following
        if len(memories) > limit or len(memories) * len(slots) * len(events) > CELLS:
            raise TooManyStates(
                f"{rule!r} has more than {len(memories) - 1} memories in {len(slots)} planes on this grid; "
                "remember less, or hear derived clock fields instead of step and bar"
            )
    following_table = np.zeros((len(slots), len(memories), len(events)), np.int32)
    value = np.zeros(following_table.shape)
    for k, plane in enumerate(rows):
        met = list(plane)
        following_table[k, met] = [plane[m][0] for m in met]
        value[k, met] = [plane[m][1] for m in met]
    if not np.isfinite(value).all():
        raise ValueError(f"{rule!r} pays a value that is not finite")
    return Automaton(
        slot, following_table, np.round(weight * value / QUANTUM) * QUANTUM + 0.0
    )  # no -0.0: equal rows are found by their bits


def _planes(hears: Sequence[str], grid: Grid) -> tuple[list[Slot], NDArray[np.int64]]:
    """The distinct slots as heard, and (T,) which of them each step is."""
    ids: dict[tuple[Hashable, ...], int] = {}
    slot = np.empty(grid.steps, np.int64)
    for t in range(grid.steps):
        full = grid.slot(t)
        slot[t] = ids.setdefault(tuple(getattr(full, h) for h in hears), len(ids))
    return [Slot(**dict(zip(hears, heard, strict=True))) for heard in ids], slot


def _read_row(
    rule: Observer,
    memory: Hashable,
    events: Sequence[Event],
    slot: Slot,
    ids: dict[Hashable, int],
    memories: list[Hashable],
) -> tuple[list[int], list[float]]:
    following, values = [], []
    for event in events:
        answer: object = rule.read(memory, event, slot)  # a user's rule may return anything
        if not isinstance(answer, tuple) or len(answer) != 2:
            raise ValueError(f"{rule!r}.read returned {answer!r}, expected (memory, value)")
        m, v = answer
        if m not in ids:
            ids[m] = len(memories)
            memories.append(m)
        following.append(ids[m])
        values.append(float(v))
    return following, values


@njit(cache=True)
def row_classes(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number equal rows alike, in order of first appearance: class of each row (N,), first row of each class.

    Rows are hashed, and compared whole, so no collision can merge two that differ.
    """
    n, width = rows.shape
    size = 16
    while size < 2 * n:
        size *= 2
    table = np.full(size, np.int64(-1))
    classes, first = np.empty(n, np.int64), np.empty(n, np.int64)
    count = 0
    for i in range(n):
        h = np.uint64(1469598103934665603)
        for j in range(width):
            h = (h ^ np.uint64(rows[i, j])) * np.uint64(0x9E3779B97F4A7C15)
            h ^= h >> np.uint64(29)
        at = np.int64(h & np.uint64(size - 1))
        while table[at] >= 0:
            other, same = first[table[at]], True
            for j in range(width):
                if rows[other, j] != rows[i, j]:
                    same = False
                    break
            if same:
                break
            at = (at + 1) & (size - 1)
        if table[at] < 0:
            table[at], first[count] = count, i
            count += 1
        classes[i] = table[at]
    return classes, first[:count].copy()


def minimise(auto: Automaton) -> Automaton:
    """Merge memories that pay alike for ever (Moore's partition refinement); the start stays memory 0."""
    planes, size, tokens = auto.next.shape
    value = np.ascontiguousarray(auto.value.transpose(1, 0, 2)).reshape(size, -1)
    classes, first = row_classes(value.view(np.int64))
    following = np.ascontiguousarray(auto.next.transpose(1, 0, 2)).reshape(size, planes * tokens)
    while True:
        finer, first = row_classes(np.concatenate([classes[:, None], classes[following]], axis=1))
        if len(first) == classes.max() + 1:
            break
        classes = finer
    return Automaton(
        auto.slot, classes[auto.next[:, first]].astype(np.int32), np.ascontiguousarray(auto.value[:, first])
    )


def store_once(auto: Automaton) -> Automaton:
    """The same automaton, with a plane for each different pair of next and value planes."""
    rows = np.concatenate(
        [
            auto.next.reshape(len(auto.next), -1).astype(np.int64),
            np.ascontiguousarray(auto.value).view(np.int64).reshape(len(auto.value), -1),
        ],
        axis=1,
    )
    classes, first = row_classes(rows)
    return Automaton(classes[auto.slot], auto.next[first], auto.value[first])


@njit(cache=True)
def _meet(xn: Any, yn: Any, xs: Any, ys: Any, limit: Any) -> Any:  # numba infers: next tables (K, S, A), slots (T,)
    """Pairs of memories (S, 2) of two automata that can be met together, and (Sx, Sy) their numbers, -1 if not met."""
    steps, tokens = len(xs), xn.shape[2]
    number = np.full((xn.shape[1], yn.shape[1]), np.int64(-1))
    stamp = np.full((xn.shape[1], yn.shape[1]), np.int64(-1))
    pairs = np.empty((limit + 1, 2), np.int64)
    front, following = np.empty((limit + 1, 2), np.int64), np.empty((limit + 1, 2), np.int64)
    front[0] = 0
    pairs[0] = 0
    number[0, 0] = 0
    count, width = 1, 1
    for t in range(steps):
        ahead = 0
        for i in range(width):
            for a in range(tokens):
                p, q = xn[xs[t], front[i, 0], a], yn[ys[t], front[i, 1], a]
                if stamp[p, q] == t:
                    continue
                stamp[p, q] = t
                if number[p, q] < 0:
                    if count > limit:
                        return pairs[:0], number
                    number[p, q] = count
                    pairs[count, 0], pairs[count, 1] = p, q
                    count += 1
                following[ahead, 0], following[ahead, 1] = p, q
                ahead += 1
        front, following, width = following, front, ahead
    return pairs[:count], number


def compose(x: Automaton, y: Automaton, limit: int = LIMIT) -> Automaton | None:
    """One automaton that remembers and pays what both do, over pairs that can be met; None beyond `limit` pairs."""
    if x.size * y.size > 2**25:
        return None
    pairs, number = _meet(x.next, y.next, x.slot, y.slot, min(limit, x.size * y.size))
    if not len(pairs):
        return None
    planes, slot = np.unique(np.stack([x.slot, y.slot]), axis=1, return_inverse=True)
    i, j = pairs.T
    px, py = planes
    if len(px) * len(pairs) * x.next.shape[2] > CELLS:
        return None
    following = number[x.next[px][:, i], y.next[py][:, j]]
    value = x.value[px][:, i] + y.value[py][:, j]
    following[following < 0] = 0  # pairs that are not met at this slot: never read
    return Automaton(slot.reshape(-1).astype(np.int64), following.astype(np.int32), value)


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
    """Bytes of the packed tables: 4 a next, 8 a value; equal planes once, planes that pay nothing not at all."""
    paying = auto.value[_distinct(auto.value)[0]].any(axis=(1, 2)).sum()
    return int(4 * len(_distinct(auto.next)[0]) + 8 * paying) * auto.next[0].size


def _distinct(planes: NDArray[np.generic]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First plane of each kind, and the kind of each plane (K,)."""
    flat = np.ascontiguousarray(planes).reshape(len(planes), -1)
    rows = flat.view(np.int64) if flat.dtype.itemsize == 8 else flat.astype(np.int64)
    classes, first = row_classes(rows)
    return first, classes


def pack(automata: Sequence[Automaton], grid: Grid) -> Tables:
    """Tables end to end; `next` is multiplied by A, so that a memory is the place of its row.

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
    """A reward on a grid, written out: plain data, which is all that workers are sent.

    Args:
        grid: the frame.
        names: a short name a rule.
        automata: one minimised automaton a rule, in the reward's order.
        generator: automata whose values add up to log2 probabilities of tokens, to write samples by; may be none.
    """

    grid: Grid
    names: tuple[str, ...]
    automata: tuple[Automaton, ...]
    generator: tuple[Automaton, ...] = ()

    @classmethod
    def of(cls, grid: Grid, reward: Reward, generator: Sequence[Observer] = ()) -> Machine:
        """Write every rule of a reward out on a grid.

        Raises:
            TooManyStates: a rule remembers too much.
            ValueError: values are so large that their sums could not be exact.
        """
        automata = tuple(store_once(minimise(tabulate(r, grid, w))) for r, w in reward.rules.items())
        most = math.fsum(float(np.abs(auto.value).max()) for auto in automata) * grid.steps
        if most >= HEADROOM:
            raise ValueError(f"returns may reach {most:g}, expected below {HEADROOM:g}; use smaller weights")
        return cls(grid, names_of(list(reward.rules)), automata, tuple(tabulate(g, grid) for g in generator))

    @cached_property
    def singles(self) -> Tables:
        """One automaton a rule."""
        return pack(self.automata, self.grid)

    @cached_property
    def groups(self) -> tuple[Automaton, ...]:
        """The rules fused into a few automata."""
        return tuple(fuse(self.automata))

    @cached_property
    def fused(self) -> Tables:
        """One automaton a group: the same sums in fewer lookups."""
        return pack(self.groups, self.grid)
