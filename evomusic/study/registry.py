"""Names for methods and their parts in studies and on the command line: the public names, by where they live."""

from __future__ import annotations

from collections.abc import Iterable

import evomusic
from evomusic.core.theory import nearest

_PARTS = ("encodings.", "evolve.schemes", "evolve.thrift", "learn.explore", "views")  # what methods are made of
_WATCHERS = (  # what looks on, or searches other problems
    "encodings.policy_search",
    "evolve.ancestry",
    "evolve.archives",
    "evolve.diversity",
    "evolve.logbook",
    "evolve.snapshots",
    "evolve.stopping",
    "learn.ase",
    "learn.prediction",
)
METHODS = tuple(
    name
    for name, module in evomusic._WHERE.items()
    if module.startswith(("evolve.", "learn.")) and not module.startswith(_PARTS + _WATCHERS) and name[0].isupper()
)
SHORT: dict[str, dict[str, object]] = {  # short names at the command line, beside the quickstart's labels
    "gp": {"kind": "GA", "encoding": {"kind": "Tree"}, "selection": {"kind": "DoubleTournament"}},
    "grammar": {"kind": "GA", "encoding": {"kind": "Grammar"}},
    "policy": {"kind": "GA", "encoding": {"kind": "PolicyTable", "view": "short"}},
    "policy-tree": {"kind": "GA", "encoding": {"kind": "PolicyTree", "view": "short"}},
    "cma-es": {"kind": "CMAES", "separable": True},
    "map-elites": {"kind": "MapElites"},
    "annealing": {"kind": "Annealing"},
    "cross-entropy": {"kind": "CrossEntropy"},
    "best-of-n": {"kind": "BestOfN"},
    "steady-state": {"kind": "SteadyState"},
    "islands": {"kind": "Islands"},
    "q-learning": {"kind": "QLearning"},
    "expected-sarsa": {"kind": "ExpectedSarsa"},
    "double-q": {"kind": "DoubleQ"},
    "sarsa-lambda": {"kind": "SarsaLambda"},
    "watkins-q": {"kind": "WatkinsQ"},
    "n-step-sarsa": {"kind": "NStepSarsa"},
    "monte-carlo": {"kind": "MonteCarlo"},
    "actor-critic": {"kind": "ActorCritic"},
    "reinforce": {"kind": "Reinforce"},
    "dyna": {"kind": "Dyna"},
    "tree-search": {"kind": "TreeSearch"},
    "rollouts": {"kind": "Rollouts"},
    "ppo": {"kind": "Deep"},
    "dqn": {"kind": "Deep", "algorithm": "DQN"},
    "maskable-ppo": {"kind": "Deep", "algorithm": "MaskablePPO"},
    "recurrent-ppo": {"kind": "Deep", "algorithm": "RecurrentPPO", "observation": "history", "last": 1},
}
PARTS = tuple(
    name
    for name, module in evomusic._WHERE.items()
    if module.startswith(_PARTS) and not module.startswith(_WATCHERS) and name[0].isupper()
)


def find(kind: str, names: Iterable[str]) -> type:
    """The class of a kind; case does not matter.

    Raises:
        ValueError: no kind has that name.
    """
    known = {name.lower(): name for name in names}
    if kind.lower() not in known:
        near = nearest(kind, known.values()) or nearest(kind.lower(), known)
        raise ValueError(f"unknown kind {kind!r}, expected one of {listed(known.values())}{near}")
    found: type = getattr(evomusic, known[kind.lower()])
    return found


def listed(names: Iterable[str]) -> str:
    """Names in a row, for an error."""
    return ", ".join(names) or "nothing"
