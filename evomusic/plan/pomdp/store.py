"""All that a search of beliefs has found, in flat arrays that compiled code fills.

Letters: n a node (a belief that was met), k the block of a node that was opened, e an edge to a node that can follow,
v an alpha vector, i a point of the upper bound. Beliefs and vectors are sparse: places and numbers in a common pool.
A node is told from others by a hash of 128 bits of its belief, rounded to 12 decimals.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.models.sparse_pomdp import SparsePOMDP

Array = NDArray[Any]

NODES, PLACES, BLOCKS, EDGES, VECTORS, NUMBERS, LOG, WALKS = range(8)  # what `used` counts


class Store(NamedTuple):
    """The model, nodes with their bounds, edges, alpha vectors, the upper bound's points, and room to work in."""

    gamma: float
    floor: float  # no value is lower
    seen: int  # O
    t_first: Array  # (A S + 1,) rows of next states
    t_to: Array
    t_p: Array
    z_first: Array  # (A S + 1,) rows of observations
    z_to: Array
    z_p: Array
    expected: Array  # (A, S)
    informed: Array  # (A, S) the fast informed bound
    corner: Array  # (S,) upper bounds of certainty, that the sawtooth hangs from
    used: Array  # (8,)
    slots: Array  # hash table of nodes
    hash: Array  # (N, 2)
    lower: Array  # (N,)
    upper: Array  # (N,)
    first: Array  # (N,) where the belief lies in the pool; -1 while it is not stored
    size: Array  # (N,)
    block: Array  # (N,) -1 while the node is not opened
    vector: Array  # (N,) the best alpha vector known, -1 where there is none
    worth: Array  # (N,) its value
    tried: Array  # (N,) vectors before this one were tried
    asked: Array  # (N,) entries of the log before this one were tried
    logged: Array  # (N,) the upper bound with which it became a point; infinite before
    latest: Array  # (N,) its last entry in the log
    walked: Array  # (N,) the last walk that came by
    place: Array  # pool of beliefs: states
    share: Array  # pool of beliefs: probabilities
    owner: Array  # (K,) node of each block
    reward: Array  # (K, A)
    edge: Array  # (K, A + 1) first edge of each action
    child: Array  # (E,)
    likely: Array  # (E,)
    v_first: Array  # (V,) where its numbers lie in the pool: of states v_low to v_high, or, listed, of v_size places
    v_low: Array  # (V,) -1 where it is listed
    v_high: Array  # (V,)
    v_size: Array  # (V,)
    v_action: Array  # (V,)
    v_place: Array  # pool of vectors: states
    v_value: Array  # pool of vectors: values
    v_owner: Array  # pool of vectors: vector of each entry; -1 beside the states it was made for
    v_next: Array  # pool of vectors: an older entry of the same state
    v_head: Array  # (S,) newest entry of each state
    v_count: Array  # (S,) entries of each state
    point: Array  # (L,) nodes that became points, or better ones, in order
    below: Array  # (L,) how far below the corners
    key: Array  # (L,) the state under which the point is looked for
    peak: Array  # (L, 2) the two states that the point holds likeliest
    top: Array  # (L, 2) their probabilities
    p_next: Array  # (L,) older entry of that state
    p_head: Array  # (S,)
    p_count: Array  # (S,)
    ahead: Array  # (S,) room to work in from here on; zeros between calls
    dense: Array  # (S,) zeros between calls
    spare: Array  # (S,) zeros between calls
    reached: Array  # (S,)
    fresh: Array  # (A,) actions whose bounds were renewed
    o_first: Array  # (O + 1,) of the beliefs that follow an action, by observation
    o_seen: Array  # (O,) observations that are possible
    o_state: Array  # (J,)
    o_share: Array  # (J,)
    o_look: Array  # (J,) probability of the observation in that state
    o_count: Array  # (O,)


POOLS = {
    NODES: (
        *("hash", "lower", "upper", "first", "size", "block", "vector", "worth"),
        *("tried", "asked", "logged", "latest", "walked"),
    ),
    PLACES: ("place", "share"),
    BLOCKS: ("owner", "reward", "edge"),
    EDGES: ("child", "likely"),
    VECTORS: ("v_first", "v_low", "v_high", "v_size", "v_action"),
    NUMBERS: ("v_place", "v_value", "v_owner", "v_next"),
    LOG: ("point", "below", "key", "peak", "top", "p_next"),
}
REALS = ("lower", "upper", "worth", "logged", "share", "likely", "v_value", "below")
FIRST = 16  # room at first


def empty(model: SparsePOMDP, gamma: float, floor: float, informed: Array) -> Store:
    """Nothing found yet."""
    states, actions, seen = model.states, model.actions, model.observations
    t, z = model.transitions, model.emissions
    joint = int(np.diff(z.first[::states]).max())
    room: dict[str, Any] = {name: np.zeros(FIRST, np.int64) for names in POOLS.values() for name in names}
    room |= {name: np.zeros(FIRST) for name in REALS}
    room |= {name: np.zeros(FIRST, np.int32) for name in ("place", "v_place", "v_owner")}
    room |= {name: np.zeros(states) for name in ("ahead", "dense", "spare")}
    room |= {name: np.zeros(states, np.int64) for name in ("v_count", "p_count", "reached")}
    room |= {name: np.full(states, -1) for name in ("v_head", "p_head")}
    room |= {name: np.zeros(joint) for name in ("o_share", "o_look")}
    room |= {name: np.zeros(seen + 1, np.int64) for name in ("o_first", "o_seen", "o_count")}
    room |= {
        "hash": np.zeros((FIRST, 2), np.uint64),
        "reward": np.zeros((FIRST, actions)),
        "edge": np.zeros((FIRST, actions + 1), np.int64),
        "peak": np.zeros((FIRST, 2), np.int64),
        "top": np.zeros((FIRST, 2)),
        "o_state": np.zeros(joint, np.int32),
        "fresh": np.zeros(actions, np.bool_),
    }
    return Store(
        gamma=gamma,
        floor=floor,
        seen=seen,
        t_first=t.first,
        t_to=t.to,
        t_p=t.p,
        z_first=z.first,
        z_to=z.to,
        z_p=z.p,
        expected=np.array(model.expected, order="C"),
        informed=informed,
        corner=informed.max(axis=0),
        used=np.zeros(8, np.int64),
        slots=np.full(4 * FIRST, -1),
        **room,
    )
