"""Room in the arrays of a search: how much a step may take, and the same store with more of it."""

from __future__ import annotations

from typing import Any

import numpy as np

from evomusic.plan.pomdp.reach import enter_all
from evomusic.plan.pomdp.store import BLOCKS, EDGES, LOG, NODES, NUMBERS, PLACES, POOLS, VECTORS, Store


def needs(store: Store) -> dict[int, int]:
    """Room that one step of the search may take, by pool."""
    states, seen, actions = len(store.corner), store.seen, len(store.expected)
    edges = actions * min(seen, len(store.o_state)) + 1
    return {NODES: edges, PLACES: states, BLOCKS: 1, EDGES: edges, VECTORS: 2, NUMBERS: states, LOG: 1}


def grown(store: Store, more: dict[int, int]) -> Store:
    """The same with room for more of each pool."""
    new: dict[str, Any] = {}
    for pool, need in more.items():
        for name in POOLS[pool]:
            old = getattr(store, name)
            if store.used[pool] + need > len(old):
                room = np.zeros((store.used[pool] + need + len(old), *old.shape[1:]), old.dtype)
                room[: len(old)] = old
                new[name] = room
    if "hash" in new:
        new["slots"] = np.full(1 << (2 * len(new["hash"]) - 1).bit_length(), -1)
        enter_all(new["slots"], new["hash"], store.used[NODES])
    return store._replace(**new)
