"""A model learnt from experience: the successors of every pair of state and action, their counts and mean rewards.

Sutton & Barto 2018, section 8.1. Outcomes are counted, so worlds may be stochastic; in a world that changes each pair's
last outcome alone is the better model. S states, A actions, K pairs tried, N outcomes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from evomusic._jit import inner
from evomusic.core.checks import number, whole
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
FIRST_ROOM: Final = 64  # rows at first
MOST: Final = 100_000_000  # pairs of a fitted model


class Experience(NamedTuple):
    """Counted transitions, in lists by pair and by successor; row 0 of `pairs`, `outcomes` and `queue` is empty."""

    place: NDArray[np.int32]  # (S, A) the pair's row, 0 where it was not tried
    into: NDArray[np.int32]  # (S,) the latest outcome that leads here
    visited: NDArray[np.int64]  # (S,) states in the order of their first visits
    starts: NDArray[np.int64]  # (S,) episodes that started here
    pairs: NDArray[Any]  # (K + 1,) PAIR
    outcomes: NDArray[Any]  # (N + 1,) OUTCOME
    queue: NDArray[np.int32]  # (K + 1,) rows of pairs, a binary heap by urgency
    counts: NDArray[np.int64]  # (5,) rows in use, and 1 while an episode is under way
    last: bool  # whether each pair's last outcome alone counts

    def grown(self, steps: int) -> Experience:
        """Return itself with room for so many further steps, and one that may still wait for its reward."""
        steps, (states, actions) = steps + 1, self.place.shape
        pairs = _room(len(self.pairs), int(self.counts[PAIRS]) + steps, states * actions)
        outcomes = _room(len(self.outcomes), int(self.counts[OUTCOMES]) + steps, 2 * states * states * actions)
        return self._replace(
            pairs=_longer(self.pairs, pairs),
            outcomes=_longer(self.outcomes, outcomes),
            queue=_longer(self.queue, pairs),
        )

    def model(self, untried: float) -> FiniteMDP:
        """Return the most likely model; a pair that was not tried ends the episode with reward `untried`."""
        rows = self.outcomes[1 : 1 + self.counts[OUTCOMES]]
        rows = rows[rows["count"] > 0]
        starts = self.starts if self.starts.any() else np.eye(len(self.starts), dtype=np.int64)[0]
        pair = self.pairs["pair"][rows["pair"]]
        return _model_of_counts(
            self.place.shape, pair, rows["to"], rows["end"], rows["count"], rows["reward"], starts, untried
        )


def no_experience(states: int, actions: int, last: bool) -> Experience:
    """Return an empty experience."""
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
    """Return the most likely model of a log: relative counts and mean rewards (Sutton & Barto 2018, section 8.1).

    To plan with it is the certainty-equivalence estimate. Episodes start where a transition does not go on from the one
    before; where logged episodes were cut off, these are more states than the true ones.

    Args:
        log: Transitions, five arrays, or N rows of (s, a, r, s2, terminated).
        states: S.
        actions: A.
        untried: value of a pair that was not tried: it ends the episode with this reward. A high one makes a planner
            explore (Brafman & Tennenholtz 2002), a low one makes it stay with tried actions.

    Returns:
        A model of S states and A actions.

    Raises:
        ValueError: the log does not fit, or a number is out of range.
    """
    states, actions = whole("states", states, 1, MOST), whole("actions", actions, 1, MOST)
    if states * actions > MOST:
        raise ValueError(f"states x actions is {states * actions:,}, expected at most {MOST:,}")
    untried = number("untried", untried)
    s, a, r, s2, ended = check_transitions(columns_of(log), states, actions)
    to = np.where((s2 >= 0) & (s2 < states), s2, s)  # behind an end it may be anything
    key = ((s * actions + a) * states + to) * 2 + ended
    kinds, at, kind, count = np.unique(key, return_index=True, return_inverse=True, return_counts=True)
    reward = r[at] + np.bincount(kind, r - r[at][kind]) / count  # exact where it is always the same
    begins = np.append(True, ended[:-1] | (s2[:-1] != s[1:]))
    starts = np.bincount(s[begins], minlength=states)
    return _model_of_counts((states, actions), kinds // 2 // states, to[at], kinds % 2, count, reward, starts, untried)


def _model_of_counts(
    shape: tuple[int, ...],
    pair: NDArray[np.int64],
    to: NDArray[np.int64],
    end: NDArray[Any],
    count: NDArray[np.int64],
    reward: NDArray[np.float64],
    starts: ArrayLike,
    untried: float,
) -> FiniteMDP:
    """Return the model of N counted outcomes."""
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
    start_counts = np.asarray(starts)
    begin = np.zeros(int((start_counts > 0).sum()), ROW)
    begin["to"] = np.flatnonzero(start_counts)
    begin["p"] = start_counts[start_counts > 0] / start_counts.sum()
    sizes = np.append(np.bincount(group, minlength=states * actions), len(begin))
    first = np.append(0, np.cumsum(sizes))
    return FiniteMDP(Outcomes(first, np.concatenate([rows[order], begin]), actions), states)


def _room(now: int, need: int, most: int) -> int:
    """Return a size for `need` rows and row 0, never above `most` + 1; sizes double, so that growing is rare."""
    need = min(need, most) + 1
    return now if need <= now else min(max(need, 2 * now), most + 1)


def _longer(rows: NDArray[Any], size: int) -> NDArray[Any]:
    if len(rows) >= size:
        return rows
    new = np.zeros(size, rows.dtype)
    new[: len(rows)] = rows
    return new


@inner()
def record_transition(
    experience: Any, s: Any, a: Any, r: Any, s2: Any, end: Any, n: Any
) -> Any:  # Experience, a transition, steps so far
    """Count one transition; return the row of its pair."""
    pairs, outcomes, counts = experience.pairs, experience.outcomes, experience.counts
    if counts[GOES_ON] == 0:
        experience.starts[s] += 1
        counts[GOES_ON] = 1
    k = experience.place[s, a]
    if k == 0:
        k = _new_pair(experience, s, a)
    to = s2 if 0 <= s2 < experience.place.shape[0] else s  # behind an end it may be anything
    x = pairs[k]["first"]
    while x > 0 and (outcomes[x]["to"] != to or (outcomes[x]["end"] != 0) != end):
        x = outcomes[x]["other"]
    if x == 0:
        x = _new_outcome(experience, k, to, end)
    if experience.last:
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


@inner()
def _new_pair(experience: Any, s: Any, a: Any) -> Any:
    tried = 0
    for b in range(experience.place.shape[1]):
        tried += experience.place[s, b] > 0
    if tried == 0:
        experience.visited[experience.counts[STATES]] = s
        experience.counts[STATES] += 1
    experience.counts[PAIRS] += 1
    k = experience.counts[PAIRS]
    experience.place[s, a] = k
    experience.pairs[k]["pair"] = s * experience.place.shape[1] + a
    return k


@inner()
def _new_outcome(experience: Any, k: Any, to: Any, end: Any) -> Any:
    outcomes = experience.outcomes
    experience.counts[OUTCOMES] += 1
    x = experience.counts[OUTCOMES]
    outcomes[x]["to"], outcomes[x]["end"], outcomes[x]["pair"] = to, end, k
    outcomes[x]["other"] = experience.pairs[k]["first"]
    experience.pairs[k]["first"] = x
    if not end:
        outcomes[x]["earlier"] = experience.into[to]
        experience.into[to] = x
    return x


@inner()
def drawn_outcome(experience: Any, k: Any, rng: Any) -> Any:  # Experience, row of a pair
    """Return the row of one outcome of a pair, drawn by its count; no number is drawn where there is but one."""
    outcomes = experience.outcomes
    x = experience.pairs[k]["first"]
    if outcomes[x]["other"] > 0:
        left = rng.random() * experience.pairs[k]["visits"] - outcomes[x]["count"]
        while left >= 0 and outcomes[x]["other"] > 0:
            x = outcomes[x]["other"]
            left -= outcomes[x]["count"]
    return x


@inner()
def expected_target(experience: Any, k: Any, q: Any, gamma: Any) -> Any:  # Experience, row of a pair, (S, A) values
    """Return the expected target of a pair by the counts (Sutton & Barto 2018, equation 8.1)."""
    outcomes, total = experience.outcomes, 0.0
    x = experience.pairs[k]["first"]
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
    return total / experience.pairs[k]["visits"]
