"""Kernels of the bounds that a search begins with, on sparse rows: QMDP, the fast informed bound, one action for ever.

Each sweep of a bound from above (below) leaves it above (below) the fixed point, so one may stop at any sweep.
"""

from __future__ import annotations

from typing import Any

import numba
import numpy as np

njit = numba.njit


@njit(cache=True, nogil=True)
def mdp_sweep(gamma: Any, t_first: Any, t_to: Any, t_p: Any, expected: Any, q: Any) -> Any:
    """One sweep of q (A, S), as if the state were seen from the next step on; return the largest change."""
    actions, states = expected.shape
    best, most = np.empty(states), 0.0
    for s in range(states):
        best[s] = q[:, s].max()
    for a in range(actions):
        for s in range(states):
            x = 0.0
            for j in range(t_first[a * states + s], t_first[a * states + s + 1]):
                x += t_p[j] * best[t_to[j]]
            x = expected[a, s] + gamma * x
            most = max(most, abs(q[a, s] - x))
            q[a, s] = x
    return most


@njit(cache=True, nogil=True)
def informed_sweep(
    gamma: Any, seen: Any, t_first: Any, t_to: Any, t_p: Any, z_first: Any, z_to: Any, z_p: Any, expected: Any, q: Any
) -> Any:
    """One sweep of the fast informed bound q (A, S) (Hauskrecht 2000, section 4.3); return the largest change."""
    actions, states = expected.shape
    made, sums, active = np.empty(q.shape), np.zeros((seen, actions)), np.empty(seen, np.int64)
    met = np.zeros(seen, np.bool_)
    turned = np.ascontiguousarray(q.T)  # (S, A)
    for a in range(actions):
        for s in range(states):
            count, x = 0, 0.0
            for j in range(t_first[a * states + s], t_first[a * states + s + 1]):
                s2 = t_to[j]
                for k in range(z_first[a * states + s2], z_first[a * states + s2 + 1]):
                    o, p = z_to[k], t_p[j] * z_p[k]
                    if not met[o]:
                        met[o], active[count] = True, o
                        count += 1
                        sums[o] = 0.0
                    for b in range(actions):
                        sums[o, b] += p * turned[s2, b]
            for m in range(count):
                x += sums[active[m]].max()
                met[active[m]] = False
            made[a, s] = expected[a, s] + gamma * x
    most = np.abs(made - q).max()
    q[:] = made
    return most


@njit(cache=True, nogil=True)
def blind_sweep(gamma: Any, t_first: Any, t_to: Any, t_p: Any, expected: Any, v: Any) -> Any:
    """One sweep of the values v (A, S) of each action for ever (Hauskrecht 1997); return the largest change."""
    actions, states = expected.shape
    most = 0.0
    for a in range(actions):
        for s in range(states):
            x = 0.0
            for j in range(t_first[a * states + s], t_first[a * states + s + 1]):
                x += t_p[j] * v[a, t_to[j]]
            x = expected[a, s] + gamma * x
            most = max(most, abs(x - v[a, s]))
            v[a, s] = x
    return most
