"""Models whose agent explores: the optimum of such a model is the best of the epsilon-soft policies."""

from __future__ import annotations

import numpy as np

from evomusic.core.checks import probability
from evomusic.models.mdp import FiniteMDP
from evomusic.models.outcomes import ROW, Outcomes
from evomusic.plan.mdp.certainty import check_mdp


def soft(mdp: FiniteMDP, epsilon: float) -> FiniteMDP:
    """The model in which a chosen action is taken with probability 1 - epsilon, else one of all at random.

    A planner or learner on it finds the best epsilon-soft policy (Sutton & Barto 2018, section 5.4): its values are
    those of the policy that mixes the chosen action with a random one on the model itself.

    Args:
        mdp: the model.
        epsilon: share of random actions, 0 to 1.

    Raises:
        ValueError: epsilon is out of range.
    """
    check_mdp(mdp)
    epsilon = probability("epsilon", epsilon)
    actions, first = mdp.actions, mdp.outcomes.first
    counts, last = np.diff(first)[:-1], first[-2]
    done = np.tile(np.arange(last), actions)  # each outcome, whatever was chosen
    chosen = np.repeat(np.arange(actions), last)
    pair = np.repeat(np.arange(mdp.states * actions), counts)[done]
    share = np.where(pair % actions == chosen, 1 - epsilon, 0.0) + epsilon / actions
    rows = mdp.outcomes.rows[done]
    rows["p"] *= share
    possible = np.flatnonzero(rows["p"] > 0)
    group = (pair // actions * actions + chosen)[possible]
    order = possible[np.lexsort((rows["reward"][possible], rows["end"][possible], rows["to"][possible], group))]
    group = (pair // actions * actions + chosen)[order]
    rows = rows[order]
    new = np.append(
        True, (group[1:] != group[:-1]) | (rows[["to", "end", "reward"]][1:] != rows[["to", "end", "reward"]][:-1])
    )
    at = np.flatnonzero(new)
    merged = np.zeros(len(at), ROW)
    merged[:] = rows[at]
    merged["p"] = np.add.reduceat(rows["p"], at)
    bounds = np.append(np.searchsorted(group[at], np.arange(mdp.states * actions + 1)), 0)
    start = mdp.outcomes.rows[last:]
    bounds[-1] = bounds[-2] + len(start)
    outcomes = Outcomes(bounds, np.concatenate([merged, start]), actions)
    return FiniteMDP(outcomes, mdp.states, mdp.state_names, mdp.action_names)
