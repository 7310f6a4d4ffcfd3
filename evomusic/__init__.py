"""evomusic: evolve melodies, and compare evolution with reinforcement learning on equal terms.

The public names; each is imported when it is first used.
"""

from __future__ import annotations

import sys

from evomusic._lazy import lazy

__version__ = "0.1.0"

_WHERE = {
    "Grid": "core.grid",
    "Event": "core.grid",
    "Slot": "core.grid",
    "Melody": "core.melody",
    "canonical": "core.melody",
    "Reward": "core.reward",
    "Task": "core.task",
    "TooManyStates": "core.automata",
    "Optimum": "core.optimum.solve",
    "Bound": "core.optimum.solve",
    "NotCertified": "core.optimum.solve",
    "View": "core.views",
    "agent_states": "core.histories",
    "environment_states": "core.histories",
    "is_information_state": "core.histories",
    "aliased": "core.histories",
    "Transitions": "models.transitions",
    "transitions_of": "models.transitions",
    "value_of_observation": "plan.observation",
    "Aliasing": "plan.observation",
    "Listener": "listener.listener",
    "key_tastes": "listener.tastes",
    "contour_tastes": "listener.tastes",
    "BeliefAgent": "listener.agent",
    "value_of_listening": "listener.agent",
    "listening_curve": "listener.agent",
    "LastPitches": "core.views",
    "BarPosition": "core.views",
    "Batch": "core.method",
    "Ledger": "core.ledger",
    "Record": "core.ledger",
    "Searcher": "core.method",
    "run": "core.ledger",
    "save_state": "core.saving",
    "load_state": "core.saving",
    "Notes": "encodings.notes.notes",
    "Bits": "encodings.bits",
    "Tree": "encodings.trees.tree",
    "Grammar": "encodings.grammar.grammar",
    "PolicyTable": "encodings.policy.table",
    "PolicyTree": "encodings.policy.tree",
    "PolicyWeights": "encodings.policy.weights",
    "PolicySearch": "encodings.policy.search",
    "FiniteMDP": "models.mdp",
    "FinitePOMDP": "models.pomdp",
    "evaluate_policy": "plan.mdp.evaluation",
    "GA": "evolve.ga",
    "RandomSearch": "evolve.baselines",
    "HillClimb": "evolve.baselines",
    "BeamSearch": "evolve.beam",
    "Deap": "evolve.deap.method",
    "MuPlusLambda": "evolve.steady",
    "SteadyState": "evolve.steady",
    "Annealing": "evolve.annealing",
    "CrossEntropy": "evolve.cross_entropy",
    "BestOfN": "evolve.baselines",
    "NSGA2": "evolve.nsga2",
    "MapElites": "evolve.map_elites",
    "CMAES": "evolve.strategies",
    "ES": "evolve.strategies",
    "Islands": "evolve.islands",
    "Tournament": "evolve.selection.schemes",
    "Rank": "evolve.selection.schemes",
    "Truncation": "evolve.selection.schemes",
    "Roulette": "evolve.selection.schemes",
    "Lexicase": "evolve.selection.schemes",
    "Sharing": "evolve.selection.schemes",
    "Novelty": "evolve.selection.schemes",
    "Parsimony": "evolve.selection.parsimony",
    "DoubleTournament": "evolve.selection.parsimony",
    "HallOfFame": "evolve.watch.hall_of_fame",
    "ParetoFront": "evolve.watch.hall_of_fame",
    "Logbook": "evolve.watch.logbook",
    "Snapshots": "evolve.watch.snapshots",
    "take_snapshots": "evolve.watch.snapshots",
    "record_diversity": "evolve.watch.diversity",
    "find_family": "evolve.watch.ancestry",
    "MaxSteps": "evolve.watch.stopping",
    "MaxBatches": "evolve.watch.stopping",
    "MaxSeconds": "evolve.watch.stopping",
    "Target": "evolve.watch.stopping",
    "Stagnation": "evolve.watch.stopping",
    "QLearning": "learn.control",
    "Sarsa": "learn.control",
    "ExpectedSarsa": "learn.control",
    "DoubleQ": "learn.control",
    "SarsaLambda": "learn.traces",
    "WatkinsQ": "learn.traces",
    "NStepSarsa": "learn.n_step",
    "MonteCarlo": "learn.monte_carlo",
    "ActorCritic": "learn.actor_critic",
    "Reinforce": "learn.reinforce",
    "ASE": "learn.textbook.ase",
    "Dyna": "learn.model_based.dyna",
    "TreeSearch": "learn.model_based.tree_search",
    "Rollouts": "learn.model_based.rollouts",
    "Deep": "learn.deep.method",
    "TD": "learn.prediction.td",
    "LambdaReturn": "learn.prediction.td",
    "MonteCarloValues": "learn.prediction.td",
    "Decay": "learn.explore",
    "Average": "learn.explore",
    "Softmax": "learn.explore",
    "UCB": "learn.explore",
    "MelodyEnv": "env",
    "MelodyVectorEnv": "env",
    "Tune": "io",
    "TuneError": "io",
    "read": "io",
    "read_tune": "io",
    "fit": "io",
    "write": "io",
    "make": "catalogue",
    "tasks": "catalogue",
    "Study": "study.config",
    "compare": "comparison",
}
_MODULES = ("rules", "measures", "plan", "learn", "evolve", "encodings", "corpus", "plots", "testing")

__all__ = ["__version__", *_MODULES, *_WHERE]


__getattr__ = lazy(__name__, _WHERE, _MODULES)


def __dir__() -> list[str]:
    return sorted(__all__)


if "gymnasium" in sys.modules:  # imported before: its make() knows the environment then
    from evomusic._gymnasium import register

    register()
