"""A finite MDP laid out for backups, and the kernels that sweep over it.

Letters: S states, A actions, N outcomes. Ends lead to a state number S, which is worth 0 for ever: no kernel asks
whether an episode ended. Value arrays have S + 1 entries for it. A policy followed is a layout of one action.
"""

from __future__ import annotations

from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import inner, njit
from evomusic.models.mdp import FiniteMDP

UNIT = 2.0**-53  # relative error of one rounding


class Layout(NamedTuple):
    """Outcomes by state and action: pair s * A + a has outcomes first[pair] to first[pair + 1] - 1."""

    rewards: NDArray[np.float64]  # (S, A) expected reward
    first: NDArray[np.int64]  # (S * A + 1,)
    p: NDArray[np.float64]  # (N,) probabilities; none where each pair has one outcome, which is certain
    to: NDArray[np.uint32]  # (N,) next states; S after an end: unsigned, so that no sign is looked at
    terminal: NDArray[np.bool_]  # (S,) states in which episodes have ended: results give them 0
    halts: NDArray[np.bool_]  # (S,) states from which no outcome leads on
    ends: bool  # whether an episode can end
    largest: float  # the largest reward, sign aside

    @property
    def flat(self) -> NDArray[np.float64]:
        """(N,) probabilities, written out."""
        return self.p if len(self.p) else np.ones(len(self.to))

    @property
    def pair_of_rows(self) -> NDArray[np.int64]:
        """(N,) the pair of each outcome."""
        return np.repeat(np.arange(self.rewards.size), np.diff(self.first))

    @property
    def share(self) -> float:
        """The most by which a backup can be wrong, as a share of what goes into it: products, their sum, the reward."""
        return float(UNIT * (int(np.diff(self.first).max()) + 3))

    def rounding(self, values: NDArray[np.float64]) -> float:
        """The most by which a backup of these values can be wrong."""
        return float(self.share * (np.abs(values).max() + self.largest))


_LAYOUTS: WeakKeyDictionary[FiniteMDP, Layout] = WeakKeyDictionary()  # of models that are still in use


def laid_out(mdp: FiniteMDP) -> Layout:
    """A model's layout, made once."""
    if mdp not in _LAYOUTS:
        _LAYOUTS[mdp] = _laid_out(mdp)
    return _LAYOUTS[mdp]


def _laid_out(mdp: FiniteMDP) -> Layout:
    """A model's layout; rows of terminal states, which are never visited, become ends of reward 0.

    Not so where a state that no episode visits leads on to a terminal state without an end, as in Gymnasium's Taxi:
    from there the terminal state is one like others.
    """
    first, rows = mdp.outcomes.first[:-1], mdp.outcomes.rows[: mdp.outcomes.first[-2]]
    end, state = rows["end"] != 0, mdp.state_of_rows[: mdp.outcomes.first[-2]]
    terminal = mdp.terminal if end.any() else np.zeros(mdp.states, np.bool_)
    halts = terminal.copy()
    halts[rows["to"][~end & ~terminal[state]]] = False
    stopped = halts[state]
    to = np.where(end | stopped, mdp.states, rows["to"]).astype(np.uint32)
    certain = len(rows) == len(first) - 1 and bool((rows["p"] == 1).all())
    each = np.where(stopped, 0.0, rows["reward"])
    p = np.empty(0) if certain else rows["p"].copy()
    expected = each if certain else np.add.reduceat(p * each, first[:-1])
    table, largest = expected.reshape(mdp.states, mdp.actions), float(np.abs(each).max())
    return Layout(table, first, p, to, terminal, halts, bool(end.any()), largest)


def chain(layout: Layout, policy: NDArray[Any]) -> Layout:
    """The layout of the Markov chain under a policy: (S,) actions or (S, A) probabilities."""
    states, actions = layout.rewards.shape
    if policy.ndim == 2:
        p = np.repeat(policy.ravel(), np.diff(layout.first)) * layout.flat
        rewards = (policy * layout.rewards).sum(axis=1, keepdims=True)
        return layout._replace(rewards=rewards, first=layout.first[::actions].copy(), p=p)
    pairs = np.arange(states) * actions + policy
    rewards = layout.rewards.ravel()[pairs][:, None]
    counts = layout.first[pairs + 1] - layout.first[pairs]
    first = np.append(0, np.cumsum(counts))
    rows = np.arange(first[-1]) + np.repeat(layout.first[pairs] - first[:-1], counts)
    return layout._replace(
        rewards=rewards, first=first, p=layout.p[rows] if len(layout.p) else layout.p, to=layout.to[rows]
    )


def halted(layout: Layout, where: NDArray[np.bool_]) -> Layout:
    """A layout in which episodes end with reward 0 where (S,) says so."""
    if not where.any():
        return layout
    states, actions = layout.rewards.shape
    to = np.where(where[layout.pair_of_rows // actions], states, layout.to).astype(np.uint32)
    return layout._replace(
        rewards=np.where(where[:, None], 0.0, layout.rewards), to=to, halts=layout.halts | where, ends=True
    )


def matrix(follow: Layout) -> Any:
    """A policy's transitions among states: sparse (S, S); what is missing from a row's sum of 1 ends."""
    from scipy.sparse import csr_array

    size = len(follow.rewards)
    return csr_array((follow.flat, follow.to.astype(np.int64), follow.first), shape=(size, size + 1))[:, :size]


class Swept(NamedTuple):
    """Values after some sweeps, and the least and largest change of the last."""

    values: NDArray[np.float64]  # (S + 1,)
    sweeps: int
    low: float
    high: float


def swept(
    layout: Layout,
    gamma: float,
    values: NDArray[np.float64],
    *,
    limit: int,
    narrow: float = -1.0,
    in_place: bool = False,
) -> Swept:
    """Values (S + 1,) backed up until changes differ by `narrow` at most, or by rounding; for `limit` sweeps at most.

    Changes are counted from 0 where an episode can end, or in place: then low <= 0 <= high. Without `narrow`, which is
    never negative, just `limit` sweeps are made.
    """
    both = values.copy(), values.copy()
    from_zero = layout.ends or in_place
    rounding = 2 * layout.share if narrow >= 0 else 0.0
    sweeps, low, high = sweep(
        layout.rewards, layout.first, layout.p, layout.to, gamma, *both, in_place, from_zero, narrow, rounding, limit
    )
    return Swept(both[0 if in_place else sweeps % 2], sweeps, low, high)


def action_values(layout: Layout, gamma: float, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(S, A) one backup of values (S + 1,)."""
    q = np.empty(layout.rewards.shape)
    back_up(layout.rewards, layout.first, layout.p, layout.to, gamma, values, q)
    return q


@njit(cache=True, nogil=True)
def sweep(
    rewards: Any,
    first: Any,
    p: Any,
    to: Any,
    gamma: Any,
    v: Any,
    other: Any,
    in_place: Any,
    from_zero: Any,
    narrow: Any,
    rounding: Any,
    limit: Any,
) -> Any:
    """Back up all states again and again (Sutton & Barto 2018, equation 4.10); sweeps made and the last changes.

    Values go from `v` to `other` and back, or stay in `v`: in place, forwards and backwards in turn.
    """
    low, high = 0.0, 0.0
    for n in range(limit):
        out, back = (v, n % 2 == 1) if in_place else (other, False)
        if len(p) == 0:
            low, high, top = sweep_certain(rewards, to.reshape(rewards.shape), gamma, v, out, back)
        else:
            low, high, top = sweep_chancy(rewards, first, p, to, gamma, v, out, back)
        if from_zero:
            low, high = min(low, 0.0), max(high, 0.0)
        if not in_place:
            v, other = other, v
        if high - low <= narrow or high - low < rounding * top:
            return n + 1, low, high
    return limit, low, high


@inner()
def sweep_certain(rewards: Any, to: Any, gamma: Any, v: Any, out: Any, back: Any) -> Any:
    """One sweep where each pair has one outcome, `to` (S, A): least and largest change, and the largest value."""
    states, actions = rewards.shape
    low, high, top = np.inf, -np.inf, 0.0
    for i in range(states):
        s = states - 1 - i if back else i
        best = -np.inf
        for a in range(actions):  # plain on purpose: this loop is compiled to gathers, 2 backups a nanosecond
            x = rewards[s, a] + gamma * v[to[s, a]]
            if x > best:
                best = x
        change = best - v[s]
        low, high, top = min(low, change), max(high, change), max(top, abs(best))
        out[s] = best
    return low, high, top


@inner()
def sweep_chancy(rewards: Any, first: Any, p: Any, to: Any, gamma: Any, v: Any, out: Any, back: Any) -> Any:
    """One sweep: least and largest change, and the largest value."""
    states, actions = rewards.shape
    low, high, top = np.inf, -np.inf, 0.0
    for i in range(states):
        s = states - 1 - i if back else i
        best, pair = -np.inf, s * actions
        for a in range(actions):
            later = 0.0
            for k in range(first[pair + a], first[pair + a + 1]):
                later += p[k] * v[to[k]]
            x = rewards[s, a] + gamma * later
            if x > best:
                best = x
        change = best - v[s]
        low, high, top = min(low, change), max(high, change), max(top, abs(best))
        out[s] = best
    return low, high, top


@njit(cache=True, nogil=True)
def back_up(rewards: Any, first: Any, p: Any, to: Any, gamma: Any, v: Any, q: Any) -> None:
    """Action values of state values: q (S, A) is filled (Sutton & Barto 2018, equation 4.6)."""
    states, actions = rewards.shape
    for s in range(states):
        for a in range(actions):
            pair = s * actions + a
            if len(p) == 0:
                q[s, a] = rewards[s, a] + gamma * v[to[pair]]
            else:
                later = 0.0
                for k in range(first[pair], first[pair + 1]):
                    later += p[k] * v[to[k]]
                q[s, a] = rewards[s, a] + gamma * later
