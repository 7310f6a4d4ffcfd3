"""Planning within a number of steps: the best action then depends on how many are left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from evomusic.core.checks import whole
from evomusic.models.mdp import FiniteMDP
from evomusic.plan.mdp.certainty import check_model
from evomusic.plan.mdp.evaluation import check_horizon
from evomusic.plan.mdp.sweeps import Layout, action_values, laid_out

CELLS = 2**27  # values (H + 1, S + 1): 1 GiB


@dataclass(frozen=True, eq=False, kw_only=True)
class Timed:
    """The optimum within a number of steps H.

    Args:
        values: (H + 1, S) best expected returns from step t on; the last row is 0.
        policy: (H, S) int64 best actions at step t, the first of equals.
        gamma: discount.
        layout: the model.
        ahead: (H + 1, S + 1) the values that the backups read.
    """

    values: NDArray[np.float64]
    policy: NDArray[np.int64]
    gamma: float
    layout: Layout
    ahead: NDArray[np.float64]

    def q(self, step: int) -> NDArray[np.float64]:
        """(S, A) best expected returns from a step on, by its action.

        Raises:
            ValueError: there is no such step.
        """
        step = whole("step", step, 0, len(self.policy) - 1)
        q = action_values(self.layout, self.gamma, self.ahead[step + 1])
        q[self.layout.terminal] = 0.0
        return q


def finite_horizon(mdp: FiniteMDP, horizon: int, gamma: float = 1.0) -> Timed:
    """The time-aware optimum within `horizon` steps, by backward induction (Puterman 1994, section 4.5).

    Args:
        mdp: the model.
        horizon: steps H, after which no reward counts.
        gamma: discount, 0 to 1; values are always finite here, with 1 too.

    Raises:
        ValueError: horizon or gamma is out of range.
    """
    gamma, horizon = check_model(mdp, gamma), check_horizon(horizon)
    if (horizon + 1) * (mdp.states + 1) > CELLS:
        raise ValueError(f"horizon is {horizon:,}, expected at most {CELLS // (mdp.states + 1) - 1:,} for this model")
    layout = laid_out(mdp)
    ahead = np.zeros((horizon + 1, mdp.states + 1))
    policy = np.zeros((horizon, mdp.states), np.int64)
    for t in range(horizon - 1, -1, -1):
        q = action_values(layout, gamma, ahead[t + 1])
        ahead[t, :-1], policy[t] = q.max(axis=1), q.argmax(axis=1)
    values = np.where(layout.terminal, 0.0, ahead[:, :-1])
    return Timed(values=values, policy=policy, gamma=gamma, layout=layout, ahead=ahead)
