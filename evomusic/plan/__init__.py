"""Planning: exact values, policies and melodies from a known model."""

from __future__ import annotations

from evomusic._lazy import lazy

_WHERE = {
    "value_iteration": "mdp.iteration",
    "policy_iteration": "mdp.iteration",
    "modified_policy_iteration": "mdp.iteration",
    "Solved": "mdp.certainty",
    "Evaluated": "mdp.certainty",
    "evaluate_policy": "mdp.evaluation",
    "evaluate_q": "mdp.evaluation",
    "q_of": "mdp.evaluation",
    "improve": "mdp.evaluation",
    "iterate_policy": "mdp.evaluation",
    "finite_horizon": "mdp.horizon",
    "Timed": "mdp.horizon",
    "soft": "mdp.softened",
    "update_belief": "pomdp.belief",
    "qmdp": "pomdp.belief",
    "fast_informed_bound": "pomdp.belief",
    "belief_mdp": "pomdp.belief_mdp",
    "point_based": "pomdp.alpha_vectors",
    "solve_horizon": "pomdp.finite_horizon",
    "TooManyVectors": "pomdp.finite_horizon",
    "solve_pomdp": "pomdp.solve",
    "NotClosed": "pomdp.solve",
}

__all__ = [*_WHERE]

__getattr__ = lazy(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted(__all__)
