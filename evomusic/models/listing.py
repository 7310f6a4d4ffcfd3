"""Rows of outcomes from what an MDP is made of: a function, a dict of dicts, or dense arrays."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic.core.checks import shown, wrong
from evomusic.models.arrays import real_array
from evomusic.models.names import number_of, numbers_of, one_of
from evomusic.models.outcomes import ROW, Outcomes

Outcome = tuple[float, Any, float, bool]  # p, next state, reward, terminated
PAIRS = 2**22  # states x actions that are listed one by one, at most


def listed(
    states: Sequence[Hashable], actions: Sequence[Hashable], step: Callable[[Any, Any], Any], start: Any
) -> tuple[Outcomes, int, Sequence[Hashable], Sequence[Hashable]]:
    """FiniteMDP's fields from what `step` returns for every pair.

    Raises:
        ValueError: that is no list of outcomes, or `start` is no state.
    """
    rows: list[tuple[float, float, int, int]] = []
    first, numbers = [0], numbers_of(states)
    for s in states:
        for a in actions:
            rows += _outcomes(step(s, a), s, a, states, numbers)
            first.append(len(rows))
    begin = start_rows(start, states)
    first.append(len(rows) + len(begin))
    return Outcomes(np.array(first), np.array(rows + begin, ROW), len(actions)), len(states), states, actions


def dense(
    p: NDArray[np.float64], rewards: NDArray[np.float64], start: Any, terminal: ArrayLike, names: Sequence[Hashable]
) -> Outcomes:
    """Outcomes of transitions (S, A, S) and rewards (S, A) or (S, A, S).

    Raises:
        ValueError: rewards, start or terminal states do not fit.
    """
    if rewards.shape not in (p.shape, p.shape[:2]):
        raise ValueError(f"rewards has shape {rewards.shape}, expected {p.shape[:2]} or {p.shape}")
    rewards = np.broadcast_to(rewards if rewards.ndim == 3 else rewards[:, :, None], p.shape)
    ends = _mask(terminal, len(p))
    empty = np.flatnonzero(ends & ~p.any(axis=(1, 2)))
    p = p.copy()
    p[empty, :, empty] = 1.0
    s, a, to = np.nonzero(p)
    begin = np.array(start_rows(start, names), ROW)
    rows = np.zeros(len(s) + len(begin), ROW)
    at = rows[: len(s)]
    at["p"], at["reward"], at["to"], at["end"] = p[s, a, to], rewards[s, a, to], to, ends[to]
    rows[len(s) :] = begin
    counts = np.bincount(s * p.shape[1] + a, minlength=len(p) * p.shape[1])
    return Outcomes(np.concatenate([[0], np.cumsum(counts), [len(rows)]]), rows, p.shape[1])


def pair_of(state: object, action: object) -> str:
    """The words for an action in a state, for an error."""
    return f"action {shown(action)} in state {shown(state)}"


def plain(names: tuple[Hashable, ...]) -> Sequence[Hashable]:
    """Names, or the numbers from 0 where they are just that."""
    count = range(len(names))
    same = all(type(name) is int for name in names) and names == tuple(count)
    return count if same else names


def keys_of(table: Mapping[Any, Any]) -> Sequence[Hashable]:
    """The keys of a table in order; numbers have to be 0 to their count - 1, and stand for themselves."""
    numbers = all(isinstance(key, (int, np.integer)) and not isinstance(key, bool) for key in table)
    return range(len(table)) if numbers else tuple(table)


def _outcomes(
    outcomes: Any, s: Hashable, a: Hashable, states: Sequence[Hashable], numbers: Mapping[Any, int]
) -> list[tuple[float, float, int, int]]:
    """Rows of one action in one state."""
    try:
        if isinstance(outcomes, tuple) and len(outcomes) == 4 and isinstance(outcomes[0], (int, float, np.number)):
            outcomes = [outcomes]
        rows = [(float(p), float(reward), to, _ended(end)) for p, to, reward, end in outcomes if p != 0]
    except (TypeError, ValueError, OverflowError):
        raise ValueError(
            f"{pair_of(s, a)} has outcomes {shown(outcomes)}, expected (p, next state, reward, terminated) of each"
        ) from None
    found = []
    for p, reward, to, end in rows:
        place = number_of(to, states, numbers)
        if place < 0:
            raise ValueError(f"{pair_of(s, a)} has next state {shown(to)}, expected {one_of('state', to, states)}")
        found.append((p, reward, place, end))
    return found


def _ended(value: Any) -> int:
    """1 where `terminated` is true, else 0."""
    if not isinstance(value, (bool, np.bool_, int, np.integer)) or value not in (0, 1):
        raise ValueError
    return int(value)


def _mask(states: ArrayLike, count: int) -> NDArray[np.bool_]:
    """(S,) True for states that are listed by number, or as (S,) truth values."""
    listed = np.atleast_1d(np.asarray(states))
    if listed.dtype == np.bool_ and listed.shape == (count,):
        return listed
    fits = not listed.size or (listed.ndim == 1 and listed.dtype.kind in "iu")
    if not fits or (listed.size and not (listed.min() >= 0 and listed.max() < count)):
        raise wrong("terminal", states, f"states from 0 to {count - 1}, or {count} truth values")
    mask = np.zeros(count, np.bool_)
    mask[listed.astype(int)] = True
    return mask


def start_rows(start: Any, states: Sequence[Hashable]) -> list[tuple[float, float, int, int]]:
    """Rows of the first state of an episode."""
    numbers = {} if isinstance(states, range) else numbers_of(states)
    place = number_of(start, states, numbers)
    if place >= 0:
        return [(1.0, 0.0, place, 0)]
    unfit = wrong("start", start, f"a state or {len(states)} probabilities, in order or by state")
    if isinstance(start, Mapping):
        places, likely = [number_of(name, states, numbers) for name in start], list(start.values())
        if min(places, default=-1) < 0:
            raise unfit
    else:
        places, likely = list(range(len(states))), start
    try:
        p = real_array("start", likely)
    except ValueError:
        raise unfit from None
    if p.shape != (len(places),):
        raise unfit
    rows = [(x, 0.0, at, 0) for at, x in zip(places, p.tolist(), strict=True) if x != 0]
    return rows or [(0.0, 0.0, 0, 0)]
