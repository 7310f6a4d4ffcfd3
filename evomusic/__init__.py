"""evomusic: evolve melodies, and compare evolution with reinforcement learning on equal terms.

The public names; each is imported when it is first used.
"""

from __future__ import annotations

import sys

from evomusic._lazy import lazy

__version__ = "0.1.0"

_WHERE = {
    "Grid": "grid",
    "Event": "grid",
    "Slot": "grid",
    "Melody": "melody",
    "canonical": "melody",
    "Reward": "reward",
    "Task": "task",
    "TooManyStates": "automata",
    "Optimum": "plan.optimum",
    "Bound": "plan.optimum",
    "NotCertified": "plan.optimum",
    "View": "views",
    "agent_states": "states",
    "environment_states": "states",
    "is_information_state": "states",
    "aliased": "states",
    "Transitions": "transitions",
    "transitions_of": "transitions",
    "value_of_observation": "observation",
    "Aliasing": "observation",
    "Listener": "listener",
    "key_tastes": "listener",
    "contour_tastes": "listener",
    "BeliefAgent": "hearing",
    "value_of_listening": "hearing",
    "listening_curve": "hearing",
    "LastPitches": "views",
    "BarPosition": "views",
    "Batch": "method",
    "Ledger": "method",
    "Record": "method",
    "Searcher": "method",
    "run": "method",
    "save_state": "state",
    "load_state": "state",
    "Notes": "encodings.notes",
    "Bits": "encodings.bits",
    "Tree": "encodings.tree",
    "Grammar": "encodings.grammar",
    "PolicyTable": "encodings.policy_table",
    "PolicyTree": "encodings.policy_tree",
    "PolicyWeights": "encodings.policy_weights",
    "PolicySearch": "encodings.policy_search",
    "FiniteMDP": "mdp",
    "FinitePOMDP": "pomdp",
    "evaluate_policy": "plan.evaluation",
    "GA": "evolve.ga",
    "RandomSearch": "evolve.baselines",
    "HillClimb": "evolve.baselines",
    "BeamSearch": "evolve.beam",
    "Deap": "evolve.deap",
    "MuPlusLambda": "evolve.steady",
    "SteadyState": "evolve.steady",
    "Annealing": "evolve.annealing",
    "CrossEntropy": "evolve.cross_entropy",
    "BestOfN": "evolve.best_of_n",
    "NSGA2": "evolve.nsga2",
    "MapElites": "evolve.map_elites",
    "CMAES": "evolve.strategies",
    "ES": "evolve.strategies",
    "Islands": "evolve.islands",
    "Tournament": "evolve.schemes",
    "Rank": "evolve.schemes",
    "Truncation": "evolve.schemes",
    "Roulette": "evolve.schemes",
    "Lexicase": "evolve.schemes",
    "Sharing": "evolve.schemes",
    "Novelty": "evolve.schemes",
    "Parsimony": "evolve.thrift",
    "DoubleTournament": "evolve.thrift",
    "HallOfFame": "evolve.archives",
    "ParetoFront": "evolve.archives",
    "Logbook": "evolve.logbook",
    "Snapshots": "evolve.snapshots",
    "take_snapshots": "evolve.snapshots",
    "record_diversity": "evolve.diversity",
    "find_family": "evolve.ancestry",
    "MaxSteps": "evolve.stopping",
    "MaxBatches": "evolve.stopping",
    "MaxSeconds": "evolve.stopping",
    "Target": "evolve.stopping",
    "Stagnation": "evolve.stopping",
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
    "ASE": "learn.ase",
    "Dyna": "learn.dyna",
    "TreeSearch": "learn.tree_search",
    "Rollouts": "learn.rollouts",
    "Deep": "learn.deep",
    "TD": "learn.prediction",
    "LambdaReturn": "learn.prediction",
    "MonteCarloValues": "learn.prediction",
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
