"""Results of planners, with a certified bound of their error.

Bounds for gamma below 1 are those of MacQueen (1966) and Puterman (1994, section 6.6.3): when one more backup changes
values by `low` to `high`, the optimum lies between values + low / (1 - gamma) and values + high / (1 - gamma). Where
episodes can end, changes are counted from 0: low <= 0 <= high. The values returned lie in the middle. Rounding errors
of the last backup are part of every bound.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import number, wrong
from evomusic.models.mdp import FiniteMDP
from evomusic.plan.mdp.sweeps import Layout, action_values, matrix, swept

AIM = 1e-11  # error of a policy's values that policy iteration asks of sweeps
TRIAL = 50  # sweeps before equations are solved
SMALL = 500  # states of which equations are always solved by elimination
GRADIENTS = 100  # steps of biconjugate gradients


@dataclass(frozen=True, eq=False, kw_only=True)
class Solved:
    """The optimum of a finite MDP.

    Args:
        values: (S,) optimal expected returns; terminal states have 0. With gamma 1, minus infinity where every policy
            may lose for ever; the policy is arbitrary there.
        q: (S, A) the same by the first action; `values` are its largest.
        policy: (S,) int64 best actions.
        bound: finite `values` are no further than this from the optimum, in any state.
        sweeps: backups of all states; of policy iteration, policies that were tried.
        backups: backups of single state-action pairs.
    """

    values: NDArray[np.float64]
    q: NDArray[np.float64]
    policy: NDArray[np.int64]
    bound: float
    sweeps: int
    backups: int


class Evaluated(NamedTuple):
    """Values (S,) of a policy, a bound of their error, and the number of sweeps."""

    values: NDArray[np.float64]
    bound: float
    sweeps: int


def check_mdp(mdp: Any) -> None:
    """Refuse anything but an explicit MDP, with a way to make one."""
    if not isinstance(mdp, FiniteMDP):
        makes = "from_task" if hasattr(mdp, "grid") else "from_gymnasium" if hasattr(mdp, "unwrapped") else "of"
        raise wrong("mdp", mdp, f"a FiniteMDP: FiniteMDP.{makes} makes one")


def check_model(mdp: Any, gamma: object) -> float:
    """The discount as a float, once it and the model are checked."""
    check_mdp(mdp)
    return number("gamma", gamma, 0.0, 1.0)


def check_tolerance(tolerance: object) -> float:
    """The greatest error that values may have, checked: a finite number above 0."""
    return number("tolerance", tolerance, above=0.0)


def narrow(gamma: float, tolerance: float) -> float:
    """Changes of a sweep that differ by no more leave values within half the tolerance, in place too."""
    if gamma == 1:
        return tolerance
    return tolerance * (1 - gamma) / (2 * gamma) if gamma > 0 else math.inf


def most_sweeps(layout: Layout, gamma: float, tolerance: float) -> int:
    """Sweeps from 0 after which exact arithmetic would be within the tolerance: each shrinks the error by gamma."""
    if gamma == 0 or layout.largest == 0:
        return 2
    far = 4 * layout.largest / (1 - gamma) / narrow(gamma, tolerance)
    return 2 + max(0, math.ceil(-math.log(far) / math.log(gamma)))


def certified(layout: Layout, gamma: float, values: NDArray[np.float64], sweeps: int = 0, backups: int = 0) -> Solved:
    """The result, with its bound, from values (S + 1,) that are near the optimum; gamma is below 1."""
    change = action_values(layout, gamma, values).max(axis=1) - values[:-1]
    low, high = float(change.min()), float(change.max())
    if layout.ends:
        low, high = min(low, 0.0), max(high, 0.0)
    middle = values.copy()
    middle[:-1][~layout.halts] += (low + high) / 2 / (1 - gamma)
    q = action_values(layout, gamma, middle)
    policy = q.argmax(axis=1)
    q[layout.terminal] = 0.0
    bound = (gamma * (high - low) / 2 + layout.rounding(middle)) / (1 - gamma)
    return Solved(values=q.max(axis=1), q=q, policy=policy, bound=bound, sweeps=sweeps, backups=backups)


def evaluated(follow: Layout, gamma: float, values: NDArray[np.float64]) -> Evaluated:
    """A followed policy's values (S + 1,) to about 1e-11, from a guess: by sweeps where few do, else by equations.

    With gamma 1 the policy must end from every state.
    """
    if gamma == 1:
        return _ended(follow, values)
    last = swept(follow, gamma, values, limit=TRIAL, narrow=narrow(gamma, 2 * AIM))
    sweeps = last.sweeps
    if last.high - last.low > max(narrow(gamma, 2 * AIM), 2 * follow.share * np.abs(last.values).max()):
        last = swept(follow, gamma, equations(follow, gamma, last.values)[0], limit=1)
        sweeps += 1
    values, share = last.values, gamma / (1 - gamma)
    values[:-1][~follow.halts] += share * (last.low + last.high) / 2
    return Evaluated(values, share * (last.high - last.low) / 2 + follow.rounding(values) / (1 - gamma), sweeps)


def _ended(follow: Layout, values: NDArray[np.float64]) -> Evaluated:
    """Values of a policy that ends from every state; an error of a backup counts as often as there are steps."""
    steps, sweeps, off = longest(follow), 0, math.inf
    if math.isfinite(steps):
        values, sweeps, low, high = swept(follow, 1.0, values, limit=TRIAL, narrow=AIM / steps)
        off = high - low
    if off > AIM / steps:
        values, steps = equations(follow, 1.0, values)
        off = float(np.abs(action_values(follow, 1.0, values)[:, 0] - values[:-1]).max())
    return Evaluated(values, (off + follow.rounding(values)) * steps, sweeps)


def longest(follow: Layout, limit: int = TRIAL) -> float:
    """A bound on a followed policy's expected steps from any state, by sweeps; infinite when those do not tell.

    When at most a share s of episodes is left after n steps, expected steps are at most n / (1 - s).
    """
    step = follow._replace(rewards=np.where(follow.halts, 0.0, 1.0)[:, None], largest=1.0)
    made = swept(step, 1.0, np.zeros(len(follow.rewards) + 1), limit=limit, narrow=0.5)
    return max(1.0, float(made.values.max() / (1 - made.high))) if made.high <= 0.5 else math.inf


def equations(
    follow: Layout, gamma: float, guess: NDArray[np.float64] | None = None
) -> tuple[NDArray[np.float64], float]:
    """A followed policy's values (S + 1,), its equations solved (Sutton & Barto 2018, equation 4.4).

    Elimination fills the matrix of a large random chain; there, biconjugate gradients are tried first.

    Returns:
        The values, and the largest expected number of steps, discounted.
    """
    from scipy.sparse import eye_array
    from scipy.sparse.linalg import splu

    size = len(follow.rewards)
    system = eye_array(size, format="csr") - gamma * matrix(follow)
    right = [follow.rewards[:, 0], np.where(follow.halts, 0.0, 1.0)]
    found = [np.empty(0)]
    if len(follow.p) and size > SMALL:
        near = follow.share * max(1.0, follow.largest)
        found = [_by_gradients(system, b, near, g) for b, g in zip(right, (guess, None), strict=True)]
    if not all(len(x) for x in found):
        factors = splu(system.tocsc())
        found = [factors.solve(b) for b in right]
        found = [x + factors.solve(b - system @ x) for x, b in zip(found, right, strict=True)]
    return np.append(found[0], 0.0), max(1.0, float(found[1].max()))


def _by_gradients(
    system: Any, right: NDArray[np.float64], near: float, guess: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """A solution up to rounding, or nothing when it is not found soon."""
    from scipy.sparse.linalg import bicgstab

    start = np.zeros(len(right)) if guess is None else guess[:-1]
    for _ in range(2):  # again from where it stopped: recurrences lose digits
        start, _ = bicgstab(system, right, start, rtol=0.0, atol=near, maxiter=GRADIENTS)
    off = np.abs(right - system @ start).max()
    return np.asarray(start) if off <= 4 * near * max(1.0, np.abs(start).max()) else np.empty(0)
