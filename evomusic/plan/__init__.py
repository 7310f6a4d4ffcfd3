"""Planning: exact values, policies and melodies from a known model."""

from __future__ import annotations

from evomusic._lazy import lazy

_WHERE = {
    "value_iteration": "iteration",
    "policy_iteration": "iteration",
    "modified_policy_iteration": "iteration",
    "Solved": "certainty",
    "Evaluated": "certainty",
    "evaluate_policy": "evaluation",
    "evaluate_q": "evaluation",
    "q_of": "evaluation",
    "improve": "evaluation",
    "iterate_policy": "evaluation",
    "finite_horizon": "horizon",
    "Timed": "horizon",
    "soft": "softened",
    "update_belief": "belief",
    "qmdp": "belief",
    "fast_informed_bound": "belief",
    "belief_mdp": "belief_model",
    "point_based": "alpha",
    "solve_horizon": "pomdp_exact",
    "TooManyVectors": "pomdp_exact",
    "solve_pomdp": "pomdp_solve",
    "NotClosed": "pomdp_solve",
}

__all__ = [*_WHERE]

__getattr__ = lazy(__name__, _WHERE)


def __dir__() -> list[str]:
    return sorted(__all__)
