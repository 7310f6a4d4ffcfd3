"""A model learnt from experience: what every action tried in every state led to, how often, and what it paid.

Sutton & Barto 2018, section 8.1. Outcomes of a pair (state, action) are counted, so worlds may be stochastic; a world
that changes is better remembered by each pair's last outcome alone. S states, A actions, K pairs tried, N outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic._jit import njit
from evomusic.learn.replay import columns_of
from evomusic.models.mdp import FiniteMDP
from evomusic.models.outcomes import ROW, Outcomes
from evomusic.models.transitions import Transitions, check_transitions

PAIR = np.dtype(
    [("pair", "i8"), ("visits", "i8"), ("tried", "i8"), ("urgency", "f8"), ("first", "i4"), ("place", "i4")]
)
OUTCOME = np.dtype(
    [
        ("count", "i8"),
        ("reward", "f8"),  # the mean
        ("to", "i8"),
        ("end", "i4"),
        ("pair", "i4"),
        ("other", "i4"),  # next outcome of the pair
        ("earlier", "i4"),  # next outcome that leads to the same state
    ]
)
PAIRS, OUTCOMES, QUEUED, STATES, GOES_ON = range(5)  # places among the counts
FIRST_ROOM: Final = 64


class Experience(NamedTuple):
    """What was met, in lists by pair and by successor; row 0 of `pairs`, `outcomes` and `queue` stands for none."""

    place: NDArray[np.int32]  # (S, A) the pair's row, 0 where it was not tried
    into: NDArray[np.int32]  # (S,) the latest outcome that leads here
    met: NDArray[np.int64]  # (S,) states in the order in which they were met
    starts: NDArray[np.int64]  # (S,) episodes that started here
    pairs: NDArray[Any]  # (K + 1,) PAIR
    outcomes: NDArray[Any]  # (N + 1,) OUTCOME
    queue: NDArray[np.int32]  # (K + 1,) rows of pairs, a binary heap by urgency
    counts: NDArray[np.int64]  # (5,) rows in use, and whether an episode is under way
    last: bool  # whether each pair's last outcome alone counts

    def grown(self, steps: int) -> Experience:
        """Itself, with room for what so many further steps, and one that may still wait, can meet."""
        steps, (states, actions) = steps + 1, self.place.shape
        pairs = _room(len(self.pairs), int(self.counts[PAIRS]) + steps, states * actions)
        outcomes = _room(len(self.outcomes), int(self.counts[OUTCOMES]) + steps, 2 * states * states * actions)
        return self._replace(
            pairs=_longer(self.pairs, pairs),
            outcomes=_longer(self.outcomes, outcomes),
            queue=_longer(self.queue, pairs),
        )

    def model(self, untried: float) -> FiniteMDP:
        """The most likely model; a pair that was not tried ends the episode and pays `untried`."""
        kept = self.outcomes[1 : 1 + self.counts[OUTCOMES]]
        kept = kept[kept["count"] > 0]
        starts = self.starts if self.starts.any() else np.eye(len(self.starts), dtype=np.int64)[0]
        pair = self.pairs["pair"][kept["pair"]]
        return _written(self.place.shape, pair, kept["to"], kept["end"], kept["count"], kept["reward"], starts, untried)


def nothing_met(states: int, actions: int, last: bool) -> Experience:
    """A model before any experience."""
    return Experience(
        np.zeros((states, actions), np.int32),
        np.zeros(states, np.int32),
        np.zeros(states, np.int64),
        np.zeros(states, np.int64),
        np.zeros(FIRST_ROOM, PAIR),
        np.zeros(FIRST_ROOM, OUTCOME),
        np.zeros(FIRST_ROOM, np.int32),
        np.zeros(5, np.int64),
        last,
    )


def fit_model(log: Transitions | Sequence[Any], states: int, actions: int, untried: float = 0.0) -> FiniteMDP:
    """The most likely model of a logged history: counts and mean rewards (Sutton & Barto 2018, section 8.1).

    To plan with it is the certainty-equivalence estimate. Episodes start where the log goes on from no transition
    before; where logged episodes were cut off, that is not only where they truly start.

    Args:
        log: what happened: Transitions, five arrays, or rows of (s, a, r, s2, terminated).
        states: S.
        actions: A.
        untried: what a pair that was not tried is worth: it ends the episode and pays this. A high number makes a
            planner explore (Brafman & Tennenholtz 2002), a low one makes it keep to what is known.

    Returns:
        A model of S states and A actions.

    Raises:
        ValueError: the log does not fit.
    """
    known = check_transitions(columns_of(log), states, actions)
    to = np.where((known.s2 >= 0) & (known.s2 < states), known.s2, known.s)  # behind an end it may be anything
    key = ((known.s * actions + known.a) * states + to) * 2 + known.terminated
    kinds, at, kind, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    reward = known.r[at] + np.bincount(kind, known.r - known.r[at][kind]) / count  # exact where it is always the same
    begins = np.append(True, known.terminated[:-1] | (known.s2[:-1] != known.s[1:]))
    starts = np.bincount(known.s[begins], minlength=states)
    return _written((states, actions), kinds // 2 // states, to[at], kinds % 2, count, reward, starts, untried)


def _written(
    shape: tuple[int, ...],
    pair: NDArray[np.int64],
    to: NDArray[np.int64],
    end: NDArray[Any],
    count: NDArray[np.int64],
    reward: NDArray[np.float64],
    starts: ArrayLike,
    untried: float,
) -> FiniteMDP:
    """A model from N counted outcomes."""
    states, actions = shape
    visits = np.bincount(pair, count, minlength=states * actions)
    rest = np.flatnonzero(visits == 0)
    rows = np.zeros(len(pair) + len(rest), ROW)
    rows["p"] = np.append(count / visits[pair], np.ones(len(rest)))
    rows["reward"] = np.append(reward, np.full(len(rest), float(untried)))
    rows["to"] = np.append(to, rest // actions)
    rows["end"] = np.append(end, np.ones(len(rest)))
    group = np.append(pair, rest)
    order = np.lexsort((rows["end"], rows["to"], group))
    begun = np.asarray(starts)
    begin = np.zeros(int((begun > 0).sum()), ROW)
    begin["to"] = np.flatnonzero(begun)
    begin["p"] = begun[begun > 0] / begun.sum()
    sizes = np.append(np.bincount(group, minlength=states * actions), len(begin))
    first = np.append(0, np.cumsum(sizes))
    return FiniteMDP(Outcomes(first, np.concatenate([rows[order], begin]), actions), states)


def _room(now: int, need: int, most: int) -> int:
    """Rows for `need` rows in use and row 0, never more than there can be; doubled rather than stretched."""
    need = min(need, most) + 1
    return now if need <= now else min(max(need, 2 * now), most + 1)


def _longer(rows: NDArray[Any], size: int) -> NDArray[Any]:
    if len(rows) >= size:
        return rows
    new = np.zeros(size, rows.dtype)
    new[: len(rows)] = rows
    return new


@njit(cache=True)
def note(
    known: Any, s: Any, a: Any, r: Any, s2: Any, end: Any, n: Any
) -> Any:  # Experience, a transition, steps so far
    """Remember one transition; the row of its pair."""
    pairs, outcomes, counts = known.pairs, known.outcomes, known.counts
    if counts[GOES_ON] == 0:
        known.starts[s] += 1
        counts[GOES_ON] = 1
    k = known.place[s, a]
    if k == 0:
        k = _new_pair(known, s, a)
    to = s2 if 0 <= s2 < known.place.shape[0] else s  # behind an end it may be anything
    x = pairs[k]["first"]
    while x > 0 and (outcomes[x]["to"] != to or (outcomes[x]["end"] != 0) != end):
        x = outcomes[x]["other"]
    if x == 0:
        x = _new_outcome(known, k, to, end)
    if known.last:
        y = pairs[k]["first"]
        while y > 0:
            outcomes[y]["count"], outcomes[y]["reward"] = 0, 0.0
            y = outcomes[y]["other"]
        pairs[k]["visits"] = 0
    pairs[k]["visits"] += 1
    pairs[k]["tried"] = n
    outcomes[x]["count"] += 1
    outcomes[x]["reward"] += (r - outcomes[x]["reward"]) / outcomes[x]["count"]
    return k


@njit(cache=True)
def _new_pair(known: Any, s: Any, a: Any) -> Any:
    tried = 0
    for b in range(known.place.shape[1]):
        tried += known.place[s, b] > 0
    if tried == 0:
        known.met[known.counts[STATES]] = s
        known.counts[STATES] += 1
    known.counts[PAIRS] += 1
    k = known.counts[PAIRS]
    known.place[s, a] = k
    known.pairs[k]["pair"] = s * known.place.shape[1] + a
    return k


@njit(cache=True)
def _new_outcome(known: Any, k: Any, to: Any, end: Any) -> Any:
    outcomes = known.outcomes
    known.counts[OUTCOMES] += 1
    x = known.counts[OUTCOMES]
    outcomes[x]["to"], outcomes[x]["end"], outcomes[x]["pair"] = to, end, k
    outcomes[x]["other"] = known.pairs[k]["first"]
    known.pairs[k]["first"] = x
    if not end:
        outcomes[x]["earlier"] = known.into[to]
        known.into[to] = x
    return x


@njit(cache=True)
def recalled(known: Any, k: Any, rng: Any) -> Any:  # Experience, row of a pair
    """The row of one outcome of a pair, drawn by its count; no number is drawn where there is but one."""
    outcomes = known.outcomes
    x = known.pairs[k]["first"]
    if outcomes[x]["other"] > 0:
        left = rng.random() * known.pairs[k]["visits"] - outcomes[x]["count"]
        while left >= 0 and outcomes[x]["other"] > 0:
            x = outcomes[x]["other"]
            left -= outcomes[x]["count"]
    return x


@njit(cache=True)
def outlook(known: Any, k: Any, q: Any, gamma: Any) -> Any:  # Experience, row of a pair, (S, A) values
    """Expected target of a pair by the counts (Sutton & Barto 2018, equation 8.1)."""
    outcomes, total = known.outcomes, 0.0
    x = known.pairs[k]["first"]
    while x > 0:
        if outcomes[x]["count"] > 0:
            target = outcomes[x]["reward"]
            if outcomes[x]["end"] == 0:
                to = outcomes[x]["to"]
                top = q[to, 0]
                for b in range(1, q.shape[1]):
                    top = max(top, q[to, b])
                target += gamma * top
            total += outcomes[x]["count"] * target
        x = outcomes[x]["other"]
    return total / known.pairs[k]["visits"]
