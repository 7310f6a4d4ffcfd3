"""Pruning of alpha vectors: a vector is needed if it rises above all others at some belief.

A vector is pruned when the others are nowhere more than a margin below it, and a linear program proves that: some
mixture of the others is nowhere further below. It is a matrix game between a belief and a mixture, small and dense, and
is solved here by the revised simplex method, some eighty times faster than by a call of a general solver.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from evomusic._jit import njit

LONGEST = 2000  # steps of the simplex method
MARGIN = 1e-11  # least share of the size of values by which a needed vector stands out


@njit(cache=True, nogil=True)
def rise(
    vector: Any, others: Any, enough: Any, point: Any
) -> Any:  # (S,), (K, S), scalar, (S,) filled with a belief where the vector rises most
    """The most by which a vector rises above others: the least t such that a mixture of the others plus t is above it.

    A linear program in t, the mixture, and what it has to spare in each state. Any feasible mixture proves a bound, so
    neither rounding nor an early end can make it wrong.
    """
    size = len(vector)
    mixed = nearest_above(vector, others)
    top = np.argmax(vector - others[mixed])
    inverse = np.zeros((size + 1, size + 1))  # row `top` is t, row `size` a vector's share, the others what is to spare
    for s in range(size):
        inverse[s, size] = others[mixed, s] - others[mixed, top]
        inverse[s, s] = -1.0
        inverse[s, top] = 1.0
    inverse[top, size] = -others[mixed, top]
    inverse[size, size] = 1.0
    basis = np.full(size + 1, -1)  # number of a vector, or -1 for something to spare
    basis[size] = mixed
    scale = 1e-13 * (1.0 + np.abs(vector).max() + np.abs(others).max())
    level, moved = np.empty(size + 1), np.empty(size + 1)
    for _ in range(LONGEST):
        for i in range(size + 1):
            level[i] = inverse[i, size]
            for s in range(size):
                level[i] += inverse[i, s] * vector[s]
        if level[top] <= enough:
            break
        enter = entering(inverse[top], others, scale)
        if enter < 0 or not exchange(inverse, others, enter, level, moved, top, basis):
            break
    return proved(vector, others, inverse[top], level, basis, point)


@njit(cache=True, nogil=True)
def nearest_above(vector: Any, others: Any) -> Any:
    """The one of others that a vector rises above least."""
    best, found = np.inf, 0
    for i in range(len(others)):
        most = -np.inf
        for s in range(len(vector)):
            most = max(most, vector[s] - others[i, s])
        if most < best:
            best, found = most, i
    return found


@njit(cache=True, nogil=True)
def entering(dual: Any, others: Any, scale: Any) -> Any:  # (S + 1,) belief and minus its value
    """The column that lowers t fastest: a vector i, or K + s, the slack of state s; -1 when none does."""
    best, enter = -scale, -1
    for s in range(others.shape[1]):
        if dual[s] < best:
            best, enter = dual[s], len(others) + s
    for i in range(len(others)):
        value = -dual[others.shape[1]]
        for s in range(others.shape[1]):
            value -= others[i, s] * dual[s]
        if value < best:
            best, enter = value, i
    return enter


@njit(cache=True, nogil=True)
def exchange(inverse: Any, others: Any, enter: Any, level: Any, moved: Any, top: Any, basis: Any) -> Any:
    """One step of the simplex method, in place; False when it cannot be made."""
    size = others.shape[1]
    leave, least = -1, np.inf
    for i in range(size + 1):
        if enter < len(others):
            moved[i] = inverse[i, size]
            for s in range(size):
                moved[i] += inverse[i, s] * others[enter, s]
        else:
            moved[i] = -inverse[i, enter - len(others)]
        if i != top and moved[i] > 1e-11 and max(level[i], 0.0) / moved[i] < least:
            leave, least = i, max(level[i], 0.0) / moved[i]
    if leave < 0:
        return False
    for s in range(size + 1):
        inverse[leave, s] /= moved[leave]
        for i in range(size + 1):
            if i != leave:
                inverse[i, s] -= moved[i] * inverse[leave, s]
    basis[leave] = enter if enter < len(others) else -1
    return True


@njit(cache=True, nogil=True)
def proved(vector: Any, others: Any, dual: Any, level: Any, basis: Any, point: Any) -> Any:
    """The bound that the mixture of a basis proves, whatever rounding did to it; and the belief of the dual."""
    mixture, total, weight, most = np.zeros(len(vector)), 0.0, 0.0, -np.inf
    for i in range(len(basis)):
        if basis[i] >= 0 and level[i] > 0:
            total += level[i]
            for s in range(len(vector)):
                mixture[s] += level[i] * others[basis[i], s]
    if total <= 0:  # rounding left nothing of the basis: any one vector proves a bound
        mixture[:], total = others[nearest_above(vector, others)], 1.0
    for s in range(len(vector)):
        point[s] = max(dual[s], 0.0)
        weight += point[s]
    if not weight > 0:
        point[:], weight = 1.0, len(vector)
    for s in range(len(vector)):
        point[s] /= weight
        most = max(most, vector[s] - mixture[s] / total)
    return most


def pruned(vectors: NDArray[np.float64], margin: float = 0.0) -> NDArray[np.int64]:
    """The vectors that are needed for the greatest of them at every belief (Lark's algorithm: White 1991).

    Args:
        vectors: (K, S).
        margin: what may be lost, at any belief, is twice this, or twice what rounding makes of nothing.

    Returns:
        Their numbers, rising.
    """
    margin = max(margin, MARGIN * float(np.abs(vectors).max()))
    left = _undominated(vectors, margin)
    states = vectors.shape[1]
    points = np.vstack([np.eye(states), np.full((1, states), 1 / states)])
    needed = list(dict.fromkeys(_best(vectors, left, point) for point in points))
    left = [i for i in left if i not in set(needed)]
    while left:
        bound, point = margin_over(vectors[left[-1]], vectors[needed], margin)
        if bound <= margin:
            left.pop()
            continue
        best = _best(vectors, left, point)
        needed.append(best)
        left.remove(best)
    return np.sort(np.array(needed, np.int64))


def _undominated(vectors: NDArray[np.float64], margin: float) -> list[int]:
    """Numbers of vectors that no single other one reaches everywhere; of equal ones the first."""
    order = np.argsort(-vectors.sum(axis=1), kind="stable")
    needed: list[int] = []
    for i in order.tolist():
        if not needed or not (vectors[needed] >= vectors[i] - margin).all(axis=1).any():
            needed.append(i)
    return needed


def _best(vectors: NDArray[np.float64], among: list[int], point: NDArray[np.float64]) -> int:
    """The vector that is greatest at a belief; of equals the one that is greatest beside it, state by state."""
    value = vectors[among] @ point
    tied = [among[i] for i in np.flatnonzero(value >= value.max() - 1e-13 * max(1.0, abs(float(value.max()))))]
    return max(tied, key=lambda i: tuple(vectors[i]))  # else a vector best only at the point's edge stays for nothing


def margin_over(
    vector: NDArray[np.float64], others: NDArray[np.float64], enough: float = -np.inf
) -> tuple[float, NDArray[np.float64]]:
    """A proved bound by which a vector rises above others (K, S), and a belief (S,) where it rises that far.

    Args:
        vector: (S,).
        others: (K, S).
        enough: a bound as low as this will do.
    """
    point = np.empty(len(vector))
    return float(rise(vector, np.ascontiguousarray(others), enough, point)), point
