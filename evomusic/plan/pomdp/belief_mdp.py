"""The MDP of beliefs of a POMDP: a learner, or a planner of MDPs, that walks it acts on all that can be known."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import whole
from evomusic.models.mdp import FiniteMDP
from evomusic.models.outcomes import ROW, Outcomes
from evomusic.models.pomdp import FinitePOMDP
from evomusic.plan.pomdp.alpha_vectors import DIGITS, MOST
from evomusic.plan.pomdp.belief import check_pomdp, successors

FAINT = 1e-15  # probabilities below this are the dust of rounding


class BeliefMDP(NamedTuple):
    """An MDP whose state n is the belief `beliefs[n]` (S,)."""

    mdp: FiniteMDP
    beliefs: NDArray[np.float64]  # (N, S)


def belief_mdp(pomdp: FinitePOMDP, limit: int = 10_000) -> BeliefMDP:
    """All beliefs that can follow the start, as an explicit MDP (Astrom 1965): a belief is a Markov state.

    Equal beliefs, to 12 decimals, are one state. An episode ends where the state is known to be absorbing.

    Args:
        pomdp: the model.
        limit: most beliefs.

    Raises:
        ValueError: more beliefs than `limit` can be reached.
    """
    check_pomdp(pomdp)
    limit = whole("limit", limit, 1, MOST)
    ids: dict[bytes, int] = {}
    beliefs: list[NDArray[np.float64]] = []
    begin = _begin(pomdp)
    entry = [_number(belief, ids, beliefs) for belief, _ in begin]
    rows: list[tuple[float, float, int, int]] = []
    first, done = [0], 0
    while done < len(beliefs):
        if len(beliefs) > limit:
            raise ValueError(f"more than {limit} beliefs can follow; raise limit, or use solve_pomdp or point_based")
        ahead, likely = successors(pomdp, beliefs[done][None])
        rewards = pomdp.expected @ beliefs[done]
        for a in range(pomdp.actions):
            for o in np.flatnonzero(likely[0, a] >= FAINT):
                over = int(ahead[0, a, o, ~pomdp.absorbing].sum() == 0)
                rows.append((float(likely[0, a, o]), float(rewards[a]), _number(ahead[0, a, o], ids, beliefs), over))
            first.append(len(rows))
        done += 1
    rows += [(p, 0.0, n, 0) for (_, p), n in zip(begin, entry, strict=True)]
    first.append(len(rows))
    outcomes = Outcomes(np.array(first), np.array(rows, ROW), pomdp.actions)
    return BeliefMDP(FiniteMDP(outcomes, len(beliefs)), np.array(beliefs))


def _begin(pomdp: FinitePOMDP) -> list[tuple[NDArray[np.float64], float]]:
    """Beliefs that episodes begin with, and their probabilities."""
    if pomdp.first is None:
        return [(pomdp.belief, 1.0)]
    joint = pomdp.belief[:, None] * pomdp.first  # (S, O)
    return [(column / column.sum(), float(column.sum())) for column in joint.T if column.sum() > 0]


def _number(belief: NDArray[np.float64], ids: dict[bytes, int], beliefs: list[NDArray[np.float64]]) -> int:
    """The state that a belief is."""
    n = ids.setdefault((np.round(belief, DIGITS) + 0.0).tobytes(), len(beliefs))
    if n == len(beliefs):
        beliefs.append(belief)
    return n
