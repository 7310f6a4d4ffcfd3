"""Batch prediction: state values from a fixed log of experience.

Sutton & Barto 2018, section 6.3. Batch TD(0) ends at the certainty-equivalence estimate: the exact values of the most
likely model of the log. Batch Monte Carlo ends at the means of the returns in the log, which fit it best.
Letters: N transitions, S states.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import choice, probability, whole
from evomusic.learn.explore import MOST_STEPS
from evomusic.learn.learner import HUGE
from evomusic.learn.replay import Log, log_of
from evomusic.models.mdp import reached
from evomusic.models.transitions import Transitions

METHODS: Final = ("td", "mc")
ANY: Final = 2**31  # most states and actions, where their number is not given
MOST_STATES: Final = 100_000_000


def fit_values(
    log: Transitions | Sequence[Any],
    method: str = "td",
    gamma: float = 1.0,
    states: int | None = None,
    *,
    sweeps: int | None = None,
    alpha: float = 0.01,
) -> NDArray[np.float64]:
    """Estimate the state values of the policy that made a log.

    An episode ends where a transition is terminated; it was cut off where the next transition starts elsewhere. TD
    bootstraps from the state where it was cut off; Monte Carlo leaves such an episode out, as its return is not known.

    Args:
        log: Transitions, five arrays, or N rows of (s, a, r, s2, terminated).
        method: `td` for batch TD(0), `mc` for batch Monte Carlo (every visit).
        gamma: discount, 0 to 1.
        states: S; as many as the log names when None.
        sweeps: None for the limit of infinitely many sweeps, solved exactly; or the number of sweeps through the log
            from values of 0, in each of which all updates are added up before a value changes (batch updating).
        alpha: step size of the sweeps, 0 to 1; below 2 / visits of a state they converge.

    Returns:
        (S,) values; 0 for states that no return or transition of the log starts from.

    Raises:
        ValueError: an argument does not fit, sweeps diverge, no episode of the log is whole (Monte Carlo), or gamma is
            1 and from some state the log leads to no end (TD).
    """
    choice("method", method, METHODS)
    gamma, alpha = probability("gamma", gamma), probability("alpha", alpha)
    sweeps = None if sweeps is None else whole("sweeps", sweeps, 1, MOST_STEPS)
    states = None if states is None else whole("states", states, 1, MOST_STATES)
    history = log_of(log, ANY if states is None else states, ANY)
    size = states or 1 + int(max(history.s.max(), history.s2.max()))
    solve, sweep = (_solved, _swept) if method == "td" else (_averaged, _swept_to_returns)
    return solve(history, gamma, size) if sweeps is None else sweep(history, gamma, size, sweeps, alpha)


def _solved(log: Log, gamma: float, size: int) -> NDArray[np.float64]:
    """Return the values of the most likely Markov reward process of the log (certainty equivalence)."""
    from scipy.sparse import csr_array, eye_array
    from scipy.sparse.linalg import spsolve

    on, visits = log.end != 1, np.bincount(log.s, minlength=size)
    visited = visits > 0
    if gamma == 1:
        _refuse_endless(log, on, visited, size)
    weight = 1 / visits[log.s]
    follow = csr_array((weight[on], (log.s[on], log.s2[on])), shape=(size, size))
    matrix = (eye_array(size, format="csr") - gamma * follow)[visited][:, visited]
    values = np.zeros(size)
    values[visited] = spsolve(matrix.tocsc(), np.bincount(log.s, weight * log.r, minlength=size)[visited])
    return values


def _refuse_endless(log: Log, on: NDArray[np.bool_], visited: NDArray[np.bool_], size: int) -> None:
    """Raise ValueError where the log leads from some state to no end, and to no state of value 0."""
    sure = np.unique(np.concatenate([log.s[~on], np.flatnonzero(~visited)]))
    back = np.append(log.s2[on], np.full(len(sure), size)), np.append(log.s[on], sure)
    lost = visited & ~reached(*back, size, size)[:-1]
    if lost.any():
        raise ValueError(
            f"with gamma 1 the log says nothing of the value of state {np.argmax(lost)}: no episode that passed there "
            "ended; use gamma below 1, or a log of whole episodes"
        )


def _returns(log: Log, gamma: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return states and the returns that followed, of all steps of whole episodes, the last first."""
    g, whole = 0.0, False
    states: list[int] = []
    returns: list[float] = []
    for s, r, end in zip(log.s[::-1].tolist(), log.r[::-1].tolist(), log.end[::-1].tolist(), strict=True):
        whole = end == 1 or (whole and end == 0)
        g = r if end else r + gamma * g  # Sutton & Barto (3.9)
        if whole:
            states.append(s)
            returns.append(g)
    if not states:
        raise ValueError("no episode of the log is whole, expected one that ends (terminated) for Monte Carlo")
    return np.array(states), np.array(returns)


def _averaged(log: Log, gamma: float, size: int) -> NDArray[np.float64]:
    """Return the mean return of each state: these values have the least squared error on the log."""
    s, returns = _returns(log, gamma)
    visits = np.bincount(s, minlength=size)
    return np.divide(np.bincount(s, returns, minlength=size), visits, out=np.zeros(size), where=visits > 0)


def _swept(log: Log, gamma: float, size: int, sweeps: int, alpha: float) -> NDArray[np.float64]:
    """Batch TD(0): all errors of a sweep are added up before a value changes."""
    ahead = np.where(log.end == 1, 0.0, gamma)
    values: NDArray[np.float64] = np.zeros(size)
    for _ in range(sweeps):
        errors = log.r + ahead * values[log.s2] - values[log.s]  # Sutton & Barto (6.5)
        values = _moved(values, alpha * np.bincount(log.s, errors, minlength=size))
    return values


def _swept_to_returns(log: Log, gamma: float, size: int, sweeps: int, alpha: float) -> NDArray[np.float64]:
    """Batch constant-alpha Monte Carlo (6.1)."""
    s, returns = _returns(log, gamma)
    values: NDArray[np.float64] = np.zeros(size)
    for _ in range(sweeps):
        values = _moved(values, alpha * np.bincount(s, returns - values[s], minlength=size))
    return values


def _moved(values: NDArray[np.float64], moves: NDArray[Any]) -> NDArray[np.float64]:
    """Return the values after a sweep.

    Raises:
        ValueError: they diverge.
    """
    after: NDArray[np.float64] = values + moves
    if not np.abs(after).max(initial=0.0) < HUGE:
        raise ValueError(f"the sweeps diverged (beyond {HUGE:g}); lower alpha below 2 / visits of a state")
    return after
