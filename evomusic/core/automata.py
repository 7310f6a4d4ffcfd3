"""Finite automata of rules.

A rule becomes an `Automaton`: tables of its next memory and its value, by plane (its clock fields), memory and token.
Automata are minimised, and composed where two are to be one. Letters: T steps, A tokens, K planes,
S memories.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit
from evomusic.core.grid import Event, Grid, Slot
from evomusic.core.reward import QUANTUM
from evomusic.core.rule import Observer

LIMIT = 200_000  # memories of one rule
CELLS = 2**26  # cells (K x S x A) of one automaton
FEW = 1000  # rows that Python numbers as fast as a kernel does


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
    """Write a rule out as an automaton: every memory that can be reached, read only at the slots where it is.

    Args:
        rule: anything with start, hears and read.
        grid: the frame.
        weight: multiplies every value; the product is rounded to the quantum.
        limit: most memories.

    Raises:
        TooManyStates: the rule has too many memories; names the rule.
        ValueError: a value of the rule is not finite, or it does not return a memory and a value.
    """
    slots, slot = _planes(rule.hears, grid)
    events = [grid.event(a) for a in range(grid.tokens)]
    ids: dict[Hashable, int] = {rule.start: 0}
    memories: list[Hashable] = [rule.start]
    rows: list[dict[int, tuple[list[int], list[float]]]] = [{} for _ in slots]
    ahead: dict[tuple[int, frozenset[int]], frozenset[int]] = {}
    front = frozenset({0})
    for k in slot.tolist():
        if (k, front) not in ahead:
            for m in front:
                if m not in rows[k]:
                    rows[k][m] = _read_row(rule, memories[m], events, slots[k], ids, memories)
            ahead[k, front] = frozenset().union(*(rows[k][m][0] for m in front))
        front = ahead[k, front]
        if len(memories) > limit or len(memories) * len(slots) * len(events) > CELLS:
            raise TooManyStates(
                f"{rule!r} has more than {len(memories) - 1} memories in {len(slots)} planes on this grid; "
                "remember less, or hear derived clock fields instead of step and bar"
            )
    following_table = np.zeros((len(slots), len(memories), len(events)), np.int32)
    value = np.zeros(following_table.shape)
    for k, plane in enumerate(rows):
        reached = list(plane)
        following_table[k, reached] = [plane[m][0] for m in reached]
        value[k, reached] = [plane[m][1] for m in reached]
    if not np.isfinite(value).all():
        raise ValueError(f"{rule!r} pays a value that is not finite")
    with np.errstate(over="ignore"):  # the machine refuses what is too large
        value = np.round(weight * value / QUANTUM) * QUANTUM + 0.0  # no -0.0: equal rows are found by their bits
    return Automaton(slot, following_table, value)


def _planes(hears: Sequence[str], grid: Grid) -> tuple[list[Slot], NDArray[np.int64]]:
    """The distinct slots with only the fields `hears`, and (T,) the number of each step's."""
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


def row_classes(rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number equal rows alike, in order of first appearance: class of each row (N,), first row of each class.

    Rows are hashed, and compared whole, so no collision can merge two that differ. Few rows are hashed by Python, for
    the first kernel of a process takes half a second to load.
    """
    n = len(rows)
    if n <= FEW and rows.shape[1]:
        whole = np.ascontiguousarray(rows).view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1])))
        ids: dict[bytes, int] = {}
        keys: list[Any] = whole.ravel().tolist()  # bytes
        numbers = np.array([ids.setdefault(key, len(ids)) for key in keys], np.int64)
        return numbers, np.unique(numbers, return_index=True)[1]
    table = np.full(max(16, 1 << max(2 * n - 1, 1).bit_length()), -1, np.int64)
    classes, first = np.empty((2, n), np.int64)
    return classes, first[: _classify(rows, table, classes, first)].copy()


@njit(cache=True)
def _classify(rows: Any, table: Any, classes: Any, first: Any) -> Any:  # (N, W), (H,) of -1, (N,), (N,) to fill
    """Number of classes of equal rows."""
    n, width = rows.shape
    size, count = len(table), 0
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
    return count


def minimise(auto: Automaton) -> Automaton:
    """Merge memories with equal values ever after (Moore's partition refinement); the start stays memory 0."""
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
def _meet(
    xn: Any,  # next tables (K, S, A)
    yn: Any,
    xs: Any,  # slots (T,)
    ys: Any,
    number: Any,  # (2, Sx, Sy) of -1: filled with numbers of pairs, and the last step that reached them
    pairs: Any,  # (limit, 2) to fill
    fronts: Any,  # (2, limit, 2) scratch
) -> Any:
    """Number the pairs of memories of two automata that one melody reaches; returns how many, or -1 beyond a limit."""
    steps, tokens = len(xs), xn.shape[2]
    number, stamp = number[0], number[1]
    front, following = fronts[0], fronts[1]
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
                    if count == len(pairs):
                        return -1
                    number[p, q] = count
                    pairs[count, 0], pairs[count, 1] = p, q
                    count += 1
                following[ahead, 0], following[ahead, 1] = p, q
                ahead += 1
        front, following, width = following, front, ahead
    return count


def carried(following: NDArray[np.int32], flow: NDArray[np.float64], size: int) -> NDArray[np.float64]:
    """Probability (N,) of each memory after a step, from that of each memory and token before it.

    Args:
        following: (S, A) the next memory.
        flow: (S, A) probability, or the same end to end.
        size: N, number of memories after the step.
    """
    return np.bincount(following.ravel(), flow.ravel(), minlength=size).astype(float)


def compose(x: Automaton, y: Automaton, limit: int = LIMIT) -> Automaton | None:
    """The product of two automata, whose value is their sum, over reachable pairs; None beyond `limit` pairs."""
    if x.size * y.size > 2**25:
        return None
    most = min(limit, x.size * y.size)
    number, room = np.full((2, x.size, y.size), -1, np.int64), np.empty((3, most + 1, 2), np.int64)
    count = _meet(x.next, y.next, x.slot, y.slot, number, room[0], room[1:])
    if count < 0:
        return None
    pairs, number = room[0, :count], number[0]
    planes, slot = np.unique(np.stack([x.slot, y.slot]), axis=1, return_inverse=True)
    i, j = pairs.T
    px, py = planes
    if len(px) * len(pairs) * x.next.shape[2] > CELLS:
        return None
    following = number[x.next[px][:, i], y.next[py][:, j]]
    value = x.value[px][:, i] + y.value[py][:, j]
    following[following < 0] = 0  # pairs that are not reached at this slot: never read
    return Automaton(slot.reshape(-1).astype(np.int64), following.astype(np.int32), value)
